"""Recasting: who stays in a revision, who goes, and who comes.

*Conventions*: a player stays unless style or region changed, it was excluded, or it was asked for before and is not any
more. A newcomer takes a role that fell vacant, else one that nobody has. What was removed does not come back by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.library import Library
from assistant.plan.chairs import STRUCK, Chair, seats_of, usual_texture
from assistant.plan.defaults import Frame
from assistant.plan.values import Plan


def kept_chairs(previous: Plan | None, frame: Frame, library: Library, excluded: frozenset[str]) -> list[Chair] | None:
    """The players of the take before who may stay; None when style, region or its strength changed."""
    if previous is None or previous.asked is None:
        return None
    before = previous.asked
    if (previous.style, before.region) != (frame.style.id, frame.asked.region):
        return None
    if (before.colour, before.fusion) != (frame.asked.colour, frame.asked.fusion):
        return None
    include = frame.asked.instruments.include
    gone = set(before.instruments.include) - set(include) | excluded
    enters = {(seat.role, name): seat.enters for seat in seats_of(frame) for name in seat.instruments}
    return [
        Chair(
            part.role,
            part.instrument,
            "groove" if part.role in STRUCK else part.texture,
            min(-0.2, value) if part.instrument in include else value,
            asked=part.instrument in include,
        )
        for part in previous.parts
        for value in [enters.get((part.role, part.instrument), -1.0)]
        if part.instrument not in gone and part.instrument in library.instruments
    ]


def recast(
    kept: list[Chair], fresh: Sequence[Chair], previous: Plan, frame: Frame, library: Library, wanted: Sequence[str]
) -> list[Chair]:
    """The players who stay, those newly asked for, and a lead if none is left; all are new when nobody stays."""
    if not kept:
        return list(fresh)
    vacant = [part.role for part in previous.parts if part.id not in {chair.id for chair in kept}]
    chairs = list(kept)
    for name in wanted:
        if all(chair.instrument != name for chair in chairs):
            chairs.append(_newcomer(name, vacant, chairs, library))
    if not any(chair.role == "lead" for chair in chairs):
        chairs += [replace(chair, asked=chair.instrument in wanted) for chair in fresh if chair.role == "lead"][:1]
    if previous.asked is not None and frame.peak_arousal() > max(point.arousal for point in previous.asked.arc) + 0.15:
        roles = {chair.role for chair in chairs} | set(vacant)
        chairs += [chair for chair in fresh if chair.role not in roles]
    return chairs


def _newcomer(name: str, vacant: Sequence[str], chairs: Sequence[Chair], library: Library) -> Chair:
    """A player in a role that fell vacant, else in the best of its roles that nobody has."""
    player = library.instruments[name]
    free = [role for role in player.roles if all(chair.role != role for chair in chairs)]
    options = [role for role in vacant if role in player.roles] or free
    role = next(iter(options), next((role for role in player.roles if role != "lead"), "counter"))
    return Chair(role, name, usual_texture(role, player), -0.2, asked=True)
