"""What was learned of the visitor's taste, shown and taken back.

Conventions: it lives in the visitor's browser as JSON text; what comes from there is a stranger's until it is read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from assistant.errors import InputError
from assistant.explain import Voice, voice
from assistant.session import Session
from assistant.taste import Leaning, Taste

LONGEST = 20_000
"""Characters of a remembered taste that are read."""


def recalled(text: object) -> Taste:
    """The taste that a browser kept; an empty one where it holds nothing that can be read."""
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST:
        return Taste()
    try:
        return Taste.from_text(text)
    except InputError:
        return Taste()


def remembered(session: Session) -> str:
    """What the browser is to keep."""
    return session.taste.to_text() if session.taste.leanings else ""


def listed(session: Session) -> gr.CheckboxGroup:
    """The leanings as a list in which each can be unticked; those that count first."""
    speaker = voice(session.language)
    leanings = sorted(session.taste.leanings, key=lambda each: (not each.sign, -abs(each.count)))
    shown = [(label(each, speaker), each.label) for each in leanings if each.sign]
    about = speaker.text("page", "taste_about" if shown else "taste_none")
    return gr.CheckboxGroup(choices=shown, value=[name for _, name in shown], info=about)


def label(leaning: Leaning, speaker: Voice) -> str:
    """A leaning in the visitor's words."""
    kinds = {"instrument": "instruments", "style": "styles"}
    if leaning.kind in kinds:
        name = speaker.name(kinds[leaning.kind], leaning.name)
        return speaker.text("page", "taste_like" if leaning.count > 0 else "taste_dislike", name=name)
    kind = "parts" if leaning.name in speaker.texts["parts"] else "instruments"
    key = "taste_higher" if leaning.count > 0 else "taste_lower"
    return speaker.text("page", key, name=speaker.name(kind, leaning.name), field=speaker.name("fields", leaning.kind))


def noted(session: Session) -> tuple[str, gr.CheckboxGroup]:
    """What is to be kept and shown after a message."""
    return remembered(session), listed(session)


def unticked(ticked: list[str], session: Session) -> tuple[Any, ...]:
    """The session without the leanings that were unticked, and what is to be kept and shown."""
    gone = {each.label for each in session.taste.leanings if each.sign} - set(ticked)
    session = replace(session, taste=session.taste.forgetting(gone))
    return session, *noted(session)


def erased(session: Session) -> tuple[Any, ...]:
    """The session without a taste."""
    session = replace(session, taste=Taste())
    return session, *noted(session)
