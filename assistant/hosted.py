"""What a Hugging Face Space says of itself, as settings: where work and models are kept, how many cores there are.

Conventions: a Space is known by ``SPACE_ID``; elsewhere nothing here does anything. These are defaults: a variable that
the environment has always wins. Nothing is read at import.

A volume at ``/data`` outlives restarts, but today's are buckets behind a file system of their own, which may take whole
files only. What must be written in the middle and locked, as SQLite's log must, is tried there before it is trusted.

It does not know how long work is kept (`assistant.store.limits`) nor whose turn it is (`assistant.page.turns`).

Sources: huggingface.co/docs/hub/spaces-overview (variables), spaces-storage (volumes), huggingface_hub's ``HF_HOME``.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import tempfile
from collections.abc import Mapping, MutableMapping
from contextlib import closing
from pathlib import Path

log = logging.getLogger(__name__)

VOLUME = Path("/data")
"""Where a Space's volume is mounted unless its owner chose another place (``CUEWRIGHT_VOLUME``)."""
WORK, MODELS = "cuewright", ".huggingface"
CACHES = {"XDG_CACHE_HOME": "cache", "MPLCONFIGDIR": "matplotlib", "NUMBA_CACHE_DIR": "numba"}
"""Folders that libraries want to write to, which lie in the home folder unless these say otherwise."""


def is_space(environ: Mapping[str, str]) -> bool:
    """Whether this is a Hugging Face Space.

    Examples
    --------
    >>> is_space({"SPACE_ID": "someone/cuewright"}), is_space({})
    (True, False)
    """
    return bool(environ.get("SPACE_ID"))


def settle(environ: MutableMapping[str, str] = os.environ) -> None:
    """Fill in what the environment leaves open, before anything reads it; nothing where this is no Space."""
    for name, value in defaults(environ).items():
        environ.setdefault(name, value)


def defaults(environ: Mapping[str, str], *, home: Path | None = None) -> dict[str, str]:
    """What a Space's environment should say besides.

    Parameters
    ----------
    environ : mapping
    home : Path, optional
        The home folder, found where it is not given.

    Returns
    -------
    dict
        Variables with their values; empty where this is no Space.
    """
    if not is_space(environ):
        return {}
    home = home or _home()
    volume = Path(environ.get("CUEWRIGHT_VOLUME") or VOLUME)
    found = _caches(home)
    if can_be_written(volume):
        found["HF_HOME"] = str(volume / MODELS)
    if can_hold_work(volume):
        found["CUEWRIGHT_WORK"] = str(volume / WORK)
    else:
        found["CUEWRIGHT_WORK"] = str((home if can_be_written(home) else Path(tempfile.gettempdir())) / WORK)
        log.warning("work is kept until the Space restarts: no volume at %s that can hold it", volume)
    if environ.get("CPU_CORES", "").isdecimal():
        found["OMP_NUM_THREADS"] = environ["CPU_CORES"]  # the machine has many more than the Space may use
    return found


def can_be_written(folder: Path) -> bool:
    """Whether files can be made in a folder."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"1")
    except OSError:
        return False
    return True


def can_hold_work(folder: Path) -> bool:
    """Whether a folder takes what sessions and takes need: writing in the middle, a folder's new name, SQLite's log."""
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".cuewright-", ignore_cleanup_errors=True) as name:
            return _is_rewritten(Path(name) / "head") and _is_renamed(Path(name)) and _is_logged(Path(name) / "log")
    except (OSError, sqlite3.Error):
        return False


def _is_rewritten(path: Path) -> bool:
    """A sound file's head is written again when its length is known."""
    with path.open("wb") as file:
        file.write(b"head" + bytes(4096))
        file.seek(0)
        file.write(b"HEAD")
    return path.read_bytes()[:5] == b"HEAD\0" and path.stat().st_size == 4100


def _is_renamed(folder: Path) -> bool:
    """A delivery is whole or not there: it is made under another name."""
    (folder / "part").mkdir()
    (folder / "part" / "file").write_bytes(b"1")
    (folder / "part").rename(folder / "whole")
    return (folder / "whole" / "file").read_bytes() == b"1"


def _is_logged(path: Path) -> bool:
    """The store reads beside a writer, which shares memory through a file."""
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(path)) as two:
        is_on = one.execute("pragma journal_mode=wal").fetchone()[0] == "wal"
        one.execute("create table t (n integer)")
        one.execute("insert into t values (7)")
        one.commit()
        return bool(is_on and two.execute("select n from t").fetchone() == (7,))


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # no home is known for this user
        return Path(os.devnull)


def _caches(home: Path) -> dict[str, str]:
    """Places for what libraries keep, where the home folder takes nothing."""
    if can_be_written(home):
        return {}
    place = Path(tempfile.gettempdir()) / f"{WORK}-caches"
    return {name: str(place / folder) for name, folder in CACHES.items()}
