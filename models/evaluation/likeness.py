"""How like real music the engines' music is: ``python -m models.evaluation.likeness --corpus FILE [--count N]``.

Conventions: a plan is extracted from every excerpt of a held-out work (`plans_from_works`); each engine composes it and
what it wrote (as written, not as performed) is compared with the excerpt: same parts, same bars, the final bar left
out on both sides. *Network alone* is drawn from the network under the work's own controls, without the sampler's
rules. Features are fixed in `features`; folds are by work; nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt

from assistant.plan import Plan
from assistant.score import Note, Score
from models.evaluation import held_out, network_alone, plans_from_works, repeating
from models.evaluation.features import NAMES, Frame, columns, histograms, overlaps, row
from models.evaluation.held_out import Excerpt
from models.evaluation.telling import Telling, tell
from models.registry import get_engine
from models.transformer.windows import Corpus

Array = npt.NDArray[Any]
Sheets = list[dict[str, Array]]

ALONE = "network alone"
COINS = 5
"""How often the halves of real works are dealt anew: one dealing is off chance by a tenth at times."""
MIDDLE = (0.05, 0.95)
"""Quantiles of held-out music between which a piece counts as within its range."""


@dataclass(frozen=True)
class Works:
    """Excerpts with their plans, what both sides share, and the real notes."""

    excerpts: list[Excerpt]
    plans: list[Plan]
    frames: list[Frame]
    real: Sheets

    @property
    def names(self) -> list[str]:
        """The work of each excerpt."""
        return [each.work for each in self.excerpts]


def works_of(corpus: Corpus, names: list[str], *, count: int, bars: int = held_out.BARS) -> Works:
    """About ``count`` excerpts of held-out works."""
    chosen = held_out.excerpts(corpus, names, count=count, bars=bars)
    plans = [plans_from_works.plan_of(corpus, each) for each in chosen]
    return Works(chosen, plans, [Frame.of(plan) for plan in plans], [held_out.real(corpus, each) for each in chosen])


@contextmanager
def as_written() -> Iterator[None]:
    """Engines give their notes as written: neither articulated nor nudged."""

    def plain(context: Any, part: Any, tones: Any) -> tuple[tuple[Note, ...], tuple[()]]:
        notes = [
            Note(round(tone.start_q, 6), tone.pitch, round(max(0.05, tone.length_q), 6), 64)
            for tone in tones
            if tone.manner != "grace"
        ]
        return tuple(sorted(notes)), ()

    with mock.patch("models.rules.generator.perform", plain):
        yield


def composed(engine: str, works: Works, *, turn: int = 0) -> Sheets:
    """What an engine makes of every plan."""
    generator = get_engine(engine)
    out = []
    with as_written():
        for excerpt, plan in zip(works.excerpts, works.plans, strict=True):
            score = generator.generate(plan, seed=held_out.seed_of(excerpt) + turn)
            assert isinstance(score, Score)
            out.append(plans_from_works.sheet_of(plan, score, excerpt.bars))
    return out


def shuffled(works: Works) -> Sheets:
    """Real music with the pitches of each part in another order: what the classifier must be able to tell."""
    random = np.random.default_rng(0)
    out = []
    for sheet in works.real:
        made = {}
        for name, notes in sheet.items():
            notes = notes.copy()
            notes[:, 2] = random.permutation(notes[:, 2])
            made[name] = notes
        out.append(made)
    return out


def halves(works: Works, *, seed: int = 0) -> tuple[list[Frame], Sheets, Sheets]:
    """Both halves of each excerpt, dealt to two sides by a coin: real against real, which nobody should tell."""
    frames: list[Frame] = []
    sides: tuple[Sheets, Sheets] = ([], [])
    coins = np.random.default_rng(seed).integers(2, size=len(works.real))
    for frame, sheet, coin in zip(works.frames, works.real, coins, strict=True):
        half = frame.bars // 2
        move = frame.tonics[half : 2 * half] - frame.tonics[:half]
        frames.append(Frame(half, frame.steps, frame.roles, frame.tonics[:half]))
        sides[coin].append({name: notes[notes[:, 0] < half] for name, notes in sheet.items()})
        late = {name: notes[notes[:, 0] >= half] for name, notes in sheet.items()}
        sides[1 - coin].append({name: _earlier(notes, half, move) for name, notes in late.items()})
    return frames, *sides


def _earlier(notes: Array, half: int, move: Array) -> Array:
    """Notes so many bars earlier, moved to the keys of there so that they keep their degrees."""
    out: Array = notes[notes[:, 0] < 2 * half] - np.array([half, 0, 0, 0])
    out[:, 2] -= move[out[:, 0]]
    return out


def compare(
    ours: Sheets, theirs: Sheets, frames: Sequence[Frame], works: Sequence[str], *, clues: bool = False
) -> tuple[dict[str, float], Telling]:
    """Overlap of the histograms, and how well the two are told apart."""
    a, b = ([histograms(sheet, frame) for sheet, frame in zip(side, frames, strict=True)] for side in (ours, theirs))
    x, y = (np.stack([row(sheet, frame) for sheet, frame in zip(side, frames, strict=True)]) for side in (ours, theirs))
    return overlaps(a, b), tell(x, y, works, names=columns() if clues else ())


def made_by(engines: Sequence[str], works: Works, corpus: Corpus, *, turn: int = 0) -> dict[str, Sheets]:
    """Every column's music: that of the engines, and of the network alone where the composer is among them."""
    made = {engine: composed(engine, works, turn=turn) for engine in engines}
    if "composer" in engines:
        from models.transformer.weights import load_composer

        made[ALONE] = network_alone.compose(load_composer(), corpus, works.excerpts, seed=turn)
    return made


def report(
    *,
    corpus: Path | None,
    engines: Sequence[str] = ("rules", "composer"),
    seeds: int = 1,
    count: int = held_out.USUAL,
) -> str:
    """The tables, as Markdown.

    Parameters
    ----------
    corpus : Path or None
        The table of `models.transformer.corpus.build`; without it there is nothing to compare with.
    engines : sequence of str
    seeds : int
        Takes of every plan; figures are means over takes.
    count : int
        Excerpts, about.
    """
    if corpus is None:
        return "Likeness was not measured: it needs the corpus (`--corpus FILE`).\n"
    table = Corpus.load(corpus)
    works = works_of(table, held_out.names_of(corpus), count=count)
    takes = [made_by(engines, works, table, turn=turn) for turn in range(seeds)]
    return "\n".join(
        [
            _about(works, seeds),
            _likeness_table(works, takes),
            _repetition_table(works, takes),
            _harmony_table(works, takes),
            _clues(works, takes[0]),
        ]
    )


def _about(works: Works, seeds: int) -> str:
    bars, count = works.excerpts[0].bars, len(set(works.names))
    return (
        f"{len(works.excerpts)} excerpts of {bars} bars from {count} held-out works (validation and test splits, all "
        f"pitched collections), {seeds} take(s) of each plan extracted from them; music as written, on the corpus's "
        "grid, parts that are lines heard as lines on both sides, the final bar left out. The classifier is gradient "
        "boosting (scikit-learn's, 100 trees of 15 leaves) on features fixed beforehand, five folds by work, dealt "
        "three times; in brackets the deviation over folds.\n"
    )


def _likeness_table(works: Works, takes: Sequence[Mapping[str, Sheets]]) -> str:
    """Overlaps and AUC of every column."""
    found = {name: [compare(take[name], works.real, works.frames, works.names) for take in takes] for name in takes[0]}
    dealt = [halves(works, seed=coin) for coin in range(COINS)]
    found["real, halves"] = [compare(first, second, frames, works.names) for frames, first, second in dealt]
    found["real, shuffled"] = [compare(shuffled(works), works.real, works.frames, works.names)]
    rows = [
        [f"overlap: {name}", *(f"{np.mean([each[name] for each, _ in row]):.2f}" for row in found.values())]
        for name in (*NAMES, "mean")
    ]
    rows.append(["AUC of real against it", *(_auc([each for _, each in row]) for row in found.values())])
    return _table(["likeness", *found], rows)


def _auc(found: Sequence[Telling]) -> str:
    return f"{np.mean([each.auc for each in found]):.2f} ({np.mean([each.spread for each in found]):.2f})"


def _repetition_table(works: Works, takes: Sequence[Mapping[str, Sheets]]) -> str:
    """Median of each measure, and how many pieces lie within the middle 90 % of held-out music."""
    real = _repetitions(works, works.real)
    made = {name: [each for take in takes for each in _repetitions(works, take[name])] for name in takes[0]}
    rows = []
    for measure in repeating.MEASURES:
        values = np.array([each[measure] for each in real])
        low, high = np.quantile(values, MIDDLE)
        line = [measure, f"{np.median(values):.2f} ({low:.2f} to {high:.2f})"]
        for found in made.values():
            own = np.array([each[measure] for each in found])
            inside = np.mean((own >= low - 1e-9) & (own <= high + 1e-9))
            own_low, own_high = np.quantile(own, MIDDLE)
            line.append(f"{np.median(own):.2f} ({own_low:.2f} to {own_high:.2f}), {inside:.0%} inside")
        rows.append(line)
    return _table(["repetition: median (5 to 95 %)", "held-out music", *made], rows)


def _repetitions(works: Works, sheets: Sheets) -> list[dict[str, float]]:
    return [repeating.repetition(sheet, frame) for sheet, frame in zip(sheets, works.frames, strict=True)]


def _harmony_table(works: Works, takes: Sequence[Mapping[str, Sheets]]) -> str:
    """Shares of notes in scales and chords, real and generated under one measure."""
    sides: dict[str, list[Sheets]] = {"held-out music": [works.real]}
    sides |= {name: [take[name] for take in takes] for name in takes[0]}
    rows = []
    totals = {
        name: [
            repeating.harmony(sheet, frame, plan)
            for sheets in side
            for sheet, frame, plan in zip(sheets, works.frames, works.plans, strict=True)
        ]
        for name, side in sides.items()
    }
    for measure in repeating.HARMONY:
        counts = [np.sum([each[measure] for each in own], axis=0) for own in totals.values()]
        rows.append([measure, *(f"{inside / max(1.0, every):.1%}" for inside, every in counts)])
    return _table(["notes", *sides], rows)


def _clues(works: Works, take: Mapping[str, Sheets]) -> str:
    """Which features give each column away."""
    lines = ["What gives it away (how much AUC falls when the feature is shuffled):"]
    for name, sheets in take.items():
        _, told = compare(sheets, works.real, works.frames, works.names, clues=True)
        lines.append(f"- {name}: " + ", ".join(f"{clue} {fall:.3f}" for clue, fall in told.clues[:8]))
    return "\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + "\n"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--engines", default="rules,composer")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--count", type=int, default=held_out.USUAL)
    options = parser.parse_args()
    engines = tuple(options.engines.split(","))
    sys.stdout.write(report(corpus=options.corpus, engines=engines, seeds=options.seeds, count=options.count))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
