"""What an audio model is asked for, whichever it is.

Conventions: seconds from the beginning of the request; sounds are as long as ``length_s``, at any rate, and the model
resamples them. A model paints one window, at most its ``longest_s``; longer cues are the business of who asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from assistant.audio import Waveform
from assistant.errors import EngineError
from assistant.generator import Progress, no_progress

GUIDE, REPAINT, MELODY, PARTS, TEXT = "guide", "repaint", "melody", "parts", "text"
"""What a model can do: follow a sound, renew a span of one, follow a melody, play one part to others, read words."""


class DeviceMemoryError(EngineError):
    """The device has too little memory for a request; something smaller may fit."""


@dataclass(frozen=True)
class Request:
    """One window of sound.

    Parameters
    ----------
    prompt, negative : str
        What it should and should not sound like, in the words that the model understands best.
    length_s : float
    seeds : tuple of int
        One for each candidate; all are drawn in one batch.
    guide : Waveform or None
        The score's sound.
    freedom : float
        0 to follow the guide closely, 1 for the words alone.
    melody : Waveform or None
        The leading part alone.
    before : Waveform or None
        A sound of which only ``renewed_s`` is made anew.
    renewed_s : (float, float) or None
    tempo_bpm : float or None
    key : str
        Such as ``D minor``; empty where unknown.
    beats : int
        Beats of a bar.
    part : str
        The one part that is to be played to the guide, such as ``drums``; empty for all. For models with `PARTS`.
    """

    prompt: str
    length_s: float
    seeds: tuple[int, ...] = (0,)
    negative: str = ""
    guide: Waveform | None = None
    freedom: float = 0.3
    melody: Waveform | None = None
    before: Waveform | None = None
    renewed_s: tuple[float, float] | None = None
    tempo_bpm: float | None = None
    key: str = ""
    beats: int = 4
    part: str = ""


@runtime_checkable
class AudioModel(Protocol):
    """A network that makes sound."""

    name: str
    longest_s: float
    """What it can paint at once."""
    abilities: frozenset[str]
    """Of `GUIDE`, `REPAINT`, `MELODY`, `PARTS` and `TEXT`."""

    def paint(self, request: Request, *, progress: Progress = no_progress) -> tuple[Waveform, ...]:
        """One sound for each seed, as long as asked to the sample; the same seed gives the same one on one machine.

        ``progress`` is called at every step, and whoever raises from it ends the work within that step.

        Raises
        ------
        DeviceMemoryError
            If the device has too little; what was loaded is still usable.
        """
        ...
