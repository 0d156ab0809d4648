"""Loudness asked for: "-16 LUFS", or the name of a norm ("EBU R128", "for YouTube").

Conventions: LUFS integrated, always below zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.constraints import Evidence
from assistant.interpret.text import Text

QUIETEST_LUFS, LOUDEST_LUFS = -40.0, -6.0
_LUFS = re.compile(r"([-−–]?\s?\d{1,2}(?:[.,]\d+)?)\s?(?:lufs|lkfs|lu\b)")


@dataclass(frozen=True)
class Loudness:
    """A loudness with its words."""

    lufs: float
    evidence: Evidence


def read_loudness(text: Text) -> Loudness | None:
    """The loudness that the words ask for."""
    if match := _LUFS.search(text.plain):
        level = -abs(float(re.sub(r"[^\d.]", "", match[1].replace(",", "."))))
        return Loudness(min(max(level, QUIETEST_LUFS), LOUDEST_LUFS), text.evidence("loudness_lufs", *match.span()))
    for find in text.wanted("loudness"):
        return Loudness(float(find.value), text.evidence("loudness_lufs", find.start, find.end, 0.9))
    return None
