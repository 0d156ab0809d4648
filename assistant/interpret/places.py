"""Regions, by country, city, people, festival or landmark.

Conventions: one region id or None. Countries come from the CLDR through Babel, big cities from GeoNames where no other
place is named, the rest from the words files. A region that is banned ("和風は要りません") is not read, one whose
instrument or dance is banned ("no tango") may be; of several, the one with most words wins, the first of equals.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from assistant.constraints import Evidence
from assistant.interpret.cities import ELSEWHERE, find_cities
from assistant.interpret.lexicon import table
from assistant.interpret.text import Text, read_text
from assistant.interpret.words import Found
from assistant.language import READ_LANGUAGES, detect_language
from assistant.library import Library
from assistant.settings import ROOT

OF_A_PLACE = ("world", "folk")
"""Styles whose words mostly say where the music is from: who bans "和風" bans the place."""


@dataclass(frozen=True)
class Place:
    """A region with its words."""

    region: str
    evidence: Evidence


def read_place(text: Text) -> Place | None:
    """The region that the words name; an instrument or a dance of one place only stands for it when no place does."""
    played = {(find.start, find.end) for find in text.find("instruments")}
    played |= {(find.start, find.end) for find in text.find("styles") if find.value not in OF_A_PLACE}
    banned = {find.value for find in text.find("places") if find.negated and (find.start, find.end) not in played}
    finds = [find for find in text.wanted("places") if find.value not in banned and find.value != ELSEWHERE]
    if finds:
        return _best(text, finds, 1.0)
    if any(find.value == ELSEWHERE or find.negated for find in text.find("places")):
        return None
    cities = find_cities(text)
    if within := [find for find in cities if find.value != ELSEWHERE]:
        return _best(text, within, 0.9)
    if cities:
        return None
    homes = table("homes", text.prompts_dir)["instruments"] | table("homes", text.prompts_dir)["styles"]
    hints = [
        Found("places", homes[find.value], find.start, find.end)
        for field in ("instruments", "styles")
        for find in text.wanted(field)
        if find.value in homes
    ]
    return _best(text, hints, 0.6) if hints else None


def regions_in(raw: str, language: str, prompts_dir: Path = ROOT / "prompts") -> tuple[str, ...]:
    """Every region that a text names as a place, in the order of its words.

    Examples
    --------
    >>> regions_in("one version for Japan and one for Brazil", "en")
    ('japan', 'brazil')
    """
    finds = sorted(read_text(raw, language, prompts_dir).wanted("places"), key=lambda find: find.start)
    return tuple(dict.fromkeys(find.value for find in finds if not find.negated and find.value != ELSEWHERE))


def named_regions(words: str, library: Library) -> tuple[str, ...]:
    """The region of an id, or those that words in any language name ("Türkiye", "日本"); nothing where none is known.

    Examples
    --------
    >>> from assistant.library import load
    >>> named_regions("Türkiye", load()), named_regions("Atlantis", load())
    (('turkey',), ())
    """
    slug = "-".join(words.split()).lower()
    if slug in library.regions:
        return (slug,)
    likely = detect_language(words).tag
    for language in dict.fromkeys((likely, *READ_LANGUAGES)):
        if found := tuple(region for region in regions_in(words, language) if region in library.regions):
            return found
    return ()


def _best(text: Text, finds: list[Found], confidence: float) -> Place:
    counts = Counter(find.value for find in finds)
    find = max(finds, key=lambda find: (counts[find.value], -find.start))
    return Place(find.value, text.evidence("region", find.start, find.end, confidence))
