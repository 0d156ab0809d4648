"""The clip's own sound under or over the music, in blocks, so that memory does not grow with length.

Conventions: samples of shape (channels, n) at 48 kHz; everything begins with the first frame that is shown. The louder
of the two keeps the loudness that the music had, the softer lies below it by a fixed number of LU.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.audio.loudness import amplitude
from assistant.audio.shelf import LONG_FRAMES, let_go
from assistant.audio.waveform import Samples, Waveform
from assistant.clip.reading import Damage, find_sound, open_media
from assistant.clip.sound import iterate_stretches, measure_loudness
from assistant.settings import LONGEST_S, RATE_HZ

if TYPE_CHECKING:
    from av.audio.stream import AudioStream

BLOCK = 1024 * 24
"""Samples that are mixed at a time: half a second, a whole number of AAC frames."""
UNDER_LU, OVER_LU = -10.0, -12.0
"""How far the softer of the two lies below the louder: the own sound under the music, the music under the own sound."""
LARGEST_RAISE_DB = 20.0
"""More would only raise hiss."""
KNEE, CEILING = 0.8, 0.97
"""Above the first a sum of two sounds is bent, so that it never reaches the second."""


class OwnSound(StrEnum):
    """What becomes of the clip's own sound: left out, kept softly below the music, or kept above it."""

    OUT = "out"
    UNDER = "under"
    OVER = "over"


def mix_sound(path: Path, music: Waveform, own_sound: OwnSound, start_s: float, picture_s: float) -> Iterator[Samples]:
    """The sound from the first frame to the end of picture and music, in blocks."""
    frames = max(music.frames, round(min(picture_s, LONGEST_S) * RATE_HZ))
    blocks = blocks_of(music, frames)
    if own_sound is OwnSound.OUT:
        yield from blocks
        return
    own_gain, music_gain = _gains(path, music, own_sound)
    for block, own in zip(blocks, _own_blocks(path, start_s, frames), strict=True):
        mixed = block * music_gain + (own if block.shape[0] == 2 else own.mean(axis=0, keepdims=True)) * own_gain
        yield _bend(mixed)


def blocks_of(music: Waveform, frames: int) -> Iterator[Samples]:
    """The music in blocks, with silence after it up to ``frames`` samples."""
    for start in range(0, frames, BLOCK):
        block = music.samples[:, start : min(start + BLOCK, frames)]
        yield np.pad(block, ((0, 0), (0, min(BLOCK, frames - start) - block.shape[1])))
        if frames > LONG_FRAMES and start % LONG_FRAMES < BLOCK:
            let_go()


def _own_blocks(path: Path, start_s: float, frames: int) -> Iterator[Samples]:
    """The clip's own sound from its first frame on, in the same blocks, silence where it has none."""
    held = np.zeros((2, 0), np.float32)
    with open_media(path) as container:
        stream = find_sound(container)
        pieces = iter(()) if stream is None else iterate_stretches(container, stream, Damage(), max_s=LONGEST_S)
        late = 0 if stream is None else round((start_of(stream) - start_s) * RATE_HZ)
        if late > 0:
            held = np.zeros((2, late), np.float32)
        skip = max(0, -late)
        for start in range(0, frames, BLOCK):
            want = min(BLOCK, frames - start)
            while held.shape[1] < want + skip and (piece := next(pieces, None)) is not None:
                held = np.concatenate([held, piece], axis=1)
            held, skip = held[:, skip:], 0
            block, held = held[:, :want], held[:, want:]
            yield np.pad(block, ((0, 0), (0, want - block.shape[1])))


def _gains(path: Path, music: Waveform, own_sound: OwnSound) -> tuple[float, float]:
    """Factors for the own sound and the music: the louder of the two gets the loudness that the music had."""
    with open_media(path) as container:
        stream = find_sound(container)
        stretches = iterate_stretches(container, stream, Damage(), max_s=LONGEST_S) if stream else iter(())
        own_lufs = measure_loudness(stretches)
    music_lufs = measure_loudness(iter([music.samples]))
    if own_lufs is None or music_lufs is None:
        return 1.0, 1.0
    own_db = min(LARGEST_RAISE_DB, music_lufs - own_lufs)
    under = own_sound is OwnSound.UNDER
    return amplitude(own_db + (UNDER_LU if under else 0.0)), amplitude(0.0 if under else OVER_LU)


def _bend(samples: Samples) -> Samples:
    """Peaks above `KNEE` bent below full scale; everything else as it was."""
    size = np.abs(samples)
    room = CEILING - KNEE
    bent = np.where(size > KNEE, np.sign(samples) * (KNEE + room * np.tanh((size - KNEE) / room)), samples)
    return np.asarray(bent, np.float32)


def start_of(stream: AudioStream) -> float:
    """When a track begins, in seconds of its file."""
    return float((stream.start_time or 0) * (stream.time_base or 0))
