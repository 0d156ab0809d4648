"""What was measured in a clip.

Conventions: times in seconds from the first frame; curves are sampled a few times a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.errors import InputError
from assistant.records import STRICT
from assistant.remark import Remark

NO_PICTURE_FRAME_S = 0.040
"""What counts as one frame where there is no picture: at 25 a second."""


@dataclass(frozen=True, order=True)
class Cut:
    """A change of shot at ``at_s``; ``strength`` 0..1 says how different the pictures are."""

    __pydantic_config__ = STRICT

    at_s: float
    strength: float


@dataclass(frozen=True, order=True)
class Transition:
    """A gradual change from one shot to the next: ``fade_out`` to black or white, ``fade_in`` from it, ``dissolve``."""

    __pydantic_config__ = STRICT

    start_s: float
    end_s: float
    kind: Literal["fade_out", "fade_in", "dissolve"]

    def __post_init__(self) -> None:
        if not 0 <= self.start_s < self.end_s:
            raise InputError(f"transition {self}", "a start from 0 and an end after it", "swap them")


@dataclass(frozen=True)
class Sample:
    """A value of a curve at a time."""

    __pydantic_config__ = STRICT

    at_s: float
    value: float


@dataclass(frozen=True, order=True)
class Marker:
    """A moment that an editor has marked, with what they called it."""

    __pydantic_config__ = STRICT

    at_s: float
    name: str = ""


@dataclass(frozen=True)
class Span:
    """A stretch of time in seconds."""

    __pydantic_config__ = STRICT

    from_s: float
    to_s: float


@dataclass(frozen=True)
class ClipMusic:
    """Music in a clip's sound, as measured; None is what could not be told.

    Parameters
    ----------
    tempo_bpm : float or None
    key : str or None
    loudness_lufs : float
        Of the clip's whole sound.
    onsets_per_s, centroid_hz : float
        Density, and the middle of the spectrum.
    brightness : str
        ``"bright"``, ``"dark"`` or nothing.
    drums : bool or None
        Whether a kit or the like strikes in it.
    register : float or None
        Mean pitch as a MIDI number, roughly.
    valence, arousal : float or None
        -1..1.
    mfcc, chroma : tuple of float
        Means over time: 13 cepstral coefficients, and the weights of the twelve pitch classes from C.
    """

    __pydantic_config__ = STRICT

    tempo_bpm: float | None = None
    key: str | None = None
    loudness_lufs: float = -23.0
    onsets_per_s: float = 0.0
    centroid_hz: float = 0.0
    brightness: str = ""
    drums: bool | None = None
    register: float | None = None
    valence: float | None = None
    arousal: float | None = None
    mfcc: tuple[float, ...] = ()
    chroma: tuple[float, ...] = ()


@dataclass(frozen=True)
class Clip:
    """One file that a cue is written to, measured: a film or sound, or what stands for one.

    Parameters
    ----------
    path : str
        The file.
    length_s : float
        Length of the picture (of the sound, when there is no picture); of no meaning where `has_length` is False.
    frame_rate_hz : float or None
        Frames a second, the mean where it varies; None without a picture.
    variable_rate : bool
        Whether the time between frames varies.
    width, height : int
        Of the picture in pixels, 0 without one.
    cuts : tuple of Cut
    transitions : tuple of Transition
        Fades and dissolves.
    motion, brightness, saturation : tuple of Sample
        0..1 over time.
    warmth : tuple of Sample
        Of colours over time: -1 cold and blue, 1 warm and orange.
    has_audio : bool
    loudness_lufs : float or None
        Integrated loudness of its sound; None when silent or absent.
    tempo_bpm : float or None
        Of music in it, when there clearly is some.
    key : str or None
        Of music in it, such as ``"A minor"``.
    arousal : tuple of Sample
        Of a curve: -1..1 over time.
    markers : tuple of Marker
        Of an edit list, in order of time.
    music : ClipMusic or None
        What that music is like, where there clearly is some.
    speech : tuple of Span
        Where somebody speaks, in order.
    remarks : tuple of Remark
        What the person should know, such as a truncated end.
    kind : {"film", "still", "curve", "edit"}
        A film or sound; one picture (mood board); a curve of arousal over time; an edit list.
    """

    __pydantic_config__ = STRICT

    path: str
    length_s: float
    frame_rate_hz: float | None = None
    variable_rate: bool = False
    width: int = 0
    height: int = 0
    cuts: tuple[Cut, ...] = ()
    transitions: tuple[Transition, ...] = ()
    motion: tuple[Sample, ...] = ()
    brightness: tuple[Sample, ...] = ()
    saturation: tuple[Sample, ...] = ()
    warmth: tuple[Sample, ...] = ()
    has_audio: bool = False
    loudness_lufs: float | None = None
    tempo_bpm: float | None = None
    key: str | None = None
    arousal: tuple[Sample, ...] = ()
    markers: tuple[Marker, ...] = ()
    music: ClipMusic | None = None
    speech: tuple[Span, ...] = ()
    remarks: tuple[Remark, ...] = ()
    kind: Literal["film", "still", "curve", "edit"] = "film"

    def __post_init__(self) -> None:
        if not self.length_s > 0:
            raise InputError(f"clip of {self.length_s} s", "a length above 0", "choose a file that plays")

    @property
    def has_picture(self) -> bool:
        """Whether there is a moving picture to fit, which music can be laid under."""
        return self.kind == "film" and self.frame_rate_hz is not None

    @property
    def has_length(self) -> bool:
        """Whether it says how long the cue is to be; one picture does not."""
        return self.kind != "still"

    @property
    def frame_s(self) -> float:
        """Length of one frame in seconds; `NO_PICTURE_FRAME_S` without a picture."""
        return 1 / self.frame_rate_hz if self.frame_rate_hz else NO_PICTURE_FRAME_S
