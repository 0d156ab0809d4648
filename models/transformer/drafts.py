"""Taking after an earlier cell: a motif that returns, a bar that answers a bar.

Conventions: *faith* 1 keeps the rhythm and asks for the contour, moved along the scale to where its strong notes meet
the chords; less only leans that way. What is drawn is still drawn by the network, under the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.score import Bar
from models.rules.context import chord_classes, pitch_at, position, strength
from models.transformer import vocabulary as v
from models.transformer.cells import NEVER, CellTask, Played
from models.transformer.conditions import Conditions, steps_of

Array = npt.NDArray[Any]

APART = 3.0
"""A counter-line would rather not begin a note where the lead moves."""
CLASH = (-1.6, -2.5, -1.5, 0.4, 0.4, 0.0, -1.5, 0.0, 0.4, 0.4, -0.6, -2.5)
"""What an interval with the lead is worth, by semitones within the octave."""
PERFECT = 4.0
"""What a fifth or an octave costs besides where both lines move: two in a row are parallels."""
CONTOUR = 1.7
"""What a semitone away from the pitch that is taken after costs, at faith 1."""
PULL = 0.5
"""What a semitone away from its neighbours costs a note that fills a return."""
FULLEST = 2
"""A return has at most so many times the notes of what returns: with more it is not recognised."""
STEPS_PER_SEMITONE = 7 / 12
LITERAL = 0.85
"""From this faith on the rhythm is kept exactly, unless the plan asks for far more or fewer notes."""


def taking_after(conditions: Conditions, bar: Bar, task: CellTask, notes: Sequence[Played], reference: int) -> CellTask:
    """The cell with its tables bent towards earlier notes, moved by ``reference`` scale steps."""
    room = steps_of(bar)
    line = [note for note in notes if note[0] < room and task.onsets[note[0]] > NEVER / 2]
    if not line:
        return task
    targets = moved(conditions, bar, line, reference)
    onsets, pitches, stretch = task.onsets.copy(), list(task.pitches), task.stretch.copy()
    like = task.like.copy()
    wanted = sorted({note[0] for note in line})
    wished, fuller = (task.fewest + task.most) / 2, False
    if task.faith >= LITERAL and abs(len(wanted) - wished) <= max(1.0, 0.25 * wished):
        others = np.ones(v.ONSETS, bool)
        others[wanted] = False
        onsets[others] = NEVER
        onsets[v.ONSET_END] = 0.0
        task = replace(task, fewest=len(wanted), most=len(wanted), musts=tuple(sorted({*wanted, *task.musts})))
        for must in task.musts:
            onsets[must] = 0.0
    elif task.faith >= LITERAL and len(wanted) < task.most:  # its own notes, and others between
        fuller = True
        most = max(len(wanted) + 1, min(task.most, FULLEST * len(wanted)))
        task = replace(
            task, musts=tuple(sorted({*wanted, *task.musts})), most=most, fewest=min(task.fewest, most)
        )  # fmt: skip
    else:
        onsets[wanted] += 2.2 * task.faith
    for note, target in zip(line, targets, strict=True):
        row = pitches[stretch[note[0]]] - CONTOUR * task.faith * np.minimum(np.abs(np.arange(128) - target), 9)
        stretch[note[0]] = len(pitches)
        pitches.append(row)
        if task.faith > 0.3:
            like[note[0]] = int(v.nearest([note[2]], v.LENGTHS)[0])
    if fuller:
        fill(pitches, stretch, room, dict(zip((note[0] for note in line), targets, strict=True)))
    return replace(task, onsets=onsets, pitches=np.stack(pitches), stretch=stretch, like=like)


def fill(pitches: list[Array], stretch: Array, room: int, targets: Mapping[int, int], *, pull: float = PULL) -> None:
    """Draw the places between the notes of a return towards their neighbours, so that what fills it leads on."""
    known: dict[tuple[int, float], int] = {}
    for place in range(room):
        if place in targets:
            continue
        before = [pitch for at, pitch in sorted(targets.items()) if at < place][-1:]
        after = [pitch for at, pitch in sorted(targets.items()) if at > place][:1]
        middle = sum((*before, *after)) / len((*before, *after))
        label = (int(stretch[place]), middle)
        if label not in known:
            known[label] = len(pitches)
            pitches.append(pitches[label[0]] - pull * np.minimum(np.abs(np.arange(128) - middle), 9))
        stretch[place] = known[label]


def against(conditions: Conditions, bar: Bar, task: CellTask, lead: Sequence[Played]) -> CellTask:
    """A counter-line's cell bent away from the lead's: other onsets, no octaves, thirds and sixths before seconds."""
    onsets, stretch = task.onsets.copy(), np.zeros_like(task.stretch)
    pitches: list[Array] = []
    moving = [note[0] for note in lead if note[0] > 0 and note[2] < 2 * v.STEPS_PER_Q]
    struck = {note[0] for note in lead}
    onsets[moving] -= APART
    known: dict[tuple[int, int, bool], int] = {}
    for place in range(steps_of(bar)):
        over = next((note[1] for note in reversed(lead) if note[0] <= place < note[0] + note[2]), -1)
        together = place in struck
        label = (int(task.stretch[place]), over, together)
        if label not in known:
            known[label] = len(pitches)
            row = task.pitches[label[0]]
            if over >= 0:
                row = row + np.array([CLASH[abs(over - pitch) % 12] for pitch in range(128)])
                row = row - PERFECT * np.isin(np.abs(over - np.arange(128)) % 12, (0, 7)) * together
                row = row - 2.0 * (np.arange(128) > over)
            pitches.append(row)
        stretch[place] = known[label]
    return replace(task, onsets=onsets, pitches=np.stack(pitches), stretch=stretch)


def moved(conditions: Conditions, bar: Bar, notes: Sequence[Played], steps: int) -> list[int]:
    """Pitches of earlier notes moved along the scale of this bar."""
    key = conditions.context.key(bar.start_q)
    return [pitch_at(key, position(key, pitch) + steps) for _, pitch, _, _ in notes]


def rise(conditions: Conditions, unit: Sequence[tuple[int, int]]) -> int:
    """By how many scale steps the plan has bars lie higher than those they take after, for (bar, earlier bar)."""
    shifts = [bar.register_shift for bar in conditions.part.bars]
    apart = [shifts[bar] - shifts[model] for bar, model in unit]
    return round(sum(apart) / len(apart) * STEPS_PER_SEMITONE) if apart else 0


def reference(
    conditions: Conditions, bars: Sequence[Bar], cells: Sequence[Sequence[Played]], *, higher: int = 0
) -> int:
    """By how many scale steps to move earlier cells so that their strong notes meet these bars' chords.

    ``higher`` is how many steps the plan wants, where they lie in the part's range.
    """
    context = conditions.context
    if not cells or not any(cells):
        return 0
    low, high = conditions.range(bars[0])
    pitches = [note[1] for cell in cells for note in cell]
    key = context.key(bars[0].start_q)
    home = position(key, (low + high) // 2) - position(key, round(sum(pitches) / len(pitches)))
    home = home if abs(home) > 4 else higher

    def misfit(steps: int) -> float:
        total = 0.45 * abs(steps - home)
        for bar, cell in zip(bars, cells, strict=False):
            for onset, pitch, length, _ in cell:
                at_q = bar.start_q + onset / v.STEPS_PER_Q
                here = pitch_at(key, position(key, pitch) + steps)
                if here % 12 not in chord_classes(context.key(at_q), context.chord(at_q)):
                    total += strength(bar, at_q) * min(length / v.STEPS_PER_Q, 2.0)
                total += 3.0 * (not low <= here <= high)
        return total

    return min(range(home - 5, home + 6), key=lambda steps: (misfit(steps), abs(steps)))
