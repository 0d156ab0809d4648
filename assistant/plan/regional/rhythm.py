"""The rhythm of a motif put into a cycle: its beats go to the cycle's groups, its notes to places in them.

*Conventions*: positions in quarters. A *span* is the bars of the motif that become so many bars of the cycle (four
quarters are one bar of 7/8, but two of 2/4, and two of 6/8, whose two felt beats are dotted). Inside a span the beats
of the motif are matched with the groups of the cycle in order; then each note takes a place on the cycle's grid: heads
of groups for its anchors, order and relative lengths kept. The same notes, metres and groups give the same places.

Sources: Fracile 2003 and Arom 2004 (aksak as groups of two and three); London 2012 (beats of unequal length).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import ceil, inf, log2

from assistant.plan.regional.pitch import cheapest
from assistant.score import Meter
from assistant.score.motif import MOST_Q, MotifNote

RATIOS = ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (1, 4), (4, 1))
"""Bars of the motif to bars of the cycle; plain ones first."""
UNEVEN = 0.2
"""What another ratio than one to one costs, in octaves of length."""
CRAMPED = 4.0
"""What every octave of length costs for which there is no room: a tune that is cut is not the tune."""
HEAD, GROUP, BEAT, EIGHTH, LESS = 1.0, 0.75, 0.45, 0.2, 0.08
"""How strong a place is: the first of a bar, of a group, a felt beat, an eighth, anything else."""
LILT = 0.1
"""How much stronger the third eighth of three is than the second: a pair in a beat of three is long and short."""
UNBARRED = 2.0
"""What a bar line costs that falls into a group, in octaves of length."""
FAR, MISPLACED, LILTED, SWAPPED = 2.0, 1.2, 0.5, 0.8
"""Costs: a quarter away from its own place; an anchor off the heads; a gap an octave off; long and short exchanged."""


@dataclass(frozen=True)
class Grid:
    """A cycle: its metre and the lengths of its groups in quarters."""

    meter: Meter
    groups_q: tuple[float, ...]

    @property
    def bar_q(self) -> float:
        """Length of a bar."""
        return self.meter.bar_q


def grid_of(meter: Meter, counts: Sequence[int] = ()) -> Grid:
    """The grid of a metre, grouped as a cycle counts it, or as the metre usually is.

    Examples
    --------
    >>> grid_of(Meter(9, 8), (2, 2, 2, 3)).groups_q, grid_of(Meter(7, 8)).groups_q
    ((1.0, 1.0, 1.0, 1.5), (1.0, 1.0, 1.5))
    """
    if counts and len(counts) > 1:
        unit_q = meter.bar_q / sum(counts)
        return Grid(meter, tuple(round(count * unit_q, 6) for count in counts))
    if meter.is_compound or (meter.unit <= 4 and meter.bar_q == round(meter.bar_q)):
        beats = round(meter.bar_q / meter.beat_q)
        return Grid(meter, (meter.beat_q,) * beats)
    unit_q = 4 / meter.unit
    twos = [2] * (meter.beats // 2 - meter.beats % 2) + [3] * (meter.beats % 2)
    return Grid(meter, tuple(count * unit_q for count in twos))


def fit_rhythm(
    notes: Sequence[MotifNote], weights: Sequence[float], meter: Meter, grid: Grid, room_q: float = inf
) -> tuple[MotifNote, ...]:
    """The notes in another metre or cycle, their pitches untouched.

    Parameters
    ----------
    notes : sequence of MotifNote
    weights : sequence of float
        How much each carries the motif, 0..1.
    meter : Meter
        The motif's own.
    grid : Grid
        Where it is to go.
    room_q : float
        Quarters that there are for it: a slower way than that is dear.

    Examples
    --------
    >>> from assistant.score.motif import parse_motif
    >>> tune = parse_motif("C4 D4 E4 G4").notes
    >>> [note.start_q for note in fit_rhythm(tune, [1, 0.2, 0.5, 1], Meter(4, 4), grid_of(Meter(9, 8), (2, 2, 2, 3)))]
    [0.0, 1.0, 2.0, 3.0]
    """
    ours, theirs = _ratio(meter, grid, max(note.end_q for note in notes), room_q)
    span_q, goal_q = ours * meter.bar_q, theirs * grid.bar_q
    placed: list[MotifNote] = []
    for nth in range(ceil(round(max(note.end_q for note in notes) / span_q, 6))):
        inside = [i for i, note in enumerate(notes) if nth * span_q - 1e-6 <= note.start_q < (nth + 1) * span_q - 1e-6]
        if not inside:
            continue
        local = [replace(notes[i], start_q=max(0.0, notes[i].start_q - nth * span_q)) for i in inside]
        beats = _bounds([meter.beat_q] * round(span_q / meter.beat_q))
        warp = _warp(beats, _bounds([*grid.groups_q] * theirs), (meter.bar_q, grid.bar_q))
        taken = _placed(local, [weights[i] for i in inside], warp, grid, goal_q)
        placed += [replace(note, start_q=round(note.start_q + nth * goal_q, 6)) for note in taken]
    return _unhurried(placed)


def _ratio(meter: Meter, grid: Grid, whole_q: float, room_q: float) -> tuple[int, int]:
    """How many bars of the motif become how many of the cycle: the nearest in length for which there is room."""

    def price(pair: tuple[int, int]) -> float:
        longer = pair[1] * grid.bar_q / (pair[0] * meter.bar_q)
        slower = longer * meter.count_q / grid.meter.count_q  # a tempo counts felt beats: dotted ones in 6/8
        return abs(log2(slower)) + UNEVEN * (sum(pair) > 2) + CRAMPED * log2(max(1.0, longer * whole_q / room_q))

    return min(RATIOS, key=price)


def _bounds(lengths: Sequence[float]) -> list[float]:
    bounds = [0.0]
    for length in lengths:
        bounds.append(bounds[-1] + length)
    return bounds


def _warp(beats: Sequence[float], groups: Sequence[float], bars_q: tuple[float, float]) -> list[tuple[float, float]]:
    """Pairs of places that correspond: beats of the motif with heads of groups, in order.

    Where there are more of one than of the other, some hold several; shares of the whole stay as near as can be, and
    bar lines (every ``bars_q`` of either) are among the places that are kept.
    """
    if len(beats) >= len(groups):
        return list(zip(_chosen(beats, groups, bars_q[0]), groups, strict=True))
    return list(zip(beats, _chosen(groups, beats, bars_q[1]), strict=True))


def _chosen(many: Sequence[float], few: Sequence[float], bar_q: float) -> list[float]:
    """As many of the bounds as there are few, both ends among them, whose shares of the whole are nearest."""
    inner, wanted = many[1:-1], len(few) - 2
    if wanted >= len(inner):
        return list(many)
    if len(inner) > 12:  # a cycle of sixteen beats: the nearest bound for each, in order
        return _nearest(many, few)

    lines = [bound for bound in inner if abs(bound / bar_q - round(bound / bar_q)) < 1e-6]

    def price(bounds: Sequence[float]) -> float:
        whole = [many[0], *bounds, many[-1]]
        shares = zip(pairwise(whole), pairwise(few), strict=True)
        off = sum(abs(bound / many[-1] - mark / few[-1]) for bound, mark in zip(bounds, few[1:-1], strict=True))
        off += UNBARRED * sum(line not in bounds for line in lines)
        return off + sum(abs(log2(((b - a) / many[-1]) / ((d - c) / few[-1]))) for (a, b), (c, d) in shares)

    return [many[0], *min(combinations(inner, wanted), key=price), many[-1]]


def _nearest(many: Sequence[float], few: Sequence[float]) -> list[float]:
    left, out = list(many[1:-1]), [many[0]]
    for index, bound in enumerate(few[1:-1], start=1):
        free = left[: len(left) - (len(few) - 2 - index)]
        best = min(free, key=lambda each: abs(each / many[-1] - bound / few[-1]))
        out.append(best)
        left = left[left.index(best) + 1 :]
    return [*out, many[-1]]


def _warped(at_q: float, warp: Sequence[tuple[float, float]]) -> float:
    """A place of the motif in the cycle, in straight lines between places that correspond."""
    for (a, c), (b, d) in pairwise(warp):
        if at_q <= b + 1e-9:
            return c + (at_q - a) / (b - a) * (d - c)
    (a, c), (b, d) = warp[-2], warp[-1]
    return d + (at_q - b) * (d - c) / (b - a)


def _strengths(grid: Grid, goal_q: float, step_q: float) -> list[float]:
    """How strong every place of the grid is."""
    heads = {round(bound, 6) for bound in _bounds(grid.groups_q)}
    strengths = []
    for index in range(round(goal_q / step_q)):
        at_q = round(index * step_q % grid.bar_q, 6)
        if min(at_q, grid.bar_q - at_q) < 1e-6:
            strengths.append(HEAD)
        elif at_q in heads:
            strengths.append(GROUP)
        elif abs(at_q / grid.meter.beat_q - round(at_q / grid.meter.beat_q)) < 1e-6:
            strengths.append(BEAT)
        elif grid.meter.is_compound and abs(at_q % 1.5 - 1.0) < 1e-6:
            strengths.append(EIGHTH + LILT)
        else:
            strengths.append(EIGHTH if abs(at_q * 2 - round(at_q * 2)) < 1e-6 else LESS)
    return strengths


def _placed(
    notes: Sequence[MotifNote],
    weights: Sequence[float],
    warp: Sequence[tuple[float, float]],
    grid: Grid,
    goal_q: float,
) -> list[MotifNote]:
    """Notes of one span on the grid."""
    wished = [_warped(note.start_q, warp) for note in notes]
    ends = [_warped(note.end_q, warp) for note in notes]
    closest = min((b - a for a, b in pairwise(wished)), default=1.0)
    step_q = 0.5 if closest >= 0.45 and len(notes) <= 0.9 * goal_q / 0.5 else 0.25
    if len(notes) > goal_q / step_q:
        step_q /= 2
    strengths = _strengths(grid, goal_q, step_q)

    def own(slot: tuple[int, int]) -> float:
        index, place = slot
        return FAR * abs(place * step_q - wished[index]) + MISPLACED * weights[index] * (1 - strengths[place])

    def between(left: tuple[int, int], right: tuple[int, int]) -> float:
        gap = (right[1] - left[1]) * step_q
        if gap <= 0:
            return 1e6
        was = notes[right[0]].start_q - notes[left[0]].start_q
        goes = wished[right[0]] - wished[left[0]]
        cost = LILTED * abs(log2(gap / max(goes, 1e-3)))
        if left[0]:
            before = notes[left[0]].start_q - notes[left[0] - 1].start_q
            cost += SWAPPED * (was > before + 1e-6 and gap < goes - 1e-6)
        return cost

    reach = max(2, round(1.5 / step_q))
    slots = [
        [(index, place) for place in range(len(strengths)) if abs(place - wish / step_q) <= reach + len(notes) / 4]
        for index, wish in enumerate(wished)
    ]
    line, _ = cheapest(slots, own, between)
    starts = [place * step_q for _, place in line]
    out = []
    for index, (note, start_q) in enumerate(zip(notes, starts, strict=True)):
        length_q = max(0.25 * step_q, ends[index] - wished[index])
        if index + 1 < len(notes):
            tied = notes[index + 1].start_q - note.end_q < 1e-6
            room = starts[index + 1] - start_q
            length_q = room if tied else min(room, length_q)
        out.append(replace(note, start_q=start_q, length_q=round(length_q, 6)))
    return out


def _unhurried(notes: Sequence[MotifNote]) -> tuple[MotifNote, ...]:
    """Notes that end where the next begins at the latest, in so much room as a motif has."""
    out = []
    for note, after in zip(notes, (*notes, None)[1:], strict=True):
        if after is not None and note.end_q > after.start_q:
            note = replace(note, length_q=round(after.start_q - note.start_q, 6))
        out.append(note)
    return tuple(note for note in out if note.start_q < 4 * MOST_Q)
