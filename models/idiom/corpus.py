"""The regional sets: which files speak for which region, read as lines, and parted by piece.

Conventions: a *tune* is the line of one file and the region that it speaks for, or `ELSEWHERE`. Tunes that share
stretches of melody are one group, and a group lies in one of the parts that are `dealt`. Only
what is traditional there, or was written in the idiom itself (ragtime), speaks for a region: Grieg, Tchaikovsky and Sor
do not. symusic reads the files.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.idiom.lines import Line, line_of
from models.transformer import vocabulary as v

ELSEWHERE = "elsewhere"
REGIONS = ("ireland", "persia", "nordic", "japan", "new-orleans")
CLASSES = (*REGIONS, ELSEWHERE)
MUTOPIA = {"Sweden": "nordic", "Japan": "japan", "US ragtime": "new-orleans"}
"""What `meta.csv` calls the region of files that speak for one of ours."""
OTHERS = 260
"""How many files of each of three other sets speak for everywhere else."""
SHORTEST, LONGEST = 24, 1200
"""Notes of a tune: fewer say nothing, more are cut off so that no piece outweighs the rest."""
GRAM = 9
"""Moves of the stretches by which near duplicates are found."""
ALIKE = 0.35
"""Share of the shorter tune's stretches from which on two are one group."""
PARTS, HELD_OUT = 10, 3


@dataclass(frozen=True)
class Tune:
    """One tune: its file below the music folder, its region, line, metres (first step, beats, unit) and group."""

    name: str
    region: str
    line: Line
    meters: tuple[tuple[int, int, int], ...] = ()
    group: int = -1


def files(music: Path) -> Iterator[tuple[str, Path]]:
    """Every file that is read, with the region that it speaks for."""
    for path in sorted((music / "cre_irish").rglob("*.mid")):
        yield "ireland", path
    for path in sorted((music / "persian_radif").rglob("*.mid")):
        yield "persia", path
    folder = music / "mutopia_pd_ccby"
    plain: list[Path] = []
    with (folder / "meta.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            region = MUTOPIA.get(row["region"])
            if region:
                yield region, folder / row["file"]
            elif row["region"] in ("", "Czech", "Norway", "Russia") and row["style"] in (
                "Classical",
                "Romantic",
                "Song",
            ):
                plain.append(folder / row["file"])
    for others in (plain, (music / "openscore_lieder").rglob("*.mid"), (music / "polish_scores").rglob("*.mid")):
        for path in sorted(others, key=_draw)[:OTHERS]:
            yield ELSEWHERE, path


def _draw(path: Path) -> str:
    return hashlib.sha1(path.name.encode()).hexdigest()


def read(music: Path) -> list[Tune]:
    """Every tune that can be read, grouped."""
    tunes = []
    for region, path in files(music):
        found = read_line(path)
        if found is not None:
            tunes.append(Tune(path.relative_to(music).as_posix(), region, *found))
    groups = grouped([tune.line for tune in tunes])
    return [replace(tune, group=group) for tune, group in zip(tunes, groups, strict=True)]


def read_line(path: Path) -> tuple[Line, tuple[tuple[int, int, int], ...]] | None:
    """The tune of a file (its highest track's) and its metres; None when it cannot be read or is too short."""
    import symusic

    try:
        score = symusic.Score(str(path))
    except (RuntimeError, ValueError, OSError):
        return None
    tracks = [track for track in score.tracks if len(track.notes) >= SHORTEST and not track.is_drum]
    if not tracks:
        return None
    rows = [track.notes.numpy() for track in tracks]
    raw = max(rows, key=lambda each: float(np.average(each["pitch"], weights=np.maximum(each["duration"], 1))))
    step = score.ticks_per_quarter / v.STEPS_PER_Q
    onsets = np.rint(raw["time"] / step).astype(np.int64)
    lengths = np.maximum(1, np.rint(raw["duration"] / step)).astype(np.int64)
    line = line_of(onsets, lengths, raw["pitch"].astype(np.int64))
    if len(line) < SHORTEST:
        return None
    meters = tuple((round(sign.time / step), sign.numerator, sign.denominator) for sign in score.time_signatures)
    return Line(line.onsets[:LONGEST], line.lengths[:LONGEST], line.pitches[:LONGEST]), meters


def grouped(lines: Sequence[Line]) -> list[int]:
    """A number for each line, the same for those that share melody."""
    grams = [_grams(line) for line in lines]
    holders: dict[int, list[int]] = defaultdict(list)
    for index, own in enumerate(grams):
        for gram in own:
            holders[gram].append(index)
    parent = list(range(len(lines)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for index, own in enumerate(grams):
        shared = Counter(other for gram in own for other in holders[gram] if other > index)
        for other, count in shared.items():
            if count >= max(4, ALIKE * min(len(own), len(grams[other]))):
                parent[root(other)] = root(index)
    return [root(index) for index in range(len(lines))]


def _grams(line: Line) -> frozenset[int]:
    """Hashes of the stretches of intervals of a line, the monotonous ones left out."""
    moves = line.intervals.tolist()
    runs = (tuple(moves[at : at + GRAM]) for at in range(len(moves) - GRAM + 1))
    return frozenset(hash(run) for run in runs if len(set(run)) > 3)


def dealt(tunes: Sequence[Tune], parts: int) -> list[int]:
    """A part for each tune, 0 to ``parts`` - 1: whole groups, dealt so that every region's parts are about equal."""
    out = [0] * len(tunes)
    for region in CLASSES:
        members: dict[int, list[int]] = defaultdict(list)
        for index, tune in enumerate(tunes):
            if tune.region == region:
                members[tune.group].append(index)
        filled = [0] * parts
        order = sorted(members.values(), key=lambda own: (-len(own), _draw(Path(tunes[own[0]].name))))
        for own in order:
            least = min(range(parts), key=lambda part: (filled[part], part))
            filled[least] += len(own)
            for index in own:
                out[index] = least
    return out


def parted(tunes: Sequence[Tune]) -> tuple[list[Tune], list[Tune]]:
    """The tunes that are learned from, and those that are held out: `HELD_OUT` parts of `PARTS`."""
    parts = dealt(tunes, PARTS)
    learned = [tune for tune, part in zip(tunes, parts, strict=True) if part >= HELD_OUT]
    return learned, [tune for tune, part in zip(tunes, parts, strict=True) if part < HELD_OUT]
