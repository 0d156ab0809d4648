"""`make test` fails when any of its rows does, a row that was killed too."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import both
from tests.both import Row


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        (["pass", "pass"], 0),
        (["pass", "sys.exit(1)"], 1),
        (["pass", "os.kill(os.getpid(), 9)"], 1),
        (["sys.exit(5)"], 1),
    ],
)
def test_every_row_must_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rows: list[str], status: int) -> None:
    waiting, began = iter(rows * both.MOST_ROWS), list[Row]()

    def begun(title: str, marks: str, **more: object) -> Row:
        command = [sys.executable, "-c", f"import os, sys; {next(waiting)}"]
        began.append(Row(title, None, subprocess.Popen(command, text=True)))
        return began[-1]

    monkeypatch.setattr(both, "_begun", begun)
    assert both.main([]) == status
    assert all(row.process.returncode is not None for row in began), "each is waited for, and its words are heard"
