"""Diffusion in the composer's place: every cell of the cue appears out of noise at once, then is read under its rules.

Conventions: form, rules, choosing, players and what is left to rules are the composer's (`models.transformer`). The
lead's statement of the motif is painted and chosen first; then everything, around it, what is kept, and the places
where the motif returns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from assistant.generator import NOTHING_KEPT, Keep, Opening, Progress, no_progress
from assistant.library import Library, load
from assistant.plan import Plan
from assistant.score import Score
from models.diffusion_score.canvas import canvas_of, returning
from models.diffusion_score.denoiser import Denoiser
from models.diffusion_score.denoising import denoise
from models.diffusion_score.reading import Reader
from models.diffusion_score.rolls import Rolls, sketch_of
from models.diffusion_score.weights import load_denoiser
from models.idiom.speaking import speech_of
from models.rules import generator as rules
from models.rules.context import Context
from models.rules.keeping import Kept
from models.transformer.cells import Array, CellTask
from models.transformer.engine import THREADS, Shown, Wave, written_by_network
from models.transformer.form import Form
from models.transformer.players import Cells, Players, tones_of
from models.transformer.sampling import Draft

STATEMENTS, CANDIDATES = 6, 3
"""How many statements of the motif are painted, and how many of the whole."""
STEPS_FIRST, STEPS = 12, 16
"""Steps of the sampler, for the statement and for the whole."""
FIRST, PAINTED = 0.15, 0.55
"""Share of the work that is done when the statement is there, and when the whole is painted but not read."""
SHOWN_EVERY = 3
"""Steps from sketch to sketch."""


class DiffusionGenerator:
    """Composes by diffusion.

    Parameters
    ----------
    library : Library, optional
        The data to compose with; that of ``prompts/`` unless given.
    model : Denoiser, optional
        The network; the published weights unless given.
    """

    name = "diffusion-score"

    def __init__(self, library: Library | None = None, model: Denoiser | None = None) -> None:
        self._library = library
        self._model = model

    def warm(self) -> None:
        """Load what the first take would wait for."""
        if self._model is None:
            load_denoiser()

    def generate(
        self, plan: Plan, *, keep: Keep = NOTHING_KEPT, seed: int = 0, progress: Progress = no_progress
    ) -> Score:
        """A score of the plan; the same plan, keep and seed give the same score on the same machine."""
        progress(0.0, "motif")
        context = Context(plan, self._library or load(), seed, Kept(plan, keep), speech_of(plan))
        model = self._model or load_denoiser()
        parts = tuple(part for part in plan.parts if written_by_network(context, part))
        players = Players(context, parts)
        if not parts:
            return players.take({}, progress)
        torch.set_num_threads(THREADS)
        with torch.inference_mode():
            cells = _Painting(Form(context, parts), model, seed, _Told(progress), players).cells()
        return players.take(cells, progress)


def hear(draft: Draft, cells: Cells) -> None:
    """Let a draft know what was chosen before it, and what each part's line ended on."""
    for (part, bar), notes in sorted(cells.items(), key=lambda cell: cell[0][1]):
        draft.written.setdefault((part, bar), notes)
        if bar < draft.tasks[0].bar:
            draft.lines.setdefault(part, []).extend(note[1] for note in notes)


@dataclass
class _Told:
    """Progress that never falls."""

    progress: Progress
    share: float = 0.0

    def __call__(self, share: float, what: str, sketch: Score | None = None, opening: Opening | None = None) -> None:
        """Report, no less than before."""
        self.share = max(self.share, share)
        self.progress(self.share, what, sketch, opening)


class _Painting:
    """One cue in the making."""

    def __init__(self, form: Form, model: Denoiser, seed: int, told: _Told, players: Players) -> None:
        self.form, self.model, self.seed, self.told, self.players = form, model, seed, told, players

    def cells(self) -> Cells:
        """Every cell of the network's parts."""
        form = self.form
        statement = form.statement_tasks()
        first = Wave(form, [statement], [], STATEMENTS)
        motif = self._written(first, statement, {}, {}, STATEMENTS, lambda done, chosen: None)
        tasks = [form.tasks(stretch, motif) for stretch in form.stretches()]
        past = [(task, motif[task.part, task.bar]) for task in statement]
        wave = Wave(form, tasks, past, CANDIDATES)
        show = Shown(self.players, self.told)

        def shown(done: Cells, chosen: int) -> None:
            show(motif | done, max(form.kept_bars, wave.bars_before(chosen)))

        flat = [task for stretch in tasks for task in stretch]
        known, hints = (returning(form, flat, motif, literal=literal) for literal in (True, False))
        return motif | self._written(wave, flat, known, hints, CANDIDATES, shown)

    def _written(
        self, wave: Wave, tasks: Sequence[CellTask], known: Cells, hints: Cells, candidates: int,
        show: Callable[[Cells, int], None],
    ) -> Cells:  # fmt: skip
        """The cells of a wave: painted together, then read."""
        first = candidates == STATEMENTS

        def write(_: Sequence[Draft], drawn: int, step: Callable[[], None]) -> None:
            canvas = canvas_of(self.form, tasks, known, hints)
            asked = {(task.part, task.bar): task for task in tasks}
            begins, ends, steps = (0.0, FIRST, STEPS_FIRST) if first else (FIRST, PAINTED, STEPS)
            count = 0

            def painted(share: float, roll: Array) -> None:
                nonlocal count
                count += 1
                cells = None if first or count % SHOWN_EVERY else sketch_of(canvas, roll, asked)
                self.told(begins + (ends - begins) * share, "bars", None if cells is None else self._sketch(cells))

            found = denoise(self.model, canvas, candidates=candidates, steps=steps, seed=drawn, step=painted)
            rolls = Rolls(canvas, found)
            for number, row in enumerate(wave.drafts):
                for draft in row:
                    hear(draft, wave.cells)
                if row:
                    reader = Reader(rolls, row, seed=drawn + number, candidates=candidates, manners=self.seed)
                    reader.run(step)

        return wave.written(write, (self.seed, 2 + first), show)

    def _sketch(self, cells: Cells) -> Score:
        """What stands out so far, as on paper."""
        context = self.players.context
        drawn = {part.id: rules.sketched(context, part, tones_of(context, part, cells)) for part in self.players.parts}
        return rules.score_of(context, drawn)
