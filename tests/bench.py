"""``make bench``: seconds per station, real-time factor and memory, printed as a table.

It measures and prints; it never passes or fails. Ratios to real time are taken in the same run.
"""

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from assistant import library, pipeline
from assistant.brief import Brief
from assistant.session import Session
from assistant.settings import Settings
from models.registry import get_engine
from tests.conftest import SHARED

BRIEF = "A 60 second film cue: tense strings and piano at first, hope in the middle, triumph with drums and brass at the end"
RUNS = 3


def main() -> int:
    print("station      median s   of 60 s real time")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(work_dir=Path(folder))
        began = time.perf_counter()
        data = library.load()
        print(f"{'data files':12} {time.perf_counter() - began:8.2f}")
        seconds: dict[str, list[float]] = {}
        totals = []
        for run in range(RUNS + 1):
            made = pipeline.Line(
                data,
                settings,
                get_engine("rules"),
                lambda number, run=run: Path(folder) / f"{run}-{number}",
                seed=11,
            )
            began = time.perf_counter()
            steps = list(pipeline.converse(Session("bench"), Brief(BRIEF), line=made))
            if run == 0:
                print(f"{'cold take':12} {time.perf_counter() - began:8.2f}")
                continue
            totals.append(time.perf_counter() - began)
            for step in steps:
                if step.value is not None and step.seconds:
                    seconds.setdefault(step.station, []).append(step.seconds)
        for station in pipeline.STATIONS:
            if station in seconds:
                median = statistics.median(seconds[station])
                print(f"{station:12} {median:8.2f}   {60 / max(median, 1e-9):8.1f} x")
        total = statistics.median(totals)
        print(f"{'whole take':12} {total:8.2f}   {60 / total:8.1f} x")
    _clip()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    print(f"peak memory  {peak:8.0f} MiB")
    return 0


def _clip() -> None:
    from assistant.clip import measure_clip

    path = SHARED / "data" / "clips" / "bbb_480p_30s.mp4"
    if not path.exists():
        print("clip         (no clip beside the clone)")
        return
    measure_clip(path)
    began = time.perf_counter()
    clip = measure_clip(path)
    took = time.perf_counter() - began
    print(f"clip 480p    {took:8.2f}   {clip.length_s / took:8.1f} x")


if __name__ == "__main__":
    raise SystemExit(main())
