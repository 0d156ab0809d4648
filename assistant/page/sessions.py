"""A visitor's conversation, stored as it goes and found again: what the handlers of the page do, kept.

Conventions: each handler of `assistant.page.conversation` does its work as if nothing were stored; here it is given the
newest state of the session, so that two tabs of one browser go on from each other, and what it changes is stored before
it is shown. A message is stored before it is worked at. Where nothing can be stored, that is said and the work goes on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import gradio as gr
from gradio.context import LocalContext

from assistant.errors import AssistantError, ClipError, InputError
from assistant.explain import say_error, voice
from assistant.hosted import is_space
from assistant.page import conversation, erasing
from assistant.page.anew import anew
from assistant.page.api import visitor_of
from assistant.page.bubbles import Chat, bubbles_of, messages_of, said, trouble
from assistant.page.conversation import Shown, Update
from assistant.page.house import House
from assistant.session import Session
from assistant.store import Bubble, BusyError, GoneError, Message, Store, owner_of
from assistant.store.archive import NEEDED
from assistant.store.values import KEY

SETTLED_S = 4.0
"""How long a visitor who comes back waits for the run that his leaving has stopped."""
LOOK_S = 0.2
MOST_OF_ADDRESS = 3
"""Messages from one address that a Space works at together: a household's, not a crowd of windows."""


@dataclass(frozen=True)
class Sent:
    """A message on its way: what the page gives, and whether it stands in the chat already.

    ``more`` is what `assistant.page.conversation.send` takes besides, the notes of a tune first.
    """

    words: str
    files: list[str]
    engine: str
    seed: str
    more: tuple[Any, ...] = ()
    stands: bool = False

    @property
    def notes(self) -> str | None:
        """The notes of a tune, as they were typed."""
        return self.more[0] or None if self.more else None


def send(
    house: House,
    shown: Shown,
    key: object,
    message: dict[str, Any],
    chat: Chat,
    session: Session,
    engine: str,
    seed: str,
    *more: Any,
) -> Iterator[Update]:
    """One message of the visitor: stored, worked at, its answer stored.

    What comes after the seed goes to `assistant.page.conversation.send` as it is.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(_within_bounds(house))
        except BusyError as error:
            yield {shown.chat: [*chat, trouble(error, session)]}
            return
        sent = Sent((message.get("text") or "").strip(), list(message.get("files") or []), engine, seed, more)
        if house.store is None or not (sent.words or sent.files):
            run = conversation.send(house, shown, message, chat, session, engine, seed, *more)
        else:
            run = _sent(house, house.store, shown, key, sent, chat, session)
        yield from _until_stopped(house, shown, cast(Generator[Update, None, None], run), session)


def _until_stopped(
    house: House, shown: Shown, run: Generator[Update, None, None], session: Session
) -> Iterator[Update]:
    """The updates of a run, of which no more come once the visitor has stopped it."""
    with house.stops.run() as noted, closing(run):
        for update in run:
            after = update.get(shown.session, session)
            if len(after.turns) > len(session.turns):
                noted.answered.set()
            elif conversation.is_at_work(update.get(shown.chat, [])):
                noted.answered.clear()  # of several takes, the next one is begun
            if noted.told.is_set() and not noted.answered.is_set():
                return
            session = after
            house.stops.name(noted, session.id)
            yield update


@contextmanager
def _within_bounds(house: House) -> Iterator[None]:
    """The time of one message; raises `BusyError` when a Space works at as many from its address as it should."""
    request: gr.Request | None = LocalContext.request.get(None)
    if request is None or not is_space(os.environ):
        yield
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(house.turns.one_of(f"page {visitor_of(request)[0]}", MOST_OF_ADDRESS))
        except InputError as error:
            raise BusyError from error
        yield


def _sent(
    house: House, store: Store, shown: Shown, key: object, sent: Sent, chat: Chat, session: Session
) -> Iterator[Update]:
    """One message that is stored, once it may be worked at."""
    session, chat, gone = newest(store, key, session, chat)
    if gone:
        yield {**anew(shown, session), shown.message: gr.MultimodalTextbox(value=None)}
    session = session if session.id else replace(session, id=house.storage.new_session_id())
    owner = owner_for(key, session)
    step = erasing.step_of(sent.words, session.language) if not sent.files else None
    if step is not None:
        fresh_id = house.storage.new_session_id()
        yield from erasing.taken(house, shown, step, chat, session, owner, fresh_id)
        return
    if sent.words == voice(session.language).text("stored", "go_on"):
        sent, chat = _again(house, store, owner, session, chat, sent)
    yield from _kept_run(house, store, owner, shown, sent, chat, session)


def _again(house: House, store: Store, owner: str, session: Session, chat: Chat, sent: Sent) -> tuple[Sent, Chat]:
    """The message that waits, instead of the words that ask for it; the words themselves where none does."""
    try:
        opened = store.open(session.id, owner)
    except AssistantError:
        return sent, chat
    waiting = opened.unanswered
    if waiting is None:
        return sent, chat
    before = list(opened.chat)
    while before and before[-1].role == "user":
        before.pop()
    engine = waiting.engine if waiting.engine in house.offered else sent.engine
    files = [waiting.clip] if waiting.clip else []
    more = (waiting.motif, *sent.more[1:])
    return Sent(waiting.words, files, engine, waiting.seed, more, stands=True), messages_of(before)


def _kept_run(
    house: House, store: Store, owner: str, shown: Shown, sent: Sent, chat: Chat, session: Session
) -> Iterator[Update]:
    """A run whose message is stored before it and whose answer after it."""
    is_stored, unsaved = False, ""
    try:
        session = _ask(house, store, owner, sent, session)
        is_stored = True
    except BusyError as error:
        yield {shown.chat: [*chat, trouble(error, session)]}
        return
    except ClipError:
        pass  # the run says so
    except AssistantError as error:
        unsaved = _unsaved(error, session)
    given = {"text": sent.words, "files": sent.files}
    made = conversation.send(house, shown, given, chat, session, sent.engine, sent.seed, *sent.more)
    run = cast(Generator[Update, None, None], made)
    first, last, is_answered = 0, chat, False
    try:
        with closing(run):
            for update in run:
                store.runs.sign_at(session.id)
                last = update.get(shown.chat, last)
                first = first or len(last)  # a run begins by showing the message
                after = update.get(shown.session)
                if isinstance(after, Session) and len(after.turns) > len(session.turns):
                    if is_stored:
                        owner = store.holder(session.id, owner)  # the visitor's key may have come meanwhile
                        update, unsaved = _stored(store, owner, shown, update, first, answered=True)
                        first = len(last)  # of several takes, each stores what came since
                    is_answered = True
                    if unsaved:
                        update[shown.chat] = [*update[shown.chat], said(unsaved)]
                yield update
        if is_stored and not is_answered:
            store.close(session.id, store.holder(session.id, owner), bubbles_of(last[first:]))
    finally:
        if is_stored:
            store.runs.end_at(session.id)


def _ask(house: House, store: Store, owner: str, sent: Sent, session: Session) -> Session:
    """Store a message before it is worked at."""
    clip = str(house.storage.keep_clip(session.id, Path(sent.files[0]))) if sent.files else None
    files = [Bubble("user", file=clip)] if clip else []
    words = [Bubble("user", sent.words)] if sent.words else []
    message = Message(sent.words, clip, sent.notes, sent.engine, sent.seed) if sent.words or clip else None
    return store.ask(session, owner, message, () if sent.stands else (*files, *words))


def _stored(
    store: Store, owner: str, shown: Shown, update: Update, first: int, *, answered: bool
) -> tuple[Update, str]:
    """An update whose session is stored, with the session as it was stored; what was wrong where it could not be."""
    session: Session = update[shown.session]
    try:
        stored = store.save(session, owner, bubbles_of(update.get(shown.chat, [])[first:]), answered=answered)
    except AssistantError as error:
        return update, _unsaved(error, session)
    return {**update, shown.session: stored}, ""


def _unsaved(error: AssistantError, session: Session) -> str:
    speaker = voice(session.language)
    return " ".join((speaker.text("stored", "unsaved"), say_error(error, speaker)))


def owner_for(key: object, session: Session) -> str:
    """Whose a session is: his whose key the browser brings; where it brings none, nobody's but its own."""
    return owner_of(key) if isinstance(key, str) and KEY.fullmatch(key) else owner_of(session.id)


def newest(store: Store, key: object, session: Session, chat: Chat) -> tuple[Session, Chat, bool]:
    """The session as another tab may have left it, with its chat; a new one and True when it was erased meanwhile.

    Gradio forgets the sessions of visitors who were away long: one whose page shows a conversation goes on with his
    last.
    """
    owner = owner_for(key, session)
    try:
        if not session.id and any(message["role"] == "user" for message in chat) and (works := store.listed(owner)):
            opened = store.open(works[0].id, owner)
            return replace(opened.session, taste=session.taste), messages_of(opened.chat), False
        now = _adopted(store, owner, session)
        return (session, chat, False) if now is session else (now, messages_of(store.open(now.id, owner).chat), False)
    except GoneError:
        session = Session("", language=session.language, taste=session.taste)
        return session, [said(voice(session.language).text("stored", "gone"))], True
    except AssistantError:
        return session, chat, False  # what can't be read can't be saved either, which is said then


def _adopted(store: Store, owner: str, session: Session) -> Session:
    """The newest state of a session, also when its first message was quicker than the visitor's key."""
    try:
        return store.newest(session, owner)
    except GoneError:
        store.adopt(session.id, owner)
        return store.newest(session, owner)


def kept(house: House, shown: Shown, handler: Callable[..., Iterator[Update]]) -> Callable[..., Iterator[Update]]:
    """A handler whose last inputs are the chat and the session, its changes stored; it takes the visitor's key last."""

    def run(*inputs: Any) -> Iterator[Update]:
        *others, chat, session, key = inputs
        if house.store is None:
            yield from handler(*others, chat, session)
            return
        session, chat, gone = newest(house.store, key, session, chat)
        owner = owner_for(key, session)
        if gone:
            yield {**anew(shown, session), shown.chat: chat}
            return
        for update in handler(*others, chat, session):
            if isinstance(update.get(shown.session), Session) and session.revision:
                update, unsaved = _stored(house.store, owner, shown, update, len(chat), answered=False)
                if unsaved:
                    update = {**update, shown.chat: [*update.get(shown.chat, chat), said(unsaved)]}
            yield update

    return run


def stopped(house: House, chat: Chat, session: Session, key: object) -> tuple[Any, Any]:
    """The visitor stopped his run: it waits for no answer any more."""
    if not house.stops.stop(session.id):
        return gr.skip(), gr.skip()
    after, view = conversation.stopped(chat, session)
    if house.store is not None and session.revision and after != chat:
        owner = owner_for(key, session)
        try:
            house.store.adopt(session.id, owner)
            house.store.close(session.id, owner, bubbles_of(after[-1:]))
        except AssistantError as error:
            after = [*after, said(_unsaved(error, session))]
    return after, view


def reopened(house: House, store: Store, shown: Shown, session_id: str, owner: str, session: Session) -> Update:
    """Everything that is shown of a stored session; the taste stays that of the visitor who is here."""
    settled_s = time.monotonic() + SETTLED_S
    while store.runs.session_of(owner) == session_id and time.monotonic() < settled_s:
        time.sleep(LOOK_S)
    opened = store.open(session_id, owner)
    speaker = voice(opened.session.language)
    whole = _with_files(replace(opened.session, taste=session.taste))
    chat = messages_of(opened.chat)
    hint = speaker.text("page", "hint_reply" if whole.current_take else "hint")
    if len(whole.takes) < len(opened.session.takes):
        chat.append(said(speaker.text("stored", "files_gone")))
    if store.runs.session_of(owner) == session_id:
        chat.append(said(speaker.text("stored", "busy")))
    elif opened.unanswered is not None:
        chat.append(said(speaker.text("stored", "unanswered"), [speaker.text("stored", "go_on")]))
    box = {shown.message: gr.MultimodalTextbox(interactive=True, placeholder=hint)}
    return {**anew(shown, whole), **conversation.show_session(shown, whole, chat), **box}


def _with_files(session: Session) -> Session:
    """The session without the takes whose files are gone."""
    there = tuple(take for take in session.takes if all((Path(take.folder) / name).is_file() for name in NEEDED))
    if len(there) == len(session.takes):
        return session
    numbers = [take.number for take in there]
    current = session.current if session.current in numbers else max(numbers, default=0)
    return replace(session, takes=there, current=current, undone=())
