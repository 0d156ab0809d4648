"""A session as one file, and back: a zip with ``session.json`` and the folders of its takes.

Conventions: nothing in the file tells where it came from: no id, no place on our disk, no taste. What comes in is a
stranger's until all of it was looked at: its table of contents, names, sizes as they are and not as they are said to
be, every record (`assistant.store.checking`), every sound. It appears whole, as a new session of the person who brought
it, or not at all; files that a browser could run are made anew or kept from running.
"""

from __future__ import annotations

import json
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from assistant.errors import InputError, OutputError
from assistant.records import STRICT, from_json, to_data
from assistant.session import Session
from assistant.store.checking import check_clip_name, check_session
from assistant.store.history import Store
from assistant.store.incoming import Incoming, harmless
from assistant.store.places import CLIP_NAME, TAKE_NAME, name_of, placed, within
from assistant.store.values import Bubble, Message, Opened
from assistant.taste import NO_TASTE

FORMAT = 1
RECORD = "session.json"
TEXTS = {".json", ".html", ".musicxml"}
MADE_AGAIN = {"stems.zip"}
NEEDED = ("mix.wav", "score.mid", "report.html", "rights.json")
"""What the page offers of every take."""
MOST_BUBBLES, LONGEST_TITLE = 50_000, 200


@dataclass(frozen=True)
class Archived:
    """What ``session.json`` holds."""

    __pydantic_config__ = STRICT

    format: int
    title: str
    session: Session
    chat: tuple[Bubble, ...] = ()
    asked: Message | None = None


def export_work(store: Store, session_id: str, owner: str) -> Path:
    """Write a session as one file into its own folder.

    Returns
    -------
    Path
        The zip; its name cannot be guessed. An earlier one is gone.

    Raises
    ------
    GoneError
        If the owner has no such session.
    OutputError
        If it cannot be written.
    """
    opened, folder = store.open(session_id, owner), store.folder(session_id)
    for old in folder.glob("export-*.zip*"):
        old.unlink(missing_ok=True)
    path = folder / f"export-{secrets.token_hex(16)}.zip"
    beside = path.with_name(path.name + ".part")
    try:
        with zipfile.ZipFile(beside, "w") as file:
            file.writestr(RECORD, _record(opened), zipfile.ZIP_DEFLATED)
            for inside in _files(opened.session, folder):
                _add(file, folder, inside)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        reason = error.strerror or type(error).__name__
        raise OutputError(f"an export ({reason})", "a place that can be written", "free some space") from error
    store.measure(session_id)
    return path


def _record(opened: Opened) -> str:
    """``session.json``, with every path relative and nothing that is only ours."""
    session = placed(replace(opened.session, id="", taste=NO_TASTE, revision=0), name_of)
    chat = tuple(replace(each, file=name_of(each.file) if each.file else None) for each in opened.chat)
    asked = opened.unanswered
    asked = replace(asked, clip=name_of(asked.clip)) if asked and asked.clip else asked
    return json.dumps(to_data(Archived(FORMAT, opened.title, session, chat, asked)), ensure_ascii=False)


def _files(session: Session, folder: Path) -> Iterator[Path]:
    """The files of a session's takes, and its clips."""
    yield from sorted(path for path in folder.glob("clip-*") if CLIP_NAME.fullmatch(path.name))
    for take in session.takes:
        inside = sorted(path for path in Path(take.folder).rglob("*") if path.is_file())
        yield from (path for path in inside if path.name not in MADE_AGAIN and not path.name.startswith("."))


def _add(file: zipfile.ZipFile, folder: Path, path: Path) -> None:
    """Add a file; texts without the place where they lie. Sound hardly shrinks, so that takes no time."""
    name = path.relative_to(folder).as_posix()
    if path.suffix in TEXTS:
        text = path.read_bytes().replace(f"{folder}/".encode(), b"").replace(folder.name.encode(), b"")
        file.writestr(name, text, zipfile.ZIP_DEFLATED)
    else:
        file.write(path, name, zipfile.ZIP_STORED)


def import_work(store: Store, owner: str, path: Path, *, show: Callable[[Session], object]) -> str:
    """A session from a file that `export_work` wrote, or that says so.

    Parameters
    ----------
    store : Store
    owner : str
        Whose it is from now on.
    path : Path
        The zip.
    show : callable
        Does once with the session what the page does with it; what it cannot show is refused.

    Returns
    -------
    str
        The id of the new session.

    Raises
    ------
    InputError
        If anything in the file is not as we write it.
    OutputError
        If it cannot be stored.
    """
    session_id = secrets.token_hex(16)
    folder = store.folder(session_id)
    with Incoming.opened(path, most_bytes=store.limits.import_bytes) as incoming:
        archived = _checked(incoming.text(RECORD))
        if shutil.disk_usage(_existing(folder)).free < incoming.total_bytes:
            raise OutputError("a file that has no room here", "space on the disk", "free some space")
        with _appearing(folder) as hidden:
            names = [each.folder for each in archived.session.takes]
            for name in incoming.names():
                if _is_wanted(name, names):
                    incoming.extract(name, hidden / name)
            session = placed(replace(archived.session, id=session_id), within(hidden))
            harmless(session)
            _shown(show, session)
    session = placed(session, within(folder))
    chat = tuple(replace(each, file=within(folder)(each.file)) if each.file else each for each in archived.chat)
    asked = archived.asked
    asked = replace(asked, clip=within(folder)(asked.clip)) if asked and asked.clip else asked
    try:
        store.insert(session, owner, archived.title, chat, asked)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return session_id


def _checked(text: str) -> Archived:
    """The record, once everything in it is in range."""
    archived = from_json(Archived, text)
    if archived.format != FORMAT:
        raise InputError(f"a file of work of format {archived.format}", f"format {FORMAT}", "use a newer Cuewright")
    if len(archived.chat) > MOST_BUBBLES or len(archived.title) > LONGEST_TITLE:
        raise InputError(f"a chat of {len(archived.chat)} messages", f"{MOST_BUBBLES} at most", "import another file")
    for bubble in archived.chat:
        check_clip_name(bubble.file)
    if archived.asked:
        check_clip_name(archived.asked.clip)
    check_session(archived.session)
    return replace(archived, session=replace(archived.session, id="", taste=NO_TASTE, revision=0))


def _is_wanted(name: str, takes: list[str]) -> bool:
    """Whether a file of the zip belongs to the session; one of an unknown kind is left out."""
    first, *rest = PurePosixPath(name).parts
    if not rest:
        return bool(CLIP_NAME.fullmatch(first)) and first != RECORD
    return first in takes and bool(TAKE_NAME.fullmatch(first))


def _shown(show: Callable[[Session], object], session: Session) -> None:
    """Show each take once; whatever goes wrong with a stranger's records is the file's fault, not ours."""
    for take in session.takes:
        missing = [name for name in NEEDED if not (Path(take.folder) / name).is_file()]
        if missing:
            raise InputError(
                f"a file of work without {missing[0]} of take {take.number}", "whole takes", "export again"
            )
        try:
            show(replace(session, current=take.number))
        except Exception as error:  # anything may come of a stranger's records
            given = f"a file of work whose take {take.number} can't be shown ({type(error).__name__})"
            raise InputError(given, "a file that Cuewright wrote", "export it again") from error


def _existing(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.is_dir())


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """A hidden folder that becomes ``folder`` when all has gone well, and goes when not."""
    hidden = folder.with_name(f".{folder.name}.part")
    try:
        hidden.mkdir(parents=True)
        yield hidden
        hidden.rename(folder)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(f"an import ({reason})", "a place that can be written", "free some space") from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
