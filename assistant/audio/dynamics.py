"""Gain that follows the sound: a bus compressor and a true-peak limiter.

Conventions: both work out a slow gain curve, one value every `HOP` samples, and leave applying it to the caller, so
that a mastering loop can try gains without touching the sound. Levels in dB, times in seconds. Look-ahead is inside
the curve: the gain is already down when the peak arrives.

Sources: Giannoulis, Massberg and Reiss 2012, "Digital dynamic range compressor design" (soft knee, smoothing in dB).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.audio.peaks import STEP, peak_envelope
from assistant.audio.shelf import blocks, filled, scaled
from assistant.audio.waveform import Samples

HOP = STEP
"""Samples per step of a gain curve: 0.67 ms at 48 kHz."""

Gain = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Compression:
    """A compressor: threshold and knee in dB, ratio, attack and release in seconds."""

    threshold_db: float
    ratio: float = 2.0
    knee_db: float = 6.0
    attack_s: float = 0.03
    release_s: float = 0.25


def compressor_gain(samples: Samples, rate_hz: int, compression: Compression) -> Gain:
    """The gain of a soft-knee compressor that hears the power of both channels, shape (hops,)."""
    step = 8
    power = _power(samples, HOP * step)
    level_db = 10 * np.log10(power + 1e-12)
    over = level_db - compression.threshold_db
    knee = np.clip(over + compression.knee_db / 2, 0, compression.knee_db) ** 2 / (2 * compression.knee_db)
    wanted = -(1 - 1 / compression.ratio) * np.where(over > compression.knee_db / 2, over, knee)
    tick_s = HOP * step / rate_hz
    smooth = _ballistics(wanted, np.exp(-tick_s / compression.attack_s), np.exp(-tick_s / compression.release_s))
    hops = -(-samples.shape[1] // HOP)
    places = (np.arange(hops) + 0.5) / step - 0.5
    return np.asarray(10 ** (np.interp(places, np.arange(len(smooth)), smooth) / 20), np.float32)


def limiter_gain(peaks: Gain, rate_hz: int, *, ceiling: float, lookahead_s: float, release_s: float) -> Gain:
    """The gain that keeps true ``peaks`` (see `peaks_of`) at or below ``ceiling`` (amplitude), shape (hops,)."""
    from scipy.ndimage import maximum_filter1d, minimum_filter1d, uniform_filter1d

    if not len(peaks) or float(peaks.max()) <= ceiling:
        return np.ones_like(peaks)
    window = 1 + max(1, round(lookahead_s * rate_hz / HOP))
    # One hop more on either side, because the curve is interpolated between hops.
    needed = np.minimum(1.0, ceiling / np.maximum(maximum_filter1d(peaks, 3), 1e-9))
    early = minimum_filter1d(needed, window, origin=-(window // 2), mode="nearest")
    held = _released(early, 1 - np.exp(-HOP / rate_hz / release_s))
    smooth = uniform_filter1d(held, window, origin=(window - 1) // 2, mode="nearest")
    return np.asarray(np.minimum(smooth, 1.0), np.float32)


def peaks_of(samples: Samples, *, above: float = 0.0) -> Gain:
    """The true peak of every hop; exact only where it may exceed ``above`` (amplitude)."""
    return peak_envelope(samples, above=above)


def applied(samples: Samples, gain: Gain, *, into: Samples | None = None) -> Samples:
    """``samples`` times the gain curve, in straight lines between the middles of the hops."""
    frames = samples.shape[1]
    if not frames or bool((gain == gain[0]).all()):
        return scaled(samples, gain[0] if len(gain) else np.float32(1), into=into)
    padded = np.concatenate((gain[:1], gain, gain[-1:])).astype(np.float32)
    ramp = (np.arange(HOP, dtype=np.float32) + np.float32(0.5)) / HOP

    def stretch(span: slice) -> Samples:
        near = padded[span.start // HOP : -(-span.stop // HOP) + 2]
        lines = near[:-1, None] + ramp[None, :] * np.diff(near)[:, None]
        curve = lines.reshape(-1)[HOP // 2 : HOP // 2 + span.stop - span.start]
        return np.asarray(samples[:, span] * curve, np.float32)

    return filled((samples.shape[0], frames), stretch, unit=HOP, into=into)


def _power(samples: Samples, hop: int) -> npt.NDArray[np.float64]:
    """Mean power per hop, channels summed."""
    sums = []
    for span in blocks(samples.shape[1], hop):
        starts = np.arange(0, max(1, span.stop - span.start), hop)
        squares = np.einsum("cn,cn->n", samples[:, span], samples[:, span])
        sums.append(np.add.reduceat(squares, starts, dtype=np.float64))
    return np.asarray(np.concatenate(sums) / hop, np.float64)


def _ballistics(wanted_db: npt.NDArray[np.float64], attack: float, release: float) -> npt.NDArray[np.float64]:
    """One-pole smoothing, quick on the way down, slow on the way up."""
    now, smooth = float(wanted_db[0]), []
    for target in wanted_db.tolist():
        keep = attack if target < now else release
        now = keep * now + (1 - keep) * target
        smooth.append(now)
    return np.array(smooth)


def _released(needed: Gain, share: float) -> Gain:
    """The gain that obeys ``needed`` at once and comes back by ``share`` of the way every hop.

    What is taken is the most of all that was ever needed, each faded since: in logarithms, a highest value so far.
    """
    fading = np.arange(len(needed)) * -np.log1p(-share)
    with np.errstate(divide="ignore"):
        taken = np.maximum.accumulate(np.log(1.0 - needed.astype(np.float64)) + fading)
    return np.asarray(1.0 - np.exp(taken - fading), np.float32)
