"""Whether the idiom is recognised: ``python -m models.idiom.evaluate [--engine NAME] [--seeds N]`` prints Markdown.

Conventions: everything is counted in windows of the same number of notes, classes weigh the same, and shares come with
95 % intervals from drawing whole tunes or takes again. *Real* tunes are those held out by piece. Of what we compose
four kinds are judged, from the same briefs and seeds: **all** controls; the learned **habits off**; habits and the
region's **scale off** too (plain major and minor; metre, tempo and players stay); and **no region** at all, which is
counted against each region in turn. The second judge was trained on the held-out tunes only, which no habit has seen.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.constraints import Constraints, arc_of
from assistant.library import Library, load
from assistant.plan import make_plan
from assistant.score import Part, Score
from models.idiom.classifier import SIZE, logits
from models.idiom.corpus import CLASSES, ELSEWHERE, REGIONS, Tune, parted, read
from models.idiom.features import features
from models.idiom.lines import Line, line_of_part, windows
from models.idiom.train import fit, windows_of
from models.idiom.weights import tensors
from models.similarity.lookup import find_copies
from models.similarity.melody import RUN, hash_runs, is_varied

Array = npt.NDArray[Any]
Judge = tuple[Array, Array]
MOODS = ((-0.4, -0.4), (0.5, 0.1), (0.6, 0.6), (-0.3, 0.5))
"""Valence and arousal of the briefs."""
LENGTH_S = 45.0
FIRST_SEED = 1000
"""Seeds that nothing was tried with begin here."""
KINDS = ("all", "habits off", "scale off", "no region")
PLAIN = (("major", (0, 2, 4, 5, 7, 9, 11)), ("minor", (0, 2, 3, 5, 7, 8, 10)))
DRAWS = 400


@dataclass(frozen=True)
class Take:
    """One composed tune: the region that was asked, its line, and how many of its notes stand in the index."""

    region: str
    line: Line
    notes: int
    copied: int


def composed(engine: str, kind: str, seeds: int, library: Library) -> Iterator[Take]:
    """The takes of one kind, region by region, mood by mood."""
    generator = _generator(engine, library, idiom=kind == "all")
    told = _plainly(library) if kind == "scale off" else library
    regions: tuple[str | None, ...] = (None,) if kind == "no region" else REGIONS
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        for valence, arousal in MOODS:
            for region in regions:
                asked = Constraints(duration_s=LENGTH_S, region=region, arc=arc_of([(0, valence, arousal)]))
                score = generator.generate(make_plan(asked, library=told, seed=seed), seed=seed)
                lead = _lead(score)
                if lead is not None:
                    copied = sum(copy.notes for copy in find_copies(replace(score, parts=(lead,)), roles=("lead",)))
                    yield Take(region or ELSEWHERE, line_of_part(lead), len(lead.notes), copied)


def _generator(engine: str, library: Library, *, idiom: bool) -> Any:
    if engine == "rules":
        from models.rules import RulesGenerator

        return RulesGenerator(library, idiom=idiom)
    from models.transformer import TransformerGenerator

    return TransformerGenerator(library, idiom=idiom)


def _plainly(library: Library) -> Library:
    """The library with every region in plain major and minor."""
    regions = {
        name: replace(region, scales=PLAIN, profile=type(region.profile)()) for name, region in library.regions.items()
    }
    return replace(library, regions=regions)


def _lead(score: Score) -> Part | None:
    """The lead that sings most."""
    leads = [part for part in score.parts if part.role == "lead" and len(part.notes) >= SIZE]
    return max(leads, key=lambda part: len(part.notes), default=None)


def verdicts(judge: Judge, lines: Sequence[Line]) -> list[Array]:
    """For each line the classes of its windows."""
    return [logits(features(list(windows(line, SIZE))), *judge).argmax(1) if len(line) >= SIZE else np.zeros(0, int)
            for line in lines]  # fmt: skip


def shares(found: Sequence[Array], names: Sequence[str]) -> Array:
    """How often each class (rows: what it was, as in `CLASSES`) was taken for each; NaN where there is none."""
    table = np.full((len(CLASSES), len(CLASSES)), np.nan)
    for row, name in enumerate(CLASSES):
        own = [each for each, region in zip(found, names, strict=True) if region == name and len(each)]
        if own:
            table[row] = np.bincount(np.concatenate(own), minlength=len(CLASSES)) / sum(map(len, own))
    return table


def known(table: Array) -> float:
    """Mean recall of the regions, `ELSEWHERE` left out; for takes without a region the mean over what they would be."""
    own = np.diag(table)[: len(REGIONS)]
    return float(np.nanmean(own)) if np.isfinite(own).any() else float(np.mean(table[-1, : len(REGIONS)]))


def interval(found: Sequence[Array], names: Sequence[str]) -> tuple[float, float]:
    """The 95 % interval of `known`, tunes of each class drawn again."""
    chance = np.random.default_rng(0)
    counts = np.stack([np.bincount(each, minlength=len(CLASSES)) for each in found])
    groups = [np.array([at for at, name in enumerate(names) if name == region], int) for region in CLASSES]
    drawn = []
    for _ in range(DRAWS):
        sums = [counts[chance.choice(group, len(group))].sum(axis=0) if len(group) else np.zeros(len(CLASSES))
                for group in groups]  # fmt: skip
        table = np.stack([each / each.sum() if each.sum() else np.full(len(CLASSES), np.nan) for each in sums])
        drawn.append(known(table))
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(low), float(high)


def row(label: str, found: Sequence[Array], names: Sequence[str]) -> str:
    """One line of the table of recalls."""
    table = shares(found, names)
    low, high = interval(found, names)
    own = np.diag(table)[: len(REGIONS)] if not np.isnan(np.diag(table)[: len(REGIONS)]).all() else table[-1, :-1]
    cells = [f"{value:.2f}" for value in own]
    return f"| {label} | {sum(map(len, found))} | {known(table):.3f} ({low:.2f} to {high:.2f}) | {' | '.join(cells)} |"


def confusion(found: Sequence[Array], names: Sequence[str]) -> list[str]:
    """The table of what was taken for what."""
    table = shares(found, names)
    head = [f"| was \\ taken for | {' | '.join(CLASSES)} |", "|---" * (len(CLASSES) + 1) + "|"]
    return head + [f"| {name} | {' | '.join(f'{value:.2f}' for value in table[at])} |"
                   for at, name in enumerate(CLASSES) if np.isfinite(table[at]).all()]  # fmt: skip


def learned_runs(tunes: Sequence[Tune]) -> Array:
    """Hashes of every run of `RUN` notes of the tunes that were learned from."""
    found = [hash_runs(tune.line.intervals, np.maximum(tune.line.times, 1), RUN) for tune in tunes]
    return np.unique(np.concatenate(found))


def copied_runs(lines: Sequence[Line], table: Array) -> float:
    """Share of the varied runs of lines that stand in the table."""
    known_runs = varied = 0
    for line in lines:
        if len(line) >= RUN:
            times = np.maximum(line.times, 1)
            own = hash_runs(line.intervals, times, RUN)[is_varied(line.intervals, times)]
            varied, known_runs = varied + len(own), known_runs + int(np.isin(own, table).sum())
    return known_runs / max(1, varied)


def report(music: Path, engines: Sequence[str], seeds: int, kinds: Sequence[str] = KINDS) -> str:
    """Everything, as Markdown."""
    learned, held_out = parted(read(music))
    arrays = tensors()
    judge = (arrays["classifier.weights"], arrays["classifier.bias"])
    second = fit(held_out)
    names = [tune.region for tune in held_out]
    limited = [logits(features(windows_of(tune)), *judge).argmax(1) if len(tune.line) >= SIZE else np.zeros(0, int)
               for tune in held_out]  # fmt: skip
    head = ["| melodies | windows | recall, mean of regions | " + " | ".join(REGIONS) + " |", "|---" * 8 + "|"]
    first, other, copies, tables = [row("real, held out", limited, names)], [], [], []
    runs, library = learned_runs(learned), load()
    tables += ["", "Real, held out:", "", *confusion(limited, names)]
    for engine in engines:
        for kind in kinds:
            takes = list(composed(engine, kind, seeds, library))
            lines, asked = [take.line for take in takes], [take.region for take in takes]
            found = verdicts(judge, lines)
            first.append(row(f"{engine}, {kind}", found, asked))
            other.append(row(f"{engine}, {kind}", verdicts(second, lines), asked))
            copies.append(_copies(f"{engine}, {kind}", takes, runs))
            if kind == "all":
                tables += ["", f"{engine}, all controls:", "", *confusion(found, asked)]
    copies.append(
        f"| real, held out | {len(held_out)} | | | {_percent(copied_runs([t.line for t in held_out], runs))} |"
    )
    heard = [
        "| melodies | takes | with a copy in the index | notes copied | varied runs in learned tunes |",
        "|---" * 5 + "|",
    ]
    return "\n".join([*head, *first, *tables, "", "By the second judge, trained on the held-out tunes only:", "",
                      *head, *other, "", *heard, *copies]) + "\n"  # fmt: skip


def _copies(label: str, takes: Sequence[Take], runs: Array) -> str:
    """One line of the table of copies."""
    some = sum(take.copied > 0 for take in takes) / max(1, len(takes))
    notes = sum(take.copied for take in takes) / max(1, sum(take.notes for take in takes))
    return (
        f"| {label} | {len(takes)} | {_percent(some)} | {_percent(notes)} |"
        f" {_percent(copied_runs([take.line for take in takes], runs))} |"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def main(write: Callable[[str], object] = sys.stdout.write) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--music", type=Path, default=Path("../shared/data/music"))
    parser.add_argument("--engine", action="append", choices=("rules", "composer"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--kind", action="append", choices=KINDS)
    options = parser.parse_args()
    write(report(options.music, options.engine or ("rules", "composer"), options.seeds, options.kind or KINDS))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
