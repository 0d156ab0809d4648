"""How a line goes on: the intervals that real lines take, and the tune of an earlier bar that comes back.

Conventions: weights are nats that are added to what the roll says; intervals are semitones, an octave and more are one
class. A real line has its manner: one repeats its notes, another walks, a third leaps by octaves; so each part of a cue
is given one and keeps it. Manners are those of 1,907 parts of sixteen bars of the training split.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.transformer import vocabulary as v
from models.transformer.cells import FOREIGN, Played

Array = npt.NDArray[Any]

Manner = tuple[int, ...]
"""Of a thousand moves, those by 0 to 12 semitones either way alike: each way has so many."""

MANNERS: Mapping[str, Sequence[tuple[float, Manner]]] = {
    "lead": (
        (0.19, (243, 141, 135, 28, 17, 26, 3, 12, 6, 3, 3, 1, 5)),
        (0.15, (30, 141, 195, 35, 23, 28, 5, 17, 10, 9, 6, 2, 12)),
        (0.14, (113, 111, 194, 67, 36, 20, 1, 4, 3, 3, 1, 1, 4)),
        (0.13, (55, 80, 139, 93, 60, 49, 4, 23, 11, 5, 2, 1, 6)),
        (0.13, (157, 97, 93, 67, 44, 37, 12, 19, 8, 13, 4, 3, 24)),
        (0.12, (260, 51, 132, 56, 28, 57, 1, 31, 3, 6, 1, 1, 4)),
        (0.08, (18, 57, 89, 59, 41, 53, 11, 46, 17, 19, 13, 4, 82)),
        (0.05, (630, 42, 40, 23, 13, 22, 4, 9, 7, 11, 4, 1, 10)),
    ),
    "counter": (
        (0.20, (200, 126, 169, 31, 18, 23, 3, 12, 5, 3, 2, 1, 6)),
        (0.17, (168, 82, 100, 86, 56, 48, 4, 17, 7, 6, 3, 1, 7)),
        (0.16, (28, 132, 157, 51, 34, 36, 7, 24, 9, 7, 5, 2, 22)),
        (0.15, (526, 75, 72, 24, 19, 21, 3, 8, 4, 3, 2, 1, 5)),
        (0.10, (243, 69, 93, 24, 27, 37, 7, 26, 9, 6, 5, 3, 72)),
        (0.09, (42, 43, 58, 78, 62, 70, 15, 51, 17, 20, 10, 4, 50)),
        (0.08, (771, 8, 32, 9, 4, 27, 1, 15, 2, 1, 2, 1, 13)),
        (0.06, (435, 17, 34, 48, 39, 58, 5, 41, 6, 10, 4, 1, 19)),
    ),
    "bass": (
        (0.21, (143, 93, 117, 28, 31, 47, 5, 34, 9, 10, 3, 2, 52)),
        (0.14, (457, 69, 82, 8, 17, 34, 1, 23, 2, 1, 1, 1, 34)),
        (0.14, (14, 119, 181, 41, 37, 40, 6, 26, 6, 6, 3, 1, 28)),
        (0.12, (31, 27, 33, 32, 27, 48, 11, 77, 24, 18, 11, 8, 169)),
        (0.11, (398, 47, 53, 43, 31, 32, 4, 48, 6, 14, 12, 1, 11)),
        (0.11, (828, 17, 13, 8, 7, 25, 1, 7, 1, 1, 2, 1, 5)),
        (0.08, (174, 34, 28, 69, 66, 97, 7, 45, 7, 10, 9, 4, 38)),
        (0.08, (279, 21, 34, 11, 9, 32, 7, 20, 2, 3, 8, 2, 212)),
    ),
}
"""How often lines move in which manner: shares of parts, and the middle of eight groups of each role (k-means)."""
WIDEST = 12
TRUST = 0.15
"""What the roll's odds of a pitch are multiplied by: the smaller, the more the line decides."""
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


def manner_of(role: str, chance: float) -> Manner | None:
    """The manner of a part, by a number 0..1; None for those who play chords."""
    known = MANNERS.get(role)
    if known is None:
        return None
    bounds = np.cumsum([share for share, _ in known])
    return known[min(int(np.searchsorted(bounds, chance * bounds[-1])), len(known) - 1)][1]


def moving(manner: Manner | None, pitch: int) -> Array:
    """What each pitch (128,) is worth after ``pitch``; nothing where there is none (-1)."""
    if manner is None or pitch < 0:
        return np.zeros(128)
    apart = np.minimum(np.abs(np.arange(128) - pitch), WIDEST)
    up = np.sign(np.arange(128) - pitch) / 2
    worth: Array = MOVE * np.log(np.array(manner)[apart] / 100) + np.array(GIVEN_BACK)[apart]
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
