"""The tempo map solver: whole bars between the moments that the music must land on.

*Conventions*: tempi are quarter notes a minute, places are seconds, lengths of bars are quarter notes (``_q``). A
*stretch* runs from one anchor to the next at one tempo and in whole bars; what is left over goes into one odd bar, the
last of its stretch, where the following strike hides it. Promises in order: the length, the anchors, a tempo that was
asked, the metre; a tempo that was not asked gives way before the metre does.

What it does not know: why a place is an anchor, and anything about notes.

Sources: Karlin and Wright, *On the Track* (finding a tempo for given hits: changes under 6 % pass unnoticed, under
12 % at the border of a section). The search is dynamic programming over anchors and tempi.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assistant.errors import Fault
from assistant.plan.bars import GRID_Q, bar_lengths, odd_meter
from assistant.score import Meter, MeterChange, TempoChange, TempoMap

Floats = NDArray[np.float64]

STEP = 0.004
"""Tempi closer than this ratio count as one state of the search."""
SLOWEST, FASTEST = 10.0, 500.0
"""What a `TempoMap` allows, in quarter notes a minute."""


@dataclass(frozen=True)
class TempoWish:
    """The tempo that is wanted: a range, the best value in it, and whether a person asked for it."""

    low: float
    high: float
    target: float
    asked: bool = False


@dataclass(frozen=True)
class Anchor:
    """A place that gets a bar line: always (``reward`` None), or if the way costs less than ``reward``."""

    at_s: float
    reward: float | None = None


@dataclass(frozen=True)
class Ending:
    """Where the final chord may be struck: from ``earliest_s`` to ``latest_s``, best at ``best_s``."""

    earliest_s: float
    latest_s: float
    best_s: float

    @classmethod
    def at(cls, at_s: float) -> Ending:
        """Exactly there."""
        return cls(at_s, at_s, at_s)

    @property
    def is_fixed(self) -> bool:
        """Whether there is only one place."""
        return self.latest_s - self.earliest_s < 1e-9


@dataclass(frozen=True)
class Course:
    """The way that was found: the map, the bars before the final place, and the anchors that got a bar line."""

    tempo_map: TempoMap
    bars: int
    final_q: float
    met_s: tuple[float, ...]


@dataclass(frozen=True)
class _States:
    """Ways to reach one anchor: the tempo of the last stretch, its length, the cost so far, and where it came from."""

    tempo: Floats
    cost: Floats
    length_q: Floats
    node: NDArray[np.int64]
    state: NDArray[np.int64]
    end_s: Floats


def solve_course(
    anchors: Sequence[Anchor], ending: Ending, wish: TempoWish, meter: Meter, *, never_short: bool = False
) -> Course:
    """The cheapest way from 0 through the anchors to the ending.

    Parameters
    ----------
    anchors : sequence of Anchor
        Sorted, after 0 and before the ending, more than 20 ms apart.
    ending : Ending
    wish : TempoWish
        In quarter notes a minute.
    meter : Meter
        The metre of every bar that is not odd.
    never_short : bool
        Whether odd bars must be long ones, so that what was composed for whole bars still fits.

    Returns
    -------
    Course
        On which each anchor with no reward lies on a bar line to within rounding error.

    Examples
    --------
    >>> course = solve_course([], Ending.at(16.0), TempoWish(100, 140, 118), Meter(4, 4))
    >>> course.bars, course.tempo_map.tempos[0].quarter_bpm
    (8, 120.0)
    """
    places = [0.0, *(anchor.at_s for anchor in anchors)]
    table: list[_States | None] = [None]
    for index in range(1, len(places)):
        ways = [
            _reach(table[source], source, places[source], Ending.at(places[index]), wish, meter, skipped)
            for source, skipped in _sources(anchors, index)
            if source == 0 or table[source] is not None
        ]
        table.append(_best_by_tempo(ways))
    last = [
        _reach(table[source], source, places[source], ending, wish, meter, skipped)
        for source, skipped in _sources(anchors, len(places))
    ]
    final = _best_by_tempo(last)
    if final is None:
        raise Fault(f"no tempo map from {places} to {ending}", "report this brief")
    return _walk_back(table, final, places, meter, never_short=never_short)


def _sources(anchors: Sequence[Anchor], index: int) -> list[tuple[int, float]]:
    """The nodes that a stretch into node ``index`` may come from, with the rewards that it passes by."""
    found, skipped = [], 0.0
    for source in range(index - 1, -1, -1):
        found.append((source, skipped))
        if source == 0:
            break
        reward = anchors[source - 1].reward
        if reward is None:
            break
        skipped += reward
    return found


def _reach(
    before: _States | None, node: int, start_s: float, ending: Ending, wish: TempoWish, meter: Meter, skipped: float
) -> _States:
    """Every way of one stretch, each from the state before it that suits it best."""
    if ending.is_fixed:
        tempo, length_q, cost, end_s = _fixed_stretch(ending.best_s - start_s, wish, meter, ending.best_s)
    else:
        tempo, length_q, cost, end_s = _free_stretch(start_s, ending, wish, meter, before)
    if before is None:
        zeros = np.zeros(len(tempo), dtype=np.int64)
        return _States(tempo, cost + skipped, length_q, zeros + node, zeros, end_s)
    span_s = length_q * 60 / tempo
    weight = np.minimum(1.0, np.minimum.outer(_spans(before), span_s) * wish.target / 60)
    change = _change_cost(np.abs(np.log(tempo[None, :] / before.tempo[:, None]))) * weight
    total = before.cost[:, None] + change
    best = np.argmin(total, axis=0)
    columns = np.arange(len(tempo))
    return _States(
        tempo, total[best, columns] + cost + skipped, length_q, np.full(len(tempo), node, dtype=np.int64), best, end_s
    )


def _spans(states: _States) -> Floats:
    return np.asarray(states.length_q * 60 / states.tempo)


def _change_cost(ratio: Floats) -> Floats:
    """Cost of a change of tempo: free when none, slight to 6 %, dear to 12 %, then as bad as it gets."""
    cost = 8 * ratio + 12 * np.maximum(0, ratio - 0.06) + 20 * np.maximum(0, ratio - 0.12)
    return np.asarray(np.minimum(cost, 8.0))


def _tempo_cost(tempo: Floats, wish: TempoWish) -> Floats:
    """Cost of a tempo: small within the range, more when one number was asked; a step and a slope outside of it."""
    off = np.abs(np.log(tempo / wish.target))
    number = wish.asked and wish.high / wish.low < 1.1
    within = 25 * off if number else (2 if wish.asked else 11) * off**2
    excess = np.maximum(0, np.maximum(np.log(wish.low / tempo), np.log(tempo / wish.high)))
    step, slope = (6.0, 80.0) if wish.asked else (1.5, 25.0)
    return np.asarray(within + np.where(excess > 1e-6, step, 0.0) + slope * excess)


def _bar_cost(length_q: Floats, wish: TempoWish, meter: Meter) -> Floats:
    """Cost of a count of quarters: odd bars by how odd they are, then bars that make no phrase."""
    bars = np.floor(length_q / meter.bar_q + 1e-9)
    rest = length_q - bars * meter.bar_q
    whole = rest < 1e-9
    on_beat = np.abs(rest / meter.beat_q - np.round(rest / meter.beat_q)) < 1e-9
    on_eighth = np.abs(rest * 2 - np.round(rest * 2)) < 1e-9
    odd = np.where(whole, 0.0, np.where(on_beat, 1.2, np.where(on_eighth, 2.0, 3.2)))
    phrase = np.where(bars % 4 == 0, 0.0, np.where(bars % 2 == 0, 0.1, 0.3))
    return np.asarray(odd + np.where(bars >= 3, phrase, 0.0))


def _fixed_stretch(span_s: float, wish: TempoWish, meter: Meter, end_s: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Counts of quarters that fill a span, one for each tempo that is worth telling apart."""
    slack = 1.35
    low = max(SLOWEST, wish.low / slack) * span_s / 60
    high = min(FASTEST, wish.high * slack) * span_s / 60
    first, last = math.ceil(low / GRID_Q), math.floor(high / GRID_Q)
    if last < first:
        first = max(1, math.ceil(SLOWEST * span_s / 60 / GRID_Q))
        first = last = max(first, round(wish.target * span_s / 60 / GRID_Q))
        if first * GRID_Q * 60 / span_s > FASTEST:
            first = last = math.floor(FASTEST * span_s / 60 / GRID_Q)
    length_q = np.arange(max(1, first), last + 1, dtype=np.float64) * GRID_Q
    tempo = length_q * 60 / span_s
    cost = _tempo_cost(tempo, wish) + _bar_cost(length_q, wish, meter)
    keep = _cheapest_by_bucket(tempo, cost)
    return tempo[keep], length_q[keep], cost[keep], np.full(len(keep), end_s)


def _free_stretch(
    start_s: float, ending: Ending, wish: TempoWish, meter: Meter, before: _States | None
) -> tuple[Floats, Floats, Floats, Floats]:
    """Counts of quarters and tempi that end somewhere between the earliest and the latest place."""
    wanted = [wish.target] if before is None else [*before.tempo[np.argsort(before.cost)[:40]], wish.target]
    grid = np.exp(np.arange(math.log(wish.low), math.log(wish.high) + 2e-2, 2e-2))
    tempo = np.array([*wanted, *np.minimum(grid, wish.high)])
    rows: list[tuple[Floats, Floats]] = []
    for unit in (meter.bar_q, meter.beat_q, GRID_Q):
        count = np.floor((ending.latest_s - start_s) * tempo / 60 / unit + 1e-9)
        for back in range(3):
            length_q = (count - back) * unit
            end_s = start_s + length_q * 60 / tempo
            fits = (length_q > 0) & (end_s >= ending.earliest_s - 1e-9) & (end_s > start_s + 0.2)
            rows.append((tempo[fits], length_q[fits]))
    if not any(len(row[0]) for row in rows):
        return _fixed_stretch(ending.best_s - start_s, wish, meter, ending.best_s)
    tempo, length_q = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    end_s = start_s + length_q * 60 / tempo
    reach = max(ending.latest_s - ending.best_s, ending.best_s - ending.earliest_s, 1e-9)
    off = 0.25 * ((end_s - ending.best_s) / reach) ** 2
    return tempo, length_q, _tempo_cost(tempo, wish) + _bar_cost(length_q, wish, meter) + off, end_s


def _cheapest_by_bucket(tempo: Floats, cost: Floats) -> NDArray[np.int64]:
    """Indices of the cheapest entry for each tempo that is worth telling apart."""
    bucket = np.round(np.log(tempo) / STEP).astype(np.int64)
    order = np.lexsort((cost, bucket))
    first = np.ones(len(order), dtype=bool)
    first[1:] = bucket[order][1:] != bucket[order][:-1]
    return np.asarray(order[first], dtype=np.int64)


def _best_by_tempo(ways: Sequence[_States]) -> _States | None:
    """All ways into one node, thinned to the cheapest for each tempo."""
    ways = [way for way in ways if len(way.tempo)]
    if not ways:
        return None
    joined = [
        np.concatenate([getattr(way, name) for way in ways])
        for name in ("tempo", "cost", "length_q", "node", "state", "end_s")
    ]
    keep = _cheapest_by_bucket(joined[0], joined[1])
    return _States(*(column[keep] for column in joined))


def _walk_back(
    table: Sequence[_States | None], final: _States, places: Sequence[float], meter: Meter, *, never_short: bool
) -> Course:
    """The stretches of the cheapest way, joined into a tempo map."""
    stretches: list[tuple[float, float]] = []
    met: list[float] = []
    states, choice = final, int(np.argmin(final.cost))
    while True:
        stretches.append((float(states.length_q[choice]), float(states.tempo[choice])))
        node, choice = int(states.node[choice]), int(states.state[choice])
        following = table[node]
        if node == 0 or following is None:
            break
        met.append(places[node])
        states = following
    return _course(stretches[::-1], meter, tuple(met[::-1]), never_short=never_short)


def _course(
    stretches: Sequence[tuple[float, float]], meter: Meter, met_s: tuple[float, ...], *, never_short: bool
) -> Course:
    """A tempo map from (quarters, tempo) of each stretch."""
    tempos: list[TempoChange] = []
    lengths: list[float] = []
    at_q = 0.0
    for length_q, tempo in stretches:
        if not tempos or abs(tempos[-1].quarter_bpm / tempo - 1) > 1e-12:
            tempos.append(TempoChange(at_q, tempo))
        lengths.extend(bar_lengths(length_q, meter, never_short=never_short))
        at_q += length_q
    starts = np.concatenate([[0.0], np.cumsum(lengths)])
    meters = [MeterChange(0.0, odd_meter(lengths[0], meter))]
    for index, (before, after) in enumerate(pairwise([*lengths, meter.bar_q])):
        if abs(before - after) > 1e-9:
            meters.append(MeterChange(float(starts[index + 1]), odd_meter(after, meter)))
    return Course(TempoMap(tuple(tempos), tuple(meters)), len(lengths), at_q, met_s)
