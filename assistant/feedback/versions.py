"""Wishes about takes as such, in whole phrases: three ideas, a name for a take, the first one again, two side by side.

Conventions: the phrases of every language are data in ``prompts/versions.toml``. A name and a way back are read only
where the message says nothing else, so that no musical wish is lost; ideas may be asked for inside a longer message
(`ideas_in` says where, `without_ideas` gives the rest).
"""

from __future__ import annotations

import re
from functools import cache

from assistant.datafile import read_data
from assistant.feedback.values import Change, Reply
from assistant.language import READ_LANGUAGES
from assistant.settings import ROOT

PROMPTS_DIR = ROOT / "prompts"
UNSPACED = ("zh", "ja", "ko")
QUOTES = "\"'“”„«»‹›「」『』‘’`"
LONGEST_NAME = 40
LONGEST_PHRASE = 120
"""Characters of a message that may be no more than a phrase about takes."""
EDGE = " \t\n.,;:!?。，、！？…؟।"
"""What may stand around a wish."""


def read_version_wish(text: str, *likely: str) -> Reply | None:
    """The wish about takes in a message; None where there is none.

    Short phrases leave their language in doubt: the likely ones are tried first, then all others.

    Examples
    --------
    >>> read_version_wish('Call this one "dawn", please', "en").action.name
    'dawn'
    >>> read_version_wish("go back to the first", "en").action.version
    1
    """
    for language in dict.fromkeys((*likely, *READ_LANGUAGES)):
        if (wish := _wish_in(text, language)) is not None:
            return Reply((wish,), language=language)
    return None


def _wish_in(text: str, language: str) -> Change | None:
    plain = text.strip(EDGE)
    for pattern in _phrases("name", language) if len(plain) <= LONGEST_PHRASE else ():
        found = pattern.fullmatch(plain)
        given = _plainly(found["name"], language) if found else ""
        name = given.strip(QUOTES + EDGE)
        if found and name and _is_name(given, name, language):
            number = found.groupdict().get("number")
            return Change("action", value="name", version=int(number) if number else None, name=name, words=plain)
    if len(plain) <= LONGEST_PHRASE:
        if any(pattern.fullmatch(plain) for pattern in _phrases("first", language)):
            return Change("action", value="choose", version=1, words=plain)
        if any(pattern.fullmatch(plain) for pattern in _phrases("compare", language)):
            return Change("action", value="compare", words=plain)
    place = ideas_in(text, language)
    return Change("action", value="ideas", words=text[slice(*place)]) if place else None


def _plainly(words: str, language: str) -> str:
    """Words without what is polite at their beginning and end."""
    polite = _polite(language)
    words = words[polite.match(words).end() :]  # type: ignore[union-attr]  # it matches nothing at least
    ends = (at for at in range(len(words) + 1) if polite.fullmatch(words, at))
    return words[: next(ends)]


def _is_name(given: str, name: str, language: str) -> bool:
    """Whether what stands in a name's place is one: in quotes, or a few words."""
    is_quoted = given.strip()[:1] in QUOTES and given.strip()[-1:] in QUOTES
    limit = 12 if language in ("zh", "ja") else LONGEST_NAME
    return is_quoted or (len(name) <= limit and len(name.split()) <= 4)


def ideas_in(text: str, language: str) -> tuple[int, int] | None:
    """Where a text asks for several ideas: start and end of the words.

    Examples
    --------
    >>> ideas_in("Give me three ideas", "en"), ideas_in("three drums", "en")
    ((8, 19), None)
    """
    found = _several(language).search(text)
    return found.span() if found else None


def without_ideas(text: str, language: str) -> str:
    """What a text says besides that several ideas are wanted.

    Examples
    --------
    >>> without_ideas("Three ideas: a calm harp, 20 seconds", "en")
    'a calm harp, 20 seconds'
    """
    place = ideas_in(text, language)
    if place is None:
        return text
    return f"{text[: place[0]]} {text[place[1] :]}".strip(EDGE)


def wants_each(text: str, language: str) -> bool:
    """Whether a text speaks of versions, so that several regions in it are meant one by one.

    Examples
    --------
    >>> wants_each("one version for Japan and one for Brazil", "en"), wants_each("koto meets samba", "en")
    (True, False)
    """
    words = "|".join(map(re.escape, _listed("each", language)))
    return re.search(words if language in UNSPACED else rf"(?<!\w)(?:{words})(?!\w)", text, re.IGNORECASE) is not None


@cache
def _data() -> dict[str, dict[str, str]]:
    return read_data(PROMPTS_DIR / "versions.toml")


def _listed(table: str, language: str) -> list[str]:
    words = _data()[table]
    return [word.strip() for word in words.get(language, words["en"]).split(",")]


@cache
def _several(language: str) -> re.Pattern[str]:
    """Words for a few beside words for ideas, with at most two words or four signs between them."""
    few, what = (
        "|".join(map(re.escape, sorted(_listed(key, language), key=len, reverse=True))) for key in ("few", "ideas")
    )
    spaced = language not in UNSPACED
    gap = r"(?:\s+[^\W\d]+){0,2}?\s+" if spaced else r"[^,.;!?，。；！？、]{0,5}?"
    edges = (r"(?<!\w)", r"(?!\w)") if spaced else ("(?<!第)(?<!\\d)", "")
    orders = [f"(?:{few}){gap}(?:{what})"]
    if language in _data()["either_order"]:
        orders.append(f"(?:{what}){gap}(?:{few})")
    return re.compile(f"{edges[0]}(?:{'|'.join(orders)}){edges[1]}", re.IGNORECASE)


@cache
def _polite(language: str) -> re.Pattern[str]:
    """Words of politeness and what stands between them and a wish, at its beginning or end."""
    words = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in _listed("polite", language))
    edge = r"\b" if language not in UNSPACED else ""
    return re.compile(rf"(?:{edge}(?:{words}){edge}|[\s,.!，。！、])*", re.IGNORECASE)


@cache
def _phrases(table: str, language: str) -> tuple[re.Pattern[str], ...]:
    """The phrases of a table, longest first, each with a word of politeness before or after it if one likes."""
    around = _polite(language).pattern
    patterns = []
    for phrase in sorted(_listed(table, language), key=len, reverse=True):
        written = re.escape(phrase).replace(r"\ ", r"\s+").replace("'", "['’]")
        written = written.replace("NAME", rf"(?P<name>.{{1,{LONGEST_NAME + 4}}}?)")
        written = re.sub(r"(?<![A-Za-z])N(?![A-Za-z])", r"(?P<number>\\d{1,2})", written)
        patterns.append(re.compile(f"{around}{written}{around}", re.IGNORECASE | re.DOTALL))
    return tuple(patterns)
