"""Messages of the chat, between how the page shows them and how they are stored.

Conventions: the page shows Markdown in which nothing is more than it says (`assistant.page.views.as_typed`); stored is
the plain text. Progress of a run is never stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError
from assistant.explain import say_error, voice
from assistant.page import views
from assistant.session import Session
from assistant.store import Bubble, BusyError, GoneError

Chat = list[dict[str, Any]]

SHIELDED = re.compile(r"\\([\\`*_{}\[\]()<>#+!|~$&:])")
"""What `assistant.page.views.as_typed` makes of a character that Markdown would read as more than itself."""


def said(text: str, answers: Iterable[str] = ()) -> dict[str, Any]:
    """A sentence of ours, with answers below it that a click sends."""
    message: dict[str, Any] = {"role": "assistant", "content": views.as_typed(text)}
    return message | {"options": [{"value": answer} for answer in answers]} if answers else message


def trouble(error: AssistantError, session: Session) -> dict[str, Any]:
    """What was wrong, in the visitor's language."""
    speaker = voice(session.language)
    words: dict[type[AssistantError], str] = {BusyError: "busy", GoneError: "gone"}
    known = words.get(type(error))
    return said(speaker.text("stored", known) if known else say_error(error, speaker))


def plain(markdown: str) -> str:
    """The text that `assistant.page.views.as_typed` was given.

    Examples
    --------
    >>> plain(views.as_typed("F# <b> 3 * 4"))
    'F# <b> 3 * 4'
    """
    return SHIELDED.sub(r"\1", markdown)


def messages_of(bubbles: Iterable[Bubble]) -> Chat:
    """Stored messages as the page shows them; a file that is gone is left out."""
    messages = []
    for bubble in bubbles:
        if bubble.file is None:
            message: dict[str, Any] = {"role": bubble.role, "content": views.as_typed(bubble.text)}
            options = {"options": [{"value": answer} for answer in bubble.answers]} if bubble.answers else {}
            messages.append(message | options)
        elif Path(bubble.file).is_file():
            messages.append({"role": bubble.role, "content": {"path": bubble.file}})
    return messages


def bubbles_of(messages: Sequence[dict[str, Any]]) -> tuple[Bubble, ...]:
    """Messages that were said, as they are stored; what is no text is left out."""
    bubbles = []
    for message in messages:
        for text in _texts(message["content"]):
            if not text.startswith((views.DONE, views.AT_WORK)):
                answers = tuple(str(option["value"]) for option in message.get("options") or ())
                bubbles.append(Bubble(message["role"], plain(text), answers))
    return tuple(bubbles)


def _texts(content: Any) -> list[str]:
    pieces = content if isinstance(content, list) else [content]
    texts = [piece.get("text") if isinstance(piece, dict) else piece for piece in pieces]
    return [text for text in texts if isinstance(text, str) and text]
