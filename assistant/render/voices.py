"""Voices of our own, read from ``prompts/voices.toml``: which instruments they play, and with what strings or breath.

Conventions: pitches are MIDI numbers, frequencies in Hz, levels in dB, times in seconds; decay times are those to
-60 dB. A voice that is not ``chosen`` is measured (`models.evaluation.voices`) but does not play; its ``why`` says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.datafile import read_data
from assistant.errors import DataError, InputError
from assistant.records import STRICT, from_data

FILE = "voices.toml"
Curve = tuple[tuple[float, float], ...]
"""(pitch, value) pairs by rising pitch."""
Bells = tuple[tuple[float, float, float], ...]
"""Resonances of a body: (Hz, dB, Q)."""


@dataclass(frozen=True)
class Plucked:
    """A string that is plucked.

    Parameters
    ----------
    decay_s : tuple
        Decay time of the fundamental, by pitch.
    bright_hz : float
        Where a partial dies twice as fast as the lowest would (the square law of losses).
    stiffness : float
        Inharmonicity B of the string at middle C, which doubles every octave above.
    pluck : float
        Where it is plucked, as a share of its length.
    soft_hz, hard_hz : float
        How sharp the plucking edge is in a soft and in a hard stroke: -3 dB of its low-pass.
    second : float
        Share of the string's other polarisation, which rings `LONGER` times as long, `APART_CENTS` away.
    course_cents : tuple
        The other strings of a course, in cents away from the first.
    course_late_s : float
        How much later each next string of the course is met, in whole periods and one at least.
    noise_db, noise_hz : float
        The plectrum's (nail's, finger's) own noise against the peak of the note, and its middle.
    release_s : float
        Decay time when the note is over: long for strings that nobody damps.
    buzz_s : float
        A flat bridge on which the string lies (jawari, sawari): how much shorter its path is at the widest swing.
    spread : float
        How far low strings stand to the left and high ones to the right, 0 to 1.
    body : tuple
    low_cut_hz : float
        Below which the body radiates little.
    """

    __pydantic_config__ = STRICT

    decay_s: Curve
    bright_hz: float
    stiffness: float
    pluck: float
    soft_hz: float
    hard_hz: float
    noise_db: float
    noise_hz: float
    release_s: float
    body: Bells
    low_cut_hz: float
    second: float = 0.25
    course_cents: tuple[float, ...] = ()
    course_late_s: float = 0.0
    buzz_s: float = 0.0
    spread: float = 0.0

    def __post_init__(self) -> None:
        _check_curve("decay_s", self.decay_s, 0.05, 12.0)
        if not (0 < self.pluck <= 0.5 and 0 <= self.stiffness < 0.01 and 0 <= self.second < 1):
            raise InputError(f"string {self}", "pluck 0..0.5, stiffness 0..0.01, second 0..1", "correct it")
        if not (0 < self.soft_hz <= self.hard_hz and self.bright_hz > 0 and 0 <= self.buzz_s <= 0.002):
            raise InputError(f"string {self}", "soft_hz up to hard_hz, buzz_s up to 2 ms", "correct it")


@dataclass(frozen=True)
class Sustained:
    """A voice that is blown or bowed: partials, a body, noise of breath or bow, and how it moves from note to note.

    Parameters
    ----------
    soft_db, loud_db : tuple
        Levels of the partials, soft and loud, from the first on.
    soft_slope_db, loud_slope_db : float
        Decibels an octave from the last of those on.
    noise_soft_db, noise_loud_db : float
        Noise against the tone.
    noise_hz : tuple of (float, float)
        The band of the noise.
    pulsed : float
        Share of the noise that comes with the tone's own cycle.
    attack_s, release_s : float
        Rise and fall of a note.
    chiff_db : float
        How much more noise there is while it speaks.
    scoop_cents : float
        How far below its pitch a note begins.
    glide_s, glide_most : float
        How long a joined note takes from the one before, and up to how many semitones apart.
    vibrato_hz, vibrato_cents, vibrato_db : float
        Rate; depth in pitch and in level at full modulation.
    unsteady_cents : float
        How far the pitch wanders.
    body : tuple
    low_cut_hz : float
    """

    __pydantic_config__ = STRICT

    soft_db: tuple[float, ...]
    loud_db: tuple[float, ...]
    soft_slope_db: float
    loud_slope_db: float
    noise_soft_db: float
    noise_loud_db: float
    noise_hz: tuple[float, float]
    attack_s: float
    release_s: float
    glide_s: float
    glide_most: float
    vibrato_hz: float
    vibrato_cents: float
    body: Bells
    low_cut_hz: float
    pulsed: float = 0.5
    chiff_db: float = 6.0
    scoop_cents: float = 0.0
    vibrato_db: float = 0.0
    unsteady_cents: float = 1.5

    def __post_init__(self) -> None:
        if not self.soft_db or not self.loud_db or not 0 < self.noise_hz[0] < self.noise_hz[1]:
            raise InputError(f"sustained voice {self}", "partials, and a noise band that rises", "correct it")
        if not (0.004 <= self.attack_s <= 0.4 and 0.01 <= self.release_s <= 1 and 0.005 <= self.glide_s <= 0.4):
            raise InputError(f"sustained voice {self}", "attack, release, glide of 5 to 400 ms", "correct it")


@dataclass(frozen=True)
class Target:
    """What is known of the real instrument: the range of a measure, and who says so."""

    __pydantic_config__ = STRICT

    low: float
    high: float
    source: str

    def __post_init__(self) -> None:
        if not (self.low < self.high and self.source.strip()):
            raise InputError(f"target {self}", "low below high, and a source", "correct it")


@dataclass(frozen=True)
class Voice:
    """How one instrument is played without samples; exactly one of ``string`` and ``breath``."""

    __pydantic_config__ = STRICT

    chosen: bool
    why: str
    string: Plucked | None = None
    breath: Sustained | None = None
    targets: tuple[tuple[str, Target], ...] = ()

    def __post_init__(self) -> None:
        if (self.string is None) == (self.breath is None) or not self.why.strip():
            raise InputError(f"voice {self}", "either a string or a breath, and why it plays or not", "correct it")


Voices = dict[str, Voice]
"""By instrument."""


@cache
def load_voices(prompts_dir: Path) -> Voices:
    """The voices of a folder of data files, none where it has no such file.

    Raises
    ------
    DataError
        When the file breaks its own rules.
    """
    path = prompts_dir / FILE
    if not path.is_file():
        return {}
    data = read_data(path)
    voices = {}
    for name, table in data.get("voice", {}).items():
        targets = tuple((key, value) for key, value in table.pop("targets", {}).items())
        try:
            voices[name] = from_data(Voice, {**table, "targets": targets})
        except InputError as error:
            raise DataError(f"{path}: voice {name}: {error}", "correct the file") from error
    return voices


def chosen_voices(prompts_dir: Path) -> Voices:
    """The voices that play."""
    return {name: voice for name, voice in load_voices(prompts_dir).items() if voice.chosen}


def _check_curve(name: str, curve: Curve, low: float, high: float) -> None:
    pitches = [pitch for pitch, _ in curve]
    if not curve or pitches != sorted(pitches) or not all(low <= value <= high for _, value in curve):
        raise InputError(f"{name} {curve}", f"(pitch, {low:g}..{high:g}) by rising pitch", "correct it")
