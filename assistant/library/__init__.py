"""The library: instruments, styles, regions, grooves, harmony and emotions, as data of ``prompts/``."""

from assistant.library.values import Groove, GrooveLine, Instrument, Region, Seat, Style

__all__ = ["Groove", "GrooveLine", "Instrument", "Region", "Seat", "Style"]
