"""Make the index from the corpus: ``python -m models.similarity.build --corpus FILE [--target FOLDER]``.

Conventions: the corpus is the table that `models.transformer.corpus.build` writes; only its training pieces are read.
The same corpus gives the same files (with the same liblzma). Two minutes and 1 GB of memory.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from models.similarity.index import FILES, FOLDER, HEAD, Origin, write_index
from models.similarity.melody import Line, lines_of_corpus
from models.transformer import vocabulary as v
from models.transformer.weights import FOLDER as WEIGHTS

TRAIN = 0
FILTER_BYTES = 3_000_000


def training_lines(corpus: Path) -> Iterator[tuple[Origin, Line]]:
    """Every line of the training pieces, with where it is from."""
    with np.load(corpus) as data:
        names, sources = data["names"].tolist(), data["piece"][:, 0].tolist()
    collections = _collections()
    for found in lines_of_corpus(corpus, TRAIN):
        name = Path(names[found.piece]).stem
        yield Origin(name, collections[sources[found.piece]], v.ROLES[found.role]), found.line


def _collections() -> list[str]:
    """The collections, in the corpus's order, as the papers of the weights name them."""
    record = tomllib.loads((WEIGHTS / "weights.toml").read_text("utf-8"))
    return [f"{each['name']} ({each['licence']})" for each in record["learned_from"]]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--target", type=Path, default=FOLDER)
    options = parser.parse_args()
    about = {"what": "leads and other parts of one voice of the composer's training pieces"}
    write_index(options.target, training_lines(options.corpus), filter_bytes=FILTER_BYTES, about=about)
    sizes = {name: (options.target / name).stat().st_size for name in (*FILES, HEAD)}
    sys.stdout.write("\n".join(f"{name}: {size:,} bytes" for name, size in sizes.items()) + "\n")
    sys.stdout.write((options.target / HEAD).read_text("utf-8"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
