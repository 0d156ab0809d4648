"""The whole plan: length, hits, sections, keys, chords, players and their bars."""

import itertools
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from assistant.clip import Clip, Cut
from assistant.constraints import Adjustment, ArcPoint, Constraints, Evidence, HitPoint, Instruments, Span, arc_of
from assistant.errors import BriefError
from assistant.library import load
from assistant.plan import describe, make_plan
from assistant.plan.chairs import excluded_by
from assistant.records import from_json, to_json

LIBRARY = load()
CALM, LIVELY, SAD = (ArcPoint(0, 0.4, -0.6),), (ArcPoint(0, 0.6, 0.6),), (ArcPoint(0, -0.7, -0.5),)


@cache
def plan_of(asked, seed=0):
    return make_plan(asked, library=LIBRARY, seed=seed)


def said(plan):
    return {remark.code for remark in plan.remarks}


def check_whole(plan):
    """What holds for every plan."""
    end_q = plan.bars[-1].end_q
    assert plan.chords[0].start_q == 0
    for chord, after in zip(plan.chords, plan.chords[1:], strict=False):
        assert after.start_q == pytest.approx(chord.end_q, abs=1e-6)
    assert plan.chords[-1].end_q == pytest.approx(end_q, abs=1e-6)
    assert [section.start_bar for section in plan.sections] == [
        sum(section.bars for section in plan.sections[:index]) for index in range(len(plan.sections))
    ]
    assert plan.sections[-1].end_bar == plan.bar_count
    for section in plan.sections:
        assert sum(phrase.bars for phrase in section.phrases) == section.bars
    assert any(section.phrases[0].motif != "rest" for section in plan.sections)
    if plan.loop:
        assert plan.tempo_map.seconds_at(end_q) == pytest.approx(plan.length_s, abs=1e-6)
    else:
        assert plan.bars[-1].start_q == pytest.approx(plan.final_q, abs=1e-6)
        assert 0.09 <= plan.length_s - plan.tempo_map.seconds_at(plan.final_q) <= 0.35 * plan.length_s + 0.4
        assert plan.chord_at(plan.final_q).root == plan.sections[-1].key.tonic
    for hit in plan.hits:
        if hit.feasible:
            assert plan.tempo_map.seconds_at(hit.at_q) == pytest.approx(hit.at_s, abs=1e-4)
    for bar in range(plan.bar_count - 1):
        stopped = any(hit.kind == "stop" and hit.at_q < plan.bars[bar].start_q + 1e-6 for hit in plan.hits)
        assert stopped or any(part.bars[bar].active for part in plan.parts)


@st.composite
def wishes(draw):
    length_s = draw(st.floats(3, 180))
    times = sorted(draw(st.lists(st.floats(0, length_s - 0.2), max_size=5)))
    times = [time for index, time in enumerate(times) if index == 0 or time - times[index - 1] >= 2.0]
    assume(all(b - a >= 2 for a, b in itertools.pairwise(times)))
    low = draw(st.floats(50, 160))
    emotion = st.floats(-1, 1)
    ends = [(at, draw(emotion), draw(emotion)) for at in (0.0, 0.5, 1.0)]
    return Constraints(
        duration_s=length_s,
        use=draw(st.sampled_from(["film", "ad", "game", "other"])),
        arc=arc_of(ends),
        styles=draw(st.sampled_from([(), *((name,) for name in sorted(LIBRARY.styles))])),
        region=draw(st.sampled_from([None, None, *sorted(LIBRARY.regions)])),
        tempo_bpm=draw(st.sampled_from([None, (low, low * 1.1)])),
        meter=draw(st.sampled_from([None, None, "3/4", "6/8", "7/8"])),
        hits=tuple(HitPoint(time, draw(st.sampled_from(["hit", "stop", "reveal", "swell"]))) for time in times),
        loop=draw(st.booleans()),
    )


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(wishes(), st.integers(0, 5))
def test_every_plan_is_whole_and_every_feasible_hit_exact(asked, seed):
    plan = make_plan(asked, library=LIBRARY, seed=seed)
    check_whole(plan)
    assert plan.length_s == asked.duration_s
    beat_s = 60 / 16
    for hit, planned in zip(asked.hits, plan.hits, strict=True):
        assert planned.feasible or asked.duration_s - hit.at_s < 0.11 or beat_s > 2


def test_the_same_seed_gives_the_same_plan_and_another_seed_another():
    asked = Constraints(duration_s=60, styles=("cinematic",), arc=LIVELY)
    assert make_plan(asked, library=LIBRARY, seed=4) == make_plan(asked, library=LIBRARY, seed=4)
    assert len({make_plan(asked, library=LIBRARY, seed=seed).chords for seed in range(5)}) > 1


def test_a_plan_goes_to_json_and_back():
    plan = plan_of(Constraints(duration_s=30, hits=(HitPoint(22, "reveal"),)))
    assert from_json(type(plan), to_json(plan)) == plan


def test_length_comes_from_the_clip_when_none_is_asked():
    clip = Clip("a.mp4", 21.5, frame_rate_hz=24.0)
    plan = make_plan(Constraints(), library=LIBRARY, clip=clip)
    assert plan.length_s == 21.5
    assert "length_from_clip" in said(plan)


@pytest.mark.parametrize(("asked_s", "given_s"), [(0.5, 2.0), (10_000.0, 1800.0)])
def test_an_impossible_length_is_clamped_and_said(asked_s, given_s):
    plan = plan_of(Constraints(duration_s=asked_s))
    assert plan.length_s == given_s
    assert "length_clamped" in said(plan)
    check_whole(plan)


def test_what_was_asked_is_not_said_to_be_a_default():
    asked = Constraints(
        duration_s=30, styles=("pop",), tempo_bpm=(100, 104), key="D minor", loudness_lufs=-23.0, meter="4/4"
    )
    assert not {code for code in said(plan_of(asked)) if code.startswith("default")}
    assert {"default_length", "default_style", "default_tempo", "default_key", "default_loudness"} <= said(
        plan_of(Constraints())
    )


def test_every_remark_has_a_sentence_in_both_languages():
    import re
    import tomllib
    from pathlib import Path

    folder = Path(__file__).parent.parent / "prompts" / "replies"
    source = "".join(path.read_text("utf-8") for path in (folder.parent.parent / "assistant" / "plan").rglob("*.py"))
    codes = set(re.findall(r'Remark\.of\(\s*"(\w+)"', source))
    assert len(codes) > 20
    for language in ("en", "zh"):
        sentences = tomllib.loads((folder / f"{language}.toml").read_text("utf-8"))["remarks"]
        assert codes <= set(sentences)


def test_strong_cuts_get_bar_lines_when_the_tempo_is_ours():
    clip = Clip("a.mp4", 30.0, frame_rate_hz=24.0, cuts=(Cut(11.875, 0.9), Cut(15.75, 0.8), Cut(23.04, 0.9)))
    plan = make_plan(Constraints(use="film"), library=LIBRARY, clip=clip)
    starts = [plan.tempo_map.seconds_at(bar.start_q) for bar in plan.bars]
    assert sum(min(abs(start - cut.at_s) for start in starts) < 1e-6 for cut in clip.cuts) >= 2


def test_a_hit_on_the_very_end_is_struck_just_before_it_and_said():
    plan = plan_of(Constraints(duration_s=30, hits=(HitPoint(30.0),)))
    assert not plan.hits[0].feasible
    assert "hit_infeasible" in said(plan)
    assert plan.tempo_map.seconds_at(plan.final_q) == pytest.approx(29.7)


def test_a_hit_after_the_end_or_on_top_of_another_is_said():
    plan = plan_of(Constraints(duration_s=30, hits=(HitPoint(10.0), HitPoint(10.1), HitPoint(45.0))))
    assert [hit.feasible for hit in plan.hits] == [True, False, False]


@pytest.mark.parametrize("at_s", [0.0, 0.02, 0.3, 27.5, 29.5])
def test_a_hit_near_either_end_is_exact(at_s):
    plan = plan_of(Constraints(duration_s=30, hits=(HitPoint(at_s),)))
    check_whole(plan)
    assert plan.hits[0].feasible


def test_a_late_hit_is_the_final_chord():
    plan = plan_of(Constraints(duration_s=40, hits=(HitPoint(38.0),)))
    assert plan.tempo_map.seconds_at(plan.final_q) == pytest.approx(38.0, abs=1e-6)


def test_a_hit_opens_a_section_and_is_the_climax():
    plan = plan_of(
        Constraints(duration_s=45, arc=((ArcPoint(0, -0.2, -0.3), ArcPoint(1, 0.3, 0.6))), hits=(HitPoint(28.0),))
    )
    climax = next(section for section in plan.sections if section.name == "climax")
    assert plan.tempo_map.seconds_at(plan.bars[climax.start_bar].start_q) == pytest.approx(28.0, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_a_hit_on_the_way_down_is_struck_by_everybody_and_then_they_go(seed):
    falling = (ArcPoint(0, 0.5, 0.1), ArcPoint(0.7, 0.5, -0.2), ArcPoint(1, 0.4, -0.5))
    plan = plan_of(Constraints(duration_s=45, styles=("orchestral",), arc=falling, hits=(HitPoint(31.0),)), seed)
    struck = next(bar.index for bar in plan.bars if abs(bar.start_q - plan.hits[0].at_q) < 1e-6)

    def sounding(bar):
        return [part for part in plan.parts if part.bars[bar].active]

    assert len(sounding(struck)) == len(plan.parts)
    for bar in range(struck + 1, len(plan.bars)):
        assert len(sounding(bar)) < len(plan.parts)
        assert all(part.bars[bar].dynamics < part.bars[0].dynamics + 0.02 for part in sounding(bar))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("style", ["cinematic", "pop", "jazz", "ambient"])
def test_the_climax_is_the_loudest_and_densest_section(style, seed):
    plan = plan_of(Constraints(duration_s=75, styles=(style,), arc=LIVELY), seed)

    def mean(section, field):
        bars = range(section.start_bar, section.end_bar)
        values = [getattr(part.bars[bar], field) for part in plan.parts for bar in bars if part.bars[bar].active]
        return sum(values) / len(values)

    climax = next(section for section in plan.sections if section.name == "climax")
    for section in plan.sections:
        if section.name not in ("climax", "ending"):
            assert mean(climax, "dynamics") >= mean(section, "dynamics")
            assert mean(climax, "density") >= mean(section, "density")


@pytest.mark.parametrize("style", sorted(LIBRARY.styles))
def test_in_long_cues_every_part_rests_and_phrases_change(style):
    plan = plan_of(Constraints(duration_s=150, styles=(style,), arc=(ArcPoint(0, 0.3, 0.4),)))
    assert all(any(not bar.active for bar in part.bars) for part in plan.parts)
    crowds = [frozenset(part.id for part in plan.parts if part.bars[bar].active) for bar in range(plan.bar_count)]
    longest, run = 0, 1
    for before, after in itertools.pairwise(crowds):
        run = run + 1 if before == after else 1
        longest = max(longest, run)
    assert longest <= 32


@pytest.mark.parametrize("style", sorted(LIBRARY.styles))
def test_no_eight_bars_are_harmonised_alike_three_times_on_end(style):
    plan = plan_of(Constraints(duration_s=240, styles=(style,), arc=(ArcPoint(0, 0.3, 0.3),)))
    degrees = [tuple(c.degree for c in plan.chords if bar.start_q - 1e-6 <= c.start_q < bar.end_q) for bar in plan.bars]
    for start in range(len(degrees) - 24):
        eight = degrees[start : start + 8]
        if len({degree for bar in eight for degree in bar}) > 1:
            assert not (eight == degrees[start + 8 : start + 16] == degrees[start + 16 : start + 24])


def test_one_lead_at_a_time_and_harmony_below_it():
    for style in LIBRARY.styles:
        plan = plan_of(Constraints(duration_s=60, styles=(style,), arc=LIVELY))
        leads = [part for part in plan.parts if part.role == "lead"]
        assert len(leads) == 1
        for part in plan.parts:
            if part.role == "harmony":
                assert part.high <= max(leads[0].low + 7, part.low + 17)


def test_every_band_has_a_bass():
    for style in LIBRARY.styles:
        assert any(part.role == "bass" for part in plan_of(Constraints(styles=(style,), arc=LIVELY)).parts), style


def test_parts_grow_with_arousal():
    few = plan_of(Constraints(duration_s=60, styles=("cinematic",), arc=(ArcPoint(0, -0.2, -0.8),)))
    many = plan_of(Constraints(duration_s=60, styles=("cinematic",), arc=(ArcPoint(0, 0.2, 0.9),)))
    assert len(few.parts) <= 3 < 5 <= len(many.parts)


def test_sad_piano_is_a_piano():
    plan = plan_of(Constraints(arc=SAD, instruments=Instruments(("piano",))))
    assert {part.instrument for part in plan.parts} == {"piano"}
    assert {part.role for part in plan.parts} == {"lead", "harmony"}
    assert plan.key.is_minor


def test_a_choir_alone_sings_in_four_voices():
    asked = Constraints(
        duration_s=20,
        styles=("choral",),
        arc=SAD,
        instruments=Instruments(("choir",), ("strings", "piano", "organ", "percussion", "brass", "woodwinds")),
    )
    plan = plan_of(asked)
    assert {part.instrument for part in plan.parts} == {"choir"}
    assert {part.role for part in plan.parts} == {"lead", "counter", "harmony", "bass"}


@pytest.mark.parametrize("region", [None, *sorted(LIBRARY.regions)])
@pytest.mark.parametrize("wanted", [("guzheng", "dizi"), ("piano", "cello", "trumpet"), ("djembe",)])
def test_what_is_asked_for_plays_and_what_is_excluded_never_does(region, wanted):
    asked = Constraints(region=region, arc=LIVELY, instruments=Instruments(wanted, ("drums", "strings")))
    plan = plan_of(asked)
    players = {part.instrument for part in plan.parts}
    assert set(wanted) - excluded_by(("drums", "strings"), LIBRARY) <= players
    assert not players & excluded_by(("drums", "strings"), LIBRARY)


def test_excluding_percussion_excludes_its_family():
    plan = plan_of(Constraints(styles=("epic",), arc=LIVELY, instruments=Instruments((), ("percussion",))))
    assert not {part.role for part in plan.parts} & {"drums", "percussion"}


def test_no_drums_means_nothing_struck_but_what_was_asked_for():
    asked = Constraints(region="china", arc=LIVELY, instruments=Instruments(("tabla",), ("drums",)))
    drummers = {part.instrument for part in plan_of(asked).parts if LIBRARY.instruments[part.instrument].is_struck}
    assert drummers <= {"tabla"}
    assert "tabla" in {part.instrument for part in plan_of(asked).parts}


def test_no_singing_means_no_choir_either():
    plan = plan_of(Constraints(region="hawaii", arc=LIVELY, instruments=Instruments((), ("voice",))))
    assert not {part.instrument for part in plan.parts} & {"voice", "choir"}


def test_nothing_left_to_play_is_an_error():
    with pytest.raises(BriefError, match="at least one that may play"):
        make_plan(Constraints(instruments=Instruments((), tuple(LIBRARY.instruments))), library=LIBRARY)


def test_no_melody_leaves_out_lead_and_counter():
    plan = plan_of(Constraints(arc=SAD, styles=("suspense",), adjust=(Adjustment("density", "melody", -1.0),)))
    assert not {part.role for part in plan.parts} & {"lead", "counter"}


def test_the_asked_key_is_home_and_begins_and_ends_the_cue():
    plan = plan_of(Constraints(duration_s=90, key="D minor", arc=arc_of([(0, -0.6, 0), (0.5, 0.8, 0.3), (1, -0.5, 0)])))
    assert plan.key.name == "D minor"
    assert plan.sections[0].key.name == plan.sections[-1].key.name == "D minor"
    assert plan.chord_at(plan.final_q).root == 2


def test_sunrise_goes_from_minor_to_the_parallel_major():
    plan = plan_of(Constraints(duration_s=60, styles=("cinematic",), arc=arc_of([(0, -0.7, -0.5), (1, 0.9, 0.5)])))
    first, last = plan.sections[0].key, plan.sections[-1].key
    assert first.is_minor and not last.is_minor
    assert first.tonic == last.tonic


@pytest.mark.parametrize("region", sorted(LIBRARY.regions))
def test_a_regions_chords_fit_its_scale(region):
    plan = plan_of(Constraints(duration_s=40, region=region))
    for chord in plan.chords:
        assert set(chord.pitch_classes) <= plan.section_of(0).key.pitch_classes | {
            tone for section in plan.sections for tone in section.key.pitch_classes
        } | {(plan.key.tonic + 7) % 12}
    own = {name for seat in LIBRARY.regions[region].ensemble for name in seat.instruments}
    assert {part.instrument for part in plan.parts} & own


def test_a_loop_fills_its_length_with_whole_bars_and_wants_its_beginning():
    plan = plan_of(Constraints(duration_s=88, loop=True, tempo_bpm=(86, 90), use="game", styles=("suspense",)))
    check_whole(plan)
    assert {bar.length_q for bar in plan.bars} == {4.0}
    assert plan.sections[-1].phrases[-1].cadence == "half"


def test_stated_tempo_of_compound_metre_counts_dotted_quarters():
    plan = plan_of(Constraints(duration_s=40, meter="6/8", tempo_bpm=(98, 102)))
    assert plan.tempo_map.tempos[0].quarter_bpm == pytest.approx(150, rel=0.02)


def test_adjustments_change_their_part_and_place_only():
    asked = Constraints(duration_s=60, styles=("pop",), arc=LIVELY)
    wish = Adjustment("density", "bass", -0.5, Span(0.0, 20.0))
    before = plan_of(asked)
    after = make_plan(Constraints(**{**vars(asked), "adjust": (wish,)}), library=LIBRARY)
    for part, then in zip(before.parts, after.parts, strict=True):
        for bar, (old, new) in enumerate(zip(part.bars, then.bars, strict=True)):
            inside = before.tempo_map.seconds_at(before.bars[bar].start_q) < 20
            assert (new.density < old.density) == (part.role == "bass" and inside)


def test_loudness_in_a_place_is_the_faders_and_changes_no_dynamics():
    asked = Constraints(duration_s=60, styles=("pop",), arc=LIVELY)
    plain = plan_of(asked)
    louder = plan_of(replace(asked, adjust=(Adjustment("loudness", "drums", 0.5, "end"),)))
    for before, after in zip(plain.parts, louder.parts, strict=True):
        lifted = [index for index, bar in enumerate(after.bars) if bar.gain_db]
        assert bool(lifted) == (before.role in ("drums", "percussion"))
        assert [replace(bar, gain_db=0.0) for bar in after.bars] == list(before.bars)
        if lifted:
            starts_s = [plain.tempo_map.seconds_at(plain.bars[bar].start_q) for bar in (lifted[0], lifted[-1])]
            assert starts_s[0] == pytest.approx(40.0, abs=1.5) and lifted[-1] == plain.bar_count - 1


def test_none_of_a_part_in_a_place_means_that_it_rests_there():
    asked = Constraints(duration_s=60, styles=("pop",), arc=LIVELY)
    plan = plan_of(replace(asked, adjust=(Adjustment("density", "drums", -1.0, "start"),)))
    drums = next(part for part in plan.parts if part.role == "drums")
    starts_s = [plan.tempo_map.seconds_at(bar.start_q) for bar in plan.bars]
    assert not any(bar.active for bar, at_s in zip(drums.bars, starts_s, strict=True) if at_s < 18)
    assert any(bar.active for bar in drums.bars)


def test_a_register_asked_of_a_whole_part_moves_its_range_within_the_instrument():
    asked = Constraints(duration_s=40, styles=("pop",), arc=LIVELY)
    for amount in (-1.0, -0.4, 0.4, 1.0):
        plan = plan_of(replace(asked, adjust=(Adjustment("register", "melody", amount),)))
        before, after = (next(part for part in item.parts if part.role == "lead") for item in (plan_of(asked), plan))
        player = LIBRARY.instruments[after.instrument]
        assert player.low <= after.low and after.high <= player.high and after.high - after.low >= 12
        assert (after.low + after.high > before.low + before.high) == (amount > 0)


@pytest.mark.parametrize("style", ["funk", "reggae", "house", "hip-hop", "jazz", "bossa-nova", "lo-fi", "techno"])
@pytest.mark.parametrize("arousal", [-0.8, -0.3])
def test_a_groove_keeps_its_drums_and_bass_however_calm(style, arousal):
    plan = plan_of(Constraints(duration_s=30, styles=(style,), arc=(ArcPoint(0, 0.2, arousal),)), 2)
    for role in ("drums", "bass"):
        part = next(part for part in plan.parts if part.role == role)
        assert sum(bar.active for bar in part.bars) >= 0.6 * (plan.bar_count - 1)


@pytest.mark.parametrize("style", sorted(LIBRARY.styles))
def test_nobody_comes_for_the_last_chord_alone(style):
    for arousal in (-0.6, 0.1, 0.7):
        plan = plan_of(Constraints(duration_s=20, styles=(style,), arc=(ArcPoint(0, 0.2, arousal),)), 3)
        assert all(any(bar.active for bar in part.bars[:-1]) for part in plan.parts)


def test_who_asks_for_drums_gets_a_band():
    asked = Constraints(duration_s=30, styles=("cinematic",), instruments=Instruments(("brass", "drums")), arc=CALM)
    assert {part.role for part in plan_of(asked).parts if part.instrument == "drums"} == {"drums"}


def test_a_quiet_opening_before_an_outburst_is_slow():
    outburst = arc_of([(0, -0.3, -0.55), (0.66, -0.3, -0.3), (0.67, 0.1, 0.8), (1, 0.1, 0.8)])
    plan = plan_of(Constraints(duration_s=30, region="china", arc=outburst, hits=(HitPoint(20.0),)), 9)
    assert 56 <= plan.tempo_map.tempos[0].quarter_bpm <= 96
    lively = plan_of(Constraints(duration_s=30, region="china", arc=(ArcPoint(0, 0.1, 0.8),)), 9)
    assert lively.tempo_map.tempos[0].quarter_bpm >= 110


def test_a_tempo_in_odd_eighths_counts_quarters():
    plan = plan_of(Constraints(duration_s=25, meter="7/8", tempo_bpm=(138, 142)))
    assert plan.tempo_map.tempos[0].quarter_bpm == pytest.approx(140, rel=0.02)


def test_louder_bass_is_a_level():
    asked = Constraints(duration_s=60, styles=("pop",), arc=LIVELY, adjust=(Adjustment("loudness", "bass", 0.5),))
    plain = plan_of(Constraints(duration_s=60, styles=("pop",), arc=LIVELY))
    for before, after in zip(plain.parts, plan_of(asked).parts, strict=True):
        assert (after.level_lu - before.level_lu) == (3.0 if before.role == "bass" else 0.0)


def test_six_seconds_have_a_phrase_and_half_an_hour_has_many_sections():
    short = plan_of(Constraints(duration_s=6, use="ad", arc=LIVELY))
    check_whole(short)
    assert sum(len(section.phrases) for section in short.sections) <= 3
    long = plan_of(Constraints(duration_s=1800, arc=CALM, use="wellness"))
    check_whole(long)
    assert len({section.name for section in long.sections}) >= 5


def test_describe_tells_sections_tempo_and_chords():
    text = describe(plan_of(Constraints(duration_s=30, key="D minor", hits=(HitPoint(20.0),))))
    assert "D minor" in text and "hit at 20.000 s" in text and "Dm" in text


# --- styles that were only suggested


def suggested(valence, arousal, *styles):
    evidence = tuple(Evidence("styles", "a word", confidence=0.4, assumed=True) for _ in styles)
    return Constraints(duration_s=24.0, styles=styles, arc=arc_of([(0, valence, arousal)]), evidence=evidence)


def test_a_suggested_style_gives_way_where_it_contradicts_the_mood(library):
    assert make_plan(suggested(0.6, 0.7, "horror", "epic"), library=library).style == "epic"
    assert make_plan(suggested(0.6, 0.7, "horror"), library=library).style == "pop"
    assert make_plan(suggested(-0.6, -0.4, "comedy", "classical"), library=library).style == "classical"
    assert make_plan(suggested(-0.6, 0.5, "horror", "epic"), library=library).style == "horror"


def test_a_style_that_was_asked_stays_whatever_the_mood(library):
    asked = replace(suggested(0.6, 0.7, "horror"), evidence=(Evidence("styles", "horror"),))
    assert make_plan(asked, library=library).style == "horror"
    assert make_plan(replace(asked, evidence=()), library=library).style == "horror"


def test_a_revision_that_turns_the_mood_keeps_the_style(library):
    before = suggested(-0.6, 0.5, "horror", "epic")
    plan = make_plan(before, library=library)
    after = replace(before, arc=arc_of([(0, 0.5, 0.5)]))
    assert make_plan(after, library=library, previous=plan).style == "horror"
