"""Earlier work: found again, listed, saved as a file and brought back, erased; and the button that begins anew.

Conventions: the visitor's key, 256 random bits, is all that his browser keeps of it; the server knows its digest. A
list shows only what the key opens, and whatever is clicked is asked for together with the key again.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr
from babel.core import UnknownLocaleError
from babel.dates import format_date

from assistant.errors import AssistantError, InputError
from assistant.explain import Voice, say_error, voice
from assistant.page import erasing, sessions, views
from assistant.page.anew import anew
from assistant.page.bubbles import Chat, trouble
from assistant.page.conversation import Shown, Update
from assistant.page.house import House
from assistant.page.storage import forget_copies
from assistant.session import Session
from assistant.store import Database, Limits, Store, Work, export_work, import_work, owner_of
from assistant.store.limits import GB, MB
from assistant.store.values import KEY

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Past:
    """The components of earlier work."""

    key: gr.BrowserState
    folded: gr.Accordion
    works: gr.Radio
    save: gr.Button
    file: gr.HTML
    load: gr.UploadButton
    erase: gr.Button


def build(translated: Callable[[str], str], key: gr.BrowserState) -> Past:
    """The fold below the conversation that holds earlier work.

    The key must stand outside every fold: what lies in a closed one is not there for the browser.
    """
    with gr.Accordion(translated("work"), open=False, elem_id="work") as folded:
        works = gr.Radio([], show_label=False, elem_id="works")
        with gr.Row():
            save = gr.Button(translated("work_save"), size="sm", elem_id="work-save")
            load = gr.UploadButton(translated("work_load"), size="sm", file_types=[".zip"], elem_id="work-load")
            erase = gr.Button(translated("work_erase"), size="sm", elem_id="work-erase")
        file = gr.HTML("", elem_id="work-file", padding=False)
    return Past(key, folded, works, save, file, load, erase)


def connect(house: House, shown: Shown, past: Past, new: gr.Button, sending: list[Any], greeted: Any) -> None:
    """What happens when the page is opened, after each message, and on the clicks of earlier work."""
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    outputs = [*shown.components(), past.file]
    listing: dict[str, Any] = {
        "fn": partial(listed, house),
        "inputs": [shown.session, past.key],
        "outputs": [past.works],
        **private,
    }
    arrival = greeted.then(
        partial(returned, house, shown, past),
        [past.key, shown.session],
        [*outputs, past.key],
        **private,
    )
    here, chat = [shown.session, past.key], [shown.chat, shown.session, past.key]
    moves = [
        new.click(partial(begin, shown, past), [shown.session], outputs, cancels=sending, **private),
        past.works.input(partial(choose, house, shown, past), [past.works, *chat], outputs, cancels=sending, **private),
        past.load.upload(partial(bring, house, shown, past), [past.load, *chat], outputs, cancels=sending, **private),
    ]
    past.erase.click(partial(erasing.asked, shown), [shown.chat, shown.session], [shown.chat], **private)
    past.save.click(partial(saved, house), here, [past.file], concurrency_limit=1, **private)
    for event in (arrival, *moves, *sending):
        event.then(**listing)


def returned(house: House, shown: Shown, past: Past, kept: object, session: Session) -> Update:
    """The page as the visitor left it; a key for one who has none. Only from now on messages can be written."""
    known = isinstance(kept, str) and bool(KEY.fullmatch(kept))
    key = str(kept) if known else secrets.token_hex(32)
    update: Update = {past.key: key, shown.message: gr.MultimodalTextbox(interactive=True)}
    store, owner = house.store, owner_of(key)
    if store is None or not known or session.id:
        return update
    try:
        works = store.listed(owner)
        if works:
            return update | sessions.reopened(house, store, shown, works[0].id, owner, session)
    except AssistantError as error:
        return update | {shown.chat: [trouble(error, session)]}
    except Exception:  # the edge: whatever is wrong with what was stored, the page must be of use
        log.exception("stored work could not be shown")
        return update
    if store.database.damaged:
        gr.Warning(voice(session.language).text("stored", "damaged"))
    return update


def listed(house: House, session: Session, key: object) -> gr.Radio:
    """The visitor's own sessions, the one that is open marked."""
    speaker, store = voice(session.language), house.store
    if store is None:
        return gr.Radio(choices=[], info=speaker.text("stored", "none"))
    owner = sessions.owner_for(key, session)
    try:
        if session.revision:
            store.adopt(session.id, owner)  # its first message may have been quicker than the key
        works = store.listed(owner)
    except AssistantError as error:
        return gr.Radio(choices=[], info=say_error(error, speaker))
    chosen = next((work.id for work in works if work.id == session.id), None)
    limits = store.limits
    about = speaker.text("stored", "about", days=f"{limits.days:g}", size=f"{limits.total_bytes / GB:g} GB")
    info = about if works else speaker.text("stored", "none")
    return gr.Radio(choices=[(label(work, speaker), work.id) for work in works], value=chosen, info=info)


def label(work: Work, speaker: Voice) -> str:
    """A stored session in a list: what it is about, from when, and how large."""
    when = datetime.fromtimestamp(work.touched_s, UTC)
    try:
        day = format_date(when, locale=speaker.language)
    except (UnknownLocaleError, ValueError):
        day = when.date().isoformat()
    title = work.title or speaker.text("stored", "untitled")
    return " · ".join((title, day, f"{work.size_bytes / MB:.0f} MB"))


def begin(shown: Shown, past: Past, session: Session) -> Update:
    """A new conversation; the one before stays among the earlier work."""
    return {**anew(shown, Session("", language=session.language, taste=session.taste)), past.file: ""}


def choose(
    house: House, shown: Shown, past: Past, session_id: str | None, chat: Chat, session: Session, key: object
) -> Update:
    """Open a session of the list."""
    if house.store is None or not session_id:
        return {}
    try:
        owner = sessions.owner_for(key, session)
        house.store.touch(session_id, owner)
        update = sessions.reopened(house, house.store, shown, session_id, owner, session)
        return {**update, past.file: ""}
    except AssistantError as error:
        return {shown.chat: [*chat, trouble(error, session)]}


def saved(house: House, session: Session, key: object) -> str:
    """The session as one file, as a link to it."""
    speaker = voice(session.language)
    try:
        store = _store_of(house)
        path = export_work(store, session.id, sessions.owner_for(key, session))
    except AssistantError as error:
        return f"<p>{escape(say_error(error, speaker))}</p>"
    size = path.stat().st_size
    text = speaker.text("stored", "file", size=f"{size / MB:.0f} MB")
    too_large = speaker.text("stored", "file_too_large") if size > store.limits.import_bytes else ""
    address = f"gradio_api/file={quote(path.resolve().as_posix())}"
    return f'<p><a href="{escape(address)}" download="cuewright.zip">{escape(text)}</a> {escape(too_large)}</p>'


def bring(house: House, shown: Shown, past: Past, path: str, chat: Chat, session: Session, key: object) -> Update:
    """Open a session from a file that was saved before, here or elsewhere."""
    file = Path(path)
    try:
        store, owner = _store_of(house), sessions.owner_for(key, session)
        session_id = import_work(store, owner, file, show=views.session_view)
        return {**sessions.reopened(house, store, shown, session_id, owner, session), past.file: ""}
    except AssistantError as error:
        return {shown.chat: [*chat, trouble(error, session)]}
    finally:
        file.unlink(missing_ok=True)


def _store_of(house: House) -> Store:
    if house.store is None:
        raise InputError("work on a page that keeps none", "a page with a store", "set CUEWRIGHT_WORK")
    return house.store


def open_store(work_dir: Path, root: Path) -> Store:
    """The store of a page: its database lies beside the folder that files are served from, never in it."""
    return Store(Database(work_dir / "sessions.sqlite"), root, Limits.from_environment(), forget=forget_copies)
