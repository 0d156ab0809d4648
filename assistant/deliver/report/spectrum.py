"""The spectrogram of the finished mix, small enough to stand in the page.

Conventions: `ROWS` bands from `LOWEST_HZ` to `HIGHEST_HZ` on a logarithmic scale, lowest first; at most `COLUMNS`
moments; sixteen levels, `LEVEL_DB` apart, down from the loudest cell. Of a long cue a few windows of each column are
looked at, so that half an hour takes no longer than a minute.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.audio import Waveform

COLUMNS, ROWS = 480, 72
LOWEST_HZ, HIGHEST_HZ = 40.0, 16_000.0
LEVEL_DB = 4.5
WINDOW = 4096
MOST_LOOKS = 6
"""Windows that a column is the mean of."""
TILT_DB = 3.0
"""Music falls by about this much an octave: lifted by it, the heights are seen as they are heard."""


@dataclass(frozen=True)
class Spectrum:
    """Levels of 0 to 15, two to a byte (the first in the high half), column after column, in base64."""

    columns: int
    rows: int
    levels: str


def spectrum_of(waveform: Waveform) -> Spectrum:
    """The spectrogram of a sound.

    Examples
    --------
    >>> spectrum = spectrum_of(Waveform.silence(1.0, rate_hz=48_000))
    >>> spectrum.rows, len(base64.b64decode(spectrum.levels)) == spectrum.columns * spectrum.rows // 2
    (72, True)
    """
    power_db = 10 * np.log10(_bands(waveform) + 1e-12)
    levels = np.clip(np.rint(15 + (power_db - max(-100.0, float(power_db.max()))) / LEVEL_DB), 0, 15).astype(np.uint8)
    if float(power_db.max()) < -100:
        levels[:] = 0
    pairs = levels.reshape(len(levels), -1, 2)
    packed = (pairs[:, :, 0] << 4) | pairs[:, :, 1]
    return Spectrum(len(levels), ROWS, base64.b64encode(packed.tobytes()).decode())


def height(hertz: float) -> float:
    """Where a frequency lies in the picture: 0 at the foot, 1 at the top.

    Examples
    --------
    >>> round(height(LOWEST_HZ), 3), round(height(HIGHEST_HZ), 3)
    (0.0, 1.0)
    """
    return float(np.log(hertz / LOWEST_HZ) / np.log(HIGHEST_HZ / LOWEST_HZ))


def _bands(waveform: Waveform) -> npt.NDArray[np.float64]:
    """Power by column and band, the tilt of music taken out."""
    frames = waveform.frames
    columns = min(COLUMNS, max(1, frames // (WINDOW // 4)))
    edges = np.linspace(0, frames, columns + 1)
    looks = int(np.clip(round(frames / columns / (WINDOW / 2)), 1, MOST_LOOKS))
    hertz = np.fft.rfftfreq(WINDOW, 1 / waveform.rate_hz)
    bounds = np.searchsorted(hertz, np.geomspace(LOWEST_HZ, min(HIGHEST_HZ, waveform.rate_hz / 2), ROWS + 1))
    firsts = np.minimum(bounds[:-1], len(hertz) - 1)
    tilt = (np.geomspace(LOWEST_HZ, HIGHEST_HZ, ROWS) / 1000) ** (TILT_DB / 10 / np.log10(2))
    window = np.hanning(WINDOW).astype(np.float32)
    total = np.zeros((columns, ROWS))
    for look in range(looks):
        middles = (edges[:-1] + (edges[1:] - edges[:-1]) * (look + 0.5) / looks).astype(int)
        pieces = np.stack([_piece(waveform, int(middle) - WINDOW // 2) for middle in middles]) * window
        spectra = np.fft.rfft(pieces, axis=1)
        power = spectra.real**2 + spectra.imag**2
        sums = np.concatenate((np.zeros((columns, 1)), np.cumsum(power, axis=1)), axis=1)
        width = np.maximum(1, bounds[1:] - firsts)
        total += (sums[:, np.minimum(firsts + width, len(hertz))] - sums[:, firsts]) / width
    return np.asarray(total * tilt / (looks * WINDOW))


def _piece(waveform: Waveform, first: int) -> npt.NDArray[np.float32]:
    """A window of the mean of the channels, silent where there is no sound; the whole is never copied."""
    out = np.zeros(WINDOW, np.float32)
    start, end = max(0, first), min(waveform.frames, first + WINDOW)
    if end > start:
        out[start - first : end - first] = waveform.samples[:, start:end].mean(axis=0)
    return out
