"""Which candidate is best: the measures of `assistant.check.music` on what was drawn.

Conventions: worth is a negative sum of distances from where good music lies; 0 is the best there is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from assistant.check.music import chord_tone_ratio, parallel_count, step_ratio
from assistant.score import Note, Part
from models.transformer import vocabulary as v
from models.transformer.cells import CellTask, Played
from models.transformer.drafts import LITERAL
from models.transformer.form import Form
from models.transformer.idiom import misses
from models.transformer.processors import WIDE

CHORD_TONES, STEPS = 0.85, 0.68
STEPS_NEAR, STEPS_WEIGHT = 0.12, 12.0
ECHO = 0.4
WEIGHT = 0.3
REAL_LINES = {
    "repeated pitches": (0.15, 0.14),
    "leaps beyond a fifth": (0.05, 0.08),
    "turns": (0.53, 0.18),
    "longest run of one pitch, up to four": (2.0, 0.9),
    "pitches for notes": (0.77, 0.40),
    "spacings": (3.3, 1.4),
}
"""Mean and spread in four bars of the leads of the training pieces (18,544 stretches; robust spread where it is
skewed); *pitches* is the logarithm to base 2 of different pitches over the square root of notes, *spacings* how many
different times from note to note there are, up to five."""


def worth(form: Form, tasks: Sequence[CellTask], written: Mapping[tuple[str, int], tuple[Played, ...]]) -> float:
    """How good the cells of these tasks are together."""
    parts = {}
    for name in dict.fromkeys(task.part for task in tasks):
        notes = [note for task in tasks if task.part == name for note in _notes(form, task, written)]
        conditions = form.conditions[name]
        parts[name] = Part(name, conditions.part.role, conditions.part.instrument, 0, notes=tuple(notes))
    total = 0.0
    leads = [part for part in parts.values() if part.role == "lead"]
    others = [part for part in parts.values() if part.role in ("counter", "bass")]
    for part in leads:
        total -= _line_misses(form, part) + misses(form.context.speech, [note.pitch for note in part.notes])
        total -= 0.25 * sum(parallel_count(part, other) for other in others)
    for part in (part for part in others if part.role == "counter"):
        total -= 0.5 * _line_misses(form, part)
    return total - 0.02 * _density_misses(tasks, written)


def seam(
    before: Mapping[str, int], tasks: Sequence[CellTask], written: Mapping[tuple[str, int], tuple[Played, ...]]
) -> float:
    """How well the first notes follow what each part's line ended on before (its last pitch); 0 is without a leap."""
    total, seen = 0.0, set[str]()
    for task in tasks:
        notes = written.get((task.part, task.bar), ())
        if notes and task.polyphony == 1 and task.part in before and task.part not in seen:
            leap = abs(notes[0][1] - before[task.part])
            total -= 0.06 * max(0, leap - 5) + 2.0 * (leap > WIDE)
        seen.add(task.part)
    return total


def echoes(
    earlier: Mapping[tuple[str, int], tuple[Played, ...]],
    tasks: Sequence[CellTask],
    written: Mapping[tuple[str, int], tuple[Played, ...]],
) -> float:
    """What is lost by bars of a tune that were played before, note for note, where no return is asked; 0 is none."""
    known = {(part, _tune(notes)) for (part, _), notes in earlier.items()}
    total = 0.0
    for task in tasks:
        bar = (task.part, _tune(written.get((task.part, task.bar), ())))
        if task.polyphony == 1 and task.given is None and task.faith < LITERAL and len(bar[1]) > 1:
            total -= ECHO * (bar in known)
        known.add(bar)
    return total


def _tune(notes: Sequence[Played]) -> tuple[tuple[int, int], ...]:
    return tuple((onset, pitch) for onset, pitch, _, _ in notes)


def _notes(form: Form, task: CellTask, written: Mapping[tuple[str, int], tuple[Played, ...]]) -> list[Note]:
    start_q = form.context.plan.bars[task.bar].start_q
    return [
        Note(start_q + onset / v.STEPS_PER_Q, pitch, length / v.STEPS_PER_Q, velocity)
        for onset, pitch, length, velocity in written.get((task.part, task.bar), ())
    ]


def _line_misses(form: Form, part: Part) -> float:
    """How far a line lies from the lines of real music, and from what `assistant.check.music` lets pass."""
    if len(part.notes) < 2:
        return 0.0
    plan = form.context.plan
    chords = max(0.0, CHORD_TONES - chord_tone_ratio(part, plan))
    steps = max(0.0, abs(step_ratio(part, plan) - STEPS) - STEPS_NEAR)
    return (
        2.0 * chords
        + 3.0 * steps
        + sum(
            WEIGHT * max(0.0, abs(value - mean) / spread - 0.7) ** 2
            for value, (mean, spread) in zip(line_features(part.notes), REAL_LINES.values(), strict=True)
        )
    )


def line_features(notes: Sequence[Note]) -> tuple[float, ...]:
    """The features of `REAL_LINES` of a line of two notes or more."""
    moves = [after.pitch - before.pitch for before, after in pairwise(notes)]
    turns = [a * b < 0 for a, b in pairwise(move for move in moves if move)]
    run, longest = 1, 1
    for move in moves:
        run = run + 1 if move == 0 else 1
        longest = max(longest, run)
    return (
        sum(move == 0 for move in moves) / len(moves),
        sum(abs(move) > 7 for move in moves) / len(moves),
        sum(turns) / len(turns) if turns else 0.5,
        float(min(4, longest)),
        math.log2(len({note.pitch for note in notes}) / len(notes) ** 0.5),
        float(min(5, len({round(after.start_q - before.start_q, 2) for before, after in pairwise(notes)}))),
    )


def _density_misses(tasks: Sequence[CellTask], written: Mapping[tuple[str, int], tuple[Played, ...]]) -> float:
    return sum(
        abs(len({note[0] for note in written.get((task.part, task.bar), ())}) - (task.fewest + task.most) / 2)
        for task in tasks
        if task.given is None
    ) / max(1, len(tasks))
