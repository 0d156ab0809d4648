"""The channel strip: level, equaliser, pan and room of one part, as one linear filter.

A stem depends on its own part, the plan's figures for it, and nothing else: when another part changes, it comes out
the same to the sample. Everything after the level is linear, so the stems of a cue add up to its premaster.

Conventions: arrays are float32 of shape (channels, n); inside, middle and side, (left + right) / 2 and
(left - right) / 2.

Sources: Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients" (the bell).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.audio.dynamics import HOP, applied, limiter_gain
from assistant.audio.loudness import SILENCE_LUFS, amplitude, gated_lufs, k_energies
from assistant.audio.shelf import blocks, filled, let_go, scaled, zeros
from assistant.audio.waveform import Samples
from assistant.render.craft import Level, Strip
from assistant.score import Part, Score

_EQ_FRAMES = 8192
"""The equaliser has died away after this many samples, even from 30 Hz."""

_CREST_LOOKAHEAD_S, _CREST_RELEASE_S = 0.002, 0.06


@dataclass(frozen=True)
class Fader:
    """What a stem is to become: its loudness when played at the reference velocity, its pan, its strip."""

    strip: Strip
    level_lu: float
    pan: float


def balanced(dry: Samples, rate_hz: int, fader: Fader, level: Level, *, written_db: float) -> Samples:
    """A dry part at its loudness, its highest peaks held ``crest_db`` above it."""
    loudness = gated_lufs(k_energies(dry, rate_hz))
    if loudness <= SILENCE_LUFS + 1:
        return dry
    wanted = level.reference_lufs + fader.level_lu + written_db
    steps = round((wanted - loudness) / level.step_db)
    gain = amplitude(min(steps * level.step_db, level.most_boost_db))
    loud = scaled(dry, np.float32(gain), into=dry)
    ceiling = amplitude(min(level.ceiling_dbfs, wanted + fader.strip.crest_db))
    curve = limiter_gain(
        _sample_peaks(loud), rate_hz, ceiling=ceiling, lookahead_s=_CREST_LOOKAHEAD_S, release_s=_CREST_RELEASE_S
    )
    return applied(loud, curve, into=loud)


def side_gain(dry: Samples, most_width: float) -> float:
    """What holds a part's own side at ``most_width`` of its middle, by energy: 1 where it is no wider.

    Examples
    --------
    >>> round(side_gain(np.array([[1.0, 0.0], [0.0, 1.0]], np.float32), 0.5), 6)
    0.5
    """
    left = right = both = 0.0
    for span in blocks(dry.shape[1]):
        piece = np.ascontiguousarray(dry[:, span])
        left += float(np.dot(piece[0], piece[0]))
        right += float(np.dot(piece[1], piece[1]))
        both += float(np.dot(piece[0], piece[1]))
    middle, side = left + right + 2 * both, left + right - 2 * both
    return math.sqrt(most_width**2 * max(0.0, middle) / side) if side > most_width**2 * middle else 1.0


def sided(dry: Samples, gain: float) -> Samples:
    """The sound with its side turned by a gain; itself at 1."""
    if gain == 1.0:
        return dry
    near, far = np.float32((1 + gain) / 2), np.float32((1 - gain) / 2)
    return filled(dry.shape, lambda span: np.asarray(near * dry[:, span] + far * dry[::-1, span], np.float32))


def written_level_db(part: Part, score: Score, level: Level) -> float:
    """How much louder than the reference a part is written, as far as the mix lets it be heard.

    Velocity counts as in the SoundFont standard: 40 log10 of its ratio, the notes weighted by their length.
    """
    weights = np.array([min(2.0, score.end_s(note) - score.start_s(note)) for note in part.notes])
    if not weights.sum() > 0:
        return 0.0
    power = np.array([(note.velocity / level.reference_velocity) ** 4 for note in part.notes])
    written_db = 10 * math.log10(float((weights * power).sum() / weights.sum()))
    return float(np.clip(level.dynamics_kept * written_db, -level.dynamics_db, level.dynamics_db))


def placed(loud: Samples, rate_hz: int, fader: Fader, room: Samples) -> Samples:
    """A part through equaliser, pan and room; as long as the part (cut the room's tail by giving more frames)."""
    for_middle, for_side = sections(fader.strip, rate_hz)
    middle = _impulse(for_middle, _EQ_FRAMES)
    side = middle if for_side is for_middle else _impulse(for_side, _EQ_FRAMES)
    side = side * np.float32(fader.strip.width)
    send = room * np.float32(amplitude(fader.strip.send_db))
    return _convolved(loud, middle, side, send, pan_gains(fader.pan))


def sections(strip: Strip, rate_hz: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The equaliser as second-order sections: for the middle, and for the side, which may have fewer lows."""
    equaliser = _equaliser(strip, rate_hz)
    if not strip.mono_below_hz:
        return equaliser, equaliser
    return equaliser, np.vstack((equaliser, _highpass(strip.mono_below_hz, rate_hz)))


def pan_gains(pan: float) -> tuple[float, float]:
    """Gains of left and right at equal power, 1 and 1 in the middle."""
    angle = (float(np.clip(pan, -1, 1)) + 1) * math.pi / 4
    return math.sqrt(2) * math.cos(angle), math.sqrt(2) * math.sin(angle)


def _convolved(loud: Samples, middle: Samples, side: Samples, send: Samples, pan: tuple[float, float]) -> Samples:
    """Overlap-add with all filters of the strip merged into one pair of spectra a channel."""
    from scipy.fft import irfft, next_fast_len, rfft

    frames = loud.shape[1]
    taps = max(len(middle), send.shape[1] + len(middle))
    size = next_fast_len(max(2 * taps, min(1 << 18, frames + taps)), real=True)
    step = size - taps + 1
    direct, width = rfft(middle, size), rfft(side, size)
    returned = rfft(send, size, axis=1) * direct
    from_middle = np.stack((pan[0] * direct + returned[0], pan[1] * direct + returned[1])).astype(np.complex64)
    from_side = np.stack((pan[0] * width, -pan[1] * width)).astype(np.complex64)
    out = zeros(2, frames)
    for start in range(0, frames, step):
        left, right = loud[:, start : start + step]
        piece = np.stack(((left + right) / 2, (left - right) / 2))
        if not piece.any():
            continue
        spectra = rfft(piece, size, axis=1)
        wet = irfft(spectra[0] * from_middle + spectra[1] * from_side, size, axis=1)
        out[:, start : start + size] += wet[:, : frames - start]
        let_go()
    return out


def _equaliser(strip: Strip, rate_hz: int) -> npt.NDArray[np.float64]:
    bells = [_bell(hertz, gain_db, quality, rate_hz) for hertz, gain_db, quality in strip.bells]
    return np.vstack([_highpass(strip.highpass_hz, rate_hz), *bells])


def _highpass(hertz: float, rate_hz: int) -> npt.NDArray[np.float64]:
    from scipy.signal import butter

    return np.asarray(butter(2, hertz, "highpass", fs=rate_hz, output="sos"))


def _bell(hertz: float, gain_db: float, quality: float, rate_hz: int) -> npt.NDArray[np.float64]:
    """A peaking section, shape (1, 6)."""
    omega, root = 2 * math.pi * hertz / rate_hz, 10 ** (gain_db / 40)
    alpha, cosine = math.sin(omega) / (2 * quality), math.cos(omega)
    scale = 1 + alpha / root
    top = (1 + alpha * root, -2 * cosine, 1 - alpha * root)
    return np.array([[*(value / scale for value in top), 1.0, -2 * cosine / scale, (1 - alpha / root) / scale]])


def _impulse(sections: npt.NDArray[np.float64], frames: int) -> Samples:
    """The impulse response of second-order sections."""
    from scipy.signal import sosfilt

    click: npt.NDArray[Any] = np.zeros(frames)
    click[0] = 1.0
    return np.asarray(sosfilt(sections, click), np.float32)


def _sample_peaks(samples: Samples) -> Samples:
    """The highest sample of every hop."""
    found = []
    for span in blocks(samples.shape[1], HOP):
        starts = np.arange(0, span.stop - span.start, HOP)
        found.append(np.maximum.reduceat(np.abs(samples[:, span]).max(axis=0), starts))
    return np.asarray(np.concatenate(found), np.float32)
