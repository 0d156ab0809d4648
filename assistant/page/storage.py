"""Where one visitor's files lie: a folder that nobody can guess, and nothing outside it.

Conventions: a session's id is 128 random bits in hexadecimal; its folder is named by it; takes are ``take-1``,
``take-2`` ...; file names are ours, never the visitor's.
"""

from __future__ import annotations

import filecmp
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from gradio.processing_utils import hash_file
from gradio.utils import get_upload_folder

from assistant.errors import ClipError, OutputError

CLIP_TYPES = [".mp4", ".mov", ".webm", ".mkv", ".m4v", ".avi", ".wav", ".mp3", ".m4a", ".flac", ".ogg"]
CLIP_TYPES += [".png", ".jpg", ".jpeg", ".webp", ".csv", ".tsv", ".otio", ".edl", ".fcpxml"]
"""What may be uploaded. Any other ending is dropped: a clip called x.html would be a page of ours."""
LARGEST_CLIP = 200_000_000
"""Bytes of an uploaded clip; the page takes larger files only as work that was saved."""


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
        """An id that nobody can guess."""
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
        """Our copy of an uploaded clip, since uploads are cleared; one copy of a clip that comes twice."""
        extension = uploaded.suffix.lower()
        folder = self.folder_of(session_id)
        kept = sorted(folder.glob("clip-*"))
        target = folder / f"clip-{len(kept) + 1}{extension if extension in CLIP_TYPES else ''}"
        try:
            if uploaded.stat().st_size > LARGEST_CLIP:
                size = f"clip {uploaded.name!r:.80} of {uploaded.stat().st_size} bytes"
                raise ClipError(size, f"{LARGEST_CLIP} at most", "upload a shorter one")
            for clip in kept:
                if clip.suffix == target.suffix and filecmp.cmp(clip, uploaded, shallow=False):
                    return clip
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


def forget_copies(folder: Path) -> None:
    """Erase the copies that Gradio made of a folder's files when it showed them, or took them as uploads."""
    cache = Path(get_upload_folder())
    if cache.is_dir():
        for path in folder.rglob("*"):
            if path.is_file():
                shutil.rmtree(cache / hash_file(path), ignore_errors=True)
