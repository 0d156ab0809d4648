"""The last station of sound that is heard while it is made: never too loud, never clipped, whatever comes next.

First a slow hand: where 400 ms would be louder than the ceiling, the level is lower from 100 ms before on, and comes
back slowly. Then a limiter for peaks. Both hear a little ahead, so sound is given back that much later; the state of
both lives on, so that it makes no difference where a stretch is cut.

Conventions: float32 of shape (2, n); loudness in LUFS after BS.1770, momentary (400 ms); peaks of samples.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assistant.audio.dynamics import HOP
from assistant.audio.loudness import HOPS_PER_S, amplitude, k_filter
from assistant.audio.waveform import Samples

Gains = npt.NDArray[np.float64]

_BLOCK_HOPS = 4
"""Momentary loudness is that of four times 100 ms."""
_RISE_DB_PER_S = 3.0
_LOOKAHEAD = 6
"""Of the limiter, in steps of `HOP` samples: 4 ms."""
_RELEASE_S = 0.08
_TINY = np.float32(1e-18)
_NOTHING = np.zeros((2, 0), np.float32)


class Ceiling:
    """Holds sound below a loudness and a peak, stretch by stretch.

    Parameters
    ----------
    rate_hz : int
    most_lufs : float
        No 400 ms get louder.
    peak_dbfs : float
        No sample gets higher.
    """

    def __init__(self, rate_hz: int, *, most_lufs: float, peak_dbfs: float) -> None:
        self._leveller = _Leveller(rate_hz, most_lufs)
        self._limiter = _Limiter(rate_hz, amplitude(peak_dbfs))

    def push(self, samples: Samples, *, last: bool = False) -> Samples:
        """Take a stretch; give back what is ready, which is everything once the ``last`` is there."""
        return self._limiter.push(self._leveller.push(samples, last=last), last=last)


class _Leveller:
    """Keeps every 400 ms at or below a loudness: a gain for each 100 ms, straight lines between them."""

    def __init__(self, rate_hz: int, most_lufs: float) -> None:
        self._hop = rate_hz // HOPS_PER_S
        self._most = 10 ** ((most_lufs + 0.691) / 10)
        self._rise = amplitude(_RISE_DB_PER_S / HOPS_PER_S)
        self._sections = k_filter(rate_hz).astype(np.float32)
        self._state = np.zeros((len(self._sections), 2, 2), np.float32)
        self._waiting = _NOTHING
        self._energies: list[float] = []
        self._gains: list[float] = []
        self._given = 0

    def push(self, samples: Samples, *, last: bool) -> Samples:
        self._waiting = np.concatenate((self._waiting, samples), axis=1)
        self._listen(last=last)
        while len(self._gains) < len(self._energies) - (0 if last else _BLOCK_HOPS - 1):
            self._gains.append(self._next_gain())
        ready = len(self._gains) - (0 if last else 1)
        if ready <= self._given:
            return _NOTHING
        out = self._waiting[:, : (ready - self._given) * self._hop]
        self._waiting = self._waiting[:, out.shape[1] :]
        gains = np.array(self._gains[max(0, self._given - 1) : ready + 1])
        if self._given == 0:
            gains = np.append(gains[:1], gains)
        if len(gains) < ready - self._given + 2:
            gains = np.append(gains, gains[-1])
        self._given = ready
        edges = np.minimum(gains[:-1], gains[1:])
        return _in_lines(out, edges, self._hop)

    def _listen(self, *, last: bool) -> None:
        """The energies of the hops that are whole now, the last one filled up with silence."""
        from scipy.signal import sosfilt

        new = self._waiting[:, (len(self._energies) - self._given) * self._hop :]
        missing = -new.shape[1] % self._hop if last else 0
        new = np.pad(new, ((0, 0), (0, missing)))[:, : (new.shape[1] + missing) // self._hop * self._hop]
        if new.shape[1]:
            weighted, self._state = sosfilt(self._sections, new + _TINY, zi=self._state)
            squares = np.einsum("cn,cn->n", weighted, weighted, dtype=np.float64)
            self._energies += squares.reshape(-1, self._hop).mean(axis=1).tolist()

    def _next_gain(self) -> float:
        """The gain of the next hop: low enough for every block that it is in, not much higher than the one before."""
        place = len(self._gains)
        blocks = [self._energies[start : start + _BLOCK_HOPS] for start in range(max(0, place - 3), place + 1)]
        loudest = max(sum(block) / _BLOCK_HOPS for block in blocks)
        most = (self._most / loudest) ** 0.5 if loudest > self._most else 1.0
        return min(most, self._gains[-1] * self._rise if self._gains else 1.0)


class _Limiter:
    """Keeps samples at or below a ceiling."""

    def __init__(self, rate_hz: int, ceiling: float) -> None:
        self._ceiling = ceiling
        self._share = 1 - np.exp(-HOP / rate_hz / _RELEASE_S)
        self._waiting = _NOTHING
        self._before = 0.0
        self._held: Gains | None = None
        """The gains before smoothing of the steps just given."""

    def push(self, samples: Samples, *, last: bool) -> Samples:
        from scipy.ndimage import maximum_filter1d

        self._waiting = np.concatenate((self._waiting, samples), axis=1)
        steps = -(-self._waiting.shape[1] // HOP) if last else self._waiting.shape[1] // HOP
        known = steps if last else steps - _LOOKAHEAD
        ready = known if last else known - 1
        if ready <= 0:
            return _NOTHING
        starts = np.arange(0, steps * HOP, HOP)
        peaks = np.maximum.reduceat(np.abs(self._waiting[:, : steps * HOP]).max(axis=0), starts)
        around = maximum_filter1d(np.concatenate(([self._before], peaks, [0.0])), 3)[1:-1]
        needed = np.minimum(1.0, self._ceiling / np.maximum(around, 1e-9))
        ahead = np.append(needed, np.ones(_LOOKAHEAD))
        early = np.lib.stride_tricks.sliding_window_view(ahead, _LOOKAHEAD)[:known].min(axis=1)
        smooth = self._smoothed(early, ready)
        self._before = float(peaks[ready - 1])
        out = self._waiting[:, : ready * HOP]
        self._waiting = self._waiting[:, ready * HOP :]
        if smooth.min() >= 1.0:
            return out
        middles = (np.arange(-1, len(smooth) - 1) + 0.5) * HOP - 0.5
        return np.asarray(out * np.interp(np.arange(out.shape[1]), middles, smooth), np.float32)

    def _smoothed(self, early: Gains, ready: int) -> Gains:
        """The gains of the step before, of those that come now and of the one after, where it is known."""
        if self._held is None:
            self._held = np.full(_LOOKAHEAD, early[0])
        held = np.concatenate((self._held, _released(early, float(self._held[-1]), self._share)))
        self._held = held[ready : ready + _LOOKAHEAD]
        whole = np.convolve(held, np.ones(_LOOKAHEAD) / _LOOKAHEAD, mode="valid")
        return np.minimum(whole, 1.0)


def _released(needed: Gains, now: float, share: float) -> Gains:
    """The gain that obeys at once and comes back by ``share`` of the way every step."""
    if now >= 1.0 and needed.min() >= 1.0:
        return np.ones_like(needed)
    held = []
    for target in needed.tolist():
        now = min(target, now + (1.0 - now) * share)
        held.append(now)
    return np.array(held)


def _in_lines(samples: Samples, edges: Gains, hop: int) -> Samples:
    """Samples times a gain that moves in straight lines from edge to edge of the hops."""
    if edges.min() >= 1.0:
        return samples
    places = np.arange(samples.shape[1])
    return np.asarray(samples * np.interp(places, np.arange(len(edges)) * hop, edges), np.float32)
