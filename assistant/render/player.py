"""What every player answers.

Conventions: dry stereo float32 of shape (2, n); the same performance gives the same samples every time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from assistant.audio.waveform import Samples
from assistant.render.performance import Performance


class Player(Protocol):
    """A synthesiser with a SoundFont."""

    @property
    def name(self) -> str:
        """``"fluidsynth"`` or ``"fallback"``."""
        ...

    @property
    def soundfont(self) -> Path:
        """The file that it plays from."""
        ...

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        ...

    def play(self, performance: Performance, frames: int) -> Samples:
        """The performance from its start, ``frames`` long, shape (2, frames)."""
        ...
