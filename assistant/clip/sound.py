"""Listens to the sound of a clip: how long, how loud, and its first minute and a half for `assistant.clip.music`.

Conventions: samples of shape (2, n), float32, full scale at 1.0, at `RATE_HZ`; loudness in LUFS as ITU-R BS.1770-4
defines it. Long files are measured in stretches, so memory does not grow with length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from assistant.clip.reading import Damage, decode_sound
from assistant.settings import RATE_HZ

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

Samples = npt.NDArray[np.float32]

STRETCH_S = 30.0
LISTEN_S = 90.0
"""How much of the sound is searched for music: enough for tempo and key, and soon done."""
SILENCE_LUFS = -70.0
"""The absolute gate of BS.1770: what never rises above it is silence."""
SHORTEST_S = 0.4
"""One block of the loudness measure."""


@dataclass(frozen=True)
class Sound:
    """What was heard: its length and loudness (None when silent), and its beginning in mono at `RATE_HZ`."""

    length_s: float
    loudness_lufs: float | None
    opening: Samples


def listen(container: InputContainer, stream: AudioStream, damage: Damage, *, max_s: float) -> Sound | None:
    """Decode and measure the sound; None when no sample can be decoded."""
    blocks: list[float] = []
    opening: list[Samples] = []
    length = 0
    for stretch in iterate_stretches(container, stream, damage, max_s=max_s):
        if length < LISTEN_S * RATE_HZ:
            opening.append(stretch.mean(axis=0, dtype=np.float32))
        length += stretch.shape[1]
        blocks.extend(_block_loudness(stretch))
    if not length:
        return None
    return Sound(length / RATE_HZ, gate(blocks), np.concatenate(opening)[: round(LISTEN_S * RATE_HZ)])


def iterate_stretches(
    container: InputContainer, stream: AudioStream, damage: Damage, *, max_s: float
) -> Iterator[Samples]:
    """The sound as stereo at `RATE_HZ`, in stretches of `STRETCH_S`, the last one shorter."""
    from av.audio.resampler import AudioResampler

    resampler = AudioResampler("fltp", "stereo", RATE_HZ)
    pieces: list[Samples] = []
    held, left = 0, round(max_s * RATE_HZ)
    for frame in decode_sound(container, stream, damage):
        for piece in resampler.resample(frame):
            samples = piece.to_ndarray()[:, :left]
            left -= samples.shape[1]
            pieces.append(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0))
            held += samples.shape[1]
        if held >= STRETCH_S * RATE_HZ:
            yield np.concatenate(pieces, axis=1)
            pieces, held = [], 0
        if left <= 0:
            break
    if held:
        yield np.concatenate(pieces, axis=1)


def _block_loudness(stretch: Samples) -> list[float]:
    """Loudness of every block of 0.4 s, overlapping by three quarters, in LUFS."""
    import pyloudnorm

    if stretch.shape[1] < SHORTEST_S * RATE_HZ or not stretch.any():
        return []
    meter = pyloudnorm.Meter(RATE_HZ)
    meter.integrated_loudness(stretch.T.astype(np.float64))
    return list(meter.blockwise_loudness)


def measure_loudness(stretches: Iterable[Samples]) -> float | None:
    """Integrated loudness in LUFS of samples at `RATE_HZ`, None when silent."""
    return gate([block for stretch in stretches for block in _block_loudness(stretch)])


def gate(blocks_lufs: list[float]) -> float | None:
    """Integrated loudness of blocks: their mean energy without those below -70 LUFS or 10 LU under the rest.

    Examples
    --------
    >>> gate([-23.0, -23.0, -80.0]), gate([-90.0])
    (-23.0, None)
    """
    blocks = np.array(blocks_lufs, np.float64)
    loud = blocks[blocks > SILENCE_LUFS]
    if not loud.size:
        return None
    kept = loud[loud > _mean_lufs(loud) - 10.0]
    return round(_mean_lufs(kept), 6)


def _mean_lufs(blocks: npt.NDArray[np.float64]) -> float:
    return float(10 * np.log10(np.mean(10 ** (blocks / 10))))
