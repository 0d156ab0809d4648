"""How much of the training melodies comes back: ``python -m models.evaluation.copying --corpus FILE [--seeds N]``.

Conventions: a run is twelve notes, the same when intervals are equal and times proportional
(`models.similarity.melody`); it is *known* when it stands in a one-voice line of the training pieces, by any role. All
runs are counted, and *varied* ones apart: those with five or more different moves. Generated parts are read as
written, before performance moved their notes. Real music is the leads of the test split, whole and cut into stretches
as long as the composer's median lead, because a long melody has more chances to hold a known run.

The splits keep pieces that share melodies together, which lowers the rate of real music: the bound is on the safe side.
Every run is looked up by hash in a table of all training runs, made from the corpus; where there is no corpus, varied
runs are looked up in the published index, and real music and commonplace runs are left out.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.score import Score
from models.similarity import find_in_line
from models.similarity.melody import (
    RUN,
    Hashes,
    Line,
    hash_runs,
    is_varied,
    line_of,
    lines_of_corpus,
    steps_of,
    within,
)

Bools = npt.NDArray[np.bool_]
TRAIN, TEST = 0, 2
LEADS = frozenset({0})
TUNE = 24
"""Notes in common from which a held-out melody is taken for a training melody in another dress."""
SEEDS = 6
"""Of each of the ten wishes, for the command: sixty cues."""


@dataclass(frozen=True)
class Tally:
    """What was found in one melody: which runs of twelve are varied, and which are known."""

    varied: Bools
    known: Bools

    def longest(self, *, varied: bool) -> int:
        """Notes of the longest known stretch; 0 without one. With ``varied``, of those that hold a varied run."""
        seams = np.flatnonzero(np.diff(np.concatenate([[0], self.known.astype(np.int8), [0]])))
        stretches = zip(seams[::2].tolist(), seams[1::2].tolist(), strict=True)
        lengths = (last - first for first, last in stretches if not varied or self.varied[first:last].any())
        return max((length + RUN - 1 for length in lengths), default=0)


@dataclass(frozen=True)
class Row:
    """The figures of a set of melodies; shares 0..1, None where they can't be told."""

    melodies: int
    runs: int
    known: float | None
    varied_runs: int
    varied_known: float
    with_known: float | None
    with_varied_known: float
    longest: int | None
    longest_varied: int


def row_of(tallies: Sequence[Tally], *, exact: bool = True) -> Row:
    """The figures; commonplace runs are left out when they were not looked up (``exact`` False)."""
    every = [each for each in tallies if len(each.known)]
    known, varied = (np.concatenate([getattr(each, name) for each in every]) for name in ("known", "varied"))
    return Row(
        melodies=len(every),
        runs=len(known),
        known=float(known.mean()) if exact else None,
        varied_runs=int(varied.sum()),
        varied_known=float((known & varied).sum() / max(1, varied.sum())),
        with_known=statistics.fmean(bool(each.known.any()) for each in every) if exact else None,
        with_varied_known=statistics.fmean(bool((each.known & each.varied).any()) for each in every),
        longest=max(each.longest(varied=False) for each in every) if exact else None,
        longest_varied=max(each.longest(varied=True) for each in every),
    )


def training_runs(corpus: Path) -> Hashes:
    """Every run of the training pieces' one-voice lines, hashed, sorted, once each."""
    found = [
        np.unique(hash_runs(each.line.intervals, each.line.times, RUN)[within(each.line.times, RUN)])
        for each in lines_of_corpus(corpus, TRAIN)
    ]
    return np.unique(np.concatenate(found))


def tally(line: Line, table: Hashes | None) -> Tally:
    """One melody against the table of training runs, or against the published index where there is none."""
    sound = within(line.times, RUN)
    varied = is_varied(line.intervals, line.times)
    if table is None:
        known = np.zeros(len(sound), bool)
        for copy in find_in_line(line):
            known[copy.first : copy.first + copy.notes - RUN + 1] = True
        return Tally(varied[sound], (known & varied)[sound])
    hashes = hash_runs(line.intervals, line.times, RUN)[sound]
    place = np.minimum(np.searchsorted(table, hashes), len(table) - 1)
    return Tally(varied[sound], table[place] == hashes)


def lines_of(scores: Iterable[Score], role: str) -> list[Line]:
    """The lines of all parts of a role that are long enough to hold a run."""
    parts = [part for score in scores for part in score.parts if part.role == role and len(part.notes) >= RUN]
    lines = [line_of(*steps_of(part)) for part in parts]
    return [line for line in lines if len(line) >= RUN - 1]


def stretches(lines: Iterable[Line], notes: int) -> Iterator[Line]:
    """Lines cut into pieces of so many notes; what is left at the end counts when it is half as long."""
    for line in lines:
        for first in range(0, len(line), notes):
            part = Line(line.intervals[first : first + notes - 1], line.times[first : first + notes - 1])
            if len(part) >= max(RUN, notes // 2) - 1:
                yield part


def compose(engine: str, seeds: int) -> list[Score]:
    """Ten wishes, each with so many seeds."""
    from models.evaluation.controls import CUES, plans
    from models.registry import get_engine

    generator = get_engine(engine)
    made = [generator.generate(plan, seed=index % seeds) for index, plan in enumerate(plans(seeds))]
    assert len(made) == len(CUES) * seeds
    return [score for score in made if isinstance(score, Score)]


def report(*, corpus: Path | None, engines: Sequence[str] = ("rules", "composer"), seeds: int = 1) -> str:
    """The table, and how it was measured.

    Parameters
    ----------
    corpus : Path or None
        What `models.transformer.corpus.build` wrote; without it only varied runs of the engines are measured.
    engines : sequence of str
    seeds : int
        Cues of each of the ten wishes.
    """
    return table_of({engine: compose(engine, seeds) for engine in engines}, corpus)


def table_of(scores: dict[str, list[Score]], corpus: Path | None) -> str:
    """The table for scores that were composed already, by engine."""
    table = training_runs(corpus) if corpus else None
    sets = {f"{engine}, {role}s": lines_of(made, role) for engine, made in scores.items() for role in _roles(engine)}
    if corpus:
        real = [each.line for each in lines_of_corpus(corpus, TEST, roles=LEADS)]
        leads = [line for name, lines in sets.items() if name.endswith("leads") for line in lines]
        notes = int(statistics.median(len(line) + 1 for line in leads)) if leads else 100
        sets["held-out leads"] = real
        sets[f"held-out leads, stretches of {notes} notes"] = list(stretches(real, notes))
        own = [line for line in real if tally(line, table).longest(varied=True) < TUNE]
        sets["the same, own melodies only"] = list(stretches(own, notes))
    rows = {
        name: row_of([tally(line, table) for line in lines], exact=table is not None)
        for name, lines in sets.items()
        if lines
    }
    return "\n".join([*_HEAD, *(_line(name, row) for name, row in rows.items()), "", _said(table)]) + "\n"


def _roles(engine: str) -> tuple[str, ...]:
    return ("lead",) if engine == "rules" else ("lead", "counter")


_HEAD = (
    "| melodies | number | varied runs | of them known | melodies with one | longest | all runs | of them known"
    " | melodies with one | longest |",
    "|---" * 10 + "|",
)


def _line(name: str, row: Row) -> str:
    cells = (
        name, str(row.melodies), f"{row.varied_runs:,}", _percent(row.varied_known), _percent(row.with_varied_known),
        str(row.longest_varied or "none"), f"{row.runs:,}", _percent(row.known), _percent(row.with_known),
        "" if row.longest is None else str(row.longest or "none"),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.2f} %"


def _said(table: Hashes | None) -> str:
    against = (
        f"{len(table):,} different runs of the training pieces' one-voice lines"
        if table is not None
        else "the published index"
    )
    return (
        f"Runs of twelve notes, by intervals and proportions of time, against {against}; *varied*: five or more "
        "different moves, so neither repeated notes nor scales nor broken chords; *longest*: notes of the longest "
        "stretch all of whose runs are known (perhaps from several pieces). Pieces that share melodies lie in one "
        "split, which lowers the rate of held-out music; *own melodies only* is without those that share "
        f"{TUNE} notes or more, hymns and arrangements that the splits did not part."
    )


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    options = parser.parse_args()
    sys.stdout.write(report(corpus=options.corpus, seeds=options.seeds))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
