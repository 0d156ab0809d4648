"""Listens to the sound of a clip: how long, how loud, and its first minute and a half for `assistant.clip.music`.

Conventions: samples of shape (2, n), float32, full scale at 1.0, at `RATE_HZ`; loudness as `assistant.audio.loudness`
measures it. Long files are measured in stretches, so memory does not grow with length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from assistant.audio.loudness import SILENCE_LUFS, gated_lufs, k_energies
from assistant.audio.waveform import Samples
from assistant.clip.reading import Damage, decode_sound
from assistant.clip.speech import Ear
from assistant.clip.values import Span
from assistant.errors import ClipError
from assistant.settings import RATE_HZ

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.container import InputContainer

STRETCH_S = 30.0
LISTEN_S = 90.0
"""How much of the sound is searched for music: enough for tempo and key, and soon done."""


@dataclass(frozen=True)
class Sound:
    """What was heard: its length, loudness (None when silent), first minutes in mono at `RATE_HZ`, and its speech."""

    length_s: float
    loudness_lufs: float | None
    opening: Samples
    speech: tuple[Span, ...] = ()


def listen(container: InputContainer, stream: AudioStream, damage: Damage, *, max_s: float) -> Sound | None:
    """Decode and measure the sound; None when no sample can be decoded."""
    energies: list[npt.NDArray[np.float64]] = []
    opening: list[Samples] = []
    ear = Ear()
    length = 0
    for stretch in iterate_stretches(container, stream, damage, max_s=max_s):
        mono = stretch.mean(axis=0, dtype=np.float32)
        ear.hear(mono)
        if length < LISTEN_S * RATE_HZ:
            opening.append(mono)
        length += stretch.shape[1]
        energies.append(k_energies(stretch, RATE_HZ))
    if not length:
        return None
    head = np.concatenate(opening)[: round(LISTEN_S * RATE_HZ)]
    return Sound(length / RATE_HZ, _integrate(energies), head, ear.spans())


def iterate_stretches(
    container: InputContainer, stream: AudioStream, damage: Damage, *, max_s: float
) -> Iterator[Samples]:
    """The sound as stereo at `RATE_HZ`, in stretches of `STRETCH_S`, the last one shorter."""
    from av.audio.resampler import AudioResampler

    resampler = AudioResampler("fltp", "stereo", RATE_HZ)
    pieces: list[Samples] = []
    held, left = 0, round(max_s * RATE_HZ)
    for frame in decode_sound(container, stream, damage):
        for piece in _stereo(resampler, frame):
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


def _stereo(resampler: AudioResampler, frame: AudioFrame) -> list[AudioFrame]:
    """A frame as it is listened to; `ClipError` where FFmpeg cannot bring its channels down to two."""
    try:
        return resampler.resample(frame)
    except (OSError, ValueError) as error:
        channels = f"sound of {frame.layout.nb_channels} channels"
        raise ClipError(channels, "sound of one or two channels", "mix it down first") from error


def measure_loudness(stretches: Iterable[Samples]) -> float | None:
    """Integrated loudness in LUFS of stretches at `RATE_HZ`, None when silent."""
    return _integrate([k_energies(stretch, RATE_HZ) for stretch in stretches])


def _integrate(energies: list[npt.NDArray[np.float64]]) -> float | None:
    loudness = gated_lufs(np.concatenate(energies)) if energies else SILENCE_LUFS
    return loudness if loudness > SILENCE_LUFS else None
