"""The master: gentle bus compression, exactly the wanted loudness, and a true-peak limiter last.

The limiter's gain is known before the sound is touched, so the loudness after it can be worked out for any gain
before it; a few guesses find the gain, one pass applies it, one measurement confirms it. Where the wanted loudness
would cost more limiting than the craft allows, the cue is delivered quieter, unless loudness was asked for by number.

Conventions: loudness in LUFS, peaks in dBTP. A loop is mastered with its own end before it and its own beginning
after it, so that no gain jumps at the seam.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assistant.audio.dynamics import HOP, Gain, applied, compressor_gain, limiter_gain
from assistant.audio.loudness import (
    HOPS_PER_S,
    SILENCE_LUFS,
    Curve,
    amplitude,
    decibels,
    gated_lufs,
    integrated_lufs,
    k_energies,
)
from assistant.audio.peaks import PeakMeter, peak_envelope
from assistant.audio.shelf import highest, scaled
from assistant.audio.waveform import Samples, Waveform
from assistant.render.craft import Master

_GUESSES = 12
_LEAST_SLOPE = 0.2
"""The limiter eats most of a gain where it works hard; guesses assume no less than this share to be left."""
_TRIES = 8
"""Masters made at most; one or two do, but where short strokes carry the loudness a guess falls short."""
_CLOSE_LU = 0.02
_SURE_LU = 0.08
_LEAD_IN_S = 2.0
_DITHER_FREE_PEAK = 0.9999


@dataclass(frozen=True)
class Mastered:
    """The finished samples, and what the limiter took."""

    samples: Samples
    loudness_lufs: float
    true_peak_dbtp: float
    limiting_db: float
    held_back: bool
    """Whether the wanted loudness would have cost too much limiting."""


def master(
    unmastered: Waveform, *, target_lufs: float, craft: Master, insist: bool = False, loop: bool = False
) -> Mastered:
    """The mastered cue, as long as its premaster, at ``target_lufs`` or as near as limiting allows."""
    premaster, rate_hz, frames = unmastered.samples, unmastered.rate_hz, unmastered.frames
    around = min(frames, round(_LEAD_IN_S * rate_hz) // HOP * HOP) if loop else 0
    bus = premaster
    if around:
        bus = np.concatenate((premaster[:, frames - around :], premaster, premaster[:, :around]), axis=1)
    inside = slice(around, around + frames)
    loudness = integrated_lufs(unmastered)
    if loudness <= SILENCE_LUFS + 1:
        return Mastered(premaster, SILENCE_LUFS, SILENCE_LUFS, 0.0, False)
    bus = applied(bus, compressor_gain(bus, rate_hz, craft.compression(loudness)))
    limiter = _Limiter(bus, inside, rate_hz, craft)
    aim_lufs = target_lufs
    for _ in range(_TRIES):
        gain_db, held_back = limiter.find_gain(aim_lufs, insist=insist)
        curve = limiter.curve(gain_db)
        louder = scaled(bus, np.float32(amplitude(gain_db)))
        samples = applied(louder, curve, into=louder)[:, inside]
        samples, peak = _under_ceiling(samples, craft.ceiling_dbtp)
        achieved = gated_lufs(k_energies(samples, rate_hz))
        if held_back or abs(achieved - target_lufs) < _SURE_LU:
            break
        aim_lufs += target_lufs - achieved
    return Mastered(samples, achieved, decibels(peak), limiter.cost_db(curve), held_back)


def _under_ceiling(samples: Samples, ceiling_dbtp: float) -> tuple[Samples, float]:
    """The samples a hair lower where the limiter's slopes let a peak between samples through, and their peak."""
    ceiling = amplitude(ceiling_dbtp)
    peak = float(peak_envelope(samples, above=highest(samples)).max(initial=0.0))
    if peak <= ceiling:
        return samples, peak
    lower = _DITHER_FREE_PEAK * ceiling
    return scaled(samples, np.float32(lower / peak), into=samples), lower


class _Limiter:
    """Tries gains on peaks and loudness alone, without touching the sound."""

    def __init__(self, bus: Samples, inside: slice, rate_hz: int, craft: Master) -> None:
        self._craft, self._rate_hz = craft, rate_hz
        self._energies = k_energies(bus[:, inside], rate_hz)
        self._loudness = gated_lufs(self._energies)
        self._peaks = PeakMeter(bus)
        self._hops = slice(inside.start // HOP, -(-inside.stop // HOP))

    def curve(self, gain_db: float) -> Gain:
        """The limiter's gain when the bus is raised by ``gain_db``."""
        peaks = self._peaks.above(amplitude(self._craft.ceiling_dbtp - gain_db))
        return limiter_gain(
            peaks * np.float32(amplitude(gain_db)),
            self._rate_hz,
            ceiling=amplitude(self._craft.ceiling_dbtp),
            lookahead_s=self._craft.lookahead_s,
            release_s=self._craft.release_limiter_s,
        )

    def cost_db(self, curve: Gain) -> float:
        """How much is taken, at the 99th percentile of the time."""
        return max(0.0, -decibels(float(np.percentile(curve[self._hops], 1))))

    def find_gain(self, target_lufs: float, *, insist: bool) -> tuple[float, bool]:
        """The gain in dB that reaches the target, and whether it had to stop short of it."""
        gain_db, held_back = target_lufs - self._loudness, False
        slope, before = 1.0, None
        for _ in range(_GUESSES):
            curve = self.curve(gain_db)
            excess = self.cost_db(curve) - self._craft.most_limiting_db
            short = target_lufs - self._loudness_after(gain_db, curve)
            if before is not None and before[0] != gain_db:
                slope = float(np.clip((before[1] - short) / (gain_db - before[0]), _LEAST_SLOPE, 1.0))
            before = (gain_db, short)
            if excess > 0 and not insist:
                held_back = True
                gain_db -= max(0.05, excess)
            elif held_back or abs(short) < _CLOSE_LU:
                break
            else:
                gain_db += short / slope
        return gain_db, held_back

    def _loudness_after(self, gain_db: float, curve: Gain) -> float:
        """Loudness of the limited bus, from the energies before and the gain in each 100 ms."""
        power = np.asarray(curve[self._hops], np.float64) ** 2
        hops = np.minimum(
            np.arange(len(self._energies)) * self._rate_hz // (HOPS_PER_S * HOP), max(0, len(power) - 1)
        ).astype(int)
        means: Curve = np.add.reduceat(power, hops) / np.diff(np.append(hops, len(power))).clip(min=1)
        return gated_lufs(self._energies * means * 10 ** (gain_db / 10))
