"""Follows the pitch of one voice: hummed, sung, whistled or played, one note at a time.

Conventions: mono samples at `RATE_HZ` in; a value each `HOP_S` out: pitch as a MIDI number with fractions (NaN where
there is none), level in dB of full scale. Pitches from C2 to C7. Several periods are weighed at each moment and the
path through them is chosen as a whole, so that octave errors of a single moment do not survive.

Sources: YIN (de Cheveigne and Kawahara 2002): cumulative mean normalised difference; the path after pYIN (Mauch and
Dixon 2014), with costs in place of probabilities. librosa's pyin is not used: its first call compiles for seconds, and
it takes 8 to 10 times as long.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.settings import RATE_HZ

Numbers = npt.NDArray[np.float64]
Mono = npt.NDArray[np.float32]

STEP = 2
YIN_HZ = RATE_HZ // STEP
HOP = 240
HOP_S = HOP / YIN_HZ
WINDOW = 1024
"""Samples at `YIN_HZ` that are compared with themselves: 43 ms, two periods of the lowest pitch and more."""
LOWEST_HZ, HIGHEST_HZ = 65.0, 2100.0
CANDIDATES = 5
UNVOICED = 0.95
"""What it costs to hear no pitch: a period whose difference is larger loses against it."""
LONGER = 0.08
"""What each doubling of a period costs beside its difference: of equals the shortest is meant."""
JUMP, TURN = 0.03, 0.25
"""What a semitone of movement in one step costs (`MOST_JUMP` at most), and beginning or ending to be voiced."""
MOST_JUMP = 0.5
QUIET_DB = 45.0
"""So far below the loudest moment nothing is heard."""


@dataclass(frozen=True)
class Track:
    """Pitch and level over time, one value each `HOP_S`."""

    pitch: Numbers
    level_db: Numbers


def follow_pitch(mono: Mono) -> Track:
    """The pitch of one voice over time.

    Parameters
    ----------
    mono : array, shape (n,)
        At `RATE_HZ`, full scale at 1.0.
    """
    from scipy.signal import resample_poly

    if not mono.size:
        return Track(np.zeros(0), np.zeros(0))
    slow = np.asarray(resample_poly(mono, 1, STEP), np.float64)
    longest = int(YIN_HZ / LOWEST_HZ)
    padded = np.pad(slow, (WINDOW // 2, WINDOW + longest))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW + longest)[: len(slow) : HOP]
    centred = np.lib.stride_tricks.sliding_window_view(padded, WINDOW // 2)[WINDOW // 4 :][: len(slow) : HOP]
    level_db = 10 * np.log10(np.square(centred).mean(axis=1) + 1e-12)
    periods, costs = [], []
    for start in range(0, len(frames), 256):
        found, cost = _candidates(frames[start : start + 256], longest)
        periods.append(found)
        costs.append(cost)
    pitches = 69 + 12 * np.log2(YIN_HZ / np.concatenate(periods) / 440.0)
    cost = np.concatenate(costs)
    cost[level_db < level_db.max(initial=-120.0) - QUIET_DB] = 9.0
    return Track(_best_path(pitches, cost), level_db)


def _candidates(frames: Numbers, longest: int) -> tuple[Numbers, Numbers]:
    """Periods in samples (with fractions) at which each frame repeats best, and what each costs; shape (n, 5)."""
    difference = _difference(frames, longest)
    shortest = max(2, int(YIN_HZ / HIGHEST_HZ))
    inner = difference[:, shortest:-1]
    left, right = difference[:, shortest - 1 : -2], difference[:, shortest + 1 :]
    is_dip = (inner < left) & (inner <= right)
    ranked = np.where(is_dip, inner + LONGER * np.log2(np.arange(inner.shape[1]) + shortest), 99.0)
    best = np.argpartition(ranked, CANDIDATES, axis=1)[:, :CANDIDATES]
    rows = np.arange(len(frames))[:, None]
    a, b, c = left[rows, best], inner[rows, best], right[rows, best]
    bend = np.maximum(a - 2 * b + c, 1e-9)
    shift = np.clip(0.5 * (a - c) / bend, -0.5, 0.5)
    periods = best + shortest + shift
    depth = np.maximum(0.0, b - 0.25 * (a - c) * shift)
    return periods, np.where(ranked[rows, best] < 99.0, depth + LONGER * np.log2(periods), 9.0)


def _difference(frames: Numbers, longest: int) -> Numbers:
    """The cumulative mean normalised difference of each frame with itself, for lags 0 to ``longest``."""
    size = 1 << int(np.ceil(np.log2(frames.shape[1] + WINDOW)))
    head = np.fft.rfft(frames[:, :WINDOW], size)
    products = np.fft.irfft(np.fft.rfft(frames, size) * head.conj(), size)[:, : longest + 1]
    energy = np.cumsum(np.pad(np.square(frames), ((0, 0), (1, 0))), axis=1)
    power = energy[:, WINDOW : WINDOW + longest + 1] - energy[:, : longest + 1]
    raw = np.maximum(power[:, :1] + power - 2 * products, 0.0)
    raw[:, 0] = 0.0
    mean = np.cumsum(raw, axis=1) / np.maximum(np.arange(longest + 1), 1)
    out = raw / np.maximum(mean, 1e-12)
    out[:, 0] = 1.0
    return np.asarray(out)


def _best_path(pitches: Numbers, cost: Numbers) -> Numbers:
    """The cheapest way through the candidates; NaN where it is to hear none."""
    count = len(pitches)
    if not count:
        return np.zeros(0)
    total = np.append(cost[0], UNVOICED)
    came = np.zeros((count, CANDIDATES + 1), np.intp)
    for index in range(1, count):
        moves = np.minimum(JUMP * np.abs(pitches[index][:, None] - pitches[index - 1][None, :]), MOST_JUMP)
        step = np.full((CANDIDATES + 1, CANDIDATES + 1), TURN)
        step[:-1, :-1] = moves
        step[-1, -1] = 0.0
        sums = total[None, :] + step
        came[index] = sums.argmin(axis=1)
        total = sums.min(axis=1) + np.append(cost[index], UNVOICED)
    way = np.empty(count, np.intp)
    way[-1] = int(total.argmin())
    for index in range(count - 1, 0, -1):
        way[index - 1] = came[index, way[index]]
    padded = np.column_stack([pitches, np.full(count, np.nan)])
    return np.asarray(padded[np.arange(count), way])
