"""The page without a browser: importing acts on nothing, sessions never meet, storage holds its limits."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assistant.errors import OutputError
from assistant.page.storage import Storage
from tests.conftest import ROOT


def test_importing_the_app_imports_no_gradio_and_writes_nothing(tmp_path):
    script = "import sys, app; sys.exit('gradio' in sys.modules or 'torch' in sys.modules)"
    before = set(tmp_path.iterdir())
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=os.environ | {"CUEWRIGHT_WORK": str(tmp_path)}, timeout=120
    )
    assert done.returncode == 0
    assert set(tmp_path.iterdir()) == before


def test_app_stays_under_two_hundred_lines():
    assert len((ROOT / "app.py").read_text().splitlines()) < 200


def test_two_sessions_have_folders_that_nobody_can_guess(tmp_path):
    storage = Storage(tmp_path)
    one, two = storage.new_session_id(), storage.new_session_id()
    assert one != two and len(one) == 32
    assert storage.folder_of(one) != storage.folder_of(two)
    assert storage.take_folder(one, 1).parent == storage.folder_of(one)


@pytest.mark.parametrize("bad", ["", "../etc", "a" * 31, "A" * 32, "g" * 32, "a" * 32 + "/.."])
def test_a_made_up_session_reaches_no_folder(tmp_path, bad):
    with pytest.raises(OutputError, match="hexadecimal"):
        Storage(tmp_path / "root").folder_of(bad)
    assert not (tmp_path / "root").exists()


def test_a_take_that_was_broken_off_is_never_overwritten(tmp_path):
    storage = Storage(tmp_path)
    session = storage.new_session_id()
    first = storage.take_folder(session, 1)
    first.mkdir(parents=True)
    assert storage.take_folder(session, 1) != first


@pytest.mark.parametrize(
    "name", ["clip.MP4", "no extension", "../../x.mov", "bad.sh; rm -rf", "猫.webm", "x." + "y" * 99]
)
def test_an_uploaded_name_never_becomes_a_path(tmp_path, name):
    storage = Storage(tmp_path / "root")
    session = storage.new_session_id()
    uploaded = tmp_path / Path(name).name
    uploaded.write_bytes(b"film")
    kept = storage.keep_clip(session, uploaded)
    assert kept.parent == storage.folder_of(session)
    assert kept.name.startswith("clip-1")
    assert kept.read_bytes() == b"film"


def test_old_work_is_erased_and_fresh_work_and_strangers_files_stay(tmp_path):
    storage = Storage(tmp_path)
    old, fresh = storage.folder_of("0" * 32), storage.folder_of("1" * 32)
    stranger = tmp_path / "notes"
    stranger.mkdir()
    for path in (old, stranger):
        os.utime(path, (time.time() - 10_000,) * 2)
    storage.erase_older_than(5_000)
    assert not old.exists()
    assert fresh.exists() and stranger.exists()
