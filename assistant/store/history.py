"""The store: sessions of visitors, saved as they go, found again, listed, erased.

Conventions: a visitor is known by an owner (`assistant.store.values.owner_of`), and whatever is asked for a session is
asked together with its owner; another's session is as if it did not exist. A message is stored before it is worked at
(`Store.ask`) and marked as answered in the same transaction that keeps its answer (`Store.save`): what a crash leaves
is either a message that waits, or a message with its answer.

Two tabs of one browser: `Store.newest` gives each the newest state before it acts; two messages at once are refused
(`assistant.store.runs`); turns and chat only grow; and what was done on an old state is added to the newest
(`assistant.store.merging`).
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from weakref import WeakValueDictionary

from assistant.session import Session
from assistant.store import rows
from assistant.store.database import Database
from assistant.store.limits import Limits, to_erase
from assistant.store.merging import merged
from assistant.store.places import TAKE_NAME
from assistant.store.runs import Runs
from assistant.store.values import ID, Bubble, BusyError, GoneError, Message, Opened, Work, owner_of

LONGEST_TITLE = 60
MOST_LISTED = 100
STALE_S = 86_400.0
"""Age from which a folder that no session knows, or a part of a delivery, is what a crash left behind."""


@dataclass(frozen=True)
class Store:
    """All stored sessions.

    Parameters
    ----------
    database : Database
        Histories and takes' records. It must not lie where the page serves files from.
    root : Path
        Holds one folder a session, named by its id: deliveries and clips.
    limits : Limits
    forget : callable
        Called with a folder before it is erased, for copies of its files elsewhere.
    clock : callable
        Seconds since 1970.
    """

    database: Database
    root: Path
    limits: Limits = field(default_factory=Limits)
    forget: Callable[[Path], None] = lambda folder: None
    clock: Callable[[], float] = time.time
    runs: Runs = field(default_factory=Runs)
    _written: rows.Written = field(default_factory=WeakValueDictionary, repr=False)

    def folder(self, session_id: str) -> Path:
        """Where a session's files lie; raises `GoneError` for what is no id."""
        if not ID.fullmatch(session_id):
            raise GoneError
        return self.root / session_id

    def ask(self, session: Session, owner: str, message: Message | None, shown: Iterable[Bubble] = ()) -> Session:
        """Store a message before it is worked at, and begin the owner's run.

        Parameters
        ----------
        session : Session
            As it is before the message; stored for the first time where it is new.
        owner : str
        message : Message or None
            None where nothing could be sent again: a change by hand.
        shown : iterable of Bubble
            The message as it stands in the chat.

        Returns
        -------
        Session
            The session as it was stored.

        Raises
        ------
        BusyError
            While another message of the same owner is worked at.
        GoneError
            If the session was erased.
        OutputError
            If nothing can be stored; the run has not begun then.
        """
        self.runs.begin(owner, session.id)
        try:
            if not session.revision:
                self.tidy()

            def write(db: sqlite3.Connection) -> Session:
                stored = self._kept(db, session, owner, title=_title(message))
                rows.append_bubbles(db, session.id, shown)
                rows.write_asked(db, session.id, message)
                return stored

            return self._noted(self.database.write(write))
        except BaseException:
            self.runs.end(owner)
            raise

    def save(self, session: Session, owner: str, said: Iterable[Bubble] = (), *, answered: bool = False) -> Session:
        """Store what is new in a session, and what was said in the chat.

        Parameters
        ----------
        session : Session
            Must have been stored before.
        owner : str
        said : iterable of Bubble
            What is added to the chat.
        answered : bool
            Whether no message waits any more.

        Returns
        -------
        Session
            The session as it was stored, with what another tab had added.

        Raises
        ------
        GoneError
            If it was erased meanwhile.
        OutputError
            If nothing can be stored.
        """

        def write(db: sqlite3.Connection) -> Session:
            stored = self._kept(db, session, owner)
            rows.append_bubbles(db, session.id, said)
            if answered:
                rows.write_asked(db, session.id, None)
            return stored

        stored = self._noted(self.database.write(write))
        if answered:
            self.measure(session.id)
            self.tidy()
        return stored

    def close(self, session_id: str, owner: str, said: Iterable[Bubble] = ()) -> None:
        """No message waits any more, though no take or turn came of it: it was stopped, or could not be used."""

        def write(db: sqlite3.Connection) -> None:
            if rows.revision_of(db, session_id, owner) is not None:
                rows.append_bubbles(db, session_id, said)
                rows.write_asked(db, session_id, None)

        self.database.write(write)

    def newest(self, session: Session, owner: str) -> Session:
        """The session as it is now: itself unless another tab went on with it; raises `GoneError` once it is erased."""
        if not session.revision:
            return session

        def read(db: sqlite3.Connection) -> Session:
            if rows.revision_of(db, session.id, owner) == session.revision:
                return session
            return replace(self._read(db, session.id, owner), taste=session.taste)

        return self.database.read(read)

    def open(self, session_id: str, owner: str) -> Opened:
        """A stored session with its chat; raises `GoneError` when the owner has none of that id."""
        folder = self.folder(session_id)

        def read(db: sqlite3.Connection) -> Opened:
            session = self._read(db, session_id, owner)
            title = db.execute("select title from sessions where id = ?", (session_id,)).fetchone()[0]
            waiting = rows.read_asked(db, session_id, folder)
            return Opened(session, rows.read_bubbles(db, session_id, folder), waiting, title)

        return self.database.read(read)

    def adopt(self, session_id: str, owner: str) -> None:
        """Give a session to the owner whose key came after its first message: till then it was its own (its id's)."""
        sql, before = "update sessions set owner = ? where id = ? and owner = ?", owner_of(session_id)
        if self.database.write(lambda db: db.execute(sql, (owner, session_id, before)).rowcount):
            self.runs.hand_over(before, owner)

    def holder(self, session_id: str, owner: str) -> str:
        """Whose a session is by now that a run began with as ``owner``'s: a key may have adopted it since."""
        if owner != owner_of(session_id):
            return owner
        sql = "select owner from sessions where id = ?"
        row = self.database.read(lambda db: db.execute(sql, (session_id,)).fetchone())
        return row[0] if row else owner

    def touch(self, session_id: str, owner: str) -> None:
        """Make a session the one that its owner worked at last."""
        sql = "update sessions set touched_s = ? where id = ? and owner = ?"
        self.database.write(lambda db: db.execute(sql, (self.clock(), session_id, owner)))

    def listed(self, owner: str) -> tuple[Work, ...]:
        """The owner's sessions, the one worked at last first."""
        sql = "select id, title, touched_s, size_bytes from sessions where owner = ? order by touched_s desc limit ?"
        return self.database.read(lambda db: tuple(Work(*row) for row in db.execute(sql, (owner, MOST_LISTED))))

    def erase(self, session_id: str, owner: str) -> None:
        """Erase a session, its files too; raises `BusyError` while it is worked at."""
        if self.runs.session_of(owner) == session_id:
            raise BusyError
        sql = "delete from sessions where id = ? and owner = ?"
        if self.database.write(lambda db: db.execute(sql, (session_id, owner)).rowcount):
            self._erase_files(self.folder(session_id))

    def erase_all(self, owner: str) -> None:
        """Erase everything of an owner; raises `BusyError` while one of his messages is worked at."""
        if self.runs.session_of(owner):
            raise BusyError
        while works := self.listed(owner):
            for work in works:
                self.erase(work.id, owner)

    def insert(
        self, session: Session, owner: str, title: str, chat: Iterable[Bubble], asked: Message | None
    ) -> Session:
        """Store a whole session that came from elsewhere, its files being in its folder already."""

        def write(db: sqlite3.Connection) -> Session:
            stored = self._kept(db, session, owner, title=title)
            rows.append_bubbles(db, session.id, chat)
            rows.write_asked(db, session.id, asked)
            return stored

        stored = self._noted(self.database.write(write))
        self.measure(session.id)
        self.tidy(spare=(session.id,))
        return stored

    def measure(self, session_id: str) -> None:
        """Note how large a session's files are."""
        size = _size(self.folder(session_id))
        sql = "update sessions set size_bytes = ? where id = ?"
        self.database.write(lambda db: db.execute(sql, (size, session_id)))

    def tidy(self, *, spare: Iterable[str] = ()) -> tuple[str, ...]:
        """Erase what is beyond the limits, and old files that a crash left; the ids of the sessions that went."""
        at_work = self.runs.sessions() | set(spare)
        works = self.database.read(
            lambda db: [Work(*row) for row in db.execute("select id, title, touched_s, size_bytes from sessions")]
        )
        gone = to_erase(works, self.limits, now_s=self.clock(), at_work=at_work)
        sql = "delete from sessions where id = ?"
        for session_id in gone:
            self.database.write(lambda db, name=session_id: db.execute(sql, (name,)))  # type: ignore[misc]
            self._erase_files(self.folder(session_id))
        self._sweep({work.id for work in works} | at_work)
        return gone

    def _sweep(self, known: set[str]) -> None:
        """Erase folders that belong to no session, when they are stale."""
        if not self.root.is_dir():
            return
        for folder in self.root.iterdir():
            if ID.fullmatch(folder.name) and folder.name not in known and self._is_stale(folder):
                self._erase_files(folder)

    def mend(self) -> None:
        """Erase what crashes left behind: parts of deliveries, and takes that were delivered but never stored."""
        self.tidy()
        sql = "select session, folder from takes"
        stored = self.database.read(lambda db: {(session_id, folder) for session_id, folder in db.execute(sql)})
        for path in self.root.glob("*/*take-*"):
            is_part = path.name.startswith(".") and path.name.endswith(".part")
            is_lost = TAKE_NAME.fullmatch(path.name) and (path.parent.name, path.name) not in stored
            if ID.fullmatch(path.parent.name) and (is_part or is_lost) and self._is_stale(path):
                self._erase_files(path)

    def _is_stale(self, path: Path) -> bool:
        try:
            return path.stat().st_mtime < self.clock() - STALE_S
        except OSError:
            return False

    def _erase_files(self, folder: Path) -> None:
        if folder.is_dir():
            self.forget(folder)
            shutil.rmtree(folder, ignore_errors=True)

    def _read(self, db: sqlite3.Connection, session_id: str, owner: str) -> Session:
        session = rows.read_session(db, session_id, owner, self.folder(session_id), self._written)
        if session is None:
            raise GoneError
        return session

    def _kept(self, db: sqlite3.Connection, session: Session, owner: str, *, title: str = "") -> Session:
        """The session, written upon what is stored of it."""
        now_s = self.clock()
        revision = rows.revision_of(db, session.id, owner)
        if revision is None and session.revision:
            raise GoneError
        if revision is None:
            values = (session.id, owner, title, rows.head_of(session), 0, 0, now_s, now_s)
            db.execute("insert into sessions values (?, ?, ?, ?, ?, ?, ?, ?)", values)
        elif revision != session.revision:
            session = merged(self._read(db, session.id, owner), session)
        return rows.write_session(db, session, self._written, now_s=now_s)

    def _noted(self, session: Session) -> Session:
        rows.note_written(session, self._written)
        return session


def _title(message: Message | None) -> str:
    """What a session is called that begins with a message."""
    words = " ".join(message.words.split()) if message else ""
    return words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1].rstrip() + "…"


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
