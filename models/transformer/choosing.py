"""Which candidate is best: the measures of `assistant.check.music` on what was drawn.

Conventions: worth is a negative sum of distances from where good music lies; 0 is the best there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from assistant.check.music import chord_tone_ratio, parallel_count, step_ratio
from assistant.score import Note, Part
from models.transformer import vocabulary as v
from models.transformer.cells import CellTask, Played
from models.transformer.form import Form

CHORD_TONES, STEPS = 0.85, 0.70


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
        total -= _line_misses(form, part)
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
            total -= 0.06 * max(0, abs(notes[0][1] - before[task.part]) - 5)
        seen.add(task.part)
    return total


def _notes(form: Form, task: CellTask, written: Mapping[tuple[str, int], tuple[Played, ...]]) -> list[Note]:
    start_q = form.context.plan.bars[task.bar].start_q
    return [
        Note(start_q + onset / v.STEPS_PER_Q, pitch, length / v.STEPS_PER_Q, velocity)
        for onset, pitch, length, velocity in written.get((task.part, task.bar), ())
    ]


def _line_misses(form: Form, part: Part) -> float:
    """Too few chord notes, too many or too few steps, leaps, pitches that are hammered."""
    plan = form.context.plan
    chords = max(0.0, CHORD_TONES - chord_tone_ratio(part, plan))
    steps = max(0.0, abs(step_ratio(part, plan) - STEPS) - 0.08)
    leaps = sum(abs(b.pitch - a.pitch) > 9 for a, b in pairwise(part.notes)) / max(1, len(part.notes))
    still = sum(a.pitch == b.pitch for a, b in pairwise(part.notes)) / max(1, len(part.notes))
    few = len({note.pitch for note in part.notes}) < min(5, len(part.notes) // 2)
    return 2.0 * chords + 3.0 * steps + 2.0 * leaps + max(0.0, still - 0.25) + 0.3 * few


def _density_misses(tasks: Sequence[CellTask], written: Mapping[tuple[str, int], tuple[Played, ...]]) -> float:
    return sum(
        abs(len({note[0] for note in written.get((task.part, task.bar), ())}) - (task.fewest + task.most) / 2)
        for task in tasks
        if task.given is None
    ) / max(1, len(tasks))
