"""The steps of a walk along the line: what a station that begins, is under way or is done tells whoever listens.

Conventions: seconds by the clock; a share goes from 0 to 1. What a station raises arrives where its steps are read.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Generator as Generator_
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeVar

from assistant import worker
from assistant.generator import Progress
from assistant.score import Score

T = TypeVar("T")

STATIONS = ("clip", "interpret", "plan", "compose", "render", "studio", "check", "deliver")
"""The stations in the order of the line; a clip is watched and sound painted only where there is who and what."""


@dataclass(frozen=True)
class Step:
    """A station that begins, is under way, or is done.

    Parameters
    ----------
    station : str
        One of `STATIONS`, or what is said between them.
    value : object or None
        What it has made; None until it is done.
    seconds : float
        How long it took, once it is done.
    share : float or None
        While it is under way: the share of its work that is done, 0 to 1.
    sketch : Score or None
        While composing: the score as far as it is written (`assistant.generator.Progress`).
    """

    station: str
    value: object | None = None
    seconds: float = 0.0
    share: float | None = None
    sketch: Score | None = None

    @property
    def begins(self) -> bool:
        """Whether a station begins here."""
        return self.value is None and self.share is None

    @property
    def is_under_way(self) -> bool:
        """Whether a station that began before tells how far it is."""
        return self.share is not None


def timed(station: str, work: Callable[[], T]) -> Generator_[Step, None, T]:
    """Announce a station, do its work, announce its value, and give it back."""
    yield Step(station)
    began = time.perf_counter()
    value = work()
    yield Step(station, value, time.perf_counter() - began)
    return value


def told(
    station: str, work: Callable[[Progress], T], moments: SimpleQueue[Step | None] | None = None
) -> Generator_[Step, None, T]:
    """The same for work that tells its progress: announce that too, as it comes, and what others put among it."""

    def clocked(progress: Progress) -> tuple[T, float]:
        began = time.perf_counter()
        return work(progress), time.perf_counter() - began

    yield Step(station)
    value, seconds = yield from worker.told(
        clocked, lambda share, sketch: Step(station, share=share, sketch=sketch), moments
    )
    yield Step(station, value, seconds)
    return value
