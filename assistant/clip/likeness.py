"""Whether two pictures show the same thing: in another light, a little moved, or with somebody walking through.

Conventions: pictures are thumbnails of planes (brightness and two colours, 8 bit video range, 16 black); *likeness* is
a correlation, -1..1; *evenness* is how the median change of a block stands to the mean one, about 1 when the whole
picture changed and near 0 when a part of it did. Black bars are left out of both: they prove nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]

BLACK = 24
"""Brightness up to which a row or a column may be a black bar."""
SHIFT = 3
"""Pixels of a thumbnail by which a camera may have moved between two frames, each way."""
LEAST_SEEN = 10
"""Rows and columns that must be left without bars."""


def likeness(image: Plane, before: Plane) -> float:
    """The largest correlation of two brightness pictures over small movements of the camera.

    Parameters
    ----------
    image, before : array, shape (height, width)

    Examples
    --------
    >>> wave = np.tile(100 + 80 * np.sin(np.arange(64) / 3), (36, 1)).astype(np.uint8)
    >>> likeness(wave, (np.roll(wave, 2, axis=1) // 2)) > 0.99
    True
    """
    rows, columns = _seen(image, before)
    here, there = image[rows, columns].astype(np.float32), before[rows, columns].astype(np.float32)
    high, wide = here.shape
    if high < LEAST_SEEN or wide < LEAST_SEEN:
        return 0.0
    middle = there[SHIFT : high - SHIFT, SHIFT : wide - SHIFT].ravel()
    windows = np.lib.stride_tricks.sliding_window_view(here, (high - 2 * SHIFT, wide - 2 * SHIFT))
    moved = windows.reshape((2 * SHIFT + 1) ** 2, -1)
    middle = middle - middle.mean()
    moved = moved - moved.mean(axis=1, keepdims=True)
    spread = np.sqrt((moved * moved).sum(axis=1) * float(middle @ middle))
    return float(np.max(moved @ middle / np.maximum(spread, 1e-6)))


def evenness(blocks: Plane, before: Plane) -> float:
    """How evenly the change between two pictures is spread.

    Parameters
    ----------
    blocks, before : array, shape (3, rows, columns)
        Means of blocks of the planes.
    """
    change = np.abs(blocks.astype(np.int16) - before).sum(axis=0)
    seen = np.maximum(blocks[0], before[0]) > BLACK
    counted = change[seen] if seen.sum() > 0.15 * seen.size else change.ravel()
    return float(np.median(counted) / max(float(counted.mean()), 1e-6))


def _seen(image: Plane, before: Plane) -> tuple[slice, slice]:
    """The rows and columns between black bars that both pictures have."""
    lit = np.asarray(np.maximum(image, before) > BLACK)
    rows, columns = np.asarray(lit.any(axis=1)), np.asarray(lit.any(axis=0))
    return _between(rows), _between(columns)


def _between(lit: npt.NDArray[np.bool_]) -> slice:
    places = np.flatnonzero(lit)
    return slice(int(places[0]), int(places[-1]) + 1) if len(places) else slice(0, 0)
