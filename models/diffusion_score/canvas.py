"""The whole cue as patches: what is asked of every cell, what is given, and the windows of the denoiser.

Conventions: a canvas is (parts, beats) of patches; beats are those of all bars in a row. Rows are counted from the
tonic that most bars have. Cells that nobody plays, or that are played by rule, are given as silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.diffusion_score.roll import Grid, base_of, patches, rows_of_cells
from models.diffusion_score.tokens import BARS, COLUMN, tokens
from models.transformer.cells import CellTask, Played
from models.transformer.conditions import steps_of
from models.transformer.drafts import LITERAL, moved, reference, rise
from models.transformer.form import Cells, Form

Array = npt.NDArray[Any]
STRIDE = 6
"""Bars from window to window, about: the rest is seen by both."""
NO_HINTS: Cells = {}
SILENT = ("density", "register", "dynamics", "polyphony", "relation")
"""Controls whose class is 0 in a cell without notes."""


@dataclass(frozen=True)
class Window:
    """Some bars of the canvas: the beats that they take, and the numbers of their tokens (parts, beats, fields)."""

    beats: range
    tokens: Array


@dataclass(frozen=True)
class Canvas:
    """What is to be painted.

    Parameters
    ----------
    parts : tuple of str
    start : int
        The first bar.
    grid : Grid
    bases : Array
        Lowest pitch of the rows of each part.
    roll : Array
        Patches (parts, beats, `PATCH`) of what is given.
    given : Array
        Which beats (parts, beats) are.
    windows : tuple of Window
    hint : Array or None
        Patches like ``roll`` that some beats begin as.
    follows : Array or None
        For how much of the way, 0..1, each beat (parts, beats) follows its hint before it goes its own.
    """

    parts: tuple[str, ...]
    start: int
    grid: Grid
    bases: Array
    roll: Array
    given: Array
    windows: tuple[Window, ...]
    hint: Array | None = None
    follows: Array | None = None


def canvas_of(form: Form, tasks: Sequence[CellTask], known: Cells, hints: Cells = NO_HINTS) -> Canvas:
    """The canvas of these tasks, from their first bar to their last.

    Parameters
    ----------
    form : Form
    tasks : sequence of CellTask
    known : mapping
        Cells that are given.
    hints : mapping
        Cells that begin as these notes, as long as their tasks' faith says.
    """
    bars = form.context.plan.bars[min(task.bar for task in tasks) : max(task.bar for task in tasks) + 1]
    start = bars[0].index
    names = tuple(dict.fromkeys(task.part for task in sorted(tasks, key=lambda task: task.part)))
    grid = Grid(tuple(steps_of(bar) for bar in bars))
    asked = {(task.part, task.bar): task for task in tasks}
    keys = [form.context.key(bar.start_q).tonic for bar in bars]
    tonic = int(np.bincount(keys, minlength=12).argmax())
    rows, bases, fields, hinted = [], [], [], []
    follows = np.zeros((len(names), len(bars)))
    given = np.ones((len(names), len(bars)), bool)
    for number, name in enumerate(names):
        conditions = form.conditions[name]
        played = [bar for bar in bars if (name, bar.index) in asked]
        bases.append(base_of(float(np.mean([sum(conditions.range(bar)) / 2 for bar in played])), tonic))
        cells: list[tuple[int, Sequence[Played]]] = []
        hint: list[tuple[int, Sequence[Played]]] = []
        columns = []
        for place, bar in enumerate(bars):
            task = asked.get((name, bar.index))
            columns.append(task.fields if task is not None else _silent(conditions.fields(bar, fixed=True)))
            notes = None if task is None else task.given if task.given is not None else known.get((name, bar.index))
            given[number, place] = task is None or notes is not None
            if notes:
                cells.append((place, notes))
            elif task is not None and (name, bar.index) in hints:
                hint.append((place, hints[name, bar.index]))
                follows[number, place] = task.faith
        rows.append(patches(grid, rows_of_cells(cells), bases[-1]))
        hinted.append(patches(grid, rows_of_cells(hint), bases[-1]))
        fields.append(np.stack(columns))
    heights = np.array(bases)
    windows = _windows(np.stack(fields), grid, heights, tonic, given)
    return Canvas(
        names, start, grid, heights, np.stack(rows), given[:, grid.bar], windows, np.stack(hinted), follows[:, grid.bar]
    )


def returning(
    form: Form, tasks: Sequence[CellTask], motif: Cells, *, literal: bool = True
) -> dict[tuple[str, int], tuple[Played, ...]]:
    """The cells in which the motif returns, as it will about be: moved to where its strong notes meet the chords.

    Those that keep to it where it is to be ``literal``, else those that only lean on it.
    """
    bars, found = form.context.plan.bars, {}
    for task in tasks:
        if task.given is not None or task.model is None or task.model not in motif:
            continue
        if (task.faith >= LITERAL) != literal or not task.unit:
            continue
        conditions = form.conditions[task.part]
        if conditions.role != "lead":
            continue
        sources = [motif.get((task.model[0], model), ()) for _, model in task.unit]
        steps = reference(conditions, [bars[bar] for bar, _ in task.unit], sources, higher=rise(conditions, task.unit))
        line = [note for note in motif[task.model] if note[0] < steps_of(bars[task.bar])]
        pitches = moved(conditions, bars[task.bar], line, steps)
        found[task.part, task.bar] = tuple(
            (onset, pitch, length, velocity) for (onset, _, length, velocity), pitch in zip(line, pitches, strict=True)
        )
    return found


def _silent(fields: Array) -> Array:
    """The columns of a cell that nobody plays."""
    out: Array = fields.copy()
    out[[COLUMN[name] for name in SILENT]] = 0
    return out


def _windows(fields: Array, grid: Grid, bases: Array, tonic: int, given: Array) -> tuple[Window, ...]:
    """Windows of `BARS` bars, evenly over all."""
    bars = len(grid.lengths)
    count = 1 if bars <= BARS else -(-(bars - BARS) // STRIDE) + 1
    first = np.concatenate([[0], np.cumsum(grid.beats)])
    out = []
    for start in np.unique(np.linspace(0, max(0, bars - BARS), count).round().astype(int)):
        end = min(bars, int(start) + BARS)
        cut = Grid(grid.lengths[start:end])
        seen = slice(int(start), end)
        numbers = tokens(fields[:, seen], cut, bases, tonic=tonic, given=given[:, seen])
        out.append(Window(range(int(first[start]), int(first[end])), numbers))
    return tuple(out)
