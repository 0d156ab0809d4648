"""Stretches of pieces as rows that the network reads, with what it should have said.

Conventions: a window is (rows, len(FIELDS)) of classes and (rows, 4) of targets (onset or end, pitch, length,
velocity); weights of 0 mark what is given or unknown. A cell of n notes is n + 1 rows: its header, then its notes; each
row's target is the next note of the cell, or the end. Cells that are silent have no rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.transformer import vocabulary as v
from models.transformer.corpus import SOURCES

Array = npt.NDArray[Any]

ORDER = np.array([0, 3, 2, 1, 4])
"""Place of each role within a bar: lead, bass, harmony, counter, drums (after what is given)."""
RANK = np.argsort(ORDER)
COLUMN = {name: index for index, name in enumerate(v.FIELDS)}
UNASKED = 0.1
"""Share of windows in which a control is hidden throughout, and of cells in which it is, so that the network can do
without, and can take one bar's wish without its neighbours'."""
UNNAMED = 0.25
"""Share of windows in which the collection is not told."""
JUMPS = 0.3
"""Share of windows that read a few bars, then go on at a later place, as an engine does that looks back at a theme."""
LOUDER = (0.85, 1.15)
"""Least and most that a window's velocities are scaled by."""
FORGOTTEN = 8
"""Bars after such a jump in which nothing is said of likeness to earlier bars."""


@dataclass(frozen=True)
class Corpus:
    """The note table and where its pieces, bars and cells begin."""

    piece: Array
    role: Array
    family: Array
    bar: Array
    cell_notes: Array
    note: Array
    part_start: Array
    bar_start: Array
    cell_start: Array
    note_start: Array
    controls: Array
    flat: Array

    @classmethod
    def load(cls, path: Path) -> Corpus:
        """Read a table that `corpus.build` wrote, and measure every cell's controls."""
        return cls.of(np.load(path))

    @classmethod
    def of(cls, data: Mapping[str, Array]) -> Corpus:
        """A table as `corpus.arrays_of` makes it, with every cell's controls measured."""
        piece = data["piece"]
        bars, parts = piece[:, 2].astype(np.int64), piece[:, 3].astype(np.int64)
        starts = {"part": _starts(parts), "bar": _starts(bars), "cell": _starts(bars * parts)}
        note_start = _starts(data["cell_notes"].astype(np.int64))
        controls = _measure(data, note_start, bars, parts, starts)
        return cls(
            piece,
            data["role"],
            data["family"],
            data["bar"],
            data["cell_notes"].astype(np.int64),
            data["note"],
            starts["part"],
            starts["bar"],
            starts["cell"],
            note_start,
            controls,
            _flat(data, note_start, starts["cell"], bars * parts),
        )

    def pieces_of(self, split: int) -> Array:
        """Indices of a split's pieces that are long enough."""
        return np.flatnonzero((self.piece[:, 1] == split) & (self.piece[:, 2] >= 4))


def _starts(counts: Array) -> Array:
    starts: Array = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return starts


def _flat(data: Any, note_start: Array, cell_start: Array, cells: Array) -> Array:
    """Whether a piece's velocities are all alike, so that nothing about loudness can be learned from it."""
    velocity = data["note"][:, 3]
    flat = np.zeros(len(cell_start), bool)
    for index, (start, count) in enumerate(zip(cell_start, cells, strict=True)):
        first = note_start[start]
        last = note_start[start + count] if start + count < len(note_start) else len(velocity)
        flat[index] = len(np.unique(velocity[first:last])) < 3
    return flat


def _measure(data: Any, note_start: Array, bars: Array, parts: Array, starts: dict[str, Array]) -> Array:
    """Controls of every cell from its own notes: density, mean pitch (raw), dynamics, polyphony, relation."""
    note, counts = data["note"].astype(np.int64), data["cell_notes"].astype(np.int64)
    total = len(counts)
    cell_of = np.repeat(np.arange(total), counts)
    piece_of = np.repeat(np.arange(len(bars)), bars * parts)
    inside = np.arange(total) - starts["cell"][piece_of]
    bar_of = starts["bar"][piece_of] + inside // parts[piece_of]
    new = np.ones(len(note), bool)
    new[1:] = (cell_of[1:] != cell_of[:-1]) | (note[1:, 0] != note[:-1, 0])
    onsets = np.bincount(cell_of, new, total)
    filled = np.maximum(counts, 1)
    pitch = np.bincount(cell_of, note[:, 1] % 128, total) / filled
    loud = np.bincount(cell_of, v.VELOCITIES[np.minimum(note[:, 3], len(v.VELOCITIES) - 1)], total) / filled
    density = v.nearest(onsets * 48 / data["bar"][bar_of, 0], v.DENSITIES)
    polyphony = np.searchsorted(v.POLYPHONIES, counts / np.maximum(onsets, 1) - 0.01).clip(0, 3)
    relation = _relations(note, cell_of, note_start, counts, parts[piece_of], inside)
    return np.column_stack([density, np.rint(pitch), v.nearest(loud, v.VELOCITIES), polyphony, relation]).astype(
        np.uint8
    )


def _relations(note: Array, cell_of: Array, note_start: Array, counts: Array, stride: Array, inside: Array) -> Array:
    """How each cell relates to the same part's last eight bars (see `vocabulary.RELATIONS`)."""
    total = len(counts)
    place = np.arange(len(note)) - note_start[cell_of]
    rhythm_word = (note[:, 0] * 31 + note[:, 2] + 7) * (2 * place + 3) ** 3 % 1_000_003
    step = np.diff(note[:, 1], prepend=0)
    step[place == 0] = 0
    contour_word = (step + 130) * (2 * place + 5) ** 3 % 1_000_033
    rhythm = np.bincount(cell_of, rhythm_word, total)
    contour = np.bincount(cell_of, contour_word, total)
    masks = np.zeros((total, 2), np.uint64)
    bit = np.left_shift(np.uint64(1), (note[:, 0] % 36).astype(np.uint64))
    np.bitwise_or.at(masks, (cell_of, note[:, 0] // 36), bit)
    relation = np.zeros(total, np.int64)
    index = np.arange(total)
    for back in range(8, 0, -1):
        other = index - back * stride
        there = (inside >= back * stride) & (counts > 0)
        other = np.where(there, other, 0)
        there &= counts[other] > 0
        same_rhythm = there & (rhythm == rhythm[other])
        both = np.bitwise_count(masks & masks[other]).sum(1).astype(float)
        either = np.bitwise_count(masks | masks[other]).sum(1)
        varied = there & (both / np.maximum(either, 1) > 0.6)
        relation = np.where(varied & (relation == 0), 3, relation)
        relation = np.where(same_rhythm & (relation != 1), 2, relation)
        relation = np.where(same_rhythm & (contour == contour[other]), 1, relation)
    return relation


class Windows:
    """Endless random windows of one split.

    Parameters
    ----------
    corpus : Corpus
    split : int
        0 train, 1 validation, 2 test.
    length : int
        Rows of a window.
    seed : int
    augment : bool
        Transpose, drop parts, give some cells, jump ahead, hide controls, scale dynamics.
    """

    def __init__(self, corpus: Corpus, split: int, *, length: int = 512, seed: int = 0, augment: bool = True) -> None:
        self.corpus, self.length, self.augment = corpus, length, augment
        self.random = np.random.default_rng(seed)
        self.pieces = corpus.pieces_of(split)
        notes = np.add.reduceat(corpus.cell_notes, corpus.cell_start)[self.pieces]
        weight = np.array([*(source.weight for source in SOURCES), 1.0])[corpus.piece[self.pieces, 0]]
        share = np.minimum(notes, 4000) * weight
        self.chance = share / share.sum()

    def __iter__(self) -> Iterator[tuple[Array, Array, Array]]:
        """Windows without end."""
        while True:
            for piece in self.random.choice(self.pieces, 256, p=self.chance):
                yield self.window(int(piece))

    def window(self, piece: int) -> tuple[Array, Array, Array]:
        """One window of a piece: rows, targets, weights."""
        corpus, random = self.corpus, self.random
        _, _, bars, parts = (int(value) for value in corpus.piece[piece])
        chosen = self._parts(piece, parts)
        span, seam = self._span(bars)
        given = self._given(len(span), len(chosen))
        roles = corpus.role[corpus.part_start[piece] + chosen]
        place, who = np.divmod(np.arange(len(span) * len(chosen)), len(chosen))
        given = given.ravel()
        order = np.lexsort((random.random(len(chosen))[who], RANK[roles][who], ~given, place))
        place, who, given = place[order], who[order], given[order]
        cells = corpus.cell_start[piece] + span[place] * parts + chosen[who]
        notes = corpus.cell_notes[cells]
        sounding = np.flatnonzero(notes)
        ends = np.cumsum(notes[sounding] + 1)
        sounding = sounding[: max(1, int(np.searchsorted(ends, self.length)) + 1)]
        place = place[sounding]
        after = (place >= seam) & (place < seam + FORGOTTEN) & (seam > 0)
        return self._rows(
            piece, cells[sounding], span[place], chosen[who[sounding]], given[sounding], bars, after,
        )  # fmt: skip

    def _span(self, bars: int) -> tuple[Array, int]:
        """Which bars are read, and where among them a later place of the piece begins (0: nowhere)."""
        random = self.random
        first = int(random.integers(0, max(1, bars - 3))) if random.random() < 0.8 else 0
        span = np.arange(first, min(bars, first + 64))
        if not self.augment or bars - first < 12 or random.random() > JUMPS:
            return span, 0
        early = int(random.integers(2, 9))
        later = int(random.integers(first + early + 1, bars - 2))
        return np.concatenate([span[:early], np.arange(later, min(bars, later + 64))]), early

    def _given(self, bars: int, parts: int) -> npt.NDArray[np.bool_]:
        """Which cells (bars, parts) are given: none, whole parts, or every part for some stretches of four bars."""
        random = self.random
        if not self.augment or parts < 2 or random.random() < 0.4:
            return np.zeros((bars, parts), bool)
        share = random.choice([0.3, 0.6])
        if random.random() < 0.6:
            return np.broadcast_to(random.random(parts) < share, (bars, parts)).copy()
        stretches: npt.NDArray[np.bool_] = random.random((bars // 4 + 1, parts)) < share
        return np.repeat(stretches, 4, axis=0)[:bars]

    def _parts(self, piece: int, parts: int) -> Array:
        """Which parts are read: all of a small ensemble, a handful of a large one, the lead and the bass oftener."""
        if not self.augment and parts <= 7:
            return np.arange(parts)
        most = min(parts, int(self.random.integers(1, 8))) if self.random.random() < 0.5 else min(parts, 7)
        roles = self.corpus.role[self.corpus.part_start[piece] + np.arange(parts)]
        chance = np.where(np.isin(roles, (0, 3, 4)), 4.0, 1.0)
        return np.sort(self.random.choice(parts, most, replace=False, p=chance / chance.sum()))

    def _rows(
        self, piece: int, cells: Array, bars: Array, parts: Array, given: Array, count: int, forgotten: Array
    ) -> tuple[Array, Array, Array]:
        corpus, length = self.corpus, self.length
        notes = corpus.cell_notes[cells]
        sizes = notes + 1
        owner = np.repeat(np.arange(len(cells)), sizes)[:length]
        place = np.arange(len(owner)) - _starts(sizes)[owner]
        shift = int(self.random.integers(-5, 7)) if self.augment else 0
        louder = self._louder(piece)
        at = corpus.note_start[cells][owner] + place
        rows = np.zeros((length, len(v.FIELDS)), np.int64)
        targets = np.zeros((length, 4), np.int64)
        weights = np.zeros((length, 2), np.float32)
        used = len(owner)
        before = self._notes(np.maximum(at - 1, 0), shift, louder)
        after = self._notes(np.minimum(at, len(corpus.note) - 1), shift, louder)
        header, last = place == 0, place == notes[owner]
        rows[:used, 0] = np.where(header, 1, 2)
        for column, name in enumerate(("onset", "pitch", "length", "velocity")):
            rows[:used, 1 + column] = np.where(header, v.NOTHING[name], before[:, column])
        targets[:used] = after
        targets[:used, 0] = np.where(last, v.ONSET_END, after[:, 0])
        weights[:used, 0] = ~given[owner]
        weights[:used, 1] = ~given[owner] & ~last
        rows[:used, 5:] = self.controls(piece, cells, bars, parts, given, count, shift, forgotten)[owner]
        dynamics = rows[:used, COLUMN["dynamics"]]
        rows[:used, COLUMN["dynamics"]] = np.append(louder, len(v.VELOCITIES))[dynamics]
        if corpus.flat[piece]:
            targets[:, 3] = -1
        return rows, targets, weights

    def _louder(self, piece: int) -> Array:
        """The class that each class of velocity becomes: louder or softer, where a piece has dynamics at all."""
        if not self.augment or self.corpus.flat[piece]:
            return np.arange(len(v.VELOCITIES))
        return v.nearest(v.VELOCITIES * self.random.uniform(*LOUDER), v.VELOCITIES)

    def _notes(self, at: Array, shift: int, louder: Array) -> Array:
        """Notes transposed and scaled in loudness; the pitches of drums as they are."""
        notes = self.corpus.note[at].astype(np.int64)
        notes[:, 3] = louder[notes[:, 3]]
        pitched = notes[:, 1] < v.DRUM_OFFSET
        notes[:, 1] = np.where(pitched, np.clip(notes[:, 1] + shift, 0, 127), notes[:, 1])
        return notes

    def controls(
        self, piece: int, cells: Array, bars: Array, parts: Array, given: Array, count: int, shift: int, after: Array
    ) -> Array:
        """What each cell is asked to be, columns from ``role`` on."""
        corpus = self.corpus
        role = corpus.role[corpus.part_start[piece] + parts].astype(np.int64)
        family = corpus.family[corpus.part_start[piece] + parts].astype(np.int64)
        here = corpus.bar_start[piece]
        bar = corpus.bar[here + bars].astype(np.int64)
        following = corpus.bar[here + np.minimum(bars + 1, count - 1)].astype(np.int64)
        tonic = (bar[:, 3] + shift) % 12
        return np.column_stack(
            [
                role,
                family,
                np.full(len(cells), self._source(piece)),
                v.nearest(bar[:, 0], np.array(v.METERS)),
                tonic,
                bar[:, 4],
                (bar[:, 5] + shift - tonic) % 12,
                bar[:, 6],
                (bar[:, 7] + shift - tonic) % 12,
                bar[:, 8],
                (following[:, 5] + shift - tonic) % 12,
                following[:, 6],
                self._asked(piece, cells, role, shift, after),
                bars % 4,
                np.minimum(count - 1 - bars, 5),
                given,
            ]
        )

    def _source(self, piece: int) -> int:
        """The piece's collection, or that it is not told; a piece of ``v.SOURCES`` is of none."""
        hidden = self.augment and self.random.random() < UNNAMED
        return v.SOURCES if hidden else int(self.corpus.piece[piece, 0])

    def _asked(self, piece: int, cells: Array, role: Array, shift: int, after: Array) -> Array:
        """Density, register, dynamics, polyphony and relation, some of them hidden."""
        corpus, random = self.corpus, self.random
        measured = corpus.controls[cells].astype(np.int64)
        asked = np.column_stack(
            [
                measured[:, 0],
                np.where(role == 4, len(v.REGISTERS), v.nearest(measured[:, 1] + shift, v.REGISTERS)),
                np.full(len(cells), len(v.VELOCITIES)) if corpus.flat[piece] else measured[:, 2],
                measured[:, 3],
                np.where(after & (measured[:, 4] > 0), len(v.RELATIONS), measured[:, 4]),
            ]
        )
        if not self.augment:
            return asked
        unasked = np.array([v.SIZES[name] - 1 for name in v.ASKED])
        hidden = (random.random(5) < UNASKED) | (random.random(asked.shape) < UNASKED)
        return np.where(hidden, unasked, asked)
