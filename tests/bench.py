"""``make bench``: seconds a station, real-time factor, reading of words, clip and memory, printed as a table.

It measures and prints; it never passes or fails. Ratios to real time are taken in the same run. The clip of the data
folder beside the clone is used where there is one, else one of the same size and length is made.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from assistant import library, pipeline
from assistant.brief import Brief
from assistant.interpret import read_brief
from assistant.library import Library
from assistant.session import Session
from assistant.settings import Settings
from models.registry import get_engine, list_engines
from tests.conftest import SHARED

BRIEF = "A 60 second film cue: tense strings and piano at first, hope in the middle, drums and brass at the end"
LENGTH_S = 60.0
RUNS = 3
T = TypeVar("T")


def main() -> int:
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}")
    print(f"{'':22} {'seconds':>8}   x real time")
    with tempfile.TemporaryDirectory() as folder:
        data = _row("data files, cold", library.load)
        briefs = [Brief(f"{BRIEF}, take {number}") for number in range(RUNS + 1)]  # none read twice
        parse = min(_timed(lambda brief=brief: read_brief(brief, library=data))[1] for brief in briefs)
        for engine in (info.name for info in list_engines() if info.can_run):
            _takes(engine, data, Path(folder) / engine)
        print(f"{'parse, warm':22} {parse:8.3f}")
        _clip(Path(folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    print(f"{'peak memory':22} {peak:8.0f} MiB")
    return 0


def _takes(engine: str, data: Library, folder: Path) -> None:
    """One cold and some warm takes of one engine, station by station."""
    print(f"-- engine {engine}")
    seconds: dict[str, list[float]] = {}
    totals: list[float] = []
    for run in range(RUNS + 1):
        line = pipeline.Line(
            data,
            Settings(work_dir=folder),
            get_engine(engine),
            lambda number, run=run: folder / f"{run}-{number}",
            seed=11,
        )
        began = time.perf_counter()
        steps = list(pipeline.converse(Session("bench"), Brief(BRIEF), line=line))
        took = time.perf_counter() - began
        if run == 0:
            print(f"{'cold take':22} {took:8.2f}   {LENGTH_S / took:8.1f}")
            continue
        totals.append(took)
        for step in steps:
            if step.value is not None and step.seconds:
                seconds.setdefault(step.station, []).append(step.seconds)
    for station in pipeline.STATIONS:
        if station in seconds:
            _print(f"  {station}", statistics.median(seconds[station]), LENGTH_S)
    _print("whole take", statistics.median(totals), LENGTH_S)


def _clip(folder: Path) -> None:
    """A film of 480 lines and 30 s, measured."""
    from assistant.clip import measure_clip
    from tests.media import paint, write_film

    path = SHARED / "data" / "clips" / "bbb_480p_30s.mp4"
    if not path.exists():
        shots = [paint(seed, size=(854, 480)) for seed in range(10)]
        path = write_film(folder / "made.mp4", [shot for shot in shots for _ in range(75)])
    measure_clip(path)
    clip, took = _timed(lambda: measure_clip(path))
    _print("clip, 30 s of 480p", took, clip.length_s)


def _row(name: str, work: Callable[[], Library]) -> Library:
    value, took = _timed(work)
    print(f"{name:22} {took:8.2f}")
    return value


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    value = work()
    return value, time.perf_counter() - began


def _print(name: str, seconds: float, length_s: float) -> None:
    print(f"{name:22} {seconds:8.2f}   {length_s / max(seconds, 1e-9):8.1f}")


if __name__ == "__main__":
    raise SystemExit(main())
