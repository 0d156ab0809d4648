"""Stable Audio Open, AudioLDM 2, MusicLDM and MusicGen, from tiny random weights of the real classes."""

import importlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from assistant.audio import Waveform
from assistant.errors import EngineError
from models.studio import checkpoints
from models.studio.engines.base import Engine, chances
from models.studio.engines.codes import Choosing
from models.studio.engines.latents import Held, cut_short, outside
from models.studio.engines.mels import MelEngine, log_mel
from models.studio.engines.musicgen_melody import strongest_notes
from models.studio.engines.stable_audio_open import CLOSEST, StableAudioOpen
from models.studio.engines.steps import Steps
from models.studio.values import GUIDE, MELODY, REPAINT, TEXT, AudioModel, DeviceMemoryError, Request
from tests import tiny_more

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # torch.nn.utils.weight_norm, within diffusers
DIFFUSE = ("stable-audio-open", "audioldm2", "musicldm")
WRITE = ("musicgen", "musicgen-melody")
HZ, LENGTH_S, STEPS = 8_000, 1.2, 3


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that `CUEWRIGHT_WEIGHTS` names, with all of them in it; the diffusers take few steps."""
    root = tmp_path_factory.mktemp("weights")
    tiny_more.stable_audio_open(root / "stable-audio-open")
    tiny_more.audioldm2(root / "audioldm2")
    tiny_more.musicldm(root / "musicldm")
    tiny_more.musicgen(root / "musicgen")
    tiny_more.musicgen(root / "musicgen-melody", melody=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUEWRIGHT_WEIGHTS", str(root))
        patch.setattr(StableAudioOpen, "step_count", STEPS)
        patch.setattr(MelEngine, "step_count", STEPS)
        yield root


@pytest.fixture(scope="module")
def engines(weights: Path) -> dict[str, Engine]:
    """Each engine, loaded once by its own file."""
    return {name: made(name) for name in (*DIFFUSE, *WRITE)}


@pytest.fixture(params=[*DIFFUSE, *WRITE])
def engine(request: pytest.FixtureRequest, engines: dict[str, Engine]) -> Engine:
    return engines[request.param]


def made(name: str, **how: Any) -> Any:
    return importlib.import_module(f"models.studio.engines.{name.replace('-', '_')}").load(**how)


def noise(seed: int, length_s: float = LENGTH_S) -> Waveform:
    """A sound like no other."""
    drawn = np.random.default_rng(seed).standard_normal((2, round(length_s * HZ)))
    return Waveform((0.2 * drawn).astype(np.float32), HZ)


def tone(hertz: float) -> Waveform:
    wave = 0.3 * np.sin(2 * np.pi * hertz * np.arange(round(LENGTH_S * HZ)) / HZ)
    return Waveform(np.stack([wave, wave]).astype(np.float32), HZ)


def asked(**more: Any) -> Request:
    return Request(**{"prompt": "calm piano", "length_s": LENGTH_S, "seeds": (1,)} | more)


def apart(first: Waveform, second: Waveform) -> float:
    return float(np.abs(first.samples - second.samples).mean())


def test_it_is_an_audio_model_that_says_what_it_can(engine: Engine) -> None:
    assert isinstance(engine, AudioModel)
    assert engine.abilities >= {TEXT, GUIDE, REPAINT}
    assert (MELODY in engine.abilities) == (engine.name == "musicgen-melody")
    assert 10 <= engine.longest_s <= 48


@pytest.mark.parametrize("name", ["musicgen", "musicgen-melody", "audioldm2", "musicldm"])
def test_weights_that_may_not_earn_money_say_so(name: str) -> None:
    assert not checkpoints.checkpoint(name).commercial_use


@pytest.mark.parametrize("length_s", [0.23457])
def test_words_become_one_sound_for_each_seed_exactly_as_long_as_asked(engine: Engine, length_s: float) -> None:
    sounds = engine.paint(asked(length_s=length_s, seeds=(1, 2), negative="drums"))
    assert [sound.samples.shape for sound in sounds] == [(2, round(length_s * 48_000))] * 2
    assert all(np.abs(sound.samples).max() > 0.01 for sound in sounds)
    assert all(np.abs(sound.samples[:, -1500:]).max() > 1e-4 for sound in sounds), "silence at the end"
    assert apart(*sounds) > 1e-4


def test_a_seed_gives_the_same_sound_beside_others_and_moves_no_chance_but_its_own(engine: Engine) -> None:
    guide = noise(1)
    before = torch.random.get_rng_state()
    alone, again = (engine.paint(asked(guide=guide))[0] for _ in range(2))
    assert torch.equal(before, torch.random.get_rng_state())
    assert alone == again
    beside = engine.paint(asked(guide=guide, seeds=(7, 1)))
    assert apart(beside[1], alone) < 1e-4 < apart(beside[0], alone)


def test_a_guide_is_heard_unless_the_words_alone_count(engine: Engine) -> None:
    closely = [engine.paint(asked(guide=noise(seed), freedom=0.0))[0] for seed in (1, 2)]
    freely = [engine.paint(asked(guide=noise(seed), freedom=1.0))[0] for seed in (1, 2)]
    assert apart(*closely) > 1e-4
    assert freely[0] == freely[1]


def test_outside_a_renewed_span_every_sample_stays_and_inside_all_is_new(engine: Engine) -> None:
    before = noise(3)
    first, second = engine.paint(asked(before=before, renewed_s=(0.5, 1.0), seeds=(1, 2)))
    span = slice(HZ // 2, HZ)
    for sound in (first, second):
        changed = np.abs(sound.samples - before.samples).max(axis=0) > 0
        assert sound.rate_hz == HZ and sound.frames == before.frames
        assert not changed[: span.start].any() and not changed[span.stop :].any()
        assert changed[span].mean() > 0.95
    assert apart(first, second) > 1e-5


def test_a_span_is_painted_over_the_guide_of_that_span(engine: Engine) -> None:
    more = {"before": noise(3), "renewed_s": (0.25, 1.0), "freedom": 0.0}
    sound, other = (engine.paint(asked(guide=noise(seed), **more))[0] for seed in (4, 5))
    assert apart(sound, other) > 1e-5


@pytest.mark.parametrize("name", WRITE)
def test_what_is_written_anew_goes_on_from_what_precedes_it(engines: dict[str, Engine], name: str) -> None:
    span = slice(round(0.55 * HZ), round(0.9 * HZ))

    def renewed(before: Waveform) -> Any:
        sound = engines[name].paint(asked(before=before, renewed_s=(0.5, 1.0)))[0].samples[:, span]
        return sound / np.abs(sound).max()

    before = noise(3)
    quiet_first, quiet_last = before.samples.copy(), before.samples.copy()
    quiet_first[:, : HZ // 2], quiet_last[:, HZ:] = 0.0, 0.0
    usual, of_first, of_last = (renewed(Waveform(each, HZ)) for each in (before.samples, quiet_first, quiet_last))
    assert np.abs(usual - of_last).max() < 1e-3 < np.abs(usual - of_first).mean()


def test_progress_comes_at_every_step_and_never_falls(engine: Engine) -> None:
    told: list[float] = []
    engine.paint(asked(), progress=lambda share, what, *_: told.append(share))
    least = STEPS if engine.name in DIFFUSE else LENGTH_S * 25
    assert len(told) >= least and told == sorted(told)
    assert told[0] == 0 and told[-1] == 1


class EnoughError(Exception):
    pass


def test_it_ends_within_the_step_in_which_it_is_stopped_and_can_go_on(engine: Engine) -> None:
    told: list[float] = []

    def stop(share: float, what: str, *_: object) -> None:
        told.append(share)
        if len(told) == 3:
            raise EnoughError

    usual = engine.paint(asked())[0]
    with pytest.raises(EnoughError):
        engine.paint(asked(guide=noise(1)), progress=stop)
    assert len(told) == 3
    assert engine.paint(asked())[0] == usual


def test_too_little_memory_is_told_and_a_smaller_request_still_fits(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = type(engine).draw

    def draw(self: Engine, model: Any, request: Request, steps: Steps) -> Any:
        if len(request.seeds) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return usual(self, model, request, steps)

    monkeypatch.setattr(type(engine), "draw", draw)
    with pytest.raises(DeviceMemoryError, match=f"{engine.name}.*too little memory"):
        engine.paint(asked(seeds=(1, 2)))
    assert engine.paint(asked())[0].length_s == LENGTH_S


def test_what_is_too_long_to_paint_at_once_is_refused(engine: Engine) -> None:
    with pytest.raises(EngineError, match="paint it in windows"):
        engine.paint(asked(length_s=engine.longest_s + 1))


@pytest.mark.parametrize("name", [*DIFFUSE, *WRITE])
def test_without_weights_it_says_what_to_fetch(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUEWRIGHT_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EngineError, match=f"fetch {name}"):
        made(name).paint(asked())


def test_damaged_weights_are_told_before_anything_is_loaded(weights: Path) -> None:
    file = weights / "musicgen" / "model.safetensors"
    whole = file.read_bytes()
    try:
        file.write_bytes(whole[:-100])
        with pytest.raises(EngineError, match=r"model\.safetensors is damaged"):
            made("musicgen").paint(asked())
    finally:
        file.write_bytes(whole)


def test_stable_audio_open_begins_at_a_level_of_noise_that_freedom_sets(engines: dict[str, Engine]) -> None:
    scheduler = engines["stable-audio-open"].loaded().scheduler
    assert float(scheduler.precondition_noise(torch.tensor(1.0))) == pytest.approx(0.5)
    levels = []

    def paint(freedom: float) -> float:
        model = engines["stable-audio-open"].loaded()
        noted: list[float] = []

        def note(share: float, *_: object) -> None:
            if 0 < share < 1 and not noted:
                noted.append(float(model.scheduler.sigmas[0]))

        engines["stable-audio-open"].paint(asked(guide=noise(1), freedom=freedom), progress=note)
        return noted[0]

    levels = [paint(freedom) for freedom in (0.0, 0.5, 1.0)]
    assert levels[0] == pytest.approx(CLOSEST, rel=1e-3)
    assert levels[1] == pytest.approx(math.sqrt(CLOSEST * 500), rel=1e-3)
    assert levels[2] == pytest.approx(500, rel=1e-3)


def test_a_closer_guide_goes_through_fewer_steps(engines: dict[str, Engine]) -> None:
    scheduler = cut_short(engines["musicldm"].loaded().scheduler, 0.3)
    scheduler.set_timesteps(100)
    whole = cut_short(engines["musicldm"].loaded().scheduler, 1.0)
    whole.set_timesteps(100)
    assert len(scheduler.timesteps) == 30 and len(whole.timesteps) == 100
    assert torch.equal(scheduler.timesteps, whole.timesteps[70:])


def test_what_is_held_comes_back_outside_the_span_alone() -> None:
    stays = outside(10, (0.3, 0.6), 10.0)
    assert stays.tolist() == [True] * 3 + [False] * 3 + [True] * 4
    held = Held(torch.ones(1, 2, 10), stays, (1, 2), axis=-1)
    latents = torch.zeros(2, 2, 10)
    held.put_into(latents, lambda clean, noise: clean + 0 * noise)
    assert torch.equal(latents, stays.float().expand(2, 2, 10))


def test_a_tone_is_seen_in_its_own_band() -> None:
    wave = np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000)
    seen = log_mel(wave, rate_hz=16_000, hop=160, bands=64)
    assert seen.shape == (101, 64)
    slaney = 15 / (15 + 27 * math.log(8) / math.log(6.4))  # where 1 kHz lies among bands up to 8 kHz
    assert int(seen.mean(0).argmax()) == pytest.approx(slaney * 65 - 1, abs=1)


def test_the_guides_coarse_codes_are_likelier_and_no_others() -> None:
    codes = torch.arange(20) % 8

    def chosen(lean: float, book: int) -> float:
        steps = Steps(lambda *_: None, "")
        chooser = Choosing(chances((1, 2)), 4, 0, 23, steps, (codes, lean))
        hits = 0
        for frame in range(20):
            best = chooser(torch.zeros(8, frame + 1), torch.zeros(8, 8)).argmax(-1).view(2, 4)
            hits += int((best[:, book] == codes[frame]).sum())
        return hits / 40

    assert chosen(10.0, 0) > 0.9
    assert max(chosen(0.0, 0), chosen(10.0, 1), chosen(10.0, 3)) < 0.5


def test_draws_fall_as_the_scores_say() -> None:
    chooser = Choosing(chances((5,)), 1, 0, 1000, Steps(lambda *_: None, ""), None)
    wanted = torch.tensor([0.5, 0.3, 0.2, 0.0])
    drawn = [int(chooser(torch.zeros(1, 1 + at), wanted.log()[None]).argmax(-1)) for at in range(1000)]
    shares = np.bincount(drawn, minlength=4) / 1000
    assert np.abs(shares - wanted.numpy()).max() < 0.06


def test_a_melody_is_followed_where_it_is_given_and_counts(engines: dict[str, Engine]) -> None:
    melody = engines["musicgen-melody"]
    low, high = (melody.paint(asked(melody=tone(hertz)))[0] for hertz in (262, 370))
    assert apart(low, high) > 1e-4
    deaf = [melody.paint(asked(melody=tone(hertz), freedom=1.0))[0] for hertz in (262, 370)]
    assert deaf[0] == deaf[1]


def test_the_strongest_note_is_the_one_that_sounds() -> None:
    heard = [set(strongest_notes(tone(hertz).samples[0], HZ).argmax(1).tolist()) for hertz in (261.63, 369.99)]
    assert heard == [{0}, {6}]
