"""How much of the melody is heard through the rest, band by band.

Conventions: bands are those of the ear (Glasberg and Moore 1990, one ERB wide) from 100 Hz to 10 kHz, in steps of
43 ms. In a cell a part is heard where it is not more than `MASKED_DB` below everything else there; cells count by the
part's own power to the 0.3 (loudness, Stevens), while the part sounds. This knows no spreading between bands and no
masking in time, so that it compares mixes of the same notes, and says nothing absolute.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assistant.audio.waveform import Samples

Reals = npt.NDArray[np.float64]

MASKED_DB = 6.0
_FRAME = 4096
_SOUNDING_DB = -45.0


def heard_share(part: Samples, whole: Samples, rate_hz: int) -> float:
    """The share of a part's loudness that is not masked by the rest of the mix, 0 to 1.

    Examples
    --------
    >>> noise = np.random.default_rng(1).standard_normal((2, 48000)).astype(np.float32)
    >>> round(heard_share(noise, 2 * noise, 48000), 1), round(heard_share(0.1 * noise, noise, 48000), 1)
    (1.0, 0.0)
    """
    own, rest = cells(part, rate_hz), cells(whole - part, rate_hz)
    sounding = own.sum(axis=0) > own.sum(axis=0).max(initial=0.0) * 10 ** (_SOUNDING_DB / 10)
    own, rest = own[:, sounding], rest[:, sounding]
    weights = own**0.3
    heard = own >= rest * 10 ** (-MASKED_DB / 10)
    return float((weights * heard).sum() / max(weights.sum(), 1e-12))


def cells(samples: Samples, rate_hz: int) -> Reals:
    """Power in every band of the ear and every step of time, shape (bands, steps)."""
    mono = samples.mean(axis=0, dtype=np.float64)
    steps = max(1, (len(mono) - _FRAME) // (_FRAME // 2) + 1)
    padded = np.pad(mono, (0, max(0, _FRAME - len(mono))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[:: _FRAME // 2][:steps]
    power = np.abs(np.fft.rfft(frames * np.hanning(_FRAME), axis=1)) ** 2
    hertz = np.fft.rfftfreq(_FRAME, 1 / rate_hz)
    edges = 21.4 * np.log10(1 + 0.00437 * np.array([100.0, 10_000.0]))
    place = np.floor(21.4 * np.log10(1 + 0.00437 * hertz)).astype(int)
    return np.stack([power[:, place == band].sum(axis=1) for band in range(int(edges[0]) + 1, int(edges[1]))])
