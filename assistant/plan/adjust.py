"""Adjustments: what was asked of single parts, made in the bars that it is about.

*Conventions*: an amount of 1 is `DENSITY_STEP`, `LOUDER_LU` or an octave. Loudness is a matter of faders: of a part as
a whole its level, in a place the gain of its bars, so that no note changes; of the whole band, everywhere, it is the
mix's, and what is written anew is played louder. A register that is asked of a whole part moves its range; in a place,
it widens the range and shifts those bars.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.constraints import Adjustment, Constraints, Span
from assistant.library import Library
from assistant.plan.chairs import STRUCK, Casting, Chair
from assistant.plan.defaults import Frame
from assistant.plan.intents import OCTAVE, unit
from assistant.plan.spotting import Spotting
from assistant.plan.values import BarIntent

SILENCED = -0.95
"""A wish for so much less of a part in a place means that it rests there."""
LEAST_WIDTH = 12
"""Semitones that a part keeps when its register moves to the edge of its instrument."""
DENSITY_STEP, DYNAMICS_STEP = 0.8, 0.3
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
        if wish.amount <= -1.0:  # a rest that begins or ends within a bar keeps to the nearest bar lines
            first, last = _border(wish.where.from_s, spotting), _border(wish.where.to_s, spotting)
            last = count if wish.where.to_s >= frame.length_s - 1e-3 else last
            return range(first, max(first + 1, last))
        return range(spotting.bar_of(wish.where.from_s), spotting.bar_of(max(0.0, wish.where.to_s - 1e-3)) + 1)
    one, two = (min(count - 1, max(1, _border(frame.length_s * share / 3, spotting))) for share in (1, 2))
    places = {
        "all": range(count),
        "start": range(one),
        "end": range(two, count),
        "middle": range(one, max(one + 1, two)),
    }
    return places[wish.where]


def _border(at_s: float, spotting: Spotting) -> int:
    """The bar that starts nearest to a time."""
    return min(range(len(spotting.starts_s)), key=lambda bar: abs(spotting.starts_s[bar] - at_s))


def _adjusted(intent: BarIntent, wish: Adjustment) -> BarIntent:
    """One bar with an adjustment; what is asked of a part as a whole is its level or its range, and set there."""
    if wish.field == "density":
        rests = wish.amount <= SILENCED and wish.where != "all" and wish.part != "all"
        density = round(unit(intent.density + DENSITY_STEP * wish.amount), 3)
        return replace(intent, active=intent.active and not rests, density=density)
    if wish.field == "register":
        shift = 0 if wish.where == "all" else round(OCTAVE * wish.amount)
        return replace(intent, register_shift=intent.register_shift + shift)
    if wish.where != "all":
        return replace(intent, gain_db=round(intent.gain_db + LOUDER_LU * wish.amount, 2))
    if wish.part == "all":
        return replace(intent, dynamics=round(unit(intent.dynamics + DYNAMICS_STEP * wish.amount), 3))
    return intent


def moved_range(chair: Chair, low: int, high: int, wishes: Sequence[Adjustment], library: Library) -> tuple[int, int]:
    """A chair's range with the registers that were asked of it, inside its instrument."""
    player = library.instruments[chair.instrument]
    asked = [wish for wish in wishes if wish.field == "register" and means(wish.part, chair, library)]
    if not asked or chair.role in STRUCK:
        return low, high
    whole = sum(round(OCTAVE * wish.amount) for wish in asked if wish.where == "all")
    places = [round(OCTAVE * wish.amount) for wish in asked if wish.where != "all"]
    lowest = low + whole + min([0, *places])
    highest = high + whole + max([0, *places])
    lowest = max(player.low, min(lowest, player.high - LEAST_WIDTH))
    highest = min(player.high, max(highest, player.low + LEAST_WIDTH))
    return lowest, max(highest, min(player.high, lowest + LEAST_WIDTH))


def loudness_change_lu(asked: Constraints) -> float:
    """How much louder the whole cue was asked to be, in LU; nothing where its loudness was named."""
    if asked.loudness_lufs is not None:
        return 0.0
    wishes = [wish for wish in asked.adjust if (wish.field, wish.part, wish.where) == ("loudness", "all", "all")]
    return round(sum(LOUDER_LU * wish.amount for wish in wishes), 2)


def level_change_lu(chair: Chair, frame: Frame, library: Library) -> float:
    """How much louder a part as a whole was asked to be, in LU."""
    return sum(
        LOUDER_LU * wish.amount
        for wish in frame.asked.adjust
        if wish.field == "loudness" and wish.where == "all" and wish.part != "all" and means(wish.part, chair, library)
    )
