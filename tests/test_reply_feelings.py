"""Feelings moved in notes, what is said of wishes that nothing can meet, and members of a family that goes."""

from dataclasses import replace

import pytest

from assistant.check import Findings
from assistant.constraints import Constraints, Instruments
from assistant.feedback import Change, Reply, apply_changes, unmet
from assistant.feedback.feeling import LEAST, Feeling, bars_in_place, felt
from assistant.plan import make_plan
from assistant.score import Cell, Meter, MeterChange, Note, Part, TempoChange, TempoMap
from assistant.session import TakeRecord
from models.registry import get_engine


@pytest.fixture(scope="module")
def take(library):
    """Sixteen seconds in a key that was named."""
    asked = Constraints(duration_s=16.0, styles=("folk",), key="C major", tempo_bpm=(98.0, 102.0))
    plan = make_plan(asked, library=library, seed=3)
    return TakeRecord(1, asked, plan, get_engine("rules").generate(plan, seed=3), Findings(), "rules", 3, "nowhere")


@pytest.mark.parametrize("field", ["valence", "arousal"])
@pytest.mark.parametrize("to", ["lower", "higher"])
def test_a_place_whose_notes_did_not_move_is_moved(take, library, field, to):
    change = Change(field, to, where="middle")
    made = Feeling(change, take, library).done(take.score, take.plan, set())
    bars = bars_in_place(change, take.plan)
    moved = felt(made, take.plan, bars, field) - felt(take.score, take.plan, bars, field)
    assert moved * change.sign >= LEAST / 2
    outside = [bar for bar in take.plan.bars if bar not in bars]
    cells = [Cell(part.id, bar.index) for part in take.score.parts for bar in outside]
    assert cells and all(made.cell(cell) == take.score.cell(cell) for cell in cells)


def test_kept_cells_hold_against_a_feeling(take, library):
    kept = {Cell(part.id, bar.index) for part in take.score.parts[:2] for bar in take.plan.bars}
    made = Feeling(Change("arousal", "lower"), take, library).done(take.score, take.plan, kept)
    assert made != take.score and all(made.cell(cell) == take.score.cell(cell) for cell in kept)


def test_the_beginning_of_a_take_is_moved_as_the_whole_is(take, library):
    feeling = Feeling(Change("valence", "lower"), take, library)
    whole = feeling.done(take.score, take.plan, set())
    until_q = take.plan.bars[3].start_q
    ahead = [replace(p, notes=tuple(n for n in p.notes if n.start_q < until_q - 0.05)) for p in take.score.parts]
    opening = feeling.done(replace(take.score, parts=tuple(ahead)), take.plan, set(), until_q=until_q)
    cells = [Cell(part.id, bar.index) for part in take.score.parts for bar in take.plan.bars[:3]]
    assert all(opening.cell(cell) == whole.cell(cell) for cell in cells)


def test_no_key_is_struck_twice_where_octaves_move(take, library):
    """A chord in octaves that goes down an octave landed on itself."""
    piano = Part("harmony-piano", "harmony", "piano", 0, False, ())
    chord = tuple(Note(0.0, pitch, 4.0, 80) for pitch in (52, 57, 64, 69))
    moved = Feeling(Change("valence", "lower"), take, library)._octave(chord, piano)
    assert len({note.pitch for note in moved}) == 4
    apart = tuple(Note(float(place), pitch, 0.9, 80) for place, pitch in enumerate((52, 57, 64, 69)))
    assert [note.pitch for note in Feeling(Change("valence", "lower"), take, library)._octave(apart, piano)] != [
        note.pitch for note in apart
    ]


def test_lines_are_moved_as_a_whole(take, library):
    made = Feeling(Change("valence", "lower"), take, library).done(take.score, take.plan, set())
    for part in (part for part in take.score.parts if part.role == "lead"):
        for bar in take.plan.bars:
            pairs = zip(
                part.between(bar.start_q, bar.end_q), made.part(part.id).between(bar.start_q, bar.end_q), strict=False
            )
            assert len({round((after.pitch - note.pitch) / 12) for note, after in pairs}) <= 1


def test_a_bass_at_the_bottom_of_its_instrument_says_so(take):
    bass = next(part for part in take.score.parts if part.role == "bass")
    reply = Reply((Change("register", "lower", part="bass"),))
    (said,) = unmet(reply, take, take.plan, take.score)
    assert said.code == "feedback_part_at_limit"
    lower = replace(bass, notes=tuple(replace(note, pitch=note.pitch - 12) for note in bass.notes))
    parts = tuple(lower if part is bass else part for part in take.score.parts)
    assert unmet(reply, take, take.plan, replace(take.score, parts=parts)) == ()


def test_a_feeling_that_nothing_can_move_says_so(take):
    (said,) = unmet(Reply((Change("valence", "higher", where="end"),)), take, take.plan, take.score)
    assert said.code == "feedback_emotion_at_limit"
    assert unmet(Reply((Change("tempo_bpm", "lower"),)), take, take.plan, take.score) == ()


def test_a_trumpet_instead_of_brass_plays_and_no_other_brass_does(library):
    asked = Constraints(duration_s=12.0, styles=("epic",), instruments=Instruments(include=("brass", "strings")))
    before = make_plan(asked, library=library, seed=1)
    gone = Change("instruments.include", remove=("brass",), members=("french-horn", "trombone", "tuba"))
    after = apply_changes(asked, [gone, Change("instruments.include", add=("trumpet",))])
    players = {part.instrument for part in make_plan(after, library=library, seed=1, previous=before).parts}
    assert "trumpet" in players and not players & (set(library.family_members("brass")) - {"trumpet"})


def test_an_odd_bar_in_front_changes_no_tempo():
    meters = (MeterChange(0.0, Meter(21, 16)), MeterChange(5.25, Meter(4, 4)))
    assert TempoMap((TempoChange(0.0, 63.0),), meters).felt_bpm == (63.0,)
    assert TempoMap((TempoChange(0.0, 90.0),), (MeterChange(0.0, Meter(6, 8)),)).felt_bpm == (60.0,)


def test_sadder_never_takes_a_brighter_mode(library):
    """A style may name phrygian as its dark mode and minor as its plain one."""
    for seed in range(8):
        asked = Constraints(duration_s=12.0, styles=("suspense",))
        asked = apply_changes(asked, [Change("valence", "lower")])
        before = make_plan(asked, library=library, seed=seed)
        after = make_plan(
            apply_changes(asked, [Change("valence", "lower")]), library=library, seed=seed, previous=before
        )
        assert sum(after.key.scale) <= sum(before.key.scale)
