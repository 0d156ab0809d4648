"""Jobs without music for tests of where variants are made: each writes a file, or waits, or fails, by its mood."""

from __future__ import annotations

import os
import time
from pathlib import Path

from assistant.campaign.values import Job, Outcome, Shared, Variant
from assistant.constraints import Constraints

SHARED = Shared("a spot")


def jobs(count: int, mood: str = "") -> list[Job]:
    """That many jobs."""
    return [Job(Variant(f"v{number:04}", None, 4.0, mood), Constraints()) for number in range(count)]


def write(job: Job, shared: Shared, out: Path) -> Outcome:
    """Make a folder with the number of this process and a little sound; a mood of ``"0.1"`` takes that many seconds.

    Where the brief is a folder, a note in it says which process is at work, as long as it is.
    """
    name, began = job.variant.id, time.perf_counter()
    if job.variant.mood == "broken":
        return Outcome(name, "failed", error="a mood that cannot be made")
    if job.variant.mood == "raises":
        raise RuntimeError("nobody expected this")
    folder = out / name
    (folder / "stems").mkdir(parents=True)
    (folder / "pid").write_text(str(os.getpid()))
    note = Path(shared.text) / name if Path(shared.text).is_dir() else None
    if note is not None:
        note.write_text(str(os.getpid()))
    time.sleep(float(job.variant.mood or 0.0))
    if note is not None:
        note.write_text("done")
    (folder / "stems" / "bass.wav").write_bytes(b"RIFF" * 100)
    return Outcome(name, "done", seconds=time.perf_counter() - began)
