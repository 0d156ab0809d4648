"""Erasing stored work when the visitor says so in the chat, or by the button: asked once, then done.

Conventions: the words stand in ``prompts/erasing.toml``; a message asks for it only when it says nothing else, so that
no wish about music is ever taken for it. The question and its answers are never stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

import gradio as gr

from assistant.datafile import read_data
from assistant.errors import AssistantError
from assistant.explain import voice
from assistant.language.fold import fold
from assistant.page import campaign_run
from assistant.page.anew import anew
from assistant.page.bubbles import Chat, said, trouble
from assistant.page.conversation import Shown, Update
from assistant.page.house import House
from assistant.session import Session
from assistant.settings import ROOT
from assistant.taste import Taste

Step = Literal["ask", "erase_this", "erase_all", "erase_none"]
ANSWERS: tuple[Step, ...] = ("erase_this", "erase_all", "erase_none")


def step_of(words: str, language: str) -> Step | None:
    """Whether a message asks for erasing, or answers the question about it; None for any other.

    Examples
    --------
    >>> step_of("Delete my data, please!", "en"), step_of("delete the drums", "en")
    ('ask', None)
    """
    for answer in ANSWERS:
        if words == voice(language).text("stored", answer):
            return answer
    return "ask" if _bare(words) in _phrases() else None


@cache
def _phrases() -> frozenset[str]:
    data = read_data(ROOT / "prompts" / "erasing.toml")
    return frozenset(_bare(phrase) for name, phrases in data.items() if name != "sources" for phrase in phrases)


@cache
def _courtesies() -> tuple[str, ...]:
    return tuple(read_data(ROOT / "prompts" / "erasing.toml")["courtesies"])


def _bare(words: str) -> str:
    """A short message in plain spelling, without signs and courtesies."""
    plain = re.sub(r"[\W_]+", " ", fold(words[:200]).text).strip()
    for courtesy in _courtesies():
        plain = re.sub(rf"^{courtesy} | {courtesy}$", "", plain)
    return plain.strip()


def asked(shown: Shown, chat: Chat, session: Session) -> Update:
    """The question whether, and what."""
    speaker = voice(session.language)
    answers = [speaker.text("stored", answer) for answer in ANSWERS]
    return {shown.chat: [*chat, said(speaker.text("stored", "erase_ask"), answers)]}


def taken(
    house: House, shown: Shown, step: Step, chat: Chat, session: Session, owner: str, fresh_id: str
) -> Iterator[Update]:
    """One step of erasing; ``fresh_id`` is the id of the session that comes after. All is campaigns too."""
    speaker = voice(session.language)
    empty = {shown.message: gr.MultimodalTextbox(value=None)}
    if step == "ask":
        yield {**asked(shown, chat, session), **empty}
        return
    if step == "erase_none":
        yield {shown.chat: [*chat, said(speaker.text("stored", "erased_none"))], **empty}
        return
    try:
        if house.store is not None and step == "erase_this":
            house.store.erase(session.id, owner)
        elif house.store is not None:
            house.store.erase_all(owner)
            campaign_run.erase_all(house, owner)
    except AssistantError as error:
        yield {shown.chat: [*chat, trouble(error, session)], **empty}
        return
    kept = session.taste if step == "erase_this" else Taste()
    fresh = Session(fresh_id, language=session.language, taste=kept)
    yield {**anew(shown, fresh), shown.chat: [said(speaker.text("stored", "erased"))]}
