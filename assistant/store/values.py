"""What is stored beside a session: the chat as it was shown, the message that waits for its answer, whose it is.

Conventions: texts are plain, as they were typed and said, never Markdown or HTML; times are seconds since 1970; sizes
are bytes. Inside the store, files are named relative to their session's folder.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from assistant.errors import InputError
from assistant.records import STRICT
from assistant.session import Session

KEY = re.compile(r"[0-9a-f]{64}")
"""A visitor's key: 256 random bits that only his browser holds."""
ID = re.compile(r"[0-9a-f]{32}")
"""A session's id."""


class BusyError(InputError):
    """Another message of the same visitor is being worked at."""

    def __init__(self) -> None:
        super().__init__("a second message at once", "one at a time", "wait for the first, or stop it")


class GoneError(InputError):
    """A session that was erased, or that is somebody else's."""

    def __init__(self) -> None:
        super().__init__("a conversation that is not kept here", "one of your own", "begin a new one")


@dataclass(frozen=True)
class Bubble:
    """One message of the chat as it was shown.

    Parameters
    ----------
    role : {"user", "assistant"}
    text : str
        What it says, as plain text.
    answers : tuple of str
        What a click below it sends.
    file : str or None
        The file that it shows instead of a text.
    """

    __pydantic_config__ = STRICT

    role: Literal["user", "assistant"]
    text: str = ""
    answers: tuple[str, ...] = ()
    file: str | None = None


@dataclass(frozen=True)
class Message:
    """What a visitor sent: everything that is needed to send it again.

    Parameters
    ----------
    words : str
    clip : str or None
        The path of our copy of the clip.
    motif : str or None
        Notes of a tune of his own.
    engine, seed : str
        As the page had them.
    """

    __pydantic_config__ = STRICT

    words: str
    clip: str | None = None
    motif: str | None = None
    engine: str = ""
    seed: str = ""


@dataclass(frozen=True)
class Work:
    """A stored session in a list: its title, when it was last worked at, and how large its files are."""

    id: str
    title: str
    touched_s: float
    size_bytes: int


@dataclass(frozen=True)
class Opened:
    """A stored session: its history, its chat, and the message that nobody has answered yet."""

    session: Session
    chat: tuple[Bubble, ...] = ()
    unanswered: Message | None = None
    title: str = ""


def owner_of(key: str) -> str:
    """The owner whom a visitor's key stands for: what is stored opens nothing, should it ever be read by others.

    Examples
    --------
    >>> owner_of("0" * 64)[:8]
    '60e05bd1'
    """
    return hashlib.sha256(key.encode()).hexdigest()
