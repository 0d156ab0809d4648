"""Every detector of a fault finds what is planted, and nothing in sound that is whole."""

import numpy as np
import pytest

from assistant.audio import Waveform
from assistant.audio.faults import click_times_s, clipped_samples, end_dbfs, offset_dbfs, silent_end_s
from models.evaluation.planting import KINDS, plant

RATE_HZ = 48_000


def struck_chords(length_s: float = 4.0, *, strikes_a_second: int = 2, seed: int = 1) -> Waveform:
    """Decaying tones with noisy attacks of some milliseconds: what a click must be told from."""
    generator = np.random.default_rng(seed)
    frames = round(length_s * RATE_HZ)
    out = np.zeros(frames)
    for start in range(0, frames - RATE_HZ // 2, RATE_HZ // strikes_a_second):
        seconds = np.arange(frames - start) / RATE_HZ
        tones = sum(
            0.06 * np.sin(2 * np.pi * hertz * seconds + phase) * np.exp(-seconds * 3)
            for hertz, phase in zip(generator.uniform(110, 1800, 6), generator.uniform(0, 6, 6), strict=True)
        )
        attack = 0.1 * generator.standard_normal(len(seconds)) * np.exp(-seconds / 0.006)
        out[start:] += (tones + attack) * np.minimum(1, seconds / 0.002)
    out *= np.minimum(1, (frames - np.arange(frames)) / 4800)
    return Waveform(np.stack([out, 0.8 * out]).astype(np.float32), RATE_HZ)


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_click_is_found_where_it_is(kind):
    music = struck_chords()
    for number, place in enumerate((RATE_HZ + 9000, 2 * RATE_HZ + 13_000, 3 * RATE_HZ + 8000)):
        clicked = plant(music.samples, place, kind, 0.0, number)
        assert any(abs(at_s - place / RATE_HZ) < 0.006 for at_s in click_times_s(clicked)), place


def test_whole_music_does_not_click():
    for seed in range(3):
        assert click_times_s(struck_chords(seed=seed)) == ()


def test_a_click_is_found_whatever_the_level_of_the_whole():
    clicked = plant(struck_chords().samples, 57_000, "one sample", 0.0, 0)
    quiet = Waveform(clicked.samples * np.float32(0.1), RATE_HZ)
    assert click_times_s(quiet) == click_times_s(clicked) != ()


@pytest.mark.parametrize("hertz", [41.2, 110.0, 440.0])
def test_the_edges_of_a_square_wave_are_no_clicks(hertz):
    seconds = np.arange(2 * RATE_HZ) / RATE_HZ
    wave = 0.2 * np.sign(np.sin(2 * np.pi * hertz * seconds))
    assert click_times_s(Waveform(wave[None].astype(np.float32), RATE_HZ)) == ()


def test_silence_and_the_shortest_sound_have_no_clicks():
    assert click_times_s(Waveform.silence(1.0, rate_hz=RATE_HZ)) == ()
    assert click_times_s(Waveform(np.full((1, 3), 1e-6, np.float32), RATE_HZ)) == ()


def test_a_clipped_top_is_counted_even_when_it_was_lowered_afterwards():
    music = struck_chords()
    assert clipped_samples(music) == 0
    top = float(np.abs(music.samples).max())
    clipped = Waveform(0.4 * music.samples.clip(-0.6 * top, 0.6 * top), RATE_HZ)
    assert clipped_samples(clipped) >= 3


def test_a_sample_at_full_scale_is_clipped():
    samples = np.array(struck_chords().samples)
    samples[0, 1000] = 1.0
    assert clipped_samples(Waveform(samples, RATE_HZ)) == 1


def test_an_offset_is_measured():
    music = struck_chords().samples
    assert offset_dbfs(Waveform(music - music.mean(axis=1, keepdims=True), RATE_HZ)) < -100
    shifted = music - music.mean(axis=1, keepdims=True) + np.float32(0.01)
    assert offset_dbfs(Waveform(shifted, RATE_HZ)) == pytest.approx(-40, abs=0.1)


def test_a_silent_end_and_a_cut_end_are_told_apart():
    music = struck_chords()
    silent = Waveform(np.pad(music.samples, ((0, 0), (0, RATE_HZ))), RATE_HZ)
    assert silent_end_s(silent) == pytest.approx(1.0, abs=0.1)
    assert end_dbfs(silent) == -120.0
    cut = Waveform(music.samples[:, : round(3.1 * RATE_HZ)], RATE_HZ)
    assert silent_end_s(cut) < 0.05
    assert end_dbfs(cut) > -50.0
