"""Long cues by windows: on bar lines, within what a model paints at once, joined without a click, renewed in place."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.audio import Waveform
from assistant.errors import EngineError
from assistant.settings import RATE_HZ
from models.studio.prompting import FOLDER, say, vocabulary, wording_of
from models.studio.windows import EDGE_S, FADE_S, crossfaded, joined, lines_of, renewed, windows_of
from tests.plans import toy_plan, without_part
from tests.test_prompts import INSTRUMENTS, REGIONS, STYLES

ENGINES = ("stable-audio-3", "ace-step", "stable-audio-open", "audioldm2", "musicldm", "musicgen", "musicgen-melody")


@settings(max_examples=60, deadline=None)
@given(bars=st.integers(1, 40), longest_s=st.floats(4.0, 60.0), bpm=st.sampled_from([90.0, 120.0, 163.0]))
def test_windows_cover_the_cue_on_bar_lines_and_share_a_bar(bars, longest_s, bpm):
    plan = toy_plan(bars, bpm=bpm)
    lines = lines_of(plan)
    bar_s = max(b - a for a, b in pairwise(lines))
    if longest_s < 2 * bar_s and plan.length_s > longest_s:
        with pytest.raises(EngineError, match="two bars in a window"):
            windows_of(lines, longest_s)
        return
    windows = windows_of(lines, longest_s)
    assert (windows[0].start_s, windows[-1].end_s) == (0.0, plan.length_s)
    assert all(window.length_s <= longest_s + 1e-6 for window in windows)
    assert all({window.start_s, window.end_s} <= set(lines) for window in windows)
    for before, after in pairwise(windows):
        assert after.start_s == lines[before.end_bar - 1]


def test_windows_are_about_equally_long_where_they_can_be():
    lengths = [window.length_s for window in windows_of(lines_of(toy_plan(24, bpm=120)), 40.0)]
    assert len(lengths) == 2 and max(lengths) - min(lengths) < 4.1


def test_only_windows_around_what_is_renewed_are_painted():
    lines = lines_of(toy_plan(32, bpm=120))
    windows = windows_of(lines, 60.0, ((20.0, 24.0),))
    assert [(window.start_s, window.end_s) for window in windows] == [(16.0, 28.0)]
    far = windows_of(lines, 60.0, ((4.0, 6.0), (40.0, 44.0)))
    assert [(window.start_s, window.end_s) for window in far] == [(0.0, 10.0), (36.0, 48.0)]
    near = windows_of(lines, 60.0, ((4.0, 6.0), (12.0, 14.0)))
    assert [(window.start_s, window.end_s) for window in near] == [(0.0, 18.0)]


def tone(length_s: float, hertz: float, phase: float = 0.0) -> np.ndarray:
    moments = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    return np.stack([0.3 * np.sin(2 * np.pi * hertz * moments + phase)] * 2).astype(np.float32)


def test_windows_of_one_sound_are_that_sound_again():
    plan = toy_plan(12, bpm=120)
    whole = tone(plan.length_s, 220.0)
    windows = windows_of(lines_of(plan), 10.0)
    out = joined(windows, [whole[:, window.frames] for window in windows], whole.shape[1])
    assert len(windows) > 2 and np.abs(out - whole).max() < 1e-6


def test_a_joint_of_unlike_sounds_neither_clicks_nor_dips():
    plan = toy_plan(12, bpm=120)
    rng = np.random.default_rng(1)
    windows = windows_of(lines_of(plan), 14.0)
    sounds = [
        rng.normal(0, 0.1, (2, window.frames.stop - window.frames.start)).astype(np.float32) for window in windows
    ]
    out = joined(windows, sounds, round(plan.length_s * RATE_HZ))
    joint = windows[0].frames.stop
    fade = round(FADE_S * RATE_HZ)
    assert out[:, joint - fade : joint].std() == pytest.approx(0.1, rel=0.03)
    tones = [tone(window.length_s, 220.0 + 90 * place, 1.0) for place, window in enumerate(windows)]
    out = joined(windows, tones, round(plan.length_s * RATE_HZ))
    steepest = max(float(np.abs(np.diff(each)).max()) for each in tones)
    assert np.abs(np.diff(out[:, joint - 2 * fade : joint + fade])).max() < 1.3 * steepest


def test_a_fade_is_complete_on_the_bar_line():
    plan = toy_plan(12, bpm=120)
    windows = windows_of(lines_of(plan), 14.0)
    marks = [np.full((2, w.frames.stop - w.frames.start), 0.1 * (n + 1), np.float32) for n, w in enumerate(windows)]
    out = joined(windows, marks, round(plan.length_s * RATE_HZ))
    line = windows[0].frames.stop
    assert out[0, line] == np.float32(0.2) and out[0, line - round(FADE_S * RATE_HZ) - 1] == np.float32(0.1)


def test_silence_fades_into_sound_without_a_fault():
    assert np.isfinite(crossfaded(np.zeros((2, 10), np.float32), np.ones((2, 10), np.float32))).all()


def test_outside_of_renewed_spans_everything_is_the_same_bit_for_bit():
    rng = np.random.default_rng(2)
    before = Waveform(rng.normal(0, 0.1, (2, 3 * RATE_HZ)).astype(np.float32), RATE_HZ)
    out = renewed(before, tone(3.0, 330.0), ((1.0, 2.0),))
    inside = slice(RATE_HZ, 2 * RATE_HZ)
    assert np.array_equal(out[:, :RATE_HZ], before.samples[:, :RATE_HZ])
    assert np.array_equal(out[:, 2 * RATE_HZ :], before.samples[:, 2 * RATE_HZ :])
    edge = round(EDGE_S * RATE_HZ)
    assert np.array_equal(out[:, inside][:, edge:-edge], tone(3.0, 330.0)[:, inside][:, edge:-edge])


def test_models_have_a_word_for_every_style_region_and_instrument():
    words = vocabulary()
    assert set(words["styles"]) == set(STYLES)
    assert set(words["regions"]) == set(REGIONS)
    assert set(words["instruments"]) == set(INSTRUMENTS)
    assert set(words["rooms"]) == {"dry", "room", "chamber", "hall", "cathedral"}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_prompt_says_style_players_and_mood_and_leaves_no_slot(engine):
    said = say(toy_plan(8, style="jazz", region="ireland", meter="3/4", valence=-0.7, arousal=-0.4), engine)
    assert "jazz" in said.prompt and "flute" in said.prompt and "Irish" in said.prompt and "sad" in said.prompt
    assert "$" not in said.prompt + said.negative and ", ," not in said.prompt
    assert (said.tempo_bpm, said.key, said.beats) == (100.0, "D minor", 3)


def test_tempo_and_key_are_said_where_the_model_has_no_field_for_them():
    plan = toy_plan(8)
    assert "100 BPM" in say(plan, "stable-audio-3").prompt and "D minor" in say(plan, "musicgen").prompt
    assert "BPM" not in say(plan, "ace-step").prompt


def test_a_window_is_told_of_its_own_bars():
    plan = toy_plan(16, arousal=-0.2)
    assert "final ringing chord" in say(plan, "ace-step").prompt
    assert "final ringing chord" not in say(plan, "ace-step", end_bar=8).prompt
    silent = without_part(plan, "lead-flute")
    assert "flute" not in say(silent, "ace-step").prompt


def test_what_the_band_lacks_is_kept_out():
    assert "vocals" in say(toy_plan(4), "stable-audio-3").negative
    assert "drums" not in say(toy_plan(4), "stable-audio-3").negative
    assert "drums" in say(without_part(toy_plan(4), "drums-drums"), "stable-audio-3").negative
    assert not say(toy_plan(4), "musicgen").negative


def test_every_engine_has_its_wording():
    assert all(wording_of(engine).pieces for engine in ENGINES) and (FOLDER / "words.toml").is_file()
