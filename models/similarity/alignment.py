"""Where two melodies are the same tune: note by note, in any key and tempo, with notes put in or left out.

Conventions: a tune is onsets (any unit of time) and pitches (MIDI numbers), one note at a time. Two notes agree when
their pitch classes lie the same number of semitones apart all along (chroma: octaves do not count). The best *path* of
agreeing notes is found by dynamic time warping that begins and ends anywhere: from each agreeing pair to one of the
next notes of both; steps whose proportion of times is that of the step before count in full, others little; notes that
are passed over cost by their length, so that an ornament costs hardly anything. Wide moves count more than repeated
notes, and a path counts by how varied its moves are: scales and trills are nobody's.

A path's *score* is roughly the number of its notes. What unrelated melodies reach grows with the logarithm of their
lengths (Karlin and Altschul 1990); `likeness` is the score over the threshold for such lengths, 1 or more is alike.

Sources: Smith and Waterman 1981 (local alignment); Mongeau and Sankoff 1990 (of melodies).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from math import log2

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Scores = npt.NDArray[np.float32]
Steps = npt.NDArray[np.int8]

REACH = 3
"""How many notes on the next agreeing note may lie: two ornaments are passed over."""
SKIPPED = 0.7
"""What passing over a note of middle length costs."""
SAME_TIME = 0.2
"""Octaves of time that a step's proportion may differ from that of the step before and count as the same."""
OFF_TIME = -0.35
"""What an agreeing note is worth whose time does not fit."""
SLOWEST, FASTEST = 0.28, 3.6
"""Proportions of tempo within which two tunes are compared."""
VARIED, OFTEN = 7, 2
"""Different moves from which a path counts in full, and how often each of them may return for that."""
BASE, GROWTH = 0.9, 0.45
"""The threshold: for lengths n and m it is ``BASE + GROWTH * log2(n m)``; measured on unrelated cues
(`models.evaluation.recognised`)."""
MOST_NOTES = 4000
"""Longer tunes are cut."""


@dataclass(frozen=True)
class Tune:
    """One melody.

    Parameters
    ----------
    onsets : array, shape (n,)
        Rising, in any unit of time.
    pitches : array, shape (n,)
        MIDI numbers.
    """

    onsets: Numbers
    pitches: Numbers

    def __len__(self) -> int:
        return len(self.onsets)


@dataclass(frozen=True)
class Path:
    """What two tunes have in common: the first and the last agreeing note of both, how many, and how alike that is."""

    first: int
    last: int
    there_first: int
    there_last: int
    notes: int
    shift: int
    likeness: float


def tune_of(onsets: Numbers, pitches: Numbers) -> Tune:
    """The tune through notes: in order, the highest of those that begin together.

    Examples
    --------
    >>> tune_of(np.array([0.0, 1.0, 1.0]), np.array([60.0, 55.0, 64.0])).pitches.tolist()
    [60.0, 64.0]
    """
    order = np.lexsort((-pitches, onsets))[:MOST_NOTES]
    onsets, pitches = onsets[order].astype(float), pitches[order].astype(float)
    first = np.diff(onsets, prepend=onsets[:1] - 1.0) > 1e-3
    return Tune(onsets[first], pitches[first])


def threshold(own: int, other: int) -> float:
    """The score from which tunes of so many notes are alike."""
    return BASE + GROWTH * log2(max(2, own) * max(2, other))


def best_path(own: Tune, other: Tune) -> Path | None:
    """The path of greatest score; None where the tunes are too short to say anything."""
    if min(len(own), len(other)) < REACH + 2:
        return None
    score, came = _scores(own, other)
    best: Path | None = None
    for at in np.argsort(score.max(axis=(0, 1)))[::-1][:3]:  # the three best transpositions
        row, column = np.unravel_index(int(score[:, :, at].argmax()), score.shape[:2])
        path = _path(own, other, score, came, (int(row), int(column), int(at)))
        best = path if best is None or path.likeness > best.likeness else best
    return best


_STEPS = [(a, b) for a, b in product(range(1, REACH + 1), repeat=2) if a + b <= REACH + 2]


def _scores(own: Tune, other: Tune) -> tuple[Scores, Steps]:
    """Score of the best path that ends with each pair, by transposition, shape (n, m, 12), and the step to it."""
    n, m = len(own), len(other)
    agree = (own.pitches[:, None] - other.pitches[None, :]) % 12
    score = np.zeros((n, m, 12), np.float32)
    ratio = np.full((n, m, 12), np.nan, np.float32)
    came = np.full((n, m, 12), -1, np.int8)
    cost, cost_there = _costs(own), _costs(other)
    shifts = np.arange(12)
    for i in range(n):
        match = agree[i][:, None] == shifts
        best, best_ratio = np.full((m, 12), 0.0, np.float32), np.full((m, 12), np.nan, np.float32)
        best_came = np.full((m, 12), -1, np.int8)
        for number, (a, b) in enumerate(_STEPS):
            if i < a or m <= b:
                continue
            move = abs(own.pitches[i] - own.pitches[i - a])
            step = np.log2((own.onsets[i] - own.onsets[i - a]) / (other.onsets[b:] - other.onsets[:-b]))[:, None]
            before = ratio[i - a, :-b]
            fits = ~(np.abs(step - before) > SAME_TIME)  # the first step fits whatever it is
            fits &= (step > log2(SLOWEST)) & (step < log2(FASTEST))
            skipped = cost[i] - cost[i - a + 1] + (cost_there[b:] - cost_there[1 : m - b + 1])[:, None]
            gain = np.where(fits, _worth(move), OFF_TIME) - skipped
            total = np.where(score[i - a, :-b] > 0, score[i - a, :-b] + gain, 0.0)
            better = total > best[b:]
            best[b:] = np.where(better, total, best[b:])
            kept = np.where(fits, step, before)
            best_ratio[b:] = np.where(better, kept, best_ratio[b:])
            best_came[b:] = np.where(better, number, best_came[b:])
        begins = best <= 0.5
        score[i] = np.where(match, np.where(begins, 0.5, best), 0.0)
        ratio[i] = np.where(match & ~begins, best_ratio, np.nan)
        came[i] = np.where(match & ~begins, best_came, -1)
    return score, came


def _worth(move: float) -> float:
    """What an agreeing note is worth that is so many semitones from the one before."""
    return 0.35 if move < 0.5 else 0.9 if move < 2.5 else 1.15


def _costs(tune: Tune) -> Numbers:
    """What passing over all notes before each costs."""
    lengths = np.diff(tune.onsets, append=tune.onsets[-1:] + 1.0)
    share = np.minimum(1.5, lengths / max(1e-6, float(np.median(lengths))))
    return np.concatenate([[0.0], np.cumsum(SKIPPED * share)[:-1]])


def _path(own: Tune, other: Tune, score: Scores, came: Steps, end: tuple[int, int, int]) -> Path:
    """The path that ends with a pair."""
    row, column, at = end
    pairs = [(row, column)]
    while came[row, column, at] >= 0:
        a, b = _STEPS[came[row, column, at]]
        row, column = row - a, column - b
        pairs.append((row, column))
    pairs.reverse()
    moves = {
        (own.pitches[after] - own.pitches[before], round(4 * log2(own.onsets[after] - own.onsets[before])))
        for (before, _), (after, _) in pairwise(pairs)
    }
    varied = min(1.0, len(moves) / VARIED) * min(1.0, OFTEN * len(moves) / max(1, len(pairs) - 1))
    likeness = float(score[end]) * varied / threshold(len(own), len(other))
    return Path(pairs[0][0], pairs[-1][0], pairs[0][1], pairs[-1][1], len(pairs), at, round(likeness, 3))
