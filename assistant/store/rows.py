"""Sessions as rows: what was added is written, what is there already is not written again.

Conventions: a session's head is everything but its turns, takes and taste (the taste is kept in the visitor's browser);
takes are compressed JSON. A take, a turn or a bubble is one row each, so that a conversation of any length costs the
same to go on with.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

from assistant.errors import OutputError
from assistant.records import from_json, to_json
from assistant.session import Session, TakeRecord, Turn
from assistant.store.places import name_of, placed_take, placed_turn, within
from assistant.store.values import Bubble, Message
from assistant.taste import NO_TASTE

Written = WeakValueDictionary[tuple[str, int], TakeRecord]
"""Takes that stand in the store exactly as they are in memory, by session and number."""
LARGEST_RECORD = 200_000_000
"""Bytes of a take's record that are unpacked; ours have a thousandth of that."""


def head_of(session: Session) -> str:
    """What of a session has no rows of its own, as JSON text."""
    return to_json(replace(session, turns=(), takes=(), taste=NO_TASTE, revision=0))


def revision_of(db: sqlite3.Connection, session_id: str, owner: str) -> int | None:
    """How often a session was stored; None where the owner has none of that id."""
    row = db.execute("select revision from sessions where id = ? and owner = ?", (session_id, owner)).fetchone()
    return row[0] if row else None


def read_session(db: sqlite3.Connection, session_id: str, owner: str, folder: Path, written: Written) -> Session | None:
    """A session of an owner, its files in ``folder``."""
    found = db.execute("select head, revision from sessions where id = ? and owner = ?", (session_id, owner)).fetchone()
    if found is None:
        return None
    rows = db.execute("select record from turns where session = ? order by position", (session_id,))
    turns = [placed_turn(from_json(Turn, record), within(folder)) for (record,) in rows]
    rows = db.execute("select number, record from takes where session = ? order by number", (session_id,))
    takes = []
    for number, record in rows.fetchall():
        take = written.get((session_id, number)) or placed_take(unpacked(record), within(folder))
        written[session_id, number] = take
        takes.append(take)
    head = from_json(Session, found[0])
    return replace(head, turns=tuple(turns), takes=tuple(takes), revision=found[1])


def write_session(db: sqlite3.Connection, session: Session, written: Written, *, now_s: float) -> Session:
    """Write what is new in a session that has its row; the session with its new revision."""
    revision = session.revision + 1
    db.execute(
        "update sessions set head = ?, revision = ?, touched_s = ? where id = ?",
        (head_of(session), revision, now_s, session.id),
    )
    for take in session.takes:
        if written.get((session.id, take.number)) is not take:
            record = packed(placed_take(take, name_of))
            values = (session.id, take.number, name_of(take.folder), record)
            db.execute("insert or replace into takes values (?, ?, ?, ?)", values)
    count = _count(db, "turns", session.id)
    records = [to_json(placed_turn(turn, name_of)) for turn in session.turns[count:]]
    _append(db, "turns", session.id, count, records)
    return replace(session, revision=revision)


def note_written(session: Session, written: Written) -> None:
    """Remember the takes of a session that was committed."""
    for take in session.takes:
        written[session.id, take.number] = take


def append_bubbles(db: sqlite3.Connection, session_id: str, bubbles: Iterable[Bubble]) -> None:
    """Add messages to the end of a session's chat."""
    records = [to_json(replace(each, file=name_of(each.file) if each.file else None)) for each in bubbles]
    _append(db, "bubbles", session_id, _count(db, "bubbles", session_id), records)


def read_bubbles(db: sqlite3.Connection, session_id: str, folder: Path) -> tuple[Bubble, ...]:
    """The chat of a session."""
    rows = db.execute("select record from bubbles where session = ? order by position", (session_id,))
    bubbles = [from_json(Bubble, record) for (record,) in rows]
    return tuple(replace(each, file=within(folder)(each.file)) if each.file else each for each in bubbles)


def write_asked(db: sqlite3.Connection, session_id: str, message: Message | None) -> None:
    """Note the message that waits for its answer, or that none does."""
    db.execute("delete from asked where session = ?", (session_id,))
    if message is not None:
        stored = replace(message, clip=name_of(message.clip) if message.clip else None)
        db.execute("insert into asked values (?, ?)", (session_id, to_json(stored)))


def read_asked(db: sqlite3.Connection, session_id: str, folder: Path) -> Message | None:
    """The message that waits for its answer."""
    row = db.execute("select record from asked where session = ?", (session_id,)).fetchone()
    message = from_json(Message, row[0]) if row else None
    return replace(message, clip=within(folder)(message.clip)) if message and message.clip else message


def packed(take: TakeRecord) -> bytes:
    """A take's record, compressed."""
    return zlib.compress(to_json(take).encode())


def unpacked(record: bytes) -> TakeRecord:
    """The take that `packed` made a record of; raises `OutputError` when it is damaged."""
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(record, LARGEST_RECORD)
        if not unpacker.eof:
            raise zlib.error("cut short, or too large")
        return from_json(TakeRecord, text.decode())
    except (zlib.error, ValueError) as error:
        raise OutputError(f"a take's record ({error})", "a record that is whole", "erase that conversation") from error


def _count(db: sqlite3.Connection, table: str, session_id: str) -> int:
    return int(db.execute(f"select count(*) from {table} where session = ?", (session_id,)).fetchone()[0])


def _append(db: sqlite3.Connection, table: str, session_id: str, count: int, records: Sequence[str]) -> None:
    rows = [(session_id, count + index, record) for index, record in enumerate(records)]
    db.executemany(f"insert into {table} values (?, ?, ?)", rows)
