"""A take tuned as its region is: what a region's scale lies beside twelve equal steps, said to every part that can.

Engines compose in twelve steps. Where a cue is of a region's own music (no styles are asked, or folk or world is among
them, or all of its colour is asked; never for a hint of it) and the profile has a tuning for the scale of a section,
each part is told by how many cents its pitch classes differ: jazz or an epic orchestra with a region's colour stays in
equal steps, as its harmony wants. Players who find their pitches follow; frets bend for a line alone; what has fixed
pitch stays, unless the tuning is its own.

Conventions: the same plan gives the same tuning, for a sketch as for the take; what an earlier take was tuned to is
forgotten, so that kept notes go with the plan that they are in. A key that a person named takes the first scale of the
region that has its steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assistant.generator import Generator, Retouched
from assistant.library import Instrument, Library, Region
from assistant.plan import Key, Plan
from assistant.plan.own_music import REGIONAL_STYLES, region_rules
from assistant.score import Control, Part, Score
from assistant.score.tuning import is_tuning, tuning_controls

LINES = ("lead", "counter")
"""Roles whose players bend a fretted string."""


def in_tune(engine: Generator, library: Library) -> Generator:
    """The engine, its takes and sketches in the tuning of their region."""
    return Retouched(engine, lambda score, plan, keep, until_q: tuned(score, plan, library))


def tuned(score: Score, plan: Plan, library: Library) -> Score:
    """The score with every part tuned as the plan's region is."""
    region = tuning_region(plan, library)
    controls = () if region is None else tuple(_controls(plan, region, library))
    return replace(score, parts=tuple(_part(part, controls, region, library) for part in score.parts))


def tuning_region(plan: Plan, library: Library) -> Region | None:
    """The region whose tuning a cue is in; None where there is none, or where styles from elsewhere stand alone."""
    styles = plan.asked.styles if plan.asked is not None else ()
    is_regional = plan.asked is None or region_rules(plan.asked)
    if plan.asked is not None and plan.asked.colour == "balanced":
        is_regional |= any(style in REGIONAL_STYLES for style in styles)
    return library.regions.get(plan.region) if plan.region is not None and is_regional else None


def scale_name(region: Region, key: Key) -> str | None:
    """Which scale of the region a key is in."""
    named = [name for name, steps in region.scales if steps == key.scale]
    return key.mode if key.mode in named else next(iter(named), None)


def deviations(region: Region, key: Key) -> dict[int, float]:
    """Cents by pitch class, where they are not equal steps."""
    name = scale_name(region, key)
    tuning = region.profile.tuning(name) if name is not None else None
    if tuning is None:
        return {}
    return {(key.tonic + step) % 12: cents for step, cents in zip(key.scale, tuning.deviations(key.scale), strict=True)}


def can_follow(instrument: Instrument, role: str, region: Region) -> bool:
    """Whether a player plays the region's tuning."""
    if instrument.is_drums or instrument.is_struck:
        return False
    if instrument.id in region.profile.retuned or not instrument.pitch:
        return True
    return instrument.pitch == "fretted" and role in LINES


def _controls(plan: Plan, region: Region, library: Library) -> Iterator[Control]:
    """What changes in the tuning of the pitch classes, at the start of each section."""
    now = dict.fromkeys(range(12), 0.0)
    for section in plan.sections:
        own = library.regions.get(section.region or "", region)
        wanted = dict.fromkeys(range(12), 0.0) | deviations(own, section.key)
        at_q = plan.bars[section.start_bar].start_q
        yield from tuning_controls(at_q, {place: cents for place, cents in wanted.items() if now[place] != cents})
        now = wanted


def _part(part: Part, controls: tuple[Control, ...], region: Region | None, library: Library) -> Part:
    """A part with its tuning in place of what it had."""
    others = tuple(control for control in part.controls if not is_tuning(control))
    instrument = library.instruments.get(part.instrument)
    follows = region is not None and instrument is not None and can_follow(instrument, part.role, region)
    return replace(part, controls=(*others, *(controls if follows else ())))
