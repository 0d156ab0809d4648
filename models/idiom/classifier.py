"""Which region a melody is from: multinomial logistic regression on counts of patterns, numpy only.

Conventions: classes in the order of `CLASSES`; the last is everywhere else. A melody is judged in windows of `SIZE`
notes. It was trained on real tunes only, never on what we compose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.idiom.features import features
from models.idiom.lines import Window
from models.idiom.weights import tensors

Array = npt.NDArray[Any]
SIZE = 32
"""Notes of a window."""


def logits(rows: Array, weights: Array, bias: Array) -> Array:
    """Log-odds of rows of features, shape (rows, classes)."""
    out: Array = rows @ weights.T + bias
    return out


def classify(stretches: Sequence[Window]) -> Array:
    """The number of the class of each window."""
    if not stretches:
        return np.zeros(0, np.int64)
    arrays = tensors()
    found = logits(features(stretches), arrays["classifier.weights"], arrays["classifier.bias"])
    return np.asarray(found.argmax(1), np.int64)
