"""The music that is heard while it is made: its pieces as files that the page's script (stream.js) plays in a row.

Conventions: a run's pieces lie in a folder of their own in the session's; the page gets the whole list each time, so
that none is lost where updates come late. 16 bit, 48 kHz, stereo.
"""

from __future__ import annotations

import json
import secrets
import shutil
from html import escape
from pathlib import Path
from urllib.parse import quote

from assistant.audio import Waveform, save_wav
from assistant.explain import voice
from assistant.render.preview import Piece
from assistant.settings import RATE_HZ

PREFIX = "ahead-"


class Stream:
    """The pieces of one run.

    Parameters
    ----------
    folder : Path
        The session's; what earlier runs left of their pieces there is erased.
    language : str
        Of the words on its button.
    """

    def __init__(self, folder: Path, language: str) -> None:
        for old in folder.glob(f"{PREFIX}*"):
            shutil.rmtree(old, ignore_errors=True)
        self.name = secrets.token_hex(8)
        self._folder, self._language = folder / f"{PREFIX}{self.name}", language
        self._pieces: list[tuple[str, int, int]] = []

    def after(self, piece: Piece) -> str:
        """The element that the page is to hold after one more piece."""
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{len(self._pieces):04}.wav"
        save_wav(path, Waveform(piece.samples, RATE_HZ), subtype="PCM_16")
        address = f"gradio_api/file={quote(path.resolve().as_posix())}"
        self._pieces.append((address, piece.start, piece.samples.shape[1]))
        told = {
            "run": self.name,
            "rate": RATE_HZ,
            "hush": voice(self._language).text("page", "hush"),
            "isLast": piece.is_last,
            "pieces": self._pieces,
        }
        return f'<cw-stream hidden data-told="{escape(json.dumps(told, ensure_ascii=False))}"></cw-stream>'
