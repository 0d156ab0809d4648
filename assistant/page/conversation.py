"""What happens when a visitor sends, undoes, chooses or stops.

Conventions: a handler gets the visitor's own `Session` and gives back a new one; nothing is kept between calls. A
handler yields only what changed, as a dict from component to update. Every error becomes a chat message; the
conversation goes on.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from threading import Thread
from typing import Any

import gradio as gr

from assistant import pipeline
from assistant.brief import Brief, Edit
from assistant.constraints import Constraints, Understanding
from assistant.errors import AssistantError, ClipError, InputError
from assistant.explain import Question, Voice, say_constraints, say_error, say_findings, say_plan, voice
from assistant.feedback import Reply, read_reply
from assistant.library import load
from assistant.page import stream, tune, views
from assistant.page.house import House
from assistant.page.player import player
from assistant.page.takes import Wish
from assistant.plan import Plan
from assistant.render.preview import Piece
from assistant.session import Session, TakeRecord
from assistant.settings import LARGEST_SEED

log = logging.getLogger(__name__)

KEPT_NAME = re.compile(r"'clip-\d+(\.\w+)?'")
"""How an error names the copy of a visitor's clip."""

VISITORS_AT_ONCE = 24
"""Messages that are answered at the same time, fewer than the threads that Gradio has; `Turns` says who works."""
LOOK_S = 0.2
"""Seconds between two looks at a station that is under way: often enough to watch it, too seldom to hold it up."""

Update = dict[Any, Any]
Message = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """The components that handlers fill."""

    chat: gr.Chatbot
    message: gr.MultimodalTextbox
    session: gr.State
    audio: gr.HTML
    view: gr.HTML
    undo: gr.Button
    redo: gr.Button
    stop: gr.Button
    stream: gr.HTML

    def components(self) -> Iterator[Any]:
        """Every component, in order."""
        for field in fields(self):
            yield getattr(self, field.name)


def send(
    house: House,
    shown: Shown,
    message: dict[str, Any],
    chat: list[Message],
    session: Session,
    engine: str,
    seed: str,
    notes: str | None = None,
    ahead: bool = False,
    edits: tuple[Edit, ...] = (),
) -> Iterator[Update]:
    """One message of the visitor, or what they set by hand: walk the line and show each station as it goes."""
    words, files = (message.get("text") or "").strip(), message.get("files") or []
    if not words and not files:
        yield {shown.message: gr.skip()}  # Gradio empties every output of a handler that yields nothing
        return
    session = session if session.id else replace(session, id=house.storage.new_session_id())
    chat = [*chat, *_bubbles(words, files)]
    yield {
        shown.chat: chat,
        shown.message: gr.MultimodalTextbox(value=None, interactive=False),
        shown.session: session,
        shown.stop: gr.Button(interactive=True),
    }
    try:
        motif = tune.checked(notes)
        yield from _walk(house, shown, words, files, chat, session, engine, seed, motif, edits, ahead=ahead)
    except AssistantError as error:
        if isinstance(error, ClipError):
            error.given = _named_as_uploaded(error.given, files)
        yield _failed(shown, error, chat, session)
    except Exception as error:  # the edge: a fault of ours is said, never shown as a traceback
        log.exception("a take failed")
        yield _failed(shown, AssistantError(type(error).__name__), chat, session)
    yield {shown.message: gr.MultimodalTextbox(interactive=True), shown.stop: gr.Button(interactive=False)}


def _failed(shown: Shown, error: AssistantError, chat: list[Message], session: Session) -> Update:
    """An error as a message; what was begun makes way for what was there."""
    said = say_error(error, voice(session.language))
    return {shown.chat: [*chat, _said(said)], shown.view: views.session_view(session), shown.stream: ""}


def _walk(
    house: House,
    shown: Shown,
    words: str,
    files: list[str],
    chat: list[Message],
    session: Session,
    engine: str,
    seed: str,
    motif: str | None,
    edits: tuple[Edit, ...],
    *,
    ahead: bool,
) -> Iterator[Update]:
    """The updates of one walk along the line."""
    clip = house.storage.keep_clip(session.id, Path(files[0])) if files else None
    turn = house.turns.turn()
    line = pipeline.Line(
        library=house.library,
        settings=house.settings,
        folder_for=lambda number: house.storage.take_folder(session.id, number),
        seed=_seed_of(seed),
        **house.players(engine, words, session.current_take),
        similarity=house.similarity,
        reference=house.reference,
        advisers=house.advisers,
        ahead=ahead,
        give_way=turn.give_way,
    )
    pieces = stream.Stream(house.storage.folder_of(session.id), session.language)
    brief = Brief(words, str(clip) if clip else None, motif=motif, edits=edits)
    steps = turn.walk(pipeline.converse(session, brief, line=line))
    try:
        yield from _shown(steps, shown, chat, session, pieces)
    except GeneratorExit:
        # Gradio closes a run on the loop that serves everybody, and an engine may need a moment until it stops.
        Thread(target=steps.close, name="stopping").start()
        raise


def _seed_of(said: str) -> int | None:
    """The seed that was typed, None for a new one each time."""
    words = said.strip()
    if not words:
        return None
    if not re.fullmatch(r"[+-]?[0-9]{1,12}", words):
        raise InputError(f"seed {words:.40}", f"0 to {LARGEST_SEED}", "choose a number in this range")
    return int(words)


def _shown(
    steps: Iterator[pipeline.Step], shown: Shown, chat: list[Message], session: Session, pieces: stream.Stream
) -> Iterator[Update]:
    """The updates of the steps of a walk; those of a station that is under way only as often as is worth a look."""
    progress, count = views.Progress(session.language, cuts_s=views.cuts_of(session.current_take)), len(session.takes)
    said: list[Message] = []
    looked_s = 0.0
    told: tuple[str, float | None] = ("", None)
    compare: int | None = None
    for step in steps:
        if isinstance(step.value, Piece):
            yield {shown.stream: pieces.after(step.value)}
            continue
        progress = progress.after(step)
        said += _heard(step, progress.language, session.current_take)
        if step.station == "compare" and isinstance(step.value, int):
            compare = step.value
        if step.station == "idea" and isinstance(step.value, Session):
            session, progress = step.value, views.Progress(progress.language, cuts_s=progress.cuts_s)
            yield show_session(shown, session, [*chat, *said])
            continue
        if isinstance(step.value, Session):
            is_new = len(step.value.takes) > len(session.takes)
            if said and step.value.takes == session.takes and len(step.value.takes) > count:
                said[-1]["options"] = _choices(step.value, count)
            yield show_session(shown, step.value, [*chat, *said], summary=is_new, compare=compare)
            return
        if step.is_under_way and time.monotonic() < looked_s + LOOK_S:
            continue
        if step.is_under_way and step.sketch is None and told == (step.station, step.share):
            yield {shown.stream: gr.skip()}  # it waits for its turn: nothing new, but whoever has left is found out
            continue
        told = (step.station, step.share)
        update: Update = {shown.chat: [*chat, *said, _working(progress.text())]}
        if progress.plan is not None:
            update[shown.view] = views.sketch_view(progress)
        if isinstance(step.value, Understanding):
            update[shown.session] = replace(session, language=progress.language)
        yield update
        looked_s = time.monotonic()


def _choices(session: Session, count: int) -> list[dict[str, str]]:
    """A click for each take but the first ``count``: it makes that one the current one."""
    speaker = voice(session.language)
    return [{"value": speaker.text("take", "label", number=take.number)} for take in session.takes[count:]]


def _named_as_uploaded(given: str, files: list[str]) -> str:
    """What was given, the clip called by the name that the visitor knows: our copy's name tells them nothing."""
    return KEPT_NAME.sub(lambda _: repr(Path(files[0]).name), given) if files else given


def _heard(step: pipeline.Step, language: str, before: TakeRecord | None) -> list[Message]:
    """What a finished station has to say; of the plan of a next take only what the take before did not say."""
    value = step.value
    if isinstance(value, Understanding):
        if value.outcome == "ask":
            return []
        speaker = voice(language)
        said = speaker.ask(value.remarks)
        text = " ".join(filter(None, (say_constraints(value.constraints, speaker), said.text)))
        return [_offering(text, said.answers) if said.answers else _said(text)]
    if isinstance(value, Reply):
        remarks = voice(value.language).say_all(value.remarks)
        return [_said(remarks)] if remarks and value.changes else []
    if isinstance(value, Plan) and before is None:
        return [_said(say_plan(value, voice(language)))]
    if isinstance(value, Plan) and before is not None:
        remarks = voice(language).say_all([remark for remark in value.remarks if remark not in before.plan.remarks])
        return [_said(remarks)] if remarks else []
    if isinstance(value, Question):
        return [_offering(value.text, value.answers)]
    if step.station in ("answer", "said") and isinstance(value, str):
        return [_said(value)]
    return []


def show_session(
    shown: Shown, session: Session, chat: list[Message], *, summary: bool = False, compare: int | None = None
) -> Update:
    """Every component as the session's current take wants it; ``compare`` is a take to be heard beside it."""
    take = session.current_take
    update: Update = {shown.chat: chat, shown.session: session}
    if take is None:
        return update
    speaker = voice(session.language)
    if summary:
        ready = speaker.text("take", "ready", number=take.number)
        chat = [*chat, _offering(f"{ready} {say_findings(take.findings, speaker)}", replies_to(speaker, take))]
    return {
        shown.chat: chat,
        shown.session: session,
        shown.audio: player(session, compare=compare),
        shown.view: views.session_view(session),
        shown.message: gr.MultimodalTextbox(placeholder=speaker.text("page", "hint_reply")),
        shown.undo: gr.Button(interactive=take.parent != 0),
        shown.redo: gr.Button(interactive=bool(session.undone)),
    }


def step_back_or_on(shown: Shown, words: str, chat: list[Message], session: Session) -> Iterator[Update]:
    """Undo or redo by button; where there is nothing to undo, say so."""
    try:
        moved = session.undo() if words == "undo" else session.redo()
    except AssistantError as error:
        yield {shown.chat: [*chat, _said(say_error(error, voice(session.language)))]}
        return
    said = voice(session.language).text("take", "current", number=moved.current)
    yield show_session(shown, moved, [*chat, _said(said)])


def carry_out(shown: Shown, wish: Wish, chat: list[Message], session: Session) -> Iterator[Update]:
    """A wish of the list of takes or of the player: another take, another name, or a file that was taken away.

    What is taken away was right, and the visitor's taste remembers it.
    """
    try:
        if wish.what == "choose":
            yield show_session(shown, session.choose(wish.take), chat)
        elif wish.what == "rename":
            yield show_session(shown, session.renamed(wish.take, wish.name), chat)
        else:
            yield {shown.session: session.taking_away() if wish.what == "taken" else session}
    except AssistantError as error:
        yield {shown.chat: [*chat, _said(say_error(error, voice(session.language)))]}


def stopped(chat: list[Message], session: Session) -> tuple[list[Message], str]:
    """The visitor's own run was stopped: what it was at gives way to a word of that, and to the view that was there."""
    if is_at_work(chat):
        told = chat if chat[-1]["role"] == "user" else chat[:-1]
        chat = [*told, _said(voice(session.language).text("take", "stopped"))]
    return chat, views.session_view(session)


def unlocked() -> tuple[Any, Any]:
    """The box is the visitor's again, and there is nothing to stop."""
    return gr.MultimodalTextbox(interactive=True), gr.Button(interactive=False)


def picked(chat: list[Message], event: gr.SelectData) -> dict[str, Any]:
    """An example or an offered reply was clicked: the words that it stands for, as if typed; none during a run."""
    if is_at_work(chat):
        return {"text": "", "files": []}
    value = event.value
    return {"text": value.get("text", "") if isinstance(value, dict) else str(value), "files": []}


def is_at_work(chat: list[Message]) -> bool:
    """Whether a message of the visitor is being worked at: it comes last, or the progress on it does."""
    if not chat:
        return False
    content = chat[-1]["content"]
    pieces = content if isinstance(content, list) else [content]
    texts = [str(piece.get("text", "")) if isinstance(piece, dict) else str(piece) for piece in pieces]
    return chat[-1]["role"] == "user" or any(text.startswith((views.DONE, views.AT_WORK)) for text in texts)


def _bubbles(words: str, files: list[str]) -> list[Message]:
    """The visitor's message as chat bubbles; the words stand there as they were typed."""
    bubbles: list[Message] = [{"role": "user", "content": {"path": path}} for path in files]
    return [*bubbles, {"role": "user", "content": views.as_typed(words)}] if words else bubbles


def replies_to(speaker: Voice, take: TakeRecord) -> list[str]:
    """What a person may say of a take, for those who don't know what to say; nobody is offered who plays already."""
    lines = [line for key, line in speaker.texts["page"].items() if key.startswith("reply_")]
    sounding = {part.instrument for part in take.plan.parts}
    return [*(line for line in lines if not _adds_nobody(line, sounding)), speaker.text("page", "ideas")]


def _adds_nobody(line: str, sounding: set[str]) -> bool:
    """Whether a reply asks for players alone, and all of them sound."""
    changes = read_reply(line, constraints=Constraints(), library=load()).changes
    return bool(changes) and all(change.add and sounding.issuperset(change.add) for change in changes)


def _offering(text: str, answers: Iterable[str]) -> Message:
    """A sentence with answers below it that a click sends."""
    return {"role": "assistant", "content": views.as_typed(text), "options": [{"value": line} for line in answers]}


def _said(text: str) -> Message:
    return {"role": "assistant", "content": views.as_typed(text)}


def _working(progress: str) -> Message:
    """The progress of a run, which is our own Markdown."""
    return {"role": "assistant", "content": progress}
