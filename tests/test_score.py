"""The tempo map and the score: what must hold for every one of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assistant.errors import InputError
from assistant.records import from_json, to_json
from assistant.score import Cell, Meter, MeterChange, Note, Part, Score, TempoChange, TempoMap, shifted
from tests.made_scores import METERS, parts, scores, small_score, tempo_maps

PLACES = st.floats(0.0, 2000.0)


@given(tempo_maps(), PLACES)
def test_seconds_and_quarters_are_each_others_inverse(tempo_map: TempoMap, at_q: float) -> None:
    assert tempo_map.quarters_at(tempo_map.seconds_at(at_q)) == pytest.approx(at_q, abs=1e-7)


@given(tempo_maps(), PLACES, PLACES)
def test_time_never_runs_backwards(tempo_map: TempoMap, one_q: float, other_q: float) -> None:
    early, late = sorted((one_q, other_q))
    assume(late - early > 1e-6)
    assert tempo_map.seconds_at(early) < tempo_map.seconds_at(late)


@given(tempo_maps(), st.floats(0.1, 300.0))
def test_bars_follow_each_other_without_gap_and_reach_the_end(tempo_map: TempoMap, end_q: float) -> None:
    bars = tempo_map.bars_until(end_q)
    assert bars[0].start_q == 0
    assert [bar.index for bar in bars] == list(range(len(bars)))
    for before, after in pairwise(bars):
        assert after.start_q == pytest.approx(before.end_q)
    assert bars[-1].start_q < end_q <= bars[-1].end_q + 1e-5


@given(tempo_maps(), st.floats(0.0, 300.0))
def test_a_place_lies_in_the_bar_that_is_found_for_it(tempo_map: TempoMap, at_q: float) -> None:
    bar = tempo_map.bar_at(at_q)
    assert bar.start_q - 1e-5 <= at_q < bar.end_q


@given(tempo_maps())
def test_every_metre_change_begins_a_bar_in_its_metre(tempo_map: TempoMap) -> None:
    for change in tempo_map.meters:
        bar = tempo_map.bar_at(change.at_q)
        assert (bar.start_q, bar.meter) == (pytest.approx(change.at_q), change.meter)


def test_tempo_is_that_of_the_last_change() -> None:
    tempo_map = TempoMap((TempoChange(0.0, 60.0), TempoChange(4.0, 120.0)), (MeterChange(0.0, Meter(4, 4)),))
    assert (tempo_map.tempo_at(3.9), tempo_map.tempo_at(4.0)) == (60.0, 120.0)
    assert tempo_map.seconds_at(6.0) == 5.0


@pytest.mark.parametrize(
    ("text", "bar_q", "beat_q"), [("4/4", 4, 1), ("3/4", 3, 1), ("6/8", 3, 1.5), ("7/8", 3.5, 0.5), ("2/2", 4, 2)]
)
def test_metres_know_their_bar_and_their_beat(text: str, bar_q: float, beat_q: float) -> None:
    meter = Meter.parse(text)
    assert (meter.bar_q, meter.beat_q, str(meter)) == (bar_q, beat_q, text)


@pytest.mark.parametrize("text", ["", "four", "4", "0/4", "4/3", "-3/4", "99/4"])
def test_what_is_no_metre_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="metre"):
        Meter.parse(text)


def test_a_metre_change_inside_a_bar_is_refused() -> None:
    with pytest.raises(InputError, match="bar line"):
        TempoMap((TempoChange(0.0, 100.0),), (MeterChange(0.0, Meter(4, 4)), MeterChange(3.0, Meter(3, 4))))


@pytest.mark.parametrize("places", [(), (1.0,), (0.0, 2.0, 2.0), (0.0, 3.0, 1.0)])
def test_changes_out_of_order_are_refused(places: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="tempos"):
        TempoMap(tuple(TempoChange(place, 100.0) for place in places), (MeterChange(0.0, Meter(4, 4)),))


@given(scores())
def test_a_score_survives_json(score: Score) -> None:
    assert from_json(Score, to_json(score)) == score


@given(METERS, parts("lead"))
def test_cells_hold_every_note_once(meter: Meter, part: Part) -> None:
    last_q = max((note.start_q for note in part.notes), default=0.0)
    tempo_map = TempoMap.steady(100.0, meter)
    score = Score(tempo_map, (part,), tempo_map.seconds_at(last_q + 1.0))
    cells = [score.cell(Cell("lead", bar.index)) for bar in score.bars]
    assert sum(len(cell) for cell in cells) == len(part.notes)
    for bar, cell in zip(score.bars, cells, strict=True):
        assert all(0 <= note.start_q < bar.length_q for note in cell)


def test_cells_are_equal_at_any_tempo() -> None:
    slow, fast = small_score(quarter_bpm=60.0, length_s=32.0), small_score(quarter_bpm=120.0, length_s=16.0)
    assert slow.cell(Cell("lead-flute", 3)) == fast.cell(Cell("lead-flute", 3)) != ()


def test_a_cell_that_is_not_there_is_empty() -> None:
    score = small_score()
    assert score.cell(Cell("lead-flute", 999)) == score.cell(Cell("nobody", 0)) == ()


@given(st.lists(st.builds(Note, st.floats(0, 100), st.just(60), st.just(1.0), st.just(64))), st.integers(1, 64))
def test_shifting_there_and_back_changes_nothing_beyond_a_millionth(notes: list[Note], by_q: int) -> None:
    back = shifted(shifted(notes, by_q), -by_q)
    assert [note.start_q for note in back] == pytest.approx([note.start_q for note in notes], abs=1.1e-6)
    assert shifted(shifted(back, by_q), -by_q) == back


def test_notes_are_sorted_and_played_where_nudged() -> None:
    part = Part("a", "lead", "flute", 73, False, (Note(2.0, 60, 1.0, 64), Note(0.0, 62, 1.0, 64, -0.1)))
    assert [note.start_q for note in part.notes] == [0.0, 2.0]
    assert part.notes[0].played_q == 0.0


@pytest.mark.parametrize(
    "wrong", [{"pitch": 128}, {"velocity": 0}, {"start_q": -1.0}, {"length_q": 0.0}, {"start_q": float("nan")}]
)
def test_impossible_notes_are_refused(wrong: dict[str, float]) -> None:
    given_note = {"start_q": 0.0, "pitch": 60, "length_q": 1.0, "velocity": 64} | wrong
    with pytest.raises(InputError):
        Note(**given_note)  # type: ignore[arg-type]


def test_two_parts_of_one_name_are_refused() -> None:
    part = Part("a", "lead", "flute", 73)
    with pytest.raises(InputError, match="different ids"):
        Score(TempoMap.steady(100.0, Meter(4, 4)), (part, part), 10.0)
