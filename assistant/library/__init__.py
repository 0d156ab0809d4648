"""The library: instruments, styles, regions, grooves, feels, harmony and emotions, as data of ``prompts/``."""

from assistant.library.catalogue import Library
from assistant.library.feel import GRID, PIECES, Feel, PieceFeel
from assistant.library.grooves import Groove, GrooveLine
from assistant.library.instruments import FAMILIES, GENERIC_STROKES, Instrument
from assistant.library.loading import load
from assistant.library.profiles import Profile, Tuning
from assistant.library.values import TEXTURES, Region, Seat, Style

__all__ = [
    "FAMILIES",
    "GENERIC_STROKES",
    "GRID",
    "PIECES",
    "TEXTURES",
    "Feel",
    "Groove",
    "GrooveLine",
    "Instrument",
    "Library",
    "PieceFeel",
    "Profile",
    "Region",
    "Seat",
    "Style",
    "Tuning",
    "load",
]
