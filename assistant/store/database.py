"""The SQLite file: opened for a moment, brought to the newest form, moved aside when it is damaged.

Conventions: every piece of work is one short transaction on a connection of its own, so that any thread may do it; the
write-ahead log lets readers go on beside a writer, and a writer waits `WAIT_S` for another. What was committed outlives
a killed process. ``user_version`` counts the steps of `STEPS` that were taken.

It does not know what the tables mean (`assistant.store.history`).
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TypeVar

from assistant.errors import OutputError

log = logging.getLogger(__name__)
T = TypeVar("T")

WAIT_S = 15.0
"""How long a connection waits for another's transaction."""

STEPS = (
    """
    create table sessions (
        id text primary key, owner text not null, title text not null default '', head text not null,
        revision integer not null, size_bytes integer not null default 0, made_s real not null, touched_s real not null
    ) without rowid;
    create index sessions_of on sessions (owner, touched_s);
    create table turns (
        session text not null references sessions on delete cascade, position integer not null, record text not null,
        primary key (session, position)
    ) without rowid;
    create table bubbles (
        session text not null references sessions on delete cascade, position integer not null, record text not null,
        primary key (session, position)
    ) without rowid;
    create table takes (
        session text not null references sessions on delete cascade, number integer not null, folder text not null,
        record blob not null, primary key (session, number)
    );
    create table asked (session text primary key references sessions on delete cascade, record text not null);
    """,
)
"""What leads from each version of the schema to the next; a step that was released never changes."""


@dataclass(frozen=True)
class Database:
    """One SQLite file, made when it is first used."""

    path: Path
    _sound: set[Path] = field(default_factory=set, repr=False, compare=False)
    """Holds the path once the file was found sound."""
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What ``work`` reads, all of it from one moment."""
        return self._done("begin", work)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What ``work`` gives back after its changes were kept, all of them or none.

        Raises
        ------
        OutputError
            If the file cannot be written: no place on the disk, no permission, a writer that does not end.
        """
        return self._done("begin immediate", work)

    @property
    def damaged(self) -> tuple[Path, ...]:
        """Files that were found damaged and moved aside."""
        return tuple(sorted(self.path.parent.glob(f"{self.path.name}.damaged-*[0-9]")))

    def _done(self, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
        for attempt in (1, 2):
            try:
                with self._connected() as db:
                    db.execute(begin)
                    value = work(db)
                    db.execute("commit")
                    return value
            except (sqlite3.Error, OSError) as error:
                if type(error) is not sqlite3.DatabaseError or attempt == 2:
                    raise self._unwritable(error) from error
                self._move_aside(str(error))
        raise AssertionError("two attempts end in a value or an error")

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """A connection for a moment; what was not committed when it ends was never there."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=WAIT_S, isolation_level=None)) as db:
            if self.path not in self._sound:
                self._check(db)
            for pragma in ("foreign_keys=on", "secure_delete=on", "synchronous=normal"):
                db.execute(f"pragma {pragma}")
            self._migrate(db)
            yield db

    def _check(self, db: sqlite3.Connection) -> None:
        """Raise what SQLite raises of damaged files, where a look through all pages finds damage."""
        found = db.execute("pragma quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        db.execute("pragma journal_mode=wal")
        self._sound.add(self.path)

    def _migrate(self, db: sqlite3.Connection) -> None:
        """Take the steps that are missing, each whole or not at all."""
        while (version := db.execute("pragma user_version").fetchone()[0]) != len(STEPS):
            if version > len(STEPS):
                given = f"{self.path.name} of version {version}"
                raise OutputError(given, f"version {len(STEPS)}", "use a newer Cuewright, or set CUEWRIGHT_WORK")
            db.execute("begin immediate")  # another process may be about to do the same
            if db.execute("pragma user_version").fetchone()[0] == version:
                for statement in STEPS[version].split(";"):
                    db.execute(statement)
                db.execute(f"pragma user_version={version + 1}")
            db.execute("commit")

    def _move_aside(self, reason: str) -> None:
        """Give a damaged file another name, so that work can go on; nothing of it is lost to who wants to mend it."""
        with self._lock:
            if self._is_sound():  # another thread was first
                return
            self._sound.discard(self.path)
            mark = f".damaged-{time.time_ns()}"
            for part in ("", "-wal", "-shm"):
                file = self.path.with_name(self.path.name + part)
                if file.exists():
                    file.rename(file.with_name(self.path.name + mark + part))
            log.warning("%s was damaged (%s) and is now %s; begun anew", self.path, reason, self.path.name + mark)

    def _is_sound(self) -> bool:
        try:
            with closing(sqlite3.connect(self.path, timeout=WAIT_S)) as db:
                return bool(db.execute("pragma quick_check(1)").fetchone()[0] == "ok")
        except sqlite3.Error:
            return False

    def _unwritable(self, error: Exception) -> OutputError:
        return OutputError(
            f"the store {self.path.name!r} ({error})",
            "a place on the disk that can be written",
            "free some space there, or set CUEWRIGHT_WORK",
        )
