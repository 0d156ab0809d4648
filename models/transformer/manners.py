"""Measure the manners of training works: ``python -m models.transformer.manners [--corpus FILE] [--count N]``.

Conventions: stretches of 16 bars of works of the training split, cut as held-out works are for comparison
(`models.evaluation.held_out`), works before second helpings of the same work. What is stored of each are counts by
role and a few numbers of the whole; no order of notes, so no music can be read back.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.evaluation import held_out
from models.evaluation.held_out import Excerpt, Sheet
from models.published import digest_of
from models.transformer import vocabulary as v
from models.transformer.manner import FILE, FOLDER, HEAD, ROLES, WIDEST
from models.transformer.windows import Corpus

Array = npt.NDArray[Any]
COUNT = 700
TRAINING = (0,)


def measured(corpus: Corpus, chosen: Sequence[Excerpt]) -> dict[str, Array]:
    """The table of these stretches: counts (stretches, roles, classes) and what is known of each as a whole."""
    sheets = [held_out.real(corpus, each) for each in chosen]
    counts = [_counts(sheet, each) for sheet, each in zip(sheets, chosen, strict=True)]
    table = {
        name: np.stack([each[name] for each in counts]).astype(np.uint16) for name in ("moves", "lengths", "places")
    }
    works = [_about(corpus, each, sheet) for each, sheet in zip(chosen, sheets, strict=True)]
    return table | {"works": np.array(works, np.float32)}


def _counts(sheet: Sheet, excerpt: Excerpt) -> dict[str, Array]:
    """Moves of lines, classes of length, and places within a quarter of each role."""
    out = {
        "moves": np.zeros((len(ROLES), 2 * WIDEST + 1)),
        "lengths": np.zeros((len(ROLES), len(v.LENGTHS))),
        "places": np.zeros((len(ROLES), v.STEPS_PER_Q)),
    }
    for voice in excerpt.voices:
        notes, role = sheet[voice.id], ROLES.index(voice.role)
        if voice.role in held_out.LINES:
            moves = np.clip(np.diff(notes[:, 2]), -WIDEST, WIDEST) + WIDEST
            out["moves"][role] += np.bincount(moves, minlength=2 * WIDEST + 1)
        out["lengths"][role] += np.bincount(v.nearest(notes[:, 3], v.LENGTHS), minlength=len(v.LENGTHS))
        onsets = np.unique(notes[:, :2], axis=0)
        out["places"][role] += np.bincount(onsets[:, 1] % v.STEPS_PER_Q, minlength=v.STEPS_PER_Q)
    return out


def _about(corpus: Corpus, excerpt: Excerpt, sheet: Sheet) -> tuple[float, ...]:
    """Collection, steps of a bar, the lead's onsets in a quarter note, minor (0, 1), notes of a chord."""
    start = corpus.bar_start[excerpt.piece] + excerpt.first
    rows = corpus.bar[start : start + excerpt.bars].astype(int)
    steps = int(rows[0, 0])
    onsets = {
        role: sum(len(np.unique(sheet[each.id][:, :2], axis=0)) for each in excerpt.voices if each.role == role)
        for role in ("lead", "harmony")
    }
    notes = sum(len(sheet[each.id]) for each in excerpt.voices if each.role == "harmony")
    is_minor = float(np.mean(rows[:, 4] == v.MODES.index("minor")) > 0.5)
    quarters = excerpt.bars * steps / v.STEPS_PER_Q
    return (excerpt.source, steps, onsets["lead"] / quarters, is_minor, notes / max(1, onsets["harmony"]))


def write(table: dict[str, Array], folder: Path = FOLDER) -> Path:
    """The file and what it must hash to."""
    from safetensors.numpy import save

    path = folder / FILE
    path.write_bytes(save({name: np.ascontiguousarray(array) for name, array in table.items()}))
    (folder / HEAD).write_text(
        "# Shares of moves, lengths and places of stretches of training works (`models.transformer.manners`).\n"
        "# They were counted in the works that weights.toml names.\n"
        f'file = "{FILE}"\nsha256 = "{digest_of(path)}"\nstretches = {len(table["works"])}\n',
        "utf-8",
    )
    return path


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("runs/corpus.npz"))
    parser.add_argument("--count", type=int, default=COUNT)
    options = parser.parse_args()
    corpus, names = Corpus.load(options.corpus), held_out.names_of(options.corpus)
    chosen = held_out.excerpts(corpus, names, count=options.count, splits=TRAINING, seed=23)
    path = write(measured(corpus, chosen))
    works = len({each.work for each in chosen})
    sys.stdout.write(f"{len(chosen)} stretches of {works} works: {path}, {path.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
