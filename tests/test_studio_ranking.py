"""Several sounds of a window are measured and put in order; each measure falls when what it measures is wrong."""

import numpy as np
import pytest

from assistant.audio import Waveform
from assistant.plan import Key
from assistant.settings import RATE_HZ
from models.studio.ranking import WEIGHTS, Wanted, measured, ranked, together
from tests.painters import cue, noise, stray
from tests.plans import MAJOR, MINOR


@pytest.fixture(scope="module")
def wanted() -> Wanted:
    plan, guide = cue()
    return Wanted("jazz", plan.key, 0.5, Waveform(guide.samples[:, : 6 * RATE_HZ], RATE_HZ))


def test_the_sound_that_follows_comes_first_and_all_scores_are_told(wanted):
    assert wanted.guide is not None
    found = ranked(wanted, [noise(1, 6.0), wanted.guide], [11, 12])
    assert [each.candidate.seed for each in found] == [12, 11]
    best, worst = (each.candidate for each in found)
    assert best.score > 0.98 and worst.score < 0.5
    assert set(best.scores) == {"sync", "key", "tempo", "level"}
    assert found[0].followed is not None and found[0].followed.follows


def test_a_sound_that_runs_slower_loses_tempo_and_little_else(wanted):
    slower = ranked(wanted, [stray(slower=1.02)(wanted.guide)], [1])[0].candidate
    assert slower.scores["tempo"] < 0.65 and slower.scores["sync"] > 0.7 and slower.scores["key"] > 0.9


def test_silence_and_clipping_cost_level(wanted):
    guide = wanted.guide
    assert guide is not None
    half = np.array(guide.samples)
    half[:, : half.shape[1] // 2] = 0.0
    hot = np.clip(guide.samples * 40, -1.0, 1.0)
    quiet = (guide.samples * 0.3).astype(np.float32)
    level = {
        name: measured(wanted, Waveform(samples, RATE_HZ), None)["level"]
        for name, samples in (("as it is", guide.samples), ("quieter", quiet), ("half silent", half), ("clipped", hot))
    }
    assert level["as it is"] > 0.99 and level["quieter"] > 0.9
    assert level["half silent"] < 0.6 and level["clipped"] == 0.0


def test_without_a_guide_key_is_the_scale_and_tempo_the_pulse():
    moments = np.arange(4 * RATE_HZ) / RATE_HZ
    strokes = np.exp(-12 * (moments % 0.5))
    chord = sum(np.sin(2 * np.pi * hertz * moments) for hertz in (261.63, 329.63, 392.0))
    sound = Waveform(np.stack([0.1 * strokes * chord] * 2).astype(np.float32), RATE_HZ)
    right = measured(Wanted("", Key(0, "major", MAJOR), 0.5), sound, None)
    wrong = measured(Wanted("", Key(6, "minor", MINOR), 0.41), sound, None)
    assert right["key"] > 0.9 > 0.5 > wrong["key"]
    assert right["tempo"] > 0.9 > 0.5 > wrong["tempo"]
    assert "sync" not in right


def test_what_was_not_measured_does_not_count():
    assert together({"key": 1.0, "level": 1.0}) == 1.0
    assert together({}) == 0.0
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)


def test_an_ear_for_words_can_decide_between_equals(wanted):
    class Ear:
        def agreement(self, words, sounds):
            assert words == "jazz"
            return tuple(0.1 + 0.8 * place for place, _ in enumerate(sounds))

    plain = Wanted("jazz", wanted.key, 0.5)
    found = ranked(plain, [noise(1, 2.0), noise(1, 2.0)], [1, 2], ear=Ear())
    assert [each.candidate.seed for each in found] == [2, 1]
    assert found[0].candidate.scores["text"] == 0.9


def test_clap_judges_by_the_real_class_and_says_when_its_weights_are_not_here(tmp_path, monkeypatch):
    pytest.importorskip("transformers")
    from models.studio import clap
    from tests.painters import save_tiny_clap

    monkeypatch.setenv("CUEWRIGHT_WEIGHTS", str(tmp_path))
    assert "fetch clap" in clap.why_not()
    save_tiny_clap(tmp_path / "clap")
    heard = clap.Clap(tmp_path / "clap")
    scores = heard.agreement("calm piano", [noise(1, 1.0), noise(2, 12.0)])
    assert len(scores) == 2 and all(0 <= score <= 1 for score in scores)
    assert scores == heard.agreement("calm piano", [noise(1, 1.0), noise(2, 12.0)])
