"""MIDI files to arrays: what the composer learns from.

Conventions: a piece is a dense grid of (bar, part) cells, each a slice of the note table; time within a bar in steps of
`vocabulary.STEPS_PER_Q`; key and mode are found per eight bars, chords per half bar, roles per part. Pieces that share
melodies are one group, and a group lies in one split. symusic reads the files.

Sources of method: Krumhansl and Kessler 1982 (key profiles); Temperley 2007 (key from weighted pitch classes).
"""

from __future__ import annotations

import csv
import hashlib
import multiprocessing
import os
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.transformer import vocabulary as v

Array = npt.NDArray[Any]

KRUMHANSL = np.array(
    [
        [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
        [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
    ]
)
CHORDS = {
    "maj": (0, 4, 7), "min": (0, 3, 7), "dim": (0, 3, 6), "aug": (0, 4, 8), "sus4": (0, 5, 7), "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11), "min7": (0, 3, 7, 10), "m7b5": (0, 3, 6, 10), "5": (0, 7),
}  # fmt: skip
SPLITS = ("train", "validation", "test")
DEFAULT_BPM = 120.0
LEAST_OF_A_PART, LEAST_NOTES = 8, 32
"""Notes below which a part, and a piece, is left out."""


@dataclass(frozen=True)
class Source:
    """One set of files: folder below the music folder, licence, how often a piece is drawn, flat velocities or not."""

    name: str
    folder: str
    licence: str
    weight: float
    drums_only: bool = False


SOURCES = (
    Source("polish_scores", "polish_scores/mid", "CC BY 4.0", 1.0),
    Source("openscore_lieder", "openscore_lieder", "CC0", 1.0),
    Source("openscore_quartets", "openscore_quartets", "CC0", 1.2),
    Source("openscore_orchestra", "openscore_orchestra", "CC0", 3.0),
    Source("freedoom_midi", "freedoom_midi", "BSD-3-Clause", 3.0),
    Source("groove_midi", "groove_midi", "CC BY 4.0", 1.0, drums_only=True),
    Source("mutopia_pd_ccby", "mutopia_pd_ccby", "public domain or CC BY, per piece", 1.0),
    Source("cre_irish", "cre_irish", "Unlicense / CC BY 4.0", 1.0),
    Source("persian_radif", "persian_radif", "MIT", 0.5),
)


@dataclass
class Piece:
    """One piece as arrays; ``notes`` columns are bar, part, onset, pitch, length (steps), velocity."""

    name: str
    source: int
    roles: list[int]
    families: list[int]
    bars: Array
    """Columns: length in steps, beats, unit."""
    tempo_bpm: Array
    """Quarter notes a minute where each bar begins."""
    notes: Array
    grams: frozenset[int]
    path: str = ""
    """The file, below the music folder's folder of its source."""


def find_files(music: Path) -> Iterator[tuple[int, Path]]:
    """Every file that may be learned from, with its source's number."""
    small = _part_books(music)
    for number, source in enumerate(SOURCES):
        for path in sorted((music / source.folder).rglob("*.mid")):
            if path.name not in small:
                yield number, path


def _part_books(music: Path) -> set[str]:
    """Names of Polish files that are left out: single part-books, and half of early sacred vocal music."""
    left_out: set[str] = set()
    table = music / "polish_scores" / "meta.csv"
    if not table.exists():
        return left_out
    with table.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            name = Path(row["file"]).name
            players = re.findall(r"(\d+) (\w+)", row["instruments"])
            alone = sum(int(count) for count, _ in players) == 1
            early = row["century"][:2] in ("15", "16") and "Secular" not in row["genre"]
            digest = int(hashlib.sha1(name.encode()).hexdigest(), 16)
            melodic = {"piano", "organ", "guitr", "lute", "harp", "cemba", "klavi", "clavi"}
            if (alone and not melodic & {code for _, code in players}) or (early and digest % 4):
                left_out.add(name)
    return left_out


def read_piece(task: tuple[int, Path]) -> Piece | None:
    """One file as a piece; None when it cannot be read or holds too little."""
    found = read_or_say_why(task)
    return None if isinstance(found, str) else found


def read_or_say_why(task: tuple[int, Path]) -> Piece | str:
    """One file as a piece, or why it cannot be learned from."""
    import symusic

    source, path = task
    try:
        score = symusic.Score(str(path))
    except (RuntimeError, ValueError, OSError):
        return "is no MIDI file that can be read"
    per_q = score.ticks_per_quarter
    bars, starts = _bars(score, per_q)
    if bars is None:
        return f"has a bar longer than {v.LONGEST_BAR // v.STEPS_PER_Q} quarter notes, or is hours long"
    rows: list[tuple[Array, Array]] = []
    roles: list[int] = []
    families: list[int] = []
    for track in score.tracks:
        raw = track.notes.numpy()
        if len(raw["time"]) < LEAST_OF_A_PART:
            continue
        table = _place(raw, per_q, starts, bars)
        for part in _split_hands(track, table):
            if len(part) >= LEAST_OF_A_PART:
                rows.append((np.full(len(part), len(rows)), part))
                families.append(16 if track.is_drum else track.program // 8)
                roles.append(4 if track.is_drum else -1)
    if not rows or sum(len(part) for _, part in rows) < LEAST_NOTES:
        return f"has fewer than {LEAST_NOTES} notes in parts of at least {LEAST_OF_A_PART}"
    _find_roles(rows, roles, families)
    notes = np.concatenate([np.column_stack([part[:, :1], index, part[:, 1:]]) for index, part in rows])
    notes = notes[np.lexsort((notes[:, 3], notes[:, 2], notes[:, 1], notes[:, 0]))]
    notes = notes[np.concatenate([[True], (np.diff(notes[:, :4], axis=0) != 0).any(axis=1)])]
    used = int(notes[:, 0].max()) + 1
    tempo = _tempo(score, starts[:used])
    return Piece(str(path.name), source, roles, families, bars[:used], tempo, notes, _grams(rows, roles), _below(path))


def _below(path: Path) -> str:
    """A file's place below the folder of its source."""
    folders = path.as_posix().split("/")
    first = max((at for at, name in enumerate(folders) if name in {source.name for source in SOURCES}), default=-1)
    return "/".join(folders[first + 1 :])


def _tempo(score: Any, starts: Array) -> Array:
    """Quarter notes a minute at each of these places (steps); 120 where a file says nothing, as MIDI has it."""
    changes = sorted((s.time / score.ticks_per_quarter * v.STEPS_PER_Q, s.qpm) for s in score.tempos)
    if not changes:
        return np.full(len(starts), DEFAULT_BPM)
    at = np.searchsorted([place for place, _ in changes], starts + 0.5, side="right") - 1
    tempo: Array = np.array([bpm for _, bpm in changes])[np.maximum(at, 0)]
    return tempo


def _bars(score: Any, per_q: int) -> tuple[Array | None, Array]:
    """Bar lengths and starts (steps); None where a bar is too long or the piece too large."""
    end = score.end() / per_q * v.STEPS_PER_Q
    changes = [(round(s.time / per_q * v.STEPS_PER_Q), s.numerator, s.denominator) for s in score.time_signatures]
    if not changes or changes[0][0] > 0:
        changes.insert(0, (0, 4, 4))
    bars, starts, at = [], [], 0.0
    for index, (_, beats, unit) in enumerate(changes):
        until = changes[index + 1][0] if index + 1 < len(changes) else end
        length = beats * 4 * v.STEPS_PER_Q / unit
        if not 6 <= length <= v.LONGEST_BAR or length != int(length) or end > 3_000_000:
            return None, np.zeros(0)
        while at < until - 0.5:
            bars.append((int(length), beats, unit))
            starts.append(at)
            at += length
        if index + 1 < len(changes):
            at = float(until)
    return np.array(bars), np.array(starts)


def _place(raw: dict[str, Array], per_q: int, starts: Array, bars: Array) -> Array:
    """Notes on the grid: columns bar, onset, pitch, length, velocity."""
    onset = np.rint(raw["time"] / per_q * v.STEPS_PER_Q)
    length = np.maximum(1, np.rint(raw["duration"] / per_q * v.STEPS_PER_Q))
    bar = np.clip(np.searchsorted(starts, onset, side="right") - 1, 0, len(bars) - 1)
    inside = onset - starts[bar]
    keep = (inside >= 0) & (inside < bars[bar, 0])
    table: Array = np.column_stack([bar, inside, raw["pitch"], length, raw["velocity"]])[keep].astype(np.int64)
    return table


def _split_hands(track: Any, table: Array) -> list[Array]:
    """A keyboard's single track as two players, its upper line and the rest; any other track as it is."""
    if track.is_drum or track.program // 8 not in (0, 1, 2) or len(table) < 16:
        return [table]
    order = np.lexsort((-table[:, 2], table[:, 1], table[:, 0]))
    table = table[order]
    first = np.concatenate([[True], (np.diff(table[:, :2], axis=0) != 0).any(axis=1)])
    upper = first & (table[:, 2] >= 60)
    if first.mean() > 0.9 or upper.mean() < 0.15:
        return [table]
    return [table[upper], table[~upper]]


def _find_roles(rows: list[tuple[Array, Array]], roles: list[int], families: list[int]) -> None:
    """Lead is the highest line, bass the lowest, harmony what plays chords, counter the other lines."""
    pitched = [index for index, role in enumerate(roles) if role < 0]
    if not pitched:
        return
    height = {index: float(np.median(rows[index][1][:, 2])) for index in pitched}
    chords = {}
    for index in pitched:
        part = rows[index][1]
        chords[index] = len(part) / max(1, len(np.unique(part[:, 0] * 100 + part[:, 1])))
    voices = [index for index in pitched if families[index] == 6 and chords[index] < 1.3]
    lines = voices or [index for index in pitched if chords[index] < 1.5]
    lead = max(lines or pitched, key=lambda index: height[index])
    low = min(pitched, key=lambda index: height[index])
    for index in pitched:
        if index == lead:
            roles[index] = 0
        elif index == low and height[index] < 57:
            roles[index] = 3
        else:
            roles[index] = 2 if chords[index] >= 1.4 else 1


def _grams(rows: list[tuple[Array, Array]], roles: list[int]) -> frozenset[int]:
    """A sketch of the lead's melody: the smallest hashes of its varied runs of sixteen intervals."""
    lead = next((part for (_, part), role in zip(rows, roles, strict=True) if role == 0), None)
    if lead is None or len(lead) < 16:
        return frozenset()
    lead = lead[np.lexsort((-lead[:, 2], lead[:, 1], lead[:, 0]))]
    steps = np.diff(lead[:, 2])
    runs = (steps[at : at + 16] for at in range(len(steps) - 16))
    hashes = {zlib.crc32(run.tobytes()) for run in runs if len(np.unique(run)) >= 6}
    return frozenset(sorted(hashes)[:16])


def group(pieces: list[Piece]) -> list[int]:
    """Numbers such that pieces which share melodies have the same one."""
    parent = list(range(len(pieces)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    holders: dict[object, int] = {}
    for index, piece in enumerate(pieces):
        work = re.sub(r"(__m\d+|-\d+|[._ ]?mvt?\d+).*$", "", piece.name)
        for key in (*piece.grams, (piece.source, work)):
            if key in holders:
                parent[root(index)] = root(holders[key])
            else:
                holders[key] = index
    return [root(index) for index in range(len(pieces))]


def chords_of(piece: Piece) -> tuple[Array, Array]:
    """Key (bars, 2: tonic, mode) and chords (bars, 2, 2: half, root and quality) of a piece."""
    chroma = np.zeros((len(piece.bars), 2, 12))
    notes = piece.notes[np.array(piece.roles)[piece.notes[:, 1]] != 4]
    half = (notes[:, 2] * 2 >= piece.bars[notes[:, 0], 0]).astype(int)
    weight = np.minimum(notes[:, 4], 24) * np.where(notes[:, 3] < 55, 1.5, 1.0)
    np.add.at(chroma, (notes[:, 0], half, notes[:, 3] % 12), weight)
    spill = notes[:, 2] + notes[:, 4] - piece.bars[notes[:, 0], 0] // 2
    late = (half == 0) & (spill > 2)
    np.add.at(chroma, (notes[late, 0], 1, notes[late, 3] % 12), np.minimum(spill[late], 24))
    return _keys(chroma.sum(axis=1)), _chords(chroma)


def _keys(chroma: Array) -> Array:
    """Tonic and mode of each bar, from the eight bars around it."""
    sums = np.cumsum(np.vstack([np.zeros(12), chroma]), axis=0)
    index = np.arange(len(chroma))
    around = sums[np.minimum(index + 5, len(chroma))] - sums[np.maximum(index - 4, 0)]
    profiles = np.stack([np.roll(KRUMHANSL[mode], tonic) for mode in (0, 1) for tonic in range(12)])
    profiles = (profiles - profiles.mean(1, keepdims=True)) / profiles.std(1, keepdims=True)
    centred = around - around.mean(1, keepdims=True)
    best = (centred @ profiles.T).argmax(1)
    keys: Array = np.column_stack([best % 12, best // 12])
    return keys


def _chords(chroma: Array) -> Array:
    """Root and quality of each half bar; silence carries the last chord on."""
    templates, labels = [], []
    for number, quality in enumerate(v.QUALITIES[:-1]):
        for root in range(12):
            template = np.full(12, -0.45)
            template[[(root + step) % 12 for step in CHORDS[quality]]] = 1.0
            template[root] = 1.25
            templates.append(template / (1 + 0.12 * len(CHORDS[quality])))
            labels.append((root, number))
    flat = chroma.reshape(-1, 12)
    total = flat.sum(1)
    found = np.array(labels)[((flat / (total[:, None] + 1e-9)) @ np.array(templates).T).argmax(1)]
    found[total < 4] = (0, len(v.QUALITIES) - 1)
    chords: Array = found.reshape(len(chroma), 2, 2)
    return chords


def build(music: Path, target: Path, *, workers: int = 2) -> dict[str, Any]:
    """Read every file below ``music`` and write one compressed table to ``target``; returns the data card's figures."""
    tasks = list(find_files(music))
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        pieces = [piece for piece in pool.imap(read_piece, tasks, chunksize=32) if piece is not None]
    groups = group(pieces)
    arrays = arrays_of(pieces, [_split(number) for number in groups])
    target.parent.mkdir(parents=True, exist_ok=True)
    everything: dict[str, Any] = arrays | {
        "names": np.array([piece.name for piece in pieces]),
        "paths": np.array([piece.path for piece in pieces]),
        "group": np.array(groups, np.int32),
    }
    unfinished = target.with_name("unfinished-" + target.name)
    np.savez_compressed(unfinished, **everything)
    os.replace(unfinished, target)
    return card(pieces, arrays, files=len(tasks))


def arrays_of(pieces: Sequence[Piece], splits: Sequence[int]) -> dict[str, Array]:
    """The table of some pieces, each in its split."""
    table: dict[str, list[Array]] = defaultdict(list)
    for piece, split in zip(pieces, splits, strict=True):
        keys, chords = chords_of(piece)
        table["piece"].append(np.array([piece.source, split, len(piece.bars), len(piece.roles)], np.int32))
        table["role"].append(np.array(piece.roles, np.uint8))
        table["family"].append(np.array(piece.families, np.uint8))
        table["tempo_bpm"].append(piece.tempo_bpm.astype(np.float32))
        table["bar"].append(np.column_stack([piece.bars, keys, chords.reshape(-1, 4)]).astype(np.uint8))
        cell = piece.notes[:, 0] * len(piece.roles) + piece.notes[:, 1]
        table["cell_notes"].append(np.bincount(cell, minlength=len(piece.bars) * len(piece.roles)).astype(np.uint8))
        drums = np.array(piece.roles)[piece.notes[:, 1]] == 4
        table["note"].append(
            np.column_stack(
                [
                    piece.notes[:, 2],
                    np.clip(piece.notes[:, 3], 0, 127) + v.DRUM_OFFSET * drums,
                    v.nearest(piece.notes[:, 4], v.LENGTHS),
                    v.nearest(piece.notes[:, 5], v.VELOCITIES),
                ]
            ).astype(np.uint8)
        )
    return {name: np.stack(rows) if name == "piece" else np.concatenate(rows) for name, rows in table.items()}


def _split(number: int) -> int:
    """0 train (94 %), 1 validation, 2 test, by the group's number."""
    digest = int(hashlib.sha1(str(number).encode()).hexdigest(), 16) % 100
    return 0 if digest < 94 else 1 if digest < 97 else 2


def card(pieces: list[Piece], arrays: dict[str, Array], *, files: int) -> dict[str, Any]:
    """Pieces and notes by source and split."""
    figures: dict[str, Any] = {"files": files, "pieces": len(pieces), "notes": len(arrays["note"])}
    for number, source in enumerate(SOURCES):
        chosen = [piece for piece in pieces if piece.source == number]
        figures[source.name] = {
            "pieces": len(chosen),
            "notes": int(sum(len(piece.notes) for piece in chosen)),
            "licence": source.licence,
        }
    for number, split in enumerate(SPLITS):
        figures[split] = int((arrays["piece"][:, 1] == number).sum())
    return figures
