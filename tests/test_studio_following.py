"""A sound is held to its guide: brought back where it went astray, drawn again or refused where it does as it likes."""

import numpy as np
import pytest
from scipy.signal import fftconvolve

from assistant.audio import Waveform
from assistant.constraints import Constraints
from assistant.errors import EngineError, InputError
from assistant.library import Library
from assistant.plan import make_plan
from assistant.render import render
from assistant.score import Score
from assistant.settings import from_environment
from models.rules import RulesGenerator
from models.studio.alignment import follow
from models.studio.following import FRAME_S, kept_to
from models.studio.warping import TimeMap, retuned, warped

RATE_HZ = 48_000
LENGTH_S = 12.0


def cue(library: Library, seed: int, style: str) -> Waveform:
    plan = make_plan(Constraints(duration_s=LENGTH_S, styles=(style,)), library=library, seed=seed)
    score = RulesGenerator().generate(plan, seed=seed)
    assert isinstance(score, Score)
    return render(score, plan, library=library, settings=from_environment()).mix


@pytest.fixture(scope="module")
def guide(library: Library) -> Waveform:
    return cue(library, 1, "jazz")


@pytest.fixture(scope="module")
def other(library: Library) -> Waveform:
    return cue(library, 2, "ambient")


def astray(
    sound: Waveform, *, late_s: float = 0.0, slower: float = 1.0, cents: float = 0.0, wet: bool = False
) -> Waveform:
    """The sound as a model might give it back: later, slower, detuned, in a large room."""
    frames = round((LENGTH_S * slower + late_s + 1) * RATE_HZ)
    samples = retuned(sound.samples, RATE_HZ, cents)
    there = TimeMap(np.array([0.0, 10.0]), (np.array([0.0, 10.0]) - late_s) / slower)
    samples = warped(samples, RATE_HZ, there, frames)
    if wet:
        rng = np.random.default_rng(5)
        room = rng.normal(size=(2, RATE_HZ)) * np.exp(-5 * np.arange(RATE_HZ) / RATE_HZ)
        room[:, 0] = 60.0
        samples = fftconvolve(samples, room, axes=1)[:, :frames]
        samples = samples / np.abs(samples).max() * 0.8
    return Waveform(samples.astype(np.float32), RATE_HZ)


@pytest.mark.parametrize(
    ("late_s", "slower", "cents", "wet"),
    [(0.37, 1.0, 0.0, False), (0.0, 1.02, 0.0, False), (0.0, 1.0, 35.0, False), (0.6, 1.02, -30.0, True)],
)
def test_a_sound_that_went_astray_is_found_and_brought_back(
    guide: Waveform, late_s: float, slower: float, cents: float, wet: bool
) -> None:
    given = astray(guide, late_s=late_s, slower=slower, cents=cents, wet=wet)
    moments = np.arange(0.5, LENGTH_S - 0.5, 0.5)
    kept = kept_to(guide, lambda number: given, hits_s=moments.tolist())
    found = kept.drawn.time_map(moments)
    assert np.abs(found - (moments * slower + late_s)).max() < FRAME_S, "by the time that we put in ourselves"
    assert kept.drawn.cents == pytest.approx(cents, abs=5)
    assert (kept.tries, kept.sound.frames) == (1, guide.frames)
    assert abs(kept.left.cents) < 5


def test_a_tempo_that_wavers_is_followed(guide: Waveform) -> None:
    places = np.linspace(0.0, LENGTH_S + 1, 60)
    there = TimeMap(places, places - 0.08 * np.sin(2 * np.pi * places / 9))
    given = Waveform(warped(guide.samples, RATE_HZ, there, round((LENGTH_S + 1) * RATE_HZ)), RATE_HZ)
    moments = np.arange(0.5, LENGTH_S - 0.5, 0.5)
    truth = there.inverse()(moments)
    assert np.abs(truth - moments).max() > 0.075
    assert np.abs(follow(guide, given).time_map(moments) - truth).max() < FRAME_S


def test_a_sound_that_follows_comes_back_as_it_is(guide: Waveform) -> None:
    kept = kept_to(guide, lambda number: guide)
    assert np.array_equal(kept.sound.samples, guide.samples)
    assert kept.drawn.agreement > 0.99


def test_one_that_ignores_the_guide_is_drawn_again_and_refused_in_the_end(guide: Waveform, other: Waveform) -> None:
    asked: list[int] = []

    def stubborn(number: int) -> Waveform:
        asked.append(number)
        return other

    with pytest.raises(EngineError, match="does not follow its score: draw 1 agrees"):
        kept_to(guide, stubborn, tries=2)
    assert asked == [0, 1]
    kept = kept_to(guide, lambda number: guide if number else other)
    assert kept.tries == 2


def test_noise_and_silence_follow_nothing(guide: Waveform) -> None:
    rng = np.random.default_rng(3)
    noise = Waveform((0.1 * rng.normal(size=guide.samples.shape)).astype(np.float32), RATE_HZ)
    assert not follow(guide, noise).follows
    assert not follow(guide, Waveform.silence(LENGTH_S, rate_hz=RATE_HZ)).follows


def test_a_time_map_that_runs_back_is_refused() -> None:
    with pytest.raises(InputError, match="rise"):
        TimeMap(np.array([0.0, 2.0, 1.0]), np.array([0.0, 1.0, 2.0]))
    with pytest.raises(InputError, match="slopes"):
        TimeMap(np.array([0.0, 1.0]), np.array([0.0, 4.0]))


def test_retuning_leaves_the_time_and_moves_the_pitch() -> None:
    seconds = np.arange(2 * RATE_HZ) / RATE_HZ
    tone = (0.3 * np.sin(2 * np.pi * 440 * seconds) * (seconds > 1)).astype(np.float32)[None]
    higher = retuned(tone, RATE_HZ, 50.0)[0]
    spectrum = np.abs(np.fft.rfft(higher[RATE_HZ + 4800 :] * np.hanning(RATE_HZ - 4800), 1 << 20))
    hertz = np.argmax(spectrum) * RATE_HZ / (1 << 20)
    assert 1200 * np.log2(hertz / 440) == pytest.approx(50.0, abs=2.0)
    assert abs(np.argmax(np.abs(higher) > 0.1) / RATE_HZ - 1.0) < 0.03
