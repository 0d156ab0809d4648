"""A motif in a region's colour: still the same tune, in its scale and metre, as strongly as the dial says."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from assistant.check.score import check_motif
from assistant.constraints import COLOURS, Colour, Constraints, Understanding, arc_of
from assistant.interpret import with_motif
from assistant.library import Library, load
from assistant.plan import Key, Plan, make_plan
from assistant.plan.regional import DIALS, Task, map_motif
from assistant.plan.regional.anchors import ANCHOR, anchor_weights, meter_of
from assistant.plan.regional.inventing import invent_motif
from assistant.plan.regional.pitch import fit_pitches, function_of
from assistant.plan.regional.rhythm import fit_rhythm, grid_of
from assistant.score import Meter, Score
from assistant.score.motif import Motif, parse_motif
from models.evaluation.motif_regions import MOTIFS, threshold_of
from models.evaluation.motif_variants import varied
from models.evaluation.pairs import Pairs, auc
from models.rules import RulesGenerator
from models.similarity.carried import carried, melody_of

LIBRARY = load()
SCALES = [(region.id, name, steps) for region in LIBRARY.regions.values() for name, steps in region.scales]
TUNE = replace(parse_motif("C4 D4 E4 F4 G4:2 A4 F4 G4:2 E4:2 D4 E4 C4:2"), key="C major")
CYCLES = [("4/4", ()), ("4/4", (3, 3, 2)), ("9/8", (2, 2, 2, 3)), ("7/8", (3, 2, 2)), ("6/8", ()), ("3/4", ()),
          ("11/8", (2, 2, 3, 2, 2)), ("12/8", (2, 2, 1, 2, 2, 2, 1)), ("10/8", (3, 2, 2, 3)), ("2/4", ())]  # fmt: skip


@pytest.fixture(scope="module")
def library() -> Library:
    return LIBRARY


def given(name: str) -> Motif:
    return parse_motif(MOTIFS[name])


def planned(library: Library, region: str | None, colour: Colour, motif: Motif = TUNE, valence: float = 0.3) -> Plan:
    asked = Constraints(
        duration_s=16.0, region=region, colour=colour, arc=arc_of([(0, valence, 0.2), (1, valence, 0.3)])
    )
    return make_plan(with_motif(Understanding("accept", asked), motif).constraints, library=library, seed=3)


def signs(pitches: list[int]) -> list[int]:
    return [int(np.sign(b - a)) for a, b in pairwise(pitches)]


@pytest.mark.parametrize("name", MOTIFS)
def test_no_step_up_becomes_a_step_down_in_any_scale_of_any_region(name: str) -> None:
    notes = given(name).notes
    pitches, weights = [note.pitch for note in notes], anchor_weights(notes, meter_of(notes))
    lost = []
    for region, scale, steps in SCALES:
        found = list(fit_pitches(pitches, weights, pitches[-1] % 12, steps).pitches)
        turned = [a * b < 0 for a, b in zip(signs(pitches), signs(found), strict=True)]
        assert not any(turned), (region, scale)
        lost += [(a == 0) != (b == 0) for a, b in zip(signs(pitches), signs(found), strict=True)]
    assert np.mean(lost) < (0.25 if name == "chromatic" else 0.12)


@pytest.mark.parametrize("name", MOTIFS)
def test_every_note_is_in_the_scale_and_near_its_own_pitch(name: str) -> None:
    notes = given(name).notes
    pitches, weights = [note.pitch for note in notes], anchor_weights(notes, meter_of(notes))
    for _, _, steps in SCALES:
        found = fit_pitches(pitches, weights, pitches[-1] % 12, steps).pitches
        assert {(pitch - pitches[-1]) % 12 for pitch in found} <= set(steps)
        assert max(abs(new - old) for new, old in zip(found, pitches, strict=True)) <= 4


def test_first_last_and_highest_notes_keep_their_function_and_their_rank() -> None:
    pitches, weights = [note.pitch for note in TUNE.notes], anchor_weights(TUNE.notes, Meter(4, 4))
    assert min(weights[0], weights[-1], weights[5]) >= ANCHOR > weights[1]
    for region, scale, steps in SCALES:
        found = fit_pitches(pitches, weights, 0, steps).pitches
        assert found[0] == found[-1] == 60, (region, scale)
        assert max(found) == found[5], (region, scale)
        if 7 in steps:
            assert function_of(found[4], 0) == "fifth", (region, scale)


def test_a_scale_that_has_all_its_notes_leaves_a_motif_as_it_is() -> None:
    task = Task(
        Key(2, "major", (0, 2, 4, 5, 7, 9, 11)), grid_of(Meter(4, 4)), DIALS["balanced"], Key(0, "major", (0, 4, 7))
    )
    done = map_motif(TUNE, task)
    assert (done.moved, done.shifted, done.up) == (0, 0, 2)


@pytest.mark.parametrize(("meter", "groups"), CYCLES)
@pytest.mark.parametrize("name", MOTIFS)
def test_a_rhythm_keeps_its_order_and_its_anchors_on_heads(name: str, meter: str, groups: tuple[int, ...]) -> None:
    notes, grid = given(name).notes, grid_of(Meter.parse(meter), groups)
    own = meter_of(notes)
    placed = fit_rhythm(notes, anchor_weights(notes, own), own, grid)
    assert [note.pitch for note in placed] == [note.pitch for note in notes]
    assert all(a.end_q <= b.start_q + 1e-6 for a, b in pairwise(placed))
    assert all(abs(note.start_q * 4 - round(note.start_q * 4)) < 1e-6 for note in placed)
    downbeats = [index for index, note in enumerate(notes) if note.start_q % own.bar_q < 1e-6]
    heads = {round(sum(grid.groups_q[:count]), 6) for count in range(len(grid.groups_q))}
    assert np.mean([round(placed[index].start_q % grid.bar_q, 6) in heads for index in downbeats]) >= 0.75
    longest, shortest = max(notes, key=lambda n: n.length_q), min(notes, key=lambda n: n.length_q)
    assert placed[notes.index(longest)].length_q > placed[notes.index(shortest)].length_q


def test_four_beats_are_the_groups_of_an_aksak() -> None:
    notes = parse_motif("C4 D4 E4 F4 G4 F4 E4 D4").notes
    placed = fit_rhythm(notes, anchor_weights(notes, Meter(4, 4)), Meter(4, 4), grid_of(Meter(9, 8), (2, 2, 2, 3)))
    assert [note.start_q for note in placed] == [0, 1, 2, 3, 4.5, 5.5, 6.5, 7.5]


def test_a_tune_that_would_be_cut_takes_fewer_bars() -> None:
    notes = given("in three").notes
    weights = anchor_weights(notes, Meter(3, 4))
    free = fit_rhythm(notes, weights, Meter(3, 4), grid_of(Meter(4, 4)))
    cramped = fit_rhythm(notes, weights, Meter(3, 4), grid_of(Meter(4, 4)), 20.0)
    assert free[-1].end_q == 32.0 and cramped[-1].end_q == 16.0 and len(cramped) == len(notes)


def test_the_dial_goes_from_the_motif_to_the_region(library: Library) -> None:
    def distance(plan: Plan) -> float:
        assert plan.motif is not None
        return 1 - carried(melody_of(TUNE.notes), melody_of(plan.motif.motif.notes))

    far = {colour: [] for colour in COLOURS}  # type: dict[str, list[float]]
    for region in sorted(library.regions)[::3]:
        for colour in COLOURS:
            plan = planned(library, region, colour, valence=-0.3)
            far[colour].append(distance(plan))
            if colour != "hint":
                steps = [scale for _, scale in library.region(region).scales]
                assert plan.key.scale in steps
                assert plan.motif is not None
                assert {n.pitch % 12 for n in plan.motif.motif.notes} <= plan.key.pitch_classes
    assert max(far["hint"]) < 1e-9
    assert all(a <= b + 0.03 for a, b in zip(far["balanced"], far["full"], strict=True))
    assert 0.005 < np.mean(far["balanced"]) < 0.75 * np.mean(far["full"])


def test_a_hint_brings_the_lead_and_leaves_the_rest_to_the_style(library: Library) -> None:
    plain, hint, full = (planned(library, *of) for of in ((None, "balanced"), ("japan", "hint"), ("japan", "full")))
    leads = {name for seat in library.region("japan").ensemble if seat.role == "lead" for name in seat.instruments}
    assert next(part.instrument for part in hint.parts if part.role == "lead") in leads
    others = [part.id for part in plain.parts if part.role != "lead"]
    assert [part.id for part in hint.parts if part.role != "lead"] == others
    assert [part.id for part in full.parts if part.role != "lead"] != others
    assert (hint.key, hint.groove, hint.bars[0].meter) == (plain.key, plain.groove, plain.bars[0].meter)
    assert any(statement.ornaments for statement in hint.motif.statements)  # type: ignore[union-attr]


def test_without_a_region_the_dial_does_nothing_and_a_statement_is_the_motif(library: Library) -> None:
    plans = [planned(library, None, colour) for colour in COLOURS]
    assert len({replace(plan, asked=None) == replace(plans[0], asked=None) for plan in plans}) == 1
    statement = plans[0].motif.statements[0]  # type: ignore[union-attr]
    start_q = plans[0].bars[statement.start_bar].start_q
    assert [(n.start_q - start_q, n.length_q) for n in statement.notes] == [(n.start_q, n.length_q) for n in TUNE.notes]
    assert len({a.pitch - b.pitch for a, b in zip(statement.notes, TUNE.notes, strict=True)}) == 1
    assert statement.ornaments == () and not any("colour" in remark.code for remark in plans[0].remarks)


def test_the_same_wish_gives_the_same_plan(library: Library) -> None:
    assert planned(library, "turkey", "full") == planned(library, "turkey", "full")


@pytest.mark.parametrize(("region", "colour"), [("turkey", "full"), ("ireland", "hint"), ("ethiopia", "balanced")])
def test_the_score_says_the_statement_with_ornaments_of_the_region_only(
    library: Library, region: str, colour: Colour
) -> None:
    plan = planned(library, region, colour)
    assert plan.motif is not None and plan.asked is not None
    statement = plan.motif.statements[0]
    named = [name for name in statement.ornaments if name]
    assert named and set(named) <= set(library.region(region).ornaments)
    assert not statement.ornaments[0] and not statement.ornaments[-1]
    score = RulesGenerator(library).generate(plan, seed=5)
    assert isinstance(score, Score)
    assert all(finding.met for finding in check_motif(plan.asked, plan, score))
    lead = score.part(statement.part_id)
    assert lead is not None
    adorned = [note for note, name in zip(statement.notes, statement.ornaments, strict=True) if name]
    there = [[note for note in lead.notes if abs(note.start_q - own.start_q) < 1e-6] for own in adorned]
    assert any(len(notes) > 1 for notes in there)
    bare = replace(plan, motif=replace(plan.motif, statements=(replace(statement, notes=statement.notes[::2]),)))
    assert not all(finding.met for finding in check_motif(plan.asked, bare, score))


def test_a_long_tune_is_said_to_its_end_before_it_comes_back(library: Library) -> None:
    plan = planned(library, "alps", "balanced", replace(given("in three"), key="F major"))
    assert plan.motif is not None
    spans = [(each.notes[0].start_q, each.notes[-1].end_q) for each in plan.motif.statements]
    assert all(end_q <= start_q + 1e-6 for (_, end_q), (start_q, _) in pairwise(spans))


def test_how_much_was_moved_is_said(library: Library) -> None:
    said = {remark.code: remark for remark in planned(library, "japan", "full").remarks}
    assert said["motif_coloured"].fact("moved") > 0 and said["motif_coloured"].fact("notes") == len(TUNE.notes)  # type: ignore[operator]


def test_an_invented_motif_is_singable_and_comes_home() -> None:
    for seed in range(8):
        for valence, arousal in ((0.4, 0.5), (-0.4, -0.4), (0.1, 0.1)):
            tune = invent_motif(seed, valence=valence, arousal=arousal)
            pitches = [note.pitch for note in tune.notes]
            assert tune == invent_motif(seed, valence=valence, arousal=arousal)
            assert 7 <= max(pitches) - min(pitches) <= 16 and tune.length_q == 16.0
            assert tune.key is not None and tune.key.endswith("minor" if valence < 0 else "major")
            assert tune.notes[-1].length_q == 2.0
    assert len({invent_motif(seed).text for seed in range(12)}) == 12


def test_the_measure_tells_a_variant_from_another_tune() -> None:
    tunes = [melody_of(given(name).notes) for name in MOTIFS] + [melody_of(invent_motif(s).notes) for s in range(9)]
    true = [(i, carried(tune, varied(tune, i))) for i, tune in enumerate(tunes)]
    false = [(i, carried(tunes[i], varied(tunes[(i + 3) % len(tunes)], i))) for i in range(len(tunes))]
    pairs = Pairs(true, false)
    assert auc(pairs) > 0.95
    assert auc(Pairs(false, true)) < 0.05
    assert max(v for _, v in false) > threshold_of(pairs) - 0.2
    assert carried(tunes[0], tunes[0] * [2, 2, 1] + [3, 0, 7]) == pytest.approx(1.0)
