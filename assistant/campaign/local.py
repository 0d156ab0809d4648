"""Variants made on this machine, in processes of their own: one for each core unless told otherwise.

Conventions: each worker keeps its engine and samples loaded and uses one thread. A worker that is killed fails the
variant that it was making, which may pass when tried again, and another takes its place. Workers don't hear a
person's Ctrl-C; when whoever started them is gone, they end with the variant that they are at.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from assistant.campaign.executor import Stop, limit_s, never
from assistant.campaign.values import Job, Outcome, Shared, job_digest
from assistant.errors import InputError
from assistant.records import from_json, to_data, to_json
from assistant.settings import ROOT

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "CUEWRIGHT_THREADS"), "1")

WORKER = ("-m", "assistant.campaign.worker")
"""What Python is told to run."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Local:
    """Processes on this machine."""

    workers: int = field(default_factory=cores)

    def __post_init__(self) -> None:
        if not 1 <= self.workers <= 256:
            raise InputError(f"{self.workers} workers", "1 to 256", "choose a number in this range")

    def run(self, jobs: Sequence[Job], shared: Shared, out: Path, *, stop: Stop = never) -> Iterator[Outcome]:
        """Make every job; see `assistant.campaign.executor.Executor`."""
        crew = _Crew(deque(jobs), shared, out.absolute(), stop)
        threads = [threading.Thread(target=crew.lead, daemon=True) for _ in range(min(self.workers, len(jobs)))]
        for thread in threads:
            thread.start()
        leading = len(threads)
        try:
            while leading:
                told = crew.told.get()
                if isinstance(told, Outcome):
                    yield told
                else:
                    leading -= 1
                    if told is not None:
                        raise told
        finally:
            crew.dismiss()
            for thread in threads:
                thread.join()


class _Crew:
    """The jobs that are left, the processes at work, and what they have told."""

    def __init__(self, jobs: deque[Job], shared: Shared, out: Path, stop: Stop) -> None:
        self.told: SimpleQueue[Outcome | Exception | None] = SimpleQueue()
        self._jobs, self._shared, self._stop = jobs, shared, stop
        self._head = json.dumps({"shared": to_data(shared), "out": str(out)})
        self._lock, self._dismissed = threading.Lock(), False
        self._at_work: set[subprocess.Popen[str]] = set()

    def lead(self) -> None:
        """Hand one job after the other to a worker, until none is left; runs in a thread for each worker."""
        worker: subprocess.Popen[str] | None = None
        trouble: Exception | None = None
        try:
            while (job := self._next()) is not None:
                worker = worker or self._hired()
                with _killed_after(limit_s(job), worker) as hung:
                    outcome = _asked(worker, job) if worker else None
                if outcome is None:
                    if self._dismissed:
                        break
                    outcome = self._lost(worker, job, hung=hung.is_set())
                    worker = None
                self.told.put(outcome)
        except Exception as error:  # noqa: BLE001 - told to whoever consumes the outcomes, in their thread
            trouble = error
        finally:
            if worker is not None:
                self._let_go(worker)
            self.told.put(trouble)

    def dismiss(self) -> None:
        """Stop at once: nothing more is begun, what runs is killed."""
        with self._lock:
            self._dismissed = True
            for worker in self._at_work:
                worker.kill()

    def _next(self) -> Job | None:
        with self._lock:
            if self._dismissed or not self._jobs or self._stop():
                return None
            return self._jobs.popleft()

    def _hired(self) -> subprocess.Popen[str] | None:
        """A new worker, told what all jobs share; None once all are dismissed."""
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        with self._lock:
            if self._dismissed:
                return None
            worker = subprocess.Popen(
                [sys.executable, *WORKER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
                env={**os.environ, **ONE_THREAD, "PYTHONPATH": path},
                start_new_session=True,
            )
            self._at_work.add(worker)
        _tell(worker, self._head)
        return worker

    def _lost(self, worker: subprocess.Popen[str] | None, job: Job, *, hung: bool) -> Outcome:
        """The outcome of a job whose worker is gone."""
        code = None
        if worker is not None:
            self._let_go(worker)
            code = worker.returncode
        how = f"killed by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
        error = f"the worker was {how}" if code is not None and code < 0 else f"the worker {how}"
        if hung:
            error = f"it hung: nothing after {limit_s(job):.0f} s, and the worker was killed"
        digest = job_digest(job, self._shared)
        return Outcome(job.variant.id, "failed", error=error, may_pass=True, digest=digest)

    def _let_go(self, worker: subprocess.Popen[str]) -> None:
        """The end of its input, and so of the worker; one that doesn't end is killed."""
        with suppress(OSError):
            if worker.stdin is not None:
                worker.stdin.close()
        try:
            worker.wait(timeout=10)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
        if worker.stdout is not None:
            worker.stdout.close()
        with self._lock:
            self._at_work.discard(worker)


@contextmanager
def _killed_after(seconds: float, worker: subprocess.Popen[str] | None) -> Iterator[threading.Event]:
    """Kill a worker that is at one job for too long; whether that was done."""
    hung = threading.Event()

    def kill() -> None:
        hung.set()
        if worker is not None:
            worker.kill()

    timer = threading.Timer(seconds, kill)
    timer.daemon = True
    timer.start()
    try:
        yield hung
    finally:
        timer.cancel()


def _asked(worker: subprocess.Popen[str], job: Job) -> Outcome | None:
    """A worker's outcome of a job; None where the worker is gone."""
    if not _tell(worker, to_json(job)) or worker.stdout is None:
        return None
    line = worker.stdout.readline()
    return from_json(Outcome, line) if line.endswith("\n") else None


def _tell(worker: subprocess.Popen[str], line: str) -> bool:
    """Whether a line reached a worker."""
    try:
        if worker.stdin is None:
            return False
        worker.stdin.write(line + "\n")
        worker.stdin.flush()
    except OSError:
        return False
    return True
