"""Does the reader of briefs find in a sentence about music what its listener wrote down in single words?

MusicCaps has 5,521 pieces of music, each with a *caption* (prose) and an *aspect list* (short phrases) by the same
listener. The reader sees the caption only; what it reads is held against the aspects, which a table of this evaluation
(``musiccaps.toml``) maps to our ids, tempo directions and signs of mood. The reader's own word lists are not used here.

*Conventions*: an aspect that leaves a choice ("guitar", "keyboard") stands for a set of ids, any of which is right.
Precision is the share of what was read that is confirmed, recall the share of what the aspects say that was read.
Aspect lists are incomplete: a listener who writes "a tambourine joins in" may leave it out of the list. So precision of
instruments is said twice: confirmed by the aspect list alone, and by the list or by the caption's own words (found with
the same table, negated ones and similes left out). The second can only fault readings that no plain word carries.
Tempo is slow up to `SLOW_BPM`, fast from `FAST_BPM`, read from the middle of the range. A mood is compared by the signs
of valence and arousal. Lines with an even number were looked at while the reader was mended, odd ones were not.

Sources: Agostinelli et al. 2023, *MusicLM* (MusicCaps); CC BY-SA 4.0, used to evaluate only.
"""

from __future__ import annotations

import argparse
import ast
import csv
import os
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from assistant.brief import Brief
from assistant.constraints import Constraints
from assistant.errors import InputError
from assistant.interpret import read_brief
from assistant.library import load

VARIABLE = "CUEWRIGHT_DATA"
ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_suffix(".toml")
FILE = Path("eval", "musiccaps", "data", "musiccaps-public.csv")
SLOW_BPM, FAST_BPM = 88.0, 116.0
SILENT = 0.05
"""Valence or arousal nearer to zero than this says nothing."""
TARGET = 0.9

_NEGATED = re.compile(
    r"\b(?:no|not|without|lacks?|lacking|devoid of|absence of|nor|any)\W+(?:\w+\W+){0,3}$", re.IGNORECASE
)
_SIMILE = re.compile(
    r"\b(?:like|resembl\w+|imitat\w+|mimic\w*|reminiscent of|similar to)\W+(?:\w+\W+){0,2}$", re.IGNORECASE
)


@dataclass(frozen=True)
class Line:
    """One piece of music: its number in the file, what was written about it, and its aspects."""

    number: int
    caption: str
    aspects: tuple[str, ...]


@dataclass
class Score:
    """How much was read, how much of it is confirmed, how much there was to read and how much of that was found."""

    read: int = 0
    confirmed: int = 0
    worded: int = 0
    told: int = 0
    found: int = 0
    wrong: Counter[str] = field(default_factory=Counter)

    @property
    def precision(self) -> float:
        """Confirmed by the aspect list, 0..1."""
        return self.confirmed / self.read if self.read else 0.0

    @property
    def worded_precision(self) -> float:
        """Confirmed by the aspect list or by plain words of the caption, 0..1."""
        return self.worded / self.read if self.read else 0.0

    @property
    def recall(self) -> float:
        """Share of what the aspects say that was read, 0..1."""
        return self.found / self.told if self.told else 0.0


@cache
def _table(name: str) -> tuple[re.Pattern[str], dict[str, object]]:
    """A table's phrases as one pattern, longest first, and what each means."""
    rows = tomllib.loads(TABLE.read_text("utf-8"))[name]
    meanings = {phrase: meaning for phrases, meaning in rows.items() for phrase in phrases.split("|")}
    ordered = sorted(meanings, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:a-)?({'|'.join(map(re.escape, ordered))})(?:'?s)?(?![\w-])"), meanings


def named(text: str) -> list[frozenset[str]]:
    """The instruments that plain words name, each as the ids that it may be; negated ones and similes are left out.

    Examples
    --------
    >>> [sorted(ids) for ids in named("a bass drum and a cello, no flute")]
    [['drums'], ['cello', 'strings']]
    """
    pattern, meanings = _table("instruments")
    found = []
    for match in pattern.finditer(text.lower()):
        before = text[max(0, match.start() - 40) : match.start()]
        if not _NEGATED.search(before) and not _SIMILE.search(before):
            found.append(frozenset(str(meanings[match[1]]).split()))
    return [ids for ids in dict.fromkeys(found) if ids]


def tempo_of(aspects: Sequence[str]) -> frozenset[str]:
    """The tempo directions that an aspect list allows; empty when it names none."""
    _, meanings = _table("tempo")
    said = [frozenset(str(meanings[aspect]).split()) for aspect in aspects if aspect in meanings]
    return frozenset().union(*said) if said else frozenset()


def mood_of(aspects: Sequence[str]) -> tuple[int, int]:
    """Signs of valence and arousal that an aspect list agrees on; 0 where it says nothing or both."""
    _, meanings = _table("mood")
    said = [pair for aspect in aspects if isinstance(pair := meanings.get(aspect), list)]
    return _sign([pair[0] for pair in said]), _sign([pair[1] for pair in said])


def _sign(values: Sequence[int]) -> int:
    """The sign that all of those that speak share."""
    signs = {value for value in values if value}
    return signs.pop() if len(signs) == 1 else 0


def read_lines() -> Iterator[Line]:
    """Every piece of MusicCaps.

    Raises
    ------
    InputError
        If the data folder does not hold it.
    """
    path = Path(os.environ.get(VARIABLE) or ROOT.parent / "shared" / "data") / FILE
    if not path.is_file():
        raise InputError(f"no file {path}", f"the data folder with {FILE}", f"set {VARIABLE} to the data folder")
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            aspects = tuple(str(aspect).strip().lower() for aspect in ast.literal_eval(row["aspect_list"]))
            yield Line(number, row["caption"], aspects)


def judge_instruments(score: Score, line: Line, asked: Constraints) -> None:
    """What was read as wanted against the aspects and the caption's words."""
    told = [ids for aspect in line.aspects for ids in named(aspect)]
    words = named(line.caption)
    for name in asked.instruments.include:
        listed = any(name in ids for ids in told)
        worded = listed or any(name in ids for ids in words)
        score.read += 1
        score.confirmed += listed
        score.worded += worded
        if not worded:
            evidence = next((e.words for e in asked.evidence if e.field == "instruments.include"), "")
            score.wrong[f"{name} ({line.number}: {evidence})"] += 1
    for ids in dict.fromkeys(told):
        score.told += 1
        score.found += bool(ids & set(asked.instruments.include))


def judge_tempo(score: Score, line: Line, asked: Constraints) -> None:
    """The direction of the tempo that was read, where the aspects name one."""
    told = tempo_of(line.aspects)
    if not told:
        return
    score.told += 1
    if asked.tempo_bpm is None:
        return
    middle = sum(asked.tempo_bpm) / 2
    direction = "slow" if middle <= SLOW_BPM else "fast" if middle >= FAST_BPM else "medium"
    score.read += 1
    score.confirmed += direction in told
    score.found += direction in told
    if direction not in told:
        score.wrong[f"{direction} not {'/'.join(sorted(told))} ({line.number})"] += 1


def judge_mood(score: Score, line: Line, asked: Constraints, axis: str) -> None:
    """The sign of valence or arousal, where the aspects agree on one."""
    told = mood_of(line.aspects)[axis == "arousal"]
    if not told:
        return
    score.told += 1
    source = asked.evidence_for("arc")
    if source is not None and source.assumed:
        return
    values = [getattr(asked.emotion_at(step / 8), axis) for step in range(9)]
    mean = sum(values) / len(values)
    if abs(mean) <= SILENT:
        return
    score.read += 1
    right = (mean > 0) == (told > 0)
    score.confirmed += right
    score.found += right
    if not right:
        score.wrong[f"{mean:+.2f} not {told:+d} ({line.number})"] += 1


KINDS = ("instruments", "tempo", "valence", "arousal")


def measure(lines: Sequence[Line]) -> dict[str, Score]:
    """Every kind's score over some lines."""
    library = load()
    scores = {kind: Score() for kind in KINDS}
    for line in lines:
        asked = read_brief(Brief(line.caption, language="en"), library=library).constraints
        judge_instruments(scores["instruments"], line, asked)
        judge_tempo(scores["tempo"], line, asked)
        judge_mood(scores["valence"], line, asked, "valence")
        judge_mood(scores["arousal"], line, asked, "arousal")
    return scores


def report(*, corpus: Path | None = None, each: int | None = None) -> str:
    """The table in Markdown; ``corpus`` is not needed, ``each`` limits the lines of a half."""
    del corpus
    lines = list(read_lines())
    halves = {
        "even": [line for line in lines if line.number % 2 == 0],
        "odd": [line for line in lines if line.number % 2],
    }
    table = [
        "| lines | what | read | precision by the aspect list | by the list or the caption's words | recall |",
        "|---" * 6 + "|",
    ]
    for name, half in halves.items():
        for kind, score in measure(half[:each]).items():
            worded = f"{score.worded_precision:.3f} (target {TARGET})" if kind == "instruments" else ""
            table.append(f"| {name} | {kind} | {score.read} | {score.precision:.3f} | {worded} | {score.recall:.3f} |")
    said = (
        f"{len(lines)} captions of MusicCaps, read as briefs by the word lists alone. The aspect lists of the same "
        "listeners are mapped to our ids by `models/evaluation/musiccaps.toml`, which knows nothing of the reader's. "
        "An aspect list leaves out much that its caption names, so an instrument is also counted as right when a plain "
        "word of the caption names it (neither negated nor a simile). Even lines were looked at while the reader was "
        "mended, odd ones were not."
    )
    return "\n".join([*table, "", said])


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--each", type=int, default=None, help="captions of each half (default: all)")
    parser.add_argument(
        "--show", type=int, default=0, help="print so many faults of the even half instead of the table"
    )
    options = parser.parse_args()
    if options.show:
        scores = measure([line for line in read_lines() if line.number % 2 == 0][: options.each])
        text = "\n".join(f"{kind}: {fault}" for kind in KINDS for fault in list(scores[kind].wrong)[: options.show])
    else:
        text = report(each=options.each)
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
