"""A pytest plug-in: several runs of the same tests share them, file by file, so that every core has work to the end.

Each run collects all tests and claims the next file that nobody has, by making an empty file of its name in the folder
that `FOLDER` names; a file's tests stay together, as their fixtures want. Switched on by ``-p tests.sharing``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

FOLDER = "CUEWRIGHT_TEST_CLAIMS"


def claimed(items: list[pytest.Item], folder: Path) -> Iterator[pytest.Item]:
    """The tests of the files that this run claims, one file at a time."""
    for path, group in groupby(items, key=lambda item: str(item.path)):
        try:
            (folder / hashlib.sha256(path.encode()).hexdigest()).touch(exist_ok=False)
        except FileExistsError:
            continue
        yield from group


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run what is claimed; as pytest's own loop otherwise."""
    if session.config.option.collectonly or session.testsfailed:
        return None
    mine = claimed(session.items, Path(os.environ[FOLDER]))
    item = next(mine, None)
    while item is not None:
        after = next(mine, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = after
    return True
