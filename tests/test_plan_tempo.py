"""The tempo map solver: bar lines on the moments, small changes, legal bars."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.constraints import Constraints, HitPoint
from assistant.library import Library
from assistant.plan import make_plan
from assistant.plan.bars import bar_lengths, odd_meter
from assistant.plan.tempo import Anchor, Ending, TempoWish, solve_course
from assistant.score import Meter

METERS = ("4/4", "3/4", "2/4", "6/8", "9/8", "12/8", "5/4", "7/8")


def spaced(times, gap):
    kept = []
    for time in sorted(times):
        if not kept or time - kept[-1] >= gap:
            kept.append(time)
    return kept


def heard(course):
    """Tempi that last long enough to be heard as such: a stretch below a second is a pickup."""
    tempos = course.tempo_map.tempos
    ends = [*(tempo.at_q for tempo in tempos[1:]), course.final_q]
    return [
        tempo for tempo, end in zip(tempos, ends, strict=True) if (end - tempo.at_q) * 60 / tempo.quarter_bpm >= 1.0
    ]


@st.composite
def routes(draw):
    length_s = draw(st.floats(6, 180))
    hits = spaced(draw(st.lists(st.floats(0.3, length_s - 4.5), max_size=5)), 2.0) if length_s > 6 else []
    low = draw(st.floats(50, 150))
    high = low * draw(st.floats(1.0, 1.4))
    wish = TempoWish(low, high, math.sqrt(low * high), asked=draw(st.booleans()))
    fixed = draw(st.booleans())
    ending = Ending.at(length_s) if fixed else Ending(length_s - 3.6, length_s - 1.2, length_s - 2.2)
    return [Anchor(hit) for hit in hits], ending, wish, Meter.parse(draw(st.sampled_from(METERS)))


@settings(max_examples=150, deadline=None)
@given(routes())
def test_every_anchor_is_a_bar_line_and_the_end_is_in_its_place(route):
    anchors, ending, wish, meter = route
    course = solve_course(anchors, ending, wish, meter)
    starts = [course.tempo_map.seconds_at(bar.start_q) for bar in course.tempo_map.bars_until(course.final_q + 1e-3)]
    for anchor in anchors:
        assert min(abs(start - anchor.at_s) for start in starts) < 1e-6
    assert ending.earliest_s - 1e-6 <= course.tempo_map.seconds_at(course.final_q) <= ending.latest_s + 1e-6
    assert len(course.tempo_map.bars_until(course.final_q)) == course.bars


@settings(max_examples=150, deadline=None)
@given(routes())
def test_tempo_stays_near_its_range_and_bars_are_legal(route):
    anchors, ending, wish, meter = route
    course = solve_course(anchors, ending, wish, meter)
    for tempo in heard(course):
        assert wish.low / 1.36 <= tempo.quarter_bpm <= wish.high * 1.36
    for bar in course.tempo_map.bars_until(course.final_q):
        assert 0.25 <= bar.length_q <= 1.5 * meter.bar_q
        assert math.isclose(bar.meter.bar_q, bar.length_q)


def test_odd_bars_stand_right_before_an_anchor():
    course = solve_course(
        [Anchor(10.3), Anchor(19.0)], Ending.at(30.0), TempoWish(119, 121, 120, asked=True), Meter(4, 4)
    )
    bars = course.tempo_map.bars_until(course.final_q)
    for bar, after in zip(bars, (*bars[1:], None), strict=True):
        if bar.length_q != 4.0:
            end_s = course.tempo_map.seconds_at(bar.end_q)
            assert after is None or min(abs(end_s - at_s) for at_s in (10.3, 19.0, 30.0)) < 1e-6


def test_an_asked_tempo_is_kept_by_an_odd_bar():
    course = solve_course([Anchor(9.0)], Ending.at(17.0), TempoWish(118, 122, 120, asked=True), Meter(4, 4))
    assert all(118 <= tempo.quarter_bpm <= 122 for tempo in course.tempo_map.tempos)
    assert {bar.length_q for bar in course.tempo_map.bars_until(course.final_q)} != {4.0}


def test_a_tempo_that_was_not_asked_gives_way_before_the_metre():
    course = solve_course([Anchor(9.0)], Ending(15.0, 17.0, 16.0), TempoWish(90, 140, 120), Meter(4, 4))
    assert {bar.length_q for bar in course.tempo_map.bars_until(course.final_q)} == {4.0}


def test_without_anchors_the_wanted_tempo_is_exact():
    course = solve_course([], Ending(26.0, 28.8, 27.6), TempoWish(98, 102, 100, asked=True), Meter(4, 4))
    assert [tempo.quarter_bpm for tempo in course.tempo_map.tempos] == [100.0]


def test_a_cut_is_taken_where_it_is_free_and_passed_by_where_it_is_dear():
    wish = TempoWish(100, 140, 120)
    free = solve_course([Anchor(8.0, 0.4)], Ending.at(16.0), wish, Meter(4, 4))
    dear = solve_course([Anchor(0.7, 0.4)], Ending.at(16.0), wish, Meter(4, 4))
    assert free.met_s == (8.0,)
    assert dear.met_s == ()


@pytest.mark.parametrize("at_s", [0.031, 0.1, 0.3, 0.9])
def test_a_very_early_anchor_gets_a_short_first_bar(at_s):
    course = solve_course([Anchor(at_s)], Ending(26.0, 28.8, 27.6), TempoWish(90, 110, 100), Meter(4, 4))
    first = next(course.tempo_map.iterate_bars())
    assert first.length_q < 4.0
    assert course.tempo_map.seconds_at(first.end_q) == pytest.approx(at_s, abs=1e-9)


@given(st.integers(1, 400), st.sampled_from(METERS))
def test_bars_fill_their_stretch(sixteenths, meter_text):
    meter, length_q = Meter.parse(meter_text), sixteenths / 4
    lengths = bar_lengths(length_q, meter)
    assert sum(lengths) == pytest.approx(length_q)
    assert all(odd_meter(length, meter).bar_q == pytest.approx(length) for length in lengths)
    assert all(length == meter.bar_q for length in lengths[:-1])


def test_a_monstrous_metre_still_makes_legal_bars():
    meter = Meter.parse("32/4")
    assert sum(odd_meter(length, meter).bar_q for length in bar_lengths(62.25, meter)) == 62.25


def test_a_tempo_that_the_hits_moved_is_told_as_it_became(library: Library) -> None:
    told = set()
    for at_s in (11.3, 13.7, 17.9, 20.0):
        plan = make_plan(Constraints(duration_s=36.0, hits=(HitPoint(at_s),), region="turkey"), library=library, seed=3)
        remark = next(said for said in plan.remarks if said.code == "default_tempo")
        assert remark.fact("bpm") == round(plan.tempo_map.felt_bpm[0])
        told.add(remark.fact("bpm"))
    assert len(told) > 1, "hits move the tempo here"
