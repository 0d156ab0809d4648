"""Revisions: what no change touched comes back, bar for bar."""

from dataclasses import replace

import pytest

from assistant.constraints import Adjustment, ArcPoint, Constraints, HitPoint, Instruments, arc_of
from assistant.library import load
from assistant.plan import make_plan

LIBRARY = load()
FIRST = Constraints(
    duration_s=60, styles=("cinematic",), arc=arc_of([(0, -0.3, -0.2), (1, 0.5, 0.5)]), tempo_bpm=(98, 102)
)
CLOSING = 2


def first(asked=FIRST, seed=7):
    return make_plan(asked, library=LIBRARY, seed=seed)


def revised(before, asked, seed=7):
    return make_plan(asked, library=LIBRARY, seed=seed, previous=before)


def chords_in(plan, bar):
    start_q, end_q = plan.bars[bar].start_q, plan.bars[bar].end_q
    return [
        (
            round(max(chord.start_q, start_q) - start_q, 6),
            round(min(chord.end_q, end_q) - start_q, 6),
            chord.root,
            chord.quality,
        )
        for chord in plan.chords
        if chord.start_q < end_q - 1e-6 and chord.end_q > start_q + 1e-6
    ]


def phrase_at(plan, bar):
    section = plan.section_of(bar)
    return next(p for p in section.phrases if p.start_bar <= bar < p.start_bar + p.bars)


def common(before, after):
    return range(min(before.bar_count, after.bar_count) - CLOSING)


def assert_kept(before, after, *, parts=True):
    for bar in common(before, after):
        assert chords_in(after, bar) == chords_in(before, bar)
        assert after.section_of(bar).name == before.section_of(bar).name
        assert after.section_of(bar).key == before.section_of(bar).key
        assert phrase_at(after, bar).motif == phrase_at(before, bar).motif
        for part in before.parts:
            then = after.part(part.id)
            if parts and then is not None:
                assert then.bars[bar] == part.bars[bar], (part.id, bar)


def assert_gapless(plan):
    assert plan.chords[0].start_q == 0
    for chord, following in zip(plan.chords, plan.chords[1:], strict=False):
        assert following.start_q == pytest.approx(chord.end_q, abs=1e-6)
    assert plan.chords[-1].end_q == pytest.approx(plan.bars[-1].end_q, abs=1e-6)
    assert plan.sections[-1].end_bar == plan.bar_count


@pytest.mark.parametrize("tempo", [(78, 82), (88, 92), (118, 122), (138, 142)])
def test_a_new_tempo_keeps_every_bar_that_both_have(tempo):
    before = first()
    after = revised(before, replace(FIRST, tempo_bpm=tempo))
    assert after.bar_count != before.bar_count
    assert_kept(before, after)
    assert_gapless(after)


@pytest.mark.parametrize("length_s", [20, 45, 75, 120])
def test_a_new_length_keeps_every_bar_that_both_have(length_s):
    before = first()
    after = revised(before, replace(FIRST, duration_s=length_s))
    assert_kept(before, after)
    assert_gapless(after)
    assert after.chord_at(after.final_q).root == after.sections[-1].key.tonic


def test_a_sadder_second_half_is_played_as_loud_and_full_as_before():
    """A mood of its own for half of a cue made a climax of that half, louder by five dB."""
    asked = replace(FIRST, tempo_bpm=(98, 102), arc=arc_of([(0, 0.7, 0.5), (1, 0.7, 0.5)]))
    sadder = replace(asked, arc=arc_of([(0, 0.7, 0.5), (0.48, 0.7, 0.5), (0.5, 0.2, 0.5), (1, 0.2, 0.5)]))
    before, after = first(asked), revised(first(asked), sadder)
    louder = revised(first(asked), replace(asked, arc=arc_of([(0, 0.7, 0.5), (1, 0.7, 0.9)])))

    def played(plan):
        return {part.id: [(bar.active, bar.density, bar.dynamics) for bar in part.bars] for part in plan.parts}

    shared = played(before).keys() & played(after).keys()
    assert len(shared) >= len(before.parts) - 1
    assert [played(after)[name] for name in shared] == [played(before)[name] for name in shared]
    assert played(louder) != played(before)


def test_no_drums_removes_the_drums_and_nothing_else():
    asked = Constraints(duration_s=60, styles=("pop",), arc=(ArcPoint(0, 0.5, 0.5),))
    before = first(asked)
    after = revised(before, replace(asked, instruments=Instruments((), ("drums",))))
    assert "drums" in {part.instrument for part in before.parts}
    assert [part for part in before.parts if part.role not in ("drums", "percussion")] == list(after.parts)
    assert (after.chords, after.sections, after.tempo_map) == (before.chords, before.sections, before.tempo_map)


def test_an_added_instrument_changes_nobody_else():
    before = first()
    after = revised(before, replace(FIRST, instruments=Instruments(("flute",))))
    new = [part for part in after.parts if before.part(part.id) is None]
    assert {part.instrument for part in new} == {"flute"} or "flute" in {part.instrument for part in before.parts}
    assert set(before.parts) <= set(after.parts)
    assert after.chords == before.chords


def test_one_instrument_instead_of_another_takes_its_role():
    asked = replace(FIRST, instruments=Instruments(("oboe", "harp", "cello")))
    before = first(asked)
    role = next(part.role for part in before.parts if part.instrument == "oboe")
    after = revised(before, replace(asked, instruments=Instruments(("clarinet", "harp", "cello"))))
    assert "oboe" not in {part.instrument for part in after.parts}
    assert role in {part.role for part in after.parts if part.instrument == "clarinet"}


def test_what_was_removed_does_not_come_back_by_itself():
    asked = replace(FIRST, instruments=Instruments(("oboe", "harp", "cello")))
    without = revised(first(asked), replace(asked, instruments=Instruments(("harp", "cello"))))
    slower = revised(without, replace(asked, instruments=Instruments(("harp", "cello")), tempo_bpm=(78, 82)))
    assert "oboe" not in {part.instrument for plan in (without, slower) for part in plan.parts}


def test_a_new_key_transposes():
    asked = replace(FIRST, key="D minor", arc=(ArcPoint(0, -0.5, 0.2),))
    before = first(asked)
    after = revised(before, replace(asked, key="F minor"))
    assert [(c.root + 3) % 12 for c in before.chords] == [c.root for c in after.chords]
    assert after.key.name == "F minor"
    assert after.parts == before.parts


def test_chains_of_changes_keep_what_each_left_alone():
    slower = revised(first(), replace(FIRST, tempo_bpm=(78, 82)))
    quieter = replace(FIRST, tempo_bpm=(78, 82), adjust=(Adjustment("density", "chords", -0.4),))
    after = revised(slower, quieter)
    assert after.chords == slower.chords
    assert after.sections == slower.sections
    for part in slower.parts:
        if part.role not in ("harmony", "pulse"):
            assert after.part(part.id) == part


def test_a_withdrawn_adjustment_is_gone():
    wish = replace(FIRST, adjust=(Adjustment("density", "bass", -0.6),))
    before = first()
    back = revised(revised(before, wish), FIRST)
    assert back.parts == before.parts


def test_sadder_keeps_the_tempo_and_the_players_and_darkens_the_mode():
    asked = Constraints(duration_s=60, styles=("cinematic",), arc=(ArcPoint(0, 0.5, 0.0),))
    before = first(asked)
    after = revised(before, replace(asked, arc=(ArcPoint(0, -0.6, 0.0),)))
    assert after.tempo_map == before.tempo_map
    assert [part.id for part in after.parts] == [part.id for part in before.parts]
    assert after.key.tonic == before.key.tonic
    assert after.key.is_minor and not before.key.is_minor


def test_bigger_at_the_end_leaves_the_harmony_of_the_start():
    before = first()
    after = revised(before, replace(FIRST, arc=arc_of([(0, -0.3, -0.2), (0.6, 0.18, 0.22), (1, 0.5, 0.8)])))
    for bar in range(before.bar_count // 3):
        assert chords_in(after, bar) == chords_in(before, bar)
    loud = lambda plan: sum(part.bars[-2].dynamics for part in plan.parts if part.bars[-2].active)  # noqa: E731
    assert loud(after) > loud(before)


@pytest.mark.parametrize("tempo", [(78, 82), (118, 122)])
def test_hits_stay_exact_when_the_tempo_changes_and_harmony_stays(tempo):
    asked = replace(FIRST, hits=(HitPoint(22.0), HitPoint(41.0, "reveal")))
    before = first(asked)
    after = revised(before, replace(asked, tempo_bpm=tempo))
    for hit in after.hits:
        assert hit.feasible and after.tempo_map.seconds_at(hit.at_q) == pytest.approx(hit.at_s, abs=1e-6)
    for bar in common(before, after):
        assert after.bars[bar].length_q >= 4.0
        kept = [(start, root, quality) for start, _, root, quality in chords_in(before, bar)]
        if before.bars[bar].length_q == 4.0:
            assert [(start, root, quality) for start, _, root, quality in chords_in(after, bar)] == kept
    assert_gapless(after)


def test_a_new_hit_leaves_far_bars_alone():
    asked = Constraints(duration_s=60, styles=("cinematic",), arc=(ArcPoint(0, 0.3, 0.2),), tempo_bpm=(100, 100))
    before = first(asked)
    after = revised(before, replace(asked, hits=(HitPoint(28.8),)))
    assert after.hits[0].feasible
    for bar in range(6):
        assert chords_in(after, bar) == chords_in(before, bar)
    assert_gapless(after)


def test_another_seed_with_the_same_wishes_is_another_plan():
    before = first()
    plans = {make_plan(FIRST, library=LIBRARY, seed=seed, previous=before).chords for seed in range(5)}
    assert len(plans) > 1


def test_another_seed_with_a_change_still_keeps_the_rest():
    before = first()
    after = revised(before, replace(FIRST, tempo_bpm=(78, 82)), seed=99)
    assert_kept(before, after)
