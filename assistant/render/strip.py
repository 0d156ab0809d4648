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

import numpy as np
import numpy.typing as npt

from assistant.audio.dynamics import applied, limiter_gain
from assistant.audio.filters import filtered
from assistant.audio.loudness import SILENCE_LUFS, amplitude, gated_lufs, k_energies
from assistant.audio.peaks import sample_peaks
from assistant.audio.shelf import blocks, filled, let_go, zeros
from assistant.audio.waveform import Samples
from assistant.render.craft import Level, Strip
from assistant.render.echo import STRETCH, Echo
from assistant.score import Part, Score

_GONE = 1e-12
"""A filter whose state is below this rings no more."""
_NO_DENORMALS = np.float32(1e-18)
"""Added, so that a filter that rings out in silence doesn't work on numbers too small for the processor."""

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
    ceiling = amplitude(min(level.ceiling_dbfs, wanted + fader.strip.crest_db))
    peaks = sample_peaks(dry) * np.float32(gain)
    curve = limiter_gain(peaks, rate_hz, ceiling=ceiling, lookahead_s=_CREST_LOOKAHEAD_S, release_s=_CREST_RELEASE_S)
    return applied(dry, curve * np.float32(gain), into=dry)


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
    strip, echo, out = MovingStrip(fader, rate_hz), Echo(room), zeros(2, loud.shape[1])
    for start in range(0, loud.shape[1], STRETCH):
        direct, sent = strip.through(loud[:, start : start + STRETCH])
        np.add(direct, echo.answer(sent), out=out[:, start : start + STRETCH])
        let_go()
    return out


class MovingStrip:
    """Equaliser, width, pan and send of one part whose sound comes stretch by stretch."""

    def __init__(self, fader: Fader, rate_hz: int) -> None:
        self._sections = sections(fader.strip, rate_hz)
        self._states = [np.zeros((len(each), 1, 2)) for each in self._sections]
        self._pan = pan_gains(fader.pan)
        self._width = np.float32(fader.strip.width)
        self._send = np.float32(amplitude(fader.strip.send_db))

    def through(self, loud: Samples) -> tuple[Samples, Samples]:
        """What is heard directly (2, n), and what goes to the room (n,)."""
        middle = self._filtered(0, (loud[0] + loud[1]) / 2)
        side = self._filtered(1, (loud[0] - loud[1]) / 2) * self._width
        direct = np.stack((middle + side, middle - side))
        direct *= np.array(self._pan, np.float32)[:, None]
        return direct, middle * self._send

    def _filtered(self, which: int, samples: Samples) -> Samples:
        if not samples.any() and np.abs(self._states[which]).max() < _GONE:
            self._states[which][:] = 0
            return np.zeros_like(samples)
        line = samples[None] + _NO_DENORMALS
        line, self._states[which] = filtered(self._sections[which], line, self._states[which])
        only: Samples = line[0]
        return only


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
