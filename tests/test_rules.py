"""The rules engine: what makes its cues music, as properties of the notes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from assistant.check.music import (
    line_of,
    longest_identical_run,
    longest_unbroken_bars,
    motif_similarity,
    parallel_count,
    portrait,
    step_ratio,
    wide_leaps,
)
from assistant.errors import DataError
from assistant.generator import Keep
from assistant.library import load
from assistant.plan import Key, Plan
from assistant.score import Cell, Meter, Score
from models.rules import RulesGenerator
from models.rules.context import Context, Tone, groups, pitch_at, position
from models.rules.generator import score_of, sketched
from models.rules.keeping import Kept
from models.rules.motif import Mood, invent
from models.rules.shapes import CALLED, SUNG
from models.rules.variation import augmented, inverted
from tests.plans import BAND, MAJOR, PENTATONIC, toy_plan, with_part, without_part


def compose(plan: Plan, *, seed: int = 5, keep: Keep | None = None) -> Score:
    return RulesGenerator().generate(plan, seed=seed, keep=keep or Keep())


@pytest.mark.parametrize("removed", [row[0] for row in BAND if row[1] != "lead"])
def test_taking_a_part_away_changes_no_other(removed: str) -> None:
    plan = toy_plan(16, hits=((9, "hit"),))
    whole, less = compose(plan), compose(without_part(plan, removed))
    for part in less.parts:
        assert part == whole.part(part.id)


def test_a_sketch_comes_with_every_part_and_holds_the_take_so_far() -> None:
    sketches: list[Score] = []

    def look(share: float, what: str, sketch: Score | None = None, opening: object = None) -> None:
        assert sketch is not None
        sketches.append(sketch)

    take = RulesGenerator().generate(toy_plan(8), progress=look)
    assert [len(sketch.parts) for sketch in sketches] == list(range(len(BAND) + 1))
    assert all(part == take.part(part.id) for sketch in sketches for part in sketch.parts)


def test_a_part_of_which_some_bars_are_written_is_sketched_with_what_is_kept_of_it() -> None:
    plan = toy_plan(4)
    before = compose(plan)
    kept = Kept(plan, Keep(before, (Cell("lead-flute", 2),)))
    context = Context(plan, load(), 1, kept)
    part = plan.part("lead-flute")
    assert part is not None
    sketch = score_of(context, {part.id: sketched(context, part, [Tone(0.0, 1.0, 70, 0.5), Tone(8.0, 1.0, 71)])})
    assert [note.pitch for note in sketch.cell(Cell(part.id, 0))] == [70]
    assert not sketch.cell(Cell(part.id, 1))
    assert sketch.cell(Cell(part.id, 2)) == before.cell(Cell(part.id, 2)) != ()


@pytest.mark.parametrize("style", ["funk", "epic"])
def test_a_tune_is_the_same_with_and_without_drums(style: str) -> None:
    plan = toy_plan(16, style=style)
    assert compose(plan).part("lead-flute") == compose(without_part(plan, "drums-drums")).part("lead-flute")


def test_a_register_that_is_asked_moves_its_part_and_no_other() -> None:
    plan = toy_plan(16)
    for part_id in ("lead-flute", "counter-clarinet", "harmony-strings"):
        part = plan.part(part_id)
        assert part is not None
        high = with_part(plan, part_id, bars=tuple(replace(bar, register_shift=10) for bar in part.bars))
        before, after = compose(plan), compose(high)
        assert mean_pitch(after, part_id) > mean_pitch(before, part_id) + 1.5
        assert all(part.low <= note.pitch <= part.high for note in after.part(part_id).notes)  # type: ignore[union-attr]
        assert after.part("bass-bass") == before.part("bass-bass")


def mean_pitch(score: Score, part_id: str) -> float:
    part = score.part(part_id)
    assert part is not None
    return sum(note.pitch for note in part.notes) / len(part.notes)


@pytest.mark.parametrize("seed", range(4))
def test_phrases_are_not_all_built_alike(seed: int) -> None:
    plan = toy_plan(33)
    lead = compose(plan, seed=seed).part("lead-flute")
    assert lead is not None
    rhythms = [
        tuple(
            round(note.start_q - plan.bars[phrase.start_bar].start_q, 2)
            for note in lead.between(plan.bars[phrase.start_bar].start_q, plan.bars[phrase.start_bar + 3].end_q)
        )
        for section in plan.sections
        for phrase in section.phrases
        if phrase.bars >= 4
    ]
    assert len(rhythms) == 8 and len(set(rhythms)) >= 4


def test_shapes_fill_their_phrases() -> None:
    for table in (SUNG, CALLED):
        for bars, shapes in table.items():
            assert all(sum(step.bars for step in shape) == bars for shape in shapes)
            assert all(any(step.kind == "cadence" for step in shape) for shape in shapes)


def test_a_jig_runs_and_a_lament_in_its_metre_does_not() -> None:
    lively = toy_plan(17, meter="6/8", bpm=180, region="ireland", arousal=0.5, key=Key(2, "ionian", MAJOR))
    calm = toy_plan(17, meter="6/8", bpm=180, region="ireland", arousal=-0.4, key=Key(2, "ionian", MAJOR))
    counts = [len(line_of(part)) for part in (compose(lively).parts[0], compose(calm).parts[0])]
    assert counts[0] > 3.2 * 16 > counts[1]


def test_a_plucked_last_chord_is_played_again_and_a_held_one_is_not() -> None:
    for instrument, again in (("acoustic-guitar", True), ("strings", False)):
        part = ("harmony-x", "harmony", instrument, 48, 70, "strum" if again else "pad")
        plan = toy_plan(9, band=(*BAND[:1], part), tail_s=4.0)
        notes = compose(plan).part("harmony-x").notes  # type: ignore[union-attr]
        assert any(note.start_q > plan.final_q + 1 for note in notes) == again


def test_a_plucked_drone_is_struck_in_every_bar() -> None:
    plan = toy_plan(9, band=(("lead-flute", "lead", "flute", 64, 88, "melody"), *DRONES))
    score = compose(plan)
    for part_id, least in (("harmony-sitar", 8), ("bass-bass", 8)):
        starts = {note.start_q for note in score.part(part_id).notes}  # type: ignore[union-attr]
        assert len(starts) >= least


DRONES = (
    ("harmony-sitar", "harmony", "sitar", 48, 72, "drone"),
    ("bass-bass", "bass", "bass", 28, 48, "drone"),
)


def test_without_its_lead_only_the_counter_line_changes() -> None:
    plan = toy_plan(16)
    whole, less = compose(plan), compose(without_part(plan, "lead-flute"))
    assert {part.id for part in less.parts if part != whole.part(part.id)} == {"counter-clarinet"}


@settings(max_examples=12, deadline=None, derandomize=True, phases=(Phase.generate,))
@given(
    seed=st.integers(0, 10_000),
    meter=st.sampled_from(["4/4", "3/4", "6/8", "5/4", "7/8", "2/4"]),
    arousal=st.floats(-0.9, 0.9),
    valence=st.floats(-0.9, 0.9),
    bpm=st.sampled_from([60.0, 96.0, 140.0]),
)
def test_a_tune_sings(seed: int, meter: str, arousal: float, valence: float, bpm: float) -> None:
    plan = toy_plan(17, meter=meter, arousal=arousal, valence=valence, bpm=bpm, band=BAND[:2])
    score = compose(plan, seed=seed)
    lead = score.parts[0]
    assert wide_leaps(lead) == 0
    assert longest_unbroken_bars(lead, plan) <= 5
    assert 0.33 <= step_ratio(lead, plan) <= 1.0
    assert longest_identical_run(lead, plan) <= 3
    assert parallel_count(lead, score.parts[1]) <= 2


def test_tunes_in_the_mean_keep_the_proportions_of_good_melodies() -> None:
    found = []
    for seed in range(10):
        plan = toy_plan(17, band=BAND[:2])
        measured = portrait(compose(plan, seed=seed), plan)
        assert measured is not None
        found.append(measured)
    count = len(found)
    assert 0.55 <= sum(each.steps for each in found) / count <= 0.82
    assert sum(each.chord_tones for each in found) / count >= 0.75
    assert sum(each.motif_return for each in found) / count >= 0.7
    assert all(each.in_key > 0.97 and each.range <= 26 for each in found)


def test_the_motif_returns_recognisably_and_changed() -> None:
    plan = toy_plan(32, band=BAND[:1])
    score = compose(plan)
    assert motif_similarity(score, plan, "lead-flute") > 0.6
    starts = [phrase.start_bar for section in plan.sections for phrase in section.phrases]
    openings = {tuple((note.start_q, note.pitch) for note in score.cell(Cell("lead-flute", bar))) for bar in starts}
    assert len(openings) >= 3


def test_phrases_end_on_the_chord() -> None:
    plan = toy_plan(16, band=BAND[:1])
    line = line_of(compose(plan).parts[0])
    for section in plan.sections:
        for phrase in section.phrases:
            end_q = (phrase.start_bar + phrase.bars) * 4.0
            last = [note for note in line if note.start_q < end_q][-1]
            assert last.pitch % 12 in plan.chord_at(last.start_q).pitch_classes
            assert last.length_q >= 1.0


def test_the_bass_begins_every_chord_on_its_root() -> None:
    plan = toy_plan(16)
    bass = compose(plan).part("bass-bass")
    assert bass is not None
    for chord in plan.chords:
        first = [note for note in bass.notes if abs(note.start_q - chord.start_q) < 1e-6]
        assert first and first[0].pitch % 12 == chord.bass_class


def test_low_chords_are_open() -> None:
    plan = with_part(toy_plan(16), "harmony-strings", low=36, high=67)
    pad = compose(plan).part("harmony-strings")
    assert pad is not None
    for bar in plan.bars[:-1]:
        sounding = sorted(
            note.pitch for note in pad.notes if note.start_q <= bar.start_q + 0.5 < note.start_q + note.length_q
        )
        assert all(above - below >= 5 for below, above in pairwise(sounding) if below < 46)


def test_after_a_stop_there_is_silence() -> None:
    plan = toy_plan(12, hits=((6, "stop"),))
    score = compose(plan)
    at_q = plan.hits[0].at_q
    for part in score.parts:
        assert not [note for note in part.notes if at_q + 0.01 < note.start_q < at_q + 2 - 0.01]
        assert all(note.length_q <= 0.75 for note in part.notes if note.start_q == at_q)


def test_before_a_hit_everything_is_let_go() -> None:
    plan = toy_plan(12, hits=((6, "hit"),))
    score = compose(plan)
    hit_s = plan.hits[0].at_s
    for part in score.parts:
        for note in part.notes:
            if score.start_s(note) < hit_s - 0.01:
                assert score.end_s(note) < hit_s - 0.04, (part.id, note)


def test_swing_is_in_the_performance_and_not_in_the_writing() -> None:
    straight, swung = compose(toy_plan(8)), compose(toy_plan(8, swing=0.66))
    for one, other in zip(straight.parts, swung.parts, strict=True):
        assert [note.start_q for note in one.notes] == [note.start_q for note in other.notes]
    hats = [note for note in swung.parts[-1].notes if note.start_q % 1 == 0.5]
    assert hats and all(0.1 < note.nudge_q < 0.22 for note in hats)


def test_a_loop_has_no_final_chord_and_nothing_beyond_its_end() -> None:
    plan = toy_plan(8, loop=True)
    score = compose(plan)
    for part in score.parts:
        assert all(note.start_q < plan.final_q for note in part.notes)
        assert all(score.end_s(note) <= plan.length_s + 1e-6 for note in part.notes)


def test_a_loop_leads_back_to_its_first_note_by_step() -> None:
    found = 0
    for seed in range(6):
        line = line_of(compose(toy_plan(8, loop=True, band=BAND[:1]), seed=seed).parts[0])
        if line[-1].start_q == 31.5:
            found += 1
            assert 1 <= abs(line[-1].pitch - line[0].pitch) <= 2
    assert found >= 3


def test_drums_are_not_the_same_bar_over_and_over() -> None:
    plan = toy_plan(16, density=0.7)
    drums = compose(plan).part("drums-drums")
    assert drums is not None
    assert longest_identical_run(drums, plan) <= 3
    bars = [{(note.start_q % 4, note.pitch) for note in drums.between(bar * 4, bar * 4 + 4)} for bar in range(16)]
    assert bars[7] != bars[5] and len(bars[7] & bars[5]) < len(bars[5])


def test_more_density_means_more_notes() -> None:
    def count(density: float) -> int:
        return sum(len(part.notes) for part in compose(toy_plan(16, density=density)).parts)

    assert count(0.2) < count(0.5) < count(0.85)


def test_louder_dynamics_are_louder() -> None:
    def mean(dynamics: float) -> float:
        notes = [note.velocity for part in compose(toy_plan(8, dynamics=dynamics)).parts for note in part.notes]
        return sum(notes) / len(notes)

    assert mean(0.2) + 15 < mean(0.5) < mean(0.9) - 15


def test_strings_of_a_strum_follow_each_other() -> None:
    band = (("harmony-guitar", "harmony", "acoustic-guitar", 48, 70, "strum"),)
    plan = toy_plan(4, band=band, bpm=60)
    notes = compose(plan).parts[0].between(0, 0.01)
    late = sorted(note.nudge_q for note in notes)
    assert len(notes) >= 3 and all(0.008 <= after - before <= 0.02 for before, after in pairwise(late))


@pytest.mark.parametrize(
    "texture", ["pad", "block", "stabs", "strum", "arpeggio", "ostinato", "tremolo", "pulse", "drone", "gliss", "bells"]
)
@pytest.mark.parametrize("meter", ["4/4", "7/8"])
def test_every_texture_plays_in_every_metre(texture: str, meter: str) -> None:
    plan = toy_plan(9, meter=meter, band=(("harmony-piano", "harmony", "piano", 48, 72, texture),))
    assert compose(plan).parts[0].notes


def test_an_unknown_texture_is_named_with_the_legal_ones() -> None:
    plan = toy_plan(4, band=(("harmony-piano", "harmony", "piano", 48, 72, "fog"),))
    with pytest.raises(DataError, match=r"harmony-piano with texture 'fog'; use one of .*arpeggio"):
        compose(plan)


def test_a_regions_tune_is_ornamented_within_its_cells() -> None:
    plan = toy_plan(16, key=Key(2, "gong", PENTATONIC), band=BAND[:1], region="china")
    library = load()
    region = library.regions["china"]
    bare = replace(region, ornaments=(), profile=replace(region.profile, ornamentation=()))
    plain = RulesGenerator(replace(library, regions={"china": bare})).generate(plan, seed=5)
    china = compose(plan)
    assert len(china.parts[0].notes) > len(plain.parts[0].notes)
    assert {note.start_q for note in line_of(china.parts[0])} == {note.start_q for note in line_of(plain.parts[0])}


def test_a_new_tune_leads_into_the_kept_bars() -> None:
    before = compose(toy_plan(8, band=BAND[:1]), seed=1)
    keep = Keep(before, tuple(Cell("lead-flute", bar) for bar in (2, 3)))
    for seed in range(5):
        after = compose(toy_plan(8, band=BAND[:1]), seed=seed, keep=keep)
        line = line_of(after.parts[0])
        assert all(abs(b.pitch - a.pitch) <= 12 for a, b in pairwise(line))


def test_expression_swells_into_a_swell() -> None:
    plan = toy_plan(12, hits=((6, "swell"),))
    pad = compose(plan).part("harmony-strings")
    assert pad is not None
    levels = [control.value for control in pad.controls if control.number == 11 and 20 <= control.at_q < 24]
    assert levels == sorted(levels) and levels[-1] - levels[0] > 15


@given(st.integers(20, 100))
def test_positions_and_pitches_of_a_scale_are_inverse(place: int) -> None:
    key = Key(9, "major", MAJOR)
    assert position(key, pitch_at(key, place)) == place


@pytest.mark.parametrize(
    "meter", ["2/4", "3/4", "4/4", "5/4", "6/4", "7/4", "3/8", "5/8", "6/8", "7/8", "9/8", "12/8", "2/2"]
)
def test_groups_fill_the_bar(meter: str) -> None:
    assert sum(groups(Meter.parse(meter))) == pytest.approx(Meter.parse(meter).bar_q)


def test_a_motif_inverts_and_augments() -> None:
    from random import Random

    motif = invent(Meter(4, 4), 1, Mood(0.2, 0.1, 4.0, 0.2), Random(3))
    assert [figure.step for figure in inverted(motif).figures] == [-figure.step for figure in motif.figures]
    assert len(augmented(motif).bars) == 2


def test_a_minute_of_six_parts_is_planned_for_seconds_not_minutes() -> None:
    plan = toy_plan(30, bpm=120)
    shares: list[str] = []
    score = RulesGenerator().generate(plan, progress=lambda share, what, sketch=None, opening=None: shares.append(what))
    assert len(score.parts) == 6 and len(shares) == 7


def test_every_instrument_can_play_every_texture_of_its_roles() -> None:
    library = load()
    for instrument in library.instruments.values():
        if instrument.is_struck and not instrument.tuned:
            band = ((f"percussion-{instrument.id}", "percussion", instrument.id, 0, 127, "pop-straight"),)
        else:
            role = next((role for role in instrument.roles if role not in ("drums", "percussion")), "harmony")
            texture = {"lead": "melody", "counter": "countermelody", "bass": "roots"}.get(role, "block")
            band = ((f"{role}-{instrument.id}", role, instrument.id, instrument.low, instrument.high, texture),)
        assert compose(toy_plan(4, band=band)).parts[0].notes, instrument.id
