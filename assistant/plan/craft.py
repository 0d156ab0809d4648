"""The planning table ``prompts/emotions.toml`` as one checked value: what emotions, uses and roles ask of the music.

*Conventions*: curves are (arousal or valence, value) points, read in straight lines; ranges are MIDI numbers, loudness
in LU against the lead, ``ring_s`` seconds before the end.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.errors import AssistantError, DataError
from assistant.library import Library
from assistant.records import STRICT, from_data
from assistant.score import ROLES

Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class RoleCraft:
    """Where a role lies, how loud it is, how early it enters, and how busy."""

    __pydantic_config__ = STRICT

    low: int
    high: int
    level_lu: float
    enters: int
    busy: float


@dataclass(frozen=True)
class UseCraft:
    """Defaults of one use; ``styles`` by bright or dark and calm or lively; ``ring_s`` is (latest, best, earliest)."""

    __pydantic_config__ = STRICT

    length_s: float
    loudness_lufs: float
    ring_s: tuple[float, float, float]
    styles: dict[str, str]


@dataclass(frozen=True)
class Craft:
    """The whole table."""

    __pydantic_config__ = STRICT

    sources: tuple[str, ...]
    tempo: Curve
    fewest: Curve
    most: Curve
    density: Curve
    dynamics: Curve
    register: Curve
    sections: dict[str, float]
    roles: dict[str, RoleCraft]
    uses: dict[str, UseCraft]

    def __post_init__(self) -> None:
        if set(ROLES) - set(self.roles):
            raise DataError(f"roles {sorted(self.roles)}", f"give one table for each of {', '.join(ROLES)}")
        if "other" not in self.uses:
            raise DataError("no [uses.other]", "add the use that stands for all that is not listed")


def read_craft(library: Library) -> Craft:
    """The planning table of a library; raises `DataError` naming what is wrong in it."""
    try:
        return from_data(Craft, thaw(library.emotions))
    except AssistantError as error:
        raise DataError(f"prompts/emotions.toml: {error.message}", error.cure or "correct it") from error


def thaw(value: Any) -> Any:
    """Plain dicts and lists for read-only mappings and tuples."""
    if isinstance(value, Mapping):
        return {name: thaw(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [thaw(item) for item in value]
    return value


def interpolate(curve: Sequence[tuple[float, float]], at: float) -> float:
    """The value of a curve, in straight lines between its points and level beyond them.

    Examples
    --------
    >>> interpolate(((0.0, 10.0), (1.0, 20.0)), 0.25)
    12.5
    """
    if at <= curve[0][0]:
        return curve[0][1]
    for (left, low), (right, high) in itertools.pairwise(curve):
        if at <= right:
            return low + (high - low) * (at - left) / (right - left)
    return curve[-1][1]


def stream(seed: int, *concern: object) -> random.Random:
    """A source of chance of its own for one concern, so that no choice disturbs another.

    Examples
    --------
    >>> stream(1, "key").random() == stream(1, "key").random() != stream(2, "key").random()
    True
    """
    return random.Random(":".join(str(step) for step in (seed, *concern)))
