"""Excerpts of held-out works, and music as plain rows: what generated and real music are compared as.

Conventions: a *sheet* is part id to rows of (bar, onset, pitch, length), bars from 0, times in steps of a twelfth of a
quarter note; parts that are lines (lead, counter, bass) have one note at a time, the outer one where the work has
more, on both sides alike. The corpus's splits are 0 train, 1 validation, 2 test. This module knows nothing of engines.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.transformer import vocabulary as v
from models.transformer.corpus import SOURCES
from models.transformer.windows import Corpus

Array = npt.NDArray[Any]
Sheet = Mapping[str, Array]

BARS = 16
"""Bars that are compared; the engines get one more, which they end in their own way."""
SHARES = {0: 14, 1: 22, 2: 5, 3: 8, 4: 6, 6: 20, 7: 8, 8: 1}
"""Excerpts of each collection among `USUAL`; drums alone (collection 5) are left out."""
USUAL = sum(SHARES.values())
MOST = {"lead": 1, "counter": 2, "harmony": 2, "bass": 1}
CHORDAL = 1.4
"""Notes an onset from which a bass is a player of chords, as a pianist's left hand."""
LINES = ("lead", "counter", "bass")
EMPTY = np.zeros((0, 4), np.int64)


@dataclass(frozen=True)
class Voice:
    """A part of an excerpt: its id and role in the plan, its place in the piece, its General MIDI family."""

    id: str
    role: str
    place: int
    family: int


@dataclass(frozen=True)
class Excerpt:
    """Bars ``first`` to ``first + bars`` of a piece, and one bar more; ``work`` is what folds are made by."""

    piece: int
    name: str
    work: str
    source: int
    split: int
    first: int
    bars: int
    voices: tuple[Voice, ...]


def work_of(source: int, name: str) -> str:
    """The work that a file is of: movements and numbers are taken off.

    Examples
    --------
    >>> work_of(3, "Beethoven_Op.68_4.mid"), work_of(0, "pl--n53446--001-003_x.mid")
    ('openscore_orchestra/Beethoven_Op.68', 'polish_scores/pl--n53446-')
    """
    bare = re.sub(r"(__m\d+|-\d+|[._ ]?mvt?\d+).*$", "", name)
    if SOURCES[source].name == "openscore_orchestra":
        bare = re.sub(r"_\d+[a-z]?(\.mid)?$", "", bare)
    return f"{SOURCES[source].name}/{bare}"


def names_of(path: Path) -> list[str]:
    """File names of the pieces of a corpus."""
    with np.load(path) as data:
        return [str(name) for name in data["names"]]


def excerpts(
    corpus: Corpus,
    names: list[str],
    *,
    count: int = USUAL,
    bars: int = BARS,
    splits: tuple[int, ...] = (1, 2),
    seed: int = 0,
) -> list[Excerpt]:
    """About ``count`` excerpts over all pitched collections, works before second helpings of the same work."""
    found: list[Excerpt] = []
    for source, share in SHARES.items():
        wanted = max(1, round(share * count / USUAL))
        works: dict[str, list[Excerpt]] = defaultdict(list)
        for piece in np.flatnonzero((corpus.piece[:, 0] == source) & np.isin(corpus.piece[:, 1], splits)):
            for each in _of_piece(corpus, int(piece), names[piece], bars):
                works[each.work].append(each)
        found += _in_turn(works, wanted, seed)
    return found


def _in_turn(works: Mapping[str, list[Excerpt]], wanted: int, seed: int) -> list[Excerpt]:
    """One excerpt of every work, then a second, until there are enough."""
    random = np.random.default_rng(seed)
    names = sorted(works)
    rows = {name: [works[name][at] for at in random.permutation(len(works[name]))] for name in names}
    order = [names[at] for at in random.permutation(len(names))]
    turns = max((len(row) for row in rows.values()), default=0)
    taken = [rows[name][turn] for turn in range(turns) for name in order if turn < len(rows[name])]
    return taken[:wanted]


def _of_piece(corpus: Corpus, piece: int, name: str, bars: int) -> list[Excerpt]:
    """Excerpts of a piece that do not overlap, each beginning where the lead takes breath."""
    source, split, length, parts = (int(value) for value in corpus.piece[piece])
    meters = corpus.bar[corpus.bar_start[piece] : corpus.bar_start[piece] + length, :3].astype(int)
    out: list[Excerpt] = []
    lead = next((at for at in range(parts) if corpus.role[corpus.part_start[piece] + at] == 0), None)
    if lead is None:
        return out
    at, full = 0, bars + 1
    while at + full <= length:
        same = (meters[at : at + full] == meters[at]).all() and meters[at, 0] >= 18
        if same and _begins(corpus, piece, lead, at):
            voices = _voices(corpus, piece, at, bars)
            if voices and voices[0].role == "lead":
                out.append(Excerpt(piece, name, work_of(source, name), source, split, at, bars, voices))
                at += full
                continue
        at += 1
    return out


def cell(corpus: Corpus, piece: int, place: int, bar: int) -> Array:
    """Notes of a part in a bar of a piece: onset, pitch, length (steps)."""
    parts = int(corpus.piece[piece, 3])
    at = corpus.cell_start[piece] + bar * parts + place
    notes = corpus.note[corpus.note_start[at] : corpus.note_start[at] + corpus.cell_notes[at]].astype(np.int64)
    return np.column_stack([notes[:, 0], notes[:, 1], v.LENGTHS[notes[:, 2]]])


def _begins(corpus: Corpus, piece: int, lead: int, bar: int) -> bool:
    """Whether the lead seems to begin a phrase: a note early in the bar, and before it a rest or a long note."""
    here = cell(corpus, piece, lead, bar)
    if not len(here) or here[0, 0] > 6:
        return False
    if bar == 0:
        return True
    before = cell(corpus, piece, lead, bar - 1)
    steps = int(corpus.bar[corpus.bar_start[piece] + bar - 1, 0])
    return not len(before) or before[-1, 0] + before[-1, 2] < steps - 2 or before[-1, 2] >= min(24, steps // 2)


def _voices(corpus: Corpus, piece: int, first: int, bars: int) -> tuple[Voice, ...]:
    """The parts that play most, as many of each role as a small ensemble has."""
    start, parts = corpus.part_start[piece], int(corpus.piece[piece, 3])
    rows: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for place in range(parts):
        cells = [cell(corpus, piece, place, first + bar) for bar in range(bars)]
        sounding = sum(len(each) > 0 for each in cells)
        role = v.ROLES[corpus.role[start + place]]
        if role == "drums" or sounding < (0.7 if role == "lead" else 0.4) * bars:
            continue
        onsets = sum(len(np.unique(each[:, 0])) for each in cells)
        if role == "bass" and sum(map(len, cells)) >= CHORDAL * onsets:
            role = "harmony"
        rows[role].append((-sounding, place))
    voices = []
    for role, most in MOST.items():
        for turn, (_, place) in enumerate(sorted(rows[role])[:most]):
            family = int(corpus.family[start + place])
            voices.append(Voice(f"{role}-{turn + 1}", role, place, family))
    return tuple(voices)


def real(corpus: Corpus, excerpt: Excerpt) -> dict[str, Array]:
    """The sheet of the excerpt itself."""
    out = {}
    for voice in excerpt.voices:
        rows = []
        for bar in range(excerpt.bars):
            notes = cell(corpus, excerpt.piece, voice.place, excerpt.first + bar)
            rows.append(np.column_stack([np.full(len(notes), bar), notes]))
        out[voice.id] = outer(np.concatenate(rows), voice.role)
    return out


def outer(notes: Array, role: str) -> Array:
    """A line's one note at each onset, the highest (of a bass the lowest); other parts in order as they are."""
    if not len(notes):
        return EMPTY
    sign = 1 if role == "bass" else -1
    ordered = notes[np.lexsort((sign * notes[:, 2], notes[:, 1], notes[:, 0]))]
    if role not in LINES:
        return ordered
    first = np.concatenate([[True], (np.diff(ordered[:, :2], axis=0) != 0).any(axis=1)])
    kept: Array = ordered[first]
    return kept


def seed_of(excerpt: Excerpt) -> int:
    """A seed that belongs to an excerpt, the same on every machine."""
    return zlib.crc32(f"{excerpt.name}:{excerpt.first}".encode()) % 10_000
