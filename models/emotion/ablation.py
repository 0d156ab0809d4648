"""What each set adds: the reader on the multilingual encoder, trained with one of them left out.

Conventions: correlations (Pearson) of valence and arousal on our held-out scenes and on EmoBank's test split, which
this reader never learns from; the vectors are those that training kept in ``runs/emotion``. One round each, shorter
than full training, so differences under 0.01 are chance. This reader's head of scenes learns from scenes alone:
other sets can move only the columns of EmoBank. What it does not know: what each set adds to MiniLM's tuned layers
(a training of its own).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from models.emotion import data
from models.emotion.evaluate_scenes import pearson
from models.emotion.train import WORK, many_lines, vectors_of
from models.emotion.train_readers import train_encoded

LEFT_OUT = ("", "goemotions", "xed", "atomic", "vader", "words", "scenes")
EPOCHS = 1


@cache
def _known() -> tuple[list[data.Line], NDArray[np.float16]]:
    lines = many_lines()
    return lines, vectors_of(lines, WORK)


def correlations(kept: NDArray[np.bool_], head: str, tests: Sequence[data.Line]) -> tuple[float, float]:
    """Correlations on some lines of a reader trained on the kept ones."""
    lines, vectors = _known()
    chosen = np.flatnonzero(kept)
    reader = train_encoded([lines[index] for index in chosen], vectors[chosen], epochs=EPOCHS)
    with torch.inference_mode():
        told = reader(torch.from_numpy(vectors_of(tests, WORK)).float())
    if head == "both":
        values = ((told["felt"] + told["scene"][:, :2]) / 2).double().numpy()
    else:
        values = told[head][:, :2].double().numpy()
    wished = np.array([[line.valence or 0.0, line.arousal or 0.0] for line in tests])
    return pearson(values[:, 0], wished[:, 0]), pearson(values[:, 1], wished[:, 1])


def report() -> str:
    """The table."""
    lines, _ = _known()
    sources = np.array([line.source for line in lines])
    scenes = [line for line in data.scenes() if line.split == "test"]
    bank = [line for line in data.emobank() if line.split == "test"]
    rows = ["| learned from | scenes: valence | arousal | EmoBank: valence | arousal |", "|---|---|---|---|---|"]
    for name in LEFT_OUT:
        kept = sources != name
        cells = [*correlations(kept, "felt" if name == "scenes" else "scene", scenes)]
        cells += correlations(kept, "felt" if name == "scenes" else "both", bank)
        rows.append(f"| {f'all but {name}' if name else 'all'} | {' | '.join(f'{cell:.3f}' for cell in cells)} |")
    cells = [*correlations(sources == "scenes", "scene", scenes), *correlations(sources == "scenes", "scene", bank)]
    rows.append(f"| scenes alone | {' | '.join(f'{cell:.3f}' for cell in cells)} |")
    return "\n".join(rows)
