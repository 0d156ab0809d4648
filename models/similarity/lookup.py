"""Which stretches of a score stand, note for note, in the training pieces.

Conventions: a copy is a run of `melody.RUN` or more notes with the same intervals and proportional times, at least one
of whose runs of twelve is not commonplace (`models.similarity.melody`). Of all pieces that have it, the one that has
most of it is named. Bars count from 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.score import Part, Score
from models.similarity.index import Index, Origin, Text, load_index
from models.similarity.melody import RUN, Ints, Line, line_of, steps_of
from models.transformer import vocabulary as v

MELODIES = ("lead", "counter")
"""Roles of the parts that are looked at when nothing else is said."""


@dataclass(frozen=True)
class Found:
    """A copied run within a line: its first note, how many notes, and where from."""

    first: int
    notes: int
    origin: Origin


@dataclass(frozen=True)
class Copy:
    """A copied run within a score: which part, from which bar to which, how many notes, and where from."""

    part_id: str
    first_bar: int
    last_bar: int
    notes: int
    origin: Origin


def find_copies(score: Score, *, roles: Sequence[str] = MELODIES, index: Index | None = None) -> tuple[Copy, ...]:
    """The copied runs of a score's melodies.

    Parameters
    ----------
    score : Score
    roles : sequence of str
        Which parts are looked at.
    index : Index, optional
        The published one when None.

    Raises
    ------
    EngineError
        If the index is absent or damaged.
    """
    parts = [part for part in score.parts if part.role in roles and not part.is_drums]
    return tuple(copy for part in parts for copy in _copies(score, part, index or load_index()))


def find_in_line(line: Line, *, index: Index | None = None) -> tuple[Found, ...]:
    """The copied runs of one line, in order; each begins after the note that the one before began with."""
    index = index or load_index()
    found: list[Found] = []
    covered = 0
    for move, blocks in index.candidates(line).items():
        if move + RUN - 1 <= covered:
            continue
        places = (found for block in blocks for found in _places(line, move, index.text, block))
        best = max(places, key=lambda each: each.notes, default=None)
        if best is not None:
            found.append(best)
            covered = best.first + best.notes - 1
    return tuple(found)


def _copies(score: Score, part: Part, index: Index) -> Iterator[Copy]:
    """The copied runs of one part."""
    onsets, pitches = steps_of(part)
    if len(onsets) < RUN:
        return
    line = line_of(onsets, pitches)
    places = np.unique(onsets) / v.STEPS_PER_Q
    bars = np.searchsorted([bar.start_q - 1e-6 for bar in score.bars], places, side="right") - 1
    for found in find_in_line(line, index=index):
        last = found.first + found.notes - 1
        yield Copy(part.id, int(bars[found.first]), int(bars[last]), found.notes, found.origin)


def _places(line: Line, move: int, text: Text, block: range) -> Iterator[Found]:
    """Where in a block the run that begins with a move stands, each as long as it can be made."""
    needle = line.intervals[move : move + RUN - 1].astype(np.int8).tobytes()
    times = line.times[move : move + RUN - 1]
    reach = block.stop + RUN - 2
    at = text.intervals.find(needle, block.start, reach)
    while at >= 0:
        number = text.line_at(at)
        first, end = text.bounds(number)
        there = text.times[at : at + RUN - 1].astype(np.int64)
        if at + RUN - 1 <= end and bool((there * times[0] == times * there[0]).all()):
            before = _shared(line, move, -1, text, at, first)
            after = _shared(line, move, 1, text, at, end)
            yield Found(move - before, before + after + 1, text.origins[number])
        at = text.intervals.find(needle, at + 1, reach)


def _shared(line: Line, move: int, way: int, text: Text, at: int, limit: int) -> int:
    """How many moves agree, forwards from two places (these included) or backwards (these not)."""
    count = min(len(line) - move, limit - at) if way > 0 else min(move, at - limit)
    own = slice(move, move + count) if way > 0 else slice(move - count, move)
    other = slice(at, at + count) if way > 0 else slice(at - count, at)
    intervals = np.frombuffer(text.intervals, np.int8)[other]
    times = text.times[other].astype(np.int64)
    same = (intervals == line.intervals[own]) & _proportional(line.times[own], times, line, move, text, at)
    same = same[::way]
    return int(count if same.all() else same.argmin())


def _proportional(own: Ints, other: Ints, line: Line, move: int, text: Text, at: int) -> Ints:
    """Where times are in the proportion that two places are in."""
    equal: Ints = own * int(text.times[at]) == other * int(line.times[move])
    return equal
