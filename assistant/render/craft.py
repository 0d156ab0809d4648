"""The constants of the mix, read from ``prompts/mix.toml`` and checked.

Conventions: as in the file: levels in dB, loudness in LU or LUFS, times in seconds, frequencies in Hz.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from assistant.audio.dynamics import Compression
from assistant.datafile import read_data
from assistant.errors import DataError, InputError
from assistant.records import STRICT, from_data
from assistant.render.character import Character
from assistant.score import ROLES

FILE = "mix.toml"


@dataclass(frozen=True)
class KnownFont:
    """A SoundFont that we know by its file names, with its licence."""

    __pydantic_config__ = STRICT

    name: str
    licence: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class FontSearch:
    """Folders to look in, and the SoundFonts to look for, best first."""

    __pydantic_config__ = STRICT

    folders: tuple[str, ...]
    known: tuple[KnownFont, ...]


@dataclass(frozen=True)
class Level:
    """How loud stems are; see the file."""

    __pydantic_config__ = STRICT

    reference_lufs: float
    reference_velocity: int
    dynamics_kept: float
    dynamics_db: float
    step_db: float
    most_boost_db: float
    ceiling_dbfs: float
    most_width: float


WIDEST = 3.0


@dataclass(frozen=True)
class Strip:
    """The channel strip of a role; ``bells`` are (Hz, dB, Q), ``width`` is the gain of the part's own side,
    ``spread`` how many times further from the middle it sits."""

    __pydantic_config__ = STRICT

    level_lu: float
    highpass_hz: float
    bells: tuple[tuple[float, float, float], ...]
    send_db: float
    crest_db: float
    mono_below_hz: float = 0.0
    width: float = 1.0
    lift_db: float = 0.0
    spread: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.width <= WIDEST:
            raise InputError(f"width {self.width}", f"use 0 (mono) to {WIDEST:g}, 1 as recorded", "correct it")


@dataclass(frozen=True)
class Room:
    """A room; see the file."""

    __pydantic_config__ = STRICT

    decay_s: float
    low_ratio: float
    high_ratio: float
    predelay_s: float
    width_m: float
    return_db: float
    low_cut_hz: float

    def __post_init__(self) -> None:
        if not (0.05 <= self.decay_s <= 12 and 0 < self.high_ratio <= 2 and 0 < self.low_ratio <= 2):
            raise InputError(f"room {self}", "decay 0.05..12 s, ratios above 0 up to 2", "correct it")


@dataclass(frozen=True)
class Attack:
    """How early slow instruments are struck."""

    __pydantic_config__ = STRICT

    base_s: float
    most_s: float
    test_velocity: int
    slow_s: float
    most_at_hit_s: float
    breath_db: float
    breath_s: float
    fall_s: float
    rise_s: float


@dataclass(frozen=True)
class Ending:
    """How the last chord is held, and how its ring fades."""

    __pydantic_config__ = STRICT

    share: float
    shortest_s: float
    longest_s: float
    room_share: float
    least_room_s: float
    most_room_s: float


@dataclass(frozen=True)
class Master:
    """Bus compressor and limiter; see the file."""

    __pydantic_config__ = STRICT

    threshold_over_lu: float
    ratio: float
    knee_db: float
    attack_s: float
    release_s: float
    ceiling_dbtp: float
    lookahead_s: float
    release_limiter_s: float
    most_limiting_db: float

    def compression(self, loudness_lufs: float) -> Compression:
        """The bus compressor for sound of this loudness."""
        threshold_db = loudness_lufs + self.threshold_over_lu
        return Compression(threshold_db, self.ratio, self.knee_db, self.attack_s, self.release_s)


@dataclass(frozen=True)
class Craft:
    """Everything in the file."""

    __pydantic_config__ = STRICT

    sources: tuple[str, ...]
    soundfonts: FontSearch
    level: Level
    roles: dict[str, Strip]
    rooms: dict[str, Room]
    attack: Attack
    ending: Ending
    master: Master
    characters: dict[str, Character] = field(default_factory=dict)

    def __post_init__(self) -> None:
        missing = [role for role in ROLES if role not in self.roles]
        if missing or not self.sources or "hall" not in self.rooms:
            raise InputError(f"mix without {missing or 'sources or hall'}", "all roles, rooms, sources", "add them")

    def room(self, name: str) -> Room:
        """A room by its id; raises `InputError` with the legal ids."""
        if name not in self.rooms:
            raise InputError(f"room {name!r}", ", ".join(self.rooms), "choose one of these")
        return self.rooms[name]

    def in_style(self, style: str) -> Craft:
        """The craft as a style of music has it; itself where the style has no character of its own."""
        character = next((each for each in self.characters.values() if style in each.styles), None)
        if character is None:
            return self
        roles = {role: _in_character(strip, role, character) for role, strip in self.roles.items()}
        return replace(self, roles=roles, master=replace(self.master, **character.bus))


def _in_character(strip: Strip, role: str, character: Character) -> Strip:
    mono_below_hz = max(strip.mono_below_hz, character.mono_below_hz) if strip.mono_below_hz else 0.0
    return replace(
        strip,
        bells=(*strip.bells, *character.bells_of(role)),
        send_db=strip.send_db + character.send_db,
        crest_db=strip.crest_db + character.crest_db,
        mono_below_hz=mono_below_hz,
        lift_db=character.lift_of(role),
        width=min(WIDEST, strip.width * character.width.get(role, 1.0)),
        spread=strip.spread * character.spread,
    )


@cache
def load_craft(prompts_dir: Path) -> Craft:
    """The constants in a folder of data files; raises `DataError` when they break their own rules."""
    path = prompts_dir / FILE
    try:
        return from_data(Craft, read_data(path))
    except InputError as error:
        raise DataError(f"{path}: {error}", "correct the file") from error
