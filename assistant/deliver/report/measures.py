"""What the report shows of the sound and of the notes: measured here, once.

Conventions: loudness in LUFS after BS.1770, levels in dB below full scale, times in seconds.
"""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from assistant.audio import Waveform
from assistant.audio.loudness import SILENCE_LUFS, decibels, energies_of, integrated_lufs
from assistant.audio.shelf import highest
from assistant.score import Score

SHORT_TERM_HOPS = 30
"""Three seconds, as BS.1770 and EBU Tech 3341 have it."""

SILENT_LUFS = -70.0
"""Below this a stem is called silent (the absolute gate of BS.1770)."""

Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Level:
    """How loud one stem is: integrated loudness, None when silent, and its sample peak."""

    part_id: str
    lufs: float | None
    peak_db: float


def loudness_curve(waveform: Waveform) -> Curve:
    """Short-term loudness around every 100 ms; at the edges the window is what there is of it."""
    energies = energies_of(waveform)
    sums = np.concatenate(([0.0], np.cumsum(energies)))
    places = np.arange(len(energies))
    first = np.maximum(0, places - SHORT_TERM_HOPS // 2)
    last = np.minimum(len(energies), places + SHORT_TERM_HOPS // 2)
    power = (sums[last] - sums[first]) / np.maximum(1, last - first)
    lufs = -0.691 + 10 * np.log10(np.maximum(power, 10 ** (SILENCE_LUFS / 10)))
    times = np.linspace(0.0, waveform.length_s, len(energies))
    return tuple((float(at_s), float(level)) for at_s, level in zip(times, lufs, strict=True))


def onset_curve(score: Score, *, columns: int = 120) -> Curve:
    """Notes struck each second (in longer windows where a cue is longer than ``columns`` seconds)."""
    window_s = max(1.0, score.length_s / columns)
    count = Counter(int(score.start_s(note) // window_s) for part in score.parts for note in part.notes)
    windows = int(np.ceil(score.length_s / window_s - 1e-9))
    return tuple(((place + 0.5) * window_s, count[place] / window_s) for place in range(windows))


def stem_levels(stems: list[tuple[str, Waveform]]) -> list[Level]:
    """The level of every stem, in order."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda stem: _level(*stem), stems))


def _level(part_id: str, waveform: Waveform) -> Level:
    lufs = integrated_lufs(waveform) if waveform.frames else SILENCE_LUFS
    peak = highest(waveform.samples)
    return Level(part_id, lufs if lufs > SILENT_LUFS else None, decibels(peak))
