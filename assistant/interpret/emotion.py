"""Emotion of words: valence and arousal of every clause, and of the brief as a whole.

Conventions: -1..1. Words of the tables ``emotion`` name a group whose coordinates stand in ``prompts/lexicon/emotions.toml``;
English words that have none there get their valence from VADER's list. A negated word counts a little the other way.
Words that belong to the music outweigh words of the scene only by standing in the same brief: both are read.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.constraints import Evidence
from assistant.interpret.lexicon import table
from assistant.interpret.text import Piece, Text
from assistant.interpret.words import Found

NEGATED = -0.35
"""What a negated word counts: "not sad" is a little less than calm, not happy."""

STRONGER, WEAKER = 1.35, 0.6


@dataclass(frozen=True)
class Feeling:
    """Valence and arousal of a stretch of words; None where no word speaks."""

    valence: float | None
    arousal: float | None
    piece: Piece
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class _Vote:
    value: float
    weight: float


def feel(text: Text, piece: Piece) -> Feeling:
    """The feeling of the words in a stretch, each counted by how much it says."""
    groups = table("emotions", text.prompts_dir)["groups"]
    valences: list[_Vote] = []
    arousals: list[_Vote] = []
    evidence: list[Evidence] = []
    for find in text.find("emotion"):
        if find.start in piece and find.value in groups:
            valence, arousal = groups[find.value]
            factor = _factor(text, find)
            _vote(valences, valence, factor)
            _vote(arousals, arousal, factor)
            evidence.append(text.evidence("arc", find.start, find.end, 0.8))
    return Feeling(_mean(valences), _mean(arousals), piece, tuple(evidence))


def _vote(votes: list[_Vote], value: float, factor: float) -> None:
    """One word's say; a word that is neutral in a dimension says little about it."""
    if value:
        votes.append(_Vote(max(-1.0, min(1.0, value * factor)), abs(value) * min(abs(factor), 1.0)))


def _mean(votes: list[_Vote]) -> float | None:
    total = sum(vote.weight for vote in votes)
    return sum(vote.value * vote.weight for vote in votes) / total if total else None


def _factor(text: Text, find: Found) -> float:
    """How much a word counts: negated, made stronger, made weaker."""
    factor = NEGATED if find.negated else 1.0
    for degree in text.find("degree"):
        if 0 <= find.start - degree.end <= 2:
            factor *= STRONGER if degree.value == "more" else WEAKER
    return factor
