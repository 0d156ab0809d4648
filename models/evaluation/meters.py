"""Meters of loudness and true peak that are not ours: FFmpeg's ebur128 through PyAV, and pyloudnorm.

Conventions: waveforms as in `assistant.audio.waveform`; LUFS integrated, dBTP. Silence measures -70 LUFS there.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from assistant.audio import Waveform
from assistant.audio.loudness import decibels


@dataclass(frozen=True)
class Metered:
    """What FFmpeg's meter says."""

    loudness_lufs: float
    true_peak_dbtp: float


def ffmpeg_meter(waveform: Waveform) -> Metered:
    """Integrated loudness and true peak by the filter ebur128."""
    import av
    from av.audio.frame import AudioFrame
    from av.filter import Graph

    rate_hz, layout = waveform.rate_hz, "stereo" if waveform.samples.shape[0] == 2 else "mono"
    graph = Graph()
    form = f"time_base=1/{rate_hz}:sample_rate={rate_hz}:sample_fmt=fltp:channel_layout={layout}"
    source, meter = graph.add("abuffer", form), graph.add("ebur128", "peak=true:metadata=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    facts: dict[str, str] = {}
    for start in [*range(0, waveform.frames, rate_hz), None]:
        if start is None:
            source.push(None)
        else:
            piece = np.ascontiguousarray(waveform.samples[:, start : start + rate_hz])
            frame = AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate_hz, start, Fraction(1, rate_hz)
            source.push(frame)
        while True:
            try:
                pulled: Any = sink.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                break
            facts = dict(pulled.metadata) or facts
    return Metered(float(facts["lavfi.r128.I"]), decibels(float(facts["lavfi.r128.true_peak"])))


def pyloudnorm_lufs(waveform: Waveform) -> float:
    """Integrated loudness by pyloudnorm."""
    import pyloudnorm

    meter = pyloudnorm.Meter(waveform.rate_hz)
    return float(meter.integrated_loudness(waveform.samples.T.astype(np.float64)))
