"""Cut-downs of takes, measured on their notes: ``python -m models.evaluation.lengths``.

For cues of 60 s, each engine's take is cut down to every length; printed are the share of motifs that are heard whole,
of keys that are heard, of players that are those of the take, of parts that strike the final chord, and how far
the tempo moved. Beside the cut-downs stand chance and the ceiling: how much of the motif a take of another seed happens
to say, and how much of it the take itself says, since its players may vary the theme.

Conventions: shares 0 to 1, lengths in seconds. It does not listen: sound and ending are `assistant.check`'s. Bounds: a
cut-down says as much of the motif as its take does, has its key, and strikes a final chord.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

from assistant import library as libraries
from assistant.brief import Brief
from assistant.check import Findings
from assistant.check.keyfinder import find_key, parse_key
from assistant.cutdowns import STING_S, Version, cut_down, said_notes, sting, struck_at_end
from assistant.generator import Generator
from assistant.interpret import read_brief
from assistant.library import Library
from assistant.plan import Plan, make_plan
from assistant.score import Score
from assistant.session import TakeRecord
from models.evaluation.missed import Bound, bounded, printed
from models.registry import get_engine

LENGTHS_S = (30.0, 20.0, 15.0, 10.0, 6.0)
SEED, OTHER_SEED = 11, 12
BRIEFS = (
    "A 60 second film cue: tense strings and piano at first, hope in the middle, drums and brass at the end",
    "60 seconds of warm acoustic folk with guitar and fiddle for an advert, hit at 55 s",
    "an uplifting corporate track, piano, strings and light drums, 60 seconds",
    "epic trailer music, choir, brass and big drums, 60 seconds, hit at 30 s and at 56 s",
    "a calm ambient piece with harp and flute, 60 seconds",
    "funky electronic music for a game menu, 60 seconds",
    "Chinese festival music with guzheng and dizi, 60 seconds",
    "a slow jazz ballad with saxophone and piano, 60 seconds",
)


@dataclass(frozen=True)
class Cut:
    """One version, measured."""

    length_s: float
    motif: float
    by_chance: float
    ceiling: float
    same_key: bool
    in_key: bool
    same_players: float
    strikes: float
    tempo: float
    """Its middle tempo against the take's."""


def take_of(text: str, engine: Generator, library: Library, seed: int) -> TakeRecord:
    """A take that is composed but not played."""
    asked = read_brief(Brief(text), library=library).constraints
    plan = make_plan(asked, library=library, seed=seed)
    return TakeRecord(1, asked, plan, _score(engine, plan, seed), Findings(), engine.name, seed, "")


def measured(take: TakeRecord, other: TakeRecord, version: Version, engine: Generator, library: Library) -> Cut | None:
    """A version composed and measured; None where the take has no tune."""
    motif = version.asked.motif
    if motif is None:
        return None
    plan = make_plan(version.asked, library=library, seed=take.seed, previous=take.plan, anew=True)
    score = _score(engine, plan, take.seed)
    notes = len(motif.notes)
    found = find_key(score)
    before = {(part.role, part.instrument) for part in take.plan.parts}
    now = [(part.role, part.instrument) for part in plan.parts]
    playing = [part for part in score.parts if part.notes]
    return Cut(
        version.asked.duration_s or 0.0,
        said_notes(motif, score) / notes,
        said_notes(motif, other.score) / notes,
        said_notes(motif, take.score) / notes,
        plan.key.name == take.plan.key.name,
        (found.tonic, found.mode) == parse_key(plan.key.name),
        mean(player in before for player in now),
        len(struck_at_end(plan, score)) / len(playing),
        median(plan.tempo_map.felt_bpm) / median(take.plan.tempo_map.felt_bpm),
    )


def report(*, corpus: Path | None = None, engines: Sequence[str] = ("rules", "composer"), seeds: int = 1) -> str:
    """The tables of engines under their bounds; ``corpus`` and ``seeds`` are not looked at."""
    del corpus, seeds
    bounds, tables = [], []
    for name in engines:
        cuts = cuts_of(name)
        said, there = mean(cut.motif for cut in cuts), mean(cut.ceiling for cut in cuts)
        keys, struck = sum(cut.same_key for cut in cuts), sum(cut.strikes > 0 for cut in cuts)
        bounds += [
            Bound(f"{name}: the motif's notes, heard in their order", f"as many as in the take, {there:.0%}",
                  f"{said:.0%}", said >= there),
            Bound(f"{name}: the take's key", "every cut-down", f"{keys} of {len(cuts)}", keys == len(cuts)),
            Bound(f"{name}: a final chord", "every cut-down", f"{struck} of {len(cuts)}", struck == len(cuts)),
        ]  # fmt: skip
        tables.append("\n".join([f"Cut-downs of {len(BRIEFS)} takes of 60 s, {name}:", "", *_table(cuts)]))
    about = (
        "*Motif whole* is the share of cut-downs that say all of it; *by chance*, how much of it a take of another "
        "seed says; *key* is the one that a key finder hears; *players*, those that are the take's; *final chord*, the "
        f"parts that strike it. {STING_S:g} s is the sting."
    )
    return bounded(bounds, "\n\n".join((*tables, about)))


def cuts_of(name: str, briefs: Sequence[str] = BRIEFS) -> list[Cut]:
    """Every take of an engine cut down to every length."""
    library, engine, cuts = libraries.load(), get_engine(name), []
    for text in briefs:
        take, other = (take_of(text, engine, library, seed) for seed in (SEED, OTHER_SEED))
        versions = [*(cut_down(take, length_s, library) for length_s in LENGTHS_S), sting(take, library)]
        cuts += [cut for each in versions if (cut := measured(take, other, each, engine, library))]
    return cuts


def _table(cuts: Sequence[Cut]) -> list[str]:
    rows = [
        "| s | cuts | motif whole | its notes | by chance | in the take | key | players | final chord | tempo moved |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for length_s in sorted({cut.length_s for cut in cuts}, reverse=True):
        own = [cut for cut in cuts if cut.length_s == length_s]
        figures = (
            mean(cut.motif == 1 for cut in own),
            mean(cut.motif for cut in own),
            mean(cut.by_chance for cut in own),
            mean(cut.ceiling for cut in own),
            mean(cut.in_key for cut in own),
            mean(cut.same_players for cut in own),
            mean(cut.strikes for cut in own),
        )
        moved = max(abs(cut.tempo - 1) for cut in own)
        rows.append(f"| {length_s:g} | {len(own)} | {' | '.join(f'{each:.2f}' for each in figures)} | {moved:.1%} |")
    return rows


def _score(engine: Generator, plan: Plan, seed: int) -> Score:
    score = engine.generate(plan, seed=seed)
    assert isinstance(score, Score), "these engines write scores"
    return score


def main() -> int:
    """Measure and print; 1 where a bound is missed."""
    names = sys.argv[1:] or ["rules", "composer"]
    return printed(lambda: report(engines=names))


if __name__ == "__main__":
    sys.exit(main())
