"""Vertical layers: which parts sound when a scene is calm, livelier, at its height.

Conventions: layers count from 1, the calmest; each is added to those below it. Intensity is 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from assistant.audio.waveform import Samples
from assistant.deliver.games.values import GameCraft
from assistant.score import Note, Part

_FLOOR = 1e-12
_ENOUGH_LU = 3.0
"""A layer that adds so much loudness is heard to come in; more is no better."""

_CALM_MOST_DB = 9.0
"""The calmest layer should not lie further below the whole than this: it must be music on its own."""


@dataclass(frozen=True)
class Voice:
    """A part in a loop: what it is there for, how lively it is, and its mean power."""

    part_id: str
    role: str
    intensity: float
    power: float


def voices_of(
    parts: Sequence[Part], notes: Mapping[str, Sequence[Note]], loops: Mapping[str, Samples], craft: GameCraft
) -> tuple[Voice, ...]:
    """The parts that sound in the loop, the calmest first."""
    power = {part.id: float(np.mean(np.square(loops[part.id], dtype=np.float64))) for part in parts}
    loudest = max(power.values(), default=0.0)
    most = max((len(notes[part.id]) for part in parts), default=1)
    found = []
    for part in parts:
        if power[part.id] < 1e-5 * loudest or not notes[part.id]:
            continue
        level = max(0.0, 1 + math.log10(power[part.id] / loudest) / 2)
        own = (len(notes[part.id]) / most + level) / 2 - 0.5
        intensity = min(1.0, max(0.0, craft.intensity[part.role] + craft.intensity["own"] * own))
        found.append(Voice(part.id, part.role, round(intensity, 3), power[part.id]))
    return tuple(sorted(found, key=lambda voice: (voice.intensity, voice.part_id)))


def split_layers(voices: Sequence[Voice], count: int) -> tuple[tuple[str, ...], ...]:
    """The parts in ``count`` groups of rising intensity, fewer where there are fewer parts.

    Of all ways to divide the row the one is taken in which every layer is heard to come in and the first one is not
    too thin.

    Examples
    --------
    >>> row = [Voice("pad", "harmony", 0.1, 1.0), Voice("bass", "bass", 0.2, 1.0), Voice("kit", "drums", 0.9, 4.0)]
    >>> split_layers(row, 2)
    (('pad', 'bass'), ('kit',))
    """
    count = min(count, len(voices))
    if count < 2:
        return (tuple(voice.part_id for voice in voices),)
    ways = combinations(range(1, len(voices)), count - 1)
    best = max(ways, key=lambda cuts: _worth(voices, cuts))
    ends = [0, *best, len(voices)]
    return tuple(tuple(voice.part_id for voice in voices[first:last]) for first, last in pairwise(ends))


def _worth(voices: Sequence[Voice], cuts: tuple[int, ...]) -> float:
    """How well a division does: the smallest step in level, less what the first layer lacks, less uneven sizes."""
    ends = [*cuts, len(voices)]
    levels = [10 * math.log10(sum(voice.power for voice in voices[:end]) + _FLOOR) for end in ends]
    steps = [min(_ENOUGH_LU, after - before) for before, after in pairwise(levels)]
    thin = max(0.0, levels[-1] - levels[0] - _CALM_MOST_DB)
    alone = 1.0 if cuts[0] < 2 and len(voices) > len(ends) else 0.0
    sizes = [after - before for before, after in zip([0, *ends], ends, strict=False)]
    return min(steps) - thin - alone - 0.1 * (max(sizes) - min(sizes))
