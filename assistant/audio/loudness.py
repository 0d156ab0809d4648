"""How loud sound is, and how high its peaks reach between the samples.

Conventions: loudness in LUFS after ITU-R BS.1770-5 (K-weighting, 400 ms blocks every 100 ms, gates at -70 LUFS and
10 LU below the mean); peaks in dBTP (`assistant.audio.peaks`). Silence is `SILENCE_LUFS`, never minus infinity, so
that every number can be written to JSON. Arrays are float32 of shape (channels, n).

Sources: ITU-R BS.1770-5; the analogue parameters of the two K-weighting filters as worked out by libebur128 (MIT).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from assistant.audio.filters import filtered
from assistant.audio.peaks import peak_envelope
from assistant.audio.shelf import blocks, highest
from assistant.audio.waveform import Samples, Waveform

Curve = npt.NDArray[np.float64]

SILENCE_LUFS = -120.0
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
HOPS_PER_S = 10
"""Loudness blocks start every 100 ms."""

_NO_DENORMALS = np.float32(1e-18)
"""Without it a filter that rings out in silence works on numbers too small for the processor, ten times slower."""

_HOPS_AT_ONCE = 40
"""Filtered in one go: what fits into a processor's own memory."""


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
    sections, hop, state, found = k_filter(rate_hz), rate_hz // HOPS_PER_S, None, []
    for span in blocks(max(hop, samples.shape[1] // hop * hop), hop):
        for start in range(span.start, span.stop, _HOPS_AT_ONCE * hop):
            piece = samples[:, start : min(span.stop, start + _HOPS_AT_ONCE * hop)] + _NO_DENORMALS
            weighted, state = filtered(sections, piece, state)
            found.append(_powers(weighted, hop))
    return np.concatenate(found)


def energies_of(waveform: Waveform) -> Curve:
    """`k_energies` of a waveform, measured once."""
    return waveform.once("k_energies", lambda: k_energies(waveform.samples, waveform.rate_hz))


def _powers(weighted: Samples, hop: int) -> Curve:
    """The mean power of every ``hop`` samples, channels summed."""
    hops = max(1, weighted.shape[1] // hop)
    whole = weighted[:, : hops * hop].reshape(weighted.shape[0], hops, -1)
    power: Curve = np.vecdot(whole, whole).sum(axis=0, dtype=np.float64) / whole.shape[2]
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
    return gated_lufs(energies_of(waveform))


def true_peak_dbtp(waveform: Waveform) -> float:
    """The highest true peak in dBTP."""
    if waveform.frames == 0:
        return SILENCE_LUFS
    return decibels(float(peak_envelope(waveform.samples, above=highest(waveform.samples)).max()))
