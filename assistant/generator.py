"""The one method that every engine answers, and what must be kept.

Conventions: the same plan, keep and seed give the same take, on every machine for a symbolic engine. Kept cells come
back bit for bit. An engine reports progress by calling back; the consumer stops it by raising from that call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from assistant.audio import Waveform
from assistant.plan import Plan
from assistant.records import STRICT
from assistant.score import Cell, Score

Progress = Callable[[float, str], None]
"""Called with the share done (0..1) and a word for people."""


def no_progress(share: float, what: str) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Keep:
    """Cells of an earlier score that must come back unchanged, in bars and beats.

    A cell of bar *n* comes back in bar *n*. A cell for which the new plan has no bar, no part, or a shorter bar is not
    kept; `assistant.feedback` counts such notes and they are said.
    """

    __pydantic_config__ = STRICT

    score: Score | None = None
    cells: tuple[Cell, ...] = ()


NOTHING_KEPT = Keep()


@runtime_checkable
class Generator(Protocol):
    """An engine."""

    name: str

    def generate(
        self, plan: Plan, *, keep: Keep = NOTHING_KEPT, seed: int = 0, progress: Progress = no_progress
    ) -> Score | Waveform:
        """A take of the plan."""
        ...
