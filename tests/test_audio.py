"""Sound is measured as the standards say, by meters that planted signals and independent programs agree with."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.audio import Waveform, load_wav, save_wav
from assistant.audio.dynamics import HOP, Compression, applied, compressor_gain, limiter_gain, peaks_of
from assistant.audio.loudness import SILENCE_LUFS, decibels, integrated_lufs, true_peak_dbtp
from assistant.audio.onsets import energy_rise
from models.evaluation.meters import ffmpeg_meter

RATE_HZ = 48_000


def tone(level_db: float, length_s: float, *, hertz: float = 997.0, phase: float = 0.0) -> np.ndarray:
    times = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * times + phase)).astype(np.float32)


def stereo(*pieces: np.ndarray) -> Waveform:
    mono = np.concatenate(pieces)
    return Waveform(np.stack([mono, mono]), RATE_HZ)


def music_like(seed: int = 1, length_s: float = 6.0) -> Waveform:
    """Noise bursts over a tone, with a pause: gates, peaks and channels all matter."""
    generator = np.random.default_rng(seed)
    frames = round(length_s * RATE_HZ)
    bursts = np.repeat(generator.uniform(0, 1, frames // 4800 + 1) ** 3, 4800)[:frames]
    samples = 0.4 * generator.standard_normal((2, frames)) * bursts * np.array([[0.3], [0.25]])
    samples += 0.2 * np.sin(2 * np.pi * 220 * np.arange(frames) / RATE_HZ)
    samples[:, frames // 2 : frames // 2 + RATE_HZ] = 0
    return Waveform(np.clip(samples, -0.99, 0.99).astype(np.float32), RATE_HZ)


def test_a_full_scale_tone_in_one_channel_has_minus_three_lufs():
    one_sided = Waveform(np.stack([tone(0, 2), np.zeros(2 * RATE_HZ, np.float32)]), RATE_HZ)
    assert integrated_lufs(one_sided) == pytest.approx(-3.01, abs=0.03)


def test_quiet_surroundings_are_gated_out():
    loud = stereo(tone(-36, 4), tone(-23, 20), tone(-36, 4))
    assert integrated_lufs(loud) == pytest.approx(-23.0, abs=0.1)


def test_silence_has_a_finite_loudness():
    assert integrated_lufs(Waveform.silence(1.0, rate_hz=RATE_HZ)) == SILENCE_LUFS
    assert true_peak_dbtp(Waveform.silence(1.0, rate_hz=RATE_HZ)) == SILENCE_LUFS


def test_a_peak_between_the_samples_is_found():
    between = stereo(tone(-6, 1, hertz=RATE_HZ / 4, phase=np.pi / 4))
    assert decibels(float(np.abs(between.samples).max())) == pytest.approx(-9.0, abs=0.1)
    assert true_peak_dbtp(between) == pytest.approx(-6.0, abs=0.2)


@pytest.mark.parametrize("seed", [1, 2])
def test_an_independent_meter_agrees(seed):
    music = music_like(seed)
    heard = ffmpeg_meter(music)
    loudness, peak = heard.loudness_lufs, heard.true_peak_dbtp
    assert integrated_lufs(music) == pytest.approx(loudness, abs=0.1)
    assert true_peak_dbtp(music) == pytest.approx(peak, abs=0.2)


def test_pyloudnorm_agrees():
    music = music_like(3)
    meter = pytest.importorskip("pyloudnorm").Meter(RATE_HZ)
    assert integrated_lufs(music) == pytest.approx(meter.integrated_loudness(music.samples.T.astype(float)), abs=0.1)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    ceiling_db=st.floats(-18, -0.5),
    lookahead_s=st.floats(0.0005, 0.006),
    frames=st.integers(HOP, 9000),
)
def test_nothing_passes_the_limiter(seed, ceiling_db, lookahead_s, frames):
    generator = np.random.default_rng(seed)
    samples = generator.standard_normal((2, frames)).astype(np.float32) ** 3 * np.float32(0.4)
    ceiling = 10 ** (ceiling_db / 20)
    gain = limiter_gain(peaks_of(samples), RATE_HZ, ceiling=ceiling, lookahead_s=lookahead_s, release_s=0.05)
    limited = applied(samples, gain)
    assert np.abs(limited).max() <= ceiling * (1 + 1e-4)
    assert decibels(float(np.abs(limited).max())) <= ceiling_db + 0.01


def test_what_is_below_the_ceiling_is_untouched():
    samples = np.stack([tone(-12, 0.5)] * 2)
    gain = limiter_gain(peaks_of(samples), RATE_HZ, ceiling=0.5, lookahead_s=0.003, release_s=0.1)
    assert np.array_equal(applied(samples, gain), samples)


def test_the_compressor_leaves_the_quiet_alone_and_halves_the_excess():
    samples = np.stack([np.concatenate((tone(-40, 1), tone(-9, 2)))] * 2)
    gain = compressor_gain(samples, RATE_HZ, Compression(threshold_db=-20.0, ratio=2.0, knee_db=4.0))
    gain_db = 20 * np.log10(gain)
    assert gain_db[: RATE_HZ // HOP // 2].min() == pytest.approx(0, abs=0.01)
    # Both channels together have 3 dB more than one, a sine 3 dB less than its peak.
    assert gain_db[-1] == pytest.approx(-(20 - 9) / 2, abs=0.3)


def struck(at_s: float, *, hertz: float = 440.0, attack_s: float = 0.002, decay_s: float = 0.5) -> np.ndarray:
    """A note of four partials whose level climbs along a sine squared."""
    times = np.arange(2 * RATE_HZ) / RATE_HZ
    climb = np.sin(np.pi / 2 * np.clip((times - at_s) / attack_s, 0, 1)) ** 2
    partials = sum(np.sin(2 * np.pi * hertz * number * times) / number for number in (1, 2, 3, 4))
    return 0.3 * climb * np.exp(-np.maximum(times - at_s, 0) / decay_s) * partials


def noise(seed: int, level_db: float) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(2 * RATE_HZ) * 10 ** (level_db / 20)


OFFSETS_S = (-0.041, -0.013, 0.0, 0.024, 0.037)


@pytest.mark.parametrize("offset_s", OFFSETS_S)
@pytest.mark.parametrize("kind", ["click", "note", "low note", "drum", "slow", "slower", "over ringing", "soft"])
def test_planted_onsets_are_found_within_ten_milliseconds(kind, offset_s):
    at_s = 1 + offset_s
    times = np.arange(2 * RATE_HZ) / RATE_HZ
    sounds = {
        "click": lambda: (np.abs(times - at_s) < 1 / RATE_HZ).astype(float),
        "note": lambda: struck(at_s),
        "low note": lambda: struck(at_s, hertz=80.0),
        "drum": lambda: (times >= at_s) * np.exp(-np.maximum(times - at_s, 0) / 0.08) * noise(5, -6),
        "slow": lambda: struck(at_s - 0.025, attack_s=0.05, decay_s=5.0),
        "slower": lambda: struck(at_s - 0.05, attack_s=0.1, decay_s=5.0),
        "over ringing": lambda: struck(at_s) + struck(0.5, hertz=330.0, decay_s=2.0),
        "soft": lambda: 0.3 * struck(at_s, hertz=523.0) + struck(0.5, hertz=262.0, decay_s=3.0),
    }
    sound = Waveform((sounds[kind]() + noise(7, -50))[None].astype(np.float32), RATE_HZ)
    rise = energy_rise(sound, 1.0)
    assert abs(rise.at_s - at_s) < 0.010
    assert rise.rise_db > 0


def test_silence_has_no_onset():
    assert energy_rise(Waveform.silence(1.0, rate_hz=RATE_HZ), 0.4).rise_db == 0


def test_an_onset_at_the_very_beginning_is_found():
    sound = Waveform(struck(0.0)[None].astype(np.float32), RATE_HZ)
    assert abs(energy_rise(sound, 0.0).at_s) < 0.010


def test_a_wav_file_keeps_24_bits(tmp_path):
    music = music_like(4, 1.0)
    again = load_wav(save_wav(tmp_path / "music.wav", music))
    assert again.rate_hz == music.rate_hz
    assert np.abs(again.samples - music.samples).max() < 2**-22
