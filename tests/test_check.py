"""Every promise is measured: kept ones are found kept, and each kind of broken one is found broken."""

from dataclasses import replace

import numpy as np
import pytest

from assistant.audio import Waveform
from assistant.audio.loudness import integrated_lufs, true_peak_dbtp
from assistant.check import Finding, Findings, check
from assistant.check.emotion import hear
from assistant.check.keyfinder import find_key, parse_key
from assistant.clip import Clip
from assistant.constraints import Constraints, HitPoint, Instruments, arc_of
from assistant.plan import BarIntent, Key, Phrase, Plan, PlannedHit, PlannedPart, Section
from assistant.remark import Remark
from assistant.render import Mixdown, SoundFont, Stem
from assistant.score import Cell, Meter, MeterChange, Note, Part, Score, TempoChange, TempoMap
from assistant.settings import ROOT

RATE_HZ = 48_000
STEADY = TempoMap.steady(120.0, Meter(4, 4))
D_MINOR = Key(2, "minor", (0, 2, 3, 5, 7, 8, 10))
LENGTH_S = 8.0


def chord_bars(roots: tuple[int, ...], *, minor: tuple[bool, ...], velocity: int = 80) -> tuple[Note, ...]:
    notes = []
    for bar, (root, is_minor) in enumerate(zip(roots, minor, strict=True)):
        notes += [Note(4.0 * bar, root + step, 3.9, velocity) for step in (0, 3 if is_minor else 4, 7)]
    return tuple(notes)


def score_of(*parts: Part, tempo_map: TempoMap = STEADY) -> Score:
    return Score(tempo_map, parts, LENGTH_S, "D minor")


LEAD = Part("lead-flute", "lead", "flute", 73, False, tuple(Note(float(beat), 74, 0.9, 80) for beat in range(15)))
CHORDS = Part(
    "harmony-strings",
    "harmony",
    "strings",
    48,
    False,
    chord_bars((50, 55, 57, 50), minor=(True, True, False, True)),
)
SCORE = score_of(LEAD, CHORDS)


def plan_of(score: Score, **keys: object) -> Plan:
    seats = tuple(
        PlannedPart(part.id, part.role, part.instrument, 36, 96, "melody", (BarIntent(True),) * 4)
        for part in score.parts
    )
    sections = (
        Section("theme", 0, 2, 0.0, 0.0, D_MINOR, (Phrase(0, 2),)),
        Section("climax", 2, 2, 0.0, 0.0, D_MINOR, (Phrase(2, 2),)),
    )
    made = Plan(LENGTH_S, score.tempo_map, 4, 12.0, D_MINOR, sections, (), seats)
    return replace(made, **keys)


def sounded(score: Score, part: Part, *, late_s: float = 0.0, level: float = 0.03) -> np.ndarray:
    """A part as decaying tones."""
    samples = np.zeros((2, round(LENGTH_S * RATE_HZ)), np.float32)
    for note in part.notes:
        first = round((score.start_s(note) + late_s) * RATE_HZ)
        last = min(samples.shape[1], round(score.end_s(note) * RATE_HZ) + 9_600)
        times = np.arange(last - first) / RATE_HZ
        samples[:, first:last] += (
            level * np.sin(2 * np.pi * 440 * 2 ** ((note.pitch - 69) / 12) * times) * np.exp(-3 * times)
        )
    samples[:, -4_800:] *= np.linspace(1, 0, 4_800, dtype=np.float32)
    return samples


def mixdown_of(score: Score = SCORE, *, late_s: float = 0.0, gain: float = 2.0, **keys: object) -> Mixdown:
    stems = tuple(Stem(part.id, Waveform(sounded(score, part, late_s=late_s), RATE_HZ)) for part in score.parts)
    total = np.sum([stem.waveform.samples for stem in stems], axis=0, dtype=np.float32)
    mix = Waveform(total * np.float32(gain), RATE_HZ)
    font = SoundFont("tones", "MIT", ROOT / "none.sf2")
    made = Mixdown(stems, Waveform(total, RATE_HZ), mix, font, "toy", integrated_lufs(mix), true_peak_dbtp(mix), -14.0)
    return replace(made, **keys)


def with_mix(mixdown: Mixdown, samples: np.ndarray) -> Mixdown:
    return replace(mixdown, mix=Waveform(samples.astype(np.float32), RATE_HZ))


def judged(
    asked: Constraints | None = None, mixdown: Mixdown | None = None, score: Score = SCORE, **plan: object
) -> Findings:
    mixdown = mixdown or mixdown_of(score)
    target = round(integrated_lufs(mixdown.mix), 2)
    made = plan_of(score, **{"loudness_lufs": target, **plan})
    return check(asked or Constraints(duration_s=LENGTH_S), made, score, mixdown)


def only(findings: Findings, name: str) -> Finding:
    (item,) = findings.named(name)
    return item


def test_a_good_take_keeps_every_promise_that_always_holds():
    findings = judged()
    assert not findings.unmet
    assert {item.name for item in findings.items} == {
        "length", "loudness", "true_peak", "clipping", "dc", "stems", "tail", "cut", "audible",
    }  # fmt: skip


@pytest.mark.parametrize("extra", [-1, 1])
def test_one_sample_too_many_or_too_few_is_found(extra):
    mixdown = mixdown_of()
    samples = np.zeros((2, mixdown.mix.frames + extra), np.float32)
    assert not only(judged(mixdown=with_mix(mixdown, samples)), "length").met


@pytest.mark.parametrize("late_s", [0.0, 0.02, -0.02, 0.06])
def test_a_hit_is_measured_where_it_sounds(late_s):
    hit = PlannedHit(4.0, "hit", 8.0)
    mixdown = mixdown_of(late_s=late_s) if late_s >= 0 else mixdown_of(score_of(LEAD, CHORDS, tempo_map=nudged(late_s)))
    found = only(judged(mixdown=mixdown, hits=(hit,)), "hit")
    assert found.error == pytest.approx(late_s, abs=0.008)
    assert found.met == (abs(late_s) < 0.04)
    assert found.about == "hit"


def nudged(by_s: float) -> TempoMap:
    """A tempo map on which beat 8 comes ``by_s`` later than on the steady one."""
    return TempoMap.steady(8 * 60 / (4.0 + by_s), Meter(4, 4))


def test_a_frame_of_the_clip_is_the_bound_of_a_hit():
    hit, clip = PlannedHit(4.0, "hit", 8.0), Clip("clip.mp4", LENGTH_S, frame_rate_hz=60.0)
    made = plan_of(SCORE, hits=(hit,))
    found = only(check(Constraints(duration_s=LENGTH_S), made, SCORE, mixdown_of(late_s=0.03), clip=clip), "hit")
    assert found.bound == pytest.approx(1 / 60)
    assert not found.met


def test_hits_that_nobody_strikes_or_that_cannot_be_met_are_unmet():
    between = PlannedHit(3.75, "hit", 7.5)
    assert not only(judged(hits=(between,)), "hit").met
    assert not only(judged(hits=(PlannedHit(45.0, "hit", 90.0, feasible=False),)), "hit").met
    assert not only(judged(Constraints(duration_s=LENGTH_S, hits=(HitPoint(2.0),))), "hit").met


def test_a_hit_without_a_rise_is_unmet():
    drone = Part("harmony-organ", "harmony", "organ", 19, False, (Note(0.0, 57, 8.0, 80), Note(8.0, 57, 7.9, 80)))
    samples = np.stack([np.sin(2 * np.pi * 220 * np.arange(round(LENGTH_S * RATE_HZ)) / RATE_HZ)] * 2) * 0.1
    sound = Waveform(samples.astype(np.float32), RATE_HZ)
    score = score_of(drone)
    mixdown = replace(mixdown_of(score), stems=(Stem("harmony-organ", sound),), premaster=sound, mix=sound)
    assert not only(judged(mixdown=mixdown, score=score, hits=(PlannedHit(4.0, "hit", 8.0),)), "hit").met


def test_wrong_loudness_is_unmet_unless_it_was_held_back_and_said():
    mixdown = mixdown_of()
    off = round(integrated_lufs(mixdown.mix)) + 3.0
    assert not only(judged(mixdown=mixdown, loudness_lufs=off), "loudness").met
    said = replace(mixdown, remarks=(Remark.of("loudness_held_back", achieved_lufs=-20.0, target_lufs=off),))
    assert only(judged(mixdown=said, loudness_lufs=off), "loudness").met
    insisted = Constraints(duration_s=LENGTH_S, loudness_lufs=off)
    assert not only(judged(insisted, mixdown=said), "loudness").met


def test_peaks_clipped_samples_and_offsets_are_found():
    mixdown = mixdown_of()
    loud = mixdown.mix.samples.copy()
    loud[:, 96_000:96_010] = 1.0
    findings = judged(mixdown=with_mix(mixdown, loud))
    assert not only(findings, "true_peak").met
    assert only(findings, "clipping").achieved == 20
    assert not only(judged(mixdown=with_mix(mixdown, mixdown.mix.samples + 0.01)), "dc").met


def test_stems_that_do_not_add_up_are_found():
    mixdown = mixdown_of()
    louder = Waveform(mixdown.stems[0].waveform.samples * np.float32(1.01), RATE_HZ)
    broken = replace(mixdown, stems=(Stem("lead-flute", louder), *mixdown.stems[1:]))
    assert not only(judged(mixdown=broken), "stems").met
    assert only(judged(mixdown=mixdown), "stems").achieved < -110


def test_a_silent_tail_and_a_cut_ending_are_found():
    mixdown = mixdown_of()
    silent, cut = mixdown.mix.samples.copy(), mixdown.mix.samples.copy()
    silent[:, -33_600:] = 0
    tail = only(judged(mixdown=with_mix(mixdown, silent)), "tail")
    assert not tail.met
    assert tail.achieved == pytest.approx(0.7, abs=0.02)
    cut[:, -4_800:] += 0.05 * np.sin(np.arange(4_800) / 10)
    assert not only(judged(mixdown=with_mix(mixdown, cut)), "cut").met


def test_a_click_at_the_seam_of_a_loop_is_found():
    times = np.arange(round(LENGTH_S * RATE_HZ)) / RATE_HZ
    whole, broken = (np.stack([0.2 * np.sin(2 * np.pi * hertz * times)] * 2) for hertz in (220.0, 220.07))
    assert only(judged(mixdown=with_mix(mixdown_of(), whole), loop=True), "seam").met
    assert not only(judged(mixdown=with_mix(mixdown_of(), broken), loop=True), "seam").met


def test_a_part_that_cannot_be_heard_is_found():
    mixdown = mixdown_of()
    faint = Waveform(mixdown.stems[0].waveform.samples * np.float32(0.01), RATE_HZ)
    findings = judged(mixdown=replace(mixdown, stems=(Stem("lead-flute", faint), *mixdown.stems[1:])))
    assert [item.about for item in findings.named("audible") if not item.met] == ["lead-flute"]


def test_tempo_is_judged_in_felt_beats_over_the_whole_map():
    asked = Constraints(duration_s=LENGTH_S, tempo_bpm=(118.0, 122.0))
    assert only(judged(asked), "tempo").met
    rushing = TempoMap((TempoChange(0.0, 120.0), TempoChange(8.0, 150.0)), (MeterChange(0.0, Meter(4, 4)),))
    score = score_of(LEAD, CHORDS, tempo_map=rushing)
    assert only(judged(asked, score=score), "tempo").error == pytest.approx(28.0)
    compound = TempoMap.steady(180.0, Meter(6, 8))
    assert only(judged(asked, score=score_of(LEAD, tempo_map=compound)), "tempo").achieved == pytest.approx(120.0)


def test_metre_and_key_are_judged_only_when_asked_for():
    assert not judged().named("meter")
    assert not judged().named("key")
    asked = Constraints(duration_s=LENGTH_S, meter="3/4", key="D minor")
    findings = judged(asked)
    assert only(findings, "meter").achieved == "4/4"
    assert not only(findings, "meter").met
    assert only(findings, "key").met
    assert only(judged(replace(asked, key="E major")), "key").achieved == "D minor"


@pytest.mark.parametrize("mode", ["major", "minor"])
@pytest.mark.parametrize("tonic", range(12))
def test_all_24_keys_are_found(tonic, mode):
    minor = mode == "minor"
    home = 48 + tonic
    chords = Part(
        "harmony-piano", "harmony", "piano", 0, False,
        chord_bars((home, home + 5, home + 7, home), minor=(minor, minor, False, minor)),
    )  # fmt: skip
    found = find_key(score_of(chords))
    assert (found.tonic, found.mode) == (tonic, mode)
    assert parse_key(found.name) == (tonic, mode)


@pytest.mark.parametrize(
    ("text", "key"), [("Bb major", (10, "major")), ("F# dorian", (6, "minor")), ("C", (0, "major"))]
)
def test_names_of_keys_are_read(text, key):
    assert parse_key(text) == key


def test_wanted_and_unwanted_instruments_are_counted_with_their_families():
    wishes = Instruments(("flute", "strings", "piano"), ("percussion", "woodwinds"))
    findings = judged(Constraints(duration_s=LENGTH_S, instruments=wishes))
    assert {item.about: item.met for item in findings.named("instrument")} == {
        "flute": True,
        "strings": True,
        "piano": False,
    }
    assert {item.about: item.met for item in findings.named("no_instrument")} == {
        "percussion": True,
        "woodwinds": False,
    }


def busy(velocity: int, step: float, pitch: int) -> tuple[Note, ...]:
    return tuple(Note(8.0 + step * index, pitch, step * 0.9, velocity) for index in range(int(8 / step) - 1))


def rising_score() -> Score:
    """Two bars of a soft held chord, then two bars in which five parts play loud and fast in major."""
    soft = Part("harmony-pad", "harmony", "pad", 89, False, (Note(0.0, 50, 8.0, 45), Note(0.0, 53, 8.0, 45)))
    loud = tuple(
        Part(f"{role}-{index}", role, "piano", 0, False, busy(115, 0.25, pitch))
        for index, (role, pitch) in enumerate((("lead", 86), ("counter", 78), ("pulse", 74), ("bass", 38)))
    )
    return score_of(soft, *loud)


def test_an_arc_that_rises_is_heard_to_rise():
    score = rising_score()
    quiet, wild = hear(score, 0.0, 8.0, tonic=2), hear(score, 8.0, 16.0, tonic=2)
    assert quiet.arousal < -0.2 < 0.5 < wild.arousal
    assert quiet.valence < wild.valence


def test_the_arc_is_judged_section_by_section():
    asked = Constraints(
        duration_s=LENGTH_S, arc=arc_of([(0, -0.4, -0.6), (0.5, -0.4, -0.6), (0.6, 0.3, 0.8), (1, 0.3, 0.8)])
    )
    findings = judged(asked, score=rising_score())
    assert [item.about for item in findings.named("arousal")] == ["theme", "climax"]
    assert all(item.met for item in findings.named("arousal"))
    upside_down = replace(asked, arc=arc_of([(0, 0.3, 0.8), (1, -0.4, -0.8)]))
    assert not any(item.met for item in judged(upside_down, score=rising_score()).named("arousal"))


def test_kept_cells_are_compared_note_for_note():
    cells = tuple(Cell("lead-flute", bar) for bar in range(3))
    louder = replace(
        LEAD, notes=tuple(replace(note, velocity=90) if note.start_q == 5 else note for note in LEAD.notes)
    )
    plan, mixdown = plan_of(SCORE), mixdown_of()
    asked = Constraints(duration_s=LENGTH_S)
    same = check(asked, plan, SCORE, mixdown, before=SCORE, kept=cells)
    assert only(same, "kept").met
    changed = check(asked, plan, SCORE, mixdown, before=score_of(louder, CHORDS), kept=cells)
    assert only(changed, "kept").achieved == 2
    assert not only(changed, "kept").met


def test_a_hit_may_lift_its_section_above_the_arc():
    asked = Constraints(duration_s=LENGTH_S, arc=arc_of([(0, 0.3, -0.05), (1, 0.3, -0.05)]))
    without = judged(asked, score=rising_score())
    with_hit = judged(asked, score=rising_score(), hits=(PlannedHit(6.0, "hit", 12.0),))
    climaxes = [
        next(item for item in found.named("arousal") if item.about == "climax") for found in (without, with_hit)
    ]
    assert climaxes[0].achieved == climaxes[1].achieved > 0.5
    assert climaxes[1].bound > climaxes[0].bound
    assert not climaxes[0].met
