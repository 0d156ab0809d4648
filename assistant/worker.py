"""Work on a thread of its own, its progress told to whoever waits for it, until it is done or nobody waits any more.

Conventions: a generator that is closed stops its work: the next call of progress raises in it. Closing returns when the
thread has ended, so nothing works on unseen. What the work raises arrives unchanged where it is waited for. The thread
has the context variables of whoever waits: a GPU is lent to the visitor of the request (`models.lending`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from queue import SimpleQueue
from threading import Event
from typing import TypeVar

from assistant.generator import Opening, Progress
from assistant.score import Score

T = TypeVar("T")
M = TypeVar("M")


class _Stopped(BaseException):
    """Nobody waits for the work any more; no error, and no ``except Exception`` on the way may hold it."""


def told(
    work: Callable[[Progress], T],
    word: Callable[[float, Score | None], M],
    moments: SimpleQueue[M | None] | None = None,
) -> Generator[M, None, T]:
    """Do work on another thread, yield a word for each of its calls of progress as they come, and return its value.

    Parameters
    ----------
    work : callable
        Takes the function that it is to call as it goes, and gives back the value.
    word : callable
        Makes of the share done (0..1) and the score as far as it is written what is yielded.
    moments : SimpleQueue, optional
        Where the words wait; others may put words of their own there while the work goes on.
    """
    moments = SimpleQueue() if moments is None else moments
    unwanted = Event()

    def progress(share: float, what: str, sketch: Score | None = None, opening: Opening | None = None) -> None:
        if unwanted.is_set():
            raise _Stopped
        moments.put(word(share, sketch))

    with ThreadPoolExecutor(1, thread_name_prefix="cuewright") as pool:
        done = pool.submit(copy_context().run, work, progress)
        done.add_done_callback(lambda _: moments.put(None))
        try:
            while (moment := moments.get()) is not None:
                yield moment
            return done.result()
        finally:
            unwanted.set()
