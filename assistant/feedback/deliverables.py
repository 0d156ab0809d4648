"""Versions of a take asked for in words: "15 and 6 second versions", "make a sting", "a version without melody".

Conventions: the words of every language are data in ``prompts/cutdowns.toml``. A wish is read only where the message
says nothing else; one length alone ("make it 15 seconds") is a change of the take, not a version beside it.
"""

from __future__ import annotations

import re
from functools import cache

from assistant.datafile import read_data
from assistant.feedback.versions import EDGE, LONGEST_PHRASE, PROMPTS_DIR, UNSPACED, _polite
from assistant.language import READ_LANGUAGES
from assistant.settings import LONGEST_S, SHORTEST_S

WHOLE = ("sting", "underscore", "no_melody", "no_drums")
"""Wishes that are a whole message."""
MOST = 8
"""Versions of one message."""
_JOIN = r"(?:[\s-]|的|の|짜리|lange[nr]?|long|वाले|वाला)*"
"""What may stand between the last unit and the word for versions: nothing that places something in time."""
_BETWEEN = r"(?:\s|[,/&+、，]|(?<!\w)(?:and|or|und|et|y|e|и|ve|और|و)(?!\w)|和|跟|と|및|랑)*"
_NUMBER = r"(?<![\d.])\d{1,4}(?:[.,]\d)?"


def deliverables_in(text: str, *likely: str) -> tuple[str, ...]:
    """The versions that a message asks for: lengths in seconds as numbers, or names of `WHOLE`; empty where none.

    Examples
    --------
    >>> deliverables_in("give me 15 and 6 second versions", "en")
    ('15', '6')
    >>> deliverables_in("Make a sting, please", "en"), deliverables_in("make it 15 seconds", "en")
    (('sting',), ())
    """
    plain = text.strip(EDGE)
    if len(plain) > LONGEST_PHRASE:
        return ()
    for language in dict.fromkeys((*likely, *READ_LANGUAGES)):
        for word in WHOLE:
            if _phrases(word, language).fullmatch(plain):
                return (word,)
        found = _lengths(language).search(plain)
        if found:
            numbers = re.findall(_NUMBER, found["numbers"])
            lengths = list(dict.fromkeys(f"{float(each.replace(',', '.')):g}" for each in numbers))[:MOST]
            if len(lengths) > 1 and all(SHORTEST_S <= float(each) <= LONGEST_S for each in lengths):
                return tuple(lengths)
    return ()


def deliverable_names(kind: str, **slots: str) -> dict[str, str]:
    """What a version is called, by language."""
    names = dict(_data()["names"][kind])
    for slot, value in slots.items():
        names = {language: name.replace(slot.upper(), value) for language, name in names.items()}
    return names


@cache
def _data() -> dict[str, dict[str, dict[str, str]]]:
    return read_data(PROMPTS_DIR / "cutdowns.toml")


def _listed(table: str, language: str) -> list[str]:
    words = _data()[table]
    return [word.strip() for word in str(words.get(language, words["en"])).split(",") if word.strip()]


def _choice(table: str, language: str) -> str:
    words = sorted(_listed(table, language), key=len, reverse=True)
    edge = "" if language in UNSPACED else r"(?!\w)"
    return f"(?:{'|'.join(re.escape(word) for word in words)}){edge}"


@cache
def _phrases(table: str, language: str) -> re.Pattern[str]:
    around = _polite(language).pattern
    written = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in _listed(table, language))
    return re.compile(f"{around}(?:{written}){around}", re.IGNORECASE)


@cache
def _lengths(language: str) -> re.Pattern[str]:
    """Numbers, at least the last with its unit, then a word for versions."""
    unit, version = _choice("unit", language), _choice("version", language)
    each = rf"{_NUMBER}(?:[\s-]*{unit})?"
    numbers = rf"(?P<numbers>(?:{each}{_BETWEEN})+{_NUMBER}[\s-]*{unit})"
    ahead = r"^[^\d.!?]{0,30}?"
    last = rf"{numbers}{_JOIN}{version}[^\d]{{0,12}}$"
    return re.compile(rf"{ahead}{last}", re.IGNORECASE)
