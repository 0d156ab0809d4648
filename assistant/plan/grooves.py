"""The groove of a cue: the style's, the region's, or that of the take before; and a second one beside it.

*Conventions*: grooves by their id in the library, ``""`` for none; tempi in quarter notes a minute.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.constraints import Constraints
from assistant.library import Library, Region, Style
from assistant.plan.craft import stream
from assistant.plan.own_music import region_rules
from assistant.plan.tempo import TempoWish
from assistant.plan.values import Plan
from assistant.score import Meter


def choose_groove(
    asked: Constraints,
    style: Style,
    region: Region | None,
    meter: Meter,
    library: Library,
    wish: TempoWish,
    seed: int,
) -> str:
    """A groove in the metre: the style's when one was asked, the region's otherwise, any other last; may be none."""
    mine = style.grooves if region is None or not region_rules(asked) else ()
    theirs = region.grooves if region is not None else ()
    peak = max(point.arousal for point in asked.arc)
    for names in (mine, theirs, style.grooves):
        fitting = [name for name in names if name in library.grooves and library.grooves[name].meter == str(meter)]
        fitting = [name for name in fitting if library.grooves[name].enters <= peak] or fitting
        if fitting:
            return _by_tempo(fitting, library, wish, meter, seed)
    others = sorted(
        name for name, groove in library.grooves.items() if groove.meter == str(meter) and not groove.at_home
    )
    return _by_tempo(others, library, wish, meter, seed) if others else ""


def kept_groove(asked: Constraints, style: Style, meter: Meter, library: Library, previous: Plan | None) -> str | None:
    """The groove of the take before, where style, region and metre are the same."""
    if previous is None or (previous.style, previous.region) != (style.id, asked.region):
        return None
    if previous.asked is not None and previous.asked.colour != asked.colour:
        return None
    groove = library.grooves.get(previous.groove)
    return groove.id if groove is not None and groove.meter == str(meter) else None


def second_groove(groove: str, style: Style, region: Region | None, meter: Meter, library: Library) -> str:
    """Another rhythm in the metre for hand percussion beside the drums: the region's or style's own; may be none."""
    mine = [*(region.grooves if region is not None else ()), *style.grooves]
    for name in mine:
        if name != groove and name in library.grooves and library.grooves[name].meter == str(meter):
            return name
    return ""


def _by_tempo(names: Sequence[str], library: Library, wish: TempoWish, meter: Meter, seed: int) -> str:
    """One of the grooves that are at home at the tempo, the first of them most often."""
    bpm = wish.target / meter.beat_q
    fitting = [
        name for name in names if library.grooves[name].tempo[0] <= bpm <= library.grooves[name].tempo[1]
    ] or names
    weights = [0.5**index for index in range(len(fitting))]
    return stream(seed, "groove", *names).choices(list(fitting), weights)[0]
