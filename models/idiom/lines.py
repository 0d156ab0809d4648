"""A melody as a line of notes without key and tempo, and the tokens that idiom is counted in.

Conventions: onsets and lengths are steps of `vocabulary.STEPS_PER_Q` to a quarter note. A *degree* is semitones above
the line's home, 0..11; an *interval* is semitones from the note before, within `WIDEST`; a *ratio* compares the time to
the next note with the time before (class `EVEN` is the same). None of them knows the key, the tempo, the notated unit,
the metre, the instrument or the loudness. Real tunes and generated ones go through the same functions.

Sources: skyline extraction after Uitdenbogerd and Zobel 1999; finals and durations as signs of the tonic as in
Krumhansl, *Cognitive Foundations of Musical Pitch* (1990).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.score import Part
from models.transformer import vocabulary as v

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]

WIDEST = 12
"""Intervals beyond an octave count as one."""
DRONE = 9
"""A single note that lies so many semitones below both its neighbours is a drone string or an octave pluck."""
SHORTEST = 2
"""Notes of fewer steps are ornaments and not counted."""
RATIOS = (0.28, 0.42, 0.58, 0.85, 1.2, 1.75, 2.6, 3.6)
"""Edges of the classes of ratios: 1/4, 1/3, 1/2, 2/3, the same, 3/2, 2, 3, 4 and more."""
EVEN = 4
REST = 3.1
"""A time to the next note of so many times the usual one or more parts phrases: no pattern is counted across it."""


@dataclass(frozen=True)
class Line:
    """One melody: onsets and lengths in steps, pitches; one note at a time, in order.

    Examples
    --------
    >>> line = Line(np.array([0, 12, 24, 48]), np.array([12, 12, 24, 24]), np.array([62, 64, 66, 62]))
    >>> line.intervals.tolist(), line.ratios.tolist(), line.home
    ([2, 2, -4], [4, 6], 2)
    """

    onsets: Ints
    lengths: Ints
    pitches: Ints

    def __len__(self) -> int:
        return len(self.onsets)

    @cached_property
    def intervals(self) -> Ints:
        """Semitones from each note to the next, shape (notes - 1,)."""
        return np.clip(np.diff(self.pitches), -WIDEST, WIDEST)

    @cached_property
    def times(self) -> Ints:
        """Steps from each onset to the next, shape (notes - 1,)."""
        return np.diff(self.onsets)

    @cached_property
    def ratios(self) -> Ints:
        """Classes of the time after a note over the time before it, shape (notes - 2,)."""
        return ratio_classes(self.times[1:] / np.maximum(self.times[:-1], 1))

    @cached_property
    def home(self) -> int:
        """Pitch class that the line rests on."""
        return home_of(self.pitches, np.append(self.times, self.lengths[-1:]))

    @cached_property
    def degrees(self) -> Ints:
        """Semitones above home, shape (notes,)."""
        return (self.pitches - self.home) % 12


def ratio_classes(ratios: Array) -> Ints:
    """Classes 0..8 of ratios of times."""
    return np.searchsorted(RATIOS, ratios).astype(np.int64)


def home_of(pitches: Ints, times: Ints) -> int:
    """The pitch class that notes rest on: long sounded, its fifth too, last heard and at the ends of phrases."""
    weights = np.zeros(12)
    usual = float(np.median(times)) if len(times) else 1.0
    np.add.at(weights, pitches % 12, np.minimum(times, 4 * usual))
    weights /= max(1e-9, weights.sum())
    held = np.zeros(12)
    np.add.at(held, pitches[times >= 1.9 * usual] % 12, 1.0)
    held /= max(1.0, held.sum())
    score = weights + 0.5 * np.roll(weights, -7) + 0.3 * held
    score[pitches[-1] % 12] += 0.35
    return int(np.argmax(score))


def line_of(onsets: Ints, lengths: Ints, pitches: Ints) -> Line:
    """The tune within notes: the highest that begin together, nothing under a held higher note, no drone, no graces."""
    order = np.lexsort((-pitches, onsets))
    onsets, lengths, pitches = onsets[order], lengths[order], pitches[order]
    first = np.concatenate([[True], np.diff(onsets) > 0]) if len(onsets) else np.zeros(0, bool)
    onsets, lengths, pitches = onsets[first], lengths[first], pitches[first]
    keep = np.ones(len(onsets), bool)
    top, until = -1, -1.0
    for index in range(len(onsets)):
        if pitches[index] < top and onsets[index] < until - 1:
            keep[index] = False
        else:
            top, until = int(pitches[index]), float(onsets[index] + lengths[index])
    onsets, lengths, pitches = onsets[keep], lengths[keep], pitches[keep]
    if len(onsets) > 2:
        below = np.minimum(pitches[:-2], pitches[2:]) - pitches[1:-1] >= DRONE
        keep = np.concatenate([[True], ~below, [True]])
        onsets, lengths, pitches = onsets[keep], lengths[keep], pitches[keep]
    if len(onsets) > 1:
        keep = np.append(np.diff(onsets) >= SHORTEST, True)
        onsets, lengths, pitches = onsets[keep], lengths[keep], pitches[keep]
    return Line(onsets.astype(np.int64), lengths.astype(np.int64), pitches.astype(np.int64))


def line_of_part(part: Part) -> Line:
    """The tune of a part of a score, on the grid."""
    rows = np.array([(note.start_q, note.length_q, note.pitch) for note in part.notes], float).reshape(-1, 3)
    onsets = np.rint(rows[:, 0] * v.STEPS_PER_Q).astype(np.int64)
    lengths = np.maximum(1, np.rint(rows[:, 1] * v.STEPS_PER_Q)).astype(np.int64)
    return line_of(onsets, lengths, rows[:, 2].astype(np.int64))


@dataclass(frozen=True)
class Window:
    """A stretch of a line as tokens: notes' degrees, moves' intervals and times."""

    degrees: Ints
    intervals: Ints
    times: Ints

    @property
    def ratios(self) -> Ints:
        """As `Line.ratios`."""
        return ratio_classes(self.times[1:] / np.maximum(self.times[:-1], 1))

    @property
    def together(self) -> npt.NDArray[np.bool_]:
        """Which moves stay within a phrase, shape (notes - 1,)."""
        return np.asarray(self.times < REST * float(np.median(self.times)), bool)


def windows(line: Line, size: int, *, stride: int | None = None) -> Iterator[Window]:
    """Stretches of ``size`` notes, ``stride`` apart (half overlapping unless given); none of a shorter line."""
    for first in range(0, len(line) - size + 1, stride or size // 2):
        notes, moves = slice(first, first + size), slice(first, first + size - 1)
        yield Window(line.degrees[notes], line.intervals[moves], line.times[moves])
