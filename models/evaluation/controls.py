"""Do the engines do what the plan asks? ``python -m models.evaluation.controls [--corpus FILE] [--seeds N]``.

Conventions: *asked against achieved* is correlated over the sounding bars of the parts that the network may write;
shares are 0..1; real music is the lead of the pieces that were held out, under the same measures. The rules engine is
measured on the same plans. Metre, instruments and key are judged as a delivery's findings judge them
(`assistant.check.score`), on wishes that name them. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.check.music import portrait
from assistant.check.score import check_instruments, check_key, check_meter
from assistant.constraints import Constraints, HitPoint, Instruments, arc_of
from assistant.library import load
from assistant.plan import Plan, make_plan
from assistant.score import Score
from models.registry import get_engine
from models.transformer import vocabulary as v
from models.transformer.corpus import CHORDS

Array = npt.NDArray[Any]
MEASURES = ("in_key", "chord_tones", "steps", "range", "motif_return", "identical_bars", "parallels", "rest")


def _wish(meter: str, key: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> Constraints:
    """Thirty seconds of something lively."""
    arc = arc_of([(0, 0.2, 0.0), (1, 0.4, 0.4)])
    return Constraints(duration_s=30, meter=meter, key=key, instruments=Instruments(include, exclude), arc=arc)


CUES: dict[str, Constraints] = {
    "spot, sunrise": Constraints(
        duration_s=30, use="ad", arc=arc_of([(0, 0.3, -0.5), (1, 0.7, 0.3)]), hits=(HitPoint(22.0, "reveal"),)
    ),
    "epic": Constraints(
        duration_s=45, use="film", styles=("epic",), arc=arc_of([(0, -0.4, -0.2), (0.6, -0.2, 0.8), (1, 0.2, 0.95)]),
        hits=(HitPoint(20.0, "stop"), HitPoint(40.0, "hit")),
    ),
    "grief": Constraints(
        duration_s=60, use="film", styles=("cinematic",), arc=arc_of([(0, -0.7, -0.7), (1, -0.4, -0.4)])
    ),
    "corporate": Constraints(
        duration_s=60, use="event", styles=("corporate",), arc=arc_of([(0, 0.6, 0.2), (1, 0.8, 0.6)])
    ),
    "China, storm": Constraints(
        duration_s=30, region="china", arc=arc_of([(0, -0.5, -0.5), (0.66, -0.3, 0.0), (0.7, 0.1, 0.8), (1, 0.1, 0.8)]),
        instruments=Instruments(("guzheng", "dizi"), ("drums", "percussion")), hits=(HitPoint(20.0, "hit"),),
    ),
    "jazz": Constraints(duration_s=40, styles=("jazz",), arc=arc_of([(0, 0.3, 0.1)])),
    "waltz": Constraints(duration_s=50, styles=("waltz",), meter="3/4", arc=arc_of([(0, 0.5, 0.1), (1, 0.7, 0.4)])),
    "folk loop": Constraints(duration_s=32, use="game", styles=("folk",), loop=True, arc=arc_of([(0, 0.6, 0.0)])),
    "suspense": Constraints(
        duration_s=40, use="film", styles=("suspense",), arc=arc_of([(0, -0.5, -0.2), (1, -0.7, 0.6)]),
        hits=(HitPoint(33.0, "hit"),),
    ),
    "ambient": Constraints(duration_s=60, use="wellness", styles=("ambient",), arc=arc_of([(0, 0.3, -0.9)])),
}  # fmt: skip
"""Wishes in ten moods, styles, metres and lengths."""


WISHES: dict[str, Constraints] = {
    "waltz for violin and piano": _wish("3/4", "A minor", ("violin", "piano"), ("drums",)),
    "jig on the whistle": _wish("6/8", "D major", ("tin-whistle", "fiddle"), ("drums", "brass")),
    "cello alone": _wish("4/4", "C minor", ("cello",), ("percussion", "brass")),
    "five, with vibraphone": _wish("5/4", "F major", ("vibraphone", "double-bass"), ()),
    "seven, with saz": _wish("7/8", "E minor", ("saz",), ("strings",)),
    "guzheng and dizi": _wish("4/4", "G major", ("guzheng", "dizi"), ("drums", "percussion")),
    "march of the brass": _wish("2/4", "Bb major", ("brass", "drums"), ("synth",)),
    "slow twelve, with choir": _wish("12/8", "Eb major", ("choir", "organ"), ("drums",)),
    "band": _wish("4/4", "B minor", ("electric-guitar", "bass", "drums"), ("strings",)),
    "nine, with harp": _wish("9/8", "Ab major", ("harp", "flute"), ("percussion",)),
}
"""Wishes that name metre, key, instruments and what must not play."""


def plans(seeds: int) -> list[Plan]:
    """Ten wishes, each planned with so many seeds."""
    library = load()
    return [make_plan(asked, library=library, seed=seed) for asked in CUES.values() for seed in range(seeds)]


def cells(plan: Plan, score: Score) -> list[tuple[float, float, float, float, float, float]]:
    """Asked and achieved density (onsets a second), register (pitch) and dynamics (velocity) of each sounding bar."""
    from models.rules.context import Context
    from models.rules.keeping import Kept
    from models.transformer.conditions import Conditions
    from models.transformer.engine import written_by_network

    context = Context(plan, load(), 0, Kept(plan, _nothing()))
    hit_bars = {context.bar(hit.at_q).index for hit in context.hits}
    out = []
    for part in plan.parts:
        played = score.part(part.id)
        if played is None or not written_by_network(context, part):
            continue
        conditions = Conditions(context, part)
        for bar in plan.bars:
            notes = played.between(bar.start_q, bar.end_q)
            if not notes or not part.bars[bar.index].active or context.is_final(bar) or bar.index in hit_bars:
                continue
            seconds = context.seconds(bar.length_q, bar.start_q)
            low, high = conditions.range(bar)
            out.append(
                (
                    conditions.wanted(bar) / seconds, len({round(note.start_q, 3) for note in notes}) / seconds,
                    (low + high) / 2, statistics.fmean(note.pitch for note in notes),
                    part.bars[bar.index].dynamics, statistics.fmean(note.velocity for note in notes),
                )
            )  # fmt: skip
    return out


def _nothing() -> Any:
    from assistant.generator import NOTHING_KEPT

    return NOTHING_KEPT


def correlations(rows: Sequence[Sequence[float]]) -> dict[str, float]:
    """Pearson's correlation of asked and achieved."""
    table = np.array(rows)
    return {
        name: float(np.corrcoef(table[:, 2 * at], table[:, 2 * at + 1])[0, 1])
        for at, name in enumerate(("density", "register", "dynamics"))
    }


def measure(engine: str, made: Sequence[Plan]) -> dict[str, float]:
    """The measures of one engine on these plans: means, and processor seconds for sixty seconds of music."""
    generator = get_engine(engine)
    generator.generate(made[0], seed=0)
    rows, found, spent = [], [], []
    for index, plan in enumerate(made):
        began = time.process_time()
        score = generator.generate(plan, seed=index)
        spent.append((time.process_time() - began) * 60 / plan.length_s)
        assert isinstance(score, Score)
        rows += cells(plan, score)
        seen = portrait(score, plan)
        if seen is not None:
            found.append(seen)
    means = {name: statistics.fmean(float(getattr(each, name)) for each in found) for name in MEASURES}
    outside = statistics.fmean(len(each.outside()) for each in found)
    return (
        correlations(rows) | means | {"outside bounds": outside, "processor seconds a minute": statistics.median(spent)}
    )


def obeyed(engine: str, seeds: int) -> dict[str, tuple[int, int]]:
    """Of the wishes for metre, key, instruments and their absence: how many were kept, and how many there were."""
    library, generator = load(), get_engine(engine)
    found: list[tuple[str, bool]] = []
    for asked in WISHES.values():
        for seed in range(seeds):
            score = generator.generate(make_plan(asked, library=library, seed=seed), seed=seed)
            assert isinstance(score, Score)
            findings = (*check_meter(asked, score), *check_key(asked, score), *check_instruments(asked, score, library))
            found += [(each.name, each.met) for each in findings]
    names = dict.fromkeys(name for name, _ in found)
    return {
        name: (sum(met for each, met in found if each == name), sum(each == name for each, _ in found))
        for name in names
    }


def real_music(path: Path) -> dict[str, float]:
    """The same measures of the leads of held-out pieces, under the corpus's own chords and keys."""
    data = np.load(path)
    piece, role, bar = data["piece"].astype(int), data["role"], data["bar"].astype(int)
    counts, note = data["cell_notes"].astype(int), data["note"].astype(int)
    starts = {
        "bar": np.concatenate([[0], np.cumsum(piece[:, 2])]), "part": np.concatenate([[0], np.cumsum(piece[:, 3])]),
        "cell": np.concatenate([[0], np.cumsum(piece[:, 2] * piece[:, 3])]),
        "note": np.concatenate([[0], np.cumsum(counts)]),
    }  # fmt: skip
    tones = _chord_table()
    totals = np.zeros(6)
    for index in np.flatnonzero(piece[:, 1] == 2):
        bars, parts = piece[index, 2], piece[index, 3]
        leads = np.flatnonzero(role[starts["part"][index] : starts["part"][index] + parts] == 0)
        for part in leads[:1]:
            of_lead = starts["cell"][index] + np.arange(bars) * parts + part
            own = np.concatenate([np.arange(starts["note"][cell], starts["note"][cell + 1]) for cell in of_lead])
            here = bar[starts["bar"][index] + np.repeat(np.arange(bars), counts[of_lead])]
            totals += _line_measures(note[own], here, tones)
    return {"in_key": totals[0] / totals[1], "chord_tones": totals[2] / totals[3], "steps": totals[4] / totals[5]}


def _chord_table() -> Array:
    table = np.zeros((12, len(v.QUALITIES), 12), bool)
    for root in range(12):
        for number, quality in enumerate(v.QUALITIES):
            for step in CHORDS.get(quality, range(12)):
                table[root, number, (root + step) % 12] = True
    return table


def _line_measures(notes: Array, bars: Array, tones: Array) -> Array:
    """Counts: in key, notes; chord tones on strong beats, strong beats; steps, moves."""
    if len(notes) < 16:
        return np.zeros(6)
    late = (notes[:, 0] * 2 >= bars[:, 0]).astype(int)
    root, quality = np.where(late, bars[:, 7], bars[:, 5]), np.where(late, bars[:, 8], bars[:, 6])
    inside = tones[root, quality, notes[:, 1] % 12]
    strong = (notes[:, 0] == 0) | ((notes[:, 0] * 2 == bars[:, 0]) & (bars[:, 1] % 2 == 0))
    degree = (notes[:, 1] - bars[:, 3]) % 12
    scale = np.where(bars[:, 4] == 0, np.isin(degree, (0, 2, 4, 5, 7, 9, 11)), np.isin(degree, (0, 2, 3, 5, 7, 8, 10)))
    moves = np.abs(np.diff(notes[:, 1]))
    return np.array(
        [(scale | inside).sum(), len(notes), inside[strong].sum(), strong.sum(), (moves <= 2).sum(), len(moves)], float
    )


OBEDIENCE = {
    "meter": "metre asked for",
    "key": "key asked for, as a key finder hears it",
    "instrument": "wanted instruments play",
    "no_instrument": "unwanted ones do not",
}


def report(*, corpus: Path | None, engines: Sequence[str] = ("rules", "composer"), seeds: int = 1) -> str:
    """The measures of each engine beside held-out music, and how many wishes were kept, as Markdown.

    Parameters
    ----------
    corpus : Path or None
        The table of `models.transformer.corpus.build`; without it the column of held-out music is left out.
    engines : sequence of str
    seeds : int
        Takes of every wish.
    """
    made = plans(seeds)
    columns = {engine: measure(engine, made) for engine in engines}
    if corpus is not None:
        columns["held-out music"] = real_music(corpus)
    lines = [f"| measure | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name in columns[engines[0]]:
        values = (f"{column[name]:.2f}" if name in column else "" for column in columns.values())
        lines.append(f"| {name} | {' | '.join(values)} |")
    kept = {engine: obeyed(engine, seeds) for engine in engines}
    lines += ["", f"| wish | {' | '.join(engines)} |", "|---" * (len(engines) + 1) + "|"]
    for name, words in OBEDIENCE.items():
        lines.append(f"| {words} | {' | '.join(_share(*kept[engine][name]) for engine in engines)} |")
    lines += ["", _how(len(made), seeds)]
    return "\n".join(lines) + "\n"


def _share(met: int, asked: int) -> str:
    return f"{met} of {asked} ({met / asked:.0%})"


def _how(cues: int, seeds: int) -> str:
    return (
        f"{cues} cues from ten wishes. Density, register and dynamics are correlations of asked and achieved over the "
        "bars of the network's parts; *held-out music* is the leads of the test split under chords and keys found by "
        "our own analysis; the sampler's weights for chord notes and steps were set on these same ten wishes; "
        f"processor seconds are the median, for sixty seconds of music. The second table is of {seeds * len(WISHES)} "
        "more, from wishes that name metre, key and instruments, judged as a delivery is (`assistant.check.score`)."
    )


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    sys.stdout.write(report(corpus=options.corpus, seeds=options.seeds))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
