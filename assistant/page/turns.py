"""Whose turn it is: the machine is lent to walks station by station, and to first sounds before the rest.

Gradio's queue knows whole events only, first come, first served: of eight visitors the last would wait until six takes
were played, checked and written before a note of his own was composed. Here all begin; whoever has heard nothing yet
goes before those who have.

Conventions: whoever has heard nothing yet goes first, in order of arrival; then whose music runs dry first. A walk
holds its place from the beginning of a station to its end, and gives it back between two; the long stations also give
way within (`Turn.give_way`). What is heard ahead of a take between stations needs none, for it may not pause. Times in
seconds.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from threading import Condition

from assistant.errors import InputError
from assistant.pipeline import Step
from assistant.render.preview import Piece
from assistant.settings import RATE_HZ

AT_ONCE = 2
"""Walks at work at the same time, of all visitors: the cores of a small machine."""
HEARD = frozenset({"preview", "deliver"})
"""Steps after which a visitor has something to listen to."""
LOOK_S = 0.5
"""How often a walk that waits tells that it is there; a visitor who has left is found out then."""
FIRST_S = 1.0
"""What the first piece that is heard of a take lasts at least."""


class Turns:
    """Places at work, and who has asked for one.

    Parameters
    ----------
    at_once : int
        Places there are.
    """

    def __init__(self, at_once: int = AT_ONCE, clock: Callable[[], float] = time.monotonic) -> None:
        self.free = at_once
        self.clock = clock
        self.changed = Condition()
        self.waiting: list[Turn] = []
        self._arrivals = itertools.count()
        self._asking: Counter[str] = Counter()

    def turn(self, within_s: float | None = None) -> Turn:
        """A walk that will ask for places; one that nobody listens to goes as if music ran dry in ``within_s``."""
        return Turn(self, next(self._arrivals), None if within_s is None else self.clock() + within_s)

    def is_first(self, turn: Turn) -> bool:
        """Whether a place is free and nobody who waits comes before; call it with `changed` held."""
        return self.free > 0 and turn is min(self.waiting, key=lambda each: each.ticket)

    @contextmanager
    def one_of(self, visitor: str, most: int = 1) -> Iterator[None]:
        """The time of one request of a visitor.

        Raises
        ------
        InputError
            If the visitor has as many under way already as one may.
        """
        with self.changed:
            if self._asking[visitor] >= most:
                given = f"request {self._asking[visitor] + 1} at the same time"
                raise InputError(given, f"{most} at a time", "wait until an earlier one is answered")
            self._asking[visitor] += 1
        try:
            yield
        finally:
            with self.changed:
                self._asking[visitor] -= 1
                self._asking += Counter()  # forgets who has none under way


class Turn:
    """One walk's place in the line; its methods may be called from any thread.

    Parameters
    ----------
    turns : Turns
    arrival : int
        Its place among those who have heard nothing yet.
    dry_s : float, optional
        When what there is to hear runs dry, on the clock of the turns; None before anything can be heard.
    """

    def __init__(self, turns: Turns, arrival: int, dry_s: float | None = None) -> None:
        self._turns, self._arrival = turns, arrival
        self._holds, self._has_left = False, False
        self._dry_s = dry_s

    @property
    def ticket(self) -> tuple[bool, float, int]:
        """The smaller, the sooner: nothing heard yet, then when the music runs dry, then who came first."""
        return self._dry_s is not None, self._dry_s or 0.0, self._arrival

    def walk(self, steps: Generator[Step, None, None]) -> Generator[Step, None, None]:
        """The steps of a walk, each station at work when its turn has come; till then it is under way, at nothing.

        Closing it closes the walk, then gives its place back.
        """
        station = ""
        try:
            while (step := next(steps, None)) is not None:
                self._note(step)
                if step.value is not None and step.station == station:
                    self._go()
                    station = ""
                yield step
                if step.begins and not station:
                    yield from self._come(step.station)
                    station = step.station
        finally:
            self._has_left = True
            steps.close()
            self._go()

    def give_way(self, can_be_heard: bool = False) -> None:
        """Called now and then by the work of a station: wait while others have the better right to its place.

        Parameters
        ----------
        can_be_heard : bool
            Whether what is written so far is enough for a first piece of music.
        """
        turns = self._turns
        with turns.changed:
            if can_be_heard and self._dry_s is None:
                self._dry_s = turns.clock() + FIRST_S
            others = min((each.ticket for each in turns.waiting), default=self.ticket)
            if not self._holds or turns.free > 0 or others >= self.ticket:
                return
            self._let_go()
            turns.waiting.append(self)
            try:
                while not turns.is_first(self):
                    turns.changed.wait(LOOK_S)
                    if self._has_left:
                        return
                self._take()
            finally:
                turns.waiting.remove(self)
                turns.changed.notify_all()

    def _note(self, step: Step) -> None:
        """How long the visitor has music to listen to."""
        if step.value is None or step.station not in HEARD:
            return
        with self._turns.changed:
            now_s = self._turns.clock()
            lasts_s = step.value.samples.shape[-1] / RATE_HZ if isinstance(step.value, Piece) else FIRST_S
            self._dry_s = max(self._dry_s or 0.0, now_s) + lasts_s

    def _come(self, station: str) -> Iterator[Step]:
        """Take a place when nobody with a better ticket wants it."""
        turns = self._turns
        with turns.changed:
            turns.waiting.append(self)
        try:
            while not self._is_in():
                yield Step(station, share=0.0)
        finally:
            with turns.changed:
                turns.waiting.remove(self)
                turns.changed.notify_all()

    def _is_in(self) -> bool:
        """Whether the place was got within one look."""
        turns = self._turns
        with turns.changed:
            if not turns.changed.wait_for(lambda: turns.is_first(self), LOOK_S):
                return False
            self._take()
            return True

    def _go(self) -> None:
        with self._turns.changed:
            self._let_go()

    def _take(self) -> None:
        self._turns.free -= 1
        self._holds = True

    def _let_go(self) -> None:
        if self._holds:
            self._holds = False
            self._turns.free += 1
            self._turns.changed.notify_all()
