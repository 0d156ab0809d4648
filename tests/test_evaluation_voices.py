"""The measures of tones tell what was planted, and the choice of voices follows them."""

from dataclasses import replace

import numpy as np
import pytest

from assistant.render.voices import load_voices
from assistant.settings import ROOT
from models.evaluation import tones
from models.evaluation.soundfont import measured
from models.evaluation.voices import DEMANDS, Verdict

RATE_HZ = 48_000
AT_S = np.arange(round(1.5 * RATE_HZ)) / RATE_HZ
LONG_S = np.arange(5 * RATE_HZ) / RATE_HZ


def planted(f0_hz: float = 220.0, *, decay_s: float = 3.0, stiffness: float = 0.0, levels=(1.0, 0.5, 0.3, 0.2)):
    """Partials that die away together, at known places."""
    numbers = np.arange(1, len(levels) + 1)
    places = f0_hz * numbers * np.sqrt((1 + stiffness * numbers**2) / (1 + stiffness))
    waves = np.sin(2 * np.pi * places[:, None] * AT_S + numbers[:, None])
    return (np.array(levels)[:, None] * waves).sum(axis=0) * 10 ** (-3 * AT_S / decay_s)


@pytest.mark.parametrize("cents", [-7.0, 0.0, 1.0, 12.0])
def test_a_planted_mistuning_is_found_within_a_tenth_of_a_cent(cents):
    assert tones.cents_off(planted(220 * 2 ** (cents / 1200)), RATE_HZ, 220.0) == pytest.approx(cents, abs=0.1)


@pytest.mark.parametrize("decay_s", [0.6, 2.0, 4.0])
def test_a_planted_decay_is_found(decay_s):
    tone = np.sin(2 * np.pi * 220 * LONG_S) * 10 ** (-3 * LONG_S / decay_s)
    assert tones.decay_s(tone, RATE_HZ) == pytest.approx(decay_s, rel=0.05)


def test_a_planted_attack_is_found():
    slow = planted(decay_s=60) * np.clip(AT_S / 0.2, 0, 1)
    assert tones.attack_s(slow, RATE_HZ) == pytest.approx(0.155, abs=0.02)
    assert tones.attack_s(planted(decay_s=60), RATE_HZ) < 0.005


def test_planted_stiffness_is_found():
    stiff = planted(stiffness=3e-4, levels=[1 / number for number in range(1, 16)])
    assert tones.stiffness(stiff[: RATE_HZ // 2], RATE_HZ, 220.0) == pytest.approx(3e-4, rel=0.1)


def test_odd_partials_noise_and_brightness_are_told():
    hollow, full = planted(levels=(1, 0.02, 0.7, 0.02, 0.5)), planted(levels=(1, 0.7, 0.7, 0.5, 0.5))
    assert tones.odd_db(hollow, RATE_HZ, 220.0) > 20 > 3 > tones.odd_db(full, RATE_HZ, 220.0)
    noise = np.random.default_rng(1).standard_normal(len(AT_S))
    breathy = planted(decay_s=60) + 0.1 * noise
    assert tones.noise_db(breathy, RATE_HZ, 220.0) > tones.noise_db(planted(decay_s=60), RATE_HZ, 220.0) + 20
    assert tones.mean_partial(full, RATE_HZ, 220.0) > tones.mean_partial(planted(levels=(1, 0.2)), RATE_HZ, 220.0) + 1
    assert tones.band_db(noise, RATE_HZ, 0, 12_000) == pytest.approx(-3, abs=0.2)


def test_a_pitch_that_glides_is_tracked():
    hertz = 220 * 2 ** (AT_S / 12)
    track = tones.pitch_track(np.sin(2 * np.pi * np.cumsum(hertz) / RATE_HZ), RATE_HZ, 220.0)
    wanted = 220 * 2 ** ((0.03 + 0.01 * np.arange(len(track))) / 12)
    assert 1200 * np.log2(track / wanted) == pytest.approx(0, abs=1)


def test_partials_that_revive_bloom():
    upper = np.sin(2 * np.pi * 220 * 8 * AT_S)
    assert tones.bloom_db(planted() + 0.3 * np.clip(AT_S / 0.3, 0, 1) * upper, RATE_HZ, 220.0) > 3
    assert tones.bloom_db(planted() + 0.3 * np.exp(-AT_S / 0.05) * upper, RATE_HZ, 220.0) < -3


def test_a_voice_is_better_when_it_keeps_more_and_breaks_nothing():
    voice = load_voices(ROOT / "prompts")["kora"]
    good = dict.fromkeys(DEMANDS, 0.0) | {"folded": -90.0, "louder": 1.1}
    good |= {name: (target.low + target.high) / 2 for name, target in voice.targets}
    poor = good | {"decay middle": 60.0, "attack": 50.0}
    verdict = Verdict("kora", voice, good, poor)
    assert verdict.is_better
    assert not replace(verdict, is_stand_in=False).is_better
    assert not replace(verdict, theirs=good).is_better
    assert not replace(verdict, ours=good | {"tuning": 4.0}).is_better


class Faulty:
    """A player whose highest note is out of tune and faint."""

    name, soundfont, rate_hz = "faulty", ROOT, RATE_HZ

    def play(self, performance, frames):
        sound = np.zeros((2, frames), np.float32)
        highest = max(stroke.pitch for stroke in performance.strokes)
        for stroke in performance.strokes:
            is_last = stroke.pitch == highest
            first, count = round(stroke.start_s * RATE_HZ), RATE_HZ
            hertz = 440 * 2 ** ((stroke.pitch - 69 + 0.2 * is_last) / 12)
            tone = (0.01 if is_last else 0.3) * np.sin(2 * np.pi * hertz * np.arange(count) / RATE_HZ)
            sound[:, first : first + count] = tone
        return sound


def test_a_faint_and_mistuned_note_of_a_soundfont_is_marked(library):
    row = measured(library.instrument("flute"), Faulty())
    assert row.marks == "tuning level"
    assert row.cents[-1] == pytest.approx(20, abs=0.2)
    assert row.cents[:-1] == pytest.approx(0, abs=0.2)
    assert np.ptp(row.level_db) == pytest.approx(20 * np.log10(30), abs=0.2)
