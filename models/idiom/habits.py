"""What a region's tunes are in the habit of: smoothed tables of moves and of rhythm, and rhythms of groups of beats.

Conventions: tables hold natural logarithms of probabilities. *Moves*: the next interval after a degree and the interval
that led to it, shape (12, `CAME`, `SPAN`). *Rhythm*: the next ratio of times after the two before, shape (9, 9, 9).
*Cells*: rhythms that fill a group of beats or two, in quarter notes, with their shares. `models.idiom.counting` makes
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.idiom.lines import WIDEST

Array = npt.NDArray[Any]
Cell = tuple[float, ...]
"""Lengths that fill a group of beats."""
Rhythm = tuple[Cell, ...]
"""Cells of one group, or of two in a row."""
Spans = tuple[float, ...]
"""Lengths of those groups."""
Cells = Mapping[Spans, Mapping[Rhythm, float]]
REACH = 7
"""Intervals that led to a note are told apart so far."""
CAME = 2 * REACH + 2
"""Classes of the interval that led to a note; the last is none."""


@dataclass(frozen=True, eq=False)
class Habits:
    """One region's tables."""

    moves: Array
    rhythm: Array
    cells: Cells

    def next_pitch(self, home: int, before: Sequence[int]) -> Array:
        """Log-probability of every pitch 0..127 as the next of a line; zeros where the line has not begun."""
        if not before:
            return np.zeros(128)
        came = came_by(before[-1] - before[-2]) if len(before) > 1 else CAME - 1
        row = self.moves[(before[-1] - home) % 12, came]
        told: Array = row[np.clip(np.arange(128) - before[-1], -WIDEST, WIDEST) + WIDEST]
        return told


def came_by(interval: int) -> int:
    """The class of an interval that led to a note."""
    return max(-REACH, min(REACH, interval)) + REACH


def named(rhythm: Rhythm) -> str:
    """A rhythm as it is written down.

    Examples
    --------
    >>> named(((0.5, 1.0, 0.5), (2.0,)))
    '0.5 1 0.5 | 2'
    """
    return " | ".join(" ".join(f"{length:g}" for length in cell) for cell in rhythm)


def unnamed(text: str) -> Rhythm:
    """The rhythm that was written down."""
    return tuple(tuple(map(float, cell.split())) for cell in text.split("|"))
