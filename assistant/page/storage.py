"""Where one visitor's files lie: a folder that nobody can guess, and nothing outside it.

Conventions: a session's id is 128 random bits in hexadecimal; its folder is named by it; takes are ``take-1``,
``take-2`` ...; file names are ours, never the visitor's.
"""

from __future__ import annotations

import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ClipError, OutputError

OLDEST_S = 24 * 3600.0
"""Stored work older than this is erased when the page starts and as new sessions begin."""

EXTENSION = re.compile(r"\.[a-z0-9]{1,6}$")


@dataclass(frozen=True)
class Storage:
    """The stored work of all visitors.

    Parameters
    ----------
    root : Path
        Folder that holds one folder a session.
    """

    root: Path

    def new_session_id(self) -> str:
        """An id that nobody can guess; what is too old is erased on the way."""
        self.erase_older_than(OLDEST_S)
        return secrets.token_hex(16)

    def folder_of(self, session_id: str) -> Path:
        """The folder of one session; raises `OutputError` when it cannot be made."""
        if not re.fullmatch(r"[0-9a-f]{32}", session_id):
            raise OutputError(f"session {session_id!r:.40}", "32 hexadecimal digits", "reload the page")
        folder = self.root / session_id
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"folder {str(folder)!r}", "a place that can be written", "set CUEWRIGHT_WORK") from error
        return folder

    def take_folder(self, session_id: str, number: int) -> Path:
        """The folder of one take, free even when an earlier attempt at it was left behind."""
        folder = self.folder_of(session_id)
        candidate = folder / f"take-{number}"
        attempt = 2
        while candidate.exists():
            candidate = folder / f"take-{number}-{attempt}"
            attempt += 1
        return candidate

    def keep_clip(self, session_id: str, uploaded: Path) -> Path:
        """A copy of an uploaded clip in the session's folder, since uploads are cleared."""
        extension = EXTENSION.search(uploaded.name.lower())
        folder = self.folder_of(session_id)
        number = len(list(folder.glob("clip-*"))) + 1
        target = folder / f"clip-{number}{extension.group() if extension else ''}"
        try:
            shutil.copyfile(uploaded, target)
        except OSError as error:
            raise ClipError(f"clip {uploaded.name!r:.80}", "a file that can be read", "upload it again") from error
        return target

    def erase_older_than(self, age_s: float) -> None:
        """Erase sessions that nobody has touched for ``age_s`` seconds."""
        if not self.root.is_dir():
            return
        limit = time.time() - age_s
        for folder in self.root.iterdir():
            if re.fullmatch(r"[0-9a-f]{32}", folder.name) and folder.stat().st_mtime < limit:
                shutil.rmtree(folder, ignore_errors=True)
