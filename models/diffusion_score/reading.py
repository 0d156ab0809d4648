"""A denoised roll read into notes, under the composer's own rules of what may be written.

Conventions: `Reader` is the composer's `Writer` with the roll in the network's place: the chance of the next onset is
that of the first place at which anything begins, the chance of a pitch that of its row there, the length that of the
hold being let go. Onsets are tilted, all alike, so that a cell expects as many as its band allows; everything else
(range, scale, chord, hits, breaths, leaps, what a cell takes after) is `models.transformer.sampling`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.diffusion_score.canvas import Canvas
from models.diffusion_score.roll import PITCHES, layers
from models.diffusion_score.tokens import COLUMN
from models.transformer import vocabulary as v
from models.transformer.cells import NEVER, CellTask, Played
from models.transformer.decoding import Decoder
from models.transformer.network import Composer
from models.transformer.players import Cells
from models.transformer.sampling import Draft, Taste, Writer

Array = npt.NDArray[Any]
LEAST = 1e-5
"""What a place of the roll is thought to be worth at least."""
HINT = 0.02
"""What a hold is worth as a beginning, where one must be found."""
AHEAD = 24
"""Places that a note is followed for its length."""
SURE = 0.3
"""From this chance on a note's own hold says how long it is; else it lasts until the line moves."""
SEEN = 0.4
"""From this chance on a note is shown while it appears."""


class Rolls:
    """Rolls of one canvas, cell by cell."""

    def __init__(self, canvas: Canvas, rolls: Array) -> None:
        self.canvas = canvas
        self.begins, self.holds = layers(rolls)
        self.steps, number = canvas.grid.places()
        shape = (*rolls.shape[:2], -1, PITCHES)
        self.begins = self.begins.reshape(shape)[:, :, number]
        self.holds = self.holds.reshape(shape)[:, :, number]
        self.rows = {name: index for index, name in enumerate(canvas.parts)}

    def span(self, bar: int) -> tuple[int, int, int]:
        """The places of a bar, from and to before, and the step that it begins with."""
        start, end = self.canvas.grid.starts[bar - self.canvas.start : bar - self.canvas.start + 2]
        first, last = np.searchsorted(self.steps, [start, end])
        return int(first), int(last), int(start)

    def cell(self, candidate: int, part: str, bar: int) -> tuple[Array, Array]:
        """Chances of a beginning (steps, 128) in a cell, and of any (steps,)."""
        first, last, start = self.span(bar)
        row = self.rows[part]
        base = int(self.canvas.bases[row])
        chances = np.full((v.LONGEST_BAR + 1, 128), LEAST / 100)
        here = self.begins[candidate, row, first:last].astype(np.float64)
        high = min(128, base + PITCHES)
        worth = here + HINT * self.holds[candidate, row, first:last]
        chances[self.steps[first:last] - start, base:high] = worth[:, : high - base].clip(LEAST, 1 - LEAST)
        any_ = np.zeros(v.LONGEST_BAR + 1)
        any_[self.steps[first:last] - start] = 1 - np.prod(1 - here.clip(0, 1 - LEAST), 1)
        return chances, any_.clip(LEAST, 1 - LEAST)

    def lasting(self, candidate: int, part: str, bar: int, onset: int, pitch: int) -> Array:
        """Chances of each class of length of a note."""
        _, _, start = self.span(bar)
        row = self.rows[part]
        at = min(int(np.searchsorted(self.steps, start + onset)), len(self.steps) - 1)
        after = slice(at + 1, at + 1 + AHEAD)
        place = pitch - int(self.canvas.bases[row])
        inside = 0 <= place < PITCHES
        holds = self.holds[candidate, row, after, place] if inside else np.zeros(len(self.steps[after]))
        if not inside or self.begins[candidate, row, at, place] < SURE:
            moves = 1 - np.prod(1 - self.begins[candidate, row, after].clip(0, 1), 1)
            holds = np.maximum(holds, 0.85 * (1 - moves))
        goes_on = np.concatenate([holds.clip(LEAST, 1 - LEAST), [0.0]])
        survives = np.cumprod(np.concatenate([[1.0], goes_on[:-1]]))
        ends = survives * (1 - goes_on)
        until = np.append(self.steps[after], self.canvas.grid.starts[-1]) - start - onset
        chances: Array = np.bincount(v.nearest(np.maximum(until, 1), v.LENGTHS), ends, len(v.LENGTHS))
        return chances

    def plain(self, candidate: int, task: CellTask) -> tuple[Played, ...]:
        """The notes of a cell that stand out, without any rule but its range."""
        chances, _ = self.cell(candidate, task.part, task.bar)
        allowed = (task.pitches > NEVER / 2).any(0)
        found = []
        for onset, pitch in zip(*np.nonzero((chances > SEEN) & allowed), strict=True):
            length = v.LENGTHS[int(self.lasting(candidate, task.part, task.bar, onset, pitch).argmax())]
            found.append((int(onset), int(pitch), int(length), 80))
        return tuple(found)


def sketch_of(canvas: Canvas, roll: Array, tasks: Mapping[tuple[str, int], CellTask]) -> Cells:
    """The notes that stand out of a roll (parts, beats, `PATCH`) so far, for those who watch."""
    rolls = Rolls(canvas, roll[None])
    return {key: rolls.plain(0, task) if task.given is None else task.given for key, task in tasks.items()}


def tilted(chances: Array, fewest: float, most: float) -> Array:
    """Chances with their odds moved by one factor, so that they add up to between ``fewest`` and ``most``.

    Examples
    --------
    >>> round(float(tilted(np.array([0.9, 0.5, 0.1]), 2.0, 3.0).sum()), 2)
    2.0
    """
    total = float(chances.sum())
    wanted = min(max(total, fewest), most, 0.95 * len(chances))
    if not len(chances) or abs(wanted - total) < 1e-3:
        return chances
    odds = np.log(chances / (1 - chances))
    low, high = -20.0, 20.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if (1 / (1 + np.exp(-odds - middle))).sum() < wanted else (low, middle)
    out: Array = 1 / (1 + np.exp(-odds - low))
    return out.clip(LEAST, 1 - LEAST)


class Reader(Writer):
    """Reads one candidate's roll for each draft.

    Parameters
    ----------
    rolls : Rolls
    drafts : sequence of Draft
    seed : int
    candidates : int
        Drafts come in groups of so many, one for each candidate.
    """

    def __init__(self, rolls: Rolls, drafts: Sequence[Draft], *, seed: int, candidates: int) -> None:
        self.rolls, self.candidates = rolls, candidates
        self.open: dict[int, tuple[Array, Array]] = {}
        super().__init__(cast(Composer, self), drafts, seed=seed, taste=self._taste)

    @cached_property
    def _taste(self) -> Taste:
        """The roll has been drawn already: what stands out in it is meant."""
        return Taste(onset=(0.7, 0.9), pitch=(0.7, 0.9), length=(0.6, 0.9), velocity=(0.1, 0.9))

    def _memory(self, count: int) -> Decoder:
        return cast(Decoder, SimpleNamespace(keep=lambda chosen: None))

    def _feed(self) -> Tensor:
        self.pending = [rows[:0] for rows in self.pending]
        return torch.zeros(len(self.sequences), 0)

    def _open(self, index: int, task: CellTask) -> None:
        super()._open(index, task)
        task = cast(CellTask, self.current[index])
        number = int(self.alive[index])
        chances, any_ = self.rolls.cell(number % self.candidates, task.part, task.bar)
        free = np.flatnonzero(task.onsets[: v.LONGEST_BAR] > NEVER / 2)
        any_ = any_.copy()
        blocked = np.setdiff1d(np.arange(v.LONGEST_BAR), free)
        any_[blocked] = LEAST
        any_[free] = tilted(any_[free], task.fewest, task.most)
        self.open[number] = (chances, any_)

    def onset(self, hidden: Tensor) -> Tensor:
        """Logits of the next onset, or of none."""
        out = np.full((len(self.sequences), v.ONSETS), 0.0)
        state = self.state
        for index, task in enumerate(self.current):
            if task is None:
                continue
            chances, any_ = self.open[int(self.alive[index])]
            last = int(state.last[index])
            ahead = any_.copy()
            ahead[: max(0, last)] = LEAST
            if last >= 0:
                above = chances[last, min(127, int(state.top[index]) + 3) :]
                ahead[last] = 1 - np.prod(1 - above) if state.voices[index] < state.polyphony[index] else LEAST
            none_before = np.cumsum(np.log1p(-ahead)) - np.log1p(-ahead)
            out[index, : v.LONGEST_BAR] = (np.log(ahead) + none_before)[: v.LONGEST_BAR]
            out[index, v.ONSET_END] = np.log1p(-ahead).sum()
        return torch.from_numpy(out)

    def pitch_logits(self, hidden: Tensor, onset: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the pitch at these onsets: of a line any, of a chord the lowest that is left."""
        out = np.zeros((len(self.sequences), v.PITCHES))
        state = self.state
        for index, task in enumerate(self.current):
            if task is None:
                continue
            chances = self.open[int(self.alive[index])][0][int(onset[index])]
            odds = np.log(chances) - np.log1p(-chances)
            if state.polyphony[index] > 1:
                left = chances.copy()
                if state.voices[index] and state.last[index] == onset[index]:
                    left[: int(state.top[index]) + 3] = LEAST
                odds = np.log(left) + np.cumsum(np.log1p(-left)) - np.log1p(-left)
            out[index, :128] = odds
        return torch.from_numpy(out), onset

    def length_logits(self, inner: Tensor, pitch: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the length of these notes."""
        out = np.zeros((len(self.sequences), len(v.LENGTHS)))
        for index, task in enumerate(self.current):
            if task is not None:
                candidate = int(self.alive[index]) % self.candidates
                onset = min(int(inner[index]), v.LONGEST_BAR - 1)
                out[index] = self.rolls.lasting(candidate, task.part, task.bar, onset, int(pitch[index]))
        return torch.from_numpy(np.log(out + LEAST)), inner

    def velocity_logits(self, inner: Tensor, length: Tensor) -> Tensor:
        """Logits of the velocity: what the plan asks."""
        asked = np.array([task.fields[COLUMN["dynamics"]] if task else 0 for task in self.current])
        return torch.from_numpy(np.where(asked[:, None] == np.arange(len(v.VELOCITIES)), 0.0, -50.0))
