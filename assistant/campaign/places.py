"""Where a campaign's folders end up: a folder of this machine, or any place that fsspec reaches (s3, gs, a share).

Conventions: a place is named by its address, so that a worker elsewhere can open it: ``/spots``, ``file:///spots``,
``s3://bucket/spots``. What a variant is made of lies under its id, and is whole when ``variant.json``, its outcome, is
there. Every attempt at a variant writes under a name of its own, in `ATTEMPTS`, and moves from there: in one step
where the place is a folder, file by file and ``variant.json`` last where it has no such step. An attempt that finds the
variant whole throws its own work away, so that work done twice counts once.

It does not know what a variant is made of, nor who makes it.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assistant.campaign.making import VARIANT_FILE, outcome_in
from assistant.campaign.values import Outcome
from assistant.errors import InputError, OutputError
from assistant.records import from_json, to_json

ATTEMPTS = ".attempts"
"""The folder of what is not whole yet."""

_AT_ONCE = 16
"""Outcomes asked for at a time."""


class Place:
    """A place by its address; it travels between processes by its address alone.

    Parameters
    ----------
    address : str
    inside : str
        A folder in it, which is the place then.

    Raises
    ------
    InputError
        If the address names a kind of place that is unknown, or whose package is not installed.
    """

    def __init__(self, address: str, inside: str = "") -> None:
        self.address, self.inside = address, inside
        self._opened: tuple[Any, str] | None = None
        self._open()

    def __reduce__(self) -> tuple[type[Place], tuple[str, str]]:
        return Place, (self.address, self.inside)

    @property
    def folder(self) -> Path | None:
        """The folder of this machine that the place is; None where it is none."""
        from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped,unused-ignore]

        files, root = self._open()
        return Path(root) if isinstance(files, LocalFileSystem) else None

    @contextmanager
    def workroom(self) -> Iterator[Path]:
        """A folder of this machine for one attempt, named after it; it is gone afterwards, and all that is left in it.

        Where the place is a folder, the room lies in it, so that what was made there moves in one step.
        """
        attempt, folder = uuid.uuid4().hex[:12], self.folder
        if folder is None:
            with TemporaryDirectory(prefix="cuewright-") as room:
                (inside := Path(room) / attempt).mkdir()
                yield inside
            return
        room_here = folder / ATTEMPTS / attempt
        room_here.mkdir(parents=True)
        try:
            yield room_here
        finally:
            shutil.rmtree(room_here, ignore_errors=True)

    def outcome(self, variant_id: str) -> Outcome | None:
        """The outcome of a variant; None while it is not whole."""
        files, root = self._open()
        try:
            return _read(files.cat_file(f"{root}/{variant_id}/{VARIANT_FILE}"))
        except FileNotFoundError:
            return None

    def standing(self, variant_id: str, digest: str) -> Outcome | None:
        """The outcome of a variant that is whole and was made of the very same; None where there is none."""
        there = self.outcome(variant_id)
        return there if there is not None and there.digest == digest else None

    def outcomes(self) -> Iterator[Outcome]:
        """The outcome of every variant that is whole."""
        files, root = self._open()
        files.invalidate_cache()
        try:
            names = sorted(name.rstrip("/").rpartition("/")[2] for name in files.ls(root, detail=False))
        except FileNotFoundError:
            return
        paths = [f"{root}/{name}/{VARIANT_FILE}" for name in names if not name.startswith(".")]
        with ThreadPoolExecutor(_AT_ONCE) as pool:  # cat of many takes brackets for a pattern
            for text in pool.map(lambda path: _text(files, path), paths):
                if text is not None and (outcome := _read(text)) is not None:
                    yield outcome

    def keep(self, made: Path, outcome: Outcome) -> Outcome:
        """Take a finished folder, made in a `workroom`, as the variant's; the outcome that stands now.

        Where the place has the very variant already, that one and its outcome stay, and what was made goes.

        Raises
        ------
        OutputError
            If the place cannot be written.
        """
        if (there := self.standing(outcome.variant_id, outcome.digest)) is not None:
            return there
        folder = self.folder
        return self._upload(made, outcome) if folder is None else _move(made, folder, outcome)

    def put(self, path: Path, name: str) -> None:
        """Write a file of this machine into the place, whole or not at all, over what was there."""
        files, root = self._open()
        draft = f"{root}/{ATTEMPTS}/{uuid.uuid4().hex[:12]}"
        target = f"{root}/{name}"
        self._told(lambda: _put_files(files, [(str(path), draft)]))
        files.makedirs(target.rpartition("/")[0], exist_ok=True)
        self._told(lambda: _rename(files, draft, target))

    def get(self, name: str) -> bytes | None:
        """A file of the place; None where there is none."""
        files, root = self._open()
        try:
            return bytes(files.cat_file(f"{root}/{name}"))
        except FileNotFoundError:
            return None

    def sweep(self) -> None:
        """Throw away what attempts left behind that ended in the middle; one that still goes on fails, and may pass."""
        files, root = self._open()
        with suppress(FileNotFoundError):
            _remove(files, f"{root}/{ATTEMPTS}")

    def _upload(self, made: Path, outcome: Outcome) -> Outcome:
        """Bring the files there under the attempt's name, then each to its own; the outcome last."""
        files, root = self._open()
        draft, target = f"{root}/{ATTEMPTS}/{made.parent.name}", f"{root}/{outcome.variant_id}"
        sizes = {path.relative_to(made).as_posix(): path.stat().st_size for path in made.rglob("*") if path.is_file()}
        sizes.pop(VARIANT_FILE, None)

        def bring() -> None:
            _put_files(files, [(str(made / each), f"{draft}/{each}") for each in sizes])
            if files.exists(target):
                _remove(files, target)
            for each, size in sizes.items():
                files.makedirs(f"{target}/{each}".rpartition("/")[0], exist_ok=True)
                _rename(files, f"{draft}/{each}", f"{target}/{each}")
                if (there := files.size(f"{target}/{each}")) != size:
                    raise OSError(5, f"{each} arrived with {there} of {size} bytes")
            files.pipe_file(f"{target}/{VARIANT_FILE}", _written(outcome).encode())

        self._told(bring)
        with suppress(FileNotFoundError):
            _remove(files, draft)
        return outcome

    def _told(self, work: Callable[[], object]) -> None:
        try:
            work()
        except OSError as error:
            reason = error.strerror or str(error) or type(error).__name__
            raise OutputError(
                f"place {self.address!r} ({reason})", "a place that can be written", "choose another, or see its rights"
            ) from error

    def _open(self) -> tuple[Any, str]:
        """The file system and the path in it."""
        if self._opened is None:
            files, root = _opened(self.address)
            self._opened = files, f"{root}/{self.inside}".rstrip("/")
        return self._opened


def _opened(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it."""
    legal = "a folder, or an address that fsspec knows: file:///, s3://, gs://"
    try:
        from fsspec.core import url_to_fs  # type: ignore[import-untyped,unused-ignore]
    except ImportError as error:
        raise InputError(f"place {address!r} without fsspec", legal, "pip install 'cuewright[ray]'") from error
    try:
        files, root = url_to_fs(address)
    except ImportError as error:
        raise InputError(f"place {address!r}: {error}", legal, "install the package that it names") from error
    except ValueError as error:
        raise InputError(f"place {address!r}: {error}", legal, "correct the address") from error
    is_root = getattr(files, "path", None) == root  # of "dir::", whose paths are counted from the place itself
    return files, "" if is_root else str(root).rstrip("/")


def _is_pattern(files: Any, path: str) -> bool:
    """Whether fsspec would take a path for a pattern, when it moves or removes; not in a folder of this machine."""
    from fsspec.implementations.local import LocalFileSystem

    return not isinstance(files, LocalFileSystem) and any(sign in path for sign in "[*?")


def _rename(files: Any, one: str, two: str) -> None:
    """Give a file another path; fsspec's own way takes the brackets of "spots [2026]" for a pattern."""
    if _is_pattern(files, one):
        files.cp_file(one, two)
        files.rm_file(one)
    else:
        files.mv(one, two)


def _remove(files: Any, folder: str) -> None:
    """Remove a folder and all in it."""
    if _is_pattern(files, folder):
        for path in files.find(folder):
            files.rm_file(path)
    else:
        files.rm(folder, recursive=True)


def _text(files: Any, path: str) -> bytes | None:
    """What a file holds; None where it can't be read, for then the variant is not whole."""
    try:
        return bytes(files.cat_file(path))
    except OSError:
        return None


def _put_files(files: Any, pairs: list[tuple[str, str]]) -> None:
    """Bring files of this machine to paths of the place."""
    for parent in sorted({path.rpartition("/")[0] for _, path in pairs}):
        files.makedirs(parent, exist_ok=True)
    files.put([here for here, _ in pairs], [there for _, there in pairs])


def _move(made: Path, root: Path, outcome: Outcome) -> Outcome:
    """Give a finished folder its name, in one step; what stood there unfinished, or of another job, goes."""
    target = root / outcome.variant_id
    (made / VARIANT_FILE).write_text(_written(outcome), encoding="utf-8")
    try:
        if target.exists():
            target.rename(made.parent / f"old-{uuid.uuid4().hex[:12]}")
        os.rename(made, target)
    except OSError as error:
        there = outcome_in(target)
        if there is not None and there.digest == outcome.digest:
            return there  # another attempt was quicker by a hair
        raise OutputError(
            f"folder {str(target)!r} ({error.strerror})", "a folder that can be written", "choose another folder"
        ) from error
    return outcome


def _written(outcome: Outcome) -> str:
    return to_json(outcome, indent=1) + "\n"


def _read(text: bytes) -> Outcome | None:
    """The outcome that a text is; None where it is damaged, for then the folder is not whole."""
    try:
        return from_json(Outcome, text.decode("utf-8", errors="replace"))
    except InputError:
        return None
