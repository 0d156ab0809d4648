"""Room for sound: in memory while a cue is short, on disk when it is long, worked on block by block.

Half an hour of one stereo part is 690 MB. So an array of more than `LONG_FRAMES` lies in a file of its own that is
mapped into memory and has no name: it goes when nobody holds the array any more, whatever happens. `blocks` walks along
such an array and lets go of what was read or written, so that the memory in use does not grow with the length.

Conventions: float32 of shape (channels, n); frames are samples a channel. A short cue is one block, so that it comes
out to the bit as if there were none. The files lie where `tempfile` puts them (``TMPDIR``); their room on the disk is
taken when they are made, and a full disk is an `OutputError`.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from assistant.errors import OutputError

Samples = npt.NDArray[np.float32]

LONG_FRAMES = 180 * 48_000
"""Arrays of more frames lie on disk: three minutes at 48 kHz, 69 MB in stereo."""
BLOCK_FRAMES = 768_000
"""Frames of a block: 16 seconds at 48 kHz, a whole number of hops of every measure."""

_mapped: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()
_lock = threading.Lock()


def zeros(channels: int, frames: int) -> Samples:
    """Silence to be written to, in memory or on disk.

    Raises
    ------
    OutputError
        If the disk has no room.

    Examples
    --------
    >>> zeros(2, 480).shape
    (2, 480)
    """
    if frames <= LONG_FRAMES:
        return np.zeros((channels, frames), np.float32)
    size = channels * frames * 4
    try:
        with tempfile.TemporaryFile(prefix="cuewright-") as file:
            _reserve(file.fileno(), size)
            pages = mmap.mmap(file.fileno(), size)
    except OSError as error:
        where = tempfile.gettempdir()
        raise OutputError(
            f"{size / 1e9:.1f} GB in {where!r} ({error.strerror})", "a disk with room", "free some, or set TMPDIR"
        ) from error
    with _lock:
        _mapped.add(pages)
    return np.frombuffer(pages, np.float32).reshape(channels, frames)


def _reserve(file: int, size: int) -> None:
    """Take room for a file now: a mapped page that finds none later would end the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:
        os.truncate(file, size)


def blocks(frames: int, unit: int = 1) -> Iterator[slice]:
    """The stretches of a sound in order: one for a short cue; after each, memory is let go.

    Parameters
    ----------
    frames : int
    unit : int
        Every stretch but the last is a whole number of so many frames.
    """
    if frames <= LONG_FRAMES:
        yield slice(0, frames)
        return
    size = BLOCK_FRAMES // unit * unit
    for start in range(0, frames, size):
        yield slice(start, min(frames, start + size))
        let_go()


def let_go() -> None:
    """Take the mapped pages out of memory; what was written stays in the files."""
    if not hasattr(mmap, "MADV_DONTNEED"):
        return
    with _lock:
        for pages in list(_mapped):
            pages.madvise(mmap.MADV_DONTNEED)


def filled(
    shape: tuple[int, int], make: Callable[[slice], Samples], *, unit: int = 1, into: Samples | None = None
) -> Samples:
    """An array made stretch by stretch; that of a short cue is what ``make`` gives.

    Parameters
    ----------
    shape : (int, int)
    make : callable
        Gives a stretch.
    unit : int
        Every stretch but the last is a whole number of so many frames.
    into : array, optional
        A long array that nobody needs any more, of that shape: it is written over, which spares the disk.

    Examples
    --------
    >>> filled((2, 3), lambda span: np.ones((2, 3), np.float32)).sum()
    np.float32(6.0)
    """
    channels, frames = shape
    if frames <= LONG_FRAMES:
        return make(slice(0, frames))
    out = zeros(channels, frames) if into is None or not into.flags.writeable else into
    for span in blocks(frames, unit):
        out[:, span] = make(span)
    return out


def scaled(samples: Samples, gain: np.float32, *, into: Samples | None = None) -> Samples:
    """The sound times a gain."""
    return filled(_shape(samples), lambda span: samples[:, span] * gain, into=into)


def mine(samples: Samples) -> Samples:
    """The same sound, to be changed: a copy where it is short; a long one is changed where it lies."""
    return np.array(samples) if samples.shape[1] <= LONG_FRAMES or not samples.flags.writeable else samples


def contiguous(samples: npt.NDArray[np.generic]) -> Samples:
    """The same samples side by side in memory as float32; a long array that is not yet so is laid down on disk."""
    if (
        samples.ndim != 2
        or samples.shape[1] <= LONG_FRAMES
        or (samples.dtype == np.float32 and samples.flags.c_contiguous)
    ):
        return np.ascontiguousarray(samples, np.float32)
    return filled((samples.shape[0], samples.shape[1]), lambda span: samples[:, span].astype(np.float32))


def highest(samples: Samples) -> float:
    """The highest sample of all channels, as it is without a sign."""
    return max(float(np.abs(samples[:, span]).max(initial=0.0)) for span in blocks(samples.shape[1]))


def _shape(samples: Samples) -> tuple[int, int]:
    return int(samples.shape[0]), int(samples.shape[1])
