"""Measures of music, on lines whose answer is plain to see."""

from __future__ import annotations

import pytest

from assistant.check.music import (
    chord_tone_ratio,
    clash_ratio,
    in_key_ratio,
    line_of,
    longest_identical_run,
    longest_unbroken_bars,
    motif_similarity,
    parallel_count,
    pitch_range,
    portrait,
    rest_ratio,
    step_ratio,
    wide_leaps,
)
from assistant.plan import Key, Plan
from assistant.score import Note, Part, Score
from tests.plans import BAND, MAJOR, toy_plan

PLAN = toy_plan(8, key=Key(0, "major", MAJOR), band=BAND[:1])
"""Chords, one a bar: C G Am F C G G C."""


def line(*pitches: int, step_q: float = 1.0, length_q: float = 1.0, part_id: str = "lead-flute") -> Part:
    notes = [Note(index * step_q, pitch, length_q, 80) for index, pitch in enumerate(pitches) if pitch]
    return Part(part_id, "lead", "flute", 73, notes=tuple(notes))


def score_of(*parts: Part, plan: Plan = PLAN) -> Score:
    return Score(plan.tempo_map, parts, plan.length_s)


def test_a_foreign_note_lowers_the_share_in_key_by_its_length() -> None:
    assert in_key_ratio(score_of(line(60, 62, 64, 65)), PLAN) == 1.0
    assert in_key_ratio(score_of(line(60, 61, 64, 65)), PLAN) == pytest.approx(0.75)


def test_only_strong_beats_count_for_chord_notes() -> None:
    assert chord_tone_ratio(line(60, 62, 64, 65), PLAN) == 1.0
    assert chord_tone_ratio(line(62, 60, 64, 65), PLAN) == 0.5


def test_steps_are_scale_steps() -> None:
    assert step_ratio(line(60, 62, 64, 64), PLAN) == 1.0
    assert step_ratio(line(60, 67, 60, 62), PLAN) == pytest.approx(1 / 3)


def test_range_and_leaps() -> None:
    assert pitch_range(line(60, 74, 62)) == 14
    assert wide_leaps(line(60, 74, 62)) == 1
    assert wide_leaps(line(60, 72, 62)) == 0


def test_of_notes_on_one_place_the_longest_is_the_line() -> None:
    part = Part("lead", "lead", "flute", 73, notes=(Note(0, 60, 0.1, 80), Note(0, 62, 1.0, 80), Note(1, 64, 1.0, 80)))
    assert [note.pitch for note in line_of(part)] == [62, 64]


def test_identical_bars_in_a_row_are_counted() -> None:
    assert longest_identical_run(line(*(60, 62, 64, 65) * 3), PLAN) == 3
    assert longest_identical_run(line(60, 62, 64, 65, 60, 62, 64, 67), PLAN) == 1


def test_a_rest_of_a_beat_breaks_a_stretch() -> None:
    assert longest_unbroken_bars(line(*(60, 62, 64, 65) * 2), PLAN) == 2.0
    assert longest_unbroken_bars(line(60, 62, 64, 0, 60, 62, 64, 0), PLAN) == 0.75


def test_rests_and_onsets() -> None:
    part = line(60, 62, 64, 65)
    assert rest_ratio(part, PLAN) == pytest.approx(7 / 8)


def test_parallel_fifths_are_found_and_contrary_motion_is_not() -> None:
    assert parallel_count(line(67, 69, 71), line(60, 62, 64)) == 2
    assert parallel_count(line(67, 65, 64), line(60, 62, 60)) == 0


def test_doubling_at_the_octave_is_no_fault() -> None:
    assert parallel_count(line(72, 74, 76), line(60, 62, 64)) == 0


def test_a_held_semitone_clashes_and_a_third_does_not() -> None:
    tune = line(64, 65, length_q=1.0)
    third = Part("pad", "harmony", "strings", 48, notes=(Note(0, 60, 2.0, 80),))
    semitone = Part("pad", "harmony", "strings", 48, notes=(Note(0, 52, 2.0, 80),))
    assert clash_ratio(score_of(tune, third), "lead-flute") == 0.0
    assert clash_ratio(score_of(tune, semitone), "lead-flute") == 0.5


def test_a_literal_repeat_is_wholly_alike_and_another_tune_is_not() -> None:
    plan = toy_plan(8, key=Key(0, "major", MAJOR), band=BAND[:1])
    once = (60, 62, 64, 65, 67, 65, 64, 62, 60, 0, 0, 0, 0, 0, 0, 0)
    again = line(*once, *once)
    other = line(*once, 72, 0, 60, 0, 0, 71, 0, 59)
    assert motif_similarity(score_of(again), plan, "lead-flute") == 1.0
    assert motif_similarity(score_of(other), plan, "lead-flute") < 0.6


def test_a_portrait_names_what_lies_outside_its_bounds() -> None:
    found = portrait(score_of(line(*(60, 73, 61, 74) * 6)), PLAN)
    assert found is not None
    assert {"wide_leaps", "steps", "identical_bars", "in_key"} <= set(found.outside())


def test_without_a_lead_there_is_no_portrait() -> None:
    silent = Part("lead-flute", "lead", "flute", 73)
    assert portrait(score_of(silent), PLAN) is None
