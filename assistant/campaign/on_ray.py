"""Variants made on a Ray cluster: a task each, what they share put there once, results to a place that all reach.

Conventions: a task asks for whole cores and graphics processors (`Needs`). Ray itself makes a task anew whose worker
died; whether a failed variant is tried again is the runner's business. No more tasks wait on the cluster than keep it
busy.

It is given Ray, connected (`assistant.campaign.cluster`), and imports nothing of it.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assistant.campaign.executor import Stop, limit_s, never
from assistant.campaign.making import failed, make_variant
from assistant.campaign.places import Place
from assistant.campaign.values import Job, Outcome, Shared, job_digest
from assistant.errors import AssistantError
from assistant.memory import few_pools

Make = Callable[[Job, Shared, Path], Outcome]
"""Makes one variant into a folder of its own in a folder."""

CRASHES = 3
"""How often a task is made anew whose worker died."""

WAITING = 0.25
"""Tasks that wait on the cluster beyond those that it can run, as a share of these: they come without a pause, and an
autoscaler sees that more could run."""

HUNG = 75
"""The exit code of a worker whose job hung."""

_LOG = logging.getLogger(__name__)
_TICK_S, _LOOK_S = 1.0, 5.0


@dataclass(frozen=True)
class Needs:
    """What one task occupies: ``cpus`` cores, ``gpus`` graphics processors."""

    cpus: float = 1.0
    gpus: float = 0.0


def needs_of(engine: Iterable[str]) -> Needs:
    """What a task occupies whose engine's card names such needs.

    Examples
    --------
    >>> needs_of(("weights",)), needs_of(("weights", "GPU"))
    (Needs(cpus=1.0, gpus=0.0), Needs(cpus=1.0, gpus=1.0))
    """
    return Needs(gpus=1.0 if any("gpu" in need.lower() for need in engine) else 0.0)


@dataclass(frozen=True)
class Common:
    """What every task gets, put into Ray's store once; ``voices`` are the bytes of voice-overs by their digest."""

    shared: Shared
    place: Place
    make: Make
    voices: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class RayExecutor:
    """Makes variants on a cluster; `assistant.campaign.cluster.on_cluster` gives one.

    Parameters
    ----------
    ray : module
        Ray, connected.
    place : Place or None
        Where finished folders go; None for the folder that `run` is given.
    needs : Needs
    crashes : int
        How often Ray makes a task anew whose worker died.
    make : callable
        What a worker does with a job.
    """

    ray: Any
    place: Place | None = None
    needs: Needs = field(default_factory=Needs)
    crashes: int = CRASHES
    make: Make = make_variant

    @property
    def workers(self) -> int:
        """How many variants the cluster makes at a time, as large as it is now; at least 1."""
        there = self.ray.cluster_resources()
        fits = [there.get("CPU", 0.0) / self.needs.cpus if self.needs.cpus else math.inf]
        fits += [there.get("GPU", 0.0) / self.needs.gpus] if self.needs.gpus else []
        return max(1, int(min(fits)))

    def run(self, jobs: Sequence[Job], shared: Shared, out: Path, *, stop: Stop = never) -> Iterator[Outcome]:
        """Make every job, and yield outcomes as they come; none twice. What the place has already is told at once.

        What has been handed to the cluster when ``stop()`` becomes true is finished.
        """
        place = self.place or Place(str(out))
        task = self.ray.remote(num_cpus=self.needs.cpus, num_gpus=self.needs.gpus, max_retries=self.crashes)(make_there)
        common = self.ray.put(Common(shared, place, self.make, voices_of(shared)))
        waiting, flying, told = deque[Job](), dict[Any, Job](), set[str]()
        there = {each.variant_id: each for each in place.outcomes()}
        for job in jobs:
            standing = there.get(job.variant.id)
            if standing is None or standing.digest != job_digest(job, shared):
                waiting.append(job)
            elif standing.variant_id not in told:
                told.add(standing.variant_id)
                yield standing
        bound, looked = self._bound(), time.monotonic()
        try:
            while waiting or flying:
                if time.monotonic() - looked > _LOOK_S:
                    bound, looked = self._bound(), time.monotonic()
                while waiting and len(flying) < bound and not stop():
                    job = waiting.popleft()
                    flying[task.remote(job, common)] = job
                if not flying:
                    break
                ready, _ = self.ray.wait(list(flying), num_returns=1, timeout=_TICK_S)
                for ref in ready:
                    outcome = self._outcome(ref, flying.pop(ref), place)
                    if outcome.variant_id not in told:
                        told.add(outcome.variant_id)
                        yield outcome
            place.sweep()
        finally:
            for ref in flying:
                self.ray.cancel(ref, force=True)

    def _bound(self) -> int:
        """How many tasks the cluster holds, running and waiting."""
        return self.workers + math.ceil(WAITING * self.workers)

    def _outcome(self, ref: Any, job: Job, place: Place) -> Outcome:
        """What came of a task; a failure that may pass where its worker died too often or its folder isn't here."""
        name = job.variant.id
        try:
            outcome: Outcome = self.ray.get(ref)
        except self.ray.exceptions.RayError as error:
            last = (str(error).strip().splitlines() or ["no reason given"])[-1]
            return Outcome(name, "failed", error=f"{type(error).__name__}: {last:.300}", may_pass=True)
        if outcome.is_done and place.folder is not None and place.outcome(name) is None:
            reason = f"{place.address!r} is not the same folder on its worker; name a place that all machines reach"
            return replace(outcome, state="failed", error=reason, figures=None)
        return outcome


def make_there(job: Job, common: Common) -> Outcome:
    """One variant, in a worker: made in a room of its own, then brought to its place, unless it stands there."""
    few_pools()
    place, digest = common.place, job_digest(job, common.shared)
    try:
        if (standing := place.standing(job.variant.id, digest)) is not None:
            return standing
        with ended_after(limit_s(job), job.variant.id), place.workroom() as room, voiced(common) as shared:
            outcome = replace(common.make(job, shared, room), digest=digest)
            return place.keep(room / outcome.variant_id, outcome) if outcome.is_done else outcome
    except AssistantError as error:
        return failed(job, common.shared, error)


@contextmanager
def ended_after(seconds: float, name: str) -> Iterator[None]:
    """End this worker's process where a job hangs, which nothing in it could: Ray makes the task anew."""

    def end() -> None:
        _LOG.error("variant %s hung: nothing after %.0f s, and the worker was ended", name, seconds)
        os._exit(HUNG)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def voices_of(shared: Shared) -> dict[str, bytes]:
    """The bytes of all voice-overs."""
    return {voice.sha256: Path(voice.clip.path).read_bytes() for voice in shared.voices}


@contextmanager
def voiced(common: Common) -> Iterator[Shared]:
    """What is shared, with voice-overs that a worker finds: where its machine lacks the file, a copy is laid there."""
    missing = {each.sha256: each for each in common.shared.voices if not Path(each.clip.path).is_file()}
    if not missing:
        yield common.shared
        return
    with TemporaryDirectory(prefix="cuewright-voices-") as room:
        for digest, voice in missing.items():
            (path := Path(room) / digest / Path(voice.clip.path).name).parent.mkdir()
            path.write_bytes(common.voices[digest])
            missing[digest] = replace(voice, clip=replace(voice.clip, path=str(path)))
        yield replace(common.shared, voices=tuple(missing.get(each.sha256, each) for each in common.shared.voices))
