"""A melody as moves, and the runs of it that are compared.

Conventions: a line is one note at a time, the highest of those that begin together. A *move* leads from a note to the
next: an interval in semitones and the time between their beginnings, in steps of `vocabulary.STEPS_PER_Q`. A *run* of
n notes is n - 1 moves. Two runs are the same when their intervals are equal and their times are proportional: intervals
do not know the key, and times over their greatest common divisor know neither the tempo nor whether a tune is
written in quarters or in eighths. How long notes are held is performance and does not count, rests do: they
lengthen a move. Where the next note is `REST` steps away or more, a line ends and another begins.

*Commonplace* is a run with fewer than `VARIED` different moves: repeated notes, trills, plain scales up and down,
broken chords in even notes. They are in thousands of pieces, nobody's property, and say nothing about copying.

The grid is exact for sixteenths and triplets; thirty-seconds are rounded, so that a copy of such a passage in halved
values is not recognised. Neither is one with a note put in or left out every few notes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.score import Part
from models.transformer import vocabulary as v

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

RUN = 12
"""Notes of the shortest run that counts as copied."""
VARIED = 5
"""Different moves that a run of `RUN` notes needs to say something."""
REST = 255
"""Steps between two beginnings that part a line: 21 quarter notes."""
ONE_VOICE = 1.4
"""Notes a beginning up to which a part of the corpus is taken for one voice."""


@dataclass(frozen=True)
class Line:
    """One melody.

    Parameters
    ----------
    intervals : Ints
        Semitones from each note to the next, shape (notes - 1,).
    times : Ints
        Steps from each beginning to the next, at least 1, shape (notes - 1,).
    """

    intervals: Ints
    times: Ints

    def __len__(self) -> int:
        return len(self.intervals)


@dataclass(frozen=True)
class CorpusLine:
    """A line of the corpus and where it is from: the piece's number, the role's number, its moves."""

    piece: int
    role: int
    line: Line


def line_of(onsets: Ints, pitches: Ints) -> Line:
    """The line through notes: sorted by time, the highest of those that begin together.

    Parameters
    ----------
    onsets : Ints
        Steps from anywhere, shape (notes,), in any order.
    pitches : Ints
        MIDI numbers, shape (notes,).

    Examples
    --------
    >>> line = line_of(np.array([0, 12, 12, 18]), np.array([60, 64, 55, 62]))
    >>> line.intervals.tolist(), line.times.tolist()
    ([4, -2], [12, 6])
    """
    order = np.lexsort((-pitches, onsets))
    onsets, pitches = onsets[order].astype(np.int64), pitches[order].astype(np.int64)
    first = np.diff(onsets, prepend=onsets[:1] - 1) > 0
    return Line(np.diff(pitches[first]), np.diff(onsets[first]))


def steps_of(part: Part) -> tuple[Ints, Ints]:
    """Onsets, put back on the grid, and pitches of a part.

    What an engine wrote stands on the grid already (its nudges are apart); a performance that was read from a file is
    a few milliseconds off, less than half a step up to 160 beats a minute.
    """
    onsets = np.rint([note.start_q * v.STEPS_PER_Q for note in part.notes]).astype(np.int64)
    return onsets, np.array([note.pitch for note in part.notes], np.int64)


def windows(values: Array, size: int) -> Array:
    """Every stretch of ``size`` values, shape (len - size + 1, size)."""
    if len(values) < size:
        return np.zeros((0, size), values.dtype)
    return np.lib.stride_tricks.sliding_window_view(values, size)


def hash_runs(intervals: Ints, times: Ints, notes: int) -> Hashes:
    """A number for every run of so many notes, equal for equal runs, shape (moves - notes + 2,)."""
    moves = notes - 1
    count = max(0, len(intervals) - moves + 1)
    unit = np.zeros(count, np.int64)
    for at in range(moves):
        unit = np.gcd(unit, times[at : at + count])
    found = np.zeros(count, np.uint64)
    unit = np.maximum(unit, 1)
    for at in range(moves):
        move = (intervals[at : at + count] + 128) * (1 << 20) + times[at : at + count] // unit
        found = (found + move.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        found ^= found >> np.uint64(29)
    return found


def within(times: Ints, notes: int) -> npt.NDArray[np.bool_]:
    """Which runs of so many notes have no long rest in them (a time below 1 marks the seam of two lines)."""
    sound = np.concatenate([[0], np.cumsum((times < 1) | (times >= REST))])
    moves = notes - 1
    if len(times) < moves:
        return np.zeros(0, bool)
    clear: npt.NDArray[np.bool_] = sound[moves:] == sound[:-moves]
    return clear


def is_varied(intervals: Ints, times: Ints) -> npt.NDArray[np.bool_]:
    """Which runs of `RUN` notes are not commonplace, shape (moves - RUN + 2,).

    Examples
    --------
    >>> scale = np.array([2, 2, 1, 2, 2, 2, 1, -1, -2, -2, -2])
    >>> is_varied(scale, np.full(11, 6)).tolist(), is_varied(scale, np.arange(1, 12)).tolist()
    ([False], [True])
    """
    moves = intervals * (1 << 32) + times
    out = np.zeros(max(0, len(moves) - RUN + 2), bool)
    for start in range(0, len(out), 1 << 20):
        rows = np.sort(windows(moves[start : start + (1 << 20) + RUN - 2], RUN - 1), axis=1)
        out[start : start + len(rows)] = 1 + (np.diff(rows, axis=1) != 0).sum(axis=1) >= VARIED
    return out


def lines_of_corpus(path: Path, split: int, *, roles: frozenset[int] | None = None) -> Iterator[CorpusLine]:
    """Leads, and other parts of one voice, of a split of the corpus, long rests left in.

    Parameters
    ----------
    path : Path
        What `models.transformer.corpus.build` wrote.
    split : int
        0 train, 1 validation, 2 test.
    roles : frozenset of int, optional
        Numbers in `vocabulary.ROLES` of the parts that are wanted; all but drums when None.
    """
    with np.load(path) as data:
        piece, role, note = data["piece"].astype(np.int64), data["role"].astype(np.int64), data["note"]
        bar, counts = data["bar"][:, 0].astype(np.int64), data["cell_notes"].astype(np.int64)
    drums = v.ROLES.index("drums")
    part_start, bar_start, cell_start = (
        _starts(each) for each in (piece[:, 3], piece[:, 2], piece[:, 2] * piece[:, 3])
    )
    note_start = _starts(counts)
    for index in np.flatnonzero(piece[:, 1] == split):
        bars, parts = int(piece[index, 2]), int(piece[index, 3])
        starts = _starts(bar[bar_start[index] : bar_start[index] + bars])
        cells = cell_start[index] + np.arange(bars * parts).reshape(bars, parts)
        for part in range(parts):
            number = int(role[part_start[index] + part])
            if number == drums or (roles is not None and number not in roles):
                continue
            sizes = counts[cells[:, part]]
            place = np.arange(sizes.sum()) - np.repeat(_starts(sizes), sizes)
            own = note[np.repeat(note_start[cells[:, part]], sizes) + place]
            line = line_of(np.repeat(starts, sizes) + own[:, 0], own[:, 1].astype(np.int64))
            chordal = len(own) > ONE_VOICE * (len(line) + 1)
            if len(line) >= RUN - 1 and (number == 0 or not chordal):
                yield CorpusLine(int(index), number, line)


def _starts(counts: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
