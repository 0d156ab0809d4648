"""The character of a style's mix: what a lo-fi bedroom, a trailer, a chamber or a club do with the same strips.

Conventions: as in ``prompts/mix.toml``, where characters stand with the styles that they belong to; everything is a
change to what roles and master have without them. All of it is linear before the bus, so stems still add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assistant.errors import InputError
from assistant.records import STRICT
from assistant.score import ROLES

EVERY = "every"
"""Stands for all roles in ``bells`` and ``lift_db``."""


@dataclass(frozen=True)
class Character:
    """What a mix in certain styles does otherwise.

    Parameters
    ----------
    styles : tuple of str
    lift_db, bells : dict
        By role, or for every one: louder by so much; more dips and lifts (Hz, dB, Q).
    send_db, crest_db : float
        More (or less) room; how much further (or less far) peaks may stand out of a stem.
    mono_below_hz : float
        For the low roles, where it is higher than theirs.
    spread : float
        How many times further from the middle the players sit.
    width : dict
        By role, how many times wider the part itself is.
    ratio, threshold_over_lu, attack_s, release_s : float or None
        Of the bus compressor, where it is another.
    """

    __pydantic_config__ = STRICT

    styles: tuple[str, ...]
    lift_db: dict[str, float] = field(default_factory=dict)
    bells: dict[str, tuple[tuple[float, float, float], ...]] = field(default_factory=dict)
    send_db: float = 0.0
    crest_db: float = 0.0
    mono_below_hz: float = 0.0
    spread: float = 1.0
    width: dict[str, float] = field(default_factory=dict)
    ratio: float | None = None
    threshold_over_lu: float | None = None
    attack_s: float | None = None
    release_s: float | None = None

    def __post_init__(self) -> None:
        if unknown := (set(self.lift_db) | set(self.bells) | set(self.width)) - {*ROLES, EVERY}:
            raise InputError(f"role {min(unknown)!r} of a mix", ", ".join((*ROLES, EVERY)), "choose one of these")
        if not (self.styles and abs(self.send_db) <= 12 and abs(self.crest_db) <= 12 and 0 <= self.spread <= 3):
            raise InputError(
                f"character for {self.styles}", "styles; changes of 12 dB at most, a spread of 0 to 3", "correct it"
            )

    def lift_of(self, role: str) -> float:
        """How much louder a role is."""
        return self.lift_db.get(EVERY, 0.0) + self.lift_db.get(role, 0.0)

    def bells_of(self, role: str) -> tuple[tuple[float, float, float], ...]:
        """What is added to a role's equaliser."""
        return (*self.bells.get(EVERY, ()), *self.bells.get(role, ()))

    @property
    def bus(self) -> Mapping[str, float]:
        """The figures of the bus compressor that are others."""
        named = {name: getattr(self, name) for name in ("ratio", "threshold_over_lu", "attack_s", "release_s")}
        return {name: value for name, value in named.items() if value is not None}
