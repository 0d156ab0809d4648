"""Variants made on a Ray cluster: a task each, what they share put there once, results to a place that all reach.

Conventions: an address is ``local`` (a cluster of this machine's own, for as long as the work takes), ``auto`` (the one
that this machine belongs to), ``host:port`` of that one, or ``ray://host:port`` from outside. A task asks for whole
cores and graphics processors (`Needs`). Ray itself makes a task anew whose worker died; whether a failed variant is
tried again is the runner's business. No more tasks wait on the cluster than keep it busy.

Ray is an extra and imported nowhere else.
"""

from __future__ import annotations

import math
import os
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from assistant.campaign.executor import Stop, never
from assistant.campaign.local import ONE_THREAD
from assistant.campaign.making import failed, make_variant
from assistant.campaign.places import Place
from assistant.campaign.values import Job, Outcome, Shared, job_digest
from assistant.errors import AssistantError, InputError
from assistant.memory import few_pools
from assistant.settings import ROOT

Make = Callable[[Job, Shared, Path], Outcome]
"""Makes one variant into a folder of its own in a folder."""

Code = Literal["here", "ship", "installed"]
"""Where a worker finds Cuewright: in this very folder, in a copy that Ray brings, or installed on its machine."""

ADDRESSES = "local, auto, host:port or ray://host:port"
CURE = "pip install 'cuewright[ray]'"
CRASHES = 3
"""How often a task is made anew whose worker died."""

WAITING = 0.25
"""Tasks that wait on the cluster beyond those that it can run, as a share of these: they come without a pause, and an
autoscaler sees that more could run."""

_TICK_S, _LOOK_S = 1.0, 5.0
_ADDRESS = re.compile(r"(?:ray://)?[\w.\-\[\]:]+:\d{1,5}")
_SHIPPED = frozenset({"assistant", "models", "prompts"})
"""What of a clone travels; "all but" can't be said to Ray, whose patterns then match the clone itself."""
_TOLD = ("CUEWRIGHT_SOUNDFONT", "CUEWRIGHT_RENDERER")
"""What workers in this very folder are told of the environment; elsewhere their own counts."""


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
    """Makes variants on a cluster (`assistant.campaign.executor.Executor`); `on_cluster` gives one.

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
                    return
                ready, _ = self.ray.wait(list(flying), num_returns=1, timeout=_TICK_S)
                for ref in ready:
                    outcome = self._outcome(ref, flying.pop(ref), place)
                    if outcome.variant_id not in told:
                        told.add(outcome.variant_id)
                        yield outcome
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
        with place.workroom() as room, voiced(common) as shared:
            outcome = replace(common.make(job, shared, room), digest=digest)
            return place.keep(room / outcome.variant_id, outcome) if outcome.is_done else outcome
    except AssistantError as error:
        return failed(job, common.shared, error)


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


@contextmanager
def on_cluster(
    address: str,
    *,
    place: Place | None = None,
    needs: Needs | None = None,
    code: Code | None = None,
    workers: int | None = None,
) -> Iterator[RayExecutor]:
    """An executor on the cluster of an address; left, it lets go of the cluster.

    Parameters
    ----------
    address : str
        `ADDRESSES`.
    place : Place, optional
        Where finished folders go; the folder that `RayExecutor.run` is given else.
    needs : Needs, optional
        One core, unless given.
    code : {"here", "ship", "installed"}, optional
        Where workers find Cuewright. A copy of a clone travels, unless told; to a ``local`` cluster nothing must.
    workers : int, optional
        Cores that a ``local`` cluster offers; all that there are, unless given.

    Raises
    ------
    InputError
        If Ray is not installed, or there is no such cluster.
    """
    if address not in ("local", "auto") and not _ADDRESS.fullmatch(address):
        raise InputError(f"--ray {address!r:.60}", ADDRESSES, "correct it")
    ray = _ray()
    began_here = not ray.is_initialized()
    if began_here:
        _connect(ray, address, code or _usual_code(address), workers)
    try:
        yield RayExecutor(ray, place, needs or Needs())
    finally:
        if began_here:
            ray.shutdown()


def _ray() -> Any:
    """Ray; an `InputError` that names the cure where it isn't installed."""
    try:
        import ray  # type: ignore[import-not-found,unused-ignore]
        import ray.exceptions  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise InputError(f"--ray without Ray ({error})", "Ray 2.40 or later", CURE) from error
    return ray


def _connect(ray: Any, address: str, code: Code, workers: int | None) -> None:
    """Connect this process with the cluster, or begin one of its own."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    told: dict[str, Any] = {"log_to_driver": False, "runtime_env": runtime_env(code)}
    if address == "local":
        told |= {"address": "local", "num_cpus": workers or os.cpu_count(), "include_dashboard": False}
    else:
        told |= {"address": address}
    if not address.startswith("ray://"):
        told |= {"logging_level": "warning"}
    try:
        ray.init(**told)
    except (OSError, RuntimeError, ValueError, ImportError, ray.exceptions.RayError) as error:
        with suppress(Exception):
            ray.shutdown()
        reason = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        cure = "ray start --head on one machine and ray start --address on the others; or --ray local"
        if isinstance(error, ImportError):
            cure = "pip install 'ray[client]', or start from a machine of the cluster: --ray auto"
        raise InputError(f"--ray {address}: {reason:.200}", f"a cluster that runs ({ADDRESSES})", cure) from error


def _usual_code(address: str) -> Code:
    """A cluster of this machine alone reads this folder; to others a clone is brought, what is no clone is there."""
    if address == "local":
        return "here"
    return "ship" if (ROOT / "prompts").is_dir() and (ROOT / "pyproject.toml").is_file() else "installed"


def runtime_env(code: Code) -> dict[str, Any]:
    """What Ray does before a worker begins, so that it finds Cuewright.

    Examples
    --------
    >>> sorted(runtime_env("installed"))
    ['env_vars']
    """
    variables = {"HF_HUB_OFFLINE": "1"} | ONE_THREAD
    if code == "here":
        known = {name: os.environ[name] for name in _TOLD if os.environ.get(name)}
        return {"env_vars": variables | known | {"PYTHONPATH": str(ROOT)}}
    if code == "ship":
        left = sorted(f"/{path.name}" for path in ROOT.iterdir() if path.name not in _SHIPPED)
        return {"env_vars": variables, "working_dir": str(ROOT), "excludes": [*left, "__pycache__"]}
    return {"env_vars": variables}
