"""The bench of engines at full size: all of it runs on tiny networks, and says that figures are still to be taken."""

import json

import pytest
import torch

from models.evaluation import gpu_bench, gpu_composer, gpu_models
from models.transformer import vocabulary as v
from models.transformer.decoding import Decoder
from models.transformer.network import Composer, Shape

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # torch.nn.utils.weight_norm, within diffusers


def test_tiny_networks_run_all_of_it_and_no_figure_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu_bench.main(["--tiny", "--no-compile"]) == 0
    said = capsys.readouterr().out
    for table in gpu_models.tables().values():
        assert f"| {table['title']} | words | {gpu_bench.TO_COME} |" in said
        assert f"| {table['published']} |" in said
    assert said.count(gpu_bench.TO_COME) >= 4 * 3 * 5 + 3 * 2
    assert "96 windows of 1024 rows" in said and "256 sequences" in said and "60 s on the processor" in said


@pytest.mark.parametrize(
    "names", ["stable-audio-3-small", pytest.param("", marks=pytest.mark.slow, id="every network")]
)
def test_tiny_networks_run_compiled_too(names: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu_bench.main(["--tiny", "--only", names]) == 0
    assert "96 windows of 1024 rows, compiled" in capsys.readouterr().out


def test_without_a_gpu_it_takes_no_figures_and_says_how_to_prove_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu_bench.main(["--device", "cpu"]) == 2
    assert "add --tiny" in capsys.readouterr().err
    assert gpu_bench.main(["--tiny", "--only", "stable-audio-9"]) == 2
    assert "one of stable-audio-3-small" in capsys.readouterr().err


def test_figures_are_seconds_times_real_time_and_the_peak() -> None:
    options = gpu_bench.Options("cpu", length_s=60.0)
    plain, fast = gpu_bench.Measured(0.5, 7.25, 3.0), gpu_bench.Measured(0.25, 7.0, 40.25)
    assert gpu_bench._figures(plain, fast, options) == ("0.50", "120", "7.2", "0.25", "40")
    assert gpu_bench._figures(gpu_bench.Measured(0.5, None, 3.0), None, options)[2:] == ("not counted", "", "")


@pytest.mark.parametrize(
    ("name", "millions"),
    [
        ("stable-audio-3-small", {"transformer": 459, "vae": 107, "text_encoder": 282}),
        ("stable-audio-3-medium", {"transformer": 1453, "vae": 852, "text_encoder": 282}),
        ("ace-step-turbo", {"transformer": 1580, "condition_encoder": 609, "vae": 169, "text_encoder": 596}),
    ],
)
def test_networks_are_as_large_as_they_are_published(name: str, millions: dict[str, int]) -> None:
    table = gpu_models.tables()[name]
    with torch.device("meta"):
        made = gpu_models.BUILDERS[table["family"]](gpu_models.parts_of(table, tiny=False), torch.float32)
    found = {part: sum(each.numel() for each in getattr(made, part).parameters()) / 1e6 for part in millions}
    assert found == pytest.approx(millions, rel=0.01)


def test_musicgen_is_of_the_shape_that_is_published() -> None:
    made = gpu_models.parts_of(gpu_models.tables()["musicgen-small"], tiny=False)
    assert json.dumps(made["decoder"], sort_keys=True).count("1024") == 1
    assert made["codec"]["sampling_rate"] / 8 / 5 / 4 / 4 == 50


def test_the_decoder_on_a_device_writes_what_the_engines_own_does() -> None:
    torch.manual_seed(0)
    model = Composer(Shape(width=24, layers=2, heads=2, context=16)).eval()
    rows = gpu_composer._batch(gpu_composer.TINY)[0][0].numpy()
    assert rows.shape[1] == len(v.FIELDS)
    with torch.inference_mode():
        own = Decoder(model, 2, torch.float32)
        other = gpu_composer.OnDevice(model, 2, torch.device("cpu"), torch.float32)
        for at in range(4):
            fed = [rows[at : at + 1], rows[at + 4 : at + 5]]
            assert torch.equal(own.feed(fed), other.feed(fed))
