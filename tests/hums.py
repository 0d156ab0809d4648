"""Hums melodies for tests: one voice with vibrato, drift, glides and noise (as `models.evaluation.humming` does)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assistant.clip.notes import SungNote
from models.evaluation.humming import hum as hum

TUNE = ((0.0, 0.5, 64), (0.5, 0.5, 67), (1.0, 0.25, 69), (1.25, 0.25, 67), (1.5, 0.5, 64), (2.0, 0.5, 62),
        (2.5, 1.0, 60), (3.5, 0.5, 60))  # fmt: skip
"""Start and length in seconds, and pitch; at 120 BPM quarters and eighths in C major, the last note repeated."""


def sung(rows: Sequence[tuple[float, float, int]] = TUNE) -> tuple[SungNote, ...]:
    """Rows as notes that begin a little after the sound."""
    return tuple(SungNote(start_s + 0.3, length_s, pitch) for start_s, length_s, pitch in rows)


def tone(hertz: float, length_s: float, *, rate_hz: int = 48_000) -> npt.NDArray[np.float32]:
    """A steady tone with three harmonics."""
    t = np.arange(round(length_s * rate_hz)) / rate_hz
    return np.asarray(0.2 * sum(np.sin(2 * np.pi * hertz * k * t) / k for k in (1, 2, 3)), np.float32)
