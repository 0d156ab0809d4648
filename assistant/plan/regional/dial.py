"""The dial of colour: how much of a region a cue takes on, from a hint to all of it.

*Conventions*: three positions, each a set of switches, so that a person can foretell what a position does. ``hint``:
the region's lead player and a few of its ornaments as a guest in the style's own harmony, groove and metre; a given
motif keeps every pitch and length. ``balanced``: players, scales and cycles of the region unless a style beside it
brings its own; a motif goes to the scale that is nearest to it, and keeps its rhythm wherever the metre lets it.
``full``: the region rules even where a style is named; a motif takes the scale of the mood and the places of the cycle.

Why these: listeners name recordings and styles from a fraction of a second, in which there is no room for a scale or a
rhythm (Schellenberg, Iverson and McKinnon 1999; Gjerdingen and Perrott 2008), so who plays, and how, is the last to go;
and what makes a melody the same one is its contour and its
accented notes (Dowling 1978; Müllensiefen and Frieler 2004), so they stay in every position.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.constraints import Constraints


@dataclass(frozen=True)
class Dial:
    """What one position does.

    Parameters
    ----------
    in_scale : bool
        Whether a motif's notes go to the region's scale.
    by_mood : bool
        Whether that scale is the mood's rather than the one nearest to the motif.
    in_meter : bool
        Whether a motif in another metre is put into the plan's.
    on_cycle : bool
        Whether its notes go to the places of the cycle even where the metre is the same.
    ornamented : float
        Share of a statement's long notes that carry an ornament, 0..1.
    """

    in_scale: bool
    by_mood: bool
    in_meter: bool
    on_cycle: bool
    ornamented: float


DIALS = {
    "hint": Dial(in_scale=False, by_mood=False, in_meter=False, on_cycle=False, ornamented=0.25),
    "balanced": Dial(in_scale=True, by_mood=False, in_meter=True, on_cycle=False, ornamented=0.4),
    "full": Dial(in_scale=True, by_mood=True, in_meter=True, on_cycle=True, ornamented=0.7),
}
"""The positions. Even in ``full`` three long notes in ten stay plain: a tune that shakes everywhere is hard to know."""


def dial_of(asked: Constraints) -> Dial:
    """The position that was asked."""
    return DIALS[asked.colour]
