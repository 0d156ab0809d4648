"""How a line goes on: the intervals that real lines take, and the tune of an earlier bar that comes back.

Conventions: weights are nats that are added to what the roll says; intervals are semitones, an octave and more are one
class. A real line has its manner: one repeats its notes, another walks, a third leaps by octaves; so each part of a cue
is given that of some training work (`models.transformer.manner`) and keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.transformer import vocabulary as v
from models.transformer.cells import FOREIGN, Played
from models.transformer.manner import WIDEST

Array = npt.NDArray[Any]

TRUST = 0.15
"""What the roll's odds of a pitch are multiplied by: the smaller, the more the line decides."""
LEAST_SHARE = 0.001
MOVE = 1.2
"""What the logarithm of an interval's share is multiplied by."""
GIVEN_BACK = (-0.5, 0.2, -0.2, 0.0, 0.0, -0.1, 0.0, -0.1, 0.0, 0.0, 0.0, 0.0, 1.2)
"""What moves by 0 to 12 semitones are worth besides: chords and ranges make lines repeat, and keep them from
octaves."""
RISING = (0.0, -0.2, -0.4, -0.2, -0.1, 0.3, 0.0, 0.0, 0.1, 0.2, 0.3, 0.0, 0.2)
"""What a move up is worth beyond the same move down: lines fall by step and rise by leap."""
ECHO = 1.3
"""What a semitone away from the tune that comes back costs."""
SHIFTS = range(-7, 8)
FAR = 0.3
"""What each semitone costs that a tune is moved by."""


def moving(moves: Array | None, pitch: int) -> Array:
    """What each pitch (128,) is worth after ``pitch``; nothing where there is none (-1), or no `manner.moves_of`."""
    if moves is None or pitch < 0:
        return np.zeros(128)
    apart = np.minimum(np.abs(np.arange(128) - pitch), WIDEST)
    up = np.sign(np.arange(128) - pitch) / 2
    worth: Array = MOVE * np.log(np.maximum(moves, LEAST_SHARE)[apart]) + np.array(GIVEN_BACK)[apart]
    worth += up * np.array(RISING)[apart]
    return worth


def coming_back(notes: Sequence[Played], odds: Array, allowed: Array) -> Mapping[int, int]:
    """Pitches by step at which earlier notes come back, moved to where the roll and the chords will have them.

    Parameters
    ----------
    notes : sequence
        A line's notes.
    odds : Array
        What the roll says of each pitch at each step (steps, 128), logits.
    allowed : Array
        What the cell says of them (steps, 128), from `FOREIGN` down not freely.
    """
    best: tuple[float, dict[int, int]] = (-np.inf, {})
    for shift in SHIFTS:
        worth, found = -FAR * abs(shift), dict[int, int]()
        for onset, pitch, _, _ in notes:
            free = np.flatnonzero(allowed[onset] > FOREIGN / 2)
            if not len(free):
                continue
            target = int(free[np.abs(free - pitch - shift).argmin()])
            found[onset] = target
            worth += max(-6.0, float(odds[onset, target])) / max(1, len(notes)) - 0.3 * abs(target - pitch - shift)
        best = max(best, (worth, found), key=lambda each: each[0])
    return best[1]


def leaning(targets: Mapping[int, int], onset: int) -> Array:
    """What each pitch (128,) is worth where a tune comes back."""
    if onset not in targets:
        return np.zeros(128)
    worth: Array = -ECHO * np.minimum(np.abs(np.arange(128) - targets[onset]), 9)
    return worth


def role_of(fields: Array) -> str:
    """The role in a cell's columns."""
    return v.ROLES[int(fields[0])]
