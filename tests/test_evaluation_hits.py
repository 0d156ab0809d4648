"""The measure of hits: its detector finds what was planted, its briefs are the same again, its verdicts can be no."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assistant.constraints import Constraints, HitPoint
from assistant.library import load
from assistant.plan import make_plan
from models.evaluation import hits, hits_wanted, rises

RATE_HZ = 48_000


def tone_from(at_s: float, attack_s: float) -> np.ndarray:
    """A second and a half of a tone that sets in around a time, over a faint one."""
    times = np.arange(round(1.5 * RATE_HZ)) / RATE_HZ
    climb = np.clip((times - at_s + attack_s / 2) / max(attack_s, 1e-6), 0, 1)
    return np.asarray(0.3 * climb * np.sin(2 * np.pi * 330 * times) + 0.01 * np.sin(2 * np.pi * 700 * times))


@pytest.mark.parametrize("attack_s", [0.0, 0.04, 0.12])
@pytest.mark.parametrize("late_s", [-0.06, 0.0, 0.035])
def test_the_detector_finds_a_planted_onset(attack_s: float, late_s: float) -> None:
    found = rises.onset(tone_from(0.8 + late_s, attack_s), RATE_HZ, 0.8)
    assert found.at_s == pytest.approx(0.8 + late_s, abs=0.004 + attack_s / 8)
    assert found.rise_db > 10


def test_no_rise_is_found_where_nothing_sets_in() -> None:
    assert abs(rises.onset(tone_from(-1.0, 0.0), RATE_HZ, 0.8).rise_db) < hits.LEAST_RISE_DB


@pytest.mark.parametrize("by_s", hits.MOVES_S)
def test_a_strike_that_is_moved_is_found_moved(by_s: float) -> None:
    sound = tone_from(0.8, 0.01)
    moved = hits.moved(sound, 0.8, by_s)
    there, here = (rises.onset(each, RATE_HZ, 0.8).at_s for each in (moved, sound))
    assert there - here == pytest.approx(by_s, abs=0.004)
    assert np.abs(np.diff(moved)).max() < 1.5 * np.abs(np.diff(sound)).max(), "no click where it was joined"


def test_the_same_seed_gives_the_same_briefs() -> None:
    assert hits_wanted.wishes(6, seed=3) == hits_wanted.wishes(6, seed=3) != hits_wanted.wishes(6, seed=4)
    assert all(1 <= len(wish.asked.hits) <= 5 for wish in hits_wanted.wishes(30, seed=3))


def test_a_hit_that_is_refused_though_it_has_room_is_seen() -> None:
    plan = make_plan(Constraints(duration_s=20.0, hits=(HitPoint(5.0), HitPoint(12.0))), library=load())
    assert hits_wanted.wrongly_refused(plan) == []
    refused = replace(plan, hits=(plan.hits[0], replace(plan.hits[1], feasible=False)))
    assert hits_wanted.wrongly_refused(refused) == [refused.hits[1]]


def test_a_hit_that_is_late_or_too_faint_is_counted_as_missed() -> None:
    wish = hits_wanted.Wish(1, Constraints(duration_s=10.0), None)
    plan = make_plan(Constraints(duration_s=10.0, hits=(HitPoint(5.0),)), library=load())
    well = hits.Struck(wish, "rules", plan.hits[0], 40.0, 12.0, 9.0, 1.0, True, (), ("lead",))
    assert hits._bound("all", [well, well]).met
    for wrong in (replace(well, error_ms=-41.0), replace(well, rise_db=0.5), replace(well, error_ms=None)):
        bound = hits._bound("one", [well, wrong])
        assert not bound.met and bound.measured.startswith("1 of 2")


def test_the_nearest_place_that_is_said_can_be_struck_beside_all_others() -> None:
    times = (4.0, 4.1, 9.0, 9.2, 15.97, 17.5)
    wish = hits_wanted.Wish(1, Constraints(duration_s=16.0, hits=tuple(map(HitPoint, times))), None)
    rows = hits_wanted.refusals(wish)
    assert [at_s for at_s, _, _ in rows] == [4.1, 9.2, 15.97, 17.5]
    assert all(can_be_struck for _, _, can_be_struck in rows)
