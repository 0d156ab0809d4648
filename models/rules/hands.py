"""Whose hands play the drums: the delay and the level of a stroke, by a feel of ``prompts/feel.toml``.

Conventions: delays in seconds, above zero late; levels in steps of velocity. Neighbouring strokes share a drift (a
first-order autoregression over the places of the bar) that all pieces of the kit follow; the rest is each stroke's
own. Spread is taken times ``human``, the style's looseness, because the measured one holds the noise of the recording
too; means are taken whole. Every draw has a stream of its own, so that a bar sounds the same whatever is around it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

from assistant.library import GRID, PIECES, Feel, PieceFeel
from assistant.plan import PlannedPart
from assistant.score import Bar
from models.rules.context import Context

LATEST_S = 0.03
LEVEL_SHARE, LEVEL_MOST = 0.5, 9.0
"""The groove's marks hold accents already: of the measured shape this share is added, and so much at most."""
FADED = 0.05
"""A drift is forgotten when so little of it is left."""
GENERIC = {"low": "kick", "mid": "tom", "high": "hat", "accent": "crash"}
OTHERS = {"tomlow": "tom", "tommid": "tom", "tomhigh": "tom", "rim": "snare", "stick": "snare", "clap": "snare",
          "slap": "snare", "ridebell": "ride", "cowbell": "ride", "bell": "ride", "claves": "ride", "shaker": "hat",
          "maracas": "hat", "cabasa": "hat", "tambourine": "hat", "guiro": "hat"}  # fmt: skip
"""Which piece of the kit a stroke is played like, where it has another name."""
STAND_INS = {"openhat": "hat", "pedalhat": "hat", "ride": "hat", "crash": "ride", "tom": "snare", "hat": "ride"}
"""A piece of which the data had too few strokes is played like this one."""


def piece_of(context: Context, part: PlannedPart, pitch: int) -> str:
    """The piece of the kit that a key of a struck instrument is played like."""
    strokes = context.library.instrument(part.instrument).strokes
    names = [name for name, key in strokes.items() if key == pitch]
    known = [name for name in names if name in PIECES or name in OTHERS] or names
    for name in known:
        for candidate in (name, *context.library.stroke_fallbacks.get(name, ())):
            found = candidate if candidate in PIECES else OTHERS.get(candidate) or GENERIC.get(candidate)
            if found:
                return found
    return "tom"


def feel_of(context: Context) -> Feel | None:
    """The feel that the plan's style or region asks for; None where there is none, and for machines."""
    return context.library.feels.get(feel_name(context))


def feel_name(context: Context) -> str:
    """The name of that feel, ``grid`` for machines."""
    return context.library.feel_name(style=context.plan.style, region=context.plan.region)


def on_the_grid(context: Context) -> bool:
    """Whether the style is played by machines."""
    return feel_name(context) == GRID


def place_of(feel: Feel, bar: Bar, at_q: float) -> float:
    """The place of a position in a feel's bar of four beats; sixteenths of a swung beat go to its triplets.

    A bar of another metre begins at the first place and goes round; an eighth of 6/8 is a triplet.
    """
    beats = (at_q - bar.start_q) / (bar.meter.beat_q if bar.meter.is_compound else 1.0)
    beat, share = divmod(beats + 1e-6, 1.0)
    steps = feel.places // 4
    if steps == 3 and not bar.meter.is_compound:
        share = {0: 0.0, 1: 1 / 3, 2: 2 / 3, 3: 2 / 3}[int(share * 4)]
    elif steps == 4 and bar.meter.is_compound:
        share = round(share * 4) / 4
    return beat * steps + share * steps


@dataclass(frozen=True)
class Hands:
    """A drummer's hands."""

    context: Context
    part: PlannedPart
    feel: Feel
    human: float
    drawn: dict[tuple[str, int], float] = field(default_factory=dict)

    @cached_property
    def pieces(self) -> dict[str, PieceFeel]:
        """Every piece, the missing ones by their stand-ins."""
        out = {}
        for name in PIECES:
            candidate: str | None = name
            for _ in PIECES:
                if candidate is None or self.feel.piece(candidate) is not None:
                    break
                candidate = STAND_INS.get(candidate)
            found = self.feel.piece(candidate) if candidate else None
            out[name] = found or self.feel.pieces[0]
        return out

    def late_s(self, bar: Bar, at_q: float, pitch: int) -> float:
        """How late a stroke falls."""
        piece, place = self._look_up(bar, at_q, pitch)
        share, hold = self.feel.drift
        chance = self._chance("late", at_q, pitch, share, hold)
        late_ms = piece.late_ms[place] + self.human * piece.spread_ms[place] * chance
        return max(-LATEST_S, min(LATEST_S, late_ms / 1000))

    def level(self, bar: Bar, at_q: float, pitch: int) -> float:
        """How much louder or softer than its mark a stroke is."""
        piece, place = self._look_up(bar, at_q, pitch)
        share, hold = self.feel.velocity_drift
        shape = max(-LEVEL_MOST, min(LEVEL_MOST, LEVEL_SHARE * (piece.velocity[place] - piece.level)))
        spread = LEVEL_SHARE * self.human * piece.velocity_spread[place]
        return shape + spread * max(-1.5, min(1.5, self._chance("level", at_q, pitch, share, hold)))

    def _look_up(self, bar: Bar, at_q: float, pitch: int) -> tuple[PieceFeel, int]:
        piece = self.pieces[piece_of(self.context, self.part, pitch)]
        return piece, int(place_of(self.feel, bar, at_q) + 1e-6) % self.feel.places

    def _chance(self, what: str, at_q: float, pitch: int, share: float, hold: float) -> float:
        """A draw of spread 1: the drift of the moment, and the stroke's own."""
        own = self.context.stream(self.part.id, "hands", what, round(at_q * 24), pitch).gauss(0, 1)
        return (
            math.sqrt(share) * self._drift(what, round(at_q * self.feel.places / 4), hold) + math.sqrt(1 - share) * own
        )

    def _drift(self, what: str, place: int, hold: float) -> float:
        """The drift at a place, of spread 1: the weighted sum of the draws of the places before it."""
        count = min(64, math.ceil(math.log(FADED) / math.log(hold))) if 0 < hold < 1 else 1
        weights = [hold**back for back in range(count)]
        total = sum(weight * self._draw(what, place - back) for back, weight in enumerate(weights))
        return total / math.sqrt(sum(weight * weight for weight in weights))

    def _draw(self, what: str, place: int) -> float:
        if (what, place) not in self.drawn:
            self.drawn[what, place] = self.context.stream(self.part.id, "drift", what, place).gauss(0, 1)
        return self.drawn[what, place]


def hands_of(context: Context, part: PlannedPart, human: float) -> Hands | None:
    """The hands of a drummer; None for machines and where the style names no feel."""
    feel = feel_of(context)
    return Hands(context, part, feel, human) if feel is not None else None
