"""Stable Audio 3 and ACE-Step, from tiny random weights of the real classes: what surrounds the network counts."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.audio import Waveform
from assistant.errors import EngineError
from models.studio.engines import ace_step, stable_audio_3
from models.studio.engines.base import Engine
from models.studio.values import GUIDE, PARTS, REPAINT, TEXT, AudioModel, DeviceMemoryError, Request
from tests import tiny_models

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # torch.nn.utils.weight_norm, within diffusers
NAMES = ("stable-audio-3", "ace-step")
HZ, LENGTH_S = 8_000, 1.5


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that `CUEWRIGHT_WEIGHTS` names, with both networks in it."""
    root = tmp_path_factory.mktemp("weights")
    tiny_models.stable_audio_3(root / "stable-audio-3")
    tiny_models.ace_step(root / "ace-step")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUEWRIGHT_WEIGHTS", str(root))
        yield root


@pytest.fixture(scope="module")
def engines(weights: Path) -> dict[str, Engine]:
    """Each engine, loaded once by its own file."""
    return {name: importlib.import_module(f"models.studio.engines.{name.replace('-', '_')}").load() for name in NAMES}


@pytest.fixture(params=NAMES)
def engine(request: pytest.FixtureRequest, engines: dict[str, Engine]) -> Engine:
    return engines[request.param]


def noise(seed: int, length_s: float = LENGTH_S) -> Waveform:
    """A sound like no other."""
    drawn = np.random.default_rng(seed).standard_normal((2, round(length_s * HZ)))
    return Waveform((0.2 * drawn).astype(np.float32), HZ)


def asked(**more: Any) -> Request:
    return Request(**{"prompt": "calm piano", "length_s": LENGTH_S, "seeds": (1,)} | more)


def apart(first: Waveform, second: Waveform) -> float:
    return float(np.abs(first.samples - second.samples).mean())


def test_it_is_an_audio_model(engine: Engine) -> None:
    assert isinstance(engine, AudioModel) and engine.longest_s >= 380
    assert engine.abilities >= {TEXT, GUIDE, REPAINT}
    assert (engine.device, engine.dtype) == ("cpu", "float32")


@pytest.mark.parametrize("length_s", [1.12, 1.23457, 2.000021])
def test_words_become_one_sound_for_each_seed_exactly_as_long_as_asked(engine: Engine, length_s: float) -> None:
    sounds = engine.paint(asked(length_s=length_s, seeds=(1, 2)))
    assert [sound.samples.shape for sound in sounds] == [(2, round(length_s * 48_000))] * 2
    assert all(np.abs(sound.samples).max() > 0.01 for sound in sounds)
    assert apart(*sounds) > 1e-4


def test_the_same_seed_gives_the_same_sound_whoever_is_drawn_beside_it(engine: Engine) -> None:
    guide = noise(1)
    alone, again = (engine.paint(asked(guide=guide))[0] for _ in range(2))
    assert alone == again
    beside = engine.paint(asked(guide=guide, seeds=(7, 1)))
    assert apart(beside[1], alone) < 1e-4 < apart(beside[0], alone)


def test_words_matter(engine: Engine) -> None:
    assert apart(engine.paint(asked())[0], engine.paint(asked(prompt="drums minor"))[0]) > 1e-5


def test_the_freer_the_less_the_guide_matters_and_quite_free_not_at_all(engine: Engine) -> None:
    by_freedom = [
        apart(*(engine.paint(asked(guide=noise(seed), freedom=freedom))[0] for seed in (1, 2)))
        for freedom in (0.0, 0.9, 1.0)
    ]
    assert by_freedom[0] > by_freedom[1] > by_freedom[2] == 0


@pytest.mark.parametrize("span_s", [(0.0, 0.5), (0.4, 1.1), (0.9, LENGTH_S)])
@pytest.mark.parametrize("guided", [False, True])
def test_outside_a_renewed_span_all_is_as_before_to_the_bit(
    engine: Engine, span_s: tuple[float, float], guided: bool
) -> None:
    before = noise(3)
    sound = engine.paint(asked(before=before, renewed_s=span_s, guide=noise(4) if guided else None))[0]
    first, last = (round(each * HZ) for each in span_s)
    assert sound.rate_hz == HZ and sound.frames == before.frames
    assert np.array_equal(sound.samples[:, :first], before.samples[:, :first])
    assert np.array_equal(sound.samples[:, last:], before.samples[:, last:])
    assert np.abs(sound.samples[:, first:last] - before.samples[:, first:last]).mean() > 0.01


def test_a_renewed_span_heeds_what_lies_around_it_and_the_score_within_it(engine: Engine) -> None:
    span: dict[str, Any] = {"renewed_s": (0.5, 1.0)}
    middle = slice(round(0.6 * HZ), round(0.9 * HZ))

    def inside(**more: Any) -> np.ndarray:
        return engine.paint(asked(**span, **more))[0].samples[:, middle]

    one, other = noise(3), noise(5)
    assert np.abs(inside(before=one) - inside(before=other)).mean() > 1e-5
    guided = [inside(before=one, guide=noise(seed), freedom=0.1) for seed in (6, 7)]
    assert np.abs(guided[0] - guided[1]).mean() > 1e-5


def test_progress_is_told_at_every_step_and_never_falls(engine: Engine) -> None:
    told: list[float] = []
    engine.paint(asked(), progress=lambda share, what, *rest: told.append(share))
    assert len(told) == 10 and told == sorted(told) and (told[0], told[-1]) == (0, 1)


def test_who_raises_from_progress_ends_the_work_within_that_step_and_the_engine_stays_usable(engine: Engine) -> None:
    told: list[float] = []

    def stop(share: float, what: str, *rest: object) -> None:
        told.append(share)
        if len(told) == 4:
            raise ValueError("enough")

    sound = engine.paint(asked())[0]
    with pytest.raises(ValueError, match=r"^enough$"):
        engine.paint(asked(), progress=stop)
    assert len(told) == 4
    assert engine.paint(asked())[0] == sound


def test_too_little_memory_is_said_as_such_and_the_engine_stays_usable(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    sound = engine.paint(asked())[0]
    model = engine.loaded()
    with monkeypatch.context() as patch:

        def full(*args: object, **more: object) -> None:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

        patch.setattr(model.transformer, "forward", full)
        with pytest.raises(DeviceMemoryError, match=r"too little memory for 1 x 2 s.*; ask for fewer") as caught:
            engine.paint(asked())
    assert caught.value.__cause__ is None and caught.value.__context__ is None
    assert engine.paint(asked())[0] == sound


def test_any_other_trouble_of_a_library_is_an_error_of_ours(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.loaded().vae, "decode", lambda *args, **more: 1 / 0)
    with pytest.raises(EngineError, match=r"ZeroDivisionError"):
        engine.paint(asked())


def test_sound_that_is_not_a_number_is_refused(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(model: Any, request: Request, steps: Any) -> tuple[Any, int]:
        return np.full((1, 2, 100), np.nan, np.float32), HZ

    monkeypatch.setattr(engine, "draw", broken)
    with pytest.raises(EngineError, match="not a number"):
        engine.paint(asked())


@pytest.mark.parametrize("wrong", [{"length_s": 0.0}, {"length_s": 1e4}, {"seeds": ()}])
def test_what_no_network_could_paint_at_once_is_refused(engine: Engine, wrong: dict[str, Any]) -> None:
    with pytest.raises(EngineError, match="paint it in windows"):
        engine.paint(asked(**wrong))


def test_half_precision_can_be_asked_for(weights: Path) -> None:
    engine = stable_audio_3.load(dtype="bfloat16")
    assert engine.paint(asked(length_s=1.0))[0].frames == 48_000
    assert "bfloat16" in str(engine.loaded().transformer.dtype)


def test_weights_that_are_not_distilled_are_told_what_not_to_sound_like(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_models.stable_audio_3(tmp_path / "stable-audio-3-small", distilled=False)
    monkeypatch.setenv("CUEWRIGHT_WEIGHTS", str(tmp_path))
    engine = stable_audio_3.load("stable-audio-3-small")
    told: list[float] = []
    sounds = [
        engine.paint(asked(length_s=0.3, negative=words), progress=lambda share, *rest: told.append(share))[0]
        for words in ("", "drums")
    ]
    assert engine.longest_s == 120 and len(told) == 2 * 102 and apart(*sounds) > 1e-6


def test_tempo_key_and_metre_reach_ace_step(engines: dict[str, Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    engine, heard = engines["ace-step"], []
    encode = type(engine.loaded()).encode_prompt
    monkeypatch.setattr(
        type(engine.loaded()), "encode_prompt", lambda self, **more: heard.append(more) or encode(self, **more)
    )
    engine.paint(asked(tempo_bpm=96.4, key="D minor", beats=3, seeds=(1, 2)))
    wanted = {"bpm": 96, "keyscale": "D minor", "timesignature": "3", "lyrics": ["[Instrumental]"] * 2}
    assert wanted.items() <= heard[0].items()


@pytest.mark.parametrize(("beats", "tempo_bpm"), [(7, 20.0), (12, 400.0)])
def test_ace_step_is_told_no_metre_and_no_tempo_that_it_was_not_taught(
    engines: dict[str, Engine], monkeypatch: pytest.MonkeyPatch, beats: int, tempo_bpm: float
) -> None:
    engine, heard = engines["ace-step"], []
    encode = type(engine.loaded()).encode_prompt
    monkeypatch.setattr(
        type(engine.loaded()), "encode_prompt", lambda self, **more: heard.append(more) or encode(self, **more)
    )
    engine.paint(Request("slow quiet", 1.0, tempo_bpm=tempo_bpm, beats=beats))
    assert (heard[0]["bpm"], heard[0]["timesignature"]) == (None, "")


def test_ace_step_covers_where_its_weights_can_and_follows_the_guide_where_not(
    engines: dict[str, Engine], tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    covering = engines["ace-step"].loaded()
    guide = asked(guide=noise(1), freedom=0.25)
    task = engines["ace-step"]._task(covering, guide)  # type: ignore[attr-defined]
    assert task["task_type"] == "cover" and task["audio_cover_strength"] == 0.75 and task["timesteps"][0] <= 0.625
    tiny_models.ace_step(tmp_path / "ace-step", covers=False, turbo=False)
    monkeypatch.setenv("CUEWRIGHT_WEIGHTS", str(tmp_path))
    plain = ace_step.load()
    assert PARTS in plain.abilities and PARTS not in engines["ace-step"].can
    task = plain._task(plain.loaded(), guide)
    assert "task_type" not in task and task["timesteps"][0] <= 0.625
    one, other = (plain.paint(asked(guide=noise(seed), freedom=0.0))[0] for seed in (1, 2))
    assert apart(one, other) > 1e-4
    drums, bass = (plain.paint(asked(guide=noise(1), part=part))[0] for part in ("drums", "piano"))
    assert apart(drums, bass) > 1e-6


def test_steps_begin_at_most_as_noisy_as_asked_and_only_fall() -> None:
    for turbo in (True, False):
        for level in (0.01, 0.5, 0.77, 1.0):
            levels = ace_step.moments(level, turbo)
            assert levels == sorted(set(levels), reverse=True)
            assert levels[0] <= max(level, levels[-1]) and len(levels) <= (8 if turbo else 40)
    assert ace_step.moments(1.0, True)[0] == 1.0
