"""What is compared when a sound is held to its guide: when things begin, and which notes sound.

Conventions: mono sound is worked at `RATE_HZ`; a row each `HOP_S`. Onsets are the rise of loudness in bands, pitch is a
spectrum over pitch classes, a row of length 1, or of zeros where nothing sounds.

Sources: Ewert, Mueller and Grosche 2009, "High resolution audio synchronization using chroma onset features" (both
kinds together); Mueller 2015, *Fundamentals of Music Processing*, chapters 3 and 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from assistant.audio import Waveform

Numbers = npt.NDArray[np.float64]

RATE_HZ = 24_000
HOP = 240
HOP_S = HOP / RATE_HZ
FRAME_SHORT, FRAME_LONG = 512, 4096
BANDS = 10
LOWEST_HZ, HIGHEST_HZ = 65.0, 5000.0
LOUDNESS_POWER = 0.3
"""Loudness grows as energy to this power (Stevens 1957)."""
CENTS_STEP = 10
"""Width of a cell of the fine spectrum."""


@dataclass(frozen=True)
class Heard:
    """What was heard in a sound.

    Parameters
    ----------
    rises : array, shape (n, bands)
        How fast loudness climbs in each band, falls not counted.
    chroma : array, shape (n, 12)
    loudness : array, shape (n,)
    """

    rises: Numbers
    chroma: Numbers
    loudness: Numbers

    def __len__(self) -> int:
        return len(self.chroma)

    @property
    def onset(self) -> Numbers:
        """All bands together, in parts of its own 95th percentile."""
        total = self.rises.sum(axis=1)
        return np.asarray(total / max(1e-9, float(np.quantile(total, 0.95))))


def mono_of(sound: Waveform) -> npt.NDArray[np.float64]:
    """The sound in mono at `RATE_HZ`."""
    from scipy.signal import resample_poly

    mono = sound.samples.mean(axis=0).astype(np.float64)
    divisor = int(np.gcd(sound.rate_hz, RATE_HZ))
    return np.asarray(resample_poly(mono, RATE_HZ // divisor, sound.rate_hz // divisor))


def heard(sound: Waveform) -> Heard:
    """What is heard in a sound, listened to once."""
    return sound.once("heard", lambda: _listened(sound))


def _listened(sound: Waveform) -> Heard:
    mono = mono_of(sound)
    short = _spectra(mono, FRAME_SHORT)
    hertz = np.asarray(np.fft.rfftfreq(FRAME_SHORT, 1 / RATE_HZ), float)
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1)
    bands = np.stack(
        [short[:, np.flatnonzero(_between(hertz, low, high))].sum(axis=1) for low, high in pairwise(edges.tolist())],
        axis=1,
    )
    floor = 1e-5 * max(1e-12, float(bands.max()))
    loud = (bands + floor) ** LOUDNESS_POWER - floor**LOUDNESS_POWER
    rises = np.maximum(0.0, np.diff(loud, axis=0, prepend=loud[:1]))
    return Heard(rises, _chroma(_spectra(mono, FRAME_LONG)), loud.sum(axis=1))


def detuned_cents(guide: Waveform, sound: Waveform, *, most: int = 100) -> float:
    """By how much a sound is higher than its guide, from the spectra of both as wholes; within ``most`` cents."""
    first, second = (_tuning(each) for each in (guide, sound))
    reach = most // CENTS_STEP
    shifts = np.arange(-reach, reach + 1)
    likeness = np.array([float(first @ np.roll(second, -shift)) for shift in shifts])
    best = int(np.argmax(likeness))
    bend = 0.0
    if 0 < best < len(shifts) - 1:
        left, here, right = likeness[best - 1 : best + 2]
        curve = left - 2 * here + right
        bend = float(np.clip(0.5 * (left - right) / curve, -0.5, 0.5)) if curve < 0 else 0.0
    return float((shifts[best] + bend) * CENTS_STEP)


def _tuning(sound: Waveform) -> Numbers:
    """The fine spectrum of a sound, taken once."""
    return sound.once("fine spectrum", lambda: _fine_spectrum(mono_of(sound)))


def _spectra(mono: npt.NDArray[np.float64], frame: int) -> Numbers:
    """Power spectra of frames around each row's moment."""
    padded = np.pad(mono, (frame // 2, frame // 2))
    frames = np.lib.stride_tricks.sliding_window_view(padded, frame)[::HOP]
    window = np.hanning(frame)
    out = [np.abs(np.fft.rfft(frames[at : at + 512] * window, axis=1)) ** 2 for at in range(0, len(frames), 512)]
    return np.concatenate(out)


def _between(hertz: Numbers, low: float, high: float) -> npt.NDArray[np.bool_]:
    inside = (hertz >= low) & (hertz < high)
    if not inside.any():
        inside[int(np.argmin(np.abs(hertz - (low * high) ** 0.5)))] = True
    return inside


def _chroma(power: Numbers) -> Numbers:
    hertz = np.fft.rfftfreq(FRAME_LONG, 1 / RATE_HZ)
    used = (hertz >= LOWEST_HZ) & (hertz <= HIGHEST_HZ)
    pitch = 69 + 12 * np.log2(hertz[used] / 440)
    weights = np.zeros((used.sum(), 12))
    for column in range(12):
        away = (pitch - column + 6) % 12 - 6
        weights[:, column] = np.exp(-0.5 * (away / 0.35) ** 2)
    rows = power[:, used] ** 0.5 @ weights
    rows = np.maximum(0.0, rows - np.median(rows, axis=1, keepdims=True))
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    quiet = length < 1e-3 * max(1e-12, float(length.max()))
    return np.asarray(np.where(quiet, 0.0, rows / np.maximum(length, 1e-12)))


def _fine_spectrum(mono: npt.NDArray[np.float64]) -> Numbers:
    """The mean spectrum on an axis of cents, its slope taken away."""
    frame = 1 << 15
    padded = np.pad(mono, (0, max(0, frame - len(mono))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, frame)[:: frame // 4]
    amplitude = np.mean(np.abs(np.fft.rfft(frames * np.hanning(frame), axis=1)), axis=0)
    hertz = 110.0 * 2 ** (np.arange(0, 5 * 1200, CENTS_STEP) / 1200)
    axis = np.interp(hertz, np.fft.rfftfreq(frame, 1 / RATE_HZ), amplitude) ** 0.5
    smooth = np.convolve(axis, np.ones(41) / 41, mode="same")
    rest = np.maximum(0.0, axis - smooth)
    return np.asarray(rest / max(1e-12, float(np.linalg.norm(rest))))
