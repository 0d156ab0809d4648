"""A zip from a stranger, read so that nothing in it can hurt: names, sizes, bombs, pages that would run.

Conventions: a table of contents is read only when it is small; sizes are counted while unpacking, never believed; a
name is one of ours or the file is refused; what is unpacked has a kind that a browser only plays or downloads.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from assistant.deliver.pages import TEMPLATES
from assistant.errors import AssistantError, InputError
from assistant.session import Session, TakeRecord
from assistant.settings import LONGEST_S

NAME = re.compile(r"[a-z0-9][A-Za-z0-9_-]{0,79}(/[A-Za-z0-9][A-Za-z0-9_-]{0,79}){0,2}(\.[a-z0-9]{1,10})?")
"""Lower-case steps without dots but for the ending: neither absolute, nor upwards, nor hidden."""
PLAYED = {".wav", ".m4a", ".mp3", ".flac", ".ogg", ".mp4", ".mov", ".webm", ".mkv", ".m4v", ".avi", ".mid"}
HARMLESS = PLAYED | {"", ".json", ".png", ".jpg", ".jpeg", ".webp", ".csv", ".tsv", ".otio", ".edl"}
"""Kinds that are unpacked: no browser runs them."""
REPORT = re.compile(r"take-[0-9-]+/(report|rights)\.html")
"""The pages that are unpacked; they are kept from running anything but our own script (`harmless`)."""
MOST_FILES, LARGEST_TABLE = 20_000, 4_000_000
LARGEST_TEXT = 64_000_000
"""Bytes of ``session.json``."""
PIECE = 1 << 20
END = struct.Struct("<4s4H2LH")
"""The end of a zip: signature, numbers of disks, files (twice), size and place of the table, length of a remark."""
LONGEST_SOUND_S = LONGEST_S + 60.0


def _refused(given: str, legal: str = "a file that Cuewright wrote") -> InputError:
    return InputError(f"a file of work with {given}", legal, "export it again, or bring another")


@dataclass
class Incoming:
    """An open zip, and how many bytes may still come out of it."""

    file: zipfile.ZipFile
    left_bytes: int
    entries: dict[str, zipfile.ZipInfo] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def opened(cls, path: Path, *, most_bytes: int) -> Iterator[Incoming]:
        """Open a zip whose table of contents is in order; raises `InputError` for any other file."""
        try:
            if path.stat().st_size > most_bytes:
                raise _refused(f"{path.stat().st_size} bytes", f"{most_bytes} at most")
            _check_end(path)
            with zipfile.ZipFile(path) as file:
                incoming = cls(file, most_bytes)
                for entry in file.infolist():
                    incoming._enter(entry)
                if incoming.total_bytes > most_bytes:
                    raise _refused(f"{incoming.total_bytes} bytes inside", f"{most_bytes} at most")
                yield incoming
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error) as error:
            raise _refused(f"damage ({str(error)[:80]})") from error

    @property
    def total_bytes(self) -> int:
        """How large everything says it is."""
        return sum(entry.file_size for entry in self.entries.values())

    def names(self) -> Iterator[str]:
        """The files that may be unpacked; of pages only the reports of takes."""
        return (name for name in self.entries if Path(name).suffix in HARMLESS or REPORT.fullmatch(name))

    def text(self, name: str) -> str:
        """A small text."""
        entry = self.entries.get(name)
        if entry is None or entry.file_size > LARGEST_TEXT:
            raise _refused(f"no {name} of {LARGEST_TEXT} bytes at most")
        try:
            return b"".join(self._pieces(entry)).decode()
        except UnicodeDecodeError as error:
            raise _refused(f"{name} that is not UTF-8") from error

    def extract(self, name: str, target: Path) -> None:
        """Unpack a file."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            for piece in self._pieces(self.entries[name]):
                file.write(piece)

    def _enter(self, entry: zipfile.ZipInfo) -> None:
        name = entry.filename
        if not NAME.fullmatch(name) or entry.is_dir():
            raise _refused(f"the name {name!r:.60}", "names such as take-1/mix.wav")
        if name.lower() in map(str.lower, self.entries):
            raise _refused(f"{name!r:.60} twice", "each file once")
        if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _refused(f"{name!r:.60} enciphered or oddly packed", "plain files, stored or deflated")
        self.entries[name] = entry

    def _pieces(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """The bytes of an entry, counted as they come."""
        came = 0
        with self.file.open(entry) as source:
            while piece := source.read(PIECE):
                came += len(piece)
                self.left_bytes -= len(piece)
                if came > entry.file_size or self.left_bytes < 0:
                    raise _refused(f"more in {entry.filename!r:.60} than it says")
                yield piece


def _check_end(path: Path) -> None:
    """Raise `InputError` where the table of contents is too large to be read, or not where ours is."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - END.size - 20))
        tail = file.read()
    signature, *_, count, table_bytes, _, remark = END.unpack(tail[-END.size :].rjust(END.size, b"\0"))
    if signature != b"PK\5\6" or remark or tail[: -END.size].startswith(b"PK\6\7"):
        raise _refused("another form than a zip of ours")
    if count > MOST_FILES or table_bytes > LARGEST_TABLE:
        raise _refused(f"{count} files", f"{MOST_FILES} at most")


def harmless(session: Session) -> None:
    """Make what was unpacked for a session safe to serve: sounds are sounds, reports run no script but ours.

    Raises
    ------
    InputError
        If a sound cannot be read, or is longer than any cue.
    """
    for take in session.takes:
        folder = Path(take.folder)
        for path in folder.rglob("*"):
            if path.suffix == ".wav":
                _check_sound(path)
            elif path.suffix == ".html":
                _guard(path)
        _write_notes(take, folder)


def _check_sound(path: Path) -> None:
    import soundfile

    try:
        info = soundfile.info(str(path))
    except (soundfile.LibsndfileError, OSError) as error:
        raise _refused(f"{path.name!r:.60} that is no sound") from error
    if not (info.format == "WAV" and 1 <= info.channels <= 2 and 0 < info.duration <= LONGEST_SOUND_S):
        raise _refused(f"{path.name!r:.60} of {info.duration:g} s", f"{LONGEST_SOUND_S:g} s at most")


def _guard(path: Path) -> None:
    """Put a policy before everything else in a page: nothing is fetched, and only our own report's script runs."""
    digest = base64.b64encode(hashlib.sha256((TEMPLATES / "report.js").read_bytes()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; media-src 'self' file: blob:"
    )
    policy += "; base-uri 'none'; form-action 'none'"
    head = f'<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    try:
        page = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise _refused(f"{path.name!r:.60} that is not UTF-8") from error
    path.write_text(head + page, "utf-8")


def _write_notes(take: TakeRecord, folder: Path) -> None:
    """Write the notes anew: MusicXML is XML, in which a browser would find scripts."""
    from assistant.score.musicxml import write_musicxml

    try:
        write_musicxml(take.score, folder / "score.musicxml", title=f"Take {take.number}")
    except (ArithmeticError, LookupError, TypeError, ValueError, AssistantError) as error:
        raise _refused(f"a score of take {take.number} that can't be written ({type(error).__name__})") from error
