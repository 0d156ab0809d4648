"""What a visitor's hand sends: a value set on the card, a hit or the arc moved on the time line.

Conventions: the scripts dispatch ``cw-edit`` with the number of the take that was seen, a field and a value; the view
passes it on as the event ``edit``. It walks the same line as a typed reply, with a sentence in the visitor's language
in place of words (`assistant.feedback.handwords`). During a run, nothing can be set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.brief import Brief
from assistant.errors import AssistantError, InputError
from assistant.explain import say_error, voice
from assistant.feedback import edit_of, worded
from assistant.page import conversation, sessions, views
from assistant.page.house import House
from assistant.session import Session

FOLDER = Path(__file__).parent
SCRIPT = "".join((FOLDER / name).read_text("utf-8") for name in ("card.js", "timeline.js"))
STYLE = (FOLDER / "hands.css").read_text("utf-8")
LISTEN = (
    "element.addEventListener('cw-edit', (event) => trigger('edit', event.detail));"
    "new MutationObserver(() => window.cuewright.shown(element)).observe(element, { childList: true, subtree: true });"
)
"""What the view does when it appears: it passes on what hands send, and has what is new placed."""

Update = dict[Any, Any]


def connect(
    house: House,
    shown: conversation.Shown,
    key: gr.BrowserState,
    settings: tuple[gr.Dropdown, gr.Textbox, gr.Checkbox],
    **send: Any,
) -> Any:
    """The event of a change made by hand.

    ``settings`` are engine, seed and whether to play ahead; ``send`` holds how events that make takes are run.
    """
    handler = partial(edited, house, shown)

    def by_hand(
        key: object,
        chat: list[dict[str, Any]],
        session: Session,
        engine: str,
        seed: str,
        ahead: bool,
        event: gr.EventData,
    ) -> Iterator[Update]:  # Gradio gives no event to a `partial`
        yield from handler(key, chat, session, engine, seed, ahead, event._data)

    listen: Callable[..., Any] = shown.view.edit
    return listen(by_hand, [key, shown.chat, shown.session, *settings], list(shown.components()), **send)


def edited(
    house: House,
    shown: conversation.Shown,
    key: object,
    chat: list[dict[str, Any]],
    session: Session,
    engine: str,
    seed: str,
    ahead: bool,
    data: object,
) -> Iterator[Update]:
    """One change made by hand, as a turn of the conversation."""
    yield {shown.chat: gr.skip()}  # Gradio empties every output of a handler that yields nothing
    if conversation.is_at_work(chat) or session.current_take is None:
        return
    speaker = voice(session.language)
    try:
        brief = worded(_brief(data, session), session.current_take, house.library, speaker)
    except AssistantError as error:
        said = {"role": "assistant", "content": views.as_typed(say_error(error, speaker))}
        yield {shown.chat: [*chat, said], shown.view: views.session_view(session)}
        return
    if brief.text:
        message = {"text": brief.text, "files": []}
        yield from sessions.send(house, shown, key, message, chat, session, engine, seed, None, ahead, brief.edits)


def _brief(data: object, session: Session) -> Brief:
    """What the page sent, checked; it must be about the take that is current."""
    sent = data if isinstance(data, dict) else {}
    if sent.get("take") != session.current:
        given, legal = f"a change of take {sent.get('take')!r:.20}", f"take {session.current}, which is the current one"
        raise InputError(given, legal, "choose that take first")
    return Brief("", edits=(edit_of(sent.get("field"), sent.get("value")),))
