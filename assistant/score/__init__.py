"""The score: notes per part on a tempo map, and its MIDI file."""

from assistant.score.tempo import Bar, Meter, MeterChange, TempoChange, TempoMap
from assistant.score.values import (
    ROLES,
    Cell,
    Control,
    Marker,
    Note,
    Part,
    Score,
    shifted,
)

__all__ = [
    "ROLES",
    "Bar",
    "Cell",
    "Control",
    "Marker",
    "Meter",
    "MeterChange",
    "Note",
    "Part",
    "Score",
    "TempoChange",
    "TempoMap",
    "shifted",
]
