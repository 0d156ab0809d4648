"""Which engine paints, what it needs, and what is done when memory is short."""

import numpy as np
import pytest

from assistant.errors import EngineError
from assistant.remark import Remark
from models import registry
from models.studio import dispatch
from models.studio.checkpoints import checkpoint
from models.studio.dispatch import ORDER, Device, Way, choose, step, ways_for
from models.studio.memory import Loaded
from models.studio.memory import load as load_model
from models.studio.values import AudioModel
from tests.painters import Double

GPU, SMALL_GPU, CPU = Device("cuda:0", 80.0), Device("cuda:0", 6.0), Device("cpu", 16.0)


@pytest.fixture
def everything_here(monkeypatch):
    monkeypatch.setattr(dispatch, "missing", lambda name: "")
    monkeypatch.setattr(dispatch, "device_here", lambda: GPU)


@pytest.fixture
def nothing_here(monkeypatch, tmp_path):
    monkeypatch.setenv("CUEWRIGHT_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(dispatch, "missing", lambda name: "its weights are not on this machine")
    monkeypatch.setattr(dispatch, "device_here", lambda: pytest.fail("no device is looked for without weights"))


def test_the_registry_lists_every_engine_of_sound_and_what_it_needs(nothing_here):
    listed = {engine.name: engine for engine in registry.list_engines()}
    assert set(ORDER) <= set(listed) and ORDER == registry._OF_SOUND
    for name in ORDER:
        info = listed[name]
        assert info.writes == "sound" and info.licence == checkpoint(name).licence
        assert not info.can_run and "weights" in info.why_not
        assert info.memory_gib > 0 and info.disk_gb > 0 and any("GPU" in need for need in info.needs)
    assert listed["composer"].writes == listed["rules"].writes == "score"
    with pytest.raises(EngineError, match="weights are not on this machine"):
        registry.get_engine("ace-step")


def test_the_papers_of_an_engine_name_weights_and_what_they_learned_from():
    card = registry.engine_card("musicgen")
    assert card.commercial_use is False and "facebook/musicgen-small" in card.weights
    assert card.training_data and "Shutterstock" in card.training_data[0]


def test_under_which_condition_it_may_earn_money_is_told_before_and_after(capsys):
    from assistant.cli import main

    assert "million US dollars" in registry.engine_card("stable-audio-3").commercial_note
    assert main(["engines"]) == 0
    told = capsys.readouterr()
    (line,) = [line for line in told.err.splitlines() if line.startswith("stable-audio-open: ")]
    assert "free below a million US dollars" in line and "million US dollars" in told.out
    assert registry.engine_card("ace-step").commercial_note == ""


def test_a_draft_is_composed_and_final_too_where_no_weights_are(nothing_here):
    assert registry.default_engine("draft") in ("composer", "rules")
    name, reasons = registry.chosen_engine("final")
    assert name == registry.default_engine("draft")
    assert len([reason for reason in reasons if "not on this machine" in reason]) == len(ORDER)


def test_final_takes_the_best_engine_that_is_here(everything_here, monkeypatch):
    assert registry.default_engine("final") == "stable-audio-3"
    monkeypatch.setattr(dispatch, "missing", lambda name: "absent" if name.startswith("stable") else "")
    assert choose(device=lambda: GPU).engine == "ace-step"
    assert registry.default_engine("draft") in ("composer", "rules")


def test_weights_without_commercial_use_are_refused_for_an_advert_unless_insisted(monkeypatch):
    monkeypatch.setattr(dispatch, "missing", lambda name: "" if name == "musicgen-melody" else "absent")
    monkeypatch.setattr(dispatch, "device_here", lambda: GPU)
    refused = choose(use="ad", device=lambda: GPU)
    assert refused.engine is None and any("not for an advert unless you insist" in reason for reason in refused.reasons)
    assert choose(use="ad", insist=True, device=lambda: GPU).engine == "musicgen-melody"
    assert choose(use="film", device=lambda: GPU).engine == "musicgen-melody"


def test_dull_engines_and_a_machine_without_a_gpu_are_not_chosen_by_themselves(everything_here, monkeypatch):
    choice = choose(device=lambda: CPU)
    assert (
        choice.engine is None and "without a GPU" in choice.reasons[0] and "16 kHz it is duller" in choice.reasons[-1]
    )
    monkeypatch.setattr(dispatch, "missing", lambda name: "" if name == "musicldm" else "absent")
    assert choose(device=lambda: GPU).engine is None


def test_a_gpu_that_is_too_small_for_an_engine_is_a_reason(monkeypatch):
    monkeypatch.setattr(dispatch, "missing", lambda name: "")
    monkeypatch.setattr(dispatch, "device_here", lambda: Device("cuda:0", 2.0))
    assert "2 GiB of memory and it needs 2.5" in dispatch.why_not("stable-audio-3")


def test_memory_steps_down_from_whole_to_smaller_weights_to_a_smaller_engine():
    ways = list(ways_for("stable-audio-3", device=GPU, has=lambda name: True))
    assert (ways[0].weights, ways[0].together, ways[0].offload, ways[0].share) == ("stable-audio-3", True, False, 1.0)
    assert not ways[1].together and ways[2].offload
    assert [way.share for way in ways[3:5]] == [0.5, 0.25]
    names = list(dict.fromkeys(way.weights for way in ways))
    assert names == ["stable-audio-3", "stable-audio-3-small"], "no engine needs less than its smaller weights"
    names = list(dict.fromkeys(way.weights for way in ways_for("ace-step", device=GPU, has=lambda name: True)))
    assert names == ["ace-step", "ace-step-small", "stable-audio-3", "stable-audio-open", "musicgen"]
    assert len(ways) == len(set(ways))


def test_single_precision_that_was_asked_for_steps_down_to_half(monkeypatch):
    monkeypatch.setenv("CUEWRIGHT_DTYPE", "float32")
    ways = list(ways_for("ace-step", device=GPU, has=lambda name: name == "ace-step"))
    assert [way.dtype for way in ways[:4]] == ["float32", "float32", "", ""] and not ways[2].offload and ways[3].offload


def test_a_gpu_that_is_small_begins_with_what_fits_it():
    first = next(iter(ways_for("stable-audio-3", device=SMALL_GPU, has=lambda name: True)))
    assert first.offload and not first.together


def test_nothing_is_offloaded_or_compiled_without_a_gpu(monkeypatch):
    monkeypatch.setenv("CUEWRIGHT_COMPILE", "1")
    ways = list(ways_for("ace-step", device=CPU, has=lambda name: True))
    assert not any(way.offload or way.compiled for way in ways)
    assert next(iter(ways_for("ace-step", device=GPU, has=lambda name: True))).compiled


def test_an_advert_never_steps_down_to_weights_that_are_not_for_it():
    free, ad = (
        {way.weights for way in ways_for("ace-step", use=use, device=GPU, has=lambda name: True)}
        for use in ("film", "ad")
    )
    assert "musicgen" in free and "musicgen" not in ad and "stable-audio-open" in ad
    assert all(checkpoint(name).commercial_use for name in ad)


def test_each_step_is_said():
    whole = Way("ace-step", "ace-step", "cuda:0")
    one = Way("ace-step", "ace-step", "cuda:0", together=False)
    moved = Way("ace-step", "ace-step", "cuda:0", together=False, offload=True)
    shorter = Way("ace-step", "ace-step", "cuda:0", together=False, offload=True, share=0.5)
    small = Way("ace-step", "ace-step-small", "cuda:0", together=False, offload=True)
    assert step(whole, one, 60.0) == Remark.of("studio_careful", step="one by one")
    assert step(one, moved, 60.0).fact("step") == "offload"
    assert step(moved, shorter, 30.0) == Remark.of("studio_shorter", seconds=30)
    assert "2 billion" in str(step(shorter, small, 60.0).fact("model"))


def test_one_model_is_in_memory_at_a_time_and_loaded_once():
    made: list[Way] = []

    def load(way: Way) -> AudioModel:
        made.append(way)
        return Double()

    held = Loaded(load)
    whole = Way("ace-step", "ace-step", "cpu")
    assert held(whole) is held(Way("ace-step", "ace-step", "cpu", together=False, share=0.5))
    held(Way("ace-step", "ace-step-small", "cpu"))
    held(whole)
    assert [way.weights for way in made] == ["ace-step", "ace-step-small", "ace-step"]


@pytest.mark.parametrize("engine", ORDER)
def test_every_engine_has_a_class_and_its_model_is_made_by_name_without_loading(engine):
    made = load_model(Way(engine, engine, "cpu", "float32"))
    assert isinstance(made, AudioModel) and made.name == engine
    assert made.longest_s > 5 and np.isfinite(made.longest_s)
