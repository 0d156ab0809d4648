"""The line, walked: from a person's message to a finished take, station by station.

Conventions: `converse` yields a `Step` when a station begins (``value`` None) and another when it is done; the page,
the command line and the tests consume the same stream. To cancel, stop consuming. The last step of every walk is
``"session"``, whose value is the new `Session`; the old one is untouched, so nothing is lost when a station fails.

It does not know which engine composes, nor where the message came from.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from assistant import check as checking
from assistant import clip as clips
from assistant import deliver as delivering
from assistant import feedback, interpret, plan, render
from assistant.audio import Waveform
from assistant.brief import Brief
from assistant.clip import Clip
from assistant.constraints import Constraints, Understanding
from assistant.errors import EngineError, InputError
from assistant.explain import say_findings, say_plan, voice
from assistant.generator import NOTHING_KEPT, Generator, Keep
from assistant.library import Library
from assistant.plan import Plan
from assistant.session import Session, TakeRecord
from assistant.settings import Settings

T = TypeVar("T")

STATIONS = ("clip", "interpret", "plan", "compose", "render", "check", "deliver")
"""The stations in the order of the line."""


@dataclass(frozen=True)
class Step:
    """A station that begins (``value`` None) or is done, after ``seconds``."""

    station: str
    value: object | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Line:
    """What the line needs besides the person's words: data, settings, and the engine that composes.

    ``folder_for`` gives the folder of a take from its number; folders of different sessions never meet.
    """

    library: Library
    settings: Settings
    generator: Generator
    folder_for: Callable[[int], Path]
    seed: int | None = None


def converse(session: Session, brief: Brief, *, line: Line) -> Iterator[Step]:
    """One message of a conversation: a first brief, the answer to a question, or a reply to the current take.

    Raises
    ------
    InputError
        When what was given cannot be used; the session stays as it was.
    """
    take = session.current_take
    if take is None or _asks_for_something_new(session, brief, line):
        yield from _compose(session, brief, line)
    else:
        yield from _revise(session, take, brief, line)


def _asks_for_something_new(session: Session, brief: Brief, line: Line) -> bool:
    """Whether a message is a new brief and no reply: it comes with a new clip, or names both a length and a use."""
    take = session.current_take
    assert take is not None
    if brief.clip_path is not None and brief.clip_path != _clip_path(session):
        return True
    if session.pending is not None:
        return False
    reply = feedback.read_reply(
        brief.text, constraints=take.constraints, library=line.library, sounding=_sounding(take.plan)
    )
    if any(change.field == "action" for change in reply.changes):
        return False
    fresh = interpret.read_brief(brief, library=line.library).constraints
    return fresh.duration_s is not None and fresh.use != "other" and len(brief.text.split()) > 6 and not reply.keep


def _clip_path(session: Session) -> str | None:
    """The clip of the newest turn that had one."""
    return next((turn.clip_path for turn in reversed(session.turns) if turn.clip_path), None)


def _sounding(made: Plan) -> tuple[str, ...]:
    """The instruments of a plan, each once."""
    return tuple(dict.fromkeys(part.instrument for part in made.parts))


def _timed(station: str, work: Callable[[], T], kept: list[T]) -> Iterator[Step]:
    """Announce a station, do its work, announce its value; the value is left in ``kept``."""
    yield Step(station)
    began = time.perf_counter()
    value = work()
    kept.append(value)
    yield Step(station, value, time.perf_counter() - began)


def _measured_clip(session: Session, brief: Brief, line: Line) -> Iterator[Step]:
    path = brief.clip_path or _clip_path(session)
    if path is None:
        return
    yield from _timed("clip", lambda: clips.measure_clip(Path(path), max_s=line.settings.max_upload_s), [])


def _compose(session: Session, brief: Brief, line: Line) -> Iterator[Step]:
    """A first take from a brief (or one more question, when nothing can be made of it yet)."""
    clip: Clip | None = None
    for step in _measured_clip(session, brief, line):
        clip = step.value if isinstance(step.value, Clip) else clip
        yield step
    understood: list[Understanding] = []
    yield from _timed(
        "interpret",
        lambda: interpret.read_brief(brief, library=line.library, clip=clip, pending=session.pending),
        understood,
    )
    understanding = understood[0]
    asked = understanding.constraints
    session = replace(session, language=asked.language)
    if understanding.outcome == "ask":
        said = voice(asked.language).say_all(understanding.remarks)
        pending = replace(session, pending=asked).with_turn(brief.text, said, clip_path=brief.clip_path)
        yield Step("ask", said)
        yield Step("session", pending)
        return
    seed = line.seed if line.seed is not None else random.SystemRandom().randrange(1, 2**31)
    yield from _walk(session, brief, asked, clip, line, seed=seed, before=None, reply=None)


def _revise(session: Session, take: TakeRecord, brief: Brief, line: Line) -> Iterator[Step]:
    """The next take from a reply; or an undo, a choice, an answer."""
    replies: list[feedback.Reply] = []
    yield from _timed(
        "interpret",
        lambda: feedback.read_reply(
            brief.text, constraints=take.constraints, library=line.library, sounding=_sounding(take.plan)
        ),
        replies,
    )
    reply = replies[0]
    speaker = voice(reply.language or session.language)
    action = next((change for change in reply.changes if change.field == "action"), None)
    if action is not None:
        yield from _act(session, take, brief, str(action.value), action.version)
        return
    if not reply.changes:
        said = speaker.say_all(reply.remarks) or speaker.text("take", "nothing_changed")
        yield Step("answer", said)
        yield Step("session", session.with_turn(brief.text, said))
        return
    asked = feedback.apply_changes(take.constraints, reply.changes)
    clip: Clip | None = None
    for step in _measured_clip(session, brief, line):
        clip = step.value if isinstance(step.value, Clip) else clip
        yield step
    yield from _walk(session, brief, asked, clip, line, seed=take.seed, before=take, reply=reply)


def _act(session: Session, take: TakeRecord, brief: Brief, action: str, version: int | None) -> Iterator[Step]:
    """Undo, redo, choose and the like: the history moves, no music is made."""
    speaker = voice(session.language)
    if action == "undo":
        session = session.undo()
    elif action == "redo":
        session = session.redo()
    elif action == "choose":
        session = session.choose(version if version is not None else session.current)
    elif action == "restart":
        session = replace(session, current=0, pending=None)
    if action == "explain":
        said = " ".join((say_plan(take.plan, speaker), say_findings(take.findings, speaker)))
    elif action == "compare":
        said = speaker.text("take", "compare", number=version or take.parent or 1, current=take.number)
    elif action == "export":
        said = speaker.text("take", "export", number=version or take.number)
    elif action == "restart":
        said = speaker.text("take", "restart")
    else:
        said = speaker.text("take", "current", number=session.current)
    yield Step("answer", said)
    yield Step("session", session.with_turn(brief.text, said))


def _walk(
    session: Session,
    brief: Brief,
    asked: Constraints,
    clip: Clip | None,
    line: Line,
    *,
    seed: int,
    before: TakeRecord | None,
    reply: feedback.Reply | None,
) -> Iterator[Step]:
    """Plan, compose, render, check and deliver one take."""
    number = session.next_number
    speaker = voice(asked.language)
    plans: list[Plan] = []
    previous = before.plan if before else None
    yield from _timed(
        "plan",
        lambda: plan.make_plan(asked, library=line.library, clip=clip, seed=seed, previous=previous),
        plans,
    )
    made = plans[0]
    keep = feedback.cells_to_keep(reply, before, made) if reply and before else NOTHING_KEPT
    takes: list[object] = []
    yield from _timed("compose", lambda: _generate(line, made, keep, seed), takes)
    score = takes[0]
    mixdowns: list[render.Mixdown] = []
    yield from _timed(
        "render",
        lambda: render.render(score, made, library=line.library, settings=line.settings),
        mixdowns,
    )
    mixdown = mixdowns[0]
    findings: list[checking.Findings] = []
    yield from _timed("check", lambda: checking.check(asked, made, score, mixdown, clip=clip), findings)
    record = TakeRecord(
        number=number,
        constraints=asked,
        plan=made,
        score=score,
        findings=findings[0],
        engine=line.generator.name,
        seed=seed,
        folder=str(line.folder_for(number)),
        parent=before.number if before else 0,
    )
    difference = feedback.compare_scores(before.score, score) if before else None
    yield from _timed(
        "deliver",
        lambda: delivering.deliver(
            Path(record.folder),
            delivering.Materials(
                brief=brief, clip=clip, take=record, mixdown=mixdown, before=before, difference=difference
            ),
        ),
        [],
    )
    said = say_plan(made, speaker)
    yield Step("session", session.with_take(record).with_turn(brief.text, said, clip_path=brief.clip_path))
