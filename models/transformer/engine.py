"""The composer: tune, counter-line and much of the accompaniment drawn from a network, the rest played by rule.

Conventions: the network writes the parts of `written_by_network`; drums, running figures and colour come from
`models.rules`, as do hits, endings and performance. The lead's statement of the motif is written first; then everything
else at once in stretches, several candidates of each, and the best of each by `choosing.worth` is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from assistant.generator import NOTHING_KEPT, Keep, Opening, Progress, no_progress
from assistant.library import Library, load
from assistant.plan import Plan, PlannedPart
from assistant.score import Score
from models.idiom.speaking import speech_of
from models.rules import generator as rules
from models.rules.context import Context
from models.rules.keeping import Kept
from models.rules.weaves import follows, pair_of
from models.transformer import vocabulary as v
from models.transformer.cells import Array, CellTask, Played
from models.transformer.choosing import echoes, seam, worth
from models.transformer.drafts import against, reference, rise, taking_after
from models.transformer.form import Form, told_manner
from models.transformer.network import Composer
from models.transformer.players import WRITTEN, Cells, Players, tones_of
from models.transformer.sampling import MANNERED, Draft, Writer, rows_of
from models.transformer.weights import load_composer

CANDIDATES = 12
OTHERS, BATCH = (3, 8), 24
"""Candidates of the statement; of every other stretch fewest and most, as many as a batch of about so many allows."""
TEXTURES = {"counter": ("countermelody", "melody"), "harmony": ("block",), "bass": ("roots",)}
"""How a part must be played for the network to write it; leads always are."""
THREADS = 1
SHORTEST_OPENING_S, GROWN = 3.0, 2.0
"""A beginning is told from so many seconds on, and again when it is so many times as long as the last: each costs work,
and music is written many times faster than it sounds."""

Write = Callable[[Sequence[Draft], int, Callable[[], None]], None]
"""Writes drafts to their ends, by a seed; what is told of the way is called now and then."""


class TransformerGenerator:
    """Composes with the network.

    Parameters
    ----------
    library : Library, optional
        The data to compose with; that of ``prompts/`` unless given.
    model : Composer, optional
        The network; the published weights unless given.
    idiom : bool
        Whether a region's learned habits are asked; without them it speaks by its data alone.
    """

    name = "composer"

    def __init__(self, library: Library | None = None, model: Composer | None = None, *, idiom: bool = True) -> None:
        self._library = library
        self._model = model
        self._idiom = idiom

    def warm(self) -> None:
        """Load what the first take would wait for."""
        if self._model is None:
            load_composer()

    def generate(
        self, plan: Plan, *, keep: Keep = NOTHING_KEPT, seed: int = 0, progress: Progress = no_progress
    ) -> Score:
        """A score of the plan; the same plan, keep and seed give the same score on the same machine."""
        progress(0.0, "motif")
        speech = speech_of(plan) if self._idiom else None
        context = Context(plan, self._library or load(), seed, Kept(plan, keep), speech)
        model = self._model or load_composer()
        parts = tuple(part for part in plan.parts if written_by_network(context, part))
        players = Players(context, parts)
        form = Form(context, parts, told_manner(context, parts))
        cells = _write(form, model, seed, Shown(players, progress)) if parts else {}
        return players.take(cells, progress)


class Shown:
    """Shows the bars that are written, as they come, and plays the beginning as soon as it is there."""

    def __init__(self, players: Players, progress: Progress) -> None:
        self.players, self.progress = players, progress
        self.context, self.parts = players.context, players.parts
        self.shown, self.share = 0, 0.0
        self.played_s = SHORTEST_OPENING_S / GROWN

    def __call__(self, cells: Cells, bars: int) -> None:
        """The cells that are chosen so far; before bar ``bars`` all of them are."""
        count = sum(part.bars[bar.index].active for part in self.parts for bar in self.context.plan.bars)
        self.share = max(self.share, WRITTEN * min(1.0, len(cells) / max(1, count)))
        sketch = None
        if len(cells) > self.shown:
            self.shown = len(cells)
            tones = {part.id: tones_of(self.context, part, cells) for part in self.parts}
            drawn = {part.id: rules.sketched(self.context, part, tones[part.id]) for part in self.parts}
            sketch = rules.score_of(self.context, drawn)
        self.progress(self.share, "bars", sketch, self._opening(cells, bars))

    def _opening(self, cells: Cells, bars: int) -> Opening | None:
        """The beginning, performed, where it has grown enough to be worth the work; the whole follows by itself."""
        if bars >= self.context.plan.bar_count:
            return None
        until_q = self.players.final_q(bars)
        until_s = self.context.plan.tempo_map.seconds_at(until_q)
        if until_s < GROWN * self.played_s:
            return None
        self.played_s = until_s
        return Opening(self.players.beginning(cells), until_q)


def written_by_network(context: Context, part: PlannedPart) -> bool:
    """Whether the network writes a part; what it was not taught is played by rule."""
    if part.role == "lead":
        return True
    region = context.library.regions.get(context.plan.region or "")
    if region is not None and region.texture == "heterophony":
        return False
    if part in pair_of(context) or (part.role == "counter" and follows(context)):
        return False
    has_drums = any(other.role == "drums" for other in context.plan.parts)
    if part.role == "bass" and has_drums:
        return False
    return part.texture in TEXTURES.get(part.role, ())


def _write(form: Form, model: Composer, seed: int, show: Callable[[Cells, int], None]) -> Cells:
    """Every cell of the network's parts; ``show`` is told what is done so far, and how many bars from the start are."""
    torch.set_num_threads(THREADS)  # for good: who restores it beside another visitor's take restores the wrong one
    show({}, form.kept_bars)
    statement = form.statement_tasks()
    taste = MANNERED if form.manner is not None else None

    def write(drafts: Sequence[Draft], drawn: int, step: Callable[[], None]) -> None:
        Writer(model, drafts, seed=drawn, taste=taste).run(step)

    motif = Wave(form, [statement], [], CANDIDATES).written(
        write, (seed, 0), lambda done, _: show(done, form.kept_bars)
    )
    past = [(task, motif[task.part, task.bar]) for task in statement]
    stretches = form.stretches()
    tasks = [form.tasks(stretch, motif) for stretch in stretches]
    fewest, most = OTHERS
    wave = Wave(form, tasks, past, max(fewest, min(most, BATCH // max(1, len(tasks)))))

    def shown(done: Cells, chosen: int) -> None:
        show(motif | done, max(form.kept_bars, wave.bars_before(chosen)))

    return motif | wave.written(write, (seed, 1), shown)


def _rows(cells: Sequence[tuple[CellTask, tuple[Played, ...]]]) -> Array:
    """Written cells as rows."""
    rows = [rows_of(task.fields, notes) for task, notes in cells]
    return np.concatenate(rows) if rows else np.zeros((0, len(v.FIELDS)), np.int64)


class Wave:
    """Stretches that are written at once, several candidates of each; in the end the best of each, in order."""

    def __init__(
        self,
        form: Form,
        stretches: Sequence[Sequence[CellTask]],
        past: Sequence[tuple[CellTask, tuple[Played, ...]]],
        candidates: int,
    ) -> None:
        self.form, self.stretches = form, [tasks for tasks in stretches if tasks]
        self.earlier = known = {(task.part, task.bar): notes for task, notes in past}
        adapt = _adapter(form)
        self.drafts: list[list[Draft]] = []
        for tasks in self.stretches:
            bars = {task.bar for task in tasks}
            within = any(task.bar in bars for task, _ in past)  # the statement itself hears only what lies before
            heard = _rows([cell for cell in past if cell[0].bar < tasks[0].bar] if within else past)
            count = candidates if any(task.given is None for task in tasks) else 0
            self.drafts.append([Draft(tasks, heard, dict(known), adapt) for _ in range(count)])
        self.cells: Cells = {}
        self.ends: dict[str, int] = {}
        self.done: list[CellTask] = []
        self.chosen = 0

    def written(self, write: Write, seed: tuple[int, int], show: Callable[[Cells, int], None]) -> Cells:
        """Every cell of the stretches; ``show`` gets those of the stretches that are done, and how many these are."""
        flat = [draft for drafts in self.drafts for draft in drafts]
        if flat:
            drawn = int(np.random.default_rng(seed).integers(2**31))
            write(flat, drawn, lambda: show(self._choose(), self.chosen))
        return self._choose()

    def bars_before(self, chosen: int) -> int:
        """The first bar of the stretch that comes after so many."""
        if chosen >= len(self.stretches):
            return self.form.context.plan.bar_count
        return min(task.bar for task in self.stretches[chosen])

    def _choose(self) -> Cells:
        """The best candidates of the stretches that are done, each with an ear to the one before."""
        while self.chosen < len(self.stretches):
            tasks, drafts = self.stretches[self.chosen], self.drafts[self.chosen]
            if any(draft.place < len(draft.tasks) for draft in drafts):
                break
            written: Cells = {(task.part, task.bar): task.given for task in tasks if task.given is not None}
            if drafts:
                best = max(drafts, key=lambda draft: self._worth(tasks, draft))
                written = {(task.part, task.bar): best.written[task.part, task.bar] for task in tasks}
            self.cells |= written
            self.ends |= {task.part: written[task.part, task.bar][-1][1]
                          for task in tasks if written[task.part, task.bar]}  # fmt: skip
            self.done += tasks
            self.chosen += 1
        return self.cells

    def _worth(self, tasks: Sequence[CellTask], draft: Draft) -> float:
        """A candidate by itself, as the next of what was chosen so far, and for the whole that they make."""
        before = self.earlier | self.cells
        alone = worth(self.form, tasks, draft.written)
        whole = worth(self.form, [*self.done, *tasks], before | draft.written)
        return alone + whole + seam(self.ends, tasks, draft.written) + echoes(before, tasks, draft.written)


def _adapter(form: Form) -> Callable[[Draft, CellTask, tuple[Played, ...]], CellTask]:
    """What makes a cell take after another, within one sequence."""

    def adapt(sequence: Draft, task: CellTask, notes: tuple[Played, ...]) -> CellTask:
        conditions = form.conditions[task.part]
        bars = form.context.plan.bars
        assert task.model is not None
        if conditions.role == "counter":
            return against(conditions, bars[task.bar], task, notes)
        unit = (task.part, task.unit[0][0])
        if unit not in sequence.moves:
            sources = [sequence.written.get((task.model[0], model), ()) for _, model in task.unit]
            sequence.moves[unit] = reference(
                conditions, [bars[bar] for bar, _ in task.unit], sources, higher=rise(conditions, task.unit)
            )
        return taking_after(conditions, bars[task.bar], task, notes, sequence.moves[unit])

    return adapt
