"""The pitches of a motif put into a scale, by two searches: a place for every pitch, then a way for every note.

*Conventions*: pitches are MIDI numbers and the motif stands on the scale's tonic already. The first search gives each
pitch that occurs a step of the scale, never a lower one for a higher pitch: so the outline of the whole is kept and a
pitch that comes back is the same. The second lets notes that are no anchors leave that place where two neighbours
would else be one. Costs are in semitones of displacement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")

NEAR = 4
"""A note goes no farther than so many semitones."""
FUNCTION = 3.0
"""Cost of moving an anchor on the tonic, fifth or third to another function."""
MERGED = 2.5
"""Cost of two pitches made one, for each time that they follow each other; `APART` where they never do."""
APART = 1.0
STRETCHED = 0.35
"""Cost of a semitone by which an interval between neighbouring pitches grows or shrinks."""
TURNED = 40.0
"""Cost of a step up that becomes a step down: dearer than anything else."""
LOST = 5.0
"""Cost of a step that becomes a repeated note, or the other way about."""
SIZED = 0.6
"""Cost of an interval in another class of size: steps, thirds, leaps of a fourth or fifth, wider ones."""
STRAYED = 0.8
"""Cost of a semitone away from the place that the first search gave."""


@dataclass(frozen=True)
class Fitted:
    """The new pitches, and what the way there cost."""

    pitches: tuple[int, ...]
    cost: float


def fit_pitches(pitches: Sequence[int], weights: Sequence[float], tonic: int, scale: Sequence[int]) -> Fitted:
    """Pitches of a melody in a scale.

    Parameters
    ----------
    pitches : sequence of int
        MIDI numbers, the melody's tonic on ``tonic``.
    weights : sequence of float
        How much each carries the melody, 0..1 (`anchors.anchor_weights`).
    tonic : int
        Pitch class of the tonic, 0..11.
    scale : sequence of int
        Semitones above it.

    Examples
    --------
    >>> fit_pitches([60, 62, 64, 65, 67], [1, 0.2, 0.5, 0.2, 1], 0, (0, 2, 4, 7, 9)).pitches
    (60, 62, 64, 64, 67)
    """
    classes = {(tonic + step) % 12 for step in scale}
    places = _places(pitches, weights, tonic, classes)
    line, cost = _way(pitches, weights, places, classes)
    return Fitted(tuple(line), cost)


def function_of(pitch: int, tonic: int) -> str:
    """What a pitch is above the tonic: ``tonic``, ``fifth``, ``third``, or nothing that a tune rests on."""
    return {0: "tonic", 7: "fifth", 3: "third", 4: "third"}.get((pitch - tonic) % 12, "")


def _near(pitch: int, classes: set[int]) -> list[int]:
    """The steps of the scale about a pitch."""
    return [near for near in range(max(0, pitch - NEAR), min(127, pitch + NEAR) + 1) if near % 12 in classes]


def _places(pitches: Sequence[int], weights: Sequence[float], tonic: int, classes: set[int]) -> dict[int, int]:
    """A step of the scale for every pitch, rising with it."""
    known = sorted(set(pitches))
    weight = {pitch: [w for p, w in zip(pitches, weights, strict=True) if p == pitch] for pitch in known}
    together = [frozenset(pair) for pair in pairwise(pitches)]

    def own(pitch: int, place: int) -> float:
        held = max(weight[pitch])
        moved = abs(place - pitch) * (0.6 + 0.4 * held + 0.1 * (len(weight[pitch]) - 1))
        kept = function_of(pitch, tonic) in ("", function_of(place, tonic))
        return moved + (0.0 if kept else FUNCTION * held)

    def between(lower: tuple[int, int], upper: tuple[int, int]) -> float:
        if upper[1] < lower[1]:
            return TURNED * 10
        cost = STRETCHED * abs((upper[1] - lower[1]) - (upper[0] - lower[0]))
        if upper[1] == lower[1]:
            cost += APART + MERGED * together.count(frozenset((lower[0], upper[0])))
        return cost

    slots = [[(pitch, place) for place in _near(pitch, classes)] for pitch in known]
    line, _ = cheapest(slots, lambda slot: own(*slot), between)
    return dict(line)


def _way(
    pitches: Sequence[int], weights: Sequence[float], places: dict[int, int], classes: set[int]
) -> tuple[list[int], float]:
    """The line from note to note: anchors and peaks in their places, the others free to part from a neighbour."""
    top, bottom = max(places.values()), min(places.values())

    def choices(index: int) -> list[tuple[int, int]]:
        pitch = pitches[index]
        place = places[pitch]
        if weights[index] >= 0.7:
            return [(index, place)]
        around = [near for near in _near(pitch, classes) if bottom <= near <= top]
        return [(index, near) for near in sorted({*around, place})]

    def own(slot: tuple[int, int]) -> float:
        index, near = slot
        return STRAYED * abs(near - places[pitches[index]]) + abs(near - pitches[index]) * (0.6 + 0.4 * weights[index])

    def between(left: tuple[int, int], right: tuple[int, int]) -> float:
        was, goes = pitches[right[0]] - pitches[left[0]], right[1] - left[1]
        if was * goes < 0:
            return TURNED
        if (was == 0) != (goes == 0):
            return LOST
        return SIZED * abs(size_class(was) - size_class(goes)) + 0.1 * abs(abs(was) - abs(goes))

    line, cost = cheapest([choices(index) for index in range(len(pitches))], own, between)
    return [near for _, near in line], cost


def size_class(interval: int) -> int:
    """How wide an interval is: 0 the same note, 1 a step, 2 a third, 3 a fourth or fifth, 4 wider."""
    wide = abs(interval)
    return 0 if wide == 0 else 1 if wide <= 2 else 2 if wide <= 4 else 3 if wide <= 7 else 4


def cheapest(
    slots: Sequence[Sequence[T]], own: Callable[[T], float], between: Callable[[T, T], float]
) -> tuple[list[T], float]:
    """One of each slot's choices, so that all costs together are least; the first of equals."""
    costs = [own(choice) for choice in slots[0]]
    back: list[list[int]] = []
    for before, here in pairwise(slots):
        ways = [[cost + between(left, right) for cost, left in zip(costs, before, strict=True)] for right in here]
        back.append([min(range(len(way)), key=way.__getitem__) for way in ways])
        costs = [min(way) + own(right) for way, right in zip(ways, here, strict=True)]
    place = min(range(len(costs)), key=costs.__getitem__)
    total, line = costs[place], [slots[-1][place]]
    for choices, links in zip(reversed(slots[:-1]), reversed(back), strict=True):
        place = links[place]
        line.append(choices[place])
    return line[::-1], total
