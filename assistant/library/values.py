"""What a data file of ``prompts/`` says, as values.

Conventions: every file has ``sources``; ids are those of the command line's vocabulary; pitches are MIDI numbers,
tempi quarter notes a minute as a listener would count them in the file's first metre, lengths in quarter notes.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.errors import DataError
from assistant.records import STRICT
from assistant.score import ROLES, Meter

TEXTURES = (
    "melody",
    "countermelody",
    "pad",
    "block",
    "arpeggio",
    "strum",
    "ostinato",
    "tremolo",
    "stabs",
    "drone",
    "walking",
    "roots",
    "pulse",
    "swell",
    "gliss",
    "bells",
    "groove",
)
"""How a seat plays; ``groove`` is for drums and percussion, which play a rhythm of ``prompts/grooves/``."""

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

ROOMS = ("dry", "room", "chamber", "hall", "cathedral")
"""Ids of the rooms that a style may ask for."""

ORNAMENTS = ("grace", "trill", "mordent", "slide", "turn", "tremolo", "bend")
"""Ornaments that a region's melodies may carry."""

REGION_TEXTURES = ("heterophony", "drone", "interlocking", "call-response", "chordal")
"""How the parts of a region's music go together."""


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
    attack_s : float
        Time from note-on to full level; slow ones start that much early.
    is_drums : bool
        Whether it is played on the General MIDI drum channel.
    kit : tuple of (str, int)
        For struck instruments: stroke name to drum key (or pitch), e.g. ``("open", 63)``.
    level_db : float
        Correction of its level, found by measurement.
    pan : float
        Seat, -1 left to 1 right.
    tuned : bool
        For struck instruments: whether its strokes are pitches that should move to the chord (timpani).
    stand_in : str
        Why the General MIDI program is a substitute, and for what; empty when it is the instrument itself.
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
    attack_s: float = 0.01
    is_drums: bool = False
    kit: tuple[tuple[str, int], ...] = ()
    level_db: float = 0.0
    pan: float = 0.0
    tuned: bool = False
    stand_in: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.program <= 127 or not 0 <= self.low < self.high <= 127:
            raise DataError(f"program {self.program}, range {self.low}..{self.high}", "use 0..127, low below high")
        if self.family not in FAMILIES:
            raise DataError(f"family {self.family!r}", f"use one of {', '.join(FAMILIES)}")
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


@dataclass(frozen=True)
class Seat:
    """A chair in a style's or region's ensemble: a role, who may sit there (best first), and how it plays.

    ``enters`` is the arousal (-1..1) from which the chair is filled; ``texture`` as in `assistant.plan.PlannedPart`.
    """

    __pydantic_config__ = STRICT

    role: str
    instruments: tuple[str, ...]
    texture: str
    enters: float = -1.0

    def __post_init__(self) -> None:
        if self.role not in ROLES or self.texture not in TEXTURES or not self.instruments:
            raise DataError(
                f"seat {self.role!r} of {len(self.instruments)} instruments, texture {self.texture!r}",
                f"use a role of {', '.join(ROLES)}; a texture of {', '.join(TEXTURES)}; at least one instrument",
            )
        if (self.texture == "groove") != (self.role in ("drums", "percussion")):
            raise DataError(
                f"seat {self.role!r} with texture {self.texture!r}", "drums and percussion play groove, others do not"
            )
        if not -1 <= self.enters <= 1:
            raise DataError(f"enters {self.enters}", "use -1..1")


@dataclass(frozen=True)
class GrooveLine:
    """One stroke of a groove: the stroke's name, and its pattern, one character a step.

    ``.`` rest, ``g`` ghost, ``o`` soft, ``x`` normal, ``X`` accent.
    """

    __pydantic_config__ = STRICT

    stroke: str
    pattern: str

    def __post_init__(self) -> None:
        if set(self.pattern) - set(".goxX"):
            raise DataError(f"pattern {self.pattern!r}", "use . g o x X")


@dataclass(frozen=True)
class Groove:
    """A rhythm: metre, steps to a quarter note, bars, and lines by intensity.

    ``lines`` plays always; ``more`` joins at high density; ``fill`` is one whole bar that replaces the last bar of a
    phrase (lines and more are silent in it). Every pattern of lines and more is ``bars`` long, of fill one bar; a
    shorter one in the file is repeated when it is loaded. ``made_for`` names the instruments whose strokes it was
    written with; any struck instrument can play it (`assistant.library.Library.strokes`).
    """

    __pydantic_config__ = STRICT

    id: str
    meter: str
    steps_per_q: int
    bars: int
    lines: tuple[GrooveLine, ...]
    more: tuple[GrooveLine, ...] = ()
    fill: tuple[GrooveLine, ...] = ()
    swing: float = 0.5
    sources: tuple[str, ...] = ()
    made_for: tuple[str, ...] = ()
    tempo: tuple[float, float] = (40.0, 240.0)

    def __post_init__(self) -> None:
        for name, lines, bars in (
            ("lines", self.lines, self.bars),
            ("more", self.more, self.bars),
            ("fill", self.fill, 1),
        ):
            for line in lines:
                if len(line.pattern) != self.bar_steps * bars:
                    raise DataError(
                        f"{name}.{line.stroke} with {len(line.pattern)} steps",
                        f"give it {self.bar_steps * bars}, or a part of that which repeats evenly",
                    )
        if not self.lines:
            raise DataError("no lines", "give at least one stroke")
        if not 0.5 <= self.swing <= 0.75:
            raise DataError(f"swing {self.swing}", "use 0.5 (straight) to 0.75 (dotted)")
        check_tempo(self.tempo)

    @property
    def bar_steps(self) -> int:
        """Steps in one bar."""
        steps = Meter.parse(self.meter).bar_q * self.steps_per_q
        if steps != int(steps):
            raise DataError(f"steps_per_q {self.steps_per_q} in {self.meter}", "choose one that fills the bar evenly")
        return int(steps)

    @property
    def stroke_names(self) -> tuple[str, ...]:
        """Every stroke that it uses, each once."""
        return tuple(dict.fromkeys(line.stroke for line in (*self.lines, *self.more, *self.fill)))


@dataclass(frozen=True)
class Style:
    """A style: tempo, metres, ensemble, harmony, grooves, room.

    ``tempo`` (low, high); ``modes_bright`` and ``modes_dark`` are mode names by valence, most typical first;
    ``harmony`` names a palette of ``prompts/harmony/``; ``harmonic_rhythm`` is chords a bar; ``tension`` 0..1 is the
    licence for notes outside the chord on strong beats; ``grooves`` by preference; ``reverb`` dry, room, chamber,
    hall or cathedral; ``syncopation`` 0..1; ``human`` 0..1 how loosely it is played. ``sounds`` are (instrument,
    General MIDI program) where this style wants another colour than the instrument's own (a distorted guitar in metal,
    drum kit 40 for brushes).
    """

    __pydantic_config__ = STRICT

    id: str
    tempo: tuple[float, float]
    meters: tuple[str, ...]
    ensemble: tuple[Seat, ...]
    harmony: str
    modes_bright: tuple[str, ...] = ("major",)
    modes_dark: tuple[str, ...] = ("minor",)
    harmonic_rhythm: float = 1.0
    grooves: tuple[str, ...] = ()
    swing: float = 0.5
    syncopation: float = 0.2
    tension: float = 0.2
    human: float = 0.5
    reverb: str = "hall"
    valence: float = 0.0
    arousal: float = 0.0
    sources: tuple[str, ...] = ()
    sounds: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        check_tempo(self.tempo)
        check_meters(self.meters)
        if not self.ensemble or not any(seat.role == "lead" for seat in self.ensemble):
            raise DataError("an ensemble without a lead", "give one seat the role lead")
        for name in ("syncopation", "tension", "human"):
            if not 0 <= getattr(self, name) <= 1:
                raise DataError(f"{name} {getattr(self, name)}", "use 0..1")
        for name in ("valence", "arousal"):
            if not -1 <= getattr(self, name) <= 1:
                raise DataError(f"{name} {getattr(self, name)}", "use -1..1")
        if self.reverb not in ROOMS:
            raise DataError(f"reverb {self.reverb!r}", f"use one of {', '.join(ROOMS)}")
        if not 0.5 <= self.swing <= 0.75:
            raise DataError(f"swing {self.swing}", "use 0.5 (straight) to 0.75 (dotted)")
        if not 0 < self.harmonic_rhythm <= 4:
            raise DataError(f"harmonic_rhythm {self.harmonic_rhythm}", "use chords a bar, above 0 up to 4")


@dataclass(frozen=True)
class Region:
    """A region's profile.

    ``scales`` are (name, semitones above the tonic), the first for bright, the last for dark moods; ``ensemble`` as in
    a style; ``ornaments`` of grace, trill, mordent, slide, turn, tremolo, bend; ``texture`` heterophony, drone,
    interlocking, call-response or chordal; ``avoid`` names what is ceremonial or sacred and not ours to use;
    ``sounds`` as in a style. ``harmony`` names a palette of ``prompts/harmony/``, or is empty: the style's own.
    """

    __pydantic_config__ = STRICT

    id: str
    scales: tuple[tuple[str, tuple[int, ...]], ...]
    meters: tuple[str, ...]
    tempo: tuple[float, float]
    grooves: tuple[str, ...]
    ensemble: tuple[Seat, ...]
    ornaments: tuple[str, ...] = ()
    texture: str = "chordal"
    harmony: str = ""
    avoid: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    sounds: tuple[tuple[str, int], ...] = ()
    swing: float = 0.5

    def __post_init__(self) -> None:
        check_tempo(self.tempo)
        check_meters(self.meters)
        if not self.scales:
            raise DataError("no scales", "give at least one")
        for name, steps in self.scales:
            if steps[:1] != (0,) or list(steps) != sorted(set(steps)) or steps[-1] > 11:
                raise DataError(f"scale {name} {steps}", "use rising semitones from 0 to at most 11")
        if set(self.ornaments) - set(ORNAMENTS):
            raise DataError(f"ornaments {self.ornaments}", f"use some of {', '.join(ORNAMENTS)}")
        if self.texture not in REGION_TEXTURES:
            raise DataError(f"texture {self.texture!r}", f"use one of {', '.join(REGION_TEXTURES)}")


def check_tempo(tempo: tuple[float, float]) -> None:
    """Raise `DataError` unless a tempo range runs upwards within 30 to 300 beats a minute."""
    if not 30 <= tempo[0] <= tempo[1] <= 300:
        raise DataError(f"tempo {tempo}", "use low and high within 30..300, low first")


def check_meters(meters: tuple[str, ...]) -> None:
    """Raise `DataError` unless there is at least one metre and each is a time signature."""
    if not meters:
        raise DataError("no meters", 'give at least one, such as "4/4"')
    for meter in meters:
        Meter.parse(meter)
