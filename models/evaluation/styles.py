"""Whether a listener would tell the styles apart: composes every style, then guesses each cue's style from the others.

``python -m models.evaluation.styles [--engine NAME] [--seeds N] [--only rock,funk]``

Conventions: every style is asked for with the same arc (`ARC`) and length, so that neither emotion nor duration gives
it away. Features come from the score alone, as it is played. Each is scaled by its spread within styles; a block of
features (a bar of sixteenths of the kick, say) counts as one feature. A cue is given to the nearest of the styles'
centroids, which are made without its seed (leave one seed out). A style is *recognised* when `WANTED` of its cues are
given to it. The measure does not know sound, and classes cues by our own seeds: that a person hears the same
differences is an assumption. ``without tempo and instruments`` shows how much of it the patterns carry.
"""

from __future__ import annotations

import argparse
import math
import sys
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from assistant.constraints import Constraints, arc_of
from assistant.generator import NOTHING_KEPT
from assistant.library import Library, load
from assistant.plan import Plan, make_plan
from assistant.score import Note, Part, Score
from models.registry import get_engine
from models.rules.context import Context
from models.rules.hands import piece_of
from models.rules.keeping import Kept

Array = npt.NDArray[np.float64]
ARC = arc_of([(0, 0.1, 0.1), (1, 0.1, 0.3)])
LENGTH_S = 24.0
LEAST_SEEDS = 5
WANTED = 0.8
FLOOR = 0.15
"""The least spread of a feature (4 % of tempo, a seventh of a stroke): finer differences than this nobody hears."""
KINSHIP = 0.15
"""A style that takes this share of another's cues is named beside it."""
TIMBRE = ("tempo", "metre", "programs", "kits")
"""Blocks that tell a style without a note being read."""
Features = Mapping[str, Array]


@dataclass(frozen=True)
class Cue:
    """A composed cue and its features."""

    style: str
    seed: int
    features: Features


def compose(style: str, *, engine: str, seed: int, library: Library) -> tuple[Plan, Score]:
    """A cue of a style under the neutral arc."""
    plan = make_plan(Constraints(duration_s=LENGTH_S, styles=(style,), arc=ARC), library=library, seed=seed)
    return plan, cast(Score, get_engine(engine).generate(plan, seed=seed))


def features_of(plan: Plan, score: Score, library: Library) -> Features:
    """The blocks of features of a score, by name.

    Returns
    -------
    Mapping of str to ndarray
        Each of the order of 1: logarithms, shares, profiles of the bar in 16 places (played time, by velocity).
    """
    meter = plan.bars[0].meter
    drums = [part for part in score.parts if part.role in ("drums", "percussion")]
    chords = [part for part in score.parts if part.role in ("harmony", "pulse", "colour")]
    lead = _notes(score, "lead")
    bass = _notes(score, "bass")
    comp = [note for part in chords for note in part.notes]
    out = {
        "tempo": np.array([3 * math.log2(_bpm(plan) / 100)]),
        "metre": np.array([float(meter.is_compound), float(meter.beats % 3 == 0 and not meter.is_compound),
                           float(meter.beats in (5, 7))]),
        "programs": _programs(score.parts),
        "kits": _kits(score.parts),
        "swing": np.array([8 * (_swing(score) - 0.5)]),
        "bass rhythm": _profile(plan, bass),
        "bass": np.array([_rate(plan, bass), _span(bass), _held(bass), _leaps(bass)]),
        "comp rhythm": _profile(plan, comp),
        "comp": np.array([_rate(plan, comp) / max(1, len(chords)), _held(comp), _thickness(comp), _pitch(comp)]),
        "lead": np.array([_rate(plan, lead), _held(lead), _pitch(lead), _span(lead)]),
        "harmony": np.array([len(plan.chords) / plan.bar_count, float(plan.key.is_minor),
                             float(len(plan.key.scale) < 7), _sevenths(plan)]),
        "timing": np.array([_looseness(plan, score)]),
        "drums": np.array([_rate(plan, [note for part in drums for note in part.notes]) / 2]),
    }  # fmt: skip
    hits = _pieces(plan, drums, library)
    for name, pieces in (("kick", ("kick",)), ("snare", ("snare",)), ("hat", ("hat", "openhat", "ride", "pedalhat")),
                         ("toms", ("tom", "crash"))):  # fmt: skip
        out[name] = _profile(plan, [note for piece in pieces for note in hits.get(piece, ())])
    return out


def _bpm(plan: Plan) -> float:
    """The middle of the felt tempo."""
    return sum(plan.tempo_map.felt_bpm) / 2


def _notes(score: Score, role: str) -> list[Note]:
    return [note for part in score.parts if part.role == role for note in part.notes]


def _pieces(plan: Plan, drums: Sequence[Part], library: Library) -> Mapping[str, list[Note]]:
    """The strokes by the piece of the kit that they are played like."""
    context = Context(plan, library, plan.seed, Kept(plan, NOTHING_KEPT))
    found: dict[str, list[Note]] = defaultdict(list)
    for part in drums:
        planned = plan.part(part.id)
        for note in part.notes if planned is not None else ():
            assert planned is not None
            found[piece_of(context, planned, note.pitch)].append(note)
    return found


def _profile(plan: Plan, notes: Sequence[Note]) -> Array:
    """How much is struck at each sixteenth part of a bar, in strokes of velocity 100 a bar."""
    out = np.zeros(16)
    starts = [bar.start_q for bar in plan.bars]
    for note in notes:
        bar = plan.bars[max(0, bisect_right(starts, note.start_q + 1e-6) - 1)]
        out[int(16 * (note.start_q - bar.start_q) / bar.length_q + 1e-6) % 16] += note.velocity / 100
    return cast(Array, np.minimum(2.0, out / plan.bar_count))


def _programs(parts: Sequence[Part]) -> Array:
    """The share of the notes' time that each of the 16 groups of General MIDI takes."""
    out = np.zeros(16)
    for part in parts:
        if not part.is_drums:
            out[part.program // 8] += sum(note.length_q for note in part.notes)
    return 3 * out / max(1e-9, float(out.sum()))


def _kits(parts: Sequence[Part]) -> Array:
    """Which drums play: acoustic kit, electronic kit, brushes or jazz, hands and others."""
    names = {(part.instrument, part.program) for part in parts if part.is_drums and part.notes}
    kits = {program for instrument, program in names if instrument == "drums"}
    return np.array([float(bool(kits & {0, 8, 16})), float(bool(kits & {24, 25})), float(bool(kits & {32, 40})),
                     float(any(instrument != "drums" for instrument, _ in names))])  # fmt: skip


def _swing(score: Score) -> float:
    """Where between two beats the off-beat eighth is played, 0.5 halfway."""
    places = [
        note.played_q - math.floor(note.start_q)
        for part in score.parts
        for note in part.notes
        if abs(note.start_q % 1.0 - 0.5) < 1e-3
    ]
    return float(np.median(places)) if places else 0.5


def _rate(plan: Plan, notes: Sequence[Note]) -> float:
    """Onsets a beat."""
    return len({round(note.start_q, 3) for note in notes}) / plan.tempo_map.quarters_at(plan.length_s)


def _held(notes: Sequence[Note]) -> float:
    """The share of the time to the next onset that notes sound, at most 1.5."""
    starts = sorted({note.start_q for note in notes})
    following = dict(pairwise(starts))
    shares = [min(1.5, note.length_q / (following[note.start_q] - note.start_q))
              for note in notes if following.get(note.start_q, 0) > note.start_q + 1e-3]  # fmt: skip
    return float(np.mean(shares)) if shares else 0.0


def _pitch(notes: Sequence[Note]) -> float:
    return float(np.mean([note.pitch for note in notes])) / 12 if notes else 0.0


def _span(notes: Sequence[Note]) -> float:
    return float(np.std([note.pitch for note in notes])) / 4 if notes else 0.0


def _leaps(notes: Sequence[Note]) -> float:
    """The share of moves of a fourth or more."""
    moves = [abs(after.pitch - before.pitch) for before, after in pairwise(notes)]
    return sum(move >= 5 for move in moves) / len(moves) if moves else 0.0


def _thickness(notes: Sequence[Note]) -> float:
    """Notes that begin together."""
    counts = Counter(round(note.start_q, 3) for note in notes)
    return float(np.mean(list(counts.values()))) / 2 if counts else 0.0


def _sevenths(plan: Plan) -> float:
    return sum(len(chord.pitch_classes) > 3 for chord in plan.chords) / len(plan.chords)


def _looseness(plan: Plan, score: Score) -> float:
    """The spread of what is left of the nudges when their median at each place of the beat is taken off, in 10 ms."""
    rows: dict[float, list[float]] = defaultdict(list)
    for part in score.parts:
        for note in part.notes:
            rows[round(note.start_q % 1.0, 3)].append(note.nudge_q)
    left = [value - float(np.median(row)) for row in rows.values() for value in row]
    return float(np.std(left)) * 6000 / plan.tempo_map.tempo_at(0.0) if left else 0.0


def guesses(cues: Sequence[Cue], blocks: Sequence[str]) -> list[tuple[Cue, str]]:
    """Each cue with the style that it is taken for, by the centroids of all other seeds."""
    sizes = [len(cues[0].features[block]) for block in blocks]
    weights = np.concatenate([np.full(size, 1 / math.sqrt(size)) for size in sizes])
    rows = np.stack([np.concatenate([cue.features[block] for block in blocks]) for cue in cues])
    styles = np.array([cue.style for cue in cues])
    seeds = np.array([cue.seed for cue in cues])
    names = sorted(set(styles))
    out = []
    for seed in sorted(set(seeds)):
        known = seeds != seed
        centroids = np.stack([rows[known & (styles == name)].mean(axis=0) for name in names])
        inside = rows[known] - centroids[[names.index(name) for name in styles[known]]]
        scale = weights / np.maximum(FLOOR, inside.std(axis=0))
        for index in np.flatnonzero(~known):
            away = (((rows[index] - centroids) * scale) ** 2).sum(axis=1)
            out.append((cues[int(index)], names[int(away.argmin())]))
    return out


def cues_of(engine: str, seeds: int, styles: Sequence[str]) -> list[Cue]:
    """Every style composed with so many seeds."""
    library = load()
    out = []
    for style in styles:
        for seed in range(seeds):
            plan, score = compose(style, engine=engine, seed=seed, library=library)
            out.append(Cue(style, seed, features_of(plan, score, library)))
    return out


def rows_of(cues: Sequence[Cue]) -> tuple[list[str], dict[str, float]]:
    """The lines of the report of one engine, and the share of each style's cues that are given to it."""
    every = tuple(cues[0].features)
    takes = {
        "everything": every,
        "without tempo and instruments": tuple(block for block in every if block not in TIMBRE),
        "drums, bass and comping only": ("kick", "snare", "hat", "toms", "swing", "bass rhythm", "comp rhythm"),
    }
    lines, found = [], dict[str, float]()
    for title, blocks in takes.items():
        told = guesses(cues, blocks)
        shares = _shares(told)
        found = found or shares
        right = sum(cue.style == guess for cue, guess in told) / len(told)
        known = sum(share >= WANTED for share in shares.values())
        lines.append(f"| {title} | {right:.2f} | {known} of {len(shares)} |")
        if blocks == every:
            confused = _confused(told)
    return [*lines, "", f"Taken for others ({KINSHIP:.0%} or more of their cues): {confused or 'none'}."], found


def _shares(told: Sequence[tuple[Cue, str]]) -> dict[str, float]:
    counts = Counter(cue.style for cue, _ in told)
    right = Counter(cue.style for cue, guess in told if cue.style == guess)
    return {style: right[style] / count for style, count in sorted(counts.items())}


def _confused(told: Sequence[tuple[Cue, str]]) -> str:
    counts = Counter(cue.style for cue, _ in told)
    pairs = Counter((cue.style, guess) for cue, guess in told if guess != cue.style)
    named = [(pair, count / counts[pair[0]]) for pair, count in sorted(pairs.items())]
    return ", ".join(f"{style} for {guess} ({share:.2f})" for (style, guess), share in named if share >= KINSHIP)


def report(
    *, corpus: Path | None = None, engines: Sequence[str] = ("rules", "composer"), seeds: int = 1,
    styles: Sequence[str] = (),
) -> str:  # fmt: skip
    """How well styles are told apart, as Markdown; at least `LEAST_SEEDS` seeds are composed."""
    del corpus
    names = tuple(styles) or tuple(sorted(load().styles))
    count = max(LEAST_SEEDS, seeds)
    lines = [
        f"{len(names)} styles, {count} seeds each, {LENGTH_S:g} s under one neutral arc; a cue is given to the nearest "
        f"centroid of the features of its score, its own seed left out; recognised: {WANTED:.0%} of a style's cues or "
        f"more. Chance is {1 / len(names):.3f}.",
    ]
    for engine in engines:
        table, shares = rows_of(cues_of(engine, count, names))
        weak = ", ".join(f"{style} {share:.2f}" for style, share in shares.items() if share < WANTED)
        lines += ["", f"Engine `{engine}`:", "", "| features | accuracy | styles recognised |", "|---|---|---|", *table]
        lines += ["", f"Below {WANTED:.0%}: {weak or 'none'}."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--engine", action="append")
    parser.add_argument("--seeds", type=int, default=LEAST_SEEDS)
    parser.add_argument("--only", default="", help="styles, with commas")
    options = parser.parse_args()
    styles = tuple(name for name in options.only.split(",") if name)
    text = report(engines=options.engine or ("rules", "composer"), seeds=options.seeds, styles=styles)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
