"""Weights of others: what is known of them, what is missing and how it is said, and fetching that asks first."""

import json
from pathlib import Path

import pytest

from assistant.errors import EngineError
from models.studio import checkpoints, fetching
from models.studio.engines import ace_step
from models.studio.values import Request
from models.studio.wholeness import fault_in

WHOLE = b"".join([(len(head := b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}')).to_bytes(8, "little"), head])


@pytest.fixture
def nothing_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with neither weights nor a cache."""
    monkeypatch.setenv("CUEWRIGHT_WEIGHTS", str(tmp_path))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *args, **more: None)
    return tmp_path


def written(root: Path, name: str) -> Path:
    """A folder that holds what a checkpoint needs, in the smallest files that count."""
    for file in checkpoints.checkpoint(name).files:
        path = root / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}" if file.endswith(".json") else WHOLE + b"\0\0\0\0")
    return root / name


@pytest.mark.parametrize("engine", sorted(checkpoints.checkpoints()))
def test_every_engine_has_weights_with_a_commit_and_a_licence(engine: str) -> None:
    known = checkpoints.checkpoint(engine)
    assert len(known.revision) == 40 and known.licence_url.startswith("https://")
    assert known.commercial_use == ("NC" not in known.licence)
    assert not known.smaller or checkpoints.checkpoint(known.smaller).bytes < known.bytes


def test_unknown_weights_are_refused_with_those_there_are() -> None:
    with pytest.raises(EngineError, match=r"one of stable-audio-3,.*musicgen-melody"):
        checkpoints.checkpoint("suno")


def test_what_is_not_here_is_said_with_its_size_and_its_cure(nothing_here: Path) -> None:
    said = checkpoints.missing("ace-step")
    assert "(about 11.5 GB) are not on this machine" in said and said.endswith("checkpoints fetch ace-step")
    with pytest.raises(EngineError, match=r"engine 'ace-step': its weights .* fetch ace-step"):
        ace_step.load().paint(Request("calm", 2.0))


def test_a_machine_kept_offline_is_told_so(nothing_here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "unset HF_HUB_OFFLINE" in checkpoints.missing("musicgen")


def test_weights_that_are_gated_or_need_converting_say_so(nothing_here: Path) -> None:
    said = checkpoints.missing("stable-audio-3")
    assert "agree to its licence at huggingface.co/stabilityai/stable-audio-3-medium" in said and "convert it" in said


def test_whole_weights_are_ready_and_their_commit_is_known(nothing_here: Path) -> None:
    where = written(nothing_here, "ace-step")
    assert checkpoints.missing("ace-step") == "" and checkpoints.folder("ace-step") == where
    assert checkpoints.commit("ace-step") == ""
    (where / "cuewright.json").write_text(json.dumps({"commit": "abc"}))
    assert checkpoints.commit("ace-step") == "abc"


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("vae/diffusion_pytorch_model.safetensors", None, "vae/diffusion_pytorch_model.safetensors is not there"),
        ("vae/diffusion_pytorch_model.safetensors", b"", "is empty"),
        ("vae/diffusion_pytorch_model.safetensors", WHOLE + b"\0", "is damaged"),
        ("vae/diffusion_pytorch_model.safetensors", b"version https://git-lfs.github.com/spec/v1", "is damaged"),
        ("transformer/config.json", b"{", "transformer/config.json is damaged"),
    ],
)
def test_what_is_incomplete_is_named_with_its_file(
    nothing_here: Path, file: str, content: bytes | None, said: str
) -> None:
    path = written(nothing_here, "ace-step") / file
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    missing = checkpoints.missing("ace-step")
    assert "are incomplete" in missing and said in missing and "fetch ace-step" in missing
    with pytest.raises(EngineError, match="are incomplete"):
        ace_step.load().warm()


def test_weights_may_be_split_and_each_part_is_looked_at(tmp_path: Path) -> None:
    parts = ["a-00001-of-00002.safetensors", "a-00002-of-00002.safetensors"]
    index = tmp_path / "a.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": dict(zip("xy", parts, strict=True))}))
    (tmp_path / parts[0]).write_bytes(WHOLE + b"\0\0\0\0")
    assert fault_in(tmp_path, ["a.safetensors"]) == f"{parts[1]} is not there"
    (tmp_path / parts[1]).write_bytes(WHOLE + b"\0\0\0\0")
    assert fault_in(tmp_path, ["a.safetensors"]) == ""


class Hub:
    """What the hub's client is asked for, and what it answers."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.asked = error, dict[str, object]()

    def model_info(self, repository: str, revision: str) -> "Hub":
        if self.error:
            raise self.error
        self.sha = "f" * 40
        return self

    def snapshot(self, repository: str, **more: object) -> str:
        self.asked = {"repository": repository, **more}
        Path(str(more["local_dir"])).mkdir()
        return str(more["local_dir"])


def use(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: hub)
    monkeypatch.setattr("huggingface_hub.snapshot_download", hub.snapshot)
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 10**12}))


def test_fetching_says_how_much_first_pins_the_commit_and_records_it(
    nothing_here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(hub := Hub(), monkeypatch)
    assert checkpoints.main(["fetch", "musicgen-melody"]) == 0
    said = capsys.readouterr()
    assert "about 6.2 GB, CC-BY-NC-4.0" in said.err and said.out.strip() == str(nothing_here / "musicgen-melody")
    assert hub.asked["revision"] == "f" * 40 and checkpoints.commit("musicgen-melody") == "f" * 40
    assert not any(str(pattern).endswith(".bin") for pattern in hub.asked["allow_patterns"])  # type: ignore[attr-defined]


def test_weights_to_convert_are_fetched_beside_with_the_command_that_converts_them(
    nothing_here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(Hub(), monkeypatch)
    assert checkpoints.main(["fetch", "stable-audio-3-small"]) == 0
    said = capsys.readouterr().err
    assert (nothing_here / "stable-audio-3-small-original").is_dir()
    assert f"--output_dir {nothing_here / 'stable-audio-3-small'} " in said


def test_no_network_is_said_with_the_cure(
    nothing_here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(Hub(ConnectionError("Name or service not known")), monkeypatch)
    assert checkpoints.main(["fetch", "ace-step"]) == 2
    assert "connect to the network and try again, or copy the files" in capsys.readouterr().err


def test_a_disk_that_is_too_small_is_said_before_anything_is_fetched(
    nothing_here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(hub := Hub(), monkeypatch)
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 10**9}))
    with pytest.raises(EngineError, match=r"11.5 GB .* 1.0 GB free"):
        fetching.fetch("ace-step")
    assert not hub.asked


def test_listing_names_all_and_looks_at_no_network(nothing_here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checkpoints.main([]) == 0
    said = capsys.readouterr().out
    assert all(f"{name}: " in said for name in checkpoints.checkpoints()) and "no commercial use" in said
