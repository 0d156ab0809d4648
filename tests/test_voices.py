"""Our own strings and breath: in tune, on time, bent as asked, the same in every renderer and in every stretch."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import DataError
from assistant.render import Stem, fallback, fluid, render
from assistant.render.craft import load_craft
from assistant.render.live import LivePart
from assistant.render.performance import Performance, Stroke, Turn
from assistant.render.players import choose_player
from assistant.render.strings import kept_note, read_bent
from assistant.render.voiced import BLOCK, Voiced, VoiceSounding, speaks_s
from assistant.render.voices import FILE, Voice, load_voices
from assistant.score import Part
from assistant.score.values import IN_TUNE, PITCH_BEND
from assistant.settings import ROOT, Settings
from models.evaluation.tones import centroid_hz, cents_off, mono, partials_db, pitch_track
from tests.test_render import cue, flute, strings

RATE_HZ = 48_000
VOICES = load_voices(ROOT / "prompts")
STRINGS = [name for name, voice in VOICES.items() if voice.string]
BREATHS = [name for name, voice in VOICES.items() if voice.breath]
RANGES = {"kora": (43, 84), "guzheng": (43, 86), "erhu": (62, 86), "duduk": (54, 74)}


def hertz(pitch: float) -> float:
    return 440.0 * 2 ** ((pitch - 69) / 12)


def note(pitch: int, start_s: float = 0.0, end_s: float = 1.0, velocity: int = 90) -> Stroke:
    return Stroke(start_s, end_s, pitch, velocity)


def played(voice: Voice, *strokes: Stroke, turns: tuple[Turn, ...] = (), length_s: float = 1.0) -> np.ndarray:
    blocks = round(length_s * RATE_HZ / BLOCK)
    sound = np.zeros((2, blocks * BLOCK), np.float32)
    VoiceSounding(voice, RATE_HZ).play_on(Performance(0, False, strokes, turns), sound, blocks)
    return sound


@pytest.mark.parametrize("name", list(VOICES))
def test_a_tone_is_in_tune_within_two_cents(name):
    low, high = RANGES.get(name, (60, 79))
    for pitch in (low, (low + high) // 2, high - 5, high):
        sound = mono(played(VOICES[name], note(pitch)))
        settled_s = 0.25 if VOICES[name].breath else 0.08
        assert abs(cents_off(sound, RATE_HZ, hertz(pitch), from_s=settled_s)) < 2.0, pitch


@pytest.mark.parametrize("name", ["guzheng", "oud", "erhu", "ney"])
@pytest.mark.parametrize("semitones", [-2, 2])
def test_a_bend_of_two_semitones_is_followed_within_cents(name, semitones):
    turns = tuple(
        Turn(0.2 + 0.003 * step, PITCH_BEND, min(16383, round(IN_TUNE + 8192 * semitones / 2 * step / 50)))
        for step in range(51)
    )
    sound = mono(played(VOICES[name], note(69, end_s=1.2), turns=turns, length_s=1.2))
    cents = 1200 * np.log2(pitch_track(sound, RATE_HZ, 440.0) / 440.0)
    assert cents[8:13] == pytest.approx(0, abs=6)
    assert cents[45:65] == pytest.approx(100 * semitones, abs=6)
    steps = np.diff(cents[20:37]) * np.sign(semitones)
    assert steps.min() > -3 and steps.max() < 45


@pytest.mark.parametrize("name", ["koto", "sitar", "shakuhachi", "dizi"])
def test_stretch_by_stretch_is_the_same_as_all_at_once(name):
    strokes = tuple(note(60 + 3 * (index % 5), 0.3 * index, 0.3 * index + 0.33, 60 + 5 * index) for index in range(6))
    turns = (Turn(0.5, 11, 80), Turn(0.9, PITCH_BEND, 10_000), Turn(1.0, 1, 90), Turn(1.4, PITCH_BEND, IN_TUNE))
    performance = Performance(0, False, strokes, turns)
    whole = np.zeros((2, 1500 * BLOCK), np.float32)
    pieces = np.zeros_like(whole)
    VoiceSounding(VOICES[name], RATE_HZ).play_on(performance, whole, 1500)
    sounding = VoiceSounding(VOICES[name], RATE_HZ)
    for until in (1, 240, 241, 700, 1500):
        sounding.play_on(performance, pieces, until)
    assert np.array_equal(whole, pieces)
    assert whole.any()


@pytest.mark.parametrize("name", list(VOICES))
def test_a_note_is_the_same_wherever_other_notes_come_later(name):
    alone = played(VOICES[name], note(64, end_s=0.4), length_s=0.5)
    with_more = played(VOICES[name], note(64, end_s=0.4), note(67, 0.6, 1.0), length_s=0.5)
    assert np.array_equal(alone, with_more)


def test_a_plucked_note_begins_on_its_frame_and_speaks_at_once():
    for name in STRINGS:
        sound = np.abs(mono(played(VOICES[name], note(64, 0.1), length_s=0.4)))
        first = round(0.1 * RATE_HZ)
        assert not sound[:first].any(), name
        assert sound[: first + round(0.012 * RATE_HZ)].max() > 0.5 * sound.max(), name


def test_louder_is_brighter_and_as_loud_as_the_soundfont_standard_says():
    for name in VOICES:
        soft, loud = (mono(played(VOICES[name], note(64, velocity=velocity))) for velocity in (50, 110))
        assert 20 * np.log10(loud.std() / soft.std()) == pytest.approx(40 * np.log10(110 / 50), abs=3), name
        if VOICES[name].breath:
            upper = [partials_db(each[9600:28800], RATE_HZ, hertz(64), 8)[1:].mean() for each in (soft, loud)]
            assert upper[1] > upper[0] + 1.0, name
        else:
            assert centroid_hz(loud[:9600], RATE_HZ) > 1.08 * centroid_hz(soft[:9600], RATE_HZ), name


def test_no_tone_clicks_when_it_begins_ends_or_is_struck_again():
    for name in VOICES:
        sound = mono(played(VOICES[name], note(60, 0.1, 0.5), note(60, 0.5, 0.7), length_s=1.6))
        jumps = np.abs(np.diff(sound, 3))
        for at_s in (0.5, 0.7):
            there = jumps[round((at_s + 0.012) * RATE_HZ) : round((at_s + 0.2) * RATE_HZ)].max()
            assert there < 1.4 * jumps[round(0.1 * RATE_HZ) : round(0.3 * RATE_HZ)].max(), name


def test_a_joined_breath_glides_and_a_separate_one_does_not():
    voice = VOICES["erhu"]
    joined = mono(played(voice, note(69, 0.0, 0.55), note(72, 0.5, 1.2), length_s=1.2))
    track = 1200 * np.log2(pitch_track(joined, RATE_HZ, 440.0) / 440.0)
    assert track[25:40] == pytest.approx(0, abs=8)
    assert track[70:100] == pytest.approx(300, abs=8)
    assert ((track > 60) & (track < 240)).sum() >= 3
    envelope = np.abs(joined[round(0.45 * RATE_HZ) : round(0.7 * RATE_HZ)]).reshape(-1, 600).max(axis=1)
    assert envelope.min() > 0.4 * envelope.max()


@pytest.mark.parametrize("name", ["erhu", "dizi", "saz"])
def test_a_voice_speaks_as_fast_as_it_says(name):
    player = Voiced(Silence(), VOICES)
    for pitch in (64, 80):
        sound = player.play(Performance(0, False, (note(pitch, end_s=0.45),), (), name), RATE_HZ // 2)
        level = np.sqrt(np.mean(mono(sound)[: 480 * 45].reshape(-1, 480) ** 2, axis=1))
        half_s, full_s = speaks_s(VOICES[name])
        assert np.argmax(level >= 0.5 * level.max()) * 0.01 == pytest.approx(half_s, abs=0.016)
        assert np.argmax(level >= 0.85 * level.max()) * 0.01 == pytest.approx(full_s, abs=0.03)


def test_a_kept_note_read_at_its_own_speed_is_itself():
    sound = kept_note(VOICES["oud"].string, 60, RATE_HZ).soft
    assert np.array_equal(read_bent(sound, np.ones(2000)), sound[:2000])


def test_a_voice_sounds_the_same_with_every_renderer(settings: Settings):
    if fluid.library() is None or fallback.library() is None:
        pytest.skip("needs both renderers")
    craft = load_craft(settings.prompts_dir)
    chosen = next(name for name, voice in VOICES.items() if voice.chosen)
    performance = Performance(0, False, (note(67),), (), chosen)
    sounds = [
        choose_player(replace(settings, renderer=name), craft, rate_hz=RATE_HZ).player.play(performance, 30_000)
        for name in ("fluidsynth", "fallback")
    ]
    assert np.array_equal(*sounds) and sounds[0].any()


def test_a_stem_of_a_voice_is_the_same_with_other_parts_and_with_another_renderer(library, settings: Settings):
    if fluid.library() is None or fallback.library() is None:
        pytest.skip("needs both renderers")
    erhu = replace(flute(), id="lead-erhu", instrument="erhu", program=110)

    def stem(*parts: Part, renderer: str) -> Stem | None:
        score, plan = cue(erhu, *parts)
        mixdown = render(score, plan, library=library, settings=replace(settings, renderer=renderer))
        return mixdown.stem("lead-erhu")

    alone = stem(renderer="fallback")
    assert alone is not None and alone.waveform.samples.any()
    assert alone == stem(strings(), renderer="fluidsynth")


class Silence:
    """A player that has nothing to say, and counts how often it was asked."""

    name, soundfont, rate_hz = "silence", Path("none.sf2"), RATE_HZ

    def __init__(self) -> None:
        self.asked = 0

    def play(self, performance: Performance, frames: int) -> np.ndarray:
        self.asked += 1
        return np.zeros((2, frames), np.float32)


def test_samples_play_what_no_voice_is_chosen_for():
    others = Silence()
    player = Voiced(others, {"oud": VOICES["oud"]})
    assert player.play(Performance(24, False, (note(60),), (), "oud"), 4800).any() and not others.asked
    assert not player.play(Performance(24, False, (note(60),), (), "acoustic-guitar"), 4800).any() and others.asked
    assert not player.play(Performance(24, True, (note(60),), (), "oud"), 4800).any()


def test_a_live_part_plays_its_voice_on():
    player = Voiced(Silence(), {"kora": VOICES["kora"]})
    performance = Performance(46, False, (note(60), note(64, 0.3, 0.8)), (), "kora")
    part = LivePart(player, 46, is_drums=False, frames=4800, instrument="kora")
    part.play_on(performance, 9_600)
    assert np.array_equal(part.play_on(performance, 48_000), player.play(performance, 48_000))


@cache
def written() -> str:
    return (ROOT / "prompts" / FILE).read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new"),
    [("pluck = 0.11", "pluck = 0.9"), ("chosen = true", 'chosen = "x"'), ("[voice.koto.string]", "[voice.koto.x]")],
)
def test_a_wrong_file_is_refused(tmp_path, old, new):
    (tmp_path / FILE).write_text(written().replace(old, new, 1), "utf-8")
    with pytest.raises(DataError, match=r"voices\.toml"):
        load_voices(tmp_path)


def test_a_folder_without_voices_has_none(tmp_path):
    assert load_voices(tmp_path) == {}


def test_every_voice_is_of_an_instrument_that_sounds_its_way(library):
    for name, voice in VOICES.items():
        instrument = library.instrument(name)
        assert instrument.sustained == (voice.breath is not None), name
