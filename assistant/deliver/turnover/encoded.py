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

from assistant.audio.dynamics import applied, limiter_gain, peaks_of
from assistant.audio.loudness import amplitude, true_peak_dbtp
from assistant.audio.riff import FULL_SCALE
from assistant.audio.waveform import Waveform, load_wav
from assistant.errors import EngineError, OutputError

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

MP3_BIT_RATE = 320_000
LOSSY_DBTP = -2.0
"""True peak that a player may find in an encoded file."""
MARGINS_DB = (0.7, 1.2, 2.0)
"""By how much the encoder is expected to raise peaks: the first that does is taken."""
_AHEAD_S, _RELEASE_S = 0.002, 0.08
BLOCK = 4608
"""Samples in a frame of FLAC, and four of MP3."""


def write_flac(path: Path, waveform: Waveform, tags: Mapping[str, str]) -> Path:
    """Write FLAC with the 24 bits of the mix."""
    return _write(path, waveform, tags, container="flac", codec="flac", form="s32", options={})


def write_mp3(path: Path, waveform: Waveform, tags: Mapping[str, str], *, ceiling_dbtp: float = LOSSY_DBTP) -> Path:
    """Write MP3 whose decoded peaks stay under a ceiling: what goes in is limited, further where that does not do.

    Raises
    ------
    EngineError
        If this build of FFmpeg cannot write it.
    """
    options = {"id3v2_version": "3", "write_xing": "1"}
    peaks = peaks_of(waveform.samples, above=amplitude(ceiling_dbtp - MARGINS_DB[-1]))
    for margin_db in MARGINS_DB:
        lower = amplitude(ceiling_dbtp - margin_db)
        gain = limiter_gain(peaks, waveform.rate_hz, ceiling=lower, lookahead_s=_AHEAD_S, release_s=_RELEASE_S)
        sound = Waveform(applied(waveform.samples, gain), waveform.rate_hz)
        _write(path, sound, tags, container="mp3", codec="libmp3lame", form="fltp", options=options)
        if true_peak_dbtp(load_wav(path)) <= ceiling_dbtp:
            break
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
