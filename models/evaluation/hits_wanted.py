"""Random briefs with hits, and which of their hits a plan refuses: what `models.evaluation.hits` measures.

Conventions: the same seed gives the same briefs. Slow castings that play alone are asked for hits in the first instants
besides, where nothing of the cue is left to begin early in. A hit may be refused only outside the sounding length or
within one beat of another that is struck, and then the nearest place that can be struck is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from assistant.clip import Clip
from assistant.constraints import Constraints, HitPoint, Instruments, arc_of
from assistant.library import load
from assistant.plan import Plan, PlannedHit, make_plan
from assistant.settings import SHORTEST_STRIKE_S

ALONE = (
    ("strings",), ("choir",), ("pad",), ("brass",), ("woodwinds",), ("organ",), ("cello",), ("choir", "strings"),
    ("french-horn",), ("pad", "piano"), ("strings", "timpani"), ("flute", "pad"), ("voice", "pad"), ("erhu", "strings"),
)  # fmt: skip
"""Castings of which nobody else plays: most of them speak slowly."""
RATES_HZ = (24000 / 1001, 24.0, 25.0, 30000 / 1001, 30.0, 50.0, 60.0)
KINDS = ("hit", "hit", "hit", "stop", "reveal", "swell")
FIRST_S = (0.0, 0.03, 0.08, 0.12)
SLOW = (("pad",), ("strings",), ("choir",), ("cello",))


@dataclass(frozen=True)
class Wish:
    """One random brief: what is asked, and the picture that it is for."""

    number: int
    asked: Constraints
    clip: Clip | None

    @property
    def casting(self) -> str:
        """Who plays, in short."""
        alone = self.asked.instruments
        return "+".join(alone.include) if alone.alone else ", ".join(self.asked.styles)


def first_wishes() -> list[Wish]:
    """Slow castings that play alone, with a hit in the first instants and one later."""
    return [
        Wish(
            number,
            Constraints(
                duration_s=10.0, instruments=Instruments(cast, (), alone=True),
                hits=(HitPoint(at_s, "hit"), HitPoint(5.0, "hit")),
            ),
            None,
        )
        for number, (cast, at_s) in enumerate(product(SLOW, FIRST_S))
    ]  # fmt: skip


def wishes(count: int, *, seed: int) -> list[Wish]:
    """Random briefs; every third has a casting of its own that plays alone, two in five have a picture."""
    rng = np.random.default_rng(seed)
    styles = sorted(load().styles)
    return [_wish(number, rng, styles) for number in range(count)]


def _wish(number: int, rng: np.random.Generator, styles: Sequence[str]) -> Wish:
    length_s = round(float(rng.uniform(12, 70)), 2)
    alone = number % 3 == 0
    members = ALONE[number // 3 % len(ALONE)]
    low_bpm = round(float(rng.uniform(56, 160)))
    tempo = [None, (low_bpm, low_bpm), (low_bpm, 1.15 * low_bpm)][rng.integers(3)]
    moods = [(at, *rng.uniform(-0.8, 0.9, 2).round(2)) for at in (0.0, round(float(rng.uniform(0.3, 0.8)), 2), 1.0)]
    times = sorted(rng.uniform(0.0, length_s, rng.integers(1, 6)).round(3))
    hits = tuple(HitPoint(float(at_s), KINDS[rng.integers(len(KINDS))]) for at_s in times)
    rate_hz = RATES_HZ[rng.integers(len(RATES_HZ))] if rng.random() < 0.4 else None
    asked = Constraints(
        duration_s=length_s, use="film" if rate_hz else "other",
        arc=arc_of([tuple(map(float, mood)) for mood in moods]),
        styles=() if alone else (styles[rng.integers(len(styles))],), tempo_bpm=tempo,
        instruments=Instruments(members, (), alone=True) if alone else Instruments(), hits=hits,
    )  # fmt: skip
    return Wish(number, asked, Clip("picture.mp4", length_s, frame_rate_hz=rate_hz) if rate_hz else None)


def plan_of(wish: Wish) -> Plan:
    """The plan of a brief."""
    return make_plan(wish.asked, library=load(), clip=wish.clip, seed=wish.number)


def wrongly_refused(plan: Plan) -> list[PlannedHit]:
    """Hits called infeasible though they lie inside, a beat away from all that are struck."""
    return [hit for hit in plan.hits if not hit.feasible and _has_room(plan, hit.at_s)]


def _has_room(plan: Plan, at_s: float) -> bool:
    """Whether a strike fits there: inside the sounding length, a beat (of the tempo there) from every strike."""
    if not 0 <= at_s <= plan.length_s - SHORTEST_STRIKE_S:
        return False
    tempo_map = plan.tempo_map
    return all(
        abs(tempo_map.quarters_at(other.at_s) - tempo_map.quarters_at(at_s)) >= plan.bars[0].meter.beat_q - 1e-6
        for other in plan.hits
        if other.feasible and other.at_s != at_s
    )


def refusals(wish: Wish) -> list[tuple[float, float | None, bool]]:
    """Every infeasible hit: when, the nearest that is said (None where nothing is), whether one there is feasible."""
    plan = plan_of(wish)
    said = {item.fact("at_s"): float(item.fact("nearest_s")) for item in plan.remarks if item.code == "hit_infeasible"}
    rows = []
    for hit in plan.hits:
        if hit.feasible:
            continue
        nearest_s = said.get(hit.at_s)
        rows.append((hit.at_s, nearest_s, nearest_s is not None and _lands(wish, hit, nearest_s)))
    return rows


def _lands(wish: Wish, hit: PlannedHit, at_s: float) -> bool:
    """Whether all hits that were feasible, and this one at a time where none of them is, are feasible together."""
    others = tuple(item for item in wish.asked.hits if item.at_s != hit.at_s)
    before = {item.at_s for item in plan_of(wish).hits if item.feasible}
    tried = replace(wish, asked=replace(wish.asked, hits=(*others, HitPoint(at_s, hit.kind))))
    after = {item.at_s for item in plan_of(tried).hits if item.feasible}
    return at_s not in before and before | {at_s} <= after


def hard_wishes(count: int, *, seed: int) -> list[Wish]:
    """Random briefs of which some hits cannot be struck: close pairs, and ones at or behind the end."""
    rng = np.random.default_rng((seed, 1))
    found = []
    for wish in wishes(count, seed=seed + 1):
        length_s = float(wish.asked.duration_s or 0)
        at_s = float(rng.uniform(1, length_s - 2))
        more = (at_s, at_s + float(rng.uniform(0.05, 0.3)), length_s + float(rng.uniform(-0.09, 3)))
        hits = tuple(HitPoint(round(each, 3)) for each in more)
        found.append(replace(wish, asked=replace(wish.asked, hits=hits)))
    return found
