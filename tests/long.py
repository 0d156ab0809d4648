"""Long cues: memory, time and form at 1, 5, 10 and 30 minutes: ``make bench ARGS="--only long"``.

Each cue is made in a process of its own, whole: composed, mixed, measured, delivered. It measures and prints; it never
passes or fails. Half an hour takes some minutes and 8 GB of disk, part of it only while it is mixed (``TMPDIR``).

Conventions: seconds of this process's processors, which a busy machine does not change; memory is the most that the
process held, in MiB. Bars that differ are counted over all parts, among those in which a part plays.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from assistant import library, pipeline
from assistant.brief import Brief
from assistant.score import Score
from assistant.session import Session, TakeRecord
from assistant.settings import Settings
from models.registry import get_engine, list_engines
from tests.bench import _peak_mib

MINUTES = (1.0, 5.0, 10.0, 30.0)
SEED = 3
BRIEF = "a warm cinematic piece with strings, piano and soft drums, {minutes:g} minutes"
HEAD = "engine    minutes  compose  render  check  deliver   MiB   unmet  bars that differ, sections"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make bench ARGS='--only long'", description=__doc__)
    parser.add_argument("--minutes", type=float, nargs="+", default=MINUTES)
    parser.add_argument("--engines", nargs="+", default=[info.name for info in list_engines() if info.can_run])
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(measured(options.engines[0], options.minutes[0])))
        return 0
    print(f"{os.cpu_count()} cores; processor seconds\n{HEAD}")
    for engine in options.engines:
        for minutes in options.minutes:
            print(_row(engine, minutes), flush=True)
    return 0


def measured(engine: str, minutes: float) -> dict[str, object]:
    """One cue, made in this process."""
    seconds: dict[str, float] = defaultdict(float)
    with tempfile.TemporaryDirectory(prefix="cuewright-long-") as folder:
        line = pipeline.Line(
            library.load(), Settings(work_dir=Path(folder)), get_engine(engine), lambda n: Path(folder) / str(n), SEED
        )
        before = time.process_time()
        for step in pipeline.converse(Session("long"), Brief(BRIEF.format(minutes=minutes)), line=line):
            if step.value is not None:
                now = time.process_time()
                seconds[step.station], before = now - before, now
            if isinstance(step.value, Session):
                take = step.value.current_take
    assert take is not None, "the brief asks nothing"
    return {"seconds": seconds, "mib": _peak_mib(), **_form(take)}


def _form(take: TakeRecord) -> dict[str, object]:
    """What is repeated, and what was not kept."""
    names = Counter(section.name for section in take.plan.sections)
    return {
        "unmet": len(take.findings.unmet),
        "differ": differing(take.score),
        "sections": f"{len(take.plan.sections)} ({', '.join(f'{name} {count}' for name, count in names.items())})",
    }


def differing(score: Score) -> float:
    """The share of bars, over all parts, that are note for note no copy of an earlier one."""
    bars: dict[tuple[str, int], list[tuple[float, int]]] = defaultdict(list)
    for part in score.parts:
        for note in part.notes:
            bar = score.tempo_map.bar_at(note.start_q)
            bars[part.id, bar.index].append((round(note.start_q - bar.start_q, 1), note.pitch))
    return len({(part, tuple(notes)) for (part, _), notes in bars.items()}) / max(1, len(bars))


def _row(engine: str, minutes: float) -> str:
    command = [sys.executable, "-m", "tests.long", "--one", "--engines", engine, "--minutes", str(minutes)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=3600)
    if done.returncode:
        return f"{engine:9} {minutes:7g}  failed: {done.stderr.strip().splitlines()[-1:]}"
    found = json.loads(done.stdout.splitlines()[-1])
    spent = "  ".join(f"{found['seconds'].get(name, 0.0):6.1f}" for name in ("compose", "render", "check", "deliver"))
    return (
        f"{engine:9} {minutes:7g}  {spent}  {found['mib']:5.0f}   {found['unmet']:5}  {found['differ']:.0%}, "
        f"{found['sections']}"
    )


if __name__ == "__main__":
    sys.exit(main())
