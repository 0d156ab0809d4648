"""The page as it is before anything was said.

Conventions: it gives every component that a conversation fills, so that nothing of another conversation stays.
"""

from __future__ import annotations

import gradio as gr

from assistant.explain import voice
from assistant.page import views
from assistant.page.conversation import Shown, Update
from assistant.session import Session


def anew(shown: Shown, session: Session) -> Update:
    """The page as it is before the first take of a session."""
    speaker = voice(session.language)
    idle = {button: gr.Button(interactive=False) for button in (shown.undo, shown.redo, shown.stop)}
    return {
        shown.chat: [],
        shown.session: session,
        shown.message: gr.MultimodalTextbox(value=None, interactive=True, placeholder=speaker.text("page", "hint")),
        shown.view: views.empty_view(speaker.text("page", "empty"), direction=speaker.direction),
        shown.audio: "",
        shown.stream: "",
        **idle,
    }
