"""How the cues are performed: timing, phrase, articulation, pedal, expression, strums and rolls, style by style.

``python -m models.evaluation.performance [--engine NAME] [--seeds N] [--only rock,funk]``

Conventions: cues as in `models.evaluation.styles`. *Away* is a note's distance from its written place after swing, in
ms; strikes on hits and the last chord, which belong on the beat, are left out. The bounds are those of MUSIC.md's
section on performance (`BOUNDS`); styles whose data ask for the grid (``feel = "grid"``) are judged by the grid.
Sources: Friberg, Bresin and Sundberg, *Overview of the KTH rule system* (2006).
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median, pstdev

from assistant.generator import NOTHING_KEPT
from assistant.library import Library, load
from assistant.plan import Plan, PlannedPart
from assistant.score import Note, Part, Score
from models.evaluation.styles import compose
from models.rules.context import Context
from models.rules.hands import on_the_grid
from models.rules.keeping import Kept
from models.rules.performance import PEDALLED, swing

EXACT_MS = 1.0
"""A note nearer to its place than this is on the grid."""
STACCATO = ("ostinato", "pulse")
ROLLERS = ("harp", "piano", "electric-piano", "vibraphone", "acoustic-guitar", "kora", "koto")
COLUMNS = {
    "grid drums": "share of drum strokes on the grid",
    "grid rest": "share of the other notes on it",
    "away drums": "spread of drum strokes about their places, ms",
    "away rest": "spread of the other notes, ms",
    "drift": "correlation of the distances of neighbouring notes",
    "arch": "velocity of the tune late in the middle of its phrases less that at their ends",
    "legato": "overlap of the tune's joined notes, ms",
    "staccato": "share of the way to the next onset that ostinatos and pulses sound",
    "expression": "share of sustained parts whose CC 11 moves by 8 or more",
    "pedal": "share of changes of chord at which a pedalled player changes it",
    "strum": "from string to string, ms",
    "roll": "from note to note of rolled chords, ms",
}
BOUNDS: Mapping[str, tuple[float, float]] = {
    "grid drums": (0.0, 0.3), "grid rest": (0.0, 0.3), "away drums": (5.0, 20.0), "away rest": (5.0, 15.0),
    "drift": (0.2, 1.0), "arch": (3.0, 16.0), "legato": (15.0, 55.0), "staccato": (0.4, 0.65), "expression": (0.9, 1.0),
    "pedal": (0.7, 1.0), "strum": (8.0, 20.0), "roll": (0.0, 60.0),
}  # fmt: skip
MACHINE: Mapping[str, tuple[float, float]] = {"grid drums": (0.95, 1.0), "grid rest": (0.0, 1.0)}
"""The bounds of styles on the grid; other columns of timing have none there."""
Rows = dict[str, list[float]]


def measures_of(plan: Plan, score: Score, library: Library) -> Rows:
    """Every value of a cue, by column; columns that the cue has nothing for are missing."""
    context = Context(plan, library, plan.seed, Kept(plan, NOTHING_KEPT))
    rows: Rows = defaultdict(list)
    for part in score.parts:
        planned = plan.part(part.id)
        if planned is None or not part.notes:
            continue
        _timing(context, part, rows)
        if part.role == "lead":
            _phrases(context, part, rows)
        _articulation(context, planned, part, rows)
        _controllers(context, planned, part, rows)
        _spread_chords(context, planned, part, rows)
    return rows


def _free(context: Context, part: Part) -> Iterator[Note]:
    """The notes that nothing binds to the beat: neither struck on a hit nor of the last chord."""
    bound = [*(hit.at_q for hit in context.hits), context.plan.final_q]
    return (note for note in part.notes if all(abs(note.start_q - at_q) > 0.3 for at_q in bound))


def _away_ms(context: Context, note: Note) -> float:
    """How far a note is played from its place after swing."""
    return 1000 * context.seconds(note.nudge_q - swing(context, note.start_q), note.start_q)


def _timing(context: Context, part: Part, rows: Rows) -> None:
    kind = "drums" if part.role in ("drums", "percussion") else "rest"
    away: dict[float, float] = {}
    for note in _free(context, part):
        value = _away_ms(context, note)
        away[note.start_q] = min(value, away.get(note.start_q, value))
    rows[f"grid {kind}"] += [float(abs(value) < EXACT_MS) for value in away.values()]
    rows[f"all {kind}"] += away.values()
    row = [away[start_q] for start_q in sorted(away)]
    if len(row) > 12 and pstdev(row) > 0.5 and kind == "rest":
        mean = fmean(row)
        shared = fmean((one - mean) * (other - mean) for one, other in pairwise(row))
        rows["drift"].append(shared / pstdev(row) ** 2)


def _phrases(context: Context, part: Part, rows: Rows) -> None:
    """Loud where a phrase is at its height against its ends, accents of the metre evened out by their number."""
    middle, ends = [], []
    for note in _free(context, part):
        phrase = context.phrase(context.bar(note.start_q).index)
        start_q = context.plan.bars[phrase.start_bar].start_q
        end_q = context.plan.bars[min(phrase.start_bar + phrase.bars, context.plan.bar_count) - 1].end_q
        share = (note.start_q - start_q) / (end_q - start_q)
        if 0.4 <= share <= 0.75:
            middle.append(note.velocity)
        elif share < 0.15 or share > 0.88:
            ends.append(note.velocity)
    if middle and ends:
        rows["arch"].append(fmean(middle) - fmean(ends))


def _articulation(context: Context, planned: PlannedPart, part: Part, rows: Rows) -> None:
    """Overlaps of joined notes in single lines; how short short notes are."""
    notes = list(_free(context, part))
    if part.role in ("lead", "counter"):
        for one, other in pairwise(notes):
            gap = one.played_q + one.length_q - other.played_q
            if 0 < gap < 0.2 and one.pitch != other.pitch:
                rows["legato"].append(1000 * context.seconds(gap, one.start_q))
    if planned.texture in STACCATO and planned.role in ("harmony", "pulse"):
        starts = sorted({note.start_q for note in notes})
        following = dict(pairwise(starts))
        steps = [following[note.start_q] - note.start_q for note in notes if note.start_q in following]
        if steps:
            written = min(1.0, median(steps))
            rows["staccato"].append(median(min(1.0, note.length_q / written) for note in notes))


def _controllers(context: Context, planned: PlannedPart, part: Part, rows: Rows) -> None:
    """Whether expression moves, and whether the pedal follows the harmony."""
    if context.library.instrument(part.instrument).sustained:
        values = [control.value for control in part.controls if control.number == 11]
        rows["expression"].append(float(bool(values) and max(values) - min(values) >= 8))
    if part.instrument not in PEDALLED or planned.texture not in ("melody", "pad", "block", "arpeggio", "bells"):
        return
    downs = [control.at_q for control in part.controls if control.number == 64 and control.value >= 64]
    calm = [chord for chord in context.plan.chords[:-1]
            if planned.bars[context.bar(chord.start_q).index].active
            and context.section(context.bar(chord.start_q).index).arousal <= 0.65
            and any(chord.start_q - 1e-6 <= note.start_q < chord.end_q for note in part.notes)]  # fmt: skip
    rows["pedal"] += [float(any(0 <= at_q - chord.start_q < 0.5 for at_q in downs)) for chord in calm]


def _spread_chords(context: Context, planned: PlannedPart, part: Part, rows: Rows) -> None:
    """The time between the strings of a strum and between the notes of a roll."""
    chords: dict[float, list[Note]] = defaultdict(list)
    for note in _free(context, part):
        chords[note.start_q].append(note)
    for chord in chords.values():
        if len(chord) < 3:
            continue
        times = sorted(_away_ms(context, note) for note in chord)
        step = (times[-1] - times[0]) / (len(times) - 1)
        if planned.texture == "strum":
            rows["strum"].append(step)
        elif part.instrument in ROLLERS and step > EXACT_MS:
            rows["roll"].append(step)


def columns_of(rows: Rows) -> dict[str, float]:
    """One value a column."""
    out = {name: fmean(rows[name]) for name in COLUMNS if rows.get(name)}
    for kind in ("drums", "rest"):
        if len(rows.get(f"all {kind}", ())) > 1:
            out[f"away {kind}"] = pstdev(rows[f"all {kind}"])
    return {name: out[name] for name in COLUMNS if name in out}


def outside(found: Mapping[str, float], *, machine: bool) -> list[str]:
    """The columns that leave their bounds."""
    bounds = dict(BOUNDS)
    if machine:
        bounds = {name: pair for name, pair in BOUNDS.items() if name not in ("away drums", "away rest", "drift")}
        bounds |= MACHINE
    return [name for name, value in found.items() if name in bounds and not bounds[name][0] <= value <= bounds[name][1]]


def measured(engine: str, style: str, seeds: int, library: Library) -> tuple[dict[str, float], bool]:
    """The columns of a style, and whether machines play it."""
    together: Rows = defaultdict(list)
    machine = False
    for seed in range(seeds):
        plan, score = compose(style, engine=engine, seed=seed, library=library)
        machine = on_the_grid(Context(plan, library, seed, Kept(plan, NOTHING_KEPT)))
        for name, values in measures_of(plan, score, library).items():
            together[name] += values
    return columns_of(together), machine


def report(
    *,
    corpus: Path | None = None,
    engines: Sequence[str] = ("rules", "composer"),
    seeds: int = 1,
    styles: Sequence[str] = (),
) -> str:
    """A table of every style, as Markdown; values outside their bounds are marked with ``!``."""
    del corpus
    library = load()
    names = tuple(styles) or tuple(sorted(library.styles))
    lines = [
        f"{len(names)} styles, {max(2, seeds)} seeds each, the cues of `models.evaluation.styles`; `!` leaves a bound.",
        "",
        *(f"- *{name}*: {text}; {_bound(name)}" for name, text in COLUMNS.items()),
    ]
    for engine in engines:
        lines += ["", f"Engine `{engine}` (styles on the grid in italics):", ""]
        lines += [f"| style | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
        wrong = 0
        for style in names:
            found, machine = measured(engine, style, max(2, seeds), library)
            marked = outside(found, machine=machine)
            wrong += len(marked)
            cells = [f"{found[name]:.3g}{'!' if name in marked else ''}" if name in found else "" for name in COLUMNS]
            lines.append(f"| {f'*{style}*' if machine else style} | {' | '.join(cells)} |")
        lines += ["", f"{wrong} values outside their bounds."]
    return "\n".join(lines) + "\n"


def _bound(name: str) -> str:
    low, high = BOUNDS[name]
    return f"{low:g} to {high:g}"


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--engine", action="append")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", default="", help="styles, with commas")
    options = parser.parse_args()
    styles = tuple(name for name in options.only.split(",") if name)
    text = report(engines=options.engine or ("rules", "composer"), seeds=options.seeds, styles=styles)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
