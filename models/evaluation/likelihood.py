"""How well is held-out music foreseen? ``python -m models.evaluation.likelihood --corpus FILE [--windows N]``.

The published weights, a Markov chain of third order counted on the training split, and the GRU of equal size, in bits a
note (onset or end, pitch and length) on the same windows of pieces that no model has seen.

Conventions: less is better; the splits are those of the corpus table. The GRU's weights are not published, so its
figures are those of its training run; the others are worked out anew.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from models.transformer.corpus import SPLITS

MEASURED = (1, 2)
"""Validation and test."""
WINDOWS, LENGTH = 256, 1024
GRU_MILLIONS, GRU_BITS = 6.50, {1: 3.13, 2: 3.08}
"""Parameters and bits a note of the GRU, as its training run measured them (`models/CARDS.md`): the rows, heads,
settings and minutes of the composer's run, ``python -m models.transformer.train --kind gru``."""


def of_weights(corpus: Path, *, windows: int = WINDOWS) -> tuple[float, dict[int, float]]:
    """Millions of parameters of the published weights, and their bits a note on each split."""
    from models.transformer.train import Recipe, evaluate
    from models.transformer.weights import load_composer
    from models.transformer.windows import Corpus

    table, model = Corpus.load(corpus), load_composer()
    recipe = Recipe(str(corpus), "", window=LENGTH)
    bits = {split: evaluate(model, table, recipe, split=split, windows=windows)["bits_a_note"] for split in MEASURED}
    model.eval()
    return sum(each.numel() for each in model.parameters()) / 1e6, bits


def of_chain(corpus: Path, *, windows: int = WINDOWS) -> dict[int, float]:
    """Bits a note of the Markov chain on each split."""
    from models.transformer.baselines import markov
    from models.transformer.windows import Corpus

    found = markov(Corpus.load(corpus), splits=MEASURED, windows=windows, length=LENGTH)
    return {split: bits["bits_a_note"] for split, bits in found.items()}


def report(
    *, corpus: Path | None, engines: Sequence[str] = ("rules", "composer"), seeds: int = 1, windows: int = WINDOWS
) -> str:
    """Bits a note of the three, as Markdown; ``engines`` and ``seeds`` change nothing here.

    Parameters
    ----------
    corpus : Path or None
        The table of `models.transformer.corpus.build`; without it there is nothing to foresee.
    engines : sequence of str
    seeds : int
    windows : int
        Windows of each split, of 1,024 rows.
    """
    del engines, seeds
    if corpus is None:
        return "Bits a note were not measured: that needs the corpus (`make data`, or `--corpus FILE`).\n"
    millions, own = of_weights(corpus, windows=windows)
    chain = of_chain(corpus, windows=windows)
    rows = (
        ("composer, the published weights", f"{millions:.2f} M", own),
        (
            "GRU, the same rows, heads, time and settings (recorded when it was trained)",
            f"{GRU_MILLIONS:.2f} M",
            GRU_BITS,
        ),
        ("Markov chain of third order, by role", "", chain),
    )
    lines = ["| model | parameters | " + " | ".join(SPLITS[split] for split in MEASURED) + " |", "|---|---|---|---|"]
    for name, size, bits in rows:
        lines.append(f"| {name} | {size} | " + " | ".join(f"{bits[split]:.2f}" for split in MEASURED) + " |")
    said = (
        f"Bits a note (onset or end, pitch and length), the mean over {windows} windows of {LENGTH:,} rows of pieces "
        "never seen; less is better. GRU and composer are told each cell's controls (chords, density, register, "
        "likeness to earlier bars); the chain knows role, metre, mode and the three events before."
    )
    return "\n".join([*lines, "", said]) + "\n"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--windows", type=int, default=WINDOWS)
    options = parser.parse_args()
    sys.stdout.write(report(corpus=options.corpus, windows=options.windows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
