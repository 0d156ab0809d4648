"""``make data``: the clean sets of the data folder to the table that the composer learns from, and their card.

The folder is that of ``CUEWRIGHT_DATA``, else ``../shared/data`` beside the clone. The table goes to
``runs/corpus.npz``, the card to ``models/DATA.md``; both depend on the files alone, so that running it again changes
nothing.

Conventions: hours are those of the files' own tempi, bar by bar; a *run* is sixteen consecutive notes of a lead with at
least six different steps among them, compared without regard to key.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import InputError
from models.transformer import vocabulary as v
from models.transformer.corpus import SOURCES, SPLITS, build

Array = npt.NDArray[Any]

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = "CUEWRIGHT_DATA"
TABLE, CARD = ROOT / "runs" / "corpus.npz", ROOT / "models" / "DATA.md"
RUN, VARIED = 16, 6
SHOWN = 30
"""Styles and regions that the card names; the rest are counted together."""
COLLECTIONS = {
    "polish_scores": ("", "Poland (archives)"),
    "openscore_lieder": ("song with piano", "Europe"),
    "openscore_quartets": ("string quartet", "Europe"),
    "openscore_orchestra": ("orchestral movement", "Europe"),
    "freedoom_midi": ("game music: rock, metal, ambient", "not named"),
    "groove_midi": ("", "drum grooves, no region"),
    "mutopia_pd_ccby": ("", "Europe, not named further"),
    "cre_irish": ("traditional dance", "Ireland"),
    "persian_radif": ("radif (dastgah)", "Persia"),
}
"""Style and region of every piece of a source, where its table does not say more."""


def music_folder(environ: Mapping[str, str]) -> Path:
    """The folder of the sets of music.

    Raises
    ------
    InputError
        If it is not there, or holds none of the sets.
    """
    given = environ.get(VARIABLE, "")
    data = Path(given) if given else ROOT.parent / "shared" / "data"
    names = ", ".join(source.name for source in SOURCES)
    legal = f"a folder that has music/ with {names}"
    if not data.is_dir():
        raise InputError(
            f"data folder {str(data)!r}, which is not there", legal,
            f"set {VARIABLE} to it; models/DATA.md names the repositories and commits to fetch",
        )  # fmt: skip
    if not any((data / "music" / source.folder).is_dir() for source in SOURCES):
        raise InputError(f"data folder {str(data)!r}, which holds none of the sets", legal, f"correct {VARIABLE}")
    return data / "music"


def card(music: Path, table: Path, *, files: int) -> str:
    """The data card, as Markdown, of the table that was built from this folder."""
    data = dict(np.load(table))
    hours = hours_of(data)
    notes = notes_of(data)
    piece = data["piece"].astype(np.int64)
    styles, regions, licences = labels(music, data)
    out = [
        "# Data card of the composer", "",
        "Written by `make data` from the clean sets of the data folder (`CUEWRIGHT_DATA`); no other music is learned "
        "from. `models/transformer/corpus.py` reads the files.", "",
        f"{len(piece):,} pieces, {notes.sum():,} notes, {hours.sum():,.0f} hours, {piece[:, 2].sum():,} bars, "
        f"{piece[:, 3].sum():,} parts, out of {files:,} files read. Hours are by the files' own tempi; those of the "
        "Polish set are partly inferred from tempo words, and 100 quarter notes a minute where there are none.", "",
        *_sources(music, piece, notes, hours), "",
        *_splits(data, piece, notes, hours), "",
        *_near_duplicates(data), "",
        "## What a piece becomes", "",
        *_normalised(data), "",
        "## Styles", "", _counted(styles), "",
        "## Regions", "", _counted(regions), "",
        "None of China, Turkey, the Arab world, India, Indonesia, pitched West African or Latin American music: there, "
        "scales, cycles and motions are data in `prompts/regions/`, and no one's encoded tunes.", "",
        "## Licences", "", _counted(licences), "",
    ]  # fmt: skip
    return "\n".join(out)


def hours_of(data: Mapping[str, Array]) -> Array:
    """Hours of each piece (pieces,), by the tempo of each bar."""
    seconds = data["bar"][:, 0].astype(float) / v.STEPS_PER_Q * 60 / data["tempo_bpm"]
    starts = _starts(data["piece"][:, 2])
    hours: Array = np.add.reduceat(seconds, starts) / 3600
    return hours


def notes_of(data: Mapping[str, Array]) -> Array:
    """Notes of each piece (pieces,)."""
    cells = data["piece"][:, 2].astype(np.int64) * data["piece"][:, 3]
    notes: Array = np.add.reduceat(data["cell_notes"].astype(np.int64), _starts(cells))
    return notes


def _starts(counts: Array) -> Array:
    starts: Array = np.concatenate([[0], np.cumsum(counts.astype(np.int64))[:-1]])
    return starts


def _sources(music: Path, piece: Array, notes: Array, hours: Array) -> list[str]:
    lines = ["| source | pieces | notes | hours | licence | repository | commit |", "|---|---|---|---|---|---|---|"]
    for number, source in enumerate(SOURCES):
        own = piece[:, 0] == number
        repository, commit = origin(music / source.name)
        lines.append(
            f"| {source.name} | {own.sum():,} | {notes[own].sum():,} | {hours[own].sum():,.1f} | {source.licence} "
            f"| {repository} | {commit[:8]} |"
        )
    return lines


def origin(folder: Path) -> tuple[str, str]:
    """Repository (owner/name) and commit that a set came from, by its SOURCE.md; empty where it does not say."""
    path = folder / "SOURCE.md"
    text = path.read_text("utf-8") if path.exists() else ""
    repository = re.search(r"repository: https://github\.com/(\S+)", text)
    commit = re.search(r"commit: ([0-9a-f]{8,40})", text)
    return repository[1] if repository else "", commit[1] if commit else ""


def _splits(data: Mapping[str, Array], piece: Array, notes: Array, hours: Array) -> list[str]:
    lines = ["| split | pieces | groups | notes | hours |", "|---|---|---|---|---|"]
    for number, split in enumerate(SPLITS):
        own = piece[:, 1] == number
        groups = len(np.unique(data["group"][own]))
        lines.append(f"| {split} | {own.sum():,} | {groups:,} | {notes[own].sum():,} | {hours[own].sum():,.1f} |")
    return lines


def _near_duplicates(data: Mapping[str, Array]) -> list[str]:
    sizes = np.unique(data["group"], return_counts=True)[1]
    lines = [
        "## Near-duplicates", "",
        "Pieces of one work are one group, and so are pieces whose leads share a run of seventeen notes among a sample "
        f"of sixteen a piece; a group lies in one split: {len(sizes):,} groups, {(sizes > 1).sum():,} of more than one "
        f"piece, the largest of {sizes.max():,}. What is left across splits, on all runs of all leads (a run is "
        "sixteen consecutive notes with at least six different steps among them, compared without regard to key):", "",
        "| split, against train | leads | share a run | over a tenth of their runs | over half | of all runs |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for rhythm in (False, True):
        for split in (1, 2):
            found = shared_runs(data, split, rhythm=rhythm)
            shares = [np.mean(found > least) if len(found) else 0.0 for least in (0.0, 0.1, 0.5)]
            named = f"{SPLITS[split]}, steps{' and lengths' if rhythm else ''}"
            mean = found.mean() if len(found) else 0.0
            lines.append(f"| {named} | {len(found)} | {' | '.join(f'{each:.1%}' for each in (*shares, mean))} |")
    return lines


def shared_runs(data: Mapping[str, Array], split: int, *, rhythm: bool) -> Array:
    """Of each lead of a split, the share of its runs that a lead of the training split has too.

    Parameters
    ----------
    data : mapping of str to array
        The corpus table.
    split : int
    rhythm : bool
        Whether the notes' lengths must be the same, not only the steps between them.
    """
    words, owner = _runs(data, rhythm=rhythm)
    of = data["piece"][owner, 1]
    own = of == split
    known = np.isin(words[own], words[of == 0])
    totals = np.bincount(owner[own])
    shares: Array = (np.bincount(owner[own], known) / np.maximum(totals, 1))[totals > 0]
    return shares


def _runs(data: Mapping[str, Array], *, rhythm: bool) -> tuple[Array, Array]:
    """Every run of every lead as a number, and the piece that it is of."""
    pitch, length, owner = _leads(data)
    step = np.diff(pitch) + 200
    count = len(pitch) - RUN + 1
    if count < 1:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    window = np.lib.stride_tricks.sliding_window_view(step, RUN - 1)
    words = np.zeros(count, np.uint64)
    for place in range(RUN - 1):
        letter = step[place : place + count] * 32 + (length[place : place + count] if rhythm else 0)
        words = (words ^ (words >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15) + letter.astype(np.uint64)
    whole = owner[:count] == owner[RUN - 1 :]
    whole[whole] = (np.diff(np.sort(window[whole], axis=1)) != 0).sum(1) + 1 >= VARIED
    return words[whole], owner[:count][whole]


def _leads(data: Mapping[str, Array]) -> tuple[Array, Array, Array]:
    """Pitch, class of length and piece of every note of every lead, the highest of those that begin together."""
    piece = data["piece"].astype(np.int64)
    bars, parts = piece[:, 2], piece[:, 3]
    cell_piece = np.repeat(np.arange(len(piece)), bars * parts)
    inside = np.arange(len(cell_piece)) - _starts(bars * parts)[cell_piece]
    is_lead = data["role"][_starts(parts)[cell_piece] + inside % parts[cell_piece]] == 0
    cell = np.repeat(np.arange(len(cell_piece)), data["cell_notes"].astype(np.int64))
    chosen = is_lead[cell]
    cell, note = cell[chosen], data["note"][chosen].astype(np.int64)
    order = np.lexsort((-note[:, 1], note[:, 0], cell))
    cell, note = cell[order], note[order]
    first = np.ones(len(note), bool)
    first[1:] = (np.diff(cell) != 0) | (np.diff(note[:, 0]) != 0)
    return note[first, 1], note[first, 2], cell_piece[cell[first]]


def _normalised(data: Mapping[str, Array]) -> list[str]:
    """What the table holds, and how it is augmented."""
    bar = data["bar"].astype(np.int64)
    meters = Counter(f"{beats}/{unit}" for beats, unit in bar[:, 1:3].tolist())
    common = ", ".join(f"{meter} {count / len(bar):.0%}" for meter, count in meters.most_common(6))
    roles = ", ".join(f"{name} {np.sum(data['role'] == at):,}" for at, name in enumerate(v.ROLES))
    minor, none = np.mean(bar[:, 4] == 1), np.mean(bar[:, [6, 8]] == len(v.QUALITIES) - 1)
    return [
        f"- Time: {v.STEPS_PER_Q} steps a quarter note, so that sixteenths and triplets are exact. Metre bar by bar "
        f"({common}); bars over {v.LONGEST_BAR // v.STEPS_PER_Q} quarters are left out. Tempo bar by bar, in the table "
        "but not in the network's rows.",
        f"- Key and mode of every bar, from the eight around it ({minor:.0%} minor); a chord for each half bar, ten "
        f"qualities ({none:.0%} of half bars silent).",
        f"- Parts by role: {roles}. A keyboard is read as two players.",
        "- Augmentation while training: transposition by -5 to 6 semitones, parts left out, cells given, jumps to a "
        "later place, controls hidden, dynamics scaled by 0.85 to 1.15 where a piece has any (this last is newer than "
        "the published weights). Tempo needs no scaling: rows count steps, not seconds.",
    ]


def labels(music: Path, data: Mapping[str, Array]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """How many pieces have each style, region and licence."""
    tables = {name: _table(music / name) for name in ("polish_scores", "mutopia_pd_ccby", "groove_midi")}
    styles, regions, licences = Counter[str](), Counter[str](), Counter[str]()
    for number, path in zip(data["piece"][:, 0].tolist(), data["paths"].tolist(), strict=True):
        source = SOURCES[number]
        row = tables.get(source.name, {}).get(path.removeprefix("mid/"), {})
        style, region = COLLECTIONS[source.name]
        said = row.get("genre") or row.get("style") or style or "not named"
        if source.name == "groove_midi":
            said = f"drums: {said.split('/')[0]}"
        styles["; ".join(said.split("; ")[:2])] += 1
        regions[row.get("region") or region] += 1
        licences[f"{row['licence']} (Mutopia)" if row.get("licence") else source.licence] += 1
    return styles, regions, licences


def _table(folder: Path) -> dict[str, dict[str, str]]:
    """A set's own table by file."""
    for name, column in (("meta.csv", "file"), ("info.csv", "midi_filename")):
        path = folder / name
        if path.exists():
            with path.open(encoding="utf-8") as file:
                return {row[column].removeprefix("mid/"): row for row in csv.DictReader(file)}
    return {}


def _counted(counts: Counter[str]) -> str:
    """Names with their counts, the commonest first, the rest together."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rest: Iterable[tuple[str, int]] = ranked[SHOWN:]
    named = [f"{name} {count:,}" for name, count in ranked[:SHOWN]]
    others = sum(count for _, count in rest)
    return ", ".join([*named, f"{len(ranked) - SHOWN} others {others:,}"] if others else named) + "."


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="make data", description=__doc__)
    parser.add_argument("--out", type=Path, default=TABLE)
    parser.add_argument("--card", type=Path, default=CARD)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    try:
        music = music_folder(os.environ)
    except InputError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stderr.write(f"reading {music} (a minute or two) ...\n")
    figures = build(music, options.out, workers=options.workers)
    options.card.write_text(card(music, options.out, files=figures["files"]), "utf-8")
    sys.stderr.write(f"{figures['pieces']:,} pieces, {figures['notes']:,} notes: {options.out}; {options.card}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
