"""Sound on its way into a network and out of it: rate, channels, exact length, and spans put back into what was there.

Conventions: samples of shape (channels, n), float32, full scale at 1.0; spans in seconds from the first sample. What is
put back is blended inside its span, so that everything outside is what it was, to the bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from assistant.audio import Waveform
from assistant.audio.waveform import Samples

FADE_S = 0.03
"""How long old and new sound are blended, inside either end of a renewed span."""
LEAST_HEARD_S = 0.1
"""How much of what is kept is needed to hear how loud the network gives it back."""
MOST_GAIN = 4.0
QUIET = 1e-4


def at_rate(samples: Samples, rate_hz: int, wanted_hz: int) -> Samples:
    """Samples at another rate."""
    if rate_hz == wanted_hz:
        return samples
    from scipy.signal import resample_poly

    divisor = int(np.gcd(rate_hz, wanted_hz))
    made: Samples = resample_poly(samples, wanted_hz // divisor, rate_hz // divisor, axis=1).astype(np.float32)
    return made


def fitted(samples: Samples, frames: int, channels: int = 2) -> Samples:
    """Samples of so many channels and frames: cut, or silence after them."""
    if samples.shape[0] != channels:
        samples = np.repeat(samples.mean(axis=0, keepdims=True), channels, axis=0)
    out = np.zeros((channels, frames), np.float32)
    count = min(frames, samples.shape[1])
    out[:, :count] = samples[:, :count]
    return out


def into(sound: Waveform, rate_hz: int, length_s: float, channels: int = 2) -> Samples:
    """A sound as a network takes it: at its rate, with its channels, ``length_s`` long."""
    return fitted(at_rate(sound.samples, sound.rate_hz, rate_hz), round(length_s * rate_hz), channels)


def out_of(samples: Any, rate_hz: int, wanted_hz: int, length_s: float) -> Waveform:
    """What a network gave, (channels, n) or (n,), in stereo at another rate, ``length_s`` long to the sample."""
    given = np.atleast_2d(np.asarray(samples, np.float32))
    return Waveform(fitted(at_rate(given, rate_hz, wanted_hz), round(length_s * wanted_hz)), wanted_hz)


def put_back(before: Waveform, made: Waveform, renewed_s: tuple[float, float]) -> Waveform:
    """``before`` with one span of it from ``made``, as loud as ``made`` is beside it; the rest is untouched.

    Networks give back what they keep at a level of their own, so the new part is measured on what lies around it.
    """
    first, last = (min(before.frames, max(0, round(each * before.rate_hz))) for each in renewed_s)
    samples = into(made, before.rate_hz, before.length_s, before.samples.shape[0])
    new = samples[:, first:last] * _gain(before.samples, samples, first, last, before.rate_hz)
    share = np.ones(max(0, last - first), np.float32)
    fade = min(round(FADE_S * before.rate_hz), len(share) // 2)
    ramp = np.linspace(0.0, 1.0, fade + 2, dtype=np.float32)[1:-1]
    if first > 0:
        share[:fade] = ramp
    if last < before.frames:
        share[len(share) - fade :] = ramp[::-1]
    out = before.samples.copy()
    out[:, first:last] = (1 - share) * out[:, first:last] + share * new
    return Waveform(out, before.rate_hz)


def alike(sound: Waveform, like: Waveform) -> Waveform:
    """A sound at the rate, with the channels and the length of another."""
    return Waveform(into(sound, like.rate_hz, like.length_s, like.samples.shape[0]), like.rate_hz)


def laid_over(before: Waveform, guide: Waveform, renewed_s: tuple[float, float]) -> Waveform:
    """``before`` with the guide's sound in a span: what a network is shown where it paints bars anew from a score."""
    return put_back(before, guide, renewed_s)


def _gain(before: Samples, made: Samples, first: int, last: int, rate_hz: int) -> float:
    """By how much what a network gave is to be raised, heard on what it should have kept; 1 where none is."""
    own = np.concatenate([before[:, :first], before[:, last:]], axis=1)
    other = np.concatenate([made[:, :first], made[:, last:]], axis=1)
    if own.shape[1] < LEAST_HEARD_S * rate_hz:
        return 1.0
    wanted, given = (float(np.sqrt(np.mean(np.square(each, dtype=np.float64)))) for each in (own, other))
    return float(np.clip(wanted / given, 1 / MOST_GAIN, MOST_GAIN)) if min(wanted, given) > QUIET else 1.0
