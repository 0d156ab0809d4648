"""What every kind of edit list comes down to.

Conventions: times in seconds from the first frame of the edit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.clip.values import Marker

MOST_BYTES = 20 * 2**20
MOST_DEPTH = 100
"""How deep an edit list may be nested: editors write ten levels."""
MOST_ITEMS = 20_000
"""Cuts and markers that are taken."""


@dataclass(frozen=True)
class Edit:
    """An edit list, read.

    Parameters
    ----------
    rate_hz : float
        Frames a second.
    length_s : float
    cuts_s : tuple of float
        Where one piece is followed by another at once.
    dissolves_s : tuple of (float, float)
        Where one piece goes over into another.
    markers : tuple of Marker
    rate_is_assumed : bool
        Whether the list does not say its rate.
    """

    rate_hz: float
    length_s: float
    cuts_s: tuple[float, ...] = ()
    dissolves_s: tuple[tuple[float, float], ...] = ()
    markers: tuple[Marker, ...] = ()
    rate_is_assumed: bool = False


def outside(cuts_s: Iterable[float], spans_s: Iterable[tuple[float, float]]) -> tuple[float, ...]:
    """The cuts that lie in none of the spans, nor at 0.

    Examples
    --------
    >>> outside([0.0, 1.0, 2.0, 5.0], [(1.5, 2.5), (2.0, 3.0)])
    (1.0, 5.0)
    """
    starts: list[float] = []
    ends: list[float] = []
    for start, end in sorted(spans_s):
        starts.append(start)
        ends.append(max(end, ends[-1]) if ends else end)

    def is_free(cut: float) -> bool:
        before = bisect_right(starts, cut)
        return cut > 0 and not (before and cut <= ends[before - 1])

    return tuple(cut for cut in cuts_s if is_free(cut))


class UnreadableEditError(ValueError):
    """What is wrong with an edit list, in words; the door makes a `ClipError` of it."""
