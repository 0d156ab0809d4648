"""A Space's settings: what lasts lies on the volume where that can hold it, and one address has bounds."""

import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from gradio.context import LocalContext

from assistant import hosted
from assistant.errors import EngineError
from assistant.hosted import can_hold_work, defaults, settle
from assistant.page import sessions
from assistant.page.house import House
from assistant.page.rehearsal import rehearse
from assistant.page.storage import Storage
from assistant.page.turns import Turns
from assistant.settings import from_environment
from assistant.store import BusyError
from models.registry import engine_card, get_engine

SPACE = {"SPACE_ID": "someone/cuewright"}


@pytest.fixture
def volume(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def test_elsewhere_nothing_is_set(volume):
    environ = {"CUEWRIGHT_VOLUME": str(volume), "CPU_CORES": "2"}
    settle(environ)
    assert environ == {"CUEWRIGHT_VOLUME": str(volume), "CPU_CORES": "2"}


def test_work_and_models_lie_on_the_volume_and_threads_are_the_spaces_cores(volume, tmp_path):
    found = defaults({**SPACE, "CUEWRIGHT_VOLUME": str(volume), "CPU_CORES": "2"}, home=tmp_path)
    assert found == {
        "CUEWRIGHT_WORK": str(volume / "cuewright"),
        "HF_HOME": str(volume / ".huggingface"),
        "OMP_NUM_THREADS": "2",
    }
    assert from_environment(found).work_dir == volume / "cuewright"
    assert list(volume.iterdir()) == [], "a look leaves nothing behind"


def test_what_the_environment_says_wins(volume):
    environ = {**SPACE, "CUEWRIGHT_VOLUME": str(volume), "CUEWRIGHT_WORK": "/mine", "HF_HOME": "/models"}
    settle(environ)
    assert (environ["CUEWRIGHT_WORK"], environ["HF_HOME"]) == ("/mine", "/models")


@pytest.mark.parametrize("lack", ["_is_rewritten", "_is_renamed", "_is_logged"])
def test_a_bucket_that_takes_whole_files_only_keeps_models_and_no_work(lack, volume, tmp_path, monkeypatch, caplog):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(hosted, lack, refuse)
    found = defaults({**SPACE, "CUEWRIGHT_VOLUME": str(volume)}, home=tmp_path)
    assert found["CUEWRIGHT_WORK"] == str(tmp_path / "cuewright")
    assert found["HF_HOME"] == str(volume / ".huggingface")
    assert "until the Space restarts" in caplog.text


def test_without_a_volume_and_a_home_work_lies_in_the_temporary_folder(tmp_path):
    nowhere = Path("/proc/self")
    found = defaults({**SPACE, "CUEWRIGHT_VOLUME": str(tmp_path / "none")}, home=nowhere)
    assert "HF_HOME" not in found
    place = Path(tempfile.gettempdir())
    assert Path(found["CUEWRIGHT_WORK"]).parent == place
    assert all(Path(found[name]).is_relative_to(place) for name in hosted.CACHES)


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    assert not can_hold_work(tmp_path / "none")
    assert can_hold_work(tmp_path)


def asked_by(address: str) -> SimpleNamespace:
    return SimpleNamespace(headers={"x-forwarded-for": f"1.2.3.4, {address}"}, client=SimpleNamespace(host="10.0.0.1"))


def held(house, address: str) -> object:
    """A message under way."""
    token = LocalContext.request.set(asked_by(address))
    try:
        holder = sessions._within_bounds(house)
        holder.__enter__()
        return holder
    finally:
        LocalContext.request.reset(token)


def test_one_address_has_so_many_messages_under_way_on_a_space_and_another_its_own(monkeypatch):
    monkeypatch.setenv("SPACE_ID", "someone/cuewright")
    house = SimpleNamespace(turns=Turns())
    under_way = [held(house, "5.6.7.8") for _ in range(sessions.MOST_OF_ADDRESS)]
    with pytest.raises(BusyError):
        held(house, "5.6.7.8")
    held(house, "9.9.9.9").__exit__(None, None, None)
    under_way[0].__exit__(None, None, None)
    held(house, "5.6.7.8")


def test_at_home_nobody_is_counted(monkeypatch):
    monkeypatch.delenv("SPACE_ID", raising=False)
    house = SimpleNamespace(turns=Turns())
    assert len([held(house, "5.6.7.8") for _ in range(10)]) == 10


@pytest.mark.slow
def test_a_rehearsal_comes_to_its_first_sound_and_keeps_no_take(library, settings, tmp_path):
    house = House(library, settings, get_engine, engine_card, ("rules",), "rules", Storage(tmp_path / "sessions"))
    assert rehearse(house)
    assert not list(tmp_path.rglob("*.wav")) and not (tmp_path / "sessions").exists()


def test_a_rehearsal_that_fails_is_logged_and_harms_nobody(library, settings, tmp_path, caplog):
    def nobody(name: str) -> SimpleNamespace:
        def generate(*_: object, **__: object) -> None:
            raise EngineError("no weights", "weights", "bring them")

        return SimpleNamespace(name=name, generate=generate)

    house = House(library, settings, nobody, engine_card, ("rules",), "rules", Storage(tmp_path / "sessions"))
    assert not rehearse(house)
    assert "the rehearsal was broken off: no weights" in caplog.text
