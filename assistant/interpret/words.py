"""The vocabulary: every word of ``prompts/words/`` in one search tree, found in one pass over a text.

Conventions: a words file is TOML; each table is a field, each key a value, each value a comma-separated list of what
people say. ``*`` at the end of a word stands for any ending. Spaces and hyphens are the same. A longer find hides the
shorter ones inside it, which is how "French press" keeps "French" from being a place (table ``decoy``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from assistant.datafile import read_data
from assistant.interpret.lexicon import table
from assistant.language import READ_LANGUAGES, fold

NAMES = (
    "instruments",
    "styles",
    "places",
    "units",
    "uses",
    "loop",
    "hits",
    "decoy",
    "loudness",
    "level_of",
    "level_said",
    "key_letter",
    "people",
)
"""Tables that are also read from English and from ``universal.toml`` when the brief is in another language."""

UNBENT = ("numbers", "ordinals", "fixed_length", "negation", "key_note", "key_letter", "common")
"""Tables whose words take no ending: "ثلاث" is three, "ثلاثون" thirty."""

HIDING = ("decoy", "styles")
UNHIDDEN = ("key_note", "units", "numbers", "hits", "level_of")
"""Tables whose words stay found inside longer ones ("en la menor", "30 second spot"), but not inside these."""

WITHIN_USES = ("styles", "places", "references")
"""Tables whose words stay found inside a use ("corporate video", "Jazztanz"): the use says nothing against them."""

ARABIC_PREFIXES = ("وال", "بال", "فال", "كال", "لل", "ال", "و", "ب", "ل", "ف", "ك")

KOREAN_UNITS = ("초", "분", "째")
"""Units of time that a particle of place follows without a space."""

KOREAN_PARTICLES = "은는이가을를과와도로의만에나랑"


@dataclass(frozen=True)
class Word:
    """One thing that people say: its table, its meaning there, and whether any ending may follow."""

    field: str
    value: str
    stem: bool = False
    language: str = ""


@dataclass(frozen=True)
class Found:
    """A word found in a text; ``start`` and ``end`` are places in the folded text."""

    field: str
    value: str
    start: int
    end: int
    negated: bool = False


class Vocabulary:
    """A search tree over folded words.

    ``endings`` may follow a word, ``prefixes`` stand before it; one of ``lacking`` says that the thing is not there
    ("vokalsiz", "schlagzeugfrei").
    """

    def __init__(
        self,
        words: Iterable[tuple[str, Word]],
        endings: tuple[str, ...] = (),
        prefixes: tuple[str, ...] = (),
        lacking: tuple[str, ...] = (),
    ) -> None:
        self._root: dict[str, Any] = {}
        self._endings, self._prefixes = frozenset(endings), (*ARABIC_PREFIXES, *prefixes)
        self._lacking = frozenset(lacking)
        for spelling, word in words:
            node = self._root
            for char in spelling.replace("-", " "):
                node = node.setdefault(char, {})
            node.setdefault("", []).append(word)

    def find(self, text: str) -> tuple[Found, ...]:
        """Every word in folded ``text``, longest first at each place, none inside a longer one."""
        plain = text.replace("-", " ")
        finds = [find for start in _starts(plain, self._prefixes) for find in self._at(plain, start)]
        return _outermost(finds)

    def _at(self, text: str, start: int) -> Iterator[Found]:
        exact: set[tuple[str, int]] = set()
        bent: list[Found] = []
        for find, whole in self._words_at(text, start):
            if whole:
                exact.add((find.field, find.end))
                yield find
            else:
                bent.append(find)
        yield from (find for find in bent if find.negated or (find.field, find.end) not in exact)

    def _words_at(self, text: str, start: int) -> Iterator[tuple[Found, bool]]:
        """The words that begin at a place, each with whether it stands there as it is listed, without an ending."""
        node: dict[str, Any] | None = self._root
        place = start
        while place < len(text) and node is not None and (node := node.get(text[place])) is not None:
            place += 1
            for word in node.get("", ()):
                if (end := self._end(text, start, place, word)) is not None:
                    yield Found(word.field, word.value, start, end, text[place:end] in self._lacking), end == place

    def _end(self, text: str, start: int, place: int, word: Word) -> int | None:
        """Where the word that matched up to ``place`` ends, or None when it is only the beginning of another."""
        short = place - start == 1 and is_hangul(text[start]) and word.field != "key_note"
        timed = word.field in ("at", "passage") and text[start - 1 : start] in KOREAN_UNITS and start > 0
        glued = word.field == "places" and start > 0 and is_hangul(text[start]) and is_hangul(text[start - 1])
        if glued or (short and not timed and not _stands_alone(text, start)):
            return None
        if not _joins(text, place):
            return place
        rest = place
        while rest < len(text) and _is_letter(text[rest]):
            rest += 1
        bends = word.field not in UNBENT and text[place:rest] in self._endings | self._lacking
        return rest if word.stem or bends else None


def _starts(text: str, prefixes: tuple[str, ...]) -> Iterator[int]:
    """Places where a word may begin: at its start, and after what may be glued to it."""
    for place, char in enumerate(text):
        if char.isspace():
            continue
        if place == 0 or not _joins(text, place):
            yield place
            for prefix in prefixes:
                if text.startswith(prefix, place):
                    yield place + len(prefix)


def _joins(text: str, place: int) -> bool:
    """Whether the characters before and at ``place`` belong to one word of a script that spaces its words."""
    if not 0 < place < len(text) or is_unspaced(text[place]) or is_unspaced(text[place - 1]):
        return False
    return _is_letter(text[place - 1]) and _is_letter(text[place])


def _stands_alone(text: str, start: int) -> bool:
    """Whether a Korean word of one syllable is a word here: nothing before it, at most a particle after it."""
    before, after = text[start - 1 : start], text[start + 1 : start + 2]
    return not (before and is_hangul(before)) and not (after and is_hangul(after) and after not in KOREAN_PARTICLES)


def _is_letter(char: str) -> bool:
    return char.isalpha() or "ऀ" <= char <= "ॣ"


def is_hangul(char: str) -> bool:
    """Whether it is a Korean syllable."""
    return "가" <= char <= "힣"


def is_unspaced(char: str) -> bool:
    """Whether its script writes words without spaces, or glues particles to them (Chinese, Japanese, Korean)."""
    return "぀" <= char <= "ヿ" or "一" <= char <= "鿿" or "㐀" <= char <= "䶿" or is_hangul(char) or char in "々ー"


def _outermost(finds: list[Found]) -> tuple[Found, ...]:
    """Without those that lie inside a longer one; several meanings of the same words all stay."""
    kept: list[Found] = []
    reach = (-1, -1)
    for find in sorted(set(finds), key=lambda find: (find.start, -find.end, find.field, find.value)):
        if find.end > reach[1] or (find.start, find.end) == reach:
            kept.append(find)
            reach = (find.start, find.end)
        elif _shows_through(find, kept[-8:]):
            kept.append(find)
    return tuple(kept)


def _shows_through(find: Found, kept: list[Found]) -> bool:
    """Whether a find inside longer ones stays: its table is `UNHIDDEN`, or all around it are uses."""
    around = [outer.field for outer in kept if _holds(outer, find)]
    if find.field in UNHIDDEN:
        return not any(field in HIDING for field in around)
    return find.field in WITHIN_USES and all(field in ("uses", "uses_weak") for field in around)


def _holds(outer: Found, inner: Found) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


@cache
def vocabulary(language: str, prompts_dir: Path) -> Vocabulary:
    """The words of one language, with the names that every language shares."""
    own = list(_words_of(language, prompts_dir)) if language in READ_LANGUAGES else []
    other_words = {spelling for spelling, word in own if word.field == "decoy"}
    shared = list(_words_of("universal", prompts_dir))
    shared += [pair for pair in _territories(language, prompts_dir) if pair[0] not in other_words]
    if language != "en":
        taken = {spelling for spelling, _ in own}
        shared += [pair for pair in _words_of("en", prompts_dir) if pair[1].field in NAMES and pair[0] not in taken]
    glued = [listed(name, language, prompts_dir) for name in ("endings", "prefixes", "lacking")]
    return Vocabulary(own + shared, *glued)


@cache
def words_file(language: str, prompts_dir: Path) -> dict[str, Any]:
    """One words file as it stands; raises `DataError` when it is damaged or names no sources."""
    return read_data(prompts_dir / "words" / f"{language}.toml")


def _words_of(language: str, prompts_dir: Path) -> Iterator[tuple[str, Word]]:
    for field, entries in words_file(language, prompts_dir).items():
        if not isinstance(entries, dict) or field == "grammar":
            continue
        for value, listed in entries.items():
            for spelling in str(listed).split(None if field == "common" else ","):
                plain = fold(spelling.strip(), simplify=language != "ja").text
                if plain.strip("*"):
                    yield plain.rstrip("*"), Word(field, value, plain.endswith("*"), language)


def listed(name: str, language: str, prompts_dir: Path) -> tuple[str, ...]:
    """The folded words of one key of a language's grammar: what it glues to words, what may stand before others."""
    if language not in READ_LANGUAGES:
        return ()
    said = words_file(language, prompts_dir).get("grammar", {}).get(name, "")
    return tuple(fold(word.strip(), simplify=language != "ja").text for word in said.split(",") if word.strip())


def _territories(language: str, prompts_dir: Path) -> Iterator[tuple[str, Word]]:
    """Names of countries in the brief's language and in English, from the CLDR, as places."""
    from babel import Locale

    regions = table("territories", prompts_dir)["regions"]
    for code in {language, "en"} & set(READ_LANGUAGES):
        names = Locale(code).territories
        for region, territories in regions.items():
            for territory in territories.split():
                if name := names.get(territory):
                    yield fold(name, simplify=code != "ja").text, Word("places", region, False, code)


@cache
def from_to_forms(language: str, prompts_dir: Path) -> tuple[re.Pattern[str], ...]:
    """Patterns for "from one feeling to another" in a language; group 1 is the first, group 2 the second."""
    if language not in READ_LANGUAGES:
        return ()
    forms = words_file(language, prompts_dir).get("from_to", [])
    return tuple(re.compile(f"{form['first']}(.{{1,60}}?){form['then']}(.{{1,60}})") for form in forms)
