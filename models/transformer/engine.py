"""The composer: tune, counter-line and much of the accompaniment drawn from a network, the rest played by rule.

Conventions: the network writes the parts of `written_by_network`; drums, running figures and colour come from
`models.rules`, as do hits, endings and performance. The lead's statement of the motif is written first; then everything
else at once in stretches, several candidates of each, and the best of each by `choosing.worth` is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from assistant.generator import NOTHING_KEPT, Keep, Progress, no_progress
from assistant.library import Library, load
from assistant.plan import Plan, PlannedPart
from assistant.score import Part, Score
from models.rules import generator as rules
from models.rules import leads
from models.rules.context import Context, Tone
from models.rules.keeping import Kept
from models.transformer import vocabulary as v
from models.transformer.cells import Array, CellTask, Played
from models.transformer.choosing import echoes, seam, worth
from models.transformer.drafts import against, reference, taking_after
from models.transformer.form import Form
from models.transformer.network import Composer
from models.transformer.sampling import Draft, Writer, rows_of
from models.transformer.weights import load_composer

CANDIDATES = 12
OTHERS, BATCH = (3, 8), 24
"""Candidates of the statement; of every other stretch fewest and most, as many as a batch of about so many allows."""
TEXTURES = {"counter": ("countermelody", "melody"), "harmony": ("block",), "bass": ("roots",)}
"""How a part must be played for the network to write it; leads always are."""
THREADS = 1
WRITTEN = 0.7
"""Share of the work that is done when the network has written; the rest is played by rule and performed."""
Cells = dict[tuple[str, int], tuple[Played, ...]]


class TransformerGenerator:
    """Composes with the network.

    Parameters
    ----------
    library : Library, optional
        The data to compose with; that of ``prompts/`` unless given.
    model : Composer, optional
        The network; the published weights unless given.
    """

    name = "composer"

    def __init__(self, library: Library | None = None, model: Composer | None = None) -> None:
        self._library = library
        self._model = model

    def warm(self) -> None:
        """Load what the first take would wait for."""
        if self._model is None:
            load_composer()

    def generate(
        self, plan: Plan, *, keep: Keep = NOTHING_KEPT, seed: int = 0, progress: Progress = no_progress
    ) -> Score:
        """A score of the plan; the same plan, keep and seed give the same score on the same machine."""
        progress(0.0, "motif")
        context = Context(plan, self._library or load(), seed, Kept(plan, keep))
        model = self._model or load_composer()
        parts = tuple(part for part in plan.parts if written_by_network(context, part))
        cells = _write(Form(context, parts), model, seed, _Shown(context, parts, progress)) if parts else {}
        tones = {part.id: _tones(context, part, cells) for part in parts}
        _double(context, tones)
        return _finish(context, tones, progress)


class _Shown:
    """Shows the bars that are written, as they come."""

    def __init__(self, context: Context, parts: Sequence[PlannedPart], progress: Progress) -> None:
        self.context, self.parts, self.progress = context, parts, progress
        self.shown, self.share = 0, 0.0

    def __call__(self, cells: Cells) -> None:
        """The cells that are chosen so far."""
        count = sum(part.bars[bar.index].active for part in self.parts for bar in self.context.plan.bars)
        self.share = max(self.share, WRITTEN * min(1.0, len(cells) / max(1, count)))
        sketch = None
        if len(cells) > self.shown:
            self.shown = len(cells)
            sketch = rules.score_of(
                self.context,
                {part.id: rules.sketched(self.context, part, _tones(self.context, part, cells)) for part in self.parts},
            )
        self.progress(self.share, "bars", sketch)


def written_by_network(context: Context, part: PlannedPart) -> bool:
    """Whether the network writes a part; what it was not taught is played by rule."""
    if part.role == "lead":
        return True
    region = context.library.regions.get(context.plan.region or "")
    if region is not None and region.texture == "heterophony":
        return False
    has_drums = any(other.role == "drums" for other in context.plan.parts)
    if part.role == "bass" and has_drums:
        return False
    return part.texture in TEXTURES.get(part.role, ())


def _write(form: Form, model: Composer, seed: int, show: Callable[[Cells], None]) -> Cells:
    """Every cell of the network's parts; ``show`` is told what is done so far."""
    torch.set_num_threads(THREADS)  # for good: who restores it beside another visitor's take restores the wrong one
    statement = form.statement_tasks()
    motif = _Wave(form, [statement], [], CANDIDATES).written(model, (seed, 0), show)
    past = [(task, motif[task.part, task.bar]) for task in statement]
    stretches = [form.tasks(stretch, motif) for stretch in form.stretches()]
    fewest, most = OTHERS
    wave = _Wave(form, stretches, past, max(fewest, min(most, BATCH // max(1, len(stretches)))))
    return motif | wave.written(model, (seed, 1), lambda done: show(motif | done))


def _rows(cells: Sequence[tuple[CellTask, tuple[Played, ...]]]) -> Array:
    """Written cells as rows."""
    rows = [rows_of(task.fields, notes) for task, notes in cells]
    return np.concatenate(rows) if rows else np.zeros((0, len(v.FIELDS)), np.int64)


class _Wave:
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

    def written(self, model: Composer, seed: tuple[int, int], show: Callable[[Cells], None]) -> Cells:
        """Every cell of the stretches."""
        flat = [draft for drafts in self.drafts for draft in drafts]
        if flat:
            drawn = int(np.random.default_rng(seed).integers(2**31))
            Writer(model, flat, seed=drawn).run(lambda: show(self._choose()))
        return self._choose()

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
            sequence.moves[unit] = reference(conditions, [bars[bar] for bar, _ in task.unit], sources)
        return taking_after(conditions, bars[task.bar], task, notes, sequence.moves[unit])

    return adapt


def _tones(context: Context, part: PlannedPart, cells: Cells) -> list[Tone]:
    """A part's cells as written tones; a line's notes end where the next begins."""
    tones: list[Tone] = []
    for (part_id, index), notes in sorted(cells.items()):
        if part_id != part.id or context.kept.holds(part_id, index):
            continue
        bar = context.plan.bars[index]
        asked = 32 + 76 * part.bars[index].dynamics
        for onset, pitch, length, velocity in notes:
            weight = max(-0.5, min(0.5, (velocity - asked) / 60)) * 0.4
            tones.append(Tone(bar.start_q + onset / v.STEPS_PER_Q, length / v.STEPS_PER_Q, pitch, weight))
    tones.sort(key=lambda tone: (tone.start_q, tone.pitch))
    if part.role in ("lead", "counter", "bass"):
        return _one_at_a_time(tones)
    return tones


def _one_at_a_time(tones: Sequence[Tone]) -> list[Tone]:
    out: list[Tone] = []
    for index, tone in enumerate(tones):
        until = tones[index + 1].start_q if index + 1 < len(tones) else tone.end_q
        if until > tone.start_q:
            out.append(replace(tone, length_q=min(tone.length_q, until - tone.start_q)))
    return out


def _double(context: Context, tones: dict[str, list[Tone]]) -> None:
    """Leads that play beside the one that has the tune double it."""
    singers = [part for part in context.plan.parts if part.role == "lead"]
    for _, phrase in context.phrases:
        span = range(phrase.start_bar, min(phrase.start_bar + phrase.bars, context.plan.bar_count))
        playing = [part for part in singers if any(part.bars[bar].active for bar in span)]
        if len(playing) < 2 or phrase.motif == "rest":
            continue
        own = [tone for tone in tones[playing[0].id] if context.bar(tone.start_q).index in span]
        own += [Tone(note.start_q, note.length_q, note.pitch)
                for bar in span for note in context.kept.notes(playing[0].id, context.plan.bars[bar])]  # fmt: skip
        own.sort(key=lambda tone: tone.start_q)
        for other in playing[1:]:
            tones[other.id] += leads.for_player(context, other, own, span)


def _finish(context: Context, tones: dict[str, list[Tone]], progress: Progress) -> Score:
    """Every part with its hits, ending and performance; those of the rules are written on the way."""
    plan = context.plan
    written: dict[str, Part] = {}
    for index, part in enumerate(sorted(plan.parts, key=lambda part: rules.ORDER.index(part.role))):
        progress(WRITTEN + (1 - WRITTEN) * index / max(1, len(plan.parts)), part.id)
        heard = [note for lead in plan.parts if lead.role == "lead" and lead.id in written
                 for note in written[lead.id].notes]  # fmt: skip
        own = tones[part.id] if part.id in tones else rules.write_part(context, part, heard)
        written[part.id] = rules.finish_part(context, part, own)
    score = rules.score_of(context, written)
    progress(1.0, "score", score)
    return score
