"""Choosing pitches: the cheapest line through a row of slots, by beam search over named costs.

Conventions: a cost of 1 is a flaw that a listener notices, 0.2 a matter of taste, 20 forbids. Costs are plain functions
of a `Move`; a line is as good as the sum of its moves. Nothing here is random: the same slots give the same line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assistant.plan import Key
from models.rules.context import position

WIDTH = 24
"""Lines that are followed at once; wider found nothing better in trials."""


@dataclass(frozen=True)
class Slot:
    """A place for one note of a line.

    Parameters
    ----------
    start_q, length_q : float
    want : float
        Wanted position in the scale.
    strength : float
        Metric weight, 0.1..1.
    chord, scale : frozenset of int
        Pitch classes it may rest on, and may pass through.
    low, high : int
        Pitches to stay within.
    key : Key
    fidelity : float
        How much the wanted interval matters, 0..1.
    target : frozenset of int
        Pitch classes to land on, or empty.
    lean : bool
        Whether it leans on its neighbour as an appoggiatura.
    summit : bool
        Whether it is the highest note of its phrase.
    against : int
        Pitch of another line at the same time, or -1.
    clashes : frozenset of int
        Pitch classes a semitone above a note of a chord that sounds meanwhile.
    """

    start_q: float
    length_q: float
    want: float
    strength: float
    chord: frozenset[int]
    scale: frozenset[int]
    low: int
    high: int
    key: Key
    fidelity: float = 0.5
    target: frozenset[int] = frozenset()
    lean: bool = False
    summit: bool = False
    against: int = -1
    clashes: frozenset[int] = frozenset()
    places: dict[int, int] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        for pitch in range(self.low, self.high + 1):
            if pitch % 12 in self.scale or pitch % 12 in self.chord:
                self.places[pitch] = position(self.key, pitch)

    def near(self, reach: int = 5) -> list[int]:
        """Candidate pitches: those around the wanted position, or the nearest there are."""
        close = [pitch for pitch, place in self.places.items() if abs(place - self.want) <= reach]
        return close or sorted(self.places, key=lambda pitch: abs(self.places[pitch] - self.want))[:3]


@dataclass(frozen=True)
class Move:
    """One step of a line: to ``pitch`` in ``here``, coming from the slot ``last`` with the pitches ``before``."""

    here: Slot
    last: Slot | None
    pitch: int
    before: tuple[int, ...]

    @property
    def interval(self) -> int:
        """Semitones from the note before, 0 at the start."""
        return self.pitch - self.before[-1] if self.before else 0

    @property
    def steps(self) -> int:
        """Scale steps from the note before, 0 at the start."""
        if not self.before:
            return 0
        return self.here.places[self.pitch] - position(self.here.key, self.before[-1])

    @property
    def interval_before(self) -> int:
        """Semitones of the move before this one."""
        return self.before[-1] - self.before[-2] if len(self.before) > 1 else 0


Cost = Callable[[Move], float]


def best_line(slots: Sequence[Slot], costs: Sequence[Cost], before: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The pitches of the cheapest line, one for each slot; ``before`` is what was sung until now."""
    beams: list[tuple[float, tuple[int, ...]]] = [(0.0, before[-2:])]
    lead = len(beams[0][1])
    for index, here in enumerate(slots):
        last = slots[index - 1] if index else None
        grown: dict[tuple[int, ...], tuple[float, tuple[int, ...]]] = {}
        for total, line in beams:
            for pitch in here.near():
                move = Move(here, last, pitch, line)
                price = total + sum(cost(move) for cost in costs)
                state = (*line[-1:], pitch, max((*line[lead:], pitch)))
                if state not in grown or price < grown[state][0]:
                    grown[state] = (price, (*line, pitch))
        beams = sorted(grown.values())[:WIDTH]
    return beams[0][1][lead:]
