"""Where variants are made: the one method that every place answers.

Conventions: an executor makes every job once, in an order of its own, and yields outcomes as they come; a variant that
fails is an outcome, never an exception. It doesn't try again: that is the runner's (`assistant.campaign.run`). One that
takes longer than `limit_s` hangs: its process is killed, and it fails for a reason that may pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from assistant.campaign.values import Job, Outcome, Shared

Stop = Callable[[], bool]
"""Asked before each variant is begun: whether no more is to be begun."""


LEAST_S, TIMES_LENGTH = 600.0, 20.0
"""A variant may take so long, and so many times its length more: the slowest takes a small part of that."""


def limit_s(job: Job) -> float:
    """Seconds after which a job that is being made hangs."""
    return LEAST_S + TIMES_LENGTH * job.variant.length_s


def never() -> bool:
    """Go on to the end."""
    return False


class Executor(Protocol):
    """Makes variants, somewhere."""

    @property
    def workers(self) -> int:
        """How many are made at a time."""

    def run(self, jobs: Sequence[Job], shared: Shared, out: Path, *, stop: Stop = never) -> Iterator[Outcome]:
        """Make every job into a folder of its own in ``out`` (`assistant.campaign.making.make_variant`).

        Once ``stop()`` is true nothing more is begun; what runs is finished and yielded. Closing the iterator stops at
        once: what runs is given up, and leaves no folder.
        """
