"""Counting the habits of a region's tunes.

Conventions: tables as in `models.idiom.habits`. A table is as sure as its tunes are many: each level of a context is
mixed with the one below it, which counts for `SURE` notes (interpolation after Witten and Bell 1991, the count fixed).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.score import Meter
from models.idiom.features import RATIO, SPAN
from models.idiom.habits import CAME, REACH, Cell, Cells, Rhythm, Spans
from models.idiom.lines import WIDEST, Line
from models.rules.context import groups
from models.transformer import vocabulary as v

Array = npt.NDArray[Any]
SURE = 6.0
"""How many notes the level below counts for."""
GROUPS = (1.0, 1.5, 2.0, 3.0)
"""Lengths of the groups of beats that cells are known for, in quarter notes."""
POINT = 0.7
"""How far what is particular to a region is brought out."""
RARE, MOST = 0.003, 8.0
"""Share of a rhythm that is rare, and how many times more frequent than elsewhere counts most."""
FEWEST = 20
"""Groups of beats that are needed for their rhythms to be known."""
CELLS = 40
"""The most frequent rhythms of a group, or of two, that are kept."""


def count_moves(lines: Iterable[Line]) -> Array:
    """Log-probabilities of moves."""
    counts = np.zeros((12, CAME, SPAN))
    for line in lines:
        moves = line.intervals
        came = np.concatenate([[CAME - 1], np.clip(moves[:-1], -REACH, REACH) + REACH])
        np.add.at(counts, (line.degrees[:-1], came, moves + WIDEST), 1.0)
    alone = _mixed(counts.sum((0, 1)), np.full(SPAN, 1 / SPAN))
    by_degree, by_came = _mixed(counts.sum(1), alone), _mixed(counts.sum(0), alone)
    return np.log(_mixed(counts, (by_degree[:, None] + by_came[None]) / 2)).astype(np.float32)


def count_rhythm(lines: Iterable[Line]) -> Array:
    """Log-probabilities of ratios of times."""
    counts = np.zeros((RATIO, RATIO, RATIO))
    for line in lines:
        own = line.ratios
        np.add.at(counts, (own[:-2], own[1:-1], own[2:]), 1.0)
    alone = _mixed(counts.sum((0, 1)), np.full(RATIO, 1 / RATIO))
    return np.log(_mixed(counts, _mixed(counts.sum(0), alone)[None])).astype(np.float32)


def _mixed(counts: Array, below: Array) -> Array:
    """Shares of the last axis, mixed with what is known at the level below."""
    mixed: Array = (counts + SURE * below) / (counts.sum(-1, keepdims=True) + SURE)
    return mixed


def pointed(own: Array, others: Sequence[Array], point: float = POINT) -> Array:
    """Log-probabilities with what is particular to a region brought out: p times (p over everyone else's) ** point."""
    elsewhere = np.log(np.mean([np.exp(each) for each in others], axis=0))
    bent = own + point * (own - elsewhere)
    lifted: Array = bent - np.log(np.exp(bent).sum(-1, keepdims=True))
    return lifted.astype(np.float32)


def pointed_cells(own: Cells, others: Sequence[Cells], point: float = POINT) -> dict[Spans, dict[Rhythm, float]]:
    """The same for the rhythms of groups; one that is not known elsewhere counts as rare there."""
    out: dict[Spans, dict[Rhythm, float]] = {}
    for span, known in own.items():
        there = [each[span] for each in others if span in each]
        bent = {}
        for cell, share in known.items():
            usual = sum(each.get(cell, RARE) for each in there) / len(there) if there else share
            bent[cell] = share * min(MOST, share / max(RARE, usual)) ** point
        total = sum(bent.values())
        out[span] = {cell: round(value / total, 4) for cell, value in bent.items() if value / total >= RARE / 4}
    return out


def count_cells(lines: Iterable[tuple[Line, Sequence[tuple[int, int, int]]]]) -> dict[Spans, dict[Rhythm, float]]:
    """Shares of the rhythms of groups of beats, alone and two by two; each line comes with its metres: first step,
    beats, unit."""
    found: dict[Spans, Counter[Rhythm]] = {}
    for line, meters in lines:
        onsets = set(line.onsets.tolist())
        fine = 2 if len(line) > 1 and float(np.median(line.times)) <= v.STEPS_PER_Q / 4 else 1
        end = int(line.onsets[-1]) if len(line) else 0
        for index, (first, beats, unit) in enumerate(meters):
            until = min(end, meters[index + 1][0]) if index + 1 < len(meters) else end
            before: Cell = ()
            for number, (start, span) in enumerate(_groups(first, until, beats, unit, fine)):
                cell = _cell(onsets, start, span, fine)
                if cell:
                    found.setdefault((sum(cell),), Counter())[(cell,)] += 1
                if cell and before and number % 2:
                    found.setdefault((sum(before), sum(cell)), Counter())[before, cell] += 1
                before = cell
    return {
        spans: _shares(counted)
        for spans, counted in found.items()
        if set(spans) <= set(GROUPS) and sum(counted.values()) >= FEWEST
    }


def _groups(first: int, until: int, beats: int, unit: int, fine: int) -> Iterator[tuple[int, int]]:
    """Start and length (steps) of every group of beats between two steps; in tunes of sixteenths every beat is one."""
    if beats > 32 or unit > 8:
        return
    simple = fine > 1 and unit == 4
    spans = [v.STEPS_PER_Q] * beats if simple else [round(span * v.STEPS_PER_Q) for span in groups(Meter(beats, unit))]
    while first < until:
        for span in spans:
            yield first, span
            first += span


def _cell(onsets: set[int], start: int, span: int, fine: int) -> Cell:
    """The rhythm of a group that a note begins; empty where none does, or where it has finer notes than sixteenths."""
    inside = [step for step in range(start, start + span) if step in onsets]
    if not inside or inside[0] != start:
        return ()
    times = [after - before for before, after in pairwise([*inside, start + span])]
    if any(time * fine % (v.STEPS_PER_Q // 4) for time in times):
        return ()
    return tuple(time * fine / v.STEPS_PER_Q for time in times)


def _shares(counted: Counter[Rhythm]) -> dict[Rhythm, float]:
    total = sum(counted.values())
    return {cell: round(count / total, 4) for cell, count in counted.most_common(CELLS) if count > 1}
