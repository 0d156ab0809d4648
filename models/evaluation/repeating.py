"""How much music repeats itself, and how it stands to its key and chords: one number each for a sheet.

Conventions: bars of one part are compared as sets of (onset, pitch); *alike* is what two sets share of what they hold
together, 0..1; silent bars do not count. Shares are 0..1. The same functions measure real and generated music; the
best key is the diatonic scale that holds most notes of eight bars; the chord's scale and tones are those of the plan.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.check.music import is_strong
from assistant.plan import Plan
from models.evaluation.features import Frame
from models.evaluation.held_out import LINES, Sheet
from models.rules.context import chord_classes, melodic_classes
from models.transformer import vocabulary as v

Array = npt.NDArray[Any]

MEASURES = ("self-similarity", "rhythm similarity", "motif return", "identical bars", "longest run")
HARMONY = ("in best key", "in chord's scale", "chord tones, strong")
DIATONIC = (0, 2, 4, 5, 7, 9, 11)
EIGHT = 8
RETURNED = 0.75
"""Likeness of rhythm and contour from which a bar of the lead is a return of an earlier one."""


def repetition(sheet: Sheet, frame: Frame) -> dict[str, float]:
    """The measures of `MEASURES`."""
    cells = {name: _bars(notes, frame.bars) for name, notes in sheet.items()}
    lead = next((cells[name] for name, role in frame.roles.items() if role == "lead"), [])
    pairs = [pair for row in cells.values() for pair in _pairs(row)]
    rhythms = [({at for at, _ in a}, {at for at, _ in b}) for a, b in pairs]
    return {
        "self-similarity": float(np.mean([alike(a, b) for a, b in pairs])) if pairs else 0.0,
        "rhythm similarity": float(np.mean([alike(a, b) for a, b in rhythms])) if pairs else 0.0,
        "motif return": motif_return(lead),
        "identical bars": _identical(cells.values()),
        "longest run": float(max((_longest_run(row) for row in cells.values()), default=0)),
    }


def _bars(notes: Array, bars: int) -> list[frozenset[tuple[int, int]]]:
    """Each bar's (onset, pitch)."""
    return [frozenset((int(on), int(pitch)) for _, on, pitch, _ in notes[notes[:, 0] == bar]) for bar in range(bars)]


def _pairs(row: Sequence[frozenset[Any]]) -> list[tuple[frozenset[Any], frozenset[Any]]]:
    sounding = [each for each in row if each]
    return [(a, b) for at, a in enumerate(sounding) for b in sounding[at + 1 :]]


def alike(a: Any, b: Any) -> float:
    """What two sets share of what they hold together."""
    return len(a & b) / max(1, len(a | b))


def _identical(rows: Any) -> float:
    """Share of sounding bars that the same part has played before, note for note."""
    again = total = 0
    for row in rows:
        sounding = [each for each in row if each]
        total += len(sounding)
        again += len(sounding) - len(set(sounding))
    return again / max(1, total)


def _longest_run(row: Sequence[frozenset[Any]]) -> int:
    longest = run = 0
    for at, here in enumerate(row):
        run = run + 1 if here and at and here == row[at - 1] else int(bool(here))
        longest = max(longest, run)
    return longest


def motif_return(lead: Sequence[frozenset[tuple[int, int]]]) -> float:
    """Share of the lead's bars of two notes or more, after the first, that are like an earlier one."""
    lines = [sorted(each) for each in lead if len(each) >= 2]
    if len(lines) < 2:
        return 0.0
    back = [any(_same_motif(here, other) >= RETURNED for other in lines[:at]) for at, here in enumerate(lines)]
    return sum(back) / (len(lines) - 1)


def _same_motif(here: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]]) -> float:
    """Mean of shared onsets and of moves that agree within a tone."""
    ours, theirs = dict(here), dict(other)
    shared = sorted(set(ours) & set(theirs))
    rhythm = len(shared) / len(set(ours) | set(theirs))
    if len(shared) < 2:
        return rhythm / 2
    moves = [abs((ours[b] - ours[a]) - (theirs[b] - theirs[a])) <= 2 for a, b in itertools.pairwise(shared)]
    return (rhythm + sum(moves) / len(moves)) / 2


def harmony(sheet: Sheet, frame: Frame, plan: Plan) -> dict[str, tuple[float, float]]:
    """Counts inside, and in all, for `HARMONY`: all notes for the scales, lines' notes on strong beats for chords."""
    rows = np.concatenate([*sheet.values(), np.zeros((0, 4), np.int64)])
    if not len(rows):
        return dict.fromkeys(HARMONY, (0.0, 0.0))
    best = sum(_best_key(rows[rows[:, 0] // EIGHT == at]) for at in range(-(-frame.bars // EIGHT)))
    scale = sum(_fits(plan, row, melodic=True) for row in rows)
    strong = [
        row
        for name, role in frame.roles.items()
        if role in LINES
        for row in sheet[name]
        if is_strong(plan.bars[row[0]], plan.bars[row[0]].start_q + row[1] / v.STEPS_PER_Q)
    ]
    tones = sum(_fits(plan, row, melodic=False) for row in strong)
    return {
        "in best key": (float(best), float(len(rows))),
        "in chord's scale": (float(scale), float(len(rows))),
        "chord tones, strong": (float(tones), float(len(strong))),
    }


def _best_key(rows: Array) -> int:
    """How many notes of some bars lie in the diatonic scale that holds the most of them."""
    classes = np.bincount(rows[:, 2] % 12, minlength=12)
    return max(int(classes[[(tonic + step) % 12 for step in DIATONIC]].sum()) for tonic in range(12))


def _fits(plan: Plan, row: Array, *, melodic: bool) -> bool:
    """Whether a note belongs to the plan's chord there, or to the scale that sounds with it."""
    bar, onset, pitch, _ = (int(value) for value in row)
    at_q = plan.bars[bar].start_q + onset / v.STEPS_PER_Q
    key, chord = plan.section_of(bar).key, plan.chord_at(at_q)
    classes = melodic_classes(key, chord) | chord_classes(key, chord) if melodic else chord_classes(key, chord)
    return pitch % 12 in classes
