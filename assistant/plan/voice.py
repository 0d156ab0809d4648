"""Keeps the score out of the voice: in bars over which somebody speaks, tunes are thinner, lower and softer.

Where somebody speaks most of a bar, second tunes and colours rest, unless they were asked for by name, or the bar is to
be struck or would be empty.

*Conventions*: spans in seconds from the beginning; density and dynamics 0..1, register in semitones. What a person asks
of single parts comes after this (`assistant.plan.adjust`). Lowering the whole mix while somebody speaks is no matter of
the plan.

Sources: Karlin and Wright, *On the Track* (scoring under dialogue: sparse lines, sustained chords, nothing in the
register of the voice); speech carries its words between about 300 and 3400 Hz (ITU-T G.712), where tunes lie as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.clip import Span
from assistant.plan.chairs import Casting
from assistant.plan.spotting import Spotting
from assistant.plan.values import BarIntent

COVERED = 0.3
"""Share of a bar from which speech counts."""
TALKED_THROUGH = 0.7
"""Share of a bar from which players of `RESTING` make room altogether."""
RESTING = ("counter", "colour")
THINNED = {"lead": 0.5, "counter": 0.4, "pulse": 0.75, "colour": 0.5}
"""What is left of a role's density."""
LOWERED, SOFTENED = 7, 0.06
"""Semitones by which tunes lie lower, and how much less loudly they are played."""


def bars_spoken(
    speech: Sequence[Span], spotting: Spotting, length_s: float, *, share: float = COVERED
) -> frozenset[int]:
    """The bars over which somebody speaks for more than a share of them."""
    edges_s = [*spotting.starts_s, length_s]
    covered = set()
    for bar, (start_s, end_s) in enumerate(itertools.pairwise(edges_s)):
        spoken_s = sum(max(0.0, min(end_s, span.to_s) - max(start_s, span.from_s)) for span in speech)
        if spoken_s > share * max(1e-6, end_s - start_s):
            covered.add(bar)
    return frozenset(covered)


def beside_voice(
    intents: Mapping[str, tuple[BarIntent, ...]],
    bars: frozenset[int],
    casting: Casting,
    *,
    resting: frozenset[int] = frozenset(),
) -> dict[str, tuple[BarIntent, ...]]:
    """The same intents, thinner, lower and softer in the given bars; in those of ``resting`` some players rest."""
    roles = {chair.id: chair.role for chair in casting.chairs}
    asked = {chair.id for chair in casting.chairs if chair.asked}
    stay = {bar for name, row in intents.items() if roles.get(name) not in RESTING
            for bar, intent in enumerate(row) if intent.active}  # fmt: skip
    return {
        name: tuple(
            _spared(intent, roles[name], rests=name not in asked and bar in resting & stay)
            if bar in bars and roles.get(name) in THINNED
            else intent
            for bar, intent in enumerate(row)
        )
        for name, row in intents.items()
    }


def _spared(intent: BarIntent, role: str, *, rests: bool) -> BarIntent:
    """One bar of a part beside the voice."""
    lower = LOWERED if role in ("lead", "counter") else 0
    return replace(
        intent,
        active=intent.active and not (rests and role in RESTING),
        density=round(intent.density * THINNED[role], 3),
        dynamics=round(max(0.0, intent.dynamics - SOFTENED), 3),
        register_shift=intent.register_shift - lower,
    )
