"""The mix as FLAC and as MP3, with its tags.

Conventions: FLAC holds the 24 bits of the mix bit for bit; MP3 is 320 kbit/s, with a header that names its delay, so
that players give back the exact length. Encoding moves peaks, so the ceiling is held on what is decoded again. LAME
comes with PyAV's wheel (LGPL, as FFmpeg's own encoders); where a build has none, that is said.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.audio.riff import FULL_SCALE
from assistant.audio.waveform import Waveform
from assistant.deliver.lossy import encode_under
from assistant.errors import EngineError, OutputError
from assistant.render.targets import LOSSY_DBTP

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

MP3_BIT_RATE = 320_000
MP3_ROOM_DB = 0.5
"""By how much the encoder raises peaks, as a rule."""
BLOCK = 4608
"""Samples in a frame of FLAC, and four of MP3."""


def write_flac(path: Path, waveform: Waveform, tags: Mapping[str, str]) -> Path:
    """Write FLAC with the 24 bits of the mix."""
    return _write(path, waveform, tags, container="flac", codec="flac", form="s32", options={})


def write_mp3(path: Path, waveform: Waveform, tags: Mapping[str, str], *, ceiling_dbtp: float = LOSSY_DBTP) -> Path:
    """Write MP3 whose decoded peaks stay under a ceiling.

    Raises
    ------
    EngineError
        If this build of FFmpeg cannot write it.
    """
    options = {"id3v2_version": "3", "write_xing": "1"}

    def write(place: Path, sound: Waveform) -> Path:
        return _write(place, sound, tags, container="mp3", codec="libmp3lame", form="fltp", options=options)

    encode_under(path, waveform, write, ceiling_dbtp=ceiling_dbtp, room_db=MP3_ROOM_DB)
    return path


def _write(
    path: Path,
    waveform: Waveform,
    tags: Mapping[str, str],
    *,
    container: str,
    codec: str,
    form: str,
    options: dict[str, str],
) -> Path:
    import av

    if codec not in av.codecs_available:
        raise EngineError(
            f"{path.suffix} without its encoder {codec}", "wav, flac or m4a", "install a PyAV that has it"
        )
    layout = "stereo" if waveform.samples.shape[0] == 2 else "mono"
    begun = path.with_name(f".{path.name}.part")
    try:
        with av.open(str(begun.absolute()), "w", format=container, options=options) as target:
            target.metadata.update(tags)
            stream: Any = target.add_stream(codec, rate=waveform.rate_hz, layout=layout)
            stream.codec_context.format = form
            if form != "s32":
                stream.bit_rate = MP3_BIT_RATE if layout == "stereo" else MP3_BIT_RATE // 2
            for start in range(0, waveform.frames, BLOCK):
                frame = _frame(waveform.samples[:, start : start + BLOCK], form, layout)
                frame.sample_rate, frame.pts = waveform.rate_hz, start
                target.mux(stream.encode(frame))
            target.mux(stream.encode(None))
        os.replace(begun, path)
    except OSError as error:  # PyAV's errors of the file system are OSErrors too
        raise OutputError(f"file {str(path)!r}", "a place that can be written", "choose another folder") from error
    finally:
        begun.unlink(missing_ok=True)
    return path


def _frame(samples: Any, form: str, layout: str) -> AudioFrame:
    """Samples as an encoder takes them: 24 bits at the top of 32, or floating point."""
    from av.audio.frame import AudioFrame

    if form != "s32":
        return AudioFrame.from_ndarray(np.ascontiguousarray(samples), format=form, layout=layout)
    whole = np.clip(np.rint(samples * np.float32(FULL_SCALE)), -FULL_SCALE, FULL_SCALE - 1).astype(np.int32) << 8
    return AudioFrame.from_ndarray(np.ascontiguousarray(whole.T.reshape(1, -1)), format=form, layout=layout)
