"""Which rhythm a cell has: what the roll says of each place, and what the part has played before.

Conventions: a rhythm is the steps at which something begins, in order; chances are those of a beginning at each step of
the bar. Real parts come back to few rhythms: one that was played already is worth more the oftener it was, so that a
roll that wavers between two hears the known one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from models.diffusion_score.tokens import COLUMN
from models.transformer import vocabulary as v
from models.transformer.cells import NEVER, CellTask

Array = npt.NDArray[Any]
Rhythm = tuple[int, ...]

DRAWS = 6
"""Rhythms that are drawn from the roll, beside the likeliest of each number of notes."""
WARMTH = 0.5
"""Temperature among rhythms: small takes the likeliest."""
KNOWN = 6.0
"""What a rhythm that the part has played once is worth, in nats; oftener by the logarithm more."""
DOUBT = 0.05
"""How wrong the roll is thought to be of each place at least."""
PLAIN_GAPS = (3, 4, 6, 8, 12, 18, 24, 36, 48, 60, 72)
ODD = 1.5
"""What a step from note to note costs that is none of `PLAIN_GAPS` (a quarter and a sixteenth, say)."""
MIXED = 6.0
"""What triplets and sixteenths in one beat cost."""


def likelihood(rhythm: Rhythm, chances: Array, table: Array) -> float:
    """The rhythm's logarithm of probability among the open places of ``table`` (its weights are added).

    Examples
    --------
    >>> chances = np.array([0.9, 0.1, 0.5])
    >>> round(likelihood((0,), chances, np.zeros(3)), 2)
    -0.9
    """
    open_ = table > NEVER / 2
    struck = np.zeros(len(chances), bool)
    struck[list(rhythm)] = True
    if (struck & ~open_).any():
        return NEVER
    worth = np.where(struck, np.log(chances) + np.where(open_, table, 0.0), np.log1p(-chances))
    odd = sum(after - before not in PLAIN_GAPS for before, after in pairwise(rhythm))
    return float(worth[open_].sum()) - MIXED * _mixed(rhythm) - ODD * odd


def _mixed(rhythm: Rhythm) -> int:
    """Beats with triplets and sixteenths."""
    beats: dict[int, set[int]] = {}
    for step in rhythm:
        beats.setdefault(step // v.STEPS_PER_Q, set()).add(step % v.STEPS_PER_Q)
    return sum(bool(places & {4, 8}) and bool(places & {3, 6, 9}) for places in beats.values())


def fitted(task: CellTask) -> int:
    """The fewest notes of a cell, in proportion where a breath leaves only a part of its bar open."""
    steps = v.METERS[int(task.fields[COLUMN["meter"]])]
    eighths = np.arange(0, min(steps, v.LONGEST_BAR), v.STEPS_PER_Q // 2)
    share = float((task.onsets[eighths] > NEVER / 2).mean())
    return max(1, math.floor(task.fewest * share + 0.5))


def likely(chances: Array, task: CellTask, random: np.random.Generator) -> set[Rhythm]:
    """Rhythms that the roll has: the likeliest of each number of notes that the cell may have, and some draws."""
    table = task.onsets[: len(chances)]
    open_ = np.flatnonzero(table > NEVER / 2)
    odds = np.log(chances) - np.log1p(-chances) + table
    odds[list(task.musts)] = -NEVER
    fewest, most = (min(max(each, len(task.musts), 1), len(open_)) for each in (fitted(task), task.most))
    found = set[Rhythm]()
    for turn in range(most - fewest + 1 + DRAWS):
        noise = random.logistic(size=len(odds)) if turn > most - fewest else np.zeros(len(odds))
        count = fewest + turn if turn <= most - fewest else int((odds + noise > 0)[open_].sum())
        order = open_[np.argsort(-(odds + noise)[open_], kind="stable")]
        found.add(tuple(sorted(int(step) for step in order[: max(fewest, min(most, count))])))
    return found


def chosen(chances: Array, task: CellTask, played: Iterable[Rhythm], random: np.random.Generator) -> Rhythm:
    """The rhythm of a cell.

    Parameters
    ----------
    chances : Array
        Of a beginning at each step, strictly between 0 and 1.
    task : CellTask
        Which steps are open, what they are worth, how many notes there may be, which must begin.
    played : iterable of tuple of int
        Rhythms of the part's earlier cells.
    random : Generator
    """
    table, chances = task.onsets[: len(chances)], chances.clip(DOUBT, 1 - DOUBT)
    worth: dict[Rhythm, float] = {own: likelihood(own, chances, table) for own in likely(chances, task, random)}
    for known, count in _fitting(task, played).items():
        worth[known] = likelihood(known, chances, table) + KNOWN + float(np.log(count))
    rhythms = sorted(worth)
    scores = np.array([worth[each] for each in rhythms]) / WARMTH
    shares = np.exp(scores - scores.max())
    return rhythms[int(random.choice(len(rhythms), p=shares / shares.sum()))]


def _fitting(task: CellTask, played: Iterable[Rhythm]) -> Mapping[Rhythm, int]:
    """How often each earlier rhythm was played that the cell may have."""
    musts = set(task.musts)
    return Counter(
        each
        for each in played
        if fitted(task) <= len(each) <= task.most
        and musts <= set(each)
        and all(task.onsets[step] > NEVER / 2 for step in each)
    )
