"""Asked against achieved.

Conventions: one `Finding` per promise; ``asked``, ``achieved`` and ``error`` are in ``unit``; ``met`` is judged here
once and nowhere else. ``measured_on`` is ``"score"`` or ``"sound"``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.records import STRICT


@dataclass(frozen=True)
class Finding:
    """One promise, measured.

    Parameters
    ----------
    name : str
        What was promised: ``"length"``, ``"hit"``, ``"loudness"``, ``"tempo"``, ``"key"``, ``"instrument"`` ...
    asked, achieved : str or float
    unit : str
        ``"s"``, ``"ms"``, ``"LUFS"``, ``"bpm"``, or empty.
    error : float
        Achieved less asked, or 0 where they are words.
    bound : float
        Largest error that counts as met.
    met : bool
    measured_on : {"score", "sound"}
    about : str
        Which hit, part or section.
    """

    __pydantic_config__ = STRICT

    name: str
    asked: str | float
    achieved: str | float
    unit: str
    error: float
    bound: float
    met: bool
    measured_on: Literal["score", "sound"]
    about: str = ""


@dataclass(frozen=True)
class Findings:
    """Every promise of a take, measured."""

    __pydantic_config__ = STRICT

    items: tuple[Finding, ...] = ()

    def named(self, name: str) -> tuple[Finding, ...]:
        """The findings of one kind."""
        return tuple(item for item in self.items if item.name == name)

    @property
    def unmet(self) -> tuple[Finding, ...]:
        """What was not achieved."""
        return tuple(item for item in self.items if not item.met)
