"""The quick ways of the measures and filters against the plain ones, and that each is taken once."""

from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, fftconvolve, sosfilt, upfirdn

from assistant.audio import Waveform, filters, load_wav
from assistant.audio.dynamics import _released
from assistant.audio.filters import filtered
from assistant.audio.loudness import energies_of, gated_lufs, k_energies, k_filter
from assistant.audio.peaks import STEP, PeakMeter, _between, _with_neighbours, peak_envelope
from assistant.audio.riff import save_riff
from assistant.deliver.lossy import decoded, encode_under
from assistant.deliver.media import write_m4a
from assistant.deliver.turnover.encoded import write_mp3
from assistant.render.echo import BLOCK, STRETCH, Echo

RATE_HZ = 48_000
RANDOM = np.random.default_rng(7)


def noise(frames: int, channels: int = 2) -> np.ndarray:
    return (0.2 * RANDOM.standard_normal((channels, frames))).astype(np.float32)


@pytest.mark.parametrize("frames", (1, filters.BLOCK - 1, filters.BLOCK, 40 * filters.BLOCK, filters._AT_ONCE + 12_345))
def test_a_filter_in_blocks_gives_what_sample_by_sample_gives(frames: int) -> None:
    sections = np.vstack((k_filter(RATE_HZ), butter(2, 30.0, "highpass", fs=RATE_HZ, output="sos")))
    sound = noise(frames)
    exact, state = sosfilt(sections, sound.astype(float), zi=np.zeros((len(sections), 2, 2)))
    quick, after = filtered(sections, sound)
    assert np.abs(quick - exact).max() < 3e-6
    assert np.abs(after - state).max() < 1e-5


def test_a_filter_goes_on_where_it_was() -> None:
    sections, sound = k_filter(RATE_HZ), noise(5000)
    first, state = filtered(sections, sound[:, :1777])
    second, _ = filtered(sections, sound[:, 1777:], state)
    assert np.abs(np.concatenate((first, second), axis=1) - filtered(sections, sound)[0]).max() < 5e-6


def test_loudness_is_that_of_the_plain_filter_also_at_odd_rates_and_lengths() -> None:
    for rate_hz, frames in ((48_000, 100_001), (44_100, 30_000), (11_025, 700)):
        sound, hop = noise(frames), rate_hz // 10
        weighted = sosfilt(k_filter(rate_hz), sound.astype(float))
        hops = max(1, frames // hop)
        plain = (weighted[:, : hops * hop].reshape(2, hops, -1) ** 2).mean(axis=2).sum(axis=0)
        assert k_energies(sound, rate_hz) == pytest.approx(plain, rel=1e-5)


def test_true_peaks_are_those_of_four_times_the_rate_where_they_are_looked_for() -> None:
    sound = np.sin(2 * np.pi * 11_900 / RATE_HZ * np.arange(4000, dtype=np.float64) + 0.7)[None].astype(np.float32)
    sound *= np.linspace(0, 0.9, 4000, dtype=np.float32)
    from scipy.signal import firwin

    taps = 4 * firwin(129, 0.25, window=("kaiser", 6.0))
    dense = np.abs(upfirdn(taps, sound[0].astype(float), 4)[64 : 64 + 16_000])
    exact = dense.reshape(-1, 4 * STEP).max(axis=1)
    assert peak_envelope(sound) == pytest.approx(exact, abs=3e-4)
    loud = exact > 0.7
    assert peak_envelope(sound, above=0.7)[loud] == pytest.approx(exact[loud], abs=3e-4)


def test_a_peak_meter_measures_each_stretch_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = []
    monkeypatch.setattr("assistant.audio.peaks._between", lambda each: rows.append(len(each)) or _between(each))
    meter = PeakMeter(noise(32 * STEP * 4))
    meter.above(1.0)
    once = len(rows)
    meter.above(1.0)
    assert once and len(rows) == once
    meter.above(0.01)
    assert len(rows) > once


def test_stretches_at_the_ends_see_silence_beyond() -> None:
    rows = _with_neighbours(np.ones(STEP + 5, np.float32), np.array([0, 1]))
    assert rows[0, :16].tolist() == [0.0] * 16 and rows[0, 16] == 1.0
    assert rows[1, 16 + 5 :].tolist() == [0.0] * (STEP + 16 - 5)


def test_a_limiter_comes_back_hop_by_hop_as_before() -> None:
    needed = np.minimum(1.0, RANDOM.uniform(0.3, 3.0, 2000)).astype(np.float32)
    now, held = 1.0, []
    for target in needed.tolist():
        now = min(target, now + (1.0 - now) * 0.01)
        held.append(now)
    assert _released(needed, 0.01) == pytest.approx(np.array(held), abs=1e-6)


def test_a_room_in_parts_is_the_whole_room() -> None:
    response, sent = noise(2 * BLOCK + 777), noise(STRETCH + 3 * BLOCK + 99, 1)[0]
    sent[BLOCK : 2 * BLOCK + 5] = 0
    echo = Echo(response)
    answer = np.concatenate([echo.answer(sent[at : at + STRETCH]) for at in range(0, len(sent), STRETCH)], axis=1)
    whole = np.stack([fftconvolve(sent.astype(float), each.astype(float))[: len(sent)] for each in response])
    assert np.abs(answer - whole).max() < 1e-5 * np.abs(whole).max()


def test_a_silent_room_answers_exact_silence() -> None:
    assert not Echo(noise(100)).answer(np.zeros(STRETCH, np.float32)).any()


def test_a_measure_of_a_sound_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = Waveform(noise(RATE_HZ), RATE_HZ)
    first = energies_of(sound)
    monkeypatch.setattr("assistant.audio.loudness.k_energies", lambda *_: pytest.fail("measured again"))
    assert energies_of(sound) is first
    assert gated_lufs(first) < 0


@pytest.mark.parametrize("frames", (0, 1, 2, 3, 5, 4099))
@pytest.mark.parametrize("channels", (1, 2))
def test_24_bits_are_written_sample_for_sample(tmp_path: Path, frames: int, channels: int) -> None:
    import soundfile

    sound = np.clip(3 * noise(frames, channels), -1.2, 1.2)
    path = save_riff(tmp_path / "a.wav", Waveform(sound, RATE_HZ))
    back = soundfile.read(path, dtype="int32", always_2d=True)[0].T >> 8
    assert np.array_equal(back, np.clip(np.rint(sound * np.float32(2**23)), -(2**23), 2**23 - 1).astype(np.int32))


@pytest.mark.parametrize("write", (write_m4a, lambda path, sound: write_mp3(path, sound, {})))
def test_what_is_decoded_lies_where_it_was(tmp_path: Path, write) -> None:
    sound = np.zeros((2, RATE_HZ), np.float32)
    sound[:, 20_000:20_040] = 0.5 * np.hanning(40)
    path = tmp_path / "a.file"
    write(path, Waveform(sound, RATE_HZ))
    assert abs(int(np.abs(decoded(path).samples[0]).argmax()) - 20_020) < 100


def test_a_file_that_reaches_too_high_is_encoded_again_lower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound, written = Waveform(np.clip(noise(9600), -0.78, 0.78), RATE_HZ), []

    def louder(path: Path, given: Waveform) -> None:
        """An encoder that raises everything by 0.4 dB."""
        written.append(float(np.abs(given.samples).max()))
        save_riff(path, Waveform(given.samples * np.float32(1.047), RATE_HZ), floating=True)

    monkeypatch.setattr("assistant.deliver.lossy.decoded", load_wav)
    peak_dbtp = encode_under(tmp_path / "a.wav", sound, louder, ceiling_dbtp=-6.0)
    assert len(written) > 1 and peak_dbtp <= -6.0
