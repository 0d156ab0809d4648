"""Where takes are written: a folder that is free, and can be made.

Conventions: a folder that holds a take is never written into.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path

from assistant.errors import OutputError


def named_folder(words: str) -> Path:
    """The folder that words name; one without a name of its own, such as ``..``, is made absolute."""
    if not words.strip():
        raise OutputError(f"output folder {words!r}", "a folder that can be written", "name one with --out")
    folder = Path(words)
    return folder if folder.name.strip(".") else Path(os.path.abspath(folder))


def free_folder(wanted: Path) -> Path:
    """The folder itself when it is absent or empty, else the first free one beside it."""
    if not wanted.exists() or (wanted.is_dir() and not any(wanted.iterdir())):
        return wanted
    stem = re.sub(r"-take\d+$", "", wanted.name)
    number = 2
    while (candidate := wanted.parent / f"{stem}-take{number}").exists():
        number += 1
    return candidate


def check_writable(folder: Path) -> None:
    """Before any work is done: can the folder be made? A folder made beside it and taken away again tells."""
    legal, cure = "a folder that can be written", "choose another with --out"
    try:
        with contextlib.suppress(FileNotFoundError):
            folder.lstat()
        place = folder.absolute().parent
        while not place.exists():
            place = place.parent
        tempfile.TemporaryDirectory(dir=place, prefix=".cuewright-").cleanup()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no path"
        raise OutputError(f"output folder {str(folder)!r:.200} ({reason})", legal, cure) from error
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"output folder {str(folder)!r} (a file is there)", legal, cure)
