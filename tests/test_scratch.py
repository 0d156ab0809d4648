"""A process's folder: there while it lives, gone after it, however it ends."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from assistant.render.scratch import scratch

pytest.importorskip("fcntl")
SCRIPT = (
    "import os, signal, sys; from assistant.render.scratch import scratch; kept = scratch('cw-test-'); "
    "print(kept.path, flush=True); sys.stdin.readline(); os.kill(os.getpid(), signal.SIGKILL)"
)


def test_the_folder_of_a_killed_process_is_cleared_away_and_that_of_a_living_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[1],
    ) as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        os.utime(theirs / ".held", (0, 0))
        first = scratch("cw-test-")
        assert theirs.is_dir(), "its process lives"
        other.communicate("\n")
    second = scratch("cw-test-")
    assert not theirs.exists() and first.path.is_dir() and second.path.is_dir()
    for each in (first, second):
        os.close(each.held)
        each.folder.cleanup()
