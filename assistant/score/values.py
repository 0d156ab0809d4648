"""The score: who plays which note when, on a tempo map.

Conventions: notes stand on the score's grid in quarter notes (``start_q``); ``nudge_q`` is how far the performer is
off it, so what is written and what is played never mix. A *cell* is what one part plays in one bar; cells are compared
in bars and beats, never in seconds. Bars count from 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from assistant.errors import InputError
from assistant.records import STRICT
from assistant.score.tempo import EPSILON_Q, Bar, TempoMap

ROLES = ("lead", "counter", "harmony", "bass", "pulse", "drums", "percussion", "colour")
"""What a part is there for (MUSIC.md, Roles)."""

PITCH_BEND = 128
"""The number of a `Control` that bends the pitch: 0 to 16383, `IN_TUNE` in the middle."""

IN_TUNE = 8192

TUNED = 129
"""The number of a `Control` that tunes C from there on; C sharp is the next number, and so on (`score.tuning`)."""


@dataclass(frozen=True, order=True)
class Note:
    """One note.

    Parameters
    ----------
    start_q, length_q : float
        Written position and sounding length, in quarter notes.
    pitch : int
        MIDI number, 0 to 127; on a drum part the General MIDI drum.
    velocity : int
        1 to 127.
    nudge_q : float
        How late (positive) or early the performer is, in quarter notes.
    """

    __pydantic_config__ = STRICT

    start_q: float
    pitch: int
    length_q: float
    velocity: int
    nudge_q: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.pitch <= 127:
            raise InputError(f"pitch {self.pitch}", "0 to 127", "transpose the note into range")
        if not 1 <= self.velocity <= 127:
            raise InputError(f"velocity {self.velocity}", "1 to 127", "scale the velocity")
        if not (self.start_q >= 0 and self.length_q > 0):
            raise InputError(
                f"note at {self.start_q} for {self.length_q}", "a start from 0 and a length above 0", "correct it"
            )

    @property
    def played_q(self) -> float:
        """Where it is played, in quarter notes, never before the start of the cue."""
        return max(0.0, self.start_q + self.nudge_q)


@dataclass(frozen=True, order=True)
class Control:
    """A MIDI controller value (1 modulation, 11 expression, 64 sustain), a `PITCH_BEND` or a `TUNED`, at a position."""

    __pydantic_config__ = STRICT

    at_q: float
    number: int
    value: int


@dataclass(frozen=True, order=True)
class Cell:
    """What one part plays in one bar, by name."""

    __pydantic_config__ = STRICT

    part_id: str
    bar: int


@dataclass(frozen=True)
class Marker:
    """A named moment: a section, or a hit."""

    __pydantic_config__ = STRICT

    at_q: float
    text: str
    kind: str = "section"


@dataclass(frozen=True)
class Part:
    """One player.

    Parameters
    ----------
    id : str
        Unique in the score and safe in a file name, such as ``"lead-flute"``.
    role : str
        One of `ROLES`.
    instrument : str
        An id of ``prompts/instruments.toml``.
    program : int
        General MIDI program, 0 to 127.
    is_drums : bool
        Whether pitches are General MIDI drums.
    notes : tuple of Note
        Sorted.
    controls : tuple of Control
        Sorted.
    """

    __pydantic_config__ = STRICT

    id: str
    role: str
    instrument: str
    program: int
    is_drums: bool = False
    notes: tuple[Note, ...] = ()
    controls: tuple[Control, ...] = ()

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise InputError(f"role {self.role!r}", ", ".join(ROLES), "choose one of these")
        if not self.id or self.id.startswith(".") or set(self.id) & set("/\\\0"):
            raise InputError(f"part {self.id!r:.60}", "an id that is safe in a file name", "rename the part")
        object.__setattr__(self, "notes", tuple(sorted(self.notes)))
        object.__setattr__(self, "controls", tuple(sorted(self.controls)))

    def between(self, start_q: float, end_q: float) -> tuple[Note, ...]:
        """The notes that are written from ``start_q`` up to, not including, ``end_q``."""
        return tuple(note for note in self.notes if start_q - EPSILON_Q <= note.start_q < end_q - EPSILON_Q)


@dataclass(frozen=True)
class Score:
    """Every part on one tempo map.

    Parameters
    ----------
    tempo_map : TempoMap
    parts : tuple of Part
    length_s : float
        Exact length of the cue in seconds, tail included.
    key : str
        Home key for the MIDI and the eye, such as ``"D minor"``.
    markers : tuple of Marker
    """

    __pydantic_config__ = STRICT

    tempo_map: TempoMap
    parts: tuple[Part, ...]
    length_s: float
    key: str = "C major"
    markers: tuple[Marker, ...] = field(default=())

    def __post_init__(self) -> None:
        ids = [part.id for part in self.parts]
        if len(set(ids)) != len(ids):
            raise InputError(f"parts {ids}", "different ids", "rename one of the parts")

    @cached_property
    def bars(self) -> tuple[Bar, ...]:
        """Every bar that starts within the cue."""
        return self.tempo_map.bars_until(self.tempo_map.quarters_at(self.length_s))

    def part(self, part_id: str) -> Part | None:
        """The part of that id, or None."""
        return next((part for part in self.parts if part.id == part_id), None)

    def cell(self, cell: Cell) -> tuple[Note, ...]:
        """The notes of one cell, their starts counted from the bar line."""
        part = self.part(cell.part_id)
        if part is None or not 0 <= cell.bar < len(self.bars):
            return ()
        bar = self.bars[cell.bar]
        return tuple(shifted(part.between(bar.start_q, bar.end_q), -bar.start_q))

    def start_s(self, note: Note) -> float:
        """When a note is played, in seconds."""
        return self.tempo_map.seconds_at(note.played_q)

    def end_s(self, note: Note) -> float:
        """When a note is released, in seconds."""
        return self.tempo_map.seconds_at(note.played_q + note.length_q)


def shifted(notes: Iterable[Note], by_q: float) -> list[Note]:
    """The same notes ``by_q`` quarter notes later, positions rounded to a millionth so that shifts undo each other."""
    return [replace(note, start_q=max(0.0, round(note.start_q + by_q, 6))) for note in notes]
