"""Adjustments: what was asked of single parts, made in the bars that it is about.

*Conventions*: an amount of 1 is `DENSITY_STEP`, `DYNAMICS_STEP` or an octave. The loudness of one part as a whole is
its level, not its dynamics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.constraints import Adjustment, Span
from assistant.library import Library
from assistant.plan.chairs import STRUCK, Casting, Chair
from assistant.plan.defaults import Frame
from assistant.plan.intents import OCTAVE, unit
from assistant.plan.spotting import Spotting
from assistant.plan.values import BarIntent

DENSITY_STEP, DYNAMICS_STEP = 0.4, 0.3
"""What an adjustment of 1 does."""
LOUDER_LU = 6.0
"""What an adjustment of loudness by 1 does to a part's level."""


def adjust(
    intents: Mapping[str, tuple[BarIntent, ...]],
    wishes: Sequence[Adjustment],
    frame: Frame,
    spotting: Spotting,
    casting: Casting,
    library: Library,
) -> dict[str, tuple[BarIntent, ...]]:
    """The same intents with what was asked of single parts."""
    adjusted = dict(intents)
    for wish in wishes:
        bars = _bars_of(wish, frame, spotting)
        for chair in casting.chairs:
            if means(wish.part, chair, library):
                adjusted[chair.id] = tuple(
                    _adjusted(intent, wish) if bar in bars else intent for bar, intent in enumerate(adjusted[chair.id])
                )
    return adjusted


def means(part: str, chair: Chair, library: Library) -> bool:
    """Whether a person's word for a part means this chair."""
    words = {
        "all": True,
        "melody": chair.role == "lead",
        "chords": chair.role in ("harmony", "pulse"),
        "bass": chair.role == "bass",
        "drums": chair.role in STRUCK,
    }
    return words.get(part, False) or chair.instrument == part or chair.instrument in library.family_members(part)


def _bars_of(wish: Adjustment, frame: Frame, spotting: Spotting) -> range:
    """The bars that an adjustment is about."""
    count = len(spotting.bars)
    if isinstance(wish.where, Span):
        return range(spotting.bar_of(wish.where.from_s), spotting.bar_of(max(0.0, wish.where.to_s - 1e-3)) + 1)
    third = max(1, round(count / 3))
    places = {
        "all": range(count),
        "start": range(third),
        "end": range(count - third, count),
        "middle": range(third, max(third + 1, count - third)),
    }
    return places[wish.where]


def _adjusted(intent: BarIntent, wish: Adjustment) -> BarIntent:
    """One bar with an adjustment. Loudness of a single part as a whole is its level, and set there."""
    density, dynamics, shift = intent.density, intent.dynamics, intent.register_shift
    if wish.field == "density":
        density = unit(density + DENSITY_STEP * wish.amount)
    elif wish.field == "register":
        shift += round(OCTAVE * wish.amount)
    elif wish.where != "all" or wish.part == "all":
        dynamics = unit(dynamics + DYNAMICS_STEP * wish.amount)
    return BarIntent(intent.active, round(density, 3), round(dynamics, 3), shift)


def level_change_lu(chair: Chair, frame: Frame, library: Library) -> float:
    """How much louder a part as a whole was asked to be, in LU."""
    return sum(
        LOUDER_LU * wish.amount
        for wish in frame.asked.adjust
        if wish.field == "loudness" and wish.where == "all" and wish.part != "all" and means(wish.part, chair, library)
    )
