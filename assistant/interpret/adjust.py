"""Wishes about single parts: "sparse drums", "soft strings", "稀疏的鼓", "no melody".

Conventions: an adjective belongs to the instrument right after it. Amounts -1..1 stand in the words files' table
``adjust`` as ``field:amount``; their table ``tacet`` says which layers are silent.
"""

from __future__ import annotations

from assistant.constraints import Adjustment, Evidence
from assistant.interpret.text import Text

_FARTHEST = 3
"""Characters between an adjective and its instrument."""


def read_adjustments(text: Text) -> tuple[tuple[Adjustment, ...], tuple[Evidence, ...]]:
    """The adjustments that the words ask for."""
    adjustments: list[Adjustment] = []
    evidence: list[Evidence] = []
    for find in text.wanted("adjust"):
        for instrument in text.wanted("instruments"):
            if 0 <= instrument.start - find.end <= _FARTHEST and text.clause(find.start) == text.clause(
                instrument.start
            ):
                field, amount = find.value.split(":")
                part = "acoustic-guitar" if instrument.value == "guitar" else instrument.value
                adjustments.append(Adjustment(field, part, float(amount)))  # type: ignore[arg-type]
                evidence.append(text.evidence(f"adjust[{len(evidence)}]", find.start, instrument.end, 0.7))
    for find in text.wanted("tacet")[:1]:
        adjustments.append(Adjustment("density", find.value, -1.0))
        evidence.append(text.evidence(f"adjust[{len(evidence)}]", find.start, find.end, 0.9))
    return tuple(adjustments), tuple(evidence)
