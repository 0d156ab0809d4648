"""What was measured in a piece of music.

Conventions: the unit stands in the name; None is what could not be told, and its note says why. Valence and arousal
run from -1 to 1, shares from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from assistant.records import STRICT


@dataclass(frozen=True)
class Judgement:
    """One piece, measured.

    Parameters
    ----------
    file : str
        Its name, empty for a score that lies in no file.
    kind : {"midi", "audio"}
    length_s : float
        To the end of the last note, or of the sound.
    tempo_bpm : float or None
        Felt beats a minute.
    key, mode : str or None
        Such as ``"D minor"`` and ``"minor"``; only major and minor are told apart.
    mode_brightness : float or None
        -1 (phrygian) to 1 (lydian, major): which form of each degree sounds above the tonic that was found.
    density_onsets_per_s : float or None
    register_midi_pitch : float or None
        Mean pitch, 60 is middle C.
    level_velocity : float or None
        1 to 127; MIDI alone.
    level_lufs : float or None
        Integrated loudness; sound alone.
    dissonance_share : float or None
        Share of what sounds together that is a second, a seventh or a tritone.
    valence, arousal : float or None
    notes : dict of str to str
        How each value was found, by its name.
    """

    __pydantic_config__ = STRICT

    file: str
    kind: Literal["midi", "audio"]
    length_s: float
    tempo_bpm: float | None = None
    key: str | None = None
    mode: str | None = None
    mode_brightness: float | None = None
    density_onsets_per_s: float | None = None
    register_midi_pitch: float | None = None
    level_velocity: float | None = None
    level_lufs: float | None = None
    dissonance_share: float | None = None
    valence: float | None = None
    arousal: float | None = None
    notes: dict[str, str] = field(default_factory=dict)


def rounded(value: float | None, digits: int = 2) -> float | None:
    """The value as people read it; None stays None."""
    return None if value is None else round(float(value), digits)
