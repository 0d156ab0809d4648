"""Styles, and works of others that stand for a style ("like a spaghetti western").

Conventions: style ids, best first: what is named outright comes before what a reference or a use suggests.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.constraints import Evidence
from assistant.interpret.text import Text


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
