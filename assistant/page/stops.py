"""A run that is stopped says nothing more before whoever stopped it is answered.

Gradio cancels an event when the stopping one has been answered: what the run yields until then would come after that
answer and stand in its place. So the run is told first, and ends by itself.

Conventions: runs are known by the id of their session, which a first message gets on its way; one session has one run
at a time. Methods may be called from any thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

PATIENCE_S = 3.0
"""How long who stops a run waits for its end; a run that is busy longer is cancelled as it is."""


class Run:
    """One run: whether it was told to stop, whether it was quicker with its answer, and whether it has ended."""

    def __init__(self) -> None:
        self.told, self.answered, self.ended = Event(), Event(), Event()


class Stops:
    """The runs that are under way."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._lock = Lock()

    @contextmanager
    def run(self) -> Iterator[Run]:
        """The time of a run."""
        run = Run()
        try:
            yield run
        finally:
            run.ended.set()
            with self._lock:
                self._runs = {name: each for name, each in self._runs.items() if each is not run}

    def name(self, run: Run, session_id: str) -> None:
        """Say whose run it is."""
        with self._lock:
            self._runs[session_id] = run

    def stop(self, session_id: str, patience_s: float = PATIENCE_S) -> bool:
        """Tell a session's run to stop and wait for its end; False where that was its answer after all."""
        with self._lock:
            run = self._runs.get(session_id)
        if run is None:
            return True
        run.told.set()
        run.ended.wait(patience_s)
        return not run.answered.is_set()
