"""What the composer is measured against: a GRU of equal size, and a Markov chain of third order.

Conventions: the GRU reads the same rows, has the same embeddings and heads and is trained by the same script (``python
-m models.transformer.train --kind gru``). The chain is counted on the training split; ``python -m
models.transformer.baselines --corpus FILE`` prints its bits a note on the windows that the networks are measured on.

Sources: Cho et al. 2014 (GRU); Witten and Bell 1991, and Jelinek and Mercer 1980 (interpolation of orders).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from models.transformer import vocabulary as v
from models.transformer.corpus import SPLITS
from models.transformer.network import Composer, Shape
from models.transformer.windows import Corpus, Windows

Array = npt.NDArray[Any]

GRU_LAYERS, GRU_OF_WIDTH = 3, 2.055
"""Layers, and cells of each layer as a multiple of the composer's width: equal in parameters to six blocks."""


class Recurrent(Composer):
    """The composer with its blocks of attention replaced by a stack of GRU layers."""

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__(shape, dropout)
        cells = round(shape.width * GRU_OF_WIDTH)
        self.blocks = nn.ModuleList()
        self.gru = nn.GRU(shape.width, cells, GRU_LAYERS, batch_first=True, dropout=dropout)
        self.back = nn.Linear(cells, shape.width)

    def forward(self, rows: Tensor) -> Tensor:
        """Hidden states (batch, time, width) of whole windows; in single precision, which autocast would halve."""
        x = self.drop(self.embed(rows))
        with torch.autocast(x.device.type, enabled=False):
            mixed: Any = self.gru(x.float())[0]
            hidden: Tensor = self.drop(self.norm(x.float() + self.back(mixed)))
        return hidden


@dataclass(frozen=True)
class Events:
    """What is to be told, in order, one row an event: a note of a cell, or the cell's end."""

    line: Array
    """Which part of which piece or window; rows of one line lie together."""
    role: Array
    meter: Array
    mode: Array
    onset: Array
    """Step in the bar, or the class that ends a cell."""
    degree: Array
    """Semitones above the tonic (drums: their own pitch), 0 and up."""
    length: Array

    @property
    def is_note(self) -> Array:
        """Which rows are notes."""
        notes: Array = self.onset != v.ONSET_END
        return notes


def events_of(line: Array, fields: Array, targets: Array) -> Events:
    """Rows sorted by line, in the order of their coming; ``fields`` are role, meter, tonic, mode."""
    order = np.argsort(line, kind="stable")
    role, meter, tonic, mode = fields[order].T.astype(np.int64)
    onset, pitch, length = targets[order, :3].T.astype(np.int64)
    degree = np.where(pitch < v.DRUM_OFFSET, pitch - tonic + 12, pitch + 12)
    return Events(line[order], role, meter, mode, onset, degree, length)


def of_split(corpus: Corpus, split: int) -> Events:
    """Every sounding cell of a split."""
    bars, parts = corpus.piece[:, 2].astype(np.int64), corpus.piece[:, 3].astype(np.int64)
    piece = np.repeat(np.arange(len(bars)), bars * parts)
    inside = np.arange(len(piece)) - corpus.cell_start[piece]
    cells = np.flatnonzero((corpus.piece[piece, 1] == split) & (corpus.cell_notes > 0))
    count = corpus.cell_notes[cells] + 1
    rows = np.repeat(cells, count)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    last = place == np.repeat(count, count) - 1
    targets = corpus.note[np.where(last, 0, corpus.note_start[rows] + place)].astype(np.int64)
    targets[last, 0] = v.ONSET_END
    part = corpus.part_start[piece[rows]] + inside[rows] % parts[piece[rows]]
    bar = corpus.bar[corpus.bar_start[piece[rows]] + inside[rows] // parts[piece[rows]]]
    meter = v.nearest(bar[:, 0], np.array(v.METERS))
    return events_of(part, np.column_stack([corpus.role[part], meter, bar[:, 3], bar[:, 4]]), targets)


class _Traced(Windows):
    """Windows that say which part each row is of."""

    parts: Array

    def _rows(self, piece: int, cells: Array, bars: Array, parts: Array, *rest: Any) -> tuple[Array, Array, Array]:
        self.parts = np.repeat(parts, self.corpus.cell_notes[cells] + 1)[: self.length]
        return super()._rows(piece, cells, bars, parts, *rest)


def of_windows(corpus: Corpus, split: int, *, windows: int, length: int) -> Events:
    """The windows that `models.transformer.train.evaluate` measures on."""
    source = _Traced(corpus, split, length=length, seed=9, augment=False)
    stream = iter(source)
    columns = [v.FIELDS.index(name) for name in ("role", "meter", "tonic", "mode")]
    lines, fields, targets = [], [], []
    for number in range(windows):
        rows, wanted, weights = next(stream)
        told = np.flatnonzero(weights[:, 0])
        lines.append(source.parts[told] + 1000 * number)
        fields.append(rows[told][:, columns])
        targets.append(wanted[told])
    return events_of(np.concatenate(lines), np.concatenate(fields), np.concatenate(targets))


def contexts(events: Events) -> dict[str, tuple[Array, Array, int]]:
    """For each head: what it tells (rows,), what it knows (rows, orders; the least telling last), and its classes.

    Onset and pitch know the three before of their own kind and line; length knows its own onset and three lengths.
    """
    onsets = np.column_stack([events.role * 16 + events.meter, *_before(events.onset, events.line)])
    sounding = events.is_note
    line = events.line[sounding]
    base, pitches, lengths = events.role[sounding], events.degree[sounding], events.length[sounding]
    meter, onset = events.meter[sounding], events.onset[sounding]
    return {
        "onset": (events.onset, onsets, v.ONSETS),
        "pitch": (pitches, np.column_stack([base * 2 + events.mode[sounding], *_before(pitches, line)]), v.PITCHES),
        "length": (lengths, np.column_stack([base * 16 + meter, onset, *_before(lengths, line)]), len(v.LENGTHS)),
    }


def _before(values: Array, line: Array) -> list[Array]:
    """The last, the last but one and the last but two of the same line; 500 where there is none."""
    out = []
    for back in (1, 2, 3):
        earlier = np.full(len(values), 500)
        same = line[back:] == line[:-back]
        earlier[back:][same] = values[:-back][same]
        out.append(earlier)
    return out


def chain_bits(train: tuple[Array, Array, int], test: tuple[Array, Array, int]) -> Array:
    """Bits of each tested event: counts of growing context, interpolated after Witten and Bell."""
    told, known, classes = train
    asked, given, _ = test
    probability = np.full(len(asked), 1.0 / classes)
    code, other = np.zeros(len(told), np.int64), np.zeros(len(asked), np.int64)
    for order in range(known.shape[1]):
        code, other = _fold(code, known[:, order], other, given[:, order])
        pairs, counts = np.unique(code * 512 + told, return_counts=True)
        heads, first, kinds = np.unique(pairs // 512, return_index=True, return_counts=True)
        totals = np.add.reduceat(counts, first)
        seen = _looked_up(pairs, counts, other * 512 + asked)
        total, kind = _looked_up(heads, totals, other), _looked_up(heads, kinds, other)
        mixed = (seen + kind * probability) / np.maximum(total + kind, 1)
        probability = np.where(total > 0, mixed, probability)
    bits: Array = -np.log2(probability)
    return bits


def _fold(code: Array, more: Array, other: Array, other_more: Array) -> tuple[Array, Array]:
    """Contexts made longer by one, as small numbers; a context of the test that was never counted is -1."""
    names, folded = np.unique(code * 512 + more, return_inverse=True)
    wanted = other * 512 + other_more
    at = np.searchsorted(names, wanted).clip(max=len(names) - 1)
    return folded.astype(np.int64), np.where((names[at] == wanted) & (other >= 0), at, -1)


def _looked_up(keys: Array, values: Array, wanted: Array) -> Array:
    at = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    found: Array = np.where(keys[at] == wanted, values[at], 0)
    return found


def markov(
    corpus: Corpus, *, splits: Sequence[int] = (1, 2), windows: int = 256, length: int = 1024
) -> dict[int, dict[str, float]]:
    """Bits a note of the chain on the windows of each split, by head and in all."""
    counted = contexts(of_split(corpus, 0))
    found = {}
    for split in splits:
        asked = contexts(of_windows(corpus, split, windows=windows, length=length))
        notes = len(asked["pitch"][0])
        bits = {name: float(chain_bits(counted[name], asked[name]).sum() / notes) for name in counted}
        found[split] = bits | {"bits_a_note": sum(bits.values())}
    return found


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--windows", type=int, default=256)
    options = parser.parse_args()
    for split, bits in markov(Corpus.load(options.corpus), windows=options.windows).items():
        sys.stdout.write(f"{SPLITS[split]}: " + ", ".join(f"{name} {value:.3f}" for name, value in bits.items()) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
