"""The real classes behind the whole engine: tiny networks with random weights, by name, as a person asks for them."""

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import EngineError
from assistant.generator import Guide, Keep
from assistant.settings import RATE_HZ
from models import registry
from models.studio.dispatch import Device, Way
from models.studio.memory import load as load_model
from models.studio.painter import StudioGenerator
from tests import tiny_models
from tests.painters import cue
from tests.plans import toy_plan

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # torch.nn.utils.weight_norm, within diffusers
NAMES = ("stable-audio-3", "ace-step")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """The folder that ``CUEWRIGHT_WEIGHTS`` names."""
    root: Path = tmp_path_factory.mktemp("weights")
    tiny_models.stable_audio_3(root / "stable-audio-3")
    tiny_models.ace_step(root / "ace-step")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUEWRIGHT_WEIGHTS", str(root))
        patch.setattr("models.studio.dispatch.device_here", lambda: Device("cpu", 64.0))
        yield root


@pytest.mark.parametrize("name", NAMES)
def test_an_engine_is_got_by_name_and_paints_words_as_long_as_the_plan(weights, name):
    assert next(info for info in registry.list_engines() if info.name == name).can_run
    engine = registry.get_engine(name)
    plan = toy_plan(2, bpm=120)
    shares: list[float] = []
    made = engine.generate(plan, seed=4, progress=lambda share, *rest: shares.append(share))
    assert made.sound.samples.shape == (2, round(plan.length_s * RATE_HZ))
    assert np.abs(made.sound.samples).max() > 0.01
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) > 4
    assert (made.account.device, made.account.dtype) == ("cpu", "float32")
    again = engine.generate(plan, seed=4)
    assert np.array_equal(again.sound.samples, made.sound.samples)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_random_weights_follow_no_score_and_are_refused_in_clear_words(weights, name):
    plan, guide = cue()
    model = load_model(Way(name, name, "cpu"))
    way = Way(name, name, "cpu", share=4.5 / model.longest_s)
    engine = StudioGenerator(name, load=lambda way: model, ways=lambda engine, use: (way,), candidates=1)
    with pytest.raises(EngineError, match="does not follow its score"):
        engine.generate(plan, keep=Keep(guide=Guide(guide, freedom=0.9)), seed=1)
    free = engine.generate(plan, keep=Keep(guide=Guide(guide, freedom=1.0)), seed=1)
    assert len(free.account.prompts) > 1 and free.sound.frames == guide.frames, "by windows"


def test_only_a_span_is_painted_by_a_real_network(weights):
    plan, guide = cue()
    before = guide
    model = load_model(Way("ace-step", "ace-step", "cpu"))
    engine = StudioGenerator(
        "ace-step", lambda way: model, lambda engine, use: (Way(engine, engine, "cpu"),), candidates=1
    )
    keep = Keep(guide=Guide(guide, 1.0, before=before, renewed_s=((2.0, 4.0),)))
    made = engine.generate(plan, keep=keep).sound.samples
    assert np.array_equal(made[:, : 2 * RATE_HZ], before.samples[:, : 2 * RATE_HZ])
    assert np.array_equal(made[:, 4 * RATE_HZ :], before.samples[:, 4 * RATE_HZ :])
    assert not np.array_equal(made[:, 2 * RATE_HZ : 4 * RATE_HZ], before.samples[:, 2 * RATE_HZ : 4 * RATE_HZ])
