"""Speech in a clip is found, music is not taken for it, and the plan keeps out of its way.

``tests/data/voice.ogg`` is 1.7 s said by espeak-ng ("The harbour is quiet this morning."), no silence at its ends.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.clip import Clip, Span, measure_clip, speech
from assistant.clip.speech import Ear, find_spans
from assistant.constraints import Constraints, arc_of
from assistant.library import load
from assistant.plan import Plan, make_plan
from models.registry import get_engine
from tests.media import RATE_HZ, play_tones, read_sound, write_sound

VOICE = Path(__file__).parent / "data" / "voice.ogg"
AT_S, LENGTH_S = 3.0, 8.0


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    return read_sound(VOICE).mean(axis=0)


def over(voice: np.ndarray, background: np.ndarray) -> np.ndarray:
    out = background[: round(LENGTH_S * RATE_HZ)].astype(np.float32).copy()
    start = round(AT_S * RATE_HZ)
    out[start : start + len(voice)] += voice
    return out


def heard(mono: np.ndarray) -> tuple[Span, ...]:
    ear = Ear()
    ear.hear(mono)
    return ear.spans()


def frames_right(spans: tuple[Span, ...], start_s: float, end_s: float) -> float:
    at_s = np.arange(0, LENGTH_S, 0.01)
    said = np.any([(at_s >= span.from_s) & (at_s < span.to_s) for span in spans] or [np.zeros(len(at_s), bool)], axis=0)
    return float((said == ((at_s >= start_s) & (at_s < end_s))).mean())


def test_a_voice_over_music_is_found_where_it_is(voice: np.ndarray) -> None:
    music = play_tones(100, LENGTH_S, chords=[(57, 60, 64), (53, 57, 60)], level=0.1)[0]
    spans = heard(over(voice, music))
    assert frames_right(spans, AT_S, AT_S + len(voice) / RATE_HZ) >= 0.95


def test_a_voice_in_noise_is_found_where_it_is(voice: np.ndarray) -> None:
    noise = 0.02 * np.random.default_rng(4).standard_normal(round(LENGTH_S * RATE_HZ))
    assert frames_right(heard(over(voice, noise)), AT_S, AT_S + len(voice) / RATE_HZ) >= 0.95


def test_music_is_not_speech() -> None:
    assert heard(play_tones(120, LENGTH_S, chords=[(60, 64, 67), (55, 59, 62)])[0]) == ()


def test_a_hummed_tune_is_not_speech() -> None:
    t = np.arange(round(LENGTH_S * RATE_HZ)) / RATE_HZ
    steps = np.array([0, 2, 4, 5, 7, 5, 4, 2])[(t / 0.5).astype(int) % 8]
    hz = 220 * 2 ** ((steps + 0.3 * np.sin(2 * np.pi * 5 * t)) / 12)
    phase = 2 * np.pi * np.cumsum(hz) / RATE_HZ
    assert heard((0.2 * sum(np.sin(k * phase) / k**2 for k in range(1, 6))).astype(np.float32)) == ()


def test_stretches_of_any_size_are_heard_as_one(voice: np.ndarray) -> None:
    whole = over(voice, np.zeros(round(LENGTH_S * RATE_HZ)))
    ear = Ear()
    for piece in np.array_split(whole, [7, 50_001, 200_000]):
        ear.hear(piece)
    (one,), (other,) = ear.spans(), heard(whole)
    assert (one.from_s, one.to_s) == pytest.approx((other.from_s, other.to_s), abs=0.07)


def test_pauses_between_words_are_bridged_and_clicks_are_no_speech() -> None:
    assert len(find_spans([0.9] * 20 + [0.0] * 8 + [0.9] * 20)) == 1
    assert len(find_spans([0.9] * 20 + [0.0] * 20 + [0.9] * 20)) == 2
    assert find_spans([0.0] * 20 + [0.99] * 3 + [0.0] * 20) == ()
    assert find_spans([0.6] * 40) == ()


def test_a_clip_knows_its_speech(voice: np.ndarray, tmp_path: Path) -> None:
    path = write_sound(tmp_path / "said.wav", over(voice, np.zeros(round(LENGTH_S * RATE_HZ)))[None])
    (span,) = measure_clip(path).speech
    assert (span.from_s, span.to_s) == pytest.approx((AT_S, AT_S + len(voice) / RATE_HZ), abs=0.15)


def test_without_the_network_nothing_is_found_and_that_is_logged(
    voice: np.ndarray, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(speech.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(speech, "read_weights", speech.read_weights.__wrapped__)
    assert heard(voice) == ()
    assert "speech in clips is not found" in caplog.text


ASKED = Constraints(duration_s=24.0, styles=("cinematic",), arc=arc_of([(0, 0.2, 0.3), (1, 0.2, 0.3)]))
TALKED = Clip("talk.mp4", 24.0, speech=(Span(8.0, 17.0),))


def notes_under(plan: Plan, span: Span) -> list[int]:
    score = get_engine("rules").generate(plan, seed=5)
    leads = [part for part in score.parts if part.role in ("lead", "counter")]
    return [n.pitch for part in leads for n in part.notes if span.from_s + 2 < score.start_s(n) < span.to_s - 2]


def test_tunes_are_thinner_and_lower_while_somebody_speaks() -> None:
    silent, spoken = (
        make_plan(ASKED, library=load(), clip=clip, seed=5) for clip in (replace(TALKED, speech=()), TALKED)
    )
    (remark,) = [each for each in spoken.remarks if each.code == "voice_spared"]
    covered = [bar for bar in range(spoken.bar_count)
               if 9 < spoken.tempo_map.seconds_at(spoken.bars[bar].start_q) < 14]  # fmt: skip
    for part, free in zip(spoken.parts, silent.parts, strict=True):
        for bar in covered:
            if part.role == "lead":
                assert part.bars[bar].density < free.bars[bar].density
                assert part.bars[bar].register_shift < free.bars[bar].register_shift
        assert part.bars[0] == free.bars[0]
    assert remark.fact("bars") >= len(covered)
    fewer, more = notes_under(spoken, TALKED.speech[0]), notes_under(silent, TALKED.speech[0])
    assert np.mean(fewer) < np.mean(more) - 3


def test_a_plan_without_speech_says_nothing_of_a_voice() -> None:
    plan = make_plan(ASKED, library=load(), clip=replace(TALKED, speech=()), seed=5)
    assert not [each for each in plan.remarks if each.code == "voice_spared"]
