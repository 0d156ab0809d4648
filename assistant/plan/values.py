"""The plan: sections, tempo map, harmony, parts and hits, bar by bar.

Conventions: bars count from 0, positions are quarter notes (``_q``) or seconds (``_s``); pitch classes are 0..11 with
C = 0; density and dynamics are 0..1. The plan says *what* and *how much*; a generator decides *which notes*.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from assistant.constraints import Constraints
from assistant.errors import InputError
from assistant.records import STRICT
from assistant.remark import Remark
from assistant.score import ROLES, Bar, TempoMap
from assistant.score.keys import key_name
from assistant.score.motif import Motif, MotifNote

MOTIF_USES = ("state", "repeat", "vary", "contrast", "return", "rest")
"""What a phrase does with the motif: first statement, literal repeat, variation, contrast, return, or silence."""

CADENCES = ("none", "half", "full", "plagal", "deceptive")

QUALITIES: dict[str, tuple[int, ...]] = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "min6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9),
    "add9": (0, 2, 4, 7),
    "minadd9": (0, 2, 3, 7),
    "9": (0, 2, 4, 7, 10),
    "min9": (0, 2, 3, 7, 10),
    "maj9": (0, 2, 4, 7, 11),
}
"""Chord qualities as semitones above the root."""


@dataclass(frozen=True)
class Key:
    """A tonic, a mode's name, and the mode's scale as semitones above the tonic.

    Examples
    --------
    >>> Key(2, "minor", (0, 2, 3, 5, 7, 8, 10)).name
    'D minor'
    """

    __pydantic_config__ = STRICT

    tonic: int
    mode: str
    scale: tuple[int, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.tonic <= 11 or self.scale[:1] != (0,) or list(self.scale) != sorted(set(self.scale)):
            raise InputError(f"key {self.tonic} {self.scale}", "tonic 0..11, rising scale from 0", "correct it")

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes of the scale."""
        return frozenset((self.tonic + step) % 12 for step in self.scale)

    @property
    def is_minor(self) -> bool:
        """Whether the third above the tonic is minor (and not also major)."""
        return 3 in self.scale and 4 not in self.scale

    @property
    def name(self) -> str:
        """Tonic and mode, with the spelling that people write (C# minor, but Db major)."""
        return key_name(self.tonic, self.mode, is_minor=self.is_minor)


@dataclass(frozen=True)
class Chord:
    """One chord: where, how long, root, quality, and the bass where it is not the root.

    ``quality`` is a key of `QUALITIES`; ``degree`` is its Roman numeral in the section's key.
    """

    __pydantic_config__ = STRICT

    start_q: float
    length_q: float
    root: int
    quality: str
    bass: int | None = None
    degree: str = ""

    def __post_init__(self) -> None:
        if self.quality not in QUALITIES or not 0 <= self.root <= 11 or self.length_q <= 0:
            raise InputError(f"chord {self}", f"root 0..11, quality in {', '.join(QUALITIES)}", "correct it")

    @property
    def end_q(self) -> float:
        """Where the next chord starts."""
        return self.start_q + self.length_q

    @property
    def bass_class(self) -> int:
        """Pitch class of the lowest note."""
        return self.root if self.bass is None else self.bass

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Pitch classes from the root up."""
        return tuple((self.root + step) % 12 for step in QUALITIES[self.quality])


@dataclass(frozen=True)
class Phrase:
    """Bars that belong together as one musical sentence."""

    __pydantic_config__ = STRICT

    start_bar: int
    bars: int
    motif: str = "state"
    cadence: str = "none"

    def __post_init__(self) -> None:
        if self.motif not in MOTIF_USES or self.cadence not in CADENCES or self.bars < 1:
            raise InputError(f"phrase {self}", f"{MOTIF_USES}, {CADENCES}", "correct it")


@dataclass(frozen=True)
class Section:
    """A stretch of the cue with one character.

    ``name`` is one of intro, theme, build, climax, contrast, breakdown, release, ending; phrases fill its bars.
    ``region`` is its own where two follow each other over the cue, else None.
    """

    __pydantic_config__ = STRICT

    name: str
    start_bar: int
    bars: int
    valence: float
    arousal: float
    key: Key
    phrases: tuple[Phrase, ...]
    region: str | None = None

    @property
    def end_bar(self) -> int:
        """The bar after the last."""
        return self.start_bar + self.bars


@dataclass(frozen=True)
class BarIntent:
    """What one part does in one bar: whether it sounds, how dense (0..1), how loud (0..1), shifted by how much.

    ``dynamics`` is how it is played; ``gain_db`` is what the fader adds to that in the mix, and changes no note.
    """

    __pydantic_config__ = STRICT

    active: bool
    density: float = 0.5
    dynamics: float = 0.5
    register_shift: int = 0
    gain_db: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.density <= 1 and 0 <= self.dynamics <= 1):
            raise InputError(f"bar intent {self}", "density and dynamics in 0..1", "bring it into range")


@dataclass(frozen=True)
class PlannedPart:
    """One player: role, instrument, comfortable range, texture, and its intent for every bar.

    Parameters
    ----------
    id : str
        Unique, stable between takes, safe in a file name: role and instrument, such as ``"lead-flute"``.
    role : str
        One of `assistant.score.ROLES`.
    instrument : str
        An id of ``prompts/instruments.toml``.
    low, high : int
        MIDI pitches to stay within (ignored for drums).
    texture : str
        How the role is played: a groove id for drums and percussion; for others one of melody, countermelody, pad,
        block, arpeggio, strum, ostinato, tremolo, stabs, drone, walking, roots, pulse, swell, gliss, bells.
    bars : tuple of BarIntent
        One for each bar of the plan.
    level_lu : float
        Loudness of its stem relative to the lead, in LU.
    pan : float
        -1 left to 1 right.
    """

    __pydantic_config__ = STRICT

    id: str
    role: str
    instrument: str
    low: int
    high: int
    texture: str
    bars: tuple[BarIntent, ...]
    level_lu: float = 0.0
    pan: float = 0.0

    def __post_init__(self) -> None:
        if self.role not in ROLES or not 0 <= self.low < self.high <= 127:
            raise InputError(f"part {self.id}", f"a role of {', '.join(ROLES)}, low below high", "correct it")


@dataclass(frozen=True)
class PlannedHit:
    """A moment to strike, on its beat of the tempo map.

    ``feasible`` is False when it lies outside the sounding length or within one beat of another.
    """

    __pydantic_config__ = STRICT

    at_s: float
    kind: str
    at_q: float
    feasible: bool = True


@dataclass(frozen=True)
class Statement:
    """One part says the motif from the start of a bar: notes where they stand in the cue, at the pitch that sounds.

    ``ornaments`` holds one of `assistant.library.values.ORNAMENTS`, or nothing, for each note; it may be empty.
    """

    __pydantic_config__ = STRICT

    part_id: str
    start_bar: int
    notes: tuple[MotifNote, ...]
    ornaments: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlannedMotif:
    """A motif that a person gave, in the home key, and where it is said note for note."""

    __pydantic_config__ = STRICT

    motif: Motif
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Everything that a generator needs.

    Parameters
    ----------
    length_s : float
        Exact length of the cue.
    tempo_map : TempoMap
    bar_count : int
        Bars that hold notes; the last one holds the final chord.
    final_q : float
        Where the final chord is struck (a downbeat); for a loop, the end of the last bar.
    key : Key
        The home key.
    sections, chords, parts, hits
        Chords cover every quarter from 0 to the end of the last bar without a gap.
    style, groove, region, use : str
        Ids of the data that shaped it; ``region`` may be None.
    swing : float
        Share of a beat that the first of two eighths takes: 0.5 straight, 0.67 triplet.
    loop : bool
        Whether the end must lead into the beginning.
    reverb : str
        Id of the room: dry, room, chamber, hall, cathedral.
    loudness_lufs : float
        Target of the mix.
    seed : int
        Recorded; the same plan, keep and seed give the same take.
    remarks : tuple of Remark
        Defaults taken, hits that could not be met, tempo that had to give way.
    asked : Constraints or None
        What the plan was made from, so that a revision can tell what changed.
    motif : PlannedMotif or None
        Where one was given: every statement is composed note for note, everything else may follow it.
    """

    __pydantic_config__ = STRICT

    length_s: float
    tempo_map: TempoMap
    bar_count: int
    final_q: float
    key: Key
    sections: tuple[Section, ...]
    chords: tuple[Chord, ...]
    parts: tuple[PlannedPart, ...]
    hits: tuple[PlannedHit, ...] = ()
    style: str = "cinematic"
    groove: str = ""
    region: str | None = None
    use: str = "other"
    swing: float = 0.5
    loop: bool = False
    reverb: str = "hall"
    loudness_lufs: float = -14.0
    seed: int = 0
    remarks: tuple[Remark, ...] = ()
    asked: Constraints | None = None
    motif: PlannedMotif | None = None

    def __post_init__(self) -> None:
        for part in self.parts:
            if len(part.bars) != self.bar_count:
                raise InputError(f"part {part.id} with {len(part.bars)} bars", f"{self.bar_count}", "plan every bar")

    @cached_property
    def bars(self) -> tuple[Bar, ...]:
        """The bars that hold notes."""
        bars = self.tempo_map.iterate_bars()
        return tuple(next(bars) for _ in range(self.bar_count))

    def chord_at(self, at_q: float) -> Chord:
        """The chord that sounds at a position."""
        return self.chords[max(0, bisect_right(self._chord_starts_q, at_q + 1e-6) - 1)]

    @cached_property
    def _chord_starts_q(self) -> tuple[float, ...]:
        return tuple(chord.start_q for chord in self.chords)

    def section_of(self, bar: int) -> Section:
        """The section that a bar belongs to."""
        return next((section for section in self.sections if bar < section.end_bar), self.sections[-1])

    def region_at(self, bar: int) -> str | None:
        """The region whose ornaments and tuning a bar has."""
        return self.section_of(bar).region or self.region

    def part(self, part_id: str) -> PlannedPart | None:
        """The part of that id, or None."""
        return next((part for part in self.parts if part.id == part_id), None)
