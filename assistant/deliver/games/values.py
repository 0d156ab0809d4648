"""What a game's music is made of: the grid, pieces on it, layers, and the data that shape them.

Conventions: positions in frames at `RATE_HZ`; a *pulse* is the unit that the metre is written in (an eighth in 6/8).
Every pulse is a whole number of frames, so every beat and bar line falls on a frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.datafile import read_data
from assistant.errors import DataError
from assistant.records import STRICT, from_data
from assistant.score import ROLES, Control, Meter, Note
from assistant.settings import RATE_HZ

KINDS = ("stinger", "transition")


@dataclass(frozen=True)
class Grid:
    """One tempo in one metre, on whole frames.

    Examples
    --------
    >>> grid = Grid(Meter(4, 4), 30_000)
    >>> grid.bpm, grid.bar_frames
    (96.0, 120000)
    """

    meter: Meter
    pulse_frames: int

    @property
    def bar_frames(self) -> int:
        """Frames of one bar."""
        return self.meter.beats * self.pulse_frames

    @property
    def pulse_q(self) -> float:
        """Quarter notes of one pulse."""
        return 4 / self.meter.unit

    @property
    def quarter_bpm(self) -> float:
        """Quarter notes a minute."""
        return 60 * RATE_HZ * self.pulse_q / self.pulse_frames

    @property
    def bpm(self) -> float:
        """Beats a minute, as a musician counts them."""
        return self.quarter_bpm / self.meter.count_q


@dataclass(frozen=True)
class Piece:
    """Some bars that are played on their own: what every part plays, counted from the piece's first bar line.

    ``name`` is its file's name; ``kind`` intro, outro, stinger or transition; ``bars`` are its whole bars, behind which
    it may ring on; ``gain_bars`` are the bars of the cue whose fader positions hold, one for each bar.
    """

    name: str
    kind: str
    bars: int
    notes: Mapping[str, tuple[Note, ...]]
    controls: Mapping[str, tuple[Control, ...]]
    gain_bars: tuple[int, ...]


@dataclass(frozen=True)
class Signal:
    """A stinger or transition; see ``prompts/games.toml``."""

    __pydantic_config__ = STRICT

    name: str
    kind: str
    roles: tuple[str, ...]
    notes: tuple[tuple[float, int], ...]
    loud: tuple[float, float]
    octave: int
    chord: bool
    cymbal: bool

    def __post_init__(self) -> None:
        if self.kind not in KINDS or not self.notes or set(self.roles) - set(ROLES):
            raise DataError(f"signal {self.name!r}", f"use a kind of {', '.join(KINDS)}, roles of the score, notes")
        if not all(0 <= at < 1 for at, _ in self.notes):
            raise DataError(f"signal {self.name!r} with notes outside its bar", "use places from 0 up to 1")


@dataclass(frozen=True)
class Returns:
    """Where the two sides of a room come back from: (azimuth in degrees, delay in seconds)."""

    __pydantic_config__ = STRICT

    left: tuple[tuple[float, float], ...]
    right: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Seats:
    """Where parts stand around a listener."""

    __pydantic_config__ = STRICT

    wide_deg: float
    up_deg: dict[str, float]
    room: Returns


@dataclass(frozen=True)
class GameCraft:
    """All of ``prompts/games.toml``."""

    __pydantic_config__ = STRICT

    sources: tuple[str, ...]
    intensity: dict[str, float]
    signals: tuple[Signal, ...]
    seats: Seats

    def __post_init__(self) -> None:
        for table in (self.intensity, self.seats.up_deg):
            if set(ROLES) - set(table):
                raise DataError(f"roles {sorted(set(ROLES) - set(table))} without a number", "give every role one")


@cache
def load_game_craft(prompts_dir: Path) -> GameCraft:
    """The data for games.

    Raises
    ------
    DataError
        If the file breaks its rules.
    """
    path = prompts_dir / "games.toml"
    return from_data(GameCraft, read_data(path))
