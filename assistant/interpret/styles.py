"""Styles, and works of others that stand for a style ("like a spaghetti western").

Conventions: style ids, best first: what is named outright comes before what a reference suggests. When no style is
named, `suggest_styles` draws some from instruments, mood, region and use; these are marked as assumed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.constraints import Evidence
from assistant.interpret.lexicon import table
from assistant.interpret.text import Text

SUGGESTED = 3
"""Styles that are suggested at most."""


@dataclass(frozen=True)
class Styles:
    """Style ids, best first, with their words."""

    ids: tuple[str, ...]
    evidence: tuple[Evidence, ...]


def read_styles(text: Text) -> Styles:
    """The styles that the words name or suggest."""
    banned = {name for find in text.find("styles") if find.negated for name in find.value.split("+")}
    ids: dict[str, Evidence] = {}
    for field, confidence in (("styles", 1.0), ("references", 0.7)):
        for find in text.wanted(field):
            for name in find.value.split("+"):
                if name not in banned:
                    ids.setdefault(name, text.evidence("styles", find.start, find.end, confidence))
    return Styles(tuple(ids), tuple(ids.values()))


def suggest_styles(
    text: Text, *, instruments: Iterable[str], region: str | None, use: str | None, ends_well: bool = False
) -> Styles:
    """Styles for a brief that names none, from ``prompts/lexicon/styles.toml``; no grim ones where it ``ends_well``."""
    lexicon = table("styles", text.prompts_dir)
    hints = lexicon["hints"]
    moods = Counter(find.value for find in text.wanted("emotion"))
    keys = [("instruments", name) for name in instruments]
    keys += [("emotions", mood) for mood, _ in moods.most_common()]
    keys += [("regions", region or ""), ("regions", "any" if region else ""), ("uses", use or "")]
    banned = {name for find in text.find("styles") if find.negated for name in find.value.split("+")}
    banned |= set(lexicon["grim"].split()) if ends_well else set()
    ids: dict[str, Evidence] = {}
    for kind, key in keys:
        for name in hints[kind].get(key, "").split():
            if name not in banned:
                ids.setdefault(name, Evidence("styles", key, confidence=0.4, assumed=True))
    chosen = list(ids)[:SUGGESTED]
    return Styles(tuple(chosen), tuple(ids[name] for name in chosen))
