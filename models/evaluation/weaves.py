"""Are the weaves of the regions heard in the score? ``python -m models.evaluation.weaves`` prints every region.

Conventions: one cue of half a minute for each region, and the same brief without a region, composed by rule unless
``--engine composer`` is given; shares 0..1, of what is heard while those play whom the weave needs; a dash where they
do not. *Heterophony*: notes of the counter players that sound a tone of the tune, in any octave, within `TOGETHER_S`
of where the tune strikes it or while it holds it. *Drone*: bars in which a bass or chord player has nothing but tonic
and fifth (fourth where the scale has no fifth). *Interlocking*: pulses that exactly one of two players strikes.
*Call and response*: twice the smaller of the shares of bars that the leads have without the counter players, and these
without them. Where a region names no hands for an interlocking line, its groove says who strikes when: the share of
two players' strokes that each has to itself. Chordal weaves have no measure here.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from assistant.constraints import Constraints, arc_of
from assistant.generator import NOTHING_KEPT, Generator
from assistant.library import Library, load
from assistant.plan import Plan, make_plan
from assistant.plan.weaving import sharing
from assistant.score import Bar, Note, Score
from models.rules import RulesGenerator
from models.rules.context import Context
from models.rules.keeping import Kept
from models.rules.weaves import pulse_of

LENGTH_S = 30.0
TOGETHER_S, QUICK_S = 0.22, 0.1
"""How far apart two strike one tone; shorter notes are ornaments."""
SEEDS = (1, 2)
Measure = Callable[[Plan, Score, Library], float | None]


def brief(region: str | None) -> Constraints:
    """The brief of every cue: a film, neither calm nor excited."""
    arc = arc_of([(0.0, 0.15, 0.1), (0.6, 0.25, 0.4), (1.0, 0.2, 0.2)])
    return Constraints(use="film", duration_s=LENGTH_S, region=region, arc=arc)


def notes_of(plan: Plan, score: Score, roles: Sequence[str]) -> list[Note]:
    """The notes of all parts in some roles before the last chord, without ornaments."""
    return sorted(
        (note for part in score.parts if part.role in roles for note in part.notes
         if note.start_q < plan.final_q - 0.2 and note.length_q * 60 / plan.tempo_map.tempo_at(note.start_q) > QUICK_S),
        key=lambda note: note.start_q,
    )  # fmt: skip


def heterophony(plan: Plan, score: Score, library: Library) -> float | None:
    """Share of the counter players' notes that are the tune's."""
    del library
    tune, others = notes_of(plan, score, ("lead",)), notes_of(plan, score, ("counter",))
    heard, agreeing = 0, 0
    for note in others:
        at_s = plan.tempo_map.seconds_at(note.start_q)
        near = [one for one in tune if one.start_q - 2 < note.start_q < one.start_q + one.length_q + 2]
        heard += bool(near)
        agreeing += any(
            one.pitch % 12 == note.pitch % 12
            and (abs(plan.tempo_map.seconds_at(one.start_q) - at_s) < TOGETHER_S
                 or one.start_q <= note.start_q < one.start_q + one.length_q)
            for one in near
        )  # fmt: skip
    return agreeing / heard if heard else None


def drone(plan: Plan, score: Score, library: Library) -> float | None:
    """Share of bars with a player who holds tonic and fifth."""
    del library
    parts = [part for part in score.parts if part.role in ("bass", "harmony")]
    bars = [bar for bar in plan.bars if bar.start_q < plan.final_q - 1e-6]
    kept = 0
    for bar in bars:
        key = plan.section_of(bar.index).key
        open_strings = {key.tonic, (key.tonic + (7 if 7 in key.scale else 5)) % 12}
        sounding = [{note.pitch % 12 for note in part.notes if _sounds(note, bar)} for part in parts]
        kept += any(tones and key.tonic in tones and tones <= open_strings for tones in sounding)
    return kept / len(bars) if bars else None


def _sounds(note: Note, bar: Bar) -> bool:
    return note.start_q < bar.end_q - 0.1 and note.start_q + note.length_q > bar.start_q + 0.1


def interlocking(plan: Plan, score: Score, library: Library) -> float | None:
    """Share of the pulses that exactly one of two players strikes, in bars that both play."""
    pair = sharing(plan.parts) or [part for part in plan.parts if part.role in ("pulse", "harmony", "colour")][:2]
    context = Context(plan, library, 0, Kept(plan, NOTHING_KEPT))
    struck = {part.id: [note.start_q for note in part.notes] for part in score.parts}
    one, total = 0, 0
    for bar in plan.bars if len(pair) == 2 else ():
        if bar.start_q > plan.final_q - 1e-6 or not all(part.bars[bar.index].active for part in pair):
            continue
        pulse_q = pulse_of(context, bar)
        for index in range(round(bar.length_q / pulse_q)):
            at_q = bar.start_q + index * pulse_q
            hands = sum(any(abs(start - at_q) < 0.45 * pulse_q for start in struck[part.id]) for part in pair)
            one, total = one + (hands == 1), total + 1
    return one / total if total else None


def apart(plan: Plan, score: Score, library: Library) -> float | None:
    """Share of the strokes of two players that each has to itself, where the groove says who strikes when."""
    del library
    pair = sharing(plan.parts)
    rows = [{round(note.start_q * 4) for note in part.notes} for part in score.parts if part.id in {p.id for p in pair}]
    if len(rows) < 2 or not (rows[0] | rows[1]):
        return None
    return len(rows[0] ^ rows[1]) / len(rows[0] | rows[1])


def call_response(plan: Plan, score: Score, library: Library) -> float | None:
    """How evenly leads and counter players have bars to themselves."""
    del library
    tune, others = notes_of(plan, score, ("lead",)), notes_of(plan, score, ("counter",))
    called, answered, total = 0, 0, 0
    for bar in plan.bars:
        calls, answers = (
            any(bar.start_q - 0.1 <= note.start_q < bar.end_q - 0.1 for note in row) for row in (tune, others)
        )
        total += calls or answers
        called += calls and not answers
        answered += answers and not calls
    return 2 * min(called, answered) / total if total and others else None


MEASURES: dict[str, Measure] = {
    "heterophony": heterophony, "drone": drone, "interlocking": interlocking, "call-response": call_response,
}  # fmt: skip


def mean(measure: Measure, cues: Sequence[tuple[Plan, Score]], library: Library) -> float | None:
    """The mean of a measure over the cues that have it."""
    found = [value for plan, score in cues if (value := measure(plan, score, library)) is not None]
    return sum(found) / len(found) if found else None


def table(library: Library, engine: Generator, regions: Sequence[str]) -> str:
    """Every weave of each region that is composed, with the same brief's share without the region beside it."""

    def cues(region: str | None) -> list[tuple[Plan, Score]]:
        plans = [make_plan(brief(region), library=library, seed=seed) for seed in SEEDS]
        made = [(plan, engine.generate(plan, seed=seed)) for plan, seed in zip(plans, SEEDS, strict=True)]
        return [(plan, score) for plan, score in made if isinstance(score, Score)]

    def shown(value: float | None) -> str:
        return "-" if value is None else f"{value:.2f}"

    plain = cues(None)
    lines = ["| region | weave | in the region | without |", "|---|---|---|---|"]
    sums: dict[str, list[float]] = {}
    for name in regions:
        own = cues(name)
        for weave in library.region(name).profile.weaves:
            if weave.kind not in MEASURES:
                continue
            by_groove = weave.kind == "interlocking" and not weave.hands
            measure = apart if by_groove else MEASURES[weave.kind]
            here, there = (mean(measure, row, library) for row in (own, plain))
            sums.setdefault(weave.kind, []).append(here or 0.0)
            lines.append(f"| {name} | {weave.kind}{' (groove)' * by_groove} | {shown(here)} | {shown(there)} |")
    lines += ["", *(f"{kind}: mean {sum(row) / len(row):.2f}, least {min(row):.2f}, of {len(row)} regions."
                    for kind, row in sums.items())]  # fmt: skip
    return "\n".join(lines)


def engine_of(name: str, library: Library) -> Generator:
    """The engine of that name."""
    if name == "rules":
        return RulesGenerator(library)
    from models.transformer.engine import TransformerGenerator  # torch only where it is asked for

    return TransformerGenerator(library)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--engine", choices=("rules", "composer"), default="rules")
    parser.add_argument("--regions", default="", help="ids, with commas between; all of them unless given")
    asked = parser.parse_args(arguments)
    library = load()
    regions = asked.regions.split(",") if asked.regions else sorted(library.regions)
    sys.stdout.write(table(library, engine_of(asked.engine, library), regions) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
