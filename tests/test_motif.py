"""A hummed, played or typed motif: heard right, and said note for note by every engine."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.brief import Brief
from assistant.check.score import check_motif
from assistant.clip import read_motif
from assistant.clip.motif import quantise, with_key
from assistant.clip.notes import SungNote, hear_notes
from assistant.clip.pitch import HOP_S, follow_pitch
from assistant.constraints import Constraints, Understanding, arc_of
from assistant.errors import ClipError, InputError
from assistant.interpret import read_brief, with_motif, with_other_motif
from assistant.library import load
from assistant.plan import Plan, make_plan
from assistant.score import Meter, Note, Part, Score, TempoMap
from assistant.score.midi import write_midi
from assistant.score.motif import Motif, MotifNote, is_motif, parse_motif
from models.evaluation.humming import hum, right
from models.registry import get_engine, list_engines
from tests.hums import TUNE, sung, tone
from tests.media import RATE_HZ, write_sound

ENGINES = [engine.name for engine in list_engines() if engine.can_run]
GIVEN = parse_motif("E4:0.5 G4 A4:1.5 r:0.5 C5:0.5 B4:0.75 A4:0.25 G4 E4:2")


@pytest.mark.parametrize("hertz", [82.4, 220.0, 440.0, 1318.5])
def test_the_pitch_of_a_steady_tone_is_exact(hertz: float) -> None:
    track = follow_pitch(tone(hertz, 0.6))
    inner = track.pitch[10:-10]
    assert np.nanmax(np.abs(inner - (69 + 12 * np.log2(hertz / 440)))) < 0.1
    assert np.isfinite(inner).mean() > 0.95


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(2).standard_normal(RATE_HZ).astype(np.float32) * 0.1
    assert np.isfinite(follow_pitch(noise).pitch).mean() < 0.1
    assert hear_notes(np.zeros(RATE_HZ, np.float32)).notes == ()
    assert hear_notes(np.zeros(0, np.float32)).notes == ()


@pytest.mark.parametrize("timbre", ["hum", "reed"])
def test_a_hummed_tune_is_heard_note_for_note(timbre: str) -> None:
    known = sung()
    found = hear_notes(hum(known, timbre, seed=4)).notes
    assert right(known, found) >= 0.9 * len(known)
    assert len(found) <= len(known) + 1


def test_a_tuning_that_drifts_and_lies_off_does_not_move_the_intervals() -> None:
    t = np.arange(round(6 * RATE_HZ)) / RATE_HZ
    steps = np.array([0, 4, 7, 12, 7, 4])[np.minimum((t / 1.0).astype(int), 5)]
    pitch = 57.45 + steps + 0.4 * t / 6
    phase = 2 * np.pi * np.cumsum(440 * 2 ** ((pitch - 69) / 12)) / RATE_HZ
    notes = hear_notes((0.2 * np.sin(phase) + 0.1 * np.sin(2 * phase)).astype(np.float32)).notes
    assert [note.pitch - notes[0].pitch for note in notes] == [0, 4, 7, 12, 7, 4]


def test_a_repeated_note_is_two_notes() -> None:
    one = tone(220.0, 0.5) * np.minimum(1, np.minimum(np.arange(24_000), 24_000 - np.arange(24_000)) / 2400)
    notes = hear_notes(np.concatenate([one, one]).astype(np.float32)).notes
    assert [note.pitch for note in notes] == [57, 57]
    assert notes[1].start_s == pytest.approx(0.5, abs=0.05)


def test_gaps_become_lengths_on_a_beat() -> None:
    motif = quantise([SungNote(start_s, length_s, pitch) for start_s, length_s, pitch in TUNE])
    gaps = np.diff([note.start_q for note in motif.notes])
    assert list(gaps / gaps[0]) == pytest.approx([1, 1, 0.5, 0.5, 1, 1, 2])
    wobbly = [
        SungNote(start_s + 0.02 * (-1) ** i, length_s, pitch) for i, (start_s, length_s, pitch) in enumerate(TUNE)
    ]
    assert [n.start_q for n in quantise(wobbly).notes] == [n.start_q for n in motif.notes]


def test_the_asked_tempo_decides_between_half_and_double() -> None:
    notes = [SungNote(start_s, length_s, pitch) for start_s, length_s, pitch in TUNE]
    assert quantise(notes, tempo_bpm=120).notes[1].start_q == 1.0
    assert quantise(notes, tempo_bpm=60).notes[1].start_q == 0.5


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".m4a"])
def test_a_sound_file_gives_its_motif(tmp_path: Path, suffix: str) -> None:
    motif = read_motif(str(write_sound(tmp_path / f"hum{suffix}", hum(sung(), "reed", seed=1)[None])), tempo_bpm=120)
    pitches = [note.pitch for note in motif.notes]
    assert [pitch - pitches[0] for pitch in pitches] == [0, 3, 5, 3, 0, -2, -4, -4]
    assert motif.key is not None


def test_midi_keeps_its_notes_exactly(tmp_path: Path) -> None:
    notes = (Note(8.25, 62, 0.4, 80), Note(8.75, 65, 1 / 3, 80), Note(9.5, 69, 2.0, 80))
    score = Score(TempoMap.steady(90.0, Meter(4, 4)), (Part("lead-flute", "lead", "flute", 73, notes=notes),), 12.0)
    motif = read_motif(str(write_midi(score, tmp_path / "tune.mid")))
    assert [(round(n.start_q, 2), n.pitch) for n in motif.notes] == [(0.25, 62), (0.75, 65), (1.5, 69)]
    assert [n.length_q for n in motif.notes] == pytest.approx([0.4, 1 / 3, 2.0], abs=0.01)
    assert motif.tempo_bpm == pytest.approx(90.0, abs=0.1)


def test_notes_are_typed_and_written_out_alike() -> None:
    text = "C4 D#4:0.5 r:1.5 Bb3:2 C5:1/2"
    motif = parse_motif(text)
    assert [(n.start_q, n.length_q, n.pitch) for n in motif.notes] == [
        (0, 1, 60), (1, 0.5, 63), (3, 2, 58), (5, 0.5, 72)
    ]  # fmt: skip
    assert parse_motif(motif.text) == motif
    assert with_key(parse_motif("C4 D4 E4 F4 G4 E4 C4")).key == "C major"


@given(st.text(alphabet="ACEGabr#:0123456789/. -", max_size=40))
@example("C4:1/0")
def test_any_text_is_a_motif_or_refused_and_a_motif_is_written_as_it_is_read(text: str) -> None:
    try:
        motif = parse_motif(text)
    except InputError:
        return
    again = parse_motif(motif.text)
    assert [note.pitch for note in again.notes] == [note.pitch for note in motif.notes]
    assert [note.start_q for note in again.notes] == pytest.approx([note.start_q for note in motif.notes], abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 30_000), st.sampled_from(["noise", "square", "clicks", "constant"]))
def test_any_sound_is_followed_without_a_fault(seed: int, count: int, kind: str) -> None:
    chance = np.random.default_rng(seed)
    sound = {
        "noise": lambda: chance.standard_normal(count),
        "square": lambda: np.sign(np.sin(np.arange(count) * chance.uniform(0.001, 1.5))),
        "clicks": lambda: np.where(chance.random(count) < 0.001, 1.0, 0.0),
        "constant": lambda: np.ones(count),
    }[kind]()
    notes = hear_notes(sound.astype(np.float32)).notes
    assert all(0 <= note.pitch <= 127 and note.length_s > 0 for note in notes)
    if notes:
        assert with_key(quantise(notes)).notes


def test_what_is_no_motif_is_refused_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="notes such as"):
        parse_motif("C4 H4")
    with pytest.raises(InputError):
        Motif((MotifNote(0, 1, 60), MotifNote(0, 1, 64)))
    with pytest.raises(ClipError, match="hum it again"):
        read_motif(str(write_sound(tmp_path / "hush.wav", np.zeros((1, RATE_HZ), np.float32))))
    assert not is_motif("a quiet scene") and not is_motif("")


def planned(**changes: object) -> Plan:
    asked = Constraints(duration_s=32.0, styles=("folk",), key="E minor", motif=with_key(GIVEN),
                        arc=arc_of([(0, 0.2, 0.1)]))  # fmt: skip
    return make_plan(replace(asked, **changes), library=load(), seed=3)


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_states_the_motif_bit_for_bit_and_again(name: str) -> None:
    plan = planned(duration_s=20.0)
    assert plan.motif is not None
    score = get_engine(name).generate(plan, seed=3)
    assert len(plan.motif.statements) >= 2
    for statement in plan.motif.statements:
        part = score.part(statement.part_id)
        start_q = plan.bars[statement.start_bar].start_q
        played = part.between(start_q, start_q + GIVEN.length_q)
        up = played[0].pitch - GIVEN.notes[0].pitch
        assert up % 12 == 0
        assert [(n.start_q - start_q, n.length_q, n.pitch - up, n.nudge_q) for n in played] == [
            (n.start_q, n.length_q, n.pitch, 0.0) for n in GIVEN.notes
        ]


@pytest.mark.parametrize("note", [0, 5])
def test_a_motif_that_is_not_said_as_given_is_found_out(note: int) -> None:
    plan = planned()
    asked, score = plan.asked, get_engine("rules").generate(plan, seed=3)
    (kept,) = check_motif(asked, plan, score)
    assert kept.met and kept.asked == len(GIVEN.notes)
    statement = plan.motif.statements[0]
    wrong = statement.notes[note]
    parts = tuple(
        replace(
            part, notes=tuple(replace(n, pitch=n.pitch + 1) if n.start_q == wrong.start_q else n for n in part.notes)
        )
        if part.id == statement.part_id
        else part
        for part in score.parts
    )
    (broken,) = check_motif(asked, plan, replace(score, parts=parts))
    assert not broken.met and broken.achieved == len(GIVEN.notes) - 1


def test_another_key_moves_the_motif_and_says_so() -> None:
    plan = planned(key="G minor")
    assert plan.motif is not None
    first = plan.motif.statements[0].notes
    assert (first[0].pitch - GIVEN.notes[0].pitch) % 12 == 3
    assert [b.pitch - a.pitch for a, b in itertools.pairwise(first)] == [
        b.pitch - a.pitch for a, b in zip(GIVEN.notes, GIVEN.notes[1:], strict=False)
    ]
    assert "motif_moved" in {remark.code for remark in plan.remarks}
    major = planned(key="C major").motif.statements[0].notes
    assert {note.pitch % 12 for note in major} <= {0, 2, 4, 5, 7, 9, 11}


def test_chords_carry_the_motif() -> None:
    plan = planned()
    for statement in plan.motif.statements:
        over = [(note, plan.chord_at(note.start_q)) for note in statement.notes if note.length_q >= 1]
        fits = [note.pitch % 12 in chord.pitch_classes for note, chord in over]
        assert np.mean(fits) >= 0.5


def test_without_a_motif_the_plan_is_as_ever() -> None:
    plan = planned(motif=None)
    assert plan.motif is None
    assert not [remark for remark in plan.remarks if remark.code.startswith("motif")]


def test_words_win_over_the_motif_and_what_they_leave_open_it_fills() -> None:
    motif = replace(with_key(GIVEN), tempo_bpm=92.0)
    library = load()
    stated = with_motif(read_brief(Brief("folk in D minor at 120 bpm, 20 seconds"), library=library), motif)
    assert (stated.constraints.key, stated.constraints.tempo_bpm) == ("D minor", (118.0, 122.0))
    left = with_motif(read_brief(Brief("a folk tune, 20 seconds"), library=library), motif)
    assert (left.constraints.key, left.constraints.tempo_bpm) == ("E minor", (90.0, 94.0))
    assert left.constraints.evidence_for("tempo_bpm").words == "motif: 92 BPM"
    assert isinstance(left, Understanding)


def test_the_contract_carries_a_motif_there_and_back() -> None:
    asked = Constraints(motif=with_key(GIVEN))
    assert Constraints.from_contract(json.loads(json.dumps(asked.to_contract()))) == asked


def test_steps_of_the_track_are_ten_milliseconds() -> None:
    assert pytest.approx(0.01) == HOP_S


def test_another_motif_in_a_reply_replaces_the_one_before_and_what_it_had_filled() -> None:
    read = read_brief(Brief("a folk tune, 20 seconds"), library=load())
    first = with_motif(read, replace(with_key(GIVEN), tempo_bpm=92.0))
    other = with_other_motif(first.constraints, with_key(parse_motif("C4 D4 E4 F4 G4 E4 C4")))
    assert other.key == "C major" and other.tempo_bpm is None
    assert other.duration_s == 20.0
