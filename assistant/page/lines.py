"""Who makes a campaign now, and who waits for it: one after the other, each told how many come before.

Conventions: a line has a name, and nobody stands in it twice. Whoever isn't heard of for long (`WAITS_S`, at work
`WORKS_S`) has left: a page that was closed may never say so. Times in seconds.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

WAITS_S, WORKS_S = 60.0, 1800.0
LONGEST = 12
"""Who may stand in one line: each that waits holds a thread of the page now and then."""


@dataclass
class Place:
    """A place in a line: when it was last heard of, and whether it was at the head then."""

    line: str
    who: str
    seen_s: float
    at_head: bool = False


class Lines:
    """All lines of the page.

    Examples
    --------
    >>> lines = Lines()
    >>> first, second = lines.join("run", "a"), lines.join("run", "b")
    >>> lines.join("run", "a"), lines.before(first), lines.before(second)
    (None, 0, 1)
    >>> lines.leave(first)
    >>> lines.before(second), lines.holds("run", "a")
    (0, False)
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._lock = Lock()
        self._tickets = itertools.count()
        self._places: dict[int, Place] = {}

    def join(self, line: str, who: str) -> int | None:
        """A ticket; None for who stands in this line already, or where it is full."""
        with self._lock:
            there = [place.who for place in self._in(line).values()]
            if who in there or len(there) >= LONGEST:
                return None
            ticket = next(self._tickets)
            self._places[ticket] = Place(line, who, self.clock())
            return ticket

    def before(self, ticket: int) -> int:
        """How many come before; 0 when it is the ticket's turn, until it leaves. Ask now and then, at work too."""
        with self._lock:
            place = self._places.get(ticket)
            if place is None:  # it wasn't heard of for too long: what was begun goes on
                return 0
            place.seen_s = self.clock()
            count = sum(1 for other in self._in(place.line) if other < ticket)
            place.at_head = place.at_head or count == 0
            return 0 if place.at_head else count

    def leave(self, ticket: int) -> None:
        """Give the place up."""
        with self._lock:
            self._places.pop(ticket, None)

    def holds(self, line: str, who: str) -> bool:
        """Whether somebody stands in a line."""
        with self._lock:
            return any(place.who == who for place in self._in(line).values())

    def _in(self, line: str) -> dict[int, Place]:
        """Who stands in a line, without those who have left."""
        now_s = self.clock()
        for ticket, place in list(self._places.items()):
            if now_s - place.seen_s > (WORKS_S if place.at_head else WAITS_S):
                del self._places[ticket]
        return {ticket: place for ticket, place in self._places.items() if place.line == line}
