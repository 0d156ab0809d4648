"""Windows of eight bars of the corpus, as patches and what is asked of them, with some cells given.

Conventions: what is drawn, augmented and hidden is as for the composer (`models.transformer.windows`), from the same
split; drums are left out, as the engine leaves them to rules. Silent cells count as given. Nothing is transposed: rows
are counted from the tonic, so all keys are one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.diffusion_score.roll import Grid, base_of, patches
from models.diffusion_score.tokens import BARS, SLOTS, tokens
from models.transformer import vocabulary as v
from models.transformer.windows import Corpus, Windows

Array = npt.NDArray[Any]
MOST_PARTS = 6
DRUMS = v.ROLES.index("drums")
WANDERING = 2.0
"""Semitones (deviation) by which the middle of a part is told wrongly, as a plan that knows only ranges tells it."""
POOL = 64
"""Windows that are drawn at once and batched by equal size."""


@dataclass(frozen=True)
class Example:
    """One window: its roll (tokens, `PATCH`), its numbers (tokens, fields), and which tokens are given."""

    roll: Array
    tokens: Array
    given: Array


class Examples:
    """Random windows of a split.

    Parameters
    ----------
    corpus : Corpus
    split : int
        0 train, 1 validation, 2 test.
    seed : int
    augment : bool
        Give some cells, hide some controls.
    """

    def __init__(self, corpus: Corpus, split: int, *, seed: int = 0, augment: bool = True) -> None:
        self.corpus, self.augment = corpus, augment
        self.windows = Windows(corpus, split, seed=seed, augment=augment)
        self.random = np.random.default_rng(seed)
        pitched = np.add.reduceat(corpus.role != DRUMS, corpus.part_start)[self.windows.pieces] > 0
        self.pieces = self.windows.pieces[pitched]
        chance = self.windows.chance[pitched]
        self.chance = chance / chance.sum()

    def reseed(self, seed: int) -> None:
        """Read on differently, as a run does that was taken up again."""
        self.random = np.random.default_rng(seed)
        self.windows.random = np.random.default_rng(seed + 1)

    def batches(self, size: int) -> Iterator[list[Example]]:
        """Batches without end, of about ``size`` tokens; all windows of one are of equal size."""
        shelves: dict[int, list[Example]] = {}
        while True:
            for piece in self.random.choice(self.pieces, POOL, p=self.chance):
                example = self.example(int(piece))
                if example is None:
                    continue
                shelf = shelves.setdefault(len(example.roll), [])
                shelf.append(example)
                if len(shelf) * len(example.roll) >= size:
                    yield shelves.pop(len(example.roll))

    def example(self, piece: int) -> Example | None:
        """A window of a piece; None where it has nothing to learn."""
        corpus, random = self.corpus, self.random
        _, _, bars, parts = (int(value) for value in corpus.piece[piece])
        first = int(random.integers(0, max(1, bars - BARS + 1)))
        span = np.arange(first, min(bars, first + BARS))
        chosen = self._parts(piece, parts, span)
        if not len(chosen):
            return None
        here = corpus.bar[corpus.bar_start[piece] + span].astype(np.int64)
        grid = Grid(tuple(int(length) for length in here[:, 0]))
        tonic = int(np.bincount(here[:, 3], minlength=12).argmax())
        cells = corpus.cell_start[piece] + span[None] * parts + chosen[:, None]
        silent = corpus.cell_notes[cells] == 0
        given = self._given(len(chosen), len(span)) | silent
        if given.all():
            given = silent
        fields = self._fields(piece, cells, span, chosen, bars, given)
        rolls, bases = [], []
        for row in cells:
            notes = self._notes(row)
            middle = float(notes[:, 2].mean()) + self.augment * float(random.normal(0, WANDERING))
            bases.append(base_of(middle, tonic))
            rolls.append(patches(grid, notes, bases[-1]))
        numbers = tokens(fields, grid, np.array(bases), tonic=tonic, given=given)
        return Example(
            np.concatenate(rolls).astype(np.uint8),
            numbers.reshape(-1, numbers.shape[-1]).astype(np.int32),
            given[:, grid.bar].ravel(),
        )

    def _parts(self, piece: int, parts: int, span: Array) -> Array:
        """The parts that are seen, in any order: those that play here and are no drums."""
        chosen = self.windows._parts(piece, parts)
        roles = self.corpus.role[self.corpus.part_start[piece] + chosen]
        cells = self.corpus.cell_start[piece] + span[None] * parts + chosen[:, None]
        chosen = chosen[(roles != DRUMS) & (self.corpus.cell_notes[cells] > 0).any(1)]
        return self.random.permutation(chosen)[: min(SLOTS, MOST_PARTS)]

    def _notes(self, cells: Array) -> Array:
        """Rows of bar, onset, pitch, length of some cells."""
        corpus = self.corpus
        counts = corpus.cell_notes[cells]
        bar = np.repeat(np.arange(len(cells)), counts)
        at = np.repeat(corpus.note_start[cells], counts) + np.arange(len(bar)) - (np.cumsum(counts) - counts)[bar]
        note = corpus.note[at].astype(np.int64)
        return np.column_stack([bar, note[:, 0], note[:, 1] % 128, v.LENGTHS[note[:, 2]]])

    def _fields(self, piece: int, cells: Array, span: Array, chosen: Array, bars: int, given: Array) -> Array:
        """The composer's columns of every cell (parts, bars, columns)."""
        shape = cells.shape
        columns = self.windows.controls(
            piece, cells.ravel(), np.tile(span, len(chosen)), np.repeat(chosen, len(span)), given.ravel(), bars, 0,
            np.zeros(cells.size, bool),
        )  # fmt: skip
        return columns.reshape(*shape, -1)

    def _given(self, parts: int, bars: int) -> npt.NDArray[np.bool_]:
        """Which cells are given: none, whole parts, whole bars, what lies around a gap, or any."""
        random, kind = self.random, self.random.random()
        given = np.zeros((parts, bars), bool)
        if not self.augment or kind < 0.35:
            return given
        if kind < 0.6:
            return np.broadcast_to(random.random((parts, 1)) < random.choice([0.3, 0.6]), given.shape).copy()
        if kind < 0.85:
            first, last = sorted(random.integers(0, bars + 1, 2))
            given[:, :first] = given[:, last:] = True
            return given
        cells: npt.NDArray[np.bool_] = random.random(given.shape) < random.choice([0.2, 0.5])
        return cells
