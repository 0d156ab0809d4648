"""The library: instruments, styles, regions, grooves, harmony and emotions, as data of ``prompts/``."""

from assistant.library.catalogue import Library
from assistant.library.grooves import Groove, GrooveLine
from assistant.library.instruments import FAMILIES, GENERIC_STROKES, Instrument
from assistant.library.loading import load
from assistant.library.values import TEXTURES, Region, Seat, Style

__all__ = [
    "FAMILIES",
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
