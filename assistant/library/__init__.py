"""The library: instruments, styles, regions, grooves, harmony and emotions, as data of ``prompts/``."""

from assistant.library.catalogue import Library
from assistant.library.loading import load
from assistant.library.values import (
    GENERIC_STROKES,
    TEXTURES,
    Groove,
    GrooveLine,
    Instrument,
    Region,
    Seat,
    Style,
)

__all__ = [
    "GENERIC_STROKES",
    "TEXTURES",
    "Groove",
    "GrooveLine",
    "Instrument",
    "Library",
    "Region",
    "Seat",
    "Style",
    "load",
]
