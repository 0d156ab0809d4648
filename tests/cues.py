"""Ten varied cues, composed and measured: the musical health of an engine in one table (``make cues``).

Conventions: ``python -m tests.cues [--engine NAME] [--seed N] [--show] [--midi FOLDER]`` prints one row a cue, with the
measures of `assistant.check.music`; ``--show`` writes out each tune bar by bar; ``--midi`` keeps the scores. A measure
outside its bounds is marked with ``!``.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from assistant.check.music import Portrait, portrait
from assistant.constraints import Constraints, HitPoint, Instruments, arc_of
from assistant.library import load
from assistant.plan import Plan, make_plan
from assistant.score import Score
from models.registry import default_engine, get_engine

CUES: dict[str, Constraints] = {
    "coffee spot, warm sunrise": Constraints(
        duration_s=30, use="ad", arc=arc_of([(0, 0.3, -0.5), (1, 0.7, 0.3)]), hits=(HitPoint(22.0, "reveal"),)
    ),
    "epic trailer": Constraints(
        duration_s=45, use="film", styles=("epic",), arc=arc_of([(0, -0.4, -0.2), (0.6, -0.2, 0.8), (1, 0.2, 0.95)]),
        hits=(HitPoint(20.0, "stop"), HitPoint(40.0, "hit")),
    ),
    "grief at the window": Constraints(
        duration_s=60, use="film", styles=("cinematic",), arc=arc_of([(0, -0.7, -0.7), (1, -0.4, -0.4)])
    ),
    "happy corporate": Constraints(
        duration_s=60, use="event", styles=("corporate",), arc=arc_of([(0, 0.6, 0.2), (1, 0.8, 0.6)])
    ),
    "old China, then a storm": Constraints(
        duration_s=30, region="china", arc=arc_of([(0, -0.5, -0.5), (0.66, -0.3, 0.0), (0.7, 0.1, 0.8), (1, 0.1, 0.8)]),
        instruments=Instruments(("guzheng", "dizi"), ("drums", "percussion")), hits=(HitPoint(20.0, "hit"),),
    ),
    "jazz bar": Constraints(duration_s=40, styles=("jazz",), arc=arc_of([(0, 0.3, 0.1)])),
    "waltz in a palace": Constraints(
        duration_s=50, styles=("waltz",), meter="3/4", arc=arc_of([(0, 0.5, 0.1), (1, 0.7, 0.4)])
    ),
    "game loop, village": Constraints(
        duration_s=32, use="game", styles=("folk",), loop=True, arc=arc_of([(0, 0.6, 0.0)])
    ),
    "suspense": Constraints(
        duration_s=40, use="film", styles=("suspense",), arc=arc_of([(0, -0.5, -0.2), (1, -0.7, 0.6)]),
        hits=(HitPoint(33.0, "hit"),),
    ),
    "sleep, breathing": Constraints(
        duration_s=60, use="wellness", styles=("ambient",), arc=arc_of([(0, 0.3, -0.9)])
    ),
}  # fmt: skip
"""Wishes in ten different moods, styles, metres and lengths."""

NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
COLUMNS = tuple(Portrait.__dataclass_fields__)


def compose(asked: Constraints, *, engine: str, seed: int) -> tuple[Plan, Score, float]:
    """A plan, its score, and the seconds that composing took."""
    plan = make_plan(asked, library=load(), seed=seed)
    start = time.perf_counter()
    score = get_engine(engine).generate(plan, seed=seed)
    assert isinstance(score, Score)
    return plan, score, time.perf_counter() - start


def row(name: str, plan: Plan, score: Score, spent_s: float) -> str:
    """One line of the table."""
    found = portrait(score, plan)
    head = f"{name:26.26s} {plan.length_s:5.1f} {len(score.parts):2d} {spent_s:5.2f}"
    if found is None:
        return f"{head}  (no lead plays)"
    marked = found.outside()
    cells = [f"{getattr(found, column):6.2f}{'!' if column in marked else ' '}" for column in COLUMNS]
    return f"{head} {''.join(cells)}"


def tune(score: Score, plan: Plan, part_id: str) -> list[str]:
    """A part bar by bar as place:note, with chords and phrases."""
    part = score.part(part_id)
    lines = []
    for bar in plan.bars:
        notes = part.between(bar.start_q, bar.end_q) if part else ()
        chords = "/".join(
            f"{NAMES[chord.root]}{chord.quality}" for chord in plan.chords if bar.start_q <= chord.start_q < bar.end_q
        )
        begins = next(
            (each for section in plan.sections for each in section.phrases if each.start_bar == bar.index), None
        )
        mark = f"[{begins.motif}, {begins.cadence}]" if begins else ""
        written = "  ".join(
            f"{note.start_q - bar.start_q:g}:{NAMES[note.pitch % 12]}{note.pitch // 12 - 1}({note.length_q:.2g})"
            for note in notes
        )
        lines.append(f"  {bar.index:3d} {chords:16s} {written} {mark}")
    return lines


def main() -> None:
    """Compose every cue and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default=default_engine())
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--midi", type=Path)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    print(f"{'cue':26s} {'s':>5s} {'p':>2s} {'spent':>5s} " + "".join(f"{column[:6]:>6s} " for column in COLUMNS))
    for name, asked in CUES.items():
        if options.only not in name:
            continue
        plan, score, spent_s = compose(asked, engine=options.engine, seed=options.seed)
        print(row(name, plan, score, spent_s))
        if options.show:
            parts = [part.id for part in score.parts if part.role in ("lead", "counter", "bass")]
            for part_id in parts:
                print(f"  {part_id}", *tune(score, plan, part_id), sep="\n")
        if options.midi:
            from assistant.score.midi import write_midi

            options.midi.mkdir(parents=True, exist_ok=True)
            write_midi(score, options.midi / f"{name.replace(', ', '-').replace(' ', '-')}.mid")


if __name__ == "__main__":
    main()
