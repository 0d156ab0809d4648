"""How loud things will be, from the plan alone: for a mix that is heard before the whole is written.

Conventions: levels in dB against the reference velocity, or LUFS; velocity counts as in the SoundFont standard, 40
log10 of its ratio.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from assistant.plan import Plan, PlannedPart
from assistant.render.craft import Level
from assistant.score import Part, Score

SOFTEST, LOUDEST = 32.0, 108.0
"""Velocities that engines play at dynamics 0 and 1."""


def planned_db(part: PlannedPart, plan: Plan, level: Level) -> float:
    """How loud the plan wants a part where it plays, on average."""
    powers = [_power(bar.dynamics, level) for bar in part.bars if bar.active]
    lengths = [bar.length_q for bar, intent in zip(plan.bars, part.bars, strict=True) if intent.active]
    return 10 * math.log10(float(np.average(powers, weights=lengths))) if powers else 0.0


def played_db(part: Part, score: Score, start_s: float, end_s: float, level: Level) -> float | None:
    """How loud the notes are that sound in a span, on average; None where none do."""
    weights, powers = [], []
    for note in part.notes:
        inside_s = min(score.end_s(note), end_s) - max(score.start_s(note), start_s)
        if inside_s > 0:
            weights.append(inside_s)
            powers.append((note.velocity / level.reference_velocity) ** 4)
    return 10 * math.log10(float(np.average(powers, weights=weights))) if powers else None


def kept_db(written_db: float, level: Level) -> float:
    """What of that the mix lets be heard."""
    return float(np.clip(level.dynamics_kept * written_db, -level.dynamics_db, level.dynamics_db))


def sum_lufs(plan: Plan, levels_lu: Mapping[str, float], level: Level) -> float:
    """The loudness of all parts together, were each at its level: as if gated, over the bars.

    Parameters
    ----------
    plan : Plan
    levels_lu : Mapping
        The fader of each part by its id, relative to the lead.
    level : Level
    """
    powers, lengths_s = [], []
    for bar in plan.bars:
        powers.append(sum(_in_bar(part, bar.index, plan, levels_lu[part.id], level) for part in plan.parts))
        lengths_s.append(plan.tempo_map.seconds_at(bar.end_q) - plan.tempo_map.seconds_at(bar.start_q))
    return level.reference_lufs + _gated(powers, lengths_s)


def _in_bar(part: PlannedPart, bar: int, plan: Plan, level_lu: float, level: Level) -> float:
    """A part's power in a bar, against the reference."""
    intent = part.bars[bar]
    if not intent.active:
        return 0.0
    whole_db = planned_db(part, plan, level)
    louder_db = level_lu + kept_db(whole_db, level) - whole_db + intent.gain_db
    return _power(intent.dynamics, level) * 10 ** (louder_db / 10)


def _gated(powers: Sequence[float], lengths_s: Sequence[float]) -> float:
    mean = float(np.average(powers, weights=lengths_s))
    if mean <= 0:
        return 0.0
    loud = [(power, length_s) for power, length_s in zip(powers, lengths_s, strict=True) if power > mean / 10]
    return 10 * math.log10(float(np.average([power for power, _ in loud], weights=[length_s for _, length_s in loud])))


def _power(dynamics: float, level: Level) -> float:
    return float(((SOFTEST + (LOUDEST - SOFTEST) * dynamics) / level.reference_velocity) ** 4)
