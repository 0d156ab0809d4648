"""The plan: what will be composed, bar by bar, before a note is written."""

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

__all__ = ["BarIntent", "Chord", "Key", "Phrase", "Plan", "PlannedHit", "PlannedPart", "Section"]
