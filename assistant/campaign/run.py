"""Run a campaign: what is finished stays, what failed for a passing reason is tried again, nothing is made twice.

Conventions: `run_campaign` yields an `Event` whenever something happens; whoever consumes them shows progress. Pausing
finishes what runs; closing the iterator stops at once. Both leave a folder from which the same call goes on.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Literal

from assistant.campaign.executor import Executor, Stop, never
from assistant.campaign.journal import Desk
from assistant.campaign.values import Campaign, Job, Outcome

Kind = Literal["begun", "made", "again", "paused", "ended"]
BACK_OFF_S = (1.0, 4.0, 15.0, 60.0)
"""Waits before failed variants are tried again, one after the other; the last one for all further tries."""
RECENT = 40
"""Outcomes from which the pace is taken."""


@dataclass(frozen=True)
class Event:
    """Something that happened, and where the campaign stands.

    Parameters
    ----------
    kind : {"begun", "made", "again", "paused", "ended"}
    total, done, failed, warned : int
        Variants of the campaign; finished ones, whenever they were made; failed ones, until they are tried again;
        finished ones that broke a brand rule.
    outcome : Outcome or None
        Of the variant that was made.
    attempt : int
        From 1.
    left_s : float or None
        How long the rest will take at the present pace; None while nothing is known.
    wait_s : float
        How long is waited before failed ones are tried again.
    """

    kind: Kind
    total: int
    done: int
    failed: int
    warned: int
    outcome: Outcome | None = None
    attempt: int = 1
    left_s: float | None = None
    wait_s: float = 0.0


@dataclass
class _Tally:
    """Where a campaign stands."""

    total: int
    outcomes: dict[str, Outcome]
    workers: int
    paces: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))

    def event(self, kind: Kind, outcome: Outcome | None = None, *, attempt: int = 1, wait_s: float = 0.0) -> Event:
        done = [each for each in self.outcomes.values() if each.is_done]
        failed = len(self.outcomes) - len(done)
        warned = sum(bool(each.warnings) for each in done)
        left = self.total - len(self.outcomes)
        pace_s = median(self.paces) if self.paces else None  # the first ones loaded everything
        left_s = None if pace_s is None else pace_s * left / max(1, min(self.workers, left))
        return Event(kind, self.total, len(done), failed, warned, outcome, attempt, left_s, wait_s)

    def add(self, outcome: Outcome) -> None:
        self.outcomes[outcome.variant_id] = outcome
        if outcome.is_done:
            self.paces.append(outcome.seconds)


def run_campaign(
    campaign: Campaign,
    out: Path,
    executor: Executor,
    *,
    retries: int = 2,
    stop: Stop = never,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Event]:
    """Make every variant that isn't there yet.

    Parameters
    ----------
    campaign : Campaign
    out : Path
        The campaign's folder; one that holds a part of this campaign already is gone on with.
    executor : Executor
    retries : int
        How often a variant is tried again that failed for a reason that may pass.
    stop : callable
        Asked before each variant; a ``pause`` file in the folder does the same.
    sleep : callable
        Waits between tries.

    Raises
    ------
    OutputError
        If the folder can't be written, or holds another campaign.
    """
    with Desk(out, campaign) as desk:
        tally = _Tally(len(desk.campaign.jobs), desk.finished(), executor.workers)
        left = [job for job in desk.campaign.jobs if job.variant.id not in tally.outcomes]
        yield tally.event("begun")

        def paused() -> bool:
            return stop() or desk.is_paused

        for attempt in range(1, retries + 2):
            again = yield from _round(desk, tally, executor, left, attempt, paused)
            if paused() and (again or len(tally.outcomes) < tally.total):
                yield tally.event("paused", attempt=attempt)
                return
            if not again or attempt > retries:
                break
            left = again
            for job in left:
                del tally.outcomes[job.variant.id]
            wait_s = BACK_OFF_S[min(attempt, len(BACK_OFF_S)) - 1]
            yield tally.event("again", attempt=attempt + 1, wait_s=wait_s)
            sleep(wait_s)
        yield tally.event("ended")


def _round(
    desk: Desk, tally: _Tally, executor: Executor, jobs: list[Job], attempt: int, stop: Stop
) -> Generator[Event, None, list[Job]]:
    """Try each job once; gives back those that may pass another time."""
    by_id = {job.variant.id: job for job in jobs}
    again = []
    outcomes = executor.run(jobs, desk.campaign.shared, desk.variants, stop=stop) if jobs else iter(())
    try:
        for outcome in outcomes:
            desk.note(outcome, attempt)
            tally.add(outcome)
            if not outcome.is_done and outcome.may_pass:
                again.append(by_id[outcome.variant_id])
            yield tally.event("made", outcome, attempt=attempt)
    finally:
        if (close := getattr(outcomes, "close", None)) is not None:
            close()  # at once, where whoever consumes us has had enough
    return again
