"""Loudness asked for: "-16 LUFS", the name of a norm ("EBU R128", "for YouTube"), or a place and a level ("TV level").

Conventions: LUFS integrated, always below zero. Norms and places with their LUFS stand in the tables ``loudness`` and
``level_of`` of the words files; a place counts only close to a word of ``level_said`` ("mastered", "loudness").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.constraints import Evidence
from assistant.interpret.text import Text
from assistant.remark import Remark

QUIETEST_LUFS, LOUDEST_LUFS = -40.0, -6.0
NEAR = 24
"""Characters that may stand between a place and the word that says that its level is meant."""
_LUFS = re.compile(r"(?<![\d.,])([-−–]?\s?\d{1,4}(?:[.,]\d+)?)\s?(?:lufs|lkfs|lu\b)")


@dataclass(frozen=True)
class Loudness:
    """A loudness with its words, and what must be said of it."""

    lufs: float
    evidence: Evidence
    remarks: tuple[Remark, ...] = ()


def read_loudness(text: Text) -> Loudness | None:
    """The loudness that the words ask for."""
    if match := _LUFS.search(text.plain):
        level = -abs(float(re.sub(r"[^\d.]", "", match[1].replace(",", "."))))
        return _within_reach(level, text.evidence("loudness_lufs", *match.span()))
    for find in text.wanted("loudness"):
        return Loudness(float(find.value), text.evidence("loudness_lufs", find.start, find.end, 0.9))
    return _level_of_a_place(text)


def _within_reach(asked_lufs: float, evidence: Evidence) -> Loudness:
    """A loudness that can be delivered, and a word when it is not the one asked for."""
    used = min(max(asked_lufs, QUIETEST_LUFS), LOUDEST_LUFS)
    clamped = Remark.of("loudness_clamped", asked=asked_lufs, used=used)
    return Loudness(used, evidence, () if used == asked_lufs else (clamped,))


def _level_of_a_place(text: Text) -> Loudness | None:
    """ "Podcast loudness", "für YouTube gemastert": the closest pair of a place and a word of level in one clause."""
    pairs = [
        (max(place.start - said.end, said.start - place.end), place, said)
        for said in text.wanted("level_said")
        for place in text.wanted("level_of")
        if place.start in text.clause(said.start) and (place.end <= said.start or said.end <= place.start)
    ]
    near = [pair for pair in pairs if pair[0] <= NEAR]
    if not near:
        return None
    _, place, said = min(near, key=lambda pair: (pair[0], pair[1].start))
    start, end = min(place.start, said.start), max(place.end, said.end)
    return Loudness(float(place.value), text.evidence("loudness_lufs", start, end, 0.7))
