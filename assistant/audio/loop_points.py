"""Loop points in a WAV file: the ``smpl`` chunk, which Godot, FMOD, Wwise, samplers and trackers read.

Conventions: frames count from 0; ``end`` is the frame after the last one of the loop (the chunk itself holds the last
one). The chunk is put behind what is there; nothing else in the file changes.

Sources: Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0 (1991) with the ``smpl`` chunk
of the "New Multimedia Data Types" update (1994).
"""

from __future__ import annotations

import struct
from pathlib import Path

from assistant.audio.riff import Chunk, append_chunks, chunk_places
from assistant.errors import ClipError, InputError, OutputError

_HEAD = "<9I"
"""Manufacturer, product, nanoseconds a frame, unity note, its fraction, SMPTE format, offset, loops, more bytes."""

_LOOP = "<6I"
"""Identifier, kind (0 is forward), first frame, last frame, fraction, how often (0 is for ever)."""

_UNITY_NOTE = 60


def mark_loop(path: Path, *, start: int, end: int, rate_hz: int) -> Path:
    """Say in a WAV file that frames ``start`` to ``end`` are to be repeated for ever.

    Raises
    ------
    InputError
        If that is no stretch of frames.
    OutputError
        If the file is no WAV file or cannot be written.
    """
    if not 0 <= start < end:
        raise InputError(f"a loop from frame {start} to {end}", "0 <= start < end", "give whole frames")
    body = struct.pack(_HEAD, 0, 0, round(1e9 / rate_hz), _UNITY_NOTE, 0, 0, 0, 1, 0)
    body += struct.pack(_LOOP, 0, 0, start, end - 1, 0, 0)
    try:
        with path.open("r+b") as file:
            append_chunks(file, [Chunk(b"smpl", body)])
    except OSError as error:
        raise OutputError(f"file {str(path)!r}", "a place that can be written", "choose another folder") from error
    return path


def loop_of(path: Path) -> tuple[int, int] | None:
    """First frame and the frame after the last of a WAV file's first loop; None where it has none.

    Raises
    ------
    ClipError
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            for name, place, _ in chunk_places(file):
                file.seek(place + struct.calcsize(_HEAD))
                loop = file.read(struct.calcsize(_LOOP)) if name == b"smpl" else b""
                if len(loop) == struct.calcsize(_LOOP):
                    _, _, start, last, _, _ = struct.unpack(_LOOP, loop)
                    return int(start), int(last) + 1
    except OSError as error:
        raise ClipError(f"file {str(path)!r}", "a WAV file", "name a file that can be read") from error
    return None
