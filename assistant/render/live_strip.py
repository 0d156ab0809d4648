"""Channel strip and room for sound that comes stretch by stretch: the mixdown's filters, never starting anew.

Conventions: float32 of shape (2, n) for stereo, (n,) for what goes to the room; every object keeps the state of its
filters, so that stretch by stretch gives what all at once would give.
"""

from __future__ import annotations

import numpy as np

from assistant.audio.loudness import amplitude
from assistant.audio.waveform import Samples
from assistant.render.strip import Fader, pan_gains, sections

_GONE = 1e-12
"""A filter whose state is below this rings no more."""
_NO_DENORMALS = np.float32(1e-18)
"""Added, so that a filter that rings out in silence doesn't work on numbers too small for the processor."""


class LiveStrip:
    """Equaliser, width, pan and send of one part; see `assistant.render.strip.placed`."""

    def __init__(self, fader: Fader, rate_hz: int) -> None:
        middle, side = sections(fader.strip, rate_hz)
        self._sections = (middle, side)
        self._states = [np.zeros((len(middle), 2)), np.zeros((len(side), 2))]
        self._pan = pan_gains(fader.pan)
        self._width = np.float32(fader.strip.width)
        self._send = np.float32(amplitude(fader.strip.send_db))

    def through(self, loud: Samples) -> tuple[Samples, Samples]:
        """What is heard directly (2, n), and what goes to the room (n,)."""
        middle = self._filtered(0, (loud[0] + loud[1]) / 2)
        side = self._filtered(1, (loud[0] - loud[1]) / 2) * self._width
        left, right = self._pan
        direct = np.stack((left * (middle + side), right * (middle - side))).astype(np.float32)
        return direct, middle * self._send

    def _filtered(self, which: int, samples: Samples) -> Samples:
        from scipy.signal import sosfilt

        if not samples.any() and np.abs(self._states[which]).max() < _GONE:
            self._states[which][:] = 0
            return np.zeros_like(samples)
        out, self._states[which] = sosfilt(self._sections[which], samples + _NO_DENORMALS, zi=self._states[which])
        return np.asarray(out, np.float32)


class LiveRoom:
    """The room, which rings on from stretch to stretch.

    Parameters
    ----------
    response : Samples
        Its answer to a clap, shape (2, m).
    """

    def __init__(self, response: Samples) -> None:
        self._response = response
        self._ringing = np.zeros((2, response.shape[1]), np.float32)

    def answer(self, send: Samples) -> Samples:
        """What comes back while this goes in, shape (2, n)."""
        from scipy.fft import irfft, next_fast_len, rfft

        frames, taps = len(send), self._response.shape[1]
        size = next_fast_len(frames + taps, real=True)
        out = np.zeros((2, frames + taps), np.float32)
        out[:, :taps] = self._ringing
        if send.any():
            out += irfft(rfft(send, size) * rfft(self._response, size, axis=1), size, axis=1)[:, : frames + taps]
        self._ringing = out[:, frames:]
        return out[:, :frames]
