"""Music before it is finished: a quick mix of what is written, played on a thread beside the composing.

Conventions: engines tell openings (`assistant.generator.Opening`); each becomes pieces (`assistant.render.preview`), in
order, and the whole score the rest of them. It is a courtesy: where it fails, that is logged and the take goes on.
Nothing works on unseen: leaving the ``with`` stops it within a piece.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event, Thread
from types import TracebackType

from assistant.generator import Opening, Progress
from assistant.library import Library
from assistant.plan import Plan
from assistant.render.players import Band
from assistant.render.preview import Piece, Preview
from assistant.score import Score
from assistant.settings import Settings

log = logging.getLogger(__name__)


class Ahead:
    """Plays a cue ahead of its take.

    Parameters
    ----------
    plan : Plan
    library : Library
    settings : Settings
    give : callable
        Gets each piece as it is ready, on the thread that plays.
    """

    def __init__(self, plan: Plan, library: Library, settings: Settings, give: Callable[[Piece], None]) -> None:
        self._give = give
        self._told: SimpleQueue[tuple[Opening, Callable[[], None] | None] | None] = SimpleQueue()
        self._unwanted = Event()
        self._preview: Preview | None = None
        self._thread = Thread(target=self._run, args=(plan, library, settings), name="cuewright-ahead", daemon=True)

    def __enter__(self) -> Ahead:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unwanted.set()
        self._told.put(None)
        self._thread.join()
        if self._preview is not None:
            self._preview.close()

    def listening(self, progress: Progress) -> Progress:
        """The same progress, which also plays the openings that it is told."""

        def hear(share: float, what: str, sketch: Score | None = None, opening: Opening | None = None) -> None:
            if opening is not None:
                self._told.put((opening, None))
            progress(share, what, sketch, opening)

        return hear

    def whole(self, score: Score, done: Callable[[], None]) -> None:
        """Play the rest of the score; ``done`` is called when nothing more comes."""
        self._told.put((Opening(score, math.inf), done))

    def band(self) -> Band | None:
        """Who has played it already, for the mixdown; None where it failed."""
        return self._preview.band() if self._preview is not None else None

    def _run(self, plan: Plan, library: Library, settings: Settings) -> None:
        with self._shielded():
            self._preview = Preview(plan, library, settings)
            self._preview.open(self._unwanted.is_set)
        while (told := self._told.get()) is not None:
            opening, done = told
            with self._shielded():
                self._play(opening, is_whole=done is not None)
            if done is not None:
                done()

    def _play(self, opening: Opening, *, is_whole: bool) -> None:
        for piece in self._preview.pieces(opening, is_whole=is_whole) if self._preview is not None else ():
            if self._unwanted.is_set():
                return
            self._give(piece)

    @contextmanager
    def _shielded(self) -> Iterator[None]:
        """What fails here is logged, and nothing more is played."""
        try:
            yield
        except Exception:
            log.exception("no more is heard ahead of the take")
            failed, self._preview = self._preview, None
            if failed is not None:
                failed.close()
