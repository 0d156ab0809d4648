"""An arc that was drawn by hand: points checked, a free stroke made simple, and put into the arc that was there.

Conventions: ``at`` 0..1 of the length, values -1..1. A stroke replaces its own dimension over its own stretch; beyond a
ramp at its edges the arc stays as it was (`assistant.feedback.arc.RAMP`).

Source: Ramer 1972, Douglas and Peucker 1973 (the points of a line that matter most).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from assistant.brief import Given
from assistant.constraints import ArcPoint, Constraints
from assistant.errors import InputError
from assistant.feedback import limits
from assistant.feedback.arc import RAMP

Dimension = Literal["valence", "arousal"]
MOST_POINTS = 6
"""Points of a stroke that are kept: a cue of a minute has no more turns than a person can name."""
EDGE = 0.04
"""A stroke that begins or ends nearer than this to an end of the cue means the end."""
ON_LINE = 0.002
"""Values nearer than this are rounding."""
FLAT = 0.02
"""A point nearer than this to the line of its neighbours says nothing."""

Pair = tuple[float, float]


def arc_from(value: Given) -> tuple[ArcPoint, ...]:
    """An arc from triples (at, valence, arousal), in order of ``at``.

    Raises
    ------
    InputError
        If there is none, one is out of range, or there are too many.
    """
    legal = f"1 to {limits.MOST_ARC_POINTS} of (at 0..1, valence -1..1, arousal -1..1)"
    points = [item for item in value if isinstance(item, tuple)] if isinstance(value, tuple) else []
    if not 1 <= len(points) <= limits.MOST_ARC_POINTS or any(len(point) != 3 for point in points):
        raise InputError(f"arc {value!r:.60}", legal, "draw it within the frame")
    arc = [ArcPoint(round(at, 4), round(valence, 3), round(arousal, 3)) for at, valence, arousal in sorted(points)]
    return tuple(point for place, point in enumerate(arc) if place in (0, len(arc) - 1) or _says(arc, place))


def _says(arc: Sequence[ArcPoint], place: int) -> bool:
    """Whether a point lies off the line of its neighbours; a page offers more handles than an arc has turns."""
    left, point, right = arc[place - 1 : place + 2]
    share = (point.at - left.at) / (right.at - left.at) if right.at > left.at else 0.0
    return any(
        abs(getattr(left, name) + share * (getattr(right, name) - getattr(left, name)) - getattr(point, name)) > ON_LINE
        for name in ("valence", "arousal")
    )


def redrawn(asked: Constraints, dimension: Dimension, stroke: Given) -> tuple[ArcPoint, ...]:
    """The arc with a free stroke in one dimension.

    Parameters
    ----------
    asked : Constraints
    dimension : {"valence", "arousal"}
    stroke : tuple of (at, value)
        In the order of ``at`` or not.

    Examples
    --------
    >>> line = tuple((step / 50, step / 25 - 1) for step in range(51))
    >>> [(point.at, point.arousal, point.valence) for point in redrawn(Constraints(), "arousal", line)]
    [(0.0, -1.0, 0.0), (1.0, 1.0, 0.0)]
    """
    pairs = _checked(stroke)
    drawn = simplified(_to_the_ends(pairs), MOST_POINTS)
    low, high = drawn[0][0], drawn[-1][0]
    ramp = min(RAMP, (high - low) / 4)
    before, after = max(0.0, low - ramp), min(1.0, high + ramp)
    places: dict[float, float] = dict(drawn)
    for at in (before if low > 0 else None, after if high < 1 else None):
        if at is not None:
            places[round(at, 4)] = getattr(asked.emotion_at(at), dimension)
    for point in asked.arc:
        if not before <= point.at <= after:
            places[point.at] = getattr(point, dimension)
    corners = [point.at for point in asked.arc if before < point.at < after]
    return _joined(asked, dimension, places, corners)


def simplified(pairs: Sequence[Pair], most: int) -> list[Pair]:
    """At most ``most`` points of a line: the ends, then always the one that is farthest from the line so far.

    Examples
    --------
    >>> simplified([(0, 0), (0.25, 0.01), (0.5, 1), (0.75, 0.5), (1, 0)], 3)
    [(0, 0), (0.5, 1), (1, 0)]
    """
    kept = {0, len(pairs) - 1}
    spans = [_farthest(pairs, 0, len(pairs) - 1)]
    while spans and len(kept) < most:
        distance, place, first, last = heapq.heappop(spans)
        if -distance < FLAT:
            break
        kept.add(place)
        for begin, end in ((first, place), (place, last)):
            heapq.heappush(spans, _farthest(pairs, begin, end))
    return [pairs[place] for place in sorted(kept)]


def _farthest(pairs: Sequence[Pair], first: int, last: int) -> tuple[float, int, int, int]:
    """The point between two that is farthest above or below their line, the distance first and negative."""
    (left, low), (right, high) = pairs[first], pairs[last]
    best = (0.0, first)
    for place in range(first + 1, last):
        at, value = pairs[place]
        share = (at - left) / (right - left) if right > left else 0.0
        best = max(best, (abs(value - (low + share * (high - low))), place))
    return -best[0], best[1], first, last


def _checked(stroke: Given) -> list[Pair]:
    """A stroke as pairs in order of time, one for each time."""
    legal = "2 or more of (at 0..1, value -1..1)"
    points = [item for item in stroke if isinstance(item, tuple)] if isinstance(stroke, tuple) else []
    inside = all(len(item) == 2 and 0 <= item[0] <= 1 and -1 <= item[1] <= 1 for item in points)
    pairs = sorted({round(item[0], 4): round(item[1], 3) for item in points}.items()) if inside else []
    if len(pairs) < 2 or pairs[-1][0] - pairs[0][0] < 0.01:
        raise InputError(f"stroke {stroke!r:.60}", legal, "draw a line from left to right within the frame")
    return pairs


def _to_the_ends(pairs: list[Pair]) -> list[Pair]:
    """A stroke that almost reaches an end of the cue, drawn on to it."""
    first, last = pairs[0], pairs[-1]
    head = [(0.0, first[1])] if 0 < first[0] < EDGE else []
    tail = [(1.0, last[1])] if 1 - EDGE < last[0] < 1 else []
    return [*head, *pairs[bool(head) :], *tail] if not tail else [*head, *pairs[bool(head) : -1], *tail]


def _joined(
    asked: Constraints, dimension: Dimension, places: dict[float, float], corners: Sequence[float]
) -> tuple[ArcPoint, ...]:
    """Points of both dimensions: the one that was drawn between its places, the other as it was."""
    ats = sorted(places)

    def value_at(at: float) -> float:
        if at <= ats[0]:
            return places[ats[0]]
        for left, right in pairwise(ats):
            if at <= right:
                return places[left] + (at - left) / (right - left) * (places[right] - places[left])
        return places[ats[-1]]

    other: Dimension = "arousal" if dimension == "valence" else "valence"
    points = []
    for at in sorted({*places, *corners}):
        values = {dimension: round(value_at(at), 3), other: round(getattr(asked.emotion_at(at), other), 3)}
        points.append(ArcPoint(round(at, 4), **values))
    return tuple(points)
