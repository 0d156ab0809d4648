"""Do plain words come out as the mood that they ask for? A hundred briefs, composed and judged.

Every brief of ``emotion_briefs.toml`` is read as the command line reads it, planned and composed; the notes of the
score are judged by `assistant.judge`, which knows neither brief nor plan. Asked and achieved are compared in rank.

Conventions: valence and arousal -1..1; *asked* is the mean of the understood arc over the length, and beside it the
brief's quadrant as a label (-1 or 1), which also counts what the reader of briefs misunderstands. A label of two values
cannot reach 1: 0.866 is a perfect parting. Spearman's correlation; ties share their rank.

Sources: what should follow what is in MUSIC.md ("Emotion to music") and `assistant.score.mood`. In that table register
follows valence, and dissonance follows tension (arousal with low valence), so both are shown against these too.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.brief import Brief
from assistant.check.keyfinder import parse_key
from assistant.interpret import read_brief
from assistant.judge import Judgement, judge_score
from assistant.library import load
from assistant.plan import Plan, make_plan
from assistant.score import Score
from models.registry import get_engine

BRIEFS = Path(__file__).with_name("emotion_briefs.toml")
QUADRANTS = {"bright_lively": (1, 1), "dark_lively": (-1, 1), "dark_calm": (-1, -1), "bright_calm": (1, -1)}
"""Valence and arousal of each quadrant as labels."""
TARGET, KEY_TARGET = 0.8, 0.95

ROWS = (
    ("arousal", "arousal", "judged arousal", TARGET),
    ("arousal", "tempo_bpm", "tempo", TARGET),
    ("arousal", "density_onsets_per_s", "density", TARGET),
    ("arousal", "level_velocity", "loudness (velocity)", TARGET),
    ("arousal", "register_midi_pitch", "register", None),
    ("arousal", "dissonance_share", "dissonance", None),
    ("valence", "valence", "judged valence", TARGET),
    ("valence", "mode_brightness", "mode", TARGET),
    ("valence", "register_midi_pitch", "register", None),
    ("tension", "dissonance_share", "dissonance", None),
)
"""What is asked, which value of the judge it is held against, its name, and the least that is wanted."""


@dataclass(frozen=True)
class Cue:
    """One brief with what was understood of it and what came of it; tension is arousal less valence, halved."""

    quadrant: str
    brief: str
    valence: float
    arousal: float
    plan: Plan
    found: Judgement

    def asked(self, name: str) -> float:
        """The understood valence, arousal or tension."""
        return (self.arousal - self.valence) / 2 if name == "tension" else float(getattr(self, name))

    def label(self, name: str) -> float:
        """The same of the quadrant that the brief was written for."""
        valence, arousal = QUADRANTS[self.quadrant]
        return {"valence": valence, "arousal": arousal, "tension": (arousal - valence) / 2}[name]

    @property
    def keeps_tonic(self) -> bool:
        """Whether the key that is heard has the tonic that was planned."""
        return self.found.key is not None and parse_key(self.found.key)[0] == self.plan.key.tonic


def read_briefs(each: int | None = None) -> list[tuple[str, str]]:
    """Quadrant and words of the briefs, ``each`` of a quadrant or all."""
    data = tomllib.loads(BRIEFS.read_text("utf-8"))
    return [(quadrant, brief) for quadrant in QUADRANTS for brief in data[quadrant][:each]]


def compose(engine: str, *, each: int | None = None, seeds: int = 1) -> list[Cue]:
    """Every brief, composed and judged."""
    library, generator = load(), get_engine(engine)
    cues = []
    for take in range(seeds):
        for place, (quadrant, brief) in enumerate(read_briefs(each)):
            seed = 1000 * take + place  # of its own for every cue: keys and ensembles vary as they do in use
            asked = read_brief(Brief(brief), library=library).constraints
            arc = [asked.emotion_at(step / 32) for step in range(33)]
            plan = make_plan(asked, library=library, seed=seed)
            score = generator.generate(plan, seed=seed)
            assert isinstance(score, Score)
            valence, arousal = (
                statistics.fmean(getattr(point, name) for point in arc) for name in ("valence", "arousal")
            )
            cues.append(Cue(quadrant, brief, valence, arousal, plan, judge_score(score)))
    return cues


def spearman(asked: Sequence[float], achieved: Sequence[float]) -> float:
    """Correlation of the ranks, ties sharing theirs.

    Examples
    --------
    >>> spearman([1, 2, 3], [10, 20, 30])
    1.0
    """
    from scipy.stats import rankdata

    if len(set(asked)) < 2 or len(set(achieved)) < 2:
        return 0.0
    return round(float(np.corrcoef(rankdata(asked), rankdata(achieved))[0, 1]), 6)


def correlations(cues: Sequence[Cue]) -> list[tuple[str, str, float, float, float | None]]:
    """For each row: asked, achieved, Spearman with the understood arc, with the quadrant, and the target."""
    rows = []
    for name, field, title, target in ROWS:
        known = [cue for cue in cues if getattr(cue.found, field) is not None]
        achieved = [float(getattr(cue.found, field)) for cue in known]
        by_arc = spearman([cue.asked(name) for cue in known], achieved)
        rows.append((name, title, by_arc, spearman([cue.label(name) for cue in known], achieved), target))
    return rows


def report(
    *,
    corpus: Path | None = None,
    engines: Sequence[str] = ("rules", "composer"),
    seeds: int = 1,
    each: int | None = None,
) -> str:
    """The table in Markdown; ``corpus`` is not needed, ``each`` limits the briefs of a quadrant."""
    del corpus
    made = {engine: compose(engine, each=each, seeds=seeds) for engine in engines}
    tables = {engine: correlations(cues) for engine, cues in made.items()}
    count = len(next(iter(made.values())))
    lines = [
        "| asked | achieved | target | " + " | ".join(f"{engine} | {engine}, by quadrant" for engine in engines) + " |",
        "|---" * (3 + 2 * len(engines)) + "|",
    ]
    for index, (name, _, title, target) in enumerate(ROWS):
        cells = [f"{value:.2f}" for engine in engines for value in tables[engine][index][2:4]]
        lines.append(f"| {name} | {title} | {target or ''} | {' | '.join(cells)} |")
    shares = [f"{statistics.fmean(cue.keeps_tonic for cue in made[engine]):.0%} | " for engine in engines]
    lines.append(f"| planned tonic | tonic of the key that is heard | {KEY_TARGET:.0%} | {' | '.join(shares)} |")
    said = (
        f"Spearman's correlation over {count} cues from plain briefs ({count // len(QUADRANTS)} of each quadrant of "
        "valence and arousal, `models/evaluation/emotion_briefs.toml`), read, planned and composed as the command line "
        "does; the judge measures the notes and knows neither brief nor plan. The first column of an engine is against "
        "the mean of the understood arc, the second against the quadrant that the brief was written for, in which a "
        "perfect parting is 0.87. Tension is arousal less valence. Rows without a target are shown, not promised: by "
        "the rules of the craft register follows valence and dissonance follows tension."
    )
    return "\n".join([*lines, "", said])


def listing(cues: Sequence[Cue]) -> str:
    """One line a cue, for finding out why."""
    lines = []
    for cue in cues:
        found, key = cue.found, f"{cue.plan.key.name}>{cue.found.key}{'' if cue.keeps_tonic else '!'}"
        values = (
            f"v {cue.valence:+.2f}>{found.valence or 0:+.2f} a {cue.arousal:+.2f}>{found.arousal or 0:+.2f}",
            f"bpm {found.tempo_bpm or 0:4.0f} onsets {found.density_onsets_per_s or 0:5.1f}",
            f"velocity {found.level_velocity or 0:4.0f} pitch {found.register_midi_pitch or 0:5.1f}",
            f"dissonance {found.dissonance_share or 0:.2f} mode {found.mode_brightness or 0:+.2f}",
            f"{cue.plan.style[:12]:12s} {key:26s} {cue.brief[:40]}",
        )
        lines.append(" ".join((f"{cue.quadrant[:8]:8s}", *values)))
    return "\n".join(lines)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--engine", action="append", choices=("rules", "composer"))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--each", type=int, default=None, help="briefs of each quadrant (default: all)")
    parser.add_argument("--show", action="store_true", help="one line a cue instead of the table")
    options = parser.parse_args()
    engines = tuple(options.engine or ("rules", "composer"))
    if options.show:
        text = "\n".join(listing(compose(engine, each=options.each, seeds=options.seeds)) for engine in engines)
    else:
        text = report(engines=engines, seeds=options.seeds, each=options.each)
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
