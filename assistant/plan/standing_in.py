"""Says who plays instead of an instrument that there is no sound of, once for a cue.

Conventions: the fact ``stand_ins`` of the remark is "name=instrument" by commas, in the order of the chairs, at most
`MOST`: what the person named first, then what the region's ensemble is made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assistant.constraints import Constraints
from assistant.library import Library
from assistant.library.stand_ins import stand_ins, stands_in_for
from assistant.plan.chairs import Chair
from assistant.remark import Remark

STAND_INS = "stand_ins"
MOST = 3


def standing_in(chairs: Iterable[Chair], asked: Constraints, library: Library) -> tuple[Remark, ...]:
    """The remark on a cue's stand-ins, none where everyone is at home."""
    pairs = dict.fromkeys(_pairs(tuple(chairs), asked, library))
    said = ",".join(f"{name}={instrument}" for name, instrument in list(pairs)[:MOST])
    return (Remark.of("stand_ins", stand_ins=said),) if said else ()


def _pairs(chairs: tuple[Chair, ...], asked: Constraints, library: Library) -> Iterator[tuple[str, str]]:
    """What is played by whom."""
    named = {each.words.strip().lower() for each in asked.evidence if each.field == "instruments.include"}
    for chair in chairs:
        for name in stand_ins().get(chair.instrument, ()):
            if {name, f"{name}s"} & named:
                yield name, chair.instrument
    region = library.regions.get(asked.region) if asked.region else None
    for chair in chairs if region is not None else ():
        home = stands_in_for(chair.instrument, region, chair.role) if region is not None else None
        if home is not None and chair.instrument not in asked.instruments.include:
            yield home, chair.instrument
