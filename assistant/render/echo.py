"""A room's answer to sound that comes stretch by stretch: one long convolution, cut into short ones.

The response is cut into parts of `BLOCK` samples. The spectrum of each block of sound is worked out once and meets each
part of the response in its turn, so that short transforms do, which a processor does several of at a time.

Conventions: float32; the response of shape (2, m), sound that goes to the room (n,), what comes back (2, n).

Source: Stockham 1966, "High-speed convolution and correlation"; Gardner 1995, "Efficient convolution without
input-output delay" (a response cut into parts).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
Spectrum = npt.NDArray[np.complex64]

BLOCK = 1 << 15
STRETCH = 4 * BLOCK
"""How many samples are best given at once."""


@dataclass(frozen=True, eq=False)
class _Same:
    """An array that nobody changes, known by being the very one."""

    response: Samples

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.response is other.response

    def __hash__(self) -> int:
        return id(self.response)


@lru_cache(maxsize=4)
def _kept(room: _Same) -> Spectrum:
    """The same, once for all parts and cues in a room."""
    return _parts_of(room.response)


def _parts_of(response: Samples) -> Spectrum:
    """The spectrum of each part of a response, of shape (parts, 2, frequencies)."""
    from scipy.fft import rfft

    parts = max(1, -(-response.shape[1] // BLOCK))
    padded = np.zeros((2, parts * BLOCK), np.float32)
    padded[:, : response.shape[1]] = response
    spectra = rfft(padded.reshape(2, parts, BLOCK), 2 * BLOCK, axis=2)
    return np.ascontiguousarray(spectra.transpose(1, 0, 2))


class Echo:
    """A room that rings on from stretch to stretch.

    Parameters
    ----------
    response : array of shape (2, m)
    """

    def __init__(self, response: Samples) -> None:
        self._parts = _parts_of(response) if response.flags.writeable else _kept(_Same(response))
        self._recent: deque[Spectrum | None] = deque(maxlen=len(self._parts))
        self._before = np.zeros(BLOCK, np.float32)

    def answer(self, sent: Samples) -> Samples:
        """What comes back while this goes in; only the last stretch may be other than a whole number of blocks.

        Examples
        --------
        >>> echo, click = Echo(np.ones((2, 3), np.float32)), np.zeros(2 * BLOCK, np.float32)
        >>> click[BLOCK - 1] = 1.0
        >>> np.abs(echo.answer(click)[0, BLOCK - 2 : BLOCK + 3]).round(3).tolist()
        [0.0, 1.0, 1.0, 1.0, 0.0]
        """
        from scipy.fft import irfft

        spectra = self._spectra(sent)
        sums, product = np.zeros((len(spectra), *self._parts.shape[1:]), np.complex64), np.empty_like(self._parts[0])
        for spectrum, total in zip(spectra, sums, strict=True):
            self._recent.appendleft(spectrum)
            for one, part in zip(self._recent, self._parts, strict=False):
                if one is not None:
                    total += np.multiply(part, one, out=product)
        if all(each is None for each in self._recent) and not sums.any():
            return np.zeros((2, len(sent)), np.float32)
        blocks = irfft(sums, 2 * BLOCK, axis=2, overwrite_x=True)[:, :, BLOCK:]
        answer: Samples = blocks.transpose(1, 0, 2).reshape(2, -1)[:, : len(sent)]
        return answer

    def _spectra(self, sent: Samples) -> list[Spectrum | None]:
        """The spectrum of each block with the one before it; None in silence."""
        from scipy.fft import rfft

        count = -(-len(sent) // BLOCK)
        line = np.zeros((count + 1) * BLOCK, np.float32)
        line[:BLOCK], line[BLOCK : BLOCK + len(sent)] = self._before, sent
        self._before = line[count * BLOCK :]
        if not line.any():
            return [None] * count
        windows = np.lib.stride_tricks.sliding_window_view(line, 2 * BLOCK)[::BLOCK]
        return list(rfft(windows, axis=1))
