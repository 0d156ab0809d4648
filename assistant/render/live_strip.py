"""The room for sound that comes in stretches of any length, all parts together.

Conventions: float32 of shape (2, n) for stereo, (n,) for what goes to the room; the room rings on, so that stretch by
stretch gives what all at once would give.
"""

from __future__ import annotations

import numpy as np

from assistant.audio.waveform import Samples


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
