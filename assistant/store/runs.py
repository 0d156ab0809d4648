"""Who is being worked for just now: one message of a visitor at a time, in this process.

Conventions: a run is known by the owner of its session; one that gives no sign for `SILENT_S` is over, whatever became
of it. After the server has ended there are no runs, so a message that waits in the store was not answered.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from assistant.store.values import BusyError

SILENT_S = 180.0
"""Longer than any station takes without a sign, on a slow machine too."""


@dataclass(frozen=True)
class Runs:
    """The runs of this process."""

    clock: Callable[[], float] = time.monotonic
    _signs: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False)
    """Of each owner at work: the session, and when it gave its last sign."""
    _lock: Lock = field(default_factory=Lock, repr=False)

    def begin(self, owner: str, session_id: str) -> None:
        """Begin a run; raises `BusyError` while there is one of the same owner."""
        with self._lock:
            if self._session_of(owner):
                raise BusyError
            self._signs[owner] = (session_id, self.clock())

    def sign(self, owner: str) -> None:
        """The run of an owner goes on."""
        with self._lock:
            if owner in self._signs:
                self._signs[owner] = (self._signs[owner][0], self.clock())

    def sign_at(self, session_id: str) -> None:
        """The run that works at a session goes on, whosever it is by now."""
        with self._lock:
            for owner in [owner for owner, (at, _) in self._signs.items() if at == session_id]:
                self._signs[owner] = (session_id, self.clock())

    def end(self, owner: str) -> None:
        """The run of an owner is over."""
        with self._lock:
            self._signs.pop(owner, None)

    def end_at(self, session_id: str) -> None:
        """The run that works at a session is over, whosever it is by now."""
        with self._lock:
            for owner in [owner for owner, (at, _) in self._signs.items() if at == session_id]:
                del self._signs[owner]

    def hand_over(self, before: str, owner: str) -> None:
        """The run of an owner is another's from now on; it stays where it is when he has one of his own."""
        with self._lock:
            if before in self._signs and not self._session_of(owner):
                self._signs[owner] = self._signs.pop(before)

    def session_of(self, owner: str) -> str | None:
        """The session that an owner's run works at."""
        with self._lock:
            return self._session_of(owner)

    def sessions(self) -> frozenset[str]:
        """All sessions at work."""
        with self._lock:
            return frozenset(filter(None, (self._session_of(owner) for owner in tuple(self._signs))))

    def _session_of(self, owner: str) -> str | None:
        session_id, at_s = self._signs.get(owner, (None, 0.0))
        return session_id if self.clock() < at_s + SILENT_S else None
