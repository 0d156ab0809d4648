"""How loud sound is, and how high its peaks reach between the samples.

Conventions: loudness in LUFS after ITU-R BS.1770-5 (K-weighting, 400 ms blocks every 100 ms, gates at -70 LUFS and
10 LU below the mean); peaks in dBTP, found at four times the rate. Silence is `SILENCE_LUFS`, never minus infinity, so
that every number can be written to JSON. Arrays are float32 of shape (channels, n).

Sources: ITU-R BS.1770-5; the analogue parameters of the two K-weighting filters as worked out by libebur128 (MIT).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt

from assistant.audio.shelf import BLOCK_FRAMES, LONG_FRAMES, blocks, highest, let_go
from assistant.audio.waveform import Samples, Waveform

Curve = npt.NDArray[np.float64]

SILENCE_LUFS = -120.0
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
HOPS_PER_S = 10
"""Loudness blocks start every 100 ms."""

_NO_DENORMALS = np.float32(1e-18)
"""Without it a filter that rings out in silence works on numbers too small for the processor, ten times slower."""

OVERSAMPLING = 4
_TAPS_PER_PHASE = 16
_CONTEXT = 32
"""Samples on either side that the interpolation filter needs to be exact."""


def decibels(ratio: float, *, floor_db: float = SILENCE_LUFS) -> float:
    """An amplitude ratio in dB, not below ``floor_db``.

    Examples
    --------
    >>> round(decibels(0.5), 2)
    -6.02
    """
    return max(floor_db, 20 * math.log10(ratio)) if ratio > 0 else floor_db


def amplitude(level_db: float) -> float:
    """The amplitude ratio of a level in dB."""
    return float(10 ** (level_db / 20))


def k_filter(rate_hz: int) -> Curve:
    """The K-weighting filter as two second-order sections, shape (2, 6)."""
    shelf_k = math.tan(math.pi * 1681.974450955533 / rate_hz)
    shelf_q, high = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    middle = high**0.4996667741545416
    scale = 1 + shelf_k / shelf_q + shelf_k**2
    shelf = [
        (high + middle * shelf_k / shelf_q + shelf_k**2) / scale,
        2 * (shelf_k**2 - high) / scale,
        (high - middle * shelf_k / shelf_q + shelf_k**2) / scale,
        1.0,
        2 * (shelf_k**2 - 1) / scale,
        (1 - shelf_k / shelf_q + shelf_k**2) / scale,
    ]
    low_k, low_q = math.tan(math.pi * 38.13547087602444 / rate_hz), 0.5003270373238773
    scale = 1 + low_k / low_q + low_k**2
    cut = [1.0, -2.0, 1.0, 1.0, 2 * (low_k**2 - 1) / scale, (1 - low_k / low_q + low_k**2) / scale]
    return np.array([shelf, cut])


def k_energies(samples: Samples, rate_hz: int) -> Curve:
    """Mean K-weighted power of every 100 ms, channels summed, shape (hops,)."""
    from scipy.signal import sosfilt

    sections, hop = k_filter(rate_hz).astype(np.float32), rate_hz // HOPS_PER_S
    if samples.shape[1] <= LONG_FRAMES:
        return _powers(sosfilt(sections, samples + _NO_DENORMALS, axis=-1), hop)
    state, found = np.zeros((len(sections), samples.shape[0], 2), np.float32), []
    for span in blocks(samples.shape[1] // hop * hop, hop):
        weighted, state = sosfilt(sections, samples[:, span] + _NO_DENORMALS, axis=-1, zi=state)
        found.append(_powers(weighted, hop))
    return np.concatenate(found)


def _powers(weighted: Samples, hop: int) -> Curve:
    """The mean power of every ``hop`` samples, channels summed."""
    hops = max(1, weighted.shape[1] // hop)
    whole = weighted[:, : hops * hop].reshape(weighted.shape[0], hops, -1)
    power: Curve = np.einsum("chn,chn->h", whole, whole, dtype=np.float64) / whole.shape[2]
    return power


def block_lufs(energies: Curve, *, hops: int = 4) -> Curve:
    """Loudness of every block of ``hops`` times 100 ms (4: momentary, 30: short-term)."""
    hops = min(hops, len(energies))
    power = np.convolve(energies, np.ones(hops) / hops, mode="valid")
    loudness: Curve = -0.691 + 10 * np.log10(np.maximum(power, 10 ** (SILENCE_LUFS / 10)))
    return loudness


def gated_lufs(energies: Curve) -> float:
    """Integrated loudness from the power of every 100 ms, both gates applied."""
    blocks = block_lufs(energies)
    power = 10 ** ((blocks + 0.691) / 10)
    loud = blocks > ABSOLUTE_GATE_LUFS
    if not loud.any():
        return SILENCE_LUFS
    gate = -0.691 + 10 * math.log10(power[loud].mean()) + RELATIVE_GATE_LU
    return float(-0.691 + 10 * math.log10(power[loud & (blocks > gate)].mean()))


def integrated_lufs(waveform: Waveform) -> float:
    """Integrated loudness of a waveform in LUFS.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 997 / 48000 * np.arange(96000), dtype=np.float32)
    >>> round(integrated_lufs(Waveform(np.stack([tone, tone]), 48000)), 1)
    0.0
    """
    return gated_lufs(k_energies(waveform.samples, waveform.rate_hz))


def peak_envelope(samples: Samples, *, hop: int, above: float = 0.0) -> npt.NDArray[np.float32]:
    """The highest true peak of all channels in every ``hop`` samples, shape (ceil(n / hop),).

    Hops whose sample peak is below 0.7 times ``above`` are not interpolated: no music overshoots its samples by 3 dB
    there and matters.
    """
    frames = samples.shape[1]
    peaks = np.concatenate([_sample_peaks(samples[:, span], hop) for span in blocks(frames, hop)])
    for first, last in _split(_runs(peaks >= max(0.7 * above, 1e-6)), hop, frames):
        oversampled = _interpolated(samples, first * hop, min(frames, last * hop))
        ends = np.append(np.arange(0, oversampled.shape[0], hop * OVERSAMPLING), oversampled.shape[0])[:-1]
        peaks[first:last] = np.maximum(peaks[first:last], np.maximum.reduceat(oversampled, ends))
    return peaks


def _sample_peaks(samples: Samples, hop: int) -> npt.NDArray[np.float32]:
    """The highest sample of all channels in every ``hop`` samples."""
    channels, frames = samples.shape
    hops = -(-frames // hop)
    padded = np.zeros((channels, hops * hop), np.float32)
    np.abs(samples, out=padded[:, :frames])
    peaks: npt.NDArray[np.float32] = padded.reshape(channels, hops, hop).max(axis=(0, 2))
    return peaks


def _split(runs: list[tuple[int, int]], hop: int, frames: int) -> Iterator[tuple[int, int]]:
    """The runs, those of long cues in stretches; memory is let go after each."""
    most = BLOCK_FRAMES // hop if frames > LONG_FRAMES else frames
    for count, (first, last) in enumerate(runs):
        for start in range(first, last, most):
            yield start, min(last, start + most)
        if count % 256 == 0:
            let_go()


def true_peak_dbtp(waveform: Waveform) -> float:
    """The highest true peak in dBTP."""
    if waveform.frames == 0:
        return SILENCE_LUFS
    peak = highest(waveform.samples)
    return decibels(float(peak_envelope(waveform.samples, hop=512, above=peak).max()))


def _runs(wanted: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of True as (first, after the last), those that nearly touch joined."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], wanted.astype(np.int8), [0]))))
    runs: list[tuple[int, int]] = []
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if runs and first - runs[-1][1] < 4:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    return runs


@cache
def _interpolator() -> npt.NDArray[np.float32]:
    """The low-pass that fills in the samples between the samples."""
    from scipy.signal import firwin

    taps = firwin(2 * OVERSAMPLING * _TAPS_PER_PHASE + 1, 1 / OVERSAMPLING, window=("kaiser", 6.0))
    return np.asarray(OVERSAMPLING * taps, np.float32)


def _interpolated(samples: Samples, start: int, end: int) -> npt.NDArray[np.float32]:
    """Absolute values at four times the rate of samples start..end, channels' maximum."""
    from scipy.signal import upfirdn

    left = max(0, start - _CONTEXT)
    piece = samples[:, left : end + _CONTEXT]
    dense = upfirdn(_interpolator(), piece, OVERSAMPLING, axis=1)
    offset = OVERSAMPLING * (start - left + _TAPS_PER_PHASE)
    dense = np.abs(dense[:, offset : offset + OVERSAMPLING * (end - start)]).max(axis=0)
    return np.asarray(dense, np.float32)
