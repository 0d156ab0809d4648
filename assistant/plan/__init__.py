"""The plan: what will be composed, bar by bar, before a note is written."""

from assistant.plan.describe import describe
from assistant.plan.make import make_plan
from assistant.plan.values import (
    BarIntent,
    Chord,
    Key,
    Phrase,
    Plan,
    PlannedHit,
    PlannedPart,
    Section,
)

__all__ = [
    "BarIntent",
    "Chord",
    "Key",
    "Phrase",
    "Plan",
    "PlannedHit",
    "PlannedPart",
    "Section",
    "describe",
    "make_plan",
]
