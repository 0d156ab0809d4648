"""Reads and writes what a WAV file says of itself: chunks before and after the samples.

Conventions: 24-bit integers, a full scale of 2**23, or 32-bit floating point; samples beyond full scale are clipped in
integers. Samples are converted in blocks, so that memory does not grow with length. A chunk has four letters; what
a reader does not know it skips. This module knows nothing of music, nor of what a chunk means.

Sources: Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0 (RIFF, WAVE, LIST INFO).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from assistant.audio import shelf
from assistant.audio.waveform import Samples, Waveform
from assistant.errors import InputError, OutputError

BLOCK = 1 << 15
"""Samples a channel that are converted at a time."""
FULL_SCALE = float(2**23)
_LOWER = np.uint32(0xFFFFFF)
_PCM, _FLOAT = 1, 3
_LARGEST = 2**32 - 1


@dataclass(frozen=True)
class Chunk:
    """A name of four letters and what it holds.

    Examples
    --------
    >>> Chunk(b"LIST", b"INF").packed
    b'LIST\\x03\\x00\\x00\\x00INF\\x00'
    """

    name: bytes
    data: bytes

    def __post_init__(self) -> None:
        if len(self.name) != 4:
            raise InputError(f"chunk {self.name!r}", "four letters", "correct the name")

    @property
    def packed(self) -> bytes:
        """As it stands in the file: name, length, content, and a zero where the length is odd."""
        return self.name + struct.pack("<I", len(self.data)) + self.data + b"\0" * (len(self.data) % 2)


def chunk_places(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and length of each chunk's content in a WAV file; raises `OutputError` where it is none."""
    file.seek(0)
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise OutputError("a file", "a WAV file", "give a file that was written as WAV")
    at = 12
    while len(head := file.read(8)) == 8:
        name, size = head[:4], int(struct.unpack_from("<I", head, 4)[0])
        yield name, at + 8, size
        at += 8 + size + size % 2
        file.seek(at)


def append_chunks(file: BinaryIO, chunks: Iterable[Chunk]) -> None:
    """Put chunks behind the last one of a WAV file; nothing else in it changes but its size."""
    end = max((start + size + size % 2 for _, start, size in chunk_places(file)), default=12)
    file.seek(0, 2)
    file.write(bytes(max(0, end - file.tell())))  # the padding of an odd last chunk
    file.seek(end)
    file.write(b"".join(chunk.packed for chunk in chunks))
    size = file.tell() - 8
    file.seek(4)
    file.write(struct.pack("<I", size))


def save_riff(
    path: Path,
    waveform: Waveform,
    *,
    before: Iterable[Chunk] = (),
    after: Iterable[Chunk] = (),
    floating: bool = False,
) -> Path:
    """Write a WAV file.

    Parameters
    ----------
    path : Path
    waveform : Waveform
    before, after : iterable of Chunk
        What stands before the samples, where every reader finds it, and behind them.
    floating : bool
        32-bit floating point in place of 24-bit integers.

    Raises
    ------
    InputError
        If it would be larger than a WAV file can be (4 GiB).
    OutputError
        If the place cannot be written.
    """
    form = Form(waveform.samples.shape[0], waveform.rate_hz, waveform.frames, floating)
    return save_blocks(path, _blocks(waveform.samples), form, before=before, after=after)


def _blocks(samples: Samples) -> Iterator[Samples]:
    """A sound by `BLOCK` frames; a long one leaves memory as it is read."""
    for span in shelf.blocks(samples.shape[1], BLOCK):
        for at in range(span.start, span.stop, BLOCK):
            yield samples[:, at : min(at + BLOCK, span.stop)]


@dataclass(frozen=True)
class Form:
    """How many channels and frames a sound has, how many a second, and whether it is floating point."""

    channels: int
    rate_hz: int
    frames: int
    floating: bool = False


def save_blocks(
    path: Path, blocks: Iterable[Samples], form: Form, *, before: Iterable[Chunk] = (), after: Iterable[Chunk] = ()
) -> Path:
    """Write a WAV file from blocks of shape (channels, n) that are ``form.frames`` long together; see `save_riff`."""
    width = 4 if form.floating else 3
    frame = form.channels * width
    kind = _FLOAT if form.floating else _PCM
    head = [
        Chunk(
            b"fmt ",
            struct.pack("<HHIIHH", kind, form.channels, form.rate_hz, form.rate_hz * frame, frame, 8 * width),
        )
    ]
    if form.floating:
        head.append(Chunk(b"fact", struct.pack("<I", form.frames)))
    front = b"".join(chunk.packed for chunk in (*before, *head))
    back = b"".join(chunk.packed for chunk in after)
    size = form.frames * frame
    total = 4 + len(front) + 8 + size + size % 2 + len(back)
    if total > _LARGEST:
        raise InputError(f"{form.frames / form.rate_hz:.0f} s of sound", "4 GiB at most in WAV", "make it shorter")
    try:
        with path.open("wb") as file:
            file.write(b"RIFF" + struct.pack("<I", total) + b"WAVE" + front + b"data" + struct.pack("<I", size))
            for block in blocks:
                file.write(_packed(block, form.floating))
            file.write(b"\0" * (size % 2) + back)
    except OSError as error:
        raise OutputError(f"file {str(path)!r}", "a place that can be written", "choose another folder") from error
    return path


def _packed(block: Samples, floating: bool) -> bytes:
    """Samples as they stand in the file, channel by channel within a frame."""
    if floating:
        return np.ascontiguousarray(block.T).astype("<f4").tobytes()
    level = np.multiply(block.T, np.float32(FULL_SCALE), order="C")
    np.clip(np.rint(level, out=level), -FULL_SCALE, FULL_SCALE - 1, out=level)
    return _in_threes(level.astype("<i4").view("<u4").reshape(-1))


def _in_threes(whole: npt.NDArray[np.uint32]) -> bytes:
    """The lower three bytes of each number; four of them are three words of the file."""
    missing = -len(whole) % 4
    padded = np.pad(whole, (0, missing)) if missing else whole
    first, second, third, fourth = padded.reshape(-1, 4).T
    words = np.empty((len(first), 3), "<u4")
    np.bitwise_or(first & _LOWER, second << 24, out=words[:, 0])
    np.bitwise_or((second & _LOWER) >> 8, third << 16, out=words[:, 1])
    np.bitwise_or((third & _LOWER) >> 16, fourth << 8, out=words[:, 2])
    return words.tobytes()[: 3 * len(whole)]
