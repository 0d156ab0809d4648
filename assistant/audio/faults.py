"""Faults that nobody wants to hear: clicks, clipped tops, a constant offset, an end that is cut or silent.

A click is a place where the sound is not what its past foretells, for a moment only: a linear prediction is taken from
every sample, and what is left over stands far above what is left over shortly before *and* shortly after. A struck
drum or string leaves much over too, but goes on doing so for some milliseconds, and before a soft note's end nothing
ends at once. What comes again several times within a tenth of a second is a waveform with edges (a saw, a square).

Conventions: times in seconds, levels in dBFS; waveforms as in `assistant.audio.waveform`. Each function measures one
fault and judges nothing but the click's detector, which has to decide; `tests/test_faults.py` and
``make eval ARGS="--only soundness"`` plant faults and count what is found.

Not known here: whether a click is meant (vinyl noise), and clicks that a louder onset within 5 ms hides from ears too.

Sources: Godsill and Rayner, Digital Audio Restoration (1998), chapter 5: clicks as outliers of a prediction.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assistant.audio.loudness import SILENCE_LUFS, decibels
from assistant.audio.waveform import Waveform

Reals = npt.NDArray[np.float64]

ORDER = 24
"""Of the prediction: enough for three voices or a dense spectrum at 48 kHz."""
_FRAME, _HOP = 2048, 1024
_BLOCK_S = 0.00025
_NEAR, _FAR = 4, 28
"""Blocks beside a click that may still be the click, and the last ones that tell what is usual here: 1 and 7 ms."""
_USUAL = 0.8
"""What is usual is what this share of the blocks stays below."""
STANDS_OUT = 6.0
"""How far a click stands above what is usual on either side."""
LEAST_DB, LEAST_DBFS = -40.0, -72.0
"""An unforeseen step that far below the level of the whole, or below that of a quiet room, is not heard."""
_ABRUPT, _ABRUPT_RATIO = (2, 6), 0.28
"""From 1.5 to 0.5 ms before a click there is no more than this share of it; a stick takes that long to strike."""
_AGAIN_S, _AGAIN_RATIO, _AGAIN_MOST = 0.05, 0.4, 2
"""So many others nearly as sharp, so near, are still clicks; more are the edges of a waveform."""

_FLAT_RUN, _QUIET = 3, 1e-4
_FLAT_TOP_DB = -3.0


def click_times_s(waveform: Waveform) -> tuple[float, ...]:
    """Where the sound clicks, in seconds, to half a millisecond.

    Examples
    --------
    >>> tone = 0.3 * np.hanning(48000) * np.sin(2 * np.pi * 220 / 48000 * np.arange(48000))
    >>> tone[24000] += 0.1
    >>> click_times_s(Waveform(tone[None], 48000))
    (0.5,)
    """
    block = max(4, round(_BLOCK_S * waveform.rate_hz))
    least = max(10 ** (LEAST_DBFS / 20), float(waveform.samples.std()) * 10 ** (LEAST_DB / 20))
    places: set[int] = set()
    for channel in waveform.samples:
        sharp = _blocks(np.abs(_unforeseen(channel.astype(np.float64))), block)
        places.update(int(place) for place in _standing_out(sharp, least, block / waveform.rate_hz))
    return tuple(round(place * block / waveform.rate_hz, 4) for place in _first_of_each(sorted(places)))


def clipped_samples(waveform: Waveform) -> int:
    """Samples on flat tops: three or more in a row at the same, nearly the highest, value; also when lowered later.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 / 48000 * np.arange(48000))
    >>> clipped_samples(Waveform(0.5 * tone[None], 48000))
    0
    >>> clipped_samples(Waveform(0.5 * tone[None].clip(-0.9, 0.9), 48000)) > 1000
    True
    """
    count = 0
    for channel in waveform.samples:
        level = np.abs(channel)
        high = level >= float(level.max(initial=0.0)) * 10 ** (_FLAT_TOP_DB / 20)
        same = np.concatenate(([False], (channel[1:] == channel[:-1]) & high[1:] & (level[1:] > _QUIET), [False]))
        edges = np.flatnonzero(np.diff(same.astype(np.int8)))
        runs = edges[1::2] - edges[::2] + 1
        count += int(runs[runs >= _FLAT_RUN].sum())
    return count + int((np.abs(waveform.samples) >= 1.0).sum())


def offset_dbfs(waveform: Waveform) -> float:
    """The constant offset of the worse channel, below 5 Hz; a loud low note is none."""
    means = waveform.samples.mean(axis=1, dtype=np.float64)
    return decibels(float(np.abs(means).max(initial=0.0)))


def silent_end_s(waveform: Waveform, *, below_dbfs: float = -60.0) -> float:
    """How long nothing reaches ``below_dbfs`` at the end."""
    loud = np.flatnonzero(np.abs(waveform.samples).max(axis=0) > 10 ** (below_dbfs / 20))
    heard = int(loud[-1]) + 1 if len(loud) else 0
    return (waveform.frames - heard) / waveform.rate_hz


def end_dbfs(waveform: Waveform, *, last_s: float = 0.002) -> float:
    """The highest sample of the last moment: an end that still sounds there was cut."""
    last = waveform.samples[:, -max(1, round(last_s * waveform.rate_hz)) :]
    return decibels(float(np.abs(last).max(initial=0.0)), floor_db=SILENCE_LUFS)


def sharpness(channel: Reals, place: int, rate_hz: int) -> float:
    """How many times less foreseen the sound is at a sample than what is usual on either side, as clicks are measured.

    Parameters
    ----------
    channel : array, shape (n,)
    place : int
        From 0 to n - 1, with 7 ms on either side.
    rate_hz : int
    """
    block = max(4, round(_BLOCK_S * rate_hz))
    sharp = _blocks(np.abs(_unforeseen(np.asarray(channel, np.float64))), block)
    at = place // block
    beside = sharp[max(0, at - _FAR) : max(1, at - _NEAR + 1)], sharp[min(at + _NEAR, len(sharp) - 1) :][: _FAR - _NEAR]
    usual = max(float(np.quantile(side, _USUAL)) for side in beside)
    return float(sharp[max(0, at - 1) : at + 2].max()) / (usual + 1e-9)


def _unforeseen(channel: Reals) -> Reals:
    """What a linear prediction, made anew every 21 ms, leaves over."""
    frames = max(1, -(-len(channel) // _HOP))
    edge = (_FRAME - _HOP) // 2
    padded = np.pad(channel, (edge + ORDER, frames * _HOP - len(channel) + edge))
    views = np.lib.stride_tricks.sliding_window_view(padded[ORDER:], _FRAME)[::_HOP][:frames]
    coefficients = _predictions(views * np.hanning(_FRAME))
    inner = np.lib.stride_tricks.sliding_window_view(padded[edge:], _HOP + ORDER)[::_HOP][:frames]
    left = inner[:, ORDER:].copy()
    for lag in range(1, ORDER + 1):
        left -= coefficients[:, lag - 1, None] * inner[:, ORDER - lag : ORDER - lag + _HOP]
    return np.asarray(left.reshape(-1)[: len(channel)])


def _predictions(frames: Reals) -> Reals:
    """The coefficients of each frame by its autocorrelation, shape (frames, `ORDER`)."""
    spectra = np.fft.rfft(frames, 2 * _FRAME, axis=1)
    correlation = np.fft.irfft(spectra.real**2 + spectra.imag**2, axis=1)[:, : ORDER + 1]
    lags = np.abs(np.subtract.outer(np.arange(ORDER), np.arange(ORDER)))
    matrices = correlation[:, lags]
    matrices[:, np.arange(ORDER), np.arange(ORDER)] += 1e-9 * correlation[:, :1] + 1e-12
    return np.asarray(np.linalg.solve(matrices, correlation[:, 1:, None])[:, :, 0])


def _blocks(sharp: Reals, block: int) -> Reals:
    """The highest of every block."""
    return np.asarray(np.maximum.reduceat(sharp, np.arange(0, max(1, len(sharp)), block)))


def _standing_out(sharp: Reals, least: float, block_s: float) -> npt.NDArray[np.intp]:
    """The blocks that are sharper than what is usual before and after, and the sharpest of their neighbours."""
    ends = np.pad(sharp, _FAR)
    windows = np.lib.stride_tricks.sliding_window_view(ends, _FAR - _NEAR + 1)
    rank = round(_USUAL * (_FAR - _NEAR))
    candidates = np.flatnonzero((sharp > least) & (sharp >= _highest_beside(sharp)))
    if not len(candidates):
        return candidates
    before = np.partition(windows[candidates], rank, axis=1)[:, rank]
    after = np.partition(windows[candidates + _FAR + _NEAR], rank, axis=1)[:, rank]
    first, last = _ABRUPT
    rising = windows[candidates + _FAR - last][:, : last - first + 1].max(axis=1)
    stands_out = sharp[candidates] > STANDS_OUT * np.maximum(before, after)
    found = candidates[stands_out & (rising < _ABRUPT_RATIO * sharp[candidates])]
    return np.array([place for place in found if not _comes_again(sharp, int(place), block_s)], np.intp)


def _highest_beside(sharp: Reals) -> Reals:
    """The highest of the blocks that may be the same click."""
    from scipy.ndimage import maximum_filter1d

    return np.asarray(maximum_filter1d(sharp, 2 * _NEAR - 1))


def _comes_again(sharp: Reals, place: int, block_s: float) -> bool:
    """Whether so many sharp places are near that they must belong to the sound."""
    around = round(_AGAIN_S / block_s)
    near = sharp[max(0, place - around) : place + around + 1] > _AGAIN_RATIO * sharp[place]
    runs = int(np.count_nonzero(np.diff(near.astype(np.int8)) == 1)) + int(near[0])
    return runs - 1 > _AGAIN_MOST


def _first_of_each(places: list[int]) -> list[int]:
    """Places a millisecond or less apart are one click, in one channel or two."""
    return [place for index, place in enumerate(places) if index == 0 or place - places[index - 1] > _NEAR]
