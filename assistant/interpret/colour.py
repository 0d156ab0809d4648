"""How much of a place's music is wanted, and two places joined: "just a hint of Japan", "from Ireland to India".

Conventions: places are characters of folded text. A phrase of ``prompts/colour.toml`` counts only where it touches the
name of a place, so that "a hint of sadness in Japan" says nothing of Japan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from assistant.constraints import Colour, Evidence
from assistant.datafile import read_data
from assistant.interpret.cities import ELSEWHERE
from assistant.interpret.text import Text
from assistant.interpret.words import Found
from assistant.language import fold
from assistant.settings import ROOT

FILE = ROOT / "prompts" / "colour.toml"
WISHES = ("hint", "full", "more", "less")
NEVER = re.compile(r"(?!)")
FARTHEST = 60
"""Characters beside a name that are looked at."""


@dataclass(frozen=True)
class Said:
    """A wish with its words; ``wish`` is hint, full, more or less."""

    wish: str
    start: int
    end: int


@dataclass(frozen=True)
class Fused:
    """Two regions that are to follow each other over the cue."""

    first: str
    second: str
    evidence: Evidence


def colour_beside(plain: str, find: Found, language: str) -> Said | None:
    """The wish that touches the name of a place in folded text; the longest of several.

    Examples
    --------
    >>> colour_beside("just a hint of japan", Found("places", "japan", 15, 20), "en").wish
    'hint'
    >>> colour_beside("a hint of sadness in japan", Found("places", "japan", 21, 26), "en") is None
    True
    """
    said: list[Said] = []
    left = plain[max(0, find.start - FARTHEST) : find.start]
    for wish in WISHES:
        before = _pattern(f"{wish}_before", language, FILE).search(left)
        after = _pattern(f"{wish}_after", language, FILE).match(plain, find.end)
        said += [Said(wish, find.start - len(left) + before.start(1), find.end)] if before else []
        said += [Said(wish, find.start, after.end())] if after else []
    return max(said, key=lambda each: each.end - each.start, default=None)


def read_colour(text: Text, region: str | None) -> tuple[Colour, Evidence] | None:
    """How strong a region's colour is to be, as a brief says it."""
    for find in text.wanted("places", region) if region else ():
        said = colour_beside(text.plain, find, text.language)
        if said is not None and said.wish in ("hint", "full"):
            return ("hint" if said.wish == "hint" else "full"), text.evidence("colour", said.start, said.end)
    return None


def read_fusion(text: Text) -> Fused | None:
    """Two regions that the words join, the first of them first."""
    finds = [find for find in text.wanted("places") if find.value != ELSEWHERE]
    finds.sort(key=lambda find: find.start)
    for first, second in pairwise(finds):
        if first.value != second.value and _joined(text, first, second):
            return Fused(first.value, second.value, text.evidence("fusion", first.start, second.end, 0.9))
    return None


def _joined(text: Text, first: Found, second: Found) -> bool:
    """Whether what stands between two names joins them."""
    between = text.between(first.end, second.start)
    if _pattern("between", text.language, FILE).fullmatch(between):
        return True
    led = _pattern("from", text.language, FILE).search(text.between(first.start - FARTHEST, first.start))
    return bool(led and _pattern("between_from", text.language, FILE).fullmatch(between))


@cache
def _pattern(name: str, language: str, path: Path) -> re.Pattern[str]:
    """Every phrase of a list in a language, with what may stand between it and the name of a place."""
    data = read_data(path)
    words = data.get(language)
    if words is None:
        return NEVER
    phrases, glue, tail = (_either(words[key], language) for key in (name, "glue", "tail"))
    tight = language in data["unspaced"]
    gap, edge, stop = (r"\s*", "", "") if tight else (r"[\s'-]+", r"(?<!\w)", r"(?!\w)")
    if name.endswith("_before") or name == "from":
        return re.compile(rf"{edge}({phrases})(?:{gap}(?:{glue}))*{gap}$")
    loose = r"[\s'-]*"
    if name.endswith("_after"):
        return re.compile(rf"(?:{loose}(?:{tail}){stop})*{loose}(?:{phrases}){stop}")
    return re.compile(rf"(?:{loose}(?:{tail}){stop})*[\s,'-]*(?:{phrases})(?:{gap}(?:{glue}))*{loose}")


def _either(listed: str, language: str) -> str:
    """Comma-separated phrases as one expression, the longest first."""
    phrases = {fold(phrase.strip(), simplify=language != "ja").text for phrase in listed.split(",")} - {""}
    ordered = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+").replace("\\-", "[- ]") for phrase in ordered)
