"""The words of replies: ``prompts/feedback/<language>.toml`` and ``prompts/directions.toml`` in one search.

Conventions: words are folded as briefs are, so both sides always meet. ``*`` at the end stands for any ending; ``..``
inside for a few other words ("turn .. down"), which stay free to be read. A longer find hides the shorter ones in it.
``~`` and a name stand for the endings of that name under ``[forms]``: "baj~ar" is baja, bajar, bájalo and so on; an
ending with a hyphen in it is what stands before and after ("ت-ها").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from assistant.datafile import read_data
from assistant.interpret.words import Found, Vocabulary, Word, words_file
from assistant.language import fold

QUANTITIES = ("tempo", "length", "loudness", "density", "arousal", "valence", "register")
"""Tables of things that a reply can have more or less of."""

UNSPACED = ("zh", "ja")
GAP_WORDS, GAP_CHARS = 4, 7
"""The most words (characters, where words are not spaced) that ``..`` stands for."""

SLOT = "\ue000"
"""Stands for a named thing in text that is matched against the patterns of ``[replace]``."""

MOST_LISTED = 12
"""Names that a list in a swap may have besides its first."""
LIKENED = "_like"
"""Ending of a key whose words count only where the music is likened to them or judged."""

TAIL = "tail"
"""Table of the second half of a word with a gap; it only keeps others from being read there."""

FORMS = "forms"
"""Table of the endings that a kind of word takes."""

LATIN_SPELLINGS = "latin"
"""Table of the words of a language as people type them in Latin letters ("3ayez")."""

_STEM = re.compile(r"([^\s~]+)~(\w+)")

PATTERNS = (("speech", "endings"), ("speech", "ordinals"), ("speech", "without"), ("aside", "contrast"))
"""Entries that are no words: they are read into patterns."""


@dataclass(frozen=True)
class Split:
    """A word with a gap: a pattern of three groups, what it means, and its length without the gap."""

    pattern: re.Pattern[str]
    table: str
    key: str


@dataclass(frozen=True)
class Lexicon:
    """Everything that is searched for in replies of one language."""

    language: str
    vocabulary: Vocabulary
    splits: tuple[Split, ...]
    replacements: tuple[re.Pattern[str], ...]
    endings: re.Pattern[str] | None = None
    """Verb endings that join clauses without a word of their own (Korean, Japanese, Turkish)."""
    ordinals: re.Pattern[str] | None = None
    """The full stop and blank after a number that counts ("3. Version")."""
    contrasts: tuple[re.Pattern[str], ...] = ()
    """"Not T", "T değil": how a thing is ruled out for another; the thing is a slot."""

    def halves(self, plain: str) -> set[Found]:
        """First halves of words with a gap; they mean nothing where their second half is part of another word."""
        return {
            Found(split.table, split.key, *match.span(1))
            for split in self.splits
            for match in split.pattern.finditer(plain)
        }

    def find(self, plain: str) -> list[Found]:
        """Every known word in folded text; those inside longer ones are still to be hidden."""
        finds = list(self.vocabulary.find(plain))
        for split in self.splits:
            for match in split.pattern.finditer(plain):
                finds.append(Found(split.table, split.key, *match.span(1)))
                finds.append(Found(TAIL, str(match.start(1)), *match.span(2)))
        return finds


@cache
def lexicon(language: str, prompts_dir: Path) -> Lexicon:
    """The lexicon of one language, English where it has no file of its own."""
    tag = language if (prompts_dir / "feedback" / f"{language}.toml").exists() else "en"
    words: list[tuple[str, Word]] = []
    splits: list[Split] = []
    for table, key, spelling in (*_words_of(tag, prompts_dir), *_directions(tag, prompts_dir)):
        plain = fold(spelling, simplify=tag != "ja").text
        if " .. " in plain:
            splits.append(Split(_split_pattern(plain, tag), table, key))
        elif plain.strip("*"):
            words.append((plain.rstrip("*"), Word(table, key, plain.endswith("*"), tag)))
    speech = _read(prompts_dir / "feedback" / f"{tag}.toml").get("speech", {})
    words += _without(_listed(speech.get("without", "")), tag, prompts_dir)
    patterns = _read(prompts_dir / "feedback" / f"{tag}.toml").get("replace", {}).get("patterns", [])
    # "Ditch A for B" before "B for A".
    compiled = tuple(_replacement(pattern, tag) for pattern in sorted(patterns, key=_fixed_letters, reverse=True))
    joined = re.compile("|".join(_listed(speech["endings"]))) if "endings" in speech else None
    counted = _ordinals(speech["ordinals"]) if "ordinals" in speech else None
    ruled_out = _read(prompts_dir / "feedback" / f"{tag}.toml").get("aside", {}).get("contrast", "")
    contrasts = tuple(_contrast(form, tag) for form in _listed(ruled_out))
    return Lexicon(tag, Vocabulary(words), tuple(splits), compiled, joined, counted, contrasts)


@cache
def latin_spellings(language: str, prompts_dir: Path) -> dict[str, str]:
    """What people type in Latin letters, in lower case, and what it is in the script of the language."""
    table = _read(prompts_dir / "feedback" / f"{language}.toml").get(LATIN_SPELLINGS, {})
    return {spelling: word for word, listed in table.items() for spelling in _listed(listed)}


def _without(suffixes: Iterator[str], language: str, prompts_dir: Path) -> list[tuple[str, Word]]:
    """Names of instruments with a suffix that says "without" ("davulsuz"); see `players`."""
    endings = list(suffixes)
    named = words_file(language, prompts_dir).get("instruments", {}) if endings else {}
    return [
        (fold(spelling).text.rstrip("*") + ending, Word("instruments", name, True, language))
        for name, listed in named.items()
        for spelling in _listed(listed)
        for ending in endings
    ]


def _ordinals(nouns: str) -> re.Pattern[str]:
    """The full stop after a number and before one of these nouns."""
    listed = "|".join(re.escape(noun) for noun in _listed(nouns))
    return re.compile(rf"(\d\.)\s(?=(?:{listed}))", re.IGNORECASE)


@cache
def _read(path: Path) -> dict[str, Any]:
    return read_data(path)


def _words_of(language: str, prompts_dir: Path) -> Iterator[tuple[str, str, str]]:
    """Every word of one feedback file as (table, key, spelling)."""
    tables = _read(prompts_dir / "feedback" / f"{language}.toml")
    forms = {name: tuple(_listed(listed)) for name, listed in tables.get(FORMS, {}).items()}
    for table, entries in tables.items():
        if isinstance(entries, dict) and table not in ("replace", FORMS, LATIN_SPELLINGS):
            for key, listed in entries.items():
                if (table, key) in PATTERNS:
                    continue
                for spelling in _listed(listed):
                    yield from ((table, key, form) for form in _inflected(spelling, forms))


def _inflected(spelling: str, forms: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """A word with every ending of its kind."""
    match = _STEM.search(spelling)
    if match is None:
        yield spelling
        return
    for ending in forms[match[2]]:
        before, hyphen, after = ending.partition("-")
        word = before + match[1] + after if hyphen else match[1] + ending
        yield spelling[: match.start()] + word + spelling[match.end() :]


def _directions(language: str, prompts_dir: Path) -> Iterator[tuple[str, str, str]]:
    """Vague words as words of the quantity that they move."""
    for entry in _read(prompts_dir / "directions.toml").get("direction", []):
        for spelling in _listed(entry.get(language, "")):
            yield entry["field"], entry["as"] + (LIKENED if entry.get("like") else ""), spelling


def _listed(words: str) -> Iterator[str]:
    yield from (word.strip() for word in words.split(",") if word.strip())


def _gap(language: str) -> str:
    if language in UNSPACED:
        return rf"[^,.;!?，。；！？、{SLOT}]{{0,{GAP_CHARS}}}?"
    return rf"(?:\s+[^\s,.;!?]+){{0,{GAP_WORDS}}}?\s+"


def _split_pattern(plain: str, language: str) -> re.Pattern[str]:
    """A word with a gap as a pattern; its halves are the groups 1 and 2."""
    head, tail = (re.escape(half.strip()) for half in plain.split(" .. ", 1))
    head, tail = (half.replace(r"\ \.\.\ ", r"\s+(?:\S+\s+){0,3}?") for half in (head, tail))
    head, tail = (half.replace(r"\*", r"\w*") for half in (head, tail))
    edge = "" if language in UNSPACED else r"\b"
    return re.compile(f"{edge}({head}){_gap(language)}({tail}){edge}")


def _replacement(pattern: str, language: str) -> re.Pattern[str]:
    """A pattern such as "replace A with B", in which A and B are lists of named things."""
    spaced = language not in UNSPACED
    free = rf"[^,.;!?，。；！？{SLOT}]"
    # Between the fixed words and the things there may be articles and adjectives, but no other thing.
    gap = rf"(?:{free}{{0,18}}?|\s?[,،]{free}{{0,10}}?)" if spaced else f"{free}{{0,4}}?"
    # Every blank has one place alone and a list an end, so that a text of names is not tried in all ways.
    many = rf"{SLOT}(?:\s?(?:(?:,|、|and|und|et|y|e|и|和|跟|と)\s?)?{SLOT}){{0,{MOST_LISTED}}}"
    parts = []
    for piece in re.split(r"(?<![A-Za-z])([AB])(?![A-Za-z])", pattern):
        if piece in ("A", "B"):
            parts.append(f"(?P<{piece}>{many})")
        elif plain := fold(piece, simplify=language != "ja").text.strip():
            parts.append(rf"(?<!\w){re.escape(plain)}(?!\w)" if spaced else re.escape(plain))
    return re.compile(gap.join(parts))


def _fixed_letters(pattern: str) -> int:
    """Letters of a pattern besides its two lists."""
    return sum(char.isalnum() for char in re.sub(r"(?<![A-Za-z])[AB](?![A-Za-z])", "", pattern))


def _contrast(form: str, language: str) -> re.Pattern[str]:
    """ "Not T" as a pattern: between the word and the thing there may be an article or a preposition."""
    spaced = language not in UNSPACED
    head, tail = (fold(half, simplify=language != "ja").text.strip() for half in form.split("T", 1))
    small = r"(?:[^\W\d_]{1,3}'?\s?|[^\W\d_]{1,6}\s){0,2}" if spaced else r"[^\W\d_]{0,1}"
    ending = r"[^\W\d_]{0,3}\s?" if spaced else ""
    if head:
        return re.compile(rf"(?<!\w){re.escape(head)}\s{small}{SLOT}" if spaced else rf"{re.escape(head)}{small}{SLOT}")
    return re.compile(rf"{SLOT}{ending}\s?{re.escape(tail)}(?!\w)" if spaced else rf"{SLOT}{re.escape(tail)}")
