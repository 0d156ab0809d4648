"""Whose turn it is: the machine is lent to walks station by station, and to first sounds before the rest.

Gradio's queue knows whole events only, first come, first served: of eight visitors the last would wait until six takes
were played, checked and written before a note of his own was composed. Here all begin; whoever has heard nothing yet
goes before those who have.

Conventions: a rank is 0 before a visitor hears something, 1 after; within a rank, first come, first served. A walk
holds its place from the beginning of a station to its end, and gives it back between two; what is heard ahead of a take
between stations needs none, for it may not pause. Times in seconds.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from threading import Condition

from assistant.errors import InputError
from assistant.pipeline import Step

AT_ONCE = 2
"""Walks at work at the same time, of all visitors: the cores of a small machine."""
HEARD = frozenset({"preview", "deliver"})
"""Steps after which a visitor has something to listen to."""
LOOK_S = 0.5
"""How often a walk that waits tells that it is there; a visitor who has left is found out then."""


class Turns:
    """Places at work, and who has asked for one.

    Parameters
    ----------
    at_once : int
        Places there are.
    """

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._free = at_once
        self._changed = Condition()
        self._waiting: list[tuple[int, int]] = []
        self._arrivals = itertools.count()
        self._asking: Counter[str] = Counter()

    def in_turn(self, steps: Generator[Step, None, None]) -> Generator[Step, None, None]:
        """The steps of a walk, each station at work when its turn has come; till then it is under way, at nothing.

        Closing it closes the walk, then gives its place back.
        """
        rank, arrival, station = 0, next(self._arrivals), ""
        try:
            while (step := next(steps, None)) is not None:
                if step.value is not None and step.station in HEARD:
                    rank = 1
                if step.value is not None and step.station == station:
                    self._go()
                    station = ""
                yield step
                if step.begins and not station:
                    yield from self._come((rank, arrival), step.station)
                    station = step.station
        finally:
            steps.close()
            if station:
                self._go()

    def _come(self, ticket: tuple[int, int], station: str) -> Iterator[Step]:
        """Take a place when nobody with a better ticket wants it."""
        with self._changed:
            heapq.heappush(self._waiting, ticket)
        try:
            while not self._is_in(ticket):
                yield Step(station, share=0.0)
        except BaseException:
            with self._changed:
                self._waiting.remove(ticket)
                heapq.heapify(self._waiting)
                self._changed.notify_all()
            raise

    def _is_in(self, ticket: tuple[int, int]) -> bool:
        """Whether the place was got within one look."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._free > 0 and self._waiting[0] == ticket, LOOK_S):
                return False
            heapq.heappop(self._waiting)
            self._free -= 1
            self._changed.notify_all()
            return True

    def _go(self) -> None:
        with self._changed:
            self._free += 1
            self._changed.notify_all()

    @contextmanager
    def one_of(self, visitor: str, most: int = 1) -> Iterator[None]:
        """The time of one request of a visitor.

        Raises
        ------
        InputError
            If the visitor has as many under way already as one may.
        """
        with self._changed:
            if self._asking[visitor] >= most:
                given = f"request {self._asking[visitor] + 1} at the same time"
                raise InputError(given, f"{most} at a time", "wait until an earlier one is answered")
            self._asking[visitor] += 1
        try:
            yield
        finally:
            with self._changed:
                self._asking[visitor] -= 1
                self._asking += Counter()  # forgets who has none under way
