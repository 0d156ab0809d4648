"""Slices of the composer's own pieces: some to rehearse while it is tuned, some to show that it has not forgotten.

``python -m models.tuning.remembered`` cuts them out of the table of ``make data`` (`models.transformer.data`) again.

Conventions: a few pieces of every collection, each cut to its first bars, in a table as `models.transformer.corpus`
writes it, ``names`` its files. What is rehearsed is of the training split, what is measured of the validation split,
none of which the published weights learned from.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.transformer.data import TABLE

Array = npt.NDArray[Any]
FOLDER = Path(__file__).parent / "data"
REHEARSED, REMEMBERED = FOLDER / "rehearsed.npz", FOLDER / "remembered.npz"
PIECES = {REHEARSED: (0, 32), REMEMBERED: (1, 6)}
"""Split, and pieces of each collection at most."""
BARS = 24


def cut(data: Mapping[str, Array], split: int, count: int) -> dict[str, Array]:
    """The slice of a table: so many pieces of each collection at most, all in the split that they come from."""
    piece = data["piece"].astype(np.int64)
    bars, parts = piece[:, 2], piece[:, 3]
    chosen = [at for number in np.unique(piece[:, 0]) for at in _of(piece, int(number), split, count)]
    kept = np.minimum(bars, BARS)
    note_start = _starts(data["cell_notes"].astype(np.int64))
    starts = {"part": _starts(parts), "bar": _starts(bars), "cell": _starts(bars * parts)}
    out: dict[str, list[Array]] = {name: [] for name in ("role", "family", "bar", "cell_notes", "note")}
    for at in chosen:
        own = slice(starts["part"][at], starts["part"][at] + parts[at])
        out["role"].append(data["role"][own])
        out["family"].append(data["family"][own])
        out["bar"].append(data["bar"][starts["bar"][at] : starts["bar"][at] + kept[at]])
        cells = slice(starts["cell"][at], starts["cell"][at] + kept[at] * parts[at])
        counts = data["cell_notes"][cells]
        out["cell_notes"].append(counts)
        first = note_start[cells.start]
        out["note"].append(data["note"][first : first + counts.astype(np.int64).sum()])
    table = {name: np.concatenate(rows) for name, rows in out.items()}
    heads = np.column_stack([piece[chosen, 0], np.full(len(chosen), split), kept[chosen], parts[chosen]]).astype(
        np.int32
    )
    return table | {"piece": heads, "names": data["names"][chosen]}


def _of(piece: Array, number: int, split: int, count: int) -> Array:
    """Pieces of one collection, evenly spread over a split."""
    there: Array = np.flatnonzero(
        (piece[:, 0] == number) & (piece[:, 1] == split) & (piece[:, 2] >= 8) & (piece[:, 3] <= 12)
    )
    chosen: Array = there[np.linspace(0, len(there) - 1, min(count, len(there))).astype(int)]
    return chosen


def _starts(counts: Array) -> Array:
    starts: Array = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return starts


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m models.tuning.remembered", description=__doc__.split("\n")[0])
    parser.add_argument("--table", type=Path, default=TABLE)
    options = parser.parse_args(arguments)
    FOLDER.mkdir(exist_ok=True)
    data = dict(np.load(options.table))
    for path, (split, count) in PIECES.items():
        np.savez_compressed(path, **cut(data, split, count))  # type: ignore[arg-type]  # its stub wants one array
        sys.stderr.write(f"{path}: {path.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
