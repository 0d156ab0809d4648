"""True peaks: how high sound reaches between its samples, measured only where that can matter.

Conventions: float32 of shape (channels, n); peaks are amplitudes at four times the rate (ITU-R BS.1770-5, annex 2), in
stretches of `STEP` samples. A stretch is interpolated by one product of its samples and those beside it with a matrix;
products are so small that a matrix library uses one thread for each.

No music overshoots its samples by 3 dB and matters: stretches whose samples stay below 0.7 times the peak that is
looked for are left alone.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from assistant.audio.shelf import blocks

Samples = npt.NDArray[np.float32]

STEP = 32
OVERSAMPLING = 4
_TAPS_PER_PHASE = 16
"""Samples on either side that the interpolation needs to be exact."""
_OVERSHOOT = 0.7
_SILENT = 1e-6
_TOGETHER, _ROUND = 32, 1 << 12
"""Stretches in one product, and in memory at once."""


class PeakMeter:
    """The true peaks of a sound, found as they are asked for.

    Parameters
    ----------
    samples : array of shape (channels, n)
        Not changed while it is measured.
    """

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self._peaks = _by_channel(samples)
        self._is_exact = np.zeros(self._peaks.shape, np.bool_)

    def above(self, level: float = 0.0) -> Samples:
        """The highest of all channels in every stretch, shape (ceil(n / STEP),); exact where it exceeds ``level``."""
        wanted = (self._peaks >= max(_OVERSHOOT * level, _SILENT)) & ~self._is_exact
        for span in blocks(self._samples.shape[1], STEP):
            first = span.start // STEP
            for channel, wished in enumerate(wanted[:, first : -(-span.stop // STEP)]):
                places = np.flatnonzero(wished) + first
                for start in range(0, len(places), _ROUND):
                    self._measure(channel, places[start : start + _ROUND])
        self._is_exact |= wanted
        highest: Samples = self._peaks.max(axis=0)
        return highest

    def _measure(self, channel: int, places: npt.NDArray[np.intp]) -> None:
        """Interpolate some stretches of a channel."""
        between = _between(_with_neighbours(self._samples[channel], places))
        peaks = np.maximum(between.max(axis=1), -between.min(axis=1))[: len(places)]
        self._peaks[channel, places] = np.maximum(self._peaks[channel, places], peaks)


def sample_peaks(samples: Samples) -> Samples:
    """The highest sample of all channels in every stretch, shape (ceil(n / STEP),)."""
    highest: Samples = _by_channel(samples).max(axis=0)
    return highest


def _by_channel(samples: Samples) -> Samples:
    """The highest sample of every stretch, channel by channel."""
    return np.concatenate([_highest(samples[:, span]) for span in blocks(samples.shape[1], STEP)], axis=1)


def _highest(samples: Samples) -> Samples:
    frames = samples.shape[1]
    levels = np.zeros((samples.shape[0], -(-frames // STEP) * STEP), np.float32)
    np.abs(samples, out=levels[:, :frames])
    peaks: Samples = levels.reshape(samples.shape[0], -1, STEP).max(axis=2)
    return peaks


def peak_envelope(samples: Samples, *, above: float = 0.0) -> Samples:
    """The highest true peak of all channels in every stretch, shape (ceil(n / STEP),).

    Parameters
    ----------
    samples : array of shape (channels, n)
    above : float
        Peaks are exact where they exceed this amplitude.

    Examples
    --------
    >>> between = np.sin(np.pi / 2 * np.arange(4800) + np.pi / 4)[None].astype(np.float32)
    >>> round(float(np.abs(between).max()), 2), round(float(peak_envelope(between)[50:-50].max()), 2)
    (0.71, 1.0)
    """
    return PeakMeter(samples).above(above)


def _with_neighbours(channel: Samples, places: npt.NDArray[np.intp]) -> Samples:
    """The samples of some stretches with those beside them, a stretch a row; rows of zeros make the number even."""
    width = STEP + 2 * _TAPS_PER_PHASE
    rows = np.zeros((-(-len(places) // _TOGETHER) * _TOGETHER, width), np.float32)
    starts = places * STEP - _TAPS_PER_PHASE
    is_inside = (starts >= 0) & (starts + width <= len(channel))
    if is_inside.any():
        views = np.lib.stride_tricks.sliding_window_view(channel, width)
        rows[: len(places)][is_inside] = views[starts[is_inside]]
    for row in np.flatnonzero(~is_inside):
        first, last = max(0, starts[row]), min(len(channel), starts[row] + width)
        rows[row, first - starts[row] : last - starts[row]] = channel[first:last]
    return rows


def _between(rows: Samples) -> Samples:
    """The values between the samples of stretches."""
    matrix = _interpolator()
    between: Samples = np.matmul(rows.reshape(-1, _TOGETHER, rows.shape[1]), matrix).reshape(len(rows), -1)
    return between


@cache
def _interpolator() -> Samples:
    """The low-pass that fills in three values after each sample of a stretch, as a matrix."""
    from scipy.signal import firwin

    reach = OVERSAMPLING * _TAPS_PER_PHASE
    taps = OVERSAMPLING * firwin(2 * reach + 1, 1 / OVERSAMPLING, window=("kaiser", 6.0))
    from_place = OVERSAMPLING * (np.arange(STEP + 2 * _TAPS_PER_PHASE) - _TAPS_PER_PHASE)
    to_place = np.arange(OVERSAMPLING * STEP)
    lag = reach + to_place[None, :] - from_place[:, None]
    matrix = np.where((lag >= 0) & (lag <= 2 * reach), taps[np.clip(lag, 0, 2 * reach)], 0.0)
    return np.ascontiguousarray(matrix[:, to_place % OVERSAMPLING > 0], np.float32)
