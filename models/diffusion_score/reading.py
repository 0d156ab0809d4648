"""A denoised roll read into notes, under the composer's own rules of what may be written.

Conventions: `Reader` is the composer's `Writer` with the roll in the network's place. A cell's rhythm is chosen whole
(`rhythms`), from onsets tilted, all alike, so that it expects as many as its band allows; then pitches, in lines with
an ear to their manner and to the tune that this rhythm had before (`lines`); lengths last into the next note while the
roll sounds (`rolls`). All else (range, scale, chord, hits, breaths, leaps, what a cell takes after) is
`models.transformer.sampling`'s. Stretches are read in order, each hearing what was chosen before.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.diffusion_score.lines import TRUST, coming_back, leaning, moving, role_of
from models.diffusion_score.rhythms import Rhythm, chosen
from models.diffusion_score.rolls import LEAST, Found, Rolls
from models.diffusion_score.tokens import COLUMN
from models.transformer import vocabulary as v
from models.transformer.cells import FOREIGN, NEVER, CellTask, Played
from models.transformer.decoding import Decoder
from models.transformer.drafts import LITERAL
from models.transformer.manner import moves_of
from models.transformer.network import Composer
from models.transformer.sampling import Draft, Taste, Writer

Array = npt.NDArray[Any]
SETTLED, CHROMATIC = 3.0, 3.0
"""What a note outside the chord costs where the composer's rules like one (the roll likes them enough by itself), and
one outside the scale."""


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


def rhythm_of(notes: Sequence[Played]) -> Rhythm:
    """The steps at which notes begin."""
    return tuple(dict.fromkeys(note[0] for note in notes))


class Reader(Writer):
    """Reads one candidate's roll for each draft.

    Parameters
    ----------
    rolls : Rolls
    drafts : sequence of Draft
    seed : int
    candidates : int
        Drafts come in groups of so many, one for each candidate.
    manners : int
        What each part's manner is drawn by.
    """

    def __init__(self, rolls: Rolls, drafts: Sequence[Draft], *, seed: int, candidates: int, manners: int = 0) -> None:
        self.rolls, self.candidates, self.manners = rolls, candidates, manners
        self.open: dict[int, tuple[Array, Array]] = {}
        self.targets: dict[int, Mapping[int, int]] = {}
        self.known_moves: dict[str, Array | None] = {}
        super().__init__(cast(Composer, self), drafts, seed=seed, taste=self._taste)

    @cached_property
    def _taste(self) -> Taste:
        """The roll has been drawn already: what stands out in it is meant."""
        return Taste(onset=(0.7, 0.9), pitch=(0.7, 0.9), length=(0.35, 0.9), velocity=(0.1, 0.9))

    def _memory(self, count: int) -> Decoder:
        return cast(Decoder, SimpleNamespace(keep=lambda chosen: None))

    def _feed(self) -> Tensor:
        self.pending = [rows[:0] for rows in self.pending]
        return torch.zeros(len(self.sequences), 0)

    def _open(self, index: int, task: CellTask) -> None:
        super()._open(index, task)
        task, state = cast(CellTask, self.current[index]), self.state
        number = int(self.alive[index])
        chances, any_ = self.rolls.cell(number % self.candidates, task.part, task.bar)
        free = np.flatnonzero(task.onsets[: v.LONGEST_BAR] > NEVER / 2)
        any_[free] = tilted(any_[free], task.fewest, task.most)
        earlier = self._earlier(index, task)
        rhythm = chosen(any_[: v.LONGEST_BAR], task, [rhythm_of(notes) for notes in earlier], self.random)
        any_ = np.full_like(any_, LEAST)
        any_[list(rhythm)] = 1 - LEAST
        onsets = np.full_like(task.onsets, NEVER)
        onsets[[*rhythm, v.ONSET_END]] = 0.0
        self.current[index] = replace(task, onsets=onsets, fewest=len(rhythm), most=len(rhythm), musts=rhythm)
        state.onsets[index], state.fewest[index], state.most[index] = onsets, len(rhythm), len(rhythm)
        state.must[index], state.left[index] = rhythm[0], len(rhythm)
        self.open[number] = (chances, any_)
        self.targets[number] = self._targets(task, chances, [notes for notes in earlier if rhythm_of(notes) == rhythm])

    def _moves(self, task: CellTask) -> Array | None:
        """How this part moves, throughout the cue."""
        if task.part not in self.known_moves:
            seed = self.manners + zlib.crc32(task.part.encode())
            self.known_moves[task.part] = moves_of(role_of(task.fields), seed=seed)
        return self.known_moves[task.part]

    def _earlier(self, index: int, task: CellTask) -> list[tuple[Played, ...]]:
        """The part's cells that are written, in order."""
        cells = sorted(self.sequences[index].written.items(), key=lambda cell: cell[0][1])
        return [notes for (part, bar), notes in cells if part == task.part and notes]

    def _targets(self, task: CellTask, chances: Array, alike: Sequence[tuple[Played, ...]]) -> Mapping[int, int]:
        """Where a line of this rhythm was heard before: the pitches that it would have if it came back."""
        if not alike or task.polyphony > 1 or task.faith >= LITERAL:
            return {}
        return coming_back(alike[-1], np.log(chances), task.pitches[task.stretch])

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
            ahead = np.minimum(ahead, 1 - LEAST)  # what is certain has no logarithm of its contrary
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
            if state.polyphony[index] == 1:
                odds = TRUST * odds + moving(self._moves(task), int(state.line[index]))
                allowed = task.pitches[task.stretch[int(onset[index])]]
                odds -= SETTLED * ((allowed != 0) & (allowed > FOREIGN / 2)) + CHROMATIC * (allowed < FOREIGN / 2)
                odds += leaning(self.targets[int(self.alive[index])], int(onset[index]))
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
                later = [step for step in task.musts if step > onset] if task.polyphony == 1 else []
                until = later[0] - onset if later else 0
                note = Found(
                    task.part, task.bar, onset, int(pitch[index]), task.polyphony == 1, until,
                    int(self.state.longest[index, onset]),
                )  # fmt: skip
                out[index] = self.rolls.lasting(candidate, note)
        return torch.from_numpy(np.log(out + LEAST)), inner

    def velocity_logits(self, inner: Tensor, length: Tensor) -> Tensor:
        """Logits of the velocity: what the plan asks."""
        asked = np.array([task.fields[COLUMN["dynamics"]] if task else 0 for task in self.current])
        return torch.from_numpy(np.where(asked[:, None] == np.arange(len(v.VELOCITIES)), 0.0, -50.0))
