"""How long a campaign will take, and how much room it needs, before it starts.

Conventions: from outcomes, never from a table: of this campaign's journal where there are enough, else of a sample that
is made on this machine by one worker, as all will be; it may stay as the campaign's beginning. Cost grows in a straight
line with length. Times in seconds by the processor, which is what a worker with a core to itself takes.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.campaign.journal import Desk, finished_in, read_journal
from assistant.campaign.local import Local
from assistant.campaign.values import Campaign, Job, Outcome
from assistant.errors import EngineError
from assistant.records import STRICT

SAMPLE = 3
"""Variants of a sample: one to load everything, one more of the shortest, and the longest."""
ENOUGH = 4
"""Outcomes of a journal from which no sample is needed."""
HANDED_OVER = 0.95
"""How much the archive takes of what the folders take."""


@dataclass(frozen=True)
class Estimate:
    """What a campaign will take.

    Parameters
    ----------
    total, ready : int
        Variants, and those of them that are there already.
    each_s : float
        Seconds of one worker for one variant, on average over what is left.
    begin_s : float
        Seconds until a worker has loaded everything.
    left_s : float
        Until all is done.
    workers : int
    disk_bytes, free_bytes : int
        What the rest will take with its archive, and what is free.
    measured_on : int
        How many outcomes it rests on.
    """

    __pydantic_config__ = STRICT

    total: int
    ready: int
    each_s: float
    begin_s: float
    left_s: float
    workers: int
    disk_bytes: int
    free_bytes: int
    measured_on: int

    @property
    def has_room(self) -> bool:
        """Whether the disk is large enough."""
        return self.disk_bytes < self.free_bytes


def estimate(campaign: Campaign, out: Path, *, workers: int, archive: bool = True, keep: bool = False) -> Estimate:
    """What a campaign will take into a folder, with so many workers.

    Parameters
    ----------
    campaign : Campaign
    out : Path
    workers : int
    archive : bool
        Whether an archive is packed too.
    keep : bool
        Whether the sample stays, as the first variants of the campaign; else nothing is written into the folder.

    Raises
    ------
    EngineError
        If not one variant of the sample could be made.
    OutputError
        If the folder holds another campaign.
    """
    done = finished_in(out, campaign) if out.exists() else {}
    left = [job for job in campaign.jobs if job.variant.id not in done]
    told = [entry.outcome for entry in read_journal(out) if entry.outcome.is_done and entry.outcome.figures]
    begin_s = 0.0
    if left and len(told) < ENOUGH:
        told, begin_s = _sampled(campaign, left, out if keep else None)
        kept = {outcome.variant_id for outcome in told} if keep else set()
        left = [job for job in left if job.variant.id not in kept]
    paced = told[1:] if begin_s else told  # the first one loaded everything
    seconds, room = _line(paced, "cpu_s"), _line(told, "size_bytes")
    lengths = np.array([job.variant.length_s for job in left] or [0.0])
    each_s = float(np.mean(seconds[0] + seconds[1] * lengths)) if left else 0.0
    disk = float(np.sum(room[0] + room[1] * lengths)) if left else 0.0
    abreast = max(1, min(workers, len(left)))
    return Estimate(
        total=len(campaign.jobs),
        ready=len(campaign.jobs) - len(left),
        each_s=round(each_s, 2),
        begin_s=round(begin_s, 1),
        left_s=round(begin_s + each_s * len(left) / abreast, 1),
        workers=workers,
        disk_bytes=round(disk * (1 + HANDED_OVER if archive else 1)),
        free_bytes=_free(out),
        measured_on=len(told),
    )


def _free(out: Path) -> int:
    """Bytes that are free where a folder is, or will be."""
    place = out.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def sample_of(jobs: Sequence[Job]) -> list[Job]:
    """The jobs from which the others are told: two of the shortest, and the longest.

    Examples
    --------
    >>> sample_of([])
    []
    """
    by_length = sorted(jobs, key=lambda job: job.variant.length_s)
    return by_length[:SAMPLE] if len(by_length) <= SAMPLE else [*by_length[: SAMPLE - 1], by_length[-1]]


def _sampled(campaign: Campaign, left: Sequence[Job], out: Path | None) -> tuple[list[Outcome], float]:
    """Outcomes of a sample, and how long loading took; without ``out`` the sample is thrown away."""
    made = []
    with (
        tempfile.TemporaryDirectory(prefix="cuewright-campaign-") as folder,
        Desk(out or Path(folder), campaign) as desk,
    ):
        for outcome in Local(1).run(sample_of(left), campaign.shared, desk.variants):
            desk.note(outcome, 1)
            made.append(outcome)
    done = [outcome for outcome in made if outcome.is_done]
    if not done:
        error = made[0].error if made else "nothing was made"
        raise EngineError(f"a sample of the campaign ({error})", "variants that can be made", "correct the brief")
    begin_s = max(0.0, done[0].cpu_s - done[1].cpu_s) if len(done) > 1 else 0.0
    return done, begin_s


def _line(outcomes: Sequence[Outcome], what: str) -> tuple[float, float]:
    """Where a straight line over length begins, and how it rises; neither below zero."""
    rows = [(each.figures.length_s, _value(each, what)) for each in outcomes if each.figures is not None]
    if not rows:
        return 0.0, 0.0
    lengths, values = np.array(rows).T
    if np.ptp(lengths) < 1.0:
        return 0.0, float(np.mean(values) / np.mean(lengths))
    rise, begin = np.polyfit(lengths, values, 1)
    if rise < 0 or begin < 0:
        return 0.0, float(np.sum(values) / np.sum(lengths))
    return float(begin), float(rise)


def _value(outcome: Outcome, what: str) -> float:
    if what == "cpu_s":
        return outcome.cpu_s
    return float(outcome.figures.size_bytes) if outcome.figures else 0.0
