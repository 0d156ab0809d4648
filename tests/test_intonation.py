"""Samples in tune: the loop is moved, what comes before it is straightened, vibrato and loop are kept."""

import numpy as np
import pytest

from assistant.audio.soundfont import read_preset
from assistant.errors import DataError
from assistant.render.craft import load_craft
from assistant.render.intonation import Off, in_tune, known_offs, straightened
from assistant.render.performance import Performance, Stroke
from assistant.render.players import choose_player
from assistant.render.spoken import fingerprint
from assistant.settings import RATE_HZ, ROOT, from_environment
from models.evaluation import intonation as measuring
from models.evaluation.tones import phase_hz
from models.evaluation.tunings import off_cents

RATE = 24000


def bowed(hertz: float, *, off_at_start: float = 0.0, vibrato: float = 30.0, length_s: float = 1.2) -> np.ndarray:
    """A tone that begins some cents off, arrives within 0.8 s, and swings five times a second all the while."""
    at = np.arange(round(length_s * RATE)) / RATE
    cents = off_at_start * np.clip(1 - at / 0.8, 0, 1) + vibrato * np.sin(2 * np.pi * 5 * at)
    phase = 2 * np.pi * np.cumsum(hertz * 2 ** (cents / 1200)) / RATE
    return 0.4 * np.sin(phase) + 0.2 * np.sin(2 * phase)


LOOP = (round(0.8 * RATE), round(1.0 * RATE))


def mean_cents(sound: np.ndarray, hertz: float, from_s: float, until_s: float) -> float:
    found, _ = phase_hz(sound, RATE, hertz, apart_hz=hertz)
    piece = found[round(from_s * RATE) : round(until_s * RATE)]
    return float(1200 * np.log2(np.average(piece, weights=np.hanning(len(piece))) / hertz))


def test_a_vibrato_is_measured_at_its_middle() -> None:
    assert mean_cents(bowed(440.0), 440.0, 0.1, 1.1) == pytest.approx(0, abs=0.7)
    assert mean_cents(bowed(440.0 * 2 ** (17 / 1200)), 440.0, 0.1, 1.1) == pytest.approx(17, abs=0.7)


def test_a_sample_is_measured_at_its_loop_and_before_it() -> None:
    # 440 and 445 Hz both have whole periods in a loop of 0.2 s.
    off = measuring.measured(bowed(445.0, off_at_start=30.0), LOOP, RATE, 440.0)
    assert off is not None
    assert off.cents == pytest.approx(1200 * np.log2(445 / 440), abs=0.1)
    # At first the mean of the first third of a second.
    assert off.curve[0] == off.curve[3] == pytest.approx(30 * (1 - 0.21 / 0.8), abs=3)
    assert abs(off.curve[-1]) < 5


def test_what_has_no_partial_there_is_not_measured() -> None:
    noise = np.random.default_rng(1).standard_normal(RATE)
    assert measuring.measured(0.1 * np.sin(np.arange(RATE)) + 1e-3 * noise, LOOP, RATE, 440.0) is None


def test_a_sample_is_straightened_its_vibrato_and_loop_kept() -> None:
    samples = np.rint(32000 * bowed(440.0, off_at_start=30.0)).astype(np.int16)
    off = measuring.measured(samples / 32768, LOOP, RATE, 440.0)
    assert off is not None
    straight = straightened(samples, LOOP[0], off.curve, RATE)
    moved = len(straight) - len(samples)
    assert abs(moved) < 0.02 * RATE
    assert np.array_equal(straight[LOOP[0] + moved :], samples[LOOP[0] :])
    assert abs(mean_cents(samples / 32768, 440.0, 0.05, 0.65)) > 9
    assert abs(mean_cents(straight / 32768, 440.0, 0.05, 0.65)) < 3
    found, _ = phase_hz(straight / 32768, RATE, 440.0, apart_hz=440.0)
    swing = 1200 * np.log2(found[round(0.2 * RATE) : round(0.7 * RATE)] / 440)
    assert np.ptp(swing) == pytest.approx(60, abs=12)


def test_a_table_that_names_another_note_is_refused() -> None:
    with pytest.raises(DataError, match="at most 100 cents"):
        Off(140.0)


@pytest.fixture(scope="module")
def font():
    settings = from_environment()
    band = choose_player(settings, load_craft(ROOT / "prompts"), rate_hz=RATE_HZ)
    if not known_offs(band.player.soundfont, 40):
        pytest.skip("no table for the SoundFont of this machine")
    return band.player


def test_the_table_says_what_is_measured(font) -> None:
    preset = read_preset(font.soundfont, 0, 73)
    assert preset is not None
    measured = measuring.offs(preset)
    assert measured == {name: off for name, off in known_offs(font.soundfont, 73).items() if name in measured}


def test_no_other_file_is_corrected_by_it(tmp_path) -> None:
    other = tmp_path / "FluidR3_GM.sf2"
    other.write_bytes(b"RIFF and something else")
    assert fingerprint(other) and known_offs(other, 40) == {}


def test_a_violin_that_was_fifteen_cents_flat_is_in_tune(font) -> None:
    preset = read_preset(font.soundfont, 0, 40)
    assert preset is not None
    name = "Violin B6(L)"
    before = preset.tables["shdr"]["correction"].copy()
    after = in_tune(preset, {name: Off(-4.0, (-27.0, -28.0))})
    place = next(row for row in range(len(before)) if preset.name_of(row) == name)
    assert after.tables["shdr"]["correction"][place] == before[place] + 4
    assert [len(a) != len(b) for a, b in zip(after.samples, preset.samples, strict=True)].count(True) == 1
    hertz = 440 * 2 ** ((82 - 69) / 12)
    sound = font.play(Performance(40, False, (Stroke(0.0, 1.5, 82, 90),), instrument="violin"), round(1.5 * RATE_HZ))
    assert abs(off_cents(sound.astype(float), hertz)[0]) < 5
