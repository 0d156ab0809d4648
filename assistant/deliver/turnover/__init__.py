"""The turnover: a take as studios, editors and collecting societies want it."""

from assistant.deliver.turnover.tags import Sounding
from assistant.deliver.turnover.values import Turnover, turnover_of, turnover_of_cue
from assistant.deliver.turnover.write import FORMATS, Exported, export, save_sound, write_small
from assistant.timecode import Timebase

__all__ = [
    "FORMATS",
    "Exported",
    "Sounding",
    "Timebase",
    "Turnover",
    "export",
    "save_sound",
    "turnover_of",
    "turnover_of_cue",
    "write_small",
]
