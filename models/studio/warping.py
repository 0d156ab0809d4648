"""Moving a sound in time and pitch: played along a curve of time without changing its pitch, or retuned without
changing its time.

Conventions: sound is float32 of shape (channels, n). A `TimeMap` says for moments of the result which moments of the
sound they are taken from, in seconds, rising; between them in straight lines, beyond them by the nearest slope. What is
only shifted comes out bit for bit; other sounds are laid together from short pieces, each taken where it goes on best
from the one before.

Source: Verhelst and Roelands 1993, "An overlap-add technique based on waveform similarity (WSOLA)".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.audio.waveform import Samples
from assistant.errors import InputError

Numbers = npt.NDArray[np.float64]

PIECE_S = 0.046
"""Length of a piece: two periods of the lowest note that matters (43 Hz)."""
SEARCH_S = 0.012
"""How far beside its place a piece may be taken: half a period of 43 Hz."""
SLOPES = (0.5, 2.0)
"""Bounds of how much slower or faster a stretch may be played."""
SAME_SLOPE = 1e-6


@dataclass(frozen=True)
class TimeMap:
    """Moments of the result and the moments of the sound that they come from.

    Parameters
    ----------
    to_s, from_s : array, shape (n,)
        Rising, n at least 2.

    Raises
    ------
    InputError
        If they do not rise, or a stretch is played outside of `SLOPES`.

    Examples
    --------
    >>> late = TimeMap(np.array([0.0, 10.0]), np.array([0.5, 10.5]))
    >>> late(np.array([2.0])).tolist(), late.is_shift
    ([2.5], True)
    """

    to_s: Numbers
    from_s: Numbers

    def __post_init__(self) -> None:
        if len(self.to_s) != len(self.from_s) or len(self.to_s) < 2 or (np.diff(self.to_s) <= 0).any():
            raise InputError(f"time map of {len(self.to_s)} moments", "two or more moments that rise", "correct it")
        low, high = float(self.slopes.min()), float(self.slopes.max())
        if low < SLOPES[0] or high > SLOPES[1]:
            raise InputError(f"time map with slopes {low:.2f} to {high:.2f}", "0.5 to 2", "smooth it")

    @property
    def slopes(self) -> Numbers:
        """How fast each stretch is played."""
        return np.asarray(np.diff(self.from_s) / np.diff(self.to_s))

    @property
    def is_shift(self) -> bool:
        """Whether everything is moved by the same time."""
        return bool(np.allclose(self.slopes, 1.0, atol=SAME_SLOPE))

    def __call__(self, moments_s: Numbers) -> Numbers:
        """The moments of the sound that belong to moments of the result."""
        inner = np.interp(moments_s, self.to_s, self.from_s)
        before = self.from_s[0] + (moments_s - self.to_s[0]) * self.slopes[0]
        after = self.from_s[-1] + (moments_s - self.to_s[-1]) * self.slopes[-1]
        return np.asarray(np.where(moments_s < self.to_s[0], before, np.where(moments_s > self.to_s[-1], after, inner)))

    def inverse(self) -> TimeMap:
        """From moments of the sound to moments of the result."""
        return TimeMap(self.from_s, self.to_s)


def warped(sound: Samples, rate_hz: int, time_map: TimeMap, frames: int) -> Samples:
    """The sound along a time map, ``frames`` long; silence where the map leaves it.

    Parameters
    ----------
    sound : array, shape (channels, n)
    rate_hz : int
    time_map : TimeMap
    frames : int
        Length of the result.
    """
    if time_map.is_shift:
        return _cut(sound, round(float(time_map(np.zeros(1))[0]) * rate_hz), frames)
    piece = 2 * round(PIECE_S * rate_hz / 2)
    hop, search = piece // 2, round(SEARCH_S * rate_hz)
    window = np.hanning(piece + 1)[:piece].astype(np.float32)
    count = frames // hop + 2
    places = np.round(time_map(np.arange(count) * hop / rate_hz - hop / rate_hz) * rate_hz).astype(int)
    mono = sound.mean(axis=0)
    out = np.zeros((sound.shape[0], (count + 1) * hop), np.float32)
    follows: int | None = None
    for number, place in enumerate(places.tolist()):
        if follows is not None and abs(follows - place) <= search:
            taken = follows  # it goes on as it is
        elif follows is not None:
            taken = place + _best_offset(mono, place, follows, hop, search)
        else:
            taken = place
        out[:, number * hop : number * hop + piece] += _cut(sound, taken, piece) * window
        follows = taken + hop
    return np.ascontiguousarray(out[:, hop : hop + frames])


def retuned(sound: Samples, rate_hz: int, cents: float) -> Samples:
    """The sound higher by ``cents`` (negative: lower), its time as it was; within a semitone or two.

    It is played faster and then stretched back.
    """
    if abs(cents) < 0.5:
        return sound
    ratio = 2.0 ** (cents / 1200)
    frames = sound.shape[1]
    quick = resampled(sound, ratio)
    length_s = frames / rate_hz
    return warped(quick, rate_hz, TimeMap(np.array([0.0, length_s]), np.array([0.0, length_s / ratio])), frames)


def resampled(sound: Samples, ratio: float) -> Samples:
    """The sound played ``ratio`` times as fast, pitch and all."""
    from fractions import Fraction

    from scipy.signal import resample_poly

    share = Fraction(1.0 / ratio).limit_denominator(2000)
    out = resample_poly(sound.astype(np.float64), share.numerator, share.denominator, axis=1)
    return np.ascontiguousarray(out, dtype=np.float32)


def _best_offset(mono: Samples, place: int, follows: int, hop: int, search: int) -> int:
    """Where beside its place a piece goes on best from what was there."""
    wanted = _cut(mono[None], follows, hop)[0]
    near = _cut(mono[None], place - search, hop + 2 * search)[0]
    likeness = np.correlate(near, wanted, mode="valid")
    energy = np.concatenate(([0.0], np.cumsum(near.astype(np.float64) ** 2)))
    level = np.sqrt(np.maximum(energy[hop:] - energy[:-hop], 1e-9))[: len(likeness)]
    return int(np.argmax(likeness / level)) - search


def _cut(sound: Samples, first: int, length: int) -> Samples:
    """``length`` frames from ``first`` on, zeros where there are none."""
    out = np.zeros((sound.shape[0], length), np.float32)
    start, end = max(0, first), min(sound.shape[1], first + length)
    if end > start:
        out[:, start - first : end - first] = sound[:, start:end]
    return out
