"""A real Ray cluster of several processes on this machine, and the death of one of its workers at work.

Conventions: what each worker is at stands in a note, a file for each variant, as long as it is.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assistant.campaign.cluster import on_cluster
from assistant.campaign.making import make_variant
from assistant.campaign.on_ray import Make, RayExecutor
from assistant.campaign.values import Job, Outcome, Shared

STORE_BYTES = 200_000_000
"""Of a node's object store."""
PATIENCE_S = 60.0
BEGUN = "begun.txt"


@contextmanager
def started(nodes: int) -> Iterator[Any]:
    """A head that makes nothing and nodes of one core each; all of it goes at the end, its logs too."""
    from ray.cluster_utils import Cluster

    # A short name, for those of sockets have 107 bytes at most
    room = TemporaryDirectory(prefix="cw-ray-", ignore_cleanup_errors=True)
    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": STORE_BYTES, "temp_dir": room.name}
    usual = os.environ.get("RAY_TMPDIR") or os.environ.get("TMPDIR") or "/tmp"
    Path(usual, "ray").mkdir(parents=True, exist_ok=True)  # Ray writes its address there and makes no folder for it
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        for _ in range(nodes):
            cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
        yield cluster
    finally:
        cluster.shutdown()
        room.cleanup()


@contextmanager
def real_cluster(nodes: int) -> Iterator[RayExecutor]:
    """An executor on such a cluster."""
    # Ray tells of workers that die on standard output, which is the measure's
    with started(nodes) as cluster, redirect_stdout(sys.stderr), on_cluster(cluster.address, code="here") as executor:
        yield executor


def noted(job: Job, shared: Shared, out: Path, *, notes: Path, make: Make) -> Outcome:
    """Make a variant, and note who is at it."""
    with notes.with_name(BEGUN).open("a") as begun:
        begun.write(f"{job.variant.id}\n")
    note = notes / job.variant.id
    note.write_text(str(os.getpid()))
    try:
        return make(job, shared, out)
    finally:
        note.unlink(missing_ok=True)


@dataclass
class Killing:
    """Kills one worker at work, once ``after`` variants are done; once for each folder of notes."""

    notes: Path
    after: int
    making: Make = make_variant
    killed: list[str] = field(default_factory=list)

    @property
    def make(self) -> Make:
        """What workers do."""
        return partial(noted, notes=self.notes, make=self.making)

    @property
    def _record(self) -> Path:
        return self.notes.with_name("killed.txt")

    def told(self, done: int) -> None:
        """Hear how many variants are done."""
        if done >= self.after and not self._record.exists():
            words = f"process {self._kill()} killed (SIGKILL) at its work after {done} variants"
            self._record.write_text(words)

    def _kill(self) -> int:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            for note in self.notes.iterdir():
                try:
                    process = int(note.read_text())
                    os.kill(process, signal.SIGKILL)
                except (OSError, ValueError):
                    continue  # it was done meanwhile
                note.unlink(missing_ok=True)
                return process
            time.sleep(0.01)
        raise AssertionError("no worker was found at work")

    @property
    def begun(self) -> int:
        """How often a worker has begun a variant, whatever became of it."""
        path = self.notes.with_name(BEGUN)
        return len(path.read_text().splitlines()) if path.exists() else 0

    @property
    def said(self) -> str:
        """What happened."""
        return self._record.read_text() if self._record.exists() else f"nobody killed before {self.after} were done"


def killing(notes: Path, *, after: int, making: Make = make_variant) -> Killing:
    """A killing that has its folder."""
    notes.mkdir(parents=True, exist_ok=True)
    for old in notes.iterdir():
        old.unlink()
    return Killing(notes, after, making)
