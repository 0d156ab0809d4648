"""An instrument: the program that stands for it, what it can do, and its strokes when it is struck.

Conventions: pitches are MIDI numbers, programs count from 0.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.errors import DataError
from assistant.records import STRICT
from assistant.score import ROLES

FAMILIES = (
    "strings",
    "woodwinds",
    "brass",
    "keys",
    "plucked",
    "mallets",
    "percussion",
    "drums",
    "voice",
    "synth",
)
"""Instrument families; mallets are struck but carry melodies."""

GENERIC_STROKES = ("low", "mid", "high", "accent")
"""Strokes that every struck instrument has, so that any groove can be played on any of them."""


PITCHES = ("", "fixed", "fretted")
"""How far a player is free to find his pitches."""


@dataclass(frozen=True)
class Instrument:
    """One instrument.

    Parameters
    ----------
    id : str
    program : int
        General MIDI program 0..127 that stands for it.
    family : str
        One of `FAMILIES`.
    low, high : int
        Comfortable sounding range.
    roles : tuple of str
        What it does well, best first.
    sustained : bool
        Whether a held note can swell (expression controllers make sense).
    polyphonic : bool
        Whether it plays chords.
    is_drums : bool
        Whether it is played on the General MIDI drum channel.
    kit : tuple of (str, int)
        For struck instruments: stroke name to drum key (or pitch), e.g. ``("open", 63)``.
    pan : float
        Seat, -1 left to 1 right.
    tuned : bool
        For struck instruments: whether its strokes are pitches that should move to the chord (timpani).
    stand_in : str
        Why the General MIDI program is a substitute, and for what; empty when it is the instrument itself.
    pitch : str
        ``fixed`` where keys, bars or open strings have a pitch once for all, ``fretted`` where a hand that plays a line
        can still bend it, empty where a player finds every pitch.
    """

    __pydantic_config__ = STRICT

    id: str
    program: int
    family: str
    low: int
    high: int
    roles: tuple[str, ...]
    sustained: bool = False
    polyphonic: bool = False
    is_drums: bool = False
    kit: tuple[tuple[str, int], ...] = ()
    pan: float = 0.0
    tuned: bool = False
    stand_in: str = ""
    pitch: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.program <= 127 or not 0 <= self.low < self.high <= 127:
            raise DataError(f"program {self.program}, range {self.low}..{self.high}", "use 0..127, low below high")
        if self.family not in FAMILIES:
            raise DataError(f"family {self.family!r}", f"use one of {', '.join(FAMILIES)}")
        if self.pitch not in PITCHES:
            raise DataError(f"pitch {self.pitch!r}", "use fixed, fretted, or leave it out")
        if not self.roles or set(self.roles) - set(ROLES):
            raise DataError(f"roles {self.roles}", f"use some of {', '.join(ROLES)}")
        if self.is_struck and set(GENERIC_STROKES) - set(self.strokes):
            raise DataError(f"kit {self.kit}", f"give it at least {', '.join(GENERIC_STROKES)}")

    @property
    def is_struck(self) -> bool:
        """Whether it plays grooves: it has a kit of strokes."""
        return bool(self.kit)

    @property
    def strokes(self) -> dict[str, int]:
        """Stroke name to drum key or pitch."""
        return dict(self.kit)
