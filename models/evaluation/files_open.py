"""Ten cues delivered, every file for studios and editors made, and each opened by a program that is not ours.

Conventions: ten cues of different moods and uses, with hits, a loop and odd metres, one to a picture;
``python -m models.evaluation.files_open`` prints the table. A check that fails is said with
what was found; a program that is not on this machine is said as absent, and its bound as missed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from assistant.brief import Brief
from assistant.check import Findings
from assistant.clip import measure_clip
from assistant.constraints import Constraints, HitPoint, Instruments, arc_of
from assistant.deliver import Materials, deliver
from assistant.deliver.papers.certificates import signer_for
from assistant.deliver.papers.write import note_again
from assistant.deliver.turnover import export
from assistant.library import load
from assistant.plan import make_plan
from assistant.render import render
from assistant.score import Score
from assistant.session import TakeRecord
from assistant.settings import RATE_HZ, from_environment
from models.evaluation.missed import Bound, bounded, printed
from models.evaluation.opened import ABSENT, CHECKS, opened
from models.evaluation.voice_over import write_film
from models.registry import get_engine

CUES: dict[str, Constraints] = {
    "coffee spot": Constraints(duration_s=20, use="ad", hits=(HitPoint(14.0, "reveal"),)),
    "trailer": Constraints(
        duration_s=30, use="film", styles=("epic",), hits=(HitPoint(12.0, "stop"), HitPoint(26.0, "hit"))
    ),
    "grief": Constraints(duration_s=24, styles=("cinematic",), arc=arc_of([(0, -0.7, -0.7), (1, -0.4, -0.4)])),
    "corporate": Constraints(duration_s=20, use="event", styles=("corporate",)),
    "old China": Constraints(
        duration_s=24, region="china", language="zh", instruments=Instruments(("guzheng", "dizi"), ())
    ),
    "jazz bar": Constraints(duration_s=24, styles=("jazz",)),
    "waltz": Constraints(duration_s=24, styles=("waltz",), meter="3/4"),
    "loop": Constraints(duration_s=16, use="game", styles=("folk",), loop=True),
    "suspense": Constraints(duration_s=24, styles=("suspense",), meter="7/8", hits=(HitPoint(18.0, "hit"),)),
    "sleep": Constraints(duration_s=30, use="wellness", styles=("ambient",)),
}  # fmt: skip
"""Ten moods, uses, metres and lengths."""
FILMED = ("trailer",)
"""Those to a picture, with a hum as its own sound."""


def delivered(name: str, folder: Path, *, seed: int, engine: str) -> Path:
    """A cue's delivery with everything that is made on request."""
    asked, library = CUES[name], load()
    settings = replace(from_environment(), work_dir=folder.parent)
    clip = measure_clip(film(folder.parent / "film.mp4", asked.duration_s or 0.0)) if name in FILMED else None
    plan = make_plan(asked, library=library, clip=clip, seed=seed)
    score = get_engine(engine).generate(plan, seed=seed)
    assert isinstance(score, Score)
    mixdown = render(score, plan, library=library, settings=settings)
    take = TakeRecord(1, asked, plan, score, Findings(), engine, seed, str(folder))
    signer = signer_for(settings, {})
    deliver(folder, Materials(Brief(name, language=asked.language), take, mixdown, clip), signer=signer)
    note_again(folder, [each.file for each in export(folder)], signer=signer)
    return folder


def film(path: Path, length_s: float) -> Path:
    """A grey film that hums."""
    times = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    return write_film(path, np.asarray(0.01 * np.sin(2 * np.pi * 100 * times), np.float32)[None])


def report(*, corpus: Path | None = None, engines: Sequence[str] = ("rules",), seeds: int = 1) -> str:
    """The table of files and programs, as Markdown."""
    del corpus
    wrong: dict[str, list[str]] = {name: [] for name in CHECKS}
    absent: set[str] = set()
    count, began = 0, time.process_time()
    spent_s = 0.0
    with tempfile.TemporaryDirectory() as place:
        for seed in range(seeds):
            for name in CUES:
                folder = delivered(name, Path(place) / f"{name} {seed}", seed=seed, engine=engines[-1])
                spent_s, count = spent_s + time.process_time() - began, count + 1
                for check, found in opened(folder).items():
                    absent |= {check} if found == ABSENT else set()
                    if found and found != ABSENT:
                        wrong[check].append(f"{name}: {found}")
                began = time.process_time()
    bounds = []
    for check, faults in wrong.items():
        right = ABSENT if check in absent else f"{count - len(faults)} of {count}"
        bounds.append(Bound(check, "all open with the content of the score", right, not faults and check not in absent))
    about = (
        f"{count} cues (engine {engines[-1]}), one of them to a film; to compose, render and write everything took "
        f"{spent_s / count:.1f} s of one core each. What each check compares is said in `models/evaluation/opened.py`."
    )
    said = [f"- {check}: {'; '.join(faults[:3])}" for check, faults in wrong.items() if faults]
    return bounded(bounds, "\n".join((about, *said)))


def main() -> int:
    """Print the table; 1 where a bound is missed."""
    return printed(report)


if __name__ == "__main__":
    raise SystemExit(main())
