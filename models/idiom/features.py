"""What the classifier looks at: counts of small patterns in a window, none of which knows key, tempo, metre or player.

Conventions: a window becomes one row of square roots of counts, blocks one after the other in the order of `BLOCKS`.
Moves have five kinds (`KINDS`): leap down, step down, the same, step up, leap up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from models.idiom.lines import EVEN, WIDEST, Ints, Window

Array = npt.NDArray[Any]
STEP = 2
"""Semitones of the widest step."""
HELD = 1.9
"""A note is held when it lasts so many times the window's usual one."""
SPAN, RATIO = 2 * WIDEST + 1, 9


def kinds(intervals: Ints) -> Ints:
    """The kind of each move, 0..4."""
    own: Ints = (np.sign(intervals) * (1 + (np.abs(intervals) > STEP)) + 2).astype(np.int64)
    return own


def unbroken(window: Window, count: int) -> npt.NDArray[np.bool_]:
    """Where so many moves in a row stay within a phrase, shape (moves - count + 1,)."""
    return np.asarray(sliding_window_view(window.together, count).all(-1), bool)


def degrees(window: Window) -> Ints:
    """Degrees, one by one."""
    return window.degrees


def degree_pairs(window: Window) -> Ints:
    """Each degree with the next."""
    return (window.degrees[:-1] * 12 + window.degrees[1:])[window.together]


def intervals(window: Window) -> Ints:
    """Intervals, one by one."""
    return window.intervals[window.together] + WIDEST


def interval_pairs(window: Window) -> Ints:
    """Each interval with the next."""
    moves = window.intervals + WIDEST
    return (moves[:-1] * SPAN + moves[1:])[unbroken(window, 2)]


def contours(window: Window) -> Ints:
    """Four moves in a row by kind."""
    own = kinds(window.intervals)
    return (((own[:-3] * 5 + own[1:-2]) * 5 + own[2:-1]) * 5 + own[3:])[unbroken(window, 4)]


def rhythm_cells(window: Window) -> Ints:
    """Three ratios in a row: the shape of a rhythm of four notes."""
    own = window.ratios
    return ((own[:-2] * RATIO + own[1:-1]) * RATIO + own[2:])[unbroken(window, 4)]


def moves_in_rhythm(window: Window) -> Ints:
    """The kind of a move with the ratio of the times on both sides of the note that it leads to."""
    return (kinds(window.intervals)[:-1] * RATIO + window.ratios)[unbroken(window, 2)]


def closes(window: Window) -> Ints:
    """How held notes are reached: the degree, and the kind of the move before."""
    usual = float(np.median(window.times))
    held = np.flatnonzero(window.times[1:] >= HELD * usual) + 1
    return window.degrees[held] * 5 + kinds(window.intervals)[held - 1]


def evenness(window: Window) -> Ints:
    """How many ratios are even, in tenths: whether the tune runs or sings."""
    own = window.ratios[unbroken(window, 2)]
    share = float((own == EVEN).mean()) if len(own) else 0.0
    return np.repeat(np.array([min(9, int(10 * share))]), 8)


BLOCKS: tuple[tuple[Callable[[Window], Ints], int], ...] = (
    (degrees, 12), (degree_pairs, 144), (intervals, SPAN), (interval_pairs, SPAN * SPAN), (contours, 625),
    (rhythm_cells, RATIO**3), (moves_in_rhythm, 5 * RATIO), (closes, 60), (evenness, 10),
)  # fmt: skip
WIDTH = sum(size for _, size in BLOCKS)


def features(windows: Sequence[Window]) -> Array:
    """A row for each window, shape (windows, `WIDTH`), float32."""
    out = np.zeros((len(windows), WIDTH), np.float32)
    for row, window in zip(out, windows, strict=True):
        first = 0
        for block, size in BLOCKS:
            row[first : first + size] = np.bincount(block(window), minlength=size)
            first += size
    return np.sqrt(out, out=out)
