"""What the report says of painted sound: how it keeps to its score, and every sound that was drawn.

Conventions: scores from 0 to 1 as `assistant.generator.Candidate` has them; names are finished text in the person's
language.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.explain import Voice
from assistant.session import TakeRecord

NAMED = {"sync": "painting_sync", "text": "painting_text"}
"""Scores that have a word of their own; the others are called as promises are."""
PROMISED = {"key": "key", "tempo": "tempo", "level": "loudness"}


@dataclass(frozen=True)
class Row:
    """One sound that was drawn; None where a score could not be measured."""

    seed: int
    score: float
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class PaintingTable:
    """The painting of a take: whose, how free, what was measured."""

    engine: str
    percent: int
    agreement: float
    latest_ms: float
    tries: int
    names: tuple[str, ...]
    rows: tuple[Row, ...]


def painting_of(take: TakeRecord, texts: Voice) -> PaintingTable | None:
    """What is shown of a take's painting; None where the score's own rendering is heard."""
    account = take.account
    if account is None:
        return None
    scored = tuple(dict.fromkeys(name for each in account.candidates for name in each.scores))
    rows = tuple(
        Row(each.seed, each.score, tuple(each.scores.get(name) for name in scored)) for each in account.candidates
    )
    return PaintingTable(
        account.engine,
        round(100 * account.freedom),
        account.agreement,
        1000 * account.latest_s,
        account.tries,
        tuple(_called(name, texts) for name in scored),
        rows,
    )


def _called(score: str, texts: Voice) -> str:
    """What people call a score."""
    if score in NAMED:
        return texts.text("report", NAMED[score])
    return texts.name("findings", PROMISED.get(score, score))
