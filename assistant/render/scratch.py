"""A folder for as long as a process lives, and gone after it even if it was killed: the next process clears it away.

Conventions: a process holds a lock on a file in its folder; the lock goes with the process, however it ends. Where a
system has no such locks (Windows), nothing is cleared away.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assistant.locks import hold

_HELD, _YOUNG_S = ".held", 60.0
"""The file that is locked; a folder is left alone until it is so old, for its lock may be on the way."""


@dataclass(frozen=True)
class Scratch:
    """A folder of this process, and the descriptor of the file that it holds: open as long as the process lives."""

    folder: tempfile.TemporaryDirectory[str]
    held: int

    @property
    def path(self) -> Path:
        """Where it is."""
        return Path(self.folder.name)


def scratch(prefix: str) -> Scratch:
    """A folder of this process alone; those of the same prefix whose processes are gone are cleared away first."""
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(OSError):
            _clear(left)
    folder = tempfile.TemporaryDirectory(prefix=prefix)
    held = os.open(Path(folder.name) / _HELD, os.O_RDWR | os.O_CREAT, 0o600)
    with suppress(OSError):
        hold(held)
    return Scratch(folder, held)


def _clear(left: Path) -> None:
    """Remove a folder whose process is gone."""
    path = left / _HELD
    if not path.is_file() or time.time() - path.stat().st_mtime < _YOUNG_S:
        return
    held = os.open(path, os.O_RDWR)
    try:
        if hold(held):
            shutil.rmtree(left, ignore_errors=True)
    finally:
        os.close(held)
