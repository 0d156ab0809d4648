"""Spotting: which moments the music lands on, and the tempo map that takes it there.

*Conventions*: seconds from the start of the cue. A hit is infeasible only outside the sounding length or within one
beat of the hit before it; then the nearest place is said. The last hit, when it falls where the final chord would be,
*is* the final chord. Cuts of the picture are taken where they cost no odd bar.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.clip import Clip
from assistant.constraints import HitPoint
from assistant.plan.defaults import Frame, keeps_course
from assistant.plan.tempo import Anchor, Course, Ending, TempoWish, solve_course
from assistant.plan.values import Plan, PlannedHit
from assistant.remark import Remark
from assistant.score import Bar, Meter
from assistant.settings import LAST_STRIKE_S, SHORTEST_STRIKE_S

FIRST_ANCHOR_S = 0.03
"""A hit before this lies inside the first bar; a bar line there would need a faster tempo than any."""
MOST_CUTS = 12
"""Cuts that are considered; the strongest win."""


@dataclass(frozen=True)
class Spotting:
    """The tempo map, the bars that hold notes, the hits on it, and the cuts that got a bar line."""

    course: Course
    bars: tuple[Bar, ...]
    starts_s: tuple[float, ...]
    hits: tuple[PlannedHit, ...]
    cut_bars: tuple[int, ...]
    remarks: tuple[Remark, ...]

    def bar_of(self, at_s: float) -> int:
        """The bar that sounds at a time."""
        return max(0, bisect_right(self.starts_s, at_s + 1e-6) - 1)

    def hit_bars(self) -> dict[int, PlannedHit]:
        """The feasible hits by the bar that they fall in."""
        return {self.bar_of(hit.at_s): hit for hit in self.hits if hit.feasible}


def spot(frame: Frame, clip: Clip | None, previous: Plan | None = None) -> Spotting:
    """Hits judged, cuts chosen, and the tempo map solved, or kept from the plan before where nothing touches it."""
    said: list[Remark] = []
    verdicts = _judge(frame, said)
    struck = [hit.at_s for hit, feasible in verdicts if feasible]
    ending = _ending(frame, verdicts, struck)
    anchors = {at_s: None for at_s in struck if FIRST_ANCHOR_S < at_s < ending.earliest_s - 1e-6}
    cuts = _cuts(clip, list(anchors), ending)
    points = sorted([Anchor(at_s) for at_s in anchors] + cuts, key=lambda anchor: anchor.at_s)
    if previous is not None and keeps_course(frame, previous):
        bars_before = previous.bar_count - (0 if previous.loop else 1)
        course = Course(previous.tempo_map, bars_before, previous.final_q, ())
    else:
        keeps = previous is not None and previous.tempo_map.meters[-1].meter == frame.meter
        course = solve_course(points, ending, frame.wish, frame.meter, never_short=keeps)
    _say_tempo(course, frame.wish, frame.meter, said)
    count = course.bars + (0 if frame.asked.loop else 1)
    iterate = course.tempo_map.iterate_bars()
    bars = tuple(next(iterate) for _ in range(count))
    starts_s = tuple(course.tempo_map.seconds_at(bar.start_q) for bar in bars)
    hits = tuple(_placed(hit, feasible, course, frame) for hit, feasible in verdicts)
    spotting = Spotting(course, bars, starts_s, hits, (), tuple(said))
    on_bars = {round(start_s, 6) for start_s in starts_s}
    taken = tuple(spotting.bar_of(cut.at_s) for cut in cuts if round(cut.at_s, 6) in on_bars)
    return Spotting(course, bars, starts_s, hits, taken, tuple(said))


def _judge(frame: Frame, said: list[Remark]) -> list[tuple[HitPoint, bool]]:
    """Every hit with whether it can be struck; of those that cannot, the nearest place that can is said."""
    beat_s = 60 / frame.wish.high * frame.meter.beat_q
    verdicts: list[tuple[HitPoint, bool]] = []
    struck: list[float] = []
    latest_s = frame.length_s - SHORTEST_STRIKE_S
    for hit in sorted(frame.asked.hits, key=lambda hit: hit.at_s):
        inside = 0 <= hit.at_s <= latest_s
        feasible = inside and (not struck or hit.at_s - struck[-1] >= beat_s - 1e-9)
        verdicts.append((hit, feasible))
        if feasible:
            struck.append(hit.at_s)
    for hit, feasible in verdicts:
        if not feasible:
            nearest_s = nearest_free(hit.at_s, struck, beat_s=beat_s, last_s=frame.length_s - LAST_STRIKE_S)
            said.append(Remark.of("hit_infeasible", at_s=hit.at_s, nearest_s=nearest_s))
    return verdicts


def nearest_free(at_s: float, struck: Sequence[float], *, beat_s: float, last_s: float) -> float:
    """The place nearest to ``at_s`` that is a beat from every strike, in whole milliseconds; on a strike if none is.

    Examples
    --------
    >>> nearest_free(4.1, [4.0, 9.0], beat_s=0.5, last_s=11.7), nearest_free(12.0, [4.0], beat_s=0.5, last_s=11.7)
    (4.5, 11.7)
    >>> nearest_free(0.2, [0.1, 0.7], beat_s=0.5, last_s=1.0)
    0.1
    """
    earlier = [math.floor(1000 * (place - beat_s) + 1e-6) / 1000 for place in struck]
    later = [math.ceil(1000 * (place + beat_s) - 1e-6) / 1000 for place in struck]
    ends = [0.0, round(last_s, 3)]
    free = [
        place
        for place in (*earlier, *later, *ends, round(at_s, 3))
        if 0 <= place <= last_s + 5e-4 and all(abs(place - other) >= beat_s - 1e-9 for other in struck)
    ]
    return min(free or struck or [0.0], key=lambda place: abs(place - at_s))


def _ending(frame: Frame, verdicts: Sequence[tuple[HitPoint, bool]], struck: Sequence[float]) -> Ending:
    """Where the final chord may be: on the last hit if that is late enough, else where chord and tail just fit."""
    length_s = frame.length_s
    if frame.asked.loop:
        return Ending.at(length_s)
    shortest, best, longest = frame.use.ring_s
    bar_s = frame.meter.bar_q * 60 / frame.wish.target
    shortest = min(shortest, 0.13 * length_s + 0.2)
    longest = max(shortest + 0.4, min(max(longest, bar_s + 0.8 * shortest), 0.3 * length_s + 0.3))
    best = min(max(best, shortest + 0.2), longest)
    calm = min(1.0, max(0.0, -2 * frame.asked.emotion_at(1.0).arousal))
    best += 0.8 * calm * (longest - best)  # what ends gently rings longer
    if any(not feasible and abs(hit.at_s - length_s) <= SHORTEST_STRIKE_S for hit, feasible in verdicts):
        late = length_s - LAST_STRIKE_S
        if not struck or struck[-1] < late - 0.25:
            return Ending.at(late)
    if struck and struck[-1] >= length_s - longest and struck[-1] > FIRST_ANCHOR_S:
        return Ending.at(struck[-1])
    return Ending(length_s - longest, length_s - shortest, length_s - best)


def _cuts(clip: Clip | None, taken: Sequence[float], ending: Ending) -> list[Anchor]:
    """The strongest cuts, each as an anchor that may be passed by."""
    if clip is None:
        return []
    chosen: list[Anchor] = []
    places = [0.0, *taken, ending.best_s]
    for cut in sorted(clip.cuts, key=lambda cut: (-cut.strength, cut.at_s)):
        room = all(abs(cut.at_s - place) > 0.9 for place in places) and cut.at_s < ending.earliest_s - 0.6
        if room and len(chosen) < MOST_CUTS:
            chosen.append(Anchor(cut.at_s, 0.35 + 0.7 * cut.strength))
            places.append(cut.at_s)
    return chosen


def _say_tempo(course: Course, wish: TempoWish, meter: Meter, said: list[Remark]) -> None:
    """Say where a tempo that was asked had to give way."""
    if not wish.asked:
        return
    changes = course.tempo_map.tempos
    ends_q = [*(change.at_q for change in changes[1:]), course.final_q]
    tempi = [
        change.quarter_bpm
        for change, end_q in zip(changes, ends_q, strict=True)
        if end_q - change.at_q >= meter.beat_q or len(changes) == 1
    ] or [wish.target]
    if min(tempi) < wish.low * 0.999 or max(tempi) > wish.high * 1.001:
        low, high = (round(tempo / meter.count_q, 1) for tempo in (min(tempi), max(tempi)))
        said.append(Remark.of("tempo_gave_way", low=low, high=high))


def _placed(hit: HitPoint, feasible: bool, course: Course, frame: Frame) -> PlannedHit:
    """The hit on its bar line; an infeasible one where it is nearest."""
    at_q = course.tempo_map.quarters_at(min(max(0.0, hit.at_s), frame.length_s))
    if feasible:
        nearest = next(
            (bar.start_q for bar in course.tempo_map.bars_until(course.final_q + 1) if abs(bar.start_q - at_q) < 1e-6),
            at_q,
        )
        return PlannedHit(hit.at_s, hit.kind, nearest)
    return PlannedHit(hit.at_s, hit.kind, min(at_q, course.final_q), feasible=False)
