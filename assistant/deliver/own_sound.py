"""The clip's own sound, laid on the picture: from the first frame that is shown, in blocks, so that memory stays small.

Conventions: samples of shape (2, n) at 48 kHz; sample 0 sounds with the first frame that is shown. Sound goes where its
time stamps say: what a recorder left out is silence, what it wrote twice is heard once.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.audio.shelf import LONG_FRAMES, let_go
from assistant.audio.waveform import Samples, Waveform
from assistant.clip import Clip
from assistant.clip.reading import Damage, decode_sound, find_sound, open_media
from assistant.constraints import OwnSoundWish
from assistant.remark import Remark
from assistant.settings import RATE_HZ

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

BLOCK = 1024 * 24
"""Samples that are mixed at a time: half a second, a whole number of AAC frames."""
GAP_S = 0.02
"""A smaller difference between a time stamp and the sound before it is rounding: Matroska counts in milliseconds."""


class OwnSound(StrEnum):
    """What becomes of the clip's own sound: left out, kept beside the music, or kept with the music beneath it."""

    OUT = "out"
    UNDER = "under"
    OVER = "over"


ASKED = {"keep": OwnSound.OVER, "replace": OwnSound.OUT, "mix": OwnSound.UNDER}
"""What each wish in words comes to."""


def own_sound_for(clip: Clip, wish: OwnSoundWish | None = None) -> OwnSound:
    """What becomes of a clip's own sound: what was asked; else music in it makes way, and everything else stays.

    Examples
    --------
    >>> clip = Clip("a.mp4", 9.0, has_audio=True, tempo_bpm=96.0)
    >>> own_sound_for(clip).value, own_sound_for(clip, "keep").value
    ('out', 'over')
    """
    if not clip.has_audio:
        return OwnSound.OUT
    has_music = clip.tempo_bpm is not None or clip.key is not None
    return ASKED[wish] if wish else OwnSound.OUT if has_music else OwnSound.UNDER


def said_of_own_sound(clip: Clip, own_sound: OwnSound, wish: OwnSoundWish | None, name: str) -> tuple[Remark, ...]:
    """What the person should know of it; ``name`` is that of the scored film."""
    if not clip.has_audio:
        return ()
    if own_sound is OwnSound.OUT:
        lost = bool(clip.speech) and wish is None
        said = Remark.of("own_sound_left_out", name=name) if wish else Remark.of("own_sound_replaced")
        return (said, Remark.of("own_sound_voice_lost")) if lost else (said,)
    if own_sound is OwnSound.OVER:
        said = Remark.of("own_sound_over", name=name)
    elif clip.speech:
        return (Remark.of("own_sound_spoken", name=name, places=len(clip.speech)),)
    else:
        return (Remark.of("own_sound_under"),)
    return (said, Remark.of("own_sound_spoken", name=name, places=len(clip.speech))) if clip.speech else (said,)


def blocks_of(music: Waveform, frames: int, *, size: int = BLOCK) -> Iterator[Samples]:
    """The music in blocks, with silence after it up to ``frames`` samples."""
    for start in range(0, frames, size):
        block = music.samples[:, start : min(start + size, frames)]
        yield np.pad(block, ((0, 0), (0, min(size, frames - start) - block.shape[1])))
        if frames > LONG_FRAMES and start % LONG_FRAMES < size:
            let_go()


def own_blocks(path: Path, start_s: float, frames: int, *, size: int = BLOCK) -> Iterator[Samples]:
    """The clip's own sound in the same blocks, silence where it has none.

    Parameters
    ----------
    path : Path
    start_s : float
        When the first frame is shown, in seconds of the file.
    frames : int
        How many samples are wanted.
    size : int
        Samples of a block.
    """
    with open_media(path) as container:
        stream = find_sound(container)
        pieces = _placed(container, stream, start_s, frames) if stream else iter(())
        held: list[Samples] = []
        count = 0
        for start in range(0, frames, size):
            want = min(size, frames - start)
            while count < want and (piece := next(pieces, None)) is not None:
                held.append(piece)
                count += piece.shape[1]
            joined = np.concatenate([np.zeros((2, 0), np.float32), *held], axis=1)
            block, held = joined[:, :want], [joined[:, want:]]
            count = held[0].shape[1]
            yield np.pad(block, ((0, 0), (0, want - block.shape[1])))


def sound_begins_s(path: Path) -> float | None:
    """When the first sample of a file's sound is heard, in seconds of the file; None where there is none."""
    with open_media(path) as container:
        stream = find_sound(container)
        frame = next(decode_sound(container, stream, Damage()), None) if stream else None
        if stream is None or frame is None:
            return None
        return frame.time if frame.time is not None else float((stream.start_time or 0) * (stream.time_base or 0))


def _placed(container: InputContainer, stream: AudioStream, start_s: float, frames: int) -> Iterator[Samples]:
    """Stretches of sound to be put one after the other, the first sample of them on the first frame."""
    from av.audio.resampler import AudioResampler

    resampler = AudioResampler("fltp", "stereo", RATE_HZ)
    due_s, late, drop = start_s, True, 0
    for frame in decode_sound(container, stream, Damage()):
        gap_s = 0.0 if frame.time is None else frame.time - due_s
        if late or abs(gap_s) > GAP_S:
            gap, due_s, late = round(gap_s * RATE_HZ), due_s + gap_s, False
            drop = max(0, drop - gap)
            yield np.zeros((2, min(max(0, gap), frames)), np.float32)
        due_s += frame.samples / frame.sample_rate
        for samples in _stereo(resampler, frame):
            yield samples[:, drop:]
            drop = max(0, drop - samples.shape[1])


def _stereo(resampler: object, frame: AudioFrame) -> Iterator[Samples]:
    """A frame as two channels at 48 kHz, without what is no number."""
    for piece in resampler.resample(frame):  # type: ignore[attr-defined]
        yield np.nan_to_num(piece.to_ndarray(), nan=0.0, posinf=1.0, neginf=-1.0)
