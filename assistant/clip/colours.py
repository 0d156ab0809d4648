"""Brightness, saturation and warmth of pictures, from their blocks.

Conventions: blocks are 8-bit planes in video range: brightness 16 black to 235 white, colours 128 grey with 112 to
either side, blue first, then red. Brightness 0..1; saturation 0 grey to 1 pure colours; warmth -1 blue to 1 orange.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

BLACK, LIGHTS = 16.0, 219.0
GREY, COLOURS = 128.0, 112.0


@dataclass(frozen=True)
class Colours:
    """One value a picture of each."""

    brightness: Numbers
    saturation: Numbers
    warmth: Numbers


def colours_of(blocks: npt.NDArray[np.uint8]) -> Colours:
    """What pictures look like.

    Parameters
    ----------
    blocks : array, shape (n, 3, rows, columns)

    Examples
    --------
    >>> red = np.array([81, 90, 240], np.uint8).reshape(1, 3, 1, 1)
    >>> seen = colours_of(red)
    >>> seen.saturation[0] > 0.9, seen.warmth[0] > 0.5
    (np.True_, np.True_)
    """
    brightness = (blocks[:, 0].mean(axis=(1, 2)) - BLACK) / LIGHTS
    blue = (blocks[:, 1].astype(np.float32) - GREY) / COLOURS
    red = (blocks[:, 2].astype(np.float32) - GREY) / COLOURS
    return Colours(
        np.clip(brightness, 0.0, 1.0).astype(np.float64),
        np.clip(np.hypot(blue, red).mean(axis=(1, 2)), 0.0, 1.0).astype(np.float64),
        np.clip((red - blue).mean(axis=(1, 2)), -1.0, 1.0).astype(np.float64),
    )
