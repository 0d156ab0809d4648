"""What goes to a Space: the folder, its versions, its secrets, and the way there, to a Hub on this machine."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import huggingface_hub.constants as hub_constants
import pytest
import yaml
from packaging.requirements import Requirement

from assistant.errors import AssistantError, InputError
from tests.conftest import ROOT
from tests.hub_double import TOKEN, WHERE, hub
from tests.space import __main__ as command
from tests.space.__main__ import check, main
from tests.space.contents import (
    LARGEST_REGULAR,
    attributes,
    by_lfs,
    files_of,
    pinned,
    read_settings,
    readme,
    requirements,
    write_folder,
)
from tests.space.inspection import FORMS, is_binary, secrets_in
from tests.space.upload import upload

# huggingface_hub 2.4 uploads through LFS in a way that its httpx2 warns about.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def there(monkeypatch, tmp_path):
    """A Hub that huggingface_hub talks to instead of the real one, by LFS."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(hub_constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(hub_constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(hub_constants, "HF_HUB_DISABLE_TELEMETRY", True)
    with hub() as made:
        monkeypatch.setattr(hub_constants, "ENDPOINT", made.address)
        yield made


@pytest.fixture
def small(tmp_path):
    """A folder of three texts and two binaries."""
    folder = tmp_path / "small"
    (folder / "weights").mkdir(parents=True)
    (folder / "README.md").write_text("---\ntitle: Small\nsdk: gradio\n---\n\n# Small\n")
    (folder / "app.py").write_text("print('naïve')\n", "utf-8")
    (folder / "weights" / "a.bin").write_bytes(b"\0\1" * 50)
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    (folder / ".gitattributes").write_text(attributes(folder))
    return folder


def test_the_whole_tree_goes_to_a_hub_with_every_binary_through_lfs(there, tmp_path, capsys):
    folder = tmp_path / "space"
    assert main(["--out", str(folder), "--upload", WHERE]) == 0, capsys.readouterr().err
    files = files_of(folder)
    binaries = {name.as_posix() for name in files if is_binary(folder / name)}
    assert len(binaries) >= 8 and "models/transformer/weights/composer.safetensors" in binaries
    assert set(there.pointers) == binaries
    for name, (oid, size) in there.pointers.items():
        data = (folder / name).read_bytes()
        assert (oid, size) == (hashlib.sha256(data).hexdigest(), len(data)) and there.objects[oid] == data
    texts = {name.as_posix() for name in files} - binaries
    assert set(there.texts) == texts
    assert not [name for name in texts if there.texts[name] != (folder / name).read_bytes()]
    assert there.created["type"] == "space" and there.created["sdk"] == "gradio"
    assert there.created["visibility"] == "private"
    assert TOKEN.encode() not in b"".join((folder / name).read_bytes() for name in files)
    assert TOKEN not in capsys.readouterr().out
    assert {"app.py", "requirements.txt", "packages.txt", "prompts/instruments.toml"} <= set(there.texts)
    assert not [name for name in there.texts if name.startswith(("tests/", ".ci/", "models/evaluation/"))]


def test_what_was_there_and_is_no_more_goes(there, small):
    upload(small, files_of(small), WHERE, "cpu-basic", token=TOKEN)
    (small / "app.py").rename(small / "main.py")
    (small / "weights" / "a.bin").unlink()
    upload(small, files_of(small), WHERE, "cpu-basic", token=TOKEN)
    assert set(there.texts) == {".gitattributes", "README.md", "main.py"}
    assert set(there.pointers) == {"picture.png"}


def test_a_hub_that_would_take_a_binary_as_text_gets_none(there, small):
    there.takes_all_as_text = True
    with pytest.raises(AssistantError, match=r"would take .* as text"):
        upload(small, files_of(small), WHERE, "cpu-basic", token=TOKEN)
    assert set(there.texts) == {".gitattributes"}


def test_the_hub_double_refuses_small_binaries_as_the_hub_does(there, small):
    from huggingface_hub import HfApi

    with pytest.raises(Exception, match="contains binary files"):
        HfApi(token=TOKEN).upload_folder(
            repo_id=WHERE, folder_path=small, repo_type="space", ignore_patterns=[".gitattributes"]
        )


def test_a_wrong_token_is_refused_in_words(there, small):
    with pytest.raises(AssistantError, match="the Hub refused"):
        upload(small, files_of(small), WHERE, "cpu-basic", token="hf_wrong")


def test_without_a_token_or_a_name_nothing_is_asked(there, small, monkeypatch, capsys):
    with pytest.raises(InputError, match="OWNER/NAME"):
        upload(small, files_of(small), "cuewright", "cpu-basic", token=TOKEN)
    assert there.calls == []


@pytest.mark.slow
def test_every_binary_goes_through_xet_where_it_is_there(there, small, monkeypatch):
    monkeypatch.setattr(hub_constants, "HF_HUB_DISABLE_XET", False)
    upload(small, files_of(small), WHERE, "cpu-basic", token=TOKEN)
    assert set(there.pointers) == {"picture.png", "weights/a.bin"}
    assert there.chunked > 100 and not there.objects
    data = (small / "weights" / "a.bin").read_bytes()
    assert there.pointers["weights/a.bin"] == (hashlib.sha256(data).hexdigest(), len(data))


@pytest.mark.parametrize("kind", ["cpu-basic", "zero-a10g"])
def test_the_head_and_the_versions_are_what_spaces_take(kind):
    settings = read_settings()
    hardware = settings.on(kind)
    head = yaml.safe_load(readme("# Title\n", settings, hardware).split("---\n")[1])
    assert head["sdk"] == "gradio" and head["sdk_version"] == pinned()["gradio"] and head["app_file"] == "app.py"
    assert re.fullmatch(r"3\.1[1-4](\.\d+)?", head["python_version"])
    lines = [line for line in requirements(settings, hardware).splitlines() if line[:1] not in "#-"]
    versions = {Requirement(line).name: line.partition("==")[2] for line in lines}
    assert all(versions.values()) and "gradio" not in versions
    assert (versions["pydantic"], versions["pydantic-core"]) == ("2.12.5", "2.41.5")  # what gradio[mcp] takes
    declared = re.findall(r'^    "([A-Za-z0-9_.-]+)[>=<]', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    wanted = {name.lower().replace("_", "-") for name in declared[: declared.index("atheris")]}
    assert wanted - set(versions) == {"gradio"}
    if kind == "zero-a10g":
        assert head["python_version"] == "3.12.12" and versions["torch"] in ("2.8.0", "2.9.1", "2.10.0", "2.11.0")
        assert "spaces" in versions


def test_a_head_of_the_readme_says_nothing_else():
    found = re.match(r"---\n(.*?)\n---\n", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    kept = yaml.safe_load(found[1]) if found else {}
    assert kept == {name: read_settings().head[name] for name in kept}


def test_a_head_takes_the_place_of_another():
    settings = read_settings()
    hardware = settings.on("cpu-basic")
    assert readme("---\ntitle: Old\n---\n\n# T\n", settings, hardware) == readme("# T\n", settings, hardware)


def test_only_files_that_git_tracks_go_along(tmp_path):
    stray = ROOT / "prompts" / "stray-for-a-test.toml"
    stray.write_text("token = 1")
    try:
        settings = read_settings()
        files = write_folder(tmp_path / "space", settings, settings.on("cpu-basic"))
    finally:
        stray.unlink()
    assert Path("prompts/stray-for-a-test.toml") not in files and Path("app.py") in files


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "work.txt").write_text("mine")
    settings = read_settings()
    with pytest.raises(InputError, match="made before"):
        write_folder(tmp_path, settings, settings.on("cpu-basic"))
    assert (tmp_path / "work.txt").read_text() == "mine"


def test_texts_that_are_too_large_and_binaries_of_any_name_go_through_lfs(tmp_path):
    (tmp_path / "long.jsonl").write_bytes(b"1\n" * (LARGEST_REGULAR // 2 + 1))
    (tmp_path / "short.jsonl").write_text("1\n")
    (tmp_path / "raw").write_bytes(b"\0")
    text = attributes(tmp_path)
    assert [by_lfs(text, Path(name)) for name in ("long.jsonl", "short.jsonl", "raw")] == [True, False, True]


EXAMPLES = {
    "a Hugging Face token": "hf_" + "aB3" * 12,
    "an OpenAI or Anthropic key": "sk-" + "ant-" + "aB3_" * 8,
    "a GitHub token": "ghp_" + "aB3" * 12,
    "a GitLab token": "glpat" + "-" + "aB3" * 8,
    "a PyPI token": "pypi-" + "AgEI" + "aB3" * 20,
    "an AWS key": "AKIA" + "AB34" * 4,
    "a Google key": "AIza" + "aB345" * 7,
    "a Slack token": "xoxb" + "-" + "1234567890-" * 3,
    "a Stripe key": "sk_" + "live_" + "aB3" * 8,
    "a signed web token": ".".join(("eyJ" + "aB3" * 6, "eyJ" + "aB3" * 6, "aB3" * 6)),
    "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "a name and password in an address": "https://me:" + "s3cret!@example.org/",
}


def test_every_form_of_secret_has_an_example():
    assert set(EXAMPLES) == set(FORMS)


@pytest.mark.parametrize("what", EXAMPLES)
def test_a_secret_is_found_named_by_its_place_and_not_repeated(what, tmp_path):
    (tmp_path / "a.py").write_text(f"x = 1\ny = f({EXAMPLES[what]!r})\n")
    found = list(secrets_in(tmp_path, [Path("a.py")], {}))
    assert found == [f"a.py:2: {what}"]
    (tmp_path / ".gitattributes").write_text("")
    with pytest.raises(InputError, match="no secret in any file") as refused:
        check(tmp_path, [Path("a.py")])
    assert EXAMPLES[what] not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ('API_KEY = "' + "0123456789abcdef0" + '"', True),
        ("password: 'correct-horse-battery-9'", True),
        ('secret="cuewright-visitor"', False),
        ("token = os.environ['HF_TOKEN']", False),
        ("https://huggingface.co/docs/hub", False),
        ("http://localhost:8080/v1", False),
    ],
)
def test_an_assigned_secret_is_told_from_words_about_secrets(text, is_found, tmp_path):
    (tmp_path / "a.py").write_text(text)
    assert bool(list(secrets_in(tmp_path, [Path("a.py")], {}))) == is_found


def test_what_the_environment_keeps_secret_is_found_in_binaries_and_keys_by_their_names(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"\0\1my-own-secret\2")
    (tmp_path / ".env").write_text("")
    found = list(secrets_in(tmp_path, [Path("a.bin"), Path(".env")], {"CUEWRIGHT_LLM_KEY": "my-own-secret", "A": "\0"}))
    assert found == ["a.bin: the value of CUEWRIGHT_LLM_KEY", ".env: a file of keys by its name"]


def test_a_dry_run_asks_nobody_and_lists_every_file(there, tmp_path, capsys, monkeypatch):
    few = replace(read_settings(), files=("app.py", "models/transformer/weights/"))
    monkeypatch.setattr(command, "read_settings", lambda: few)
    assert main(["--out", str(tmp_path / "space"), "--hardware", "zero-a10g", "--dry-run", WHERE]) == 0
    told = capsys.readouterr().out
    assert there.calls == []
    for name in files_of(tmp_path / "space"):
        assert f"  {name}\n" in told
    assert re.search(r"lfs +13,\d+,\d+  models/transformer/weights/composer.safetensors", told)


def test_bad_hardware_is_refused_with_the_legal_ones(tmp_path, capsys):
    assert main(["--out", str(tmp_path / "space"), "--hardware", "abacus"]) == 2
    assert "one of cpu-basic, zero-a10g" in capsys.readouterr().err


def test_a_place_that_is_no_folder_is_told_in_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("years of work")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        assert main(["--out", str(place)]) == 2
        assert "made before" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "years of work"


def test_a_folder_that_is_somebody_elses_is_never_written_over(tmp_path):
    (tmp_path / ".gitattributes").write_text("*.bin filter=lfs\n")
    (tmp_path / "thesis.txt").write_text("years of work")
    settings = read_settings()
    with pytest.raises(InputError, match="made before"):
        write_folder(tmp_path, settings, settings.on("cpu-basic"))
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
