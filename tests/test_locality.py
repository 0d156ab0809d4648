"""A change that is named for a place leaves what lies outside it: home key, modes, chords, cells and tunings."""

from dataclasses import replace

import pytest

from assistant import feedback
from assistant.check import Findings
from assistant.constraints import Constraints, Span, arc_of
from assistant.plan import make_plan
from assistant.score import Cell
from assistant.score.tuning import is_tuning
from assistant.session import TakeRecord
from assistant.tuned import in_tune
from models.registry import get_engine

PERSIAN = Constraints(duration_s=24.0, region="persia", arc=arc_of([(0, 0.1, -0.1), (1, 0.2, 0.1)]))
EPIC = Constraints(duration_s=24.0, styles=("epic",), arc=arc_of([(0, 0.1, 0.3), (1, 0.3, 0.5)]))
PLACES = {
    "Sadder in the second half": (12, 24),
    "Much happier at the end": (16, 24),
    "Calmer in the beginning": (0, 8),
    "Much more tension from 0:12": (12, 24),
    "Far more energy from 0:08 to 0:14": (8, 14),
}
"""Replies to cues of 24 s, and the seconds that they name."""


def take_of(asked, library, engine="rules", seed=11):
    plan = make_plan(asked, library=library, seed=seed)
    score = in_tune(get_engine(engine), library).generate(plan, seed=seed)
    return TakeRecord(1, asked, plan, score, Findings(), engine, seed, "nowhere")


def revised(take, words, library):
    sounding = tuple(part.instrument for part in take.plan.parts)
    length_s = take.plan.length_s
    reply = feedback.read_reply(
        words, constraints=take.constraints, library=library, sounding=sounding, duration_s=length_s
    )
    assert reply.changes and reply.outcome == "accept"
    asked = feedback.apply_and_say(take.constraints, reply.changes, now=feedback.now_of(take.plan)).constraints
    plan = make_plan(asked, library=library, seed=take.seed, previous=take.plan)
    keep = feedback.cells_to_keep(reply, take, plan)
    engine = in_tune(feedback.insisting(get_engine(take.engine), reply, take, library), library)
    return plan, engine.generate(plan, keep=keep, seed=take.seed)


def outside(plan, low, high):
    """Bars that lie wholly outside a place, given in seconds."""
    times = [tuple(plan.tempo_map.seconds_at(at_q) for at_q in (bar.start_q, bar.end_q)) for bar in plan.bars]
    return [
        bar
        for bar, (start_s, end_s) in zip(plan.bars, times, strict=True)
        if end_s <= low + 1e-6 or start_s >= high - 1e-6
    ]


def chords_in(plan, bar):
    return [
        (max(chord.start_q, bar.start_q), min(chord.end_q, bar.end_q), chord.root, chord.quality, chord.bass)
        for chord in plan.chords
        if chord.start_q < bar.end_q - 1e-6 and chord.end_q > bar.start_q + 1e-6
    ]


def tuning_at(part, at_q):
    """What a part's tuning stands at."""
    told = [control for control in part.controls if is_tuning(control) and control.at_q <= at_q]
    return {replace(control, at_q=0.0, value=0): control.value for control in told}


def assert_local(take, plan, score, place):
    before = take.plan
    assert (plan.key, plan.tempo_map) == (before.key, before.tempo_map)
    bars = outside(before, *place)
    assert bars
    for bar in bars:
        assert plan.section_of(bar.index).key == before.section_of(bar.index).key, bar.index
        assert chords_in(plan, bar) == chords_in(before, bar), bar.index
        for part in score.parts:
            cell, old = Cell(part.id, bar.index), take.score.part(part.id)
            assert score.cell(cell) == (take.score.cell(cell) if old else ()), cell
            intents = [p.part(part.id).bars[bar.index] for p in (before, plan) if p.part(part.id)]
            assert not old or intents[0] == intents[1], cell


@pytest.mark.parametrize("words", PLACES)
@pytest.mark.parametrize("asked", [PERSIAN, EPIC], ids=["persia", "epic"])
def test_a_feeling_named_for_a_place_leaves_the_rest(library, words, asked):
    take = take_of(asked, library)
    plan, score = revised(take, words, library)
    assert_local(take, plan, score, PLACES[words])
    assert score != take.score


def test_the_mode_may_change_in_the_place_alone(library):
    """A Persian cue that is to be sadder in its second half went to another dastgah from its first bar on."""
    take = take_of(PERSIAN, library)
    plan, score = revised(take, "Much sadder in the second half", library)
    keys = {section.key for section in plan.sections}
    assert len(keys) == 2 and plan.key == take.plan.key and {key.tonic for key in keys} == {plan.key.tonic}
    border_q = next(plan.bars[section.start_bar].start_q for section in plan.sections if section.key != plan.key)
    for part in score.parts:
        assert tuning_at(part, border_q - 0.01) == tuning_at(take.score.part(part.id), border_q - 0.01)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("Add an oboe in the second half", (12, 24)),
        ("No drums at the end", (16, 24)),
        ("remove the strings at 9 s", (9, 24)),
        ("fewer notes in the second half", (12, 24)),
        ("the melody an octave higher from 0:16", (16, 24)),
    ],
)
def test_players_come_go_and_thin_out_in_the_place_alone(library, words, place):
    take = take_of(EPIC, library)
    assert_local(take, *revised(take, words, library), place)


def test_who_comes_in_a_place_plays_there(library):
    take = take_of(EPIC, library)
    plan, score = revised(take, "Add an oboe in the second half", library)
    (oboe,) = (part for part in score.parts if part.instrument == "oboe")
    assert oboe.notes and plan.tempo_map.seconds_at(min(note.start_q for note in oboe.notes)) > 10


def test_who_goes_at_a_time_rests_from_then_on_and_that_is_said(library):
    reply = read("remove the piano at 5 s", library)
    (change,) = reply.changes
    assert change.is_rest and change.part == "piano" and change.where == Span(5.0, 30.0)
    assert [change.where for change in read("add a flute at 0:12", library).changes] == [Span(12.0, 30.0)]
    assert [change.where for change in read("add a flute. And a harp", library).changes] == [None]


@pytest.mark.parametrize("words", ["in D minor in the second half", "slower from 0:20", "waltz at the end"])
def test_what_holds_for_the_whole_cue_is_said_to(library, words):
    assert [remark.code for remark in read(words, library).remarks] == ["feedback_whole_cue"]
    assert not read(words.partition(" in the")[0].partition(" from")[0].partition(" at")[0], library).remarks


def read(words, library):
    asked = Constraints(duration_s=30.0)
    return feedback.read_reply(words, constraints=asked, library=library, sounding=("piano", "strings"))


@pytest.mark.slow
@pytest.mark.parametrize("words", PLACES)
def test_the_network_leaves_the_rest_too(library, words):
    take = take_of(PERSIAN, library, engine="composer")
    assert_local(take, *revised(take, words, library), PLACES[words])
