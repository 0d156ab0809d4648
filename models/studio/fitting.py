"""What a model gives, made to fit its place: two channels, our rate, the length of its window, the guide's loudness.

Conventions: sound is float32 of shape (2, n) at `RATE_HZ`; loudness in LUFS.
"""

from __future__ import annotations

import math

import numpy as np

from assistant.audio import Waveform
from assistant.audio.loudness import SILENCE_LUFS, amplitude, energies_of, gated_lufs
from assistant.audio.waveform import Samples
from assistant.settings import RATE_HZ

ALONE_LUFS = -20.0
"""How loud a window is made that has no guide."""
MOST_GAIN_DB = 18.0
HIGHEST = 0.98
"""No sample of a window is made higher than this."""


def levelled(sound: Waveform, guide: Waveform | None) -> Samples:
    """The sound as loud as its guide, so that windows of one cue and what is renewed in it fit each other."""
    own = gated_lufs(energies_of(sound))
    wanted = ALONE_LUFS if guide is None else gated_lufs(energies_of(guide))
    if own <= SILENCE_LUFS or wanted <= SILENCE_LUFS or own == wanted:
        return sound.samples
    peak = float(np.abs(sound.samples).max())
    gain = min(amplitude(min(MOST_GAIN_DB, wanted - own)), HIGHEST / max(peak, 1e-9))
    return np.asarray(sound.samples * np.float32(gain))


def fitted(sound: Waveform, frames: int) -> Waveform:
    """The sound at `RATE_HZ`, exactly so long."""
    samples = sound.samples
    if sound.rate_hz != RATE_HZ:
        from scipy.signal import resample_poly

        divisor = math.gcd(sound.rate_hz, RATE_HZ)
        samples = resample_poly(samples, RATE_HZ // divisor, sound.rate_hz // divisor, axis=1).astype(np.float32)
    if samples.shape[1] < frames:
        samples = np.pad(samples, ((0, 0), (0, frames - samples.shape[1])))
    return Waveform(samples[:, :frames], RATE_HZ)


def stereo(sounds: list[Waveform]) -> list[Waveform]:
    """The sounds in two channels."""
    return [s if len(s.samples) == 2 else Waveform(np.repeat(s.samples, 2, axis=0), s.rate_hz) for s in sounds]
