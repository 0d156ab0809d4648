"""What a data file of ``prompts/`` says, as values.

Conventions: every file has ``sources``; ids are those of the command line's vocabulary; pitches are MIDI numbers,
tempi quarter notes a minute as a listener would count them in the file's first metre, lengths in quarter notes.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.errors import DataError
from assistant.records import STRICT


@dataclass(frozen=True)
class Instrument:
    """One instrument.

    Parameters
    ----------
    id : str
    program : int
        General MIDI program 0..127 that stands for it.
    family : str
        strings, woodwinds, brass, keys, plucked, percussion, drums, voice, synth.
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

    ``lines`` plays always; ``more`` joins at high density; ``fill`` is the last bar of a phrase.
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


@dataclass(frozen=True)
class Style:
    """A style: tempo, metres, ensemble, harmony, grooves, room.

    ``tempo`` (low, high); ``modes_bright`` and ``modes_dark`` are mode names by valence, most typical first;
    ``harmony`` names a palette of ``prompts/harmony/``; ``harmonic_rhythm`` is chords a bar; ``tension`` 0..1 is the
    licence for notes outside the chord on strong beats; ``grooves`` by preference; ``reverb`` dry, room, chamber,
    hall or cathedral; ``syncopation`` 0..1; ``human`` 0..1 how loosely it is played.
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


@dataclass(frozen=True)
class Region:
    """A region's profile.

    ``scales`` are (name, semitones above the tonic), the first for bright, the last for dark moods; ``ensemble`` as in
    a style; ``ornaments`` of grace, trill, mordent, slide, turn, tremolo, bend; ``texture`` heterophony, drone,
    interlocking, call-response or chordal; ``avoid`` names what is ceremonial or sacred and not ours to use.
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
