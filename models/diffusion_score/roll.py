"""Notes as patches of a piano roll, and back: one patch is what one part plays in one beat.

Conventions: a beat is a quarter note (a bar's last may be cut short) with six places, where sixteenths and triplets
fall; a patch has two layers of six places by 36 pitches: where notes begin, and where they are held. The lowest
pitch, the *base*, is a tonic, so that a row is a degree of the scale in every key. Bars are at most six beats long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.transformer import vocabulary as v

Array = npt.NDArray[Any]

PLACES = np.array([0, 3, 4, 6, 8, 9])
"""Steps of a beat that notes may begin on: the others are neither sixteenths nor triplets."""
PITCHES = 36
LAYERS = 2
PATCH = LAYERS * len(PLACES) * PITCHES
BEATS = v.LONGEST_BAR // v.STEPS_PER_Q
BASES = 9
"""Octaves that a base may lie in."""


@dataclass(frozen=True)
class Grid:
    """The beats of some bars, one after another.

    Parameters
    ----------
    lengths : tuple of int
        Length of each bar in steps.
    """

    lengths: tuple[int, ...]

    @property
    def beats(self) -> Array:
        """How many beats each bar has."""
        return -(-np.array(self.lengths) // v.STEPS_PER_Q)

    @property
    def bar(self) -> Array:
        """The bar of each beat."""
        return np.repeat(np.arange(len(self.lengths)), self.beats)

    @property
    def beat(self) -> Array:
        """Which beat of its bar each is."""
        first = np.cumsum(self.beats) - self.beats
        place: Array = np.arange(int(self.beats.sum())) - first[self.bar]
        return place

    @property
    def starts(self) -> Array:
        """The step that each bar begins with, and the one after the last."""
        return np.concatenate([[0], np.cumsum(self.lengths)])

    def places(self) -> tuple[Array, Array]:
        """Steps (ascending) that can be written, and for each its number among beats times places."""
        within = self.beat[:, None] * v.STEPS_PER_Q + PLACES
        inside = within < np.array(self.lengths)[self.bar][:, None]
        steps = self.starts[self.bar][:, None] + within
        return steps[inside], np.flatnonzero(inside.ravel())


def base_of(middle: float, tonic: int) -> int:
    """The lowest pitch of the rows of a part whose notes lie about ``middle``.

    Examples
    --------
    >>> base_of(69, 0), base_of(69, 7), base_of(40, 2)
    (48, 55, 26)
    """
    octave = round((middle - PITCHES / 2 - tonic) / 12)
    return tonic + 12 * max(0, min(BASES - 1, octave))


def patches(grid: Grid, notes: Array, base: int) -> Array:
    """The roll (beats, `PATCH`) of 0 and 1 of one part's notes.

    Parameters
    ----------
    grid : Grid
    notes : Array
        Rows of bar, onset (steps within the bar), pitch, length (steps).
    base : int
        Pitches outside the three octaves above it are moved into them by octaves.
    """
    steps, number = grid.places()
    count = int(grid.beats.sum())
    roll = np.zeros((LAYERS, count * len(PLACES), PITCHES), np.float32)
    if len(notes):
        notes = notes.astype(np.int64)
        begins = grid.starts[notes[:, 0]] + notes[:, 1]
        first = np.abs(steps - begins[:, None]).argmin(1) if len(notes) < 64 else _nearest(steps, begins)
        last = np.maximum(np.searchsorted(steps, begins + notes[:, 3]), first + 1)
        row = notes[:, 2] - base
        row = np.where((row < 0) | (row >= PITCHES), row % 12 + 12 * (row >= PITCHES) * 2, row)
        sizes = last - first - 1
        owner = np.repeat(np.arange(len(notes)), sizes)
        held = first[owner] + 1 + np.arange(len(owner)) - (np.cumsum(sizes) - sizes)[owner]
        roll[1, number[held], row[owner]] = 1
        roll[0, number[first], row] = 1
        roll[1] *= 1 - roll[0]
    folded: Array = roll.reshape(LAYERS, count, len(PLACES) * PITCHES).transpose(1, 0, 2).reshape(count, PATCH)
    return folded


def _nearest(steps: Array, begins: Array) -> Array:
    right = np.searchsorted(steps, begins).clip(1, len(steps) - 1)
    nearer: Array = np.where(begins - steps[right - 1] <= steps[right] - begins, right - 1, right)
    return nearer


def layers(roll: Array) -> tuple[Array, Array]:
    """Patches (..., beats, `PATCH`) as beginnings and holds (..., beats, places, pitches)."""
    shaped = roll.reshape(*roll.shape[:-1], LAYERS, len(PLACES), PITCHES)
    return shaped[..., 0, :, :], shaped[..., 1, :, :]


def rows_of_cells(cells: Sequence[tuple[int, Sequence[tuple[int, int, int, int]]]]) -> Array:
    """Cells (bar, notes as onset, pitch, length, velocity) as the rows that `patches` takes."""
    rows = [(bar, onset, pitch, length) for bar, notes in cells for onset, pitch, length, _ in notes]
    return np.array(rows, np.int64).reshape(-1, 4)
