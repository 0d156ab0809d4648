"""The line, walked: from a person's message to a finished take, station by station.

Conventions: `converse` yields a `Step` when a station begins, and another when it is done; while composing and playing
go on, on a thread of their own, further steps tell how far they are. The page, the command line and the tests consume
the same stream. To cancel, close it: the engine stops at its next call of progress, and no thread is left. The last
step of every walk is ``"session"``, whose value is the new `Session`; the old one is untouched, so nothing is lost when
a station fails.

It does not know which engine composes, nor where the message came from.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as Generator_
from dataclasses import replace
from functools import partial
from pathlib import Path

from assistant import feedback, interpret
from assistant.answers import answer
from assistant.brief import Brief
from assistant.clip import Clip, measure_clip
from assistant.constraints import Constraints, Understanding
from assistant.cutdowns import Version, wanted
from assistant.errors import InputError
from assistant.explain import spoken, voice
from assistant.feedback import Change, Reply, deliverables_in
from assistant.ideas import Idea, load_ideas, region_ideas
from assistant.language import detect_language
from assistant.memory import give_back
from assistant.painting import card_of
from assistant.session import Session, TakeRecord
from assistant.settings import ROOT
from assistant.steps import STATIONS, Step, timed
from assistant.themes import read_theme
from assistant.walk import Line, Work, walk, walk_each

__all__ = ["STATIONS", "Line", "Step", "converse", "make_versions"]

SCENE_LETTERS = 30
"""Letters beyond which a message with a length and a use is a scene of its own."""


def converse(session: Session, brief: Brief, *, line: Line) -> Generator_[Step, None, None]:
    """One message of a conversation: a first brief, the answer to a question, or a reply to the current take.

    Raises
    ------
    InputError
        When what was given cannot be used; the session stays as it was.
    """
    try:
        take = session.current_take
        if line.studio is not None and not brief.edits:
            line = replace(line, wish=feedback.skin_wish_in(brief.text, session.language))
            brief = replace(brief, text=line.wish.rest or brief.text)
        if take is None and brief.edits:
            raise InputError("a change by hand", "a take that it changes", "describe a scene first")
        if take is None:
            yield from _compose(session, brief, line)
        elif line.wish.is_all and brief.clip_path is None:
            yield from _repaint(session, take, brief, line)
        elif brief.edits:
            by_hand = feedback.worded(brief, take, line.library, voice(session.language))
            yield from _revise(session, take, replace(by_hand, language=session.language), line)
        elif _is_new_brief(session, take, brief, line):
            yield from _compose(replace(session, pending=None), brief, line)
        else:
            yield from _revise(session, take, brief, line)
    finally:
        give_back()


def _is_new_brief(session: Session, take: TakeRecord, brief: Brief, line: Line) -> bool:
    """Whether a message is no reply but a scene of its own: a new clip with words, or a length together with a use."""
    if brief.clip_path is not None and brief.text:
        return True
    reply = _read_reply(take, brief, line)
    if reply.action is not None or reply.keep:
        return False
    fresh = interpret.read_brief(brief, library=line.library).constraints
    return fresh.duration_s is not None and fresh.use != "other" and _weight(brief.text) > SCENE_LETTERS


def _weight(text: str) -> int:
    """How much a text says, in letters of an alphabet: a sign of Chinese, Japanese or Korean says what three do."""
    return sum(3 if "\u3040" <= sign <= "\u9fff" or "\uac00" <= sign <= "\ud7a3" else 1 for sign in text)


def _read_reply(take: TakeRecord, brief: Brief, line: Line) -> Reply:
    """What a reply asks for: read from words, or as it was set by hand."""
    if brief.edits:
        return feedback.reply_by_hand(brief, take, line.library)
    sounding = tuple(dict.fromkeys(part.instrument for part in take.plan.parts))
    read = partial(
        feedback.read_reply,
        constraints=take.constraints,
        library=line.library,
        sounding=sounding,
        duration_s=take.plan.length_s,
        cuts=take.clip.cuts if take.clip else (),
    )
    words = feedback.with_bars_as_times(brief.text, take.plan, line.settings.prompts_dir)
    return feedback.with_own_sound(words, take.clip, take.constraints.language, read)


def _measured(path: str | None, line: Line) -> Generator_[Step, None, Clip | None]:
    """The clip at a path, measured; None without a path."""
    if path is None:
        return None
    return (yield from timed("clip", lambda: measure_clip(Path(path), max_s=line.settings.max_upload_s)))


def _compose(session: Session, brief: Brief, line: Line) -> Iterator[Step]:
    """A first take from a brief, or one question, when nothing can be made of it yet."""
    path = brief.clip_path or (session.turns[-1].clip_path if session.pending and session.turns else None)
    brief = replace(brief, clip_path=path)
    scene = _without_ideas(brief, session.language)
    ideas = load_ideas(line.settings.prompts_dir) if scene != brief else ()
    brief = scene
    clip = yield from _measured(path, line)
    understanding = yield from timed("interpret", lambda: _understood(session, brief, clip, line))
    asked = understanding.constraints
    session = replace(session, language=spoken(asked.language, session.language))
    if understanding.outcome == "ask":
        question = voice(session.language).ask(understanding.remarks)
        yield Step("ask", question)
        yield Step("session", replace(session, pending=asked).with_turn(brief.text, question.text, clip_path=path))
        return
    seed = line.seed if line.seed is not None else random.SystemRandom().randrange(1, 2**31)
    work = Work(session, brief, asked, clip, seed)
    regions = () if ideas else _regions_each(brief, asked)
    yield from walk_each(work, ideas or regions, line) if ideas or regions else walk(work, line)


def _regions_each(brief: Brief, asked: Constraints) -> tuple[Idea, ...]:
    """A direction for each region of a brief that wants a version for each; none where it does not."""
    regions = interpret.regions_in(brief.text, asked.language) if asked.region else ()
    if len(regions) < 2 or not feedback.wants_each(brief.text, asked.language):
        return ()
    speaker = voice(asked.language)
    return region_ideas(regions, {region: speaker.name("regions", region) for region in regions})


def _without_ideas(brief: Brief, spoken_language: str) -> Brief:
    """A first brief without the words that ask for several ideas."""
    tags = (detect_language(brief.text, prompts_dir=ROOT / "prompts").tag, spoken_language)
    tag = next((tag for tag in tags if feedback.ideas_in(brief.text, tag)), None)
    return replace(brief, text=feedback.without_ideas(brief.text, tag)) if tag else brief


def _understood(session: Session, brief: Brief, clip: Clip | None, line: Line) -> Understanding:
    """What a brief means, with the motif that came with it; what stays open is filled from the person's taste."""
    read = interpret.read_brief(brief, library=line.library, clip=clip, pending=session.pending, advisers=line.advisers)
    if brief.motif is not None:
        motif = read_theme(brief.motif, line.library, tempo_bpm=_middle_bpm(read.constraints))
        read = interpret.with_motif(read, motif)
    read = interpret.with_beside(read, brief.beside, line.library)
    filled, remarks = session.taste.fill(read.constraints)
    return replace(read, constraints=filled, remarks=(*read.remarks, *remarks)) if read.outcome != "ask" else read


def _middle_bpm(asked: Constraints) -> float | None:
    """The tempo that was asked, for fitting a hummed tune to it."""
    return sum(asked.tempo_bpm) / 2 if asked.tempo_bpm else None


def _revise(session: Session, take: TakeRecord, brief: Brief, line: Line) -> Iterator[Step]:
    """The next take from a reply; or a move in the history, or an answer."""
    if not brief.edits and brief.clip_path is None and (words := deliverables_in(brief.text, session.language)):
        yield from make_versions(session, take, brief, wanted(take, words, line.library), line)
        return
    reply = yield from timed("interpret", lambda: _read_reply(take, brief, line))
    speaker = voice(reply.language)
    given = None if brief.edits else _given(brief, take, line)
    if given is not None and not reply.changes:
        yield from walk(Work(session, brief, given, take.clip, take.seed, take), line)
        return
    if reply.action is not None and reply.action.value == "ideas":
        yield from _revise_each(replace(session, language=reply.language), take, brief, reply, line)
        return
    if reply.action is not None:
        yield from _act(replace(session, language=reply.language), take, brief, reply.action, line)
        return
    standing = _standing(session, take, brief, reply, line)
    if standing is not session:
        said = speaker.text("take", "noted")
        yield Step("answer", said)
        yield Step("session", standing.with_turn(brief.text, said))
        return
    if reply.outcome == "ask" and (reply.changes or brief.clip_path is None):
        said = speaker.say_all(reply.remarks)
        yield Step("ask", speaker.ask(reply.remarks)) if reply.changes else Step("answer", said)
        yield Step("session", session.with_turn(brief.text, said))
        return
    clip = yield from _measured(brief.clip_path, line)
    if not reply.changes and clip is None:
        said = speaker.say_all(reply.remarks) or speaker.text("take", "nothing_changed")
        yield Step("answer", said)
        yield Step("session", session.with_turn(brief.text, said))
        return
    applied = feedback.apply_and_say(given or take.constraints, reply.changes, now=feedback.now_of(take.plan))
    if remarks := tuple(dict.fromkeys((*reply.remarks, *applied.remarks))):
        yield Step("said", speaker.say_all(remarks))
    asked = replace(applied.constraints, language=reply.language)
    if brief.edits:
        asked = feedback.signed(asked, take.constraints, reply.changes, speaker)
    if clip is not None:
        asked, remarks = interpret.with_clip(asked, clip, brief.text, advisers=line.advisers)
        if remarks:
            yield Step("said", speaker.say_all(remarks))
    yield from walk(Work(session, brief, asked, clip or take.clip, take.seed, take, reply), line)


def _repaint(session: Session, take: TakeRecord, brief: Brief, line: Line) -> Iterator[Step]:
    """The same score, painted otherwise."""
    asked = replace(take.constraints, language=spoken(line.wish.language, session.language))
    given = Version("", asked, take.plan, take.score)
    yield from walk(Work(session, brief, asked, take.clip, take.seed, take, learns=False, version=given), line)


def _revise_each(session: Session, take: TakeRecord, brief: Brief, reply: Reply, line: Line) -> Iterator[Step]:
    """Ideas drawn from the current take, with what else the message changes changed in all of them."""
    rest = feedback.without_ideas(brief.text, reply.language)
    besides = _read_reply(take, replace(brief, text=rest), line)
    changes = besides.changes if besides.action is None else ()
    asked = feedback.apply_and_say(take.constraints, changes, now=feedback.now_of(take.plan)).constraints
    work = Work(session, brief, replace(asked, language=reply.language), take.clip, take.seed, take)
    yield from walk_each(work, load_ideas(line.settings.prompts_dir), line)


def make_versions(
    session: Session, take: TakeRecord, brief: Brief, versions: Sequence[Version], line: Line
) -> Iterator[Step]:
    """A take for each version of a take, told as ideas are; the take itself stays the current one."""
    work = Work(session, brief, take.constraints, take.clip, take.seed, take)
    for step in walk_each(work, versions, line):
        if isinstance(step.value, Session):
            step = replace(step, value=replace(step.value, current=take.number))
        yield step


def _standing(session: Session, take: TakeRecord, brief: Brief, reply: Reply, line: Line) -> Session:
    """The session that remembers a wish for all cues to come which the take already meets; else the session itself."""
    if reply.changes or brief.clip_path is not None or not feedback.is_standing(brief.text, reply.language):
        return session
    players = take.constraints.instruments
    before = replace(take.constraints, instruments=replace(players, exclude=()))
    meant = feedback.read_reply(brief.text, constraints=before, library=line.library, sounding=players.exclude)
    learned = feedback.learn(session.taste, meant, brief.text)
    return session if learned == session.taste else replace(session, taste=learned)


def _given(brief: Brief, take: TakeRecord, line: Line) -> Constraints | None:
    """The wishes with another motif, or with the clip's music followed; None where a reply brings neither."""
    if brief.motif is not None:
        motif = read_theme(brief.motif, line.library, tempo_bpm=_middle_bpm(take.constraints))
        if motif.text != (take.constraints.motif.text if take.constraints.motif else ""):
            return interpret.with_other_motif(take.constraints, motif)
    return interpret.read_follow(brief, take.constraints, take.clip) if brief.clip_path is None else None


def _act(session: Session, take: TakeRecord, brief: Brief, action: Change, line: Line) -> Iterator[Step]:
    """Undo, redo, choose and the like: the history moves, no music is made."""
    speaker = voice(session.language)
    name, version = str(action.value), action.version
    if name == "explain":
        asked = feedback.read_question(brief.text, constraints=take.constraints, library=line.library)
        painter = card_of(take.account, line.studio_card) if take.account else None
        said = answer(asked, take, card=line.card, speaker=speaker, painter=painter)
    elif name == "name":
        session = session.renamed(version or take.number, action.name)
        called = next(each for each in session.takes if each.number == (version or take.number))
        said = speaker.text("take", "named", number=called.number, name=called.name)
    elif name == "compare":
        other = _beside(session, take, version)
        if other is None:
            said = speaker.text("take", "compare_none")
        else:
            said = speaker.text("take", "compare", number=other, current=take.number)
            yield Step("compare", other)
    elif name == "export":
        session = session.choose(version) if version else session
        session = session.taking_away()
        said = speaker.text("take", "export", number=session.current)
    elif name == "restart":
        session = replace(session, current=0, pending=None)
        said = speaker.text("take", "restart")
    else:
        moves: dict[str, Callable[[], Session]] = {
            "undo": session.undo,
            "redo": session.redo,
            "choose": lambda: session.choose(version or 0),
        }
        session = moves[name]()
        said = speaker.text("take", "current", number=session.current)
    yield Step("answer", said)
    yield Step("session", session.with_turn(brief.text, said))


def _beside(session: Session, take: TakeRecord, version: int | None) -> int | None:
    """The take to hear beside the current one: the one that was named, that it came from, or the nearest."""
    if version is not None and version != take.number:
        session.choose(version)
        return version
    others = [each.number for each in session.takes if each.number != take.number]
    if take.parent in others:
        return take.parent
    return min(others, key=lambda number: abs(number - take.number), default=None)
