"""A region's habits spoken in a key: what composing asks for rhythms, contours and moves.

Conventions: steps are scale steps from a motif's first note, places are positions in the scale as in
`models.rules.context`. ``strength`` 0..2 is how much the habits weigh; 0 would be nobody's. A plan without a region, or
with one that nothing was learned of, has no speech, and then nothing changes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.plan import Key, Plan
from models.idiom.habits import CAME, Habits, Rhythm, came_by
from models.idiom.lines import WIDEST
from models.idiom.weights import habits_of

Array = npt.NDArray[Any]
STRENGTHS = {"hint": 0.4, "balanced": 1.0, "full": 1.5}
"""By how strong a colour was asked."""
FARTHEST = 7
"""Scale steps of the widest leap of a walk."""
MIDDLE = 60
MOST = 6000
"""Rhythms of one bar: more than any metre up to 9/8 has, however it is grouped, where 12/4 would have 64,000."""
RAREST = -8.0
"""Logarithms below this count as this."""


@dataclass(frozen=True)
class Speech:
    """A region's habits, the key that they are spoken in, and how strongly."""

    habits: Habits
    key: Key
    strength: float = 1.0

    def rhythms(self, spans: Sequence[float]) -> tuple[Rhythm, ...]:
        """Rhythms for a bar of groups of beats; empty where they are not known.

        Where there would be more than `MOST`, they are those of the most usual cells.
        """
        known = [self.habits.cells.get(pair, {}) for pair in _paired(spans)]
        if not all(known):
            known = [self.habits.cells.get((span,), {}) for span in spans]
        return tuple(tuple(cell for part in parts for cell in part) for parts in product(*_usual(known)))

    def surprise(self, rhythm: Rhythm) -> float:
        """How unusual the rhythm of a bar is there, 0 for the usual one: groups of beats two by two, or alone."""
        total, spans = 0.0, tuple(sum(cell) for cell in rhythm)
        pairs = _paired(spans)
        if not all(pair in self.habits.cells for pair in pairs):
            pairs = [(span,) for span in spans]
        at = 0
        for pair in pairs:
            known = self.habits.cells.get(pair, {})
            top = max(known.values(), default=1.0)
            total += math.log(top / known.get(rhythm[at : at + len(pair)], top / 200))
            at += len(pair)
        return total

    def fill(self, spans: Sequence[float]) -> float:
        """Share of the eighths that the region's tunes fill in groups of beats, 0..1; 0 where it is not known."""
        known = [self.habits.cells.get((span,), {}) for span in spans]
        if not all(known):
            return 0.0
        notes = sum(sum(len(cell) * share for (cell,), share in own.items()) / sum(own.values()) for own in known)
        return min(1.0, notes / (2 * sum(spans)))

    def walk(self, count: int, chance: random.Random) -> list[int]:
        """Scale steps of a contour as the region's tunes would go on; the first is 0."""
        first = MIDDLE // 12 * len(self.key.scale) + chance.choice(self._starts)
        places, pitches = [first], [self._pitch(first)]
        while len(places) < count:
            near = [place for place in range(places[-1] - FARTHEST, places[-1] + FARTHEST + 1)
                    if abs(place - first) <= FARTHEST]  # fmt: skip
            told = self.habits.next_pitch(self.key.tonic, pitches[-2:])
            weights = [math.exp(told[self._pitch(place)]) for place in near]
            places.append(chance.choices(near, weights)[0])
            pitches.append(self._pitch(places[-1]))
        return [place - first for place in places]

    def _pitch(self, place: int) -> int:
        octave, index = divmod(place, len(self.key.scale))
        return self.key.tonic + 12 * octave + self.key.scale[index]

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        """Places of the scale that a walk may begin on: tonic, third and fifth or what is nearest to them."""
        scale = self.key.scale
        return tuple({min(range(len(scale)), key=lambda at: abs(scale[at] - wanted)) for wanted in (0, 4, 7)})

    def price(self, before: Sequence[int], pitch: int) -> float:
        """How unusual a pitch is after the pitches before it, against the most usual one of the scale; 0 and more."""
        if not before:
            return 0.0
        came = came_by(before[-1] - before[-2]) if len(before) > 1 else CAME - 1
        move = max(-WIDEST, min(WIDEST, pitch - before[-1])) + WIDEST
        return self._prices[(before[-1] - self.key.tonic) % 12][came][move]

    def surprises(self, before: Sequence[int]) -> Array:
        """`price` of every pitch 0..127, shape (128,)."""
        came = came_by(before[-1] - before[-2]) if len(before) > 1 else CAME - 1
        row = np.array(self._prices[(before[-1] - self.key.tonic) % 12][came])
        spread: Array = row[np.clip(np.arange(128) - before[-1], -WIDEST, WIDEST) + WIDEST]
        return spread

    @cached_property
    def _prices(self) -> list[list[list[float]]]:
        """`price` by degree, by the interval that led there, by the next interval."""
        table = np.maximum(self.habits.moves, RAREST)
        landing = (np.arange(12)[:, None] + np.arange(-WIDEST, WIDEST + 1)) % 12
        within = np.isin(landing, self.key.scale)[:, None, :]
        best = np.where(within, table, RAREST).max(-1, keepdims=True)
        prices: list[list[list[float]]] = np.maximum(0.0, best - table).tolist()
        return prices


def _usual(known: Sequence[Mapping[Rhythm, float]]) -> list[tuple[Rhythm, ...]]:
    """The rhythms of each group, in their order; of long groups' only the most usual, so that `MOST` hold all bars."""
    kept = [tuple(own) for own in known]
    while math.prod(map(len, kept)) > MOST:
        at = max(range(len(kept)), key=lambda place: len(kept[place]))
        rarest = min(kept[at], key=lambda rhythm: known[at][rhythm])
        kept[at] = tuple(rhythm for rhythm in kept[at] if rhythm != rarest)
    return kept


def _paired(spans: Sequence[float]) -> list[tuple[float, ...]]:
    """Groups of beats two by two, an odd one last."""
    return [tuple(spans[at : at + 2]) for at in range(0, len(spans), 2)]


def speech_of(plan: Plan) -> Speech | None:
    """How a plan's region speaks in its home key; None where nothing was learned of it."""
    habits = habits_of(plan.region)
    if habits is None:
        return None
    colour = str(getattr(plan.asked, "colour", None) or "balanced")
    return Speech(habits, plan.key, STRENGTHS.get(colour, 1.0))
