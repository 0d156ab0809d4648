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
import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as Generator_
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from assistant import feedback, interpret
from assistant.answers import answer
from assistant.brief import Brief
from assistant.check import check
from assistant.clip import Clip, measure_clip
from assistant.constraints import Constraints, Understanding
from assistant.cutdowns import Version, wanted
from assistant.deliver import EngineCard, Materials, ReferenceCheck, SimilarityCheck, deliver
from assistant.deliver.papers.certificates import signer_for
from assistant.errors import EngineError, InputError
from assistant.explain import spoken, voice
from assistant.feedback import Change, Reply, deliverables_in
from assistant.generator import NOTHING_KEPT, Generator, Keep, Opening, Progress
from assistant.ideas import Idea, load_ideas, region_ideas
from assistant.interpret import NOBODY, Advisers
from assistant.language import detect_language
from assistant.library import Library
from assistant.memory import give_back
from assistant.plan import Plan, make_plan
from assistant.preview import Ahead
from assistant.render import Mixdown, render
from assistant.score import Score
from assistant.session import Session, TakeRecord
from assistant.settings import ROOT, Settings, checked_seed
from assistant.themes import read_theme
from assistant.tuned import in_tune
from assistant.worker import told

T = TypeVar("T")

SCENE_LETTERS = 30
"""Letters beyond which a message with a length and a use is a scene of its own."""

STATIONS = ("clip", "interpret", "plan", "compose", "render", "check", "deliver")
"""The stations in the order of the line."""


@dataclass(frozen=True)
class Step:
    """A station that begins, is under way, or is done.

    Parameters
    ----------
    station : str
        One of `STATIONS`, or what is said between them.
    value : object or None
        What it has made; None until it is done.
    seconds : float
        How long it took, once it is done.
    share : float or None
        While it is under way: the share of its work that is done, 0 to 1.
    sketch : Score or None
        While composing: the score as far as it is written (`assistant.generator.Progress`).
    """

    station: str
    value: object | None = None
    seconds: float = 0.0
    share: float | None = None
    sketch: Score | None = None

    @property
    def begins(self) -> bool:
        """Whether a station begins here."""
        return self.value is None and self.share is None

    @property
    def is_under_way(self) -> bool:
        """Whether a station that began before tells how far it is."""
        return self.share is not None


@dataclass(frozen=True)
class Line:
    """What the line needs besides the person's words: data, settings, and the engine that composes.

    ``folder_for`` gives the folder of a take from its number; folders of different sessions never meet. ``similarity``
    compares what was composed with known melodies, for the delivery's papers, ``reference`` with the music that the
    person brought. ``advisers`` help to read briefs.
    ``ahead`` plays the music while it is made: steps ``"preview"`` bring its pieces (`assistant.render.preview.Piece`).
    ``give_way`` is called as composing and rendering go on, on the thread that works, with whether a first piece can be
    heard by now; it may wait.
    """

    library: Library
    settings: Settings
    generator: Generator
    folder_for: Callable[[int], Path]
    seed: int | None = None
    card: EngineCard | None = None
    similarity: SimilarityCheck | None = None
    reference: ReferenceCheck | None = None
    advisers: Advisers = NOBODY
    ahead: bool = False
    give_way: Callable[[bool], None] = lambda can_be_heard: None

    def __post_init__(self) -> None:
        if self.seed is not None:
            checked_seed(self.seed)


@dataclass(frozen=True)
class _Work:
    """One take to be made: what was said and understood, the clip, and the take that it revises."""

    session: Session
    brief: Brief
    asked: Constraints
    clip: Clip | None
    seed: int
    before: TakeRecord | None = None
    reply: Reply | None = None
    learns: bool = True
    """Whether the reply says something of the person's taste."""
    version: Version | None = None
    """What is made of the take before: planned anew, or given."""


def converse(session: Session, brief: Brief, *, line: Line) -> Generator_[Step, None, None]:
    """One message of a conversation: a first brief, the answer to a question, or a reply to the current take.

    Raises
    ------
    InputError
        When what was given cannot be used; the session stays as it was.
    """
    try:
        take = session.current_take
        if take is None and brief.edits:
            raise InputError("a change by hand", "a take that it changes", "describe a scene first")
        if take is None:
            yield from _compose(session, brief, line)
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
    return feedback.with_own_sound(brief.text, take.clip, take.constraints.language, read)


def _timed(station: str, work: Callable[[], T]) -> Generator_[Step, None, T]:
    """Announce a station, do its work, announce its value, and give it back."""
    yield Step(station)
    began = time.perf_counter()
    value = work()
    yield Step(station, value, time.perf_counter() - began)
    return value


def _told(
    station: str, work: Callable[[Progress], T], moments: SimpleQueue[Step | None] | None = None
) -> Generator_[Step, None, T]:
    """The same for work that tells its progress: announce that too, as it comes, and what others put among it."""

    def timed(progress: Progress) -> tuple[T, float]:
        began = time.perf_counter()
        return work(progress), time.perf_counter() - began

    yield Step(station)
    value, seconds = yield from told(timed, lambda share, sketch: Step(station, share=share, sketch=sketch), moments)
    yield Step(station, value, seconds)
    return value


def _measured(path: str | None, line: Line) -> Generator_[Step, None, Clip | None]:
    """The clip at a path, measured; None without a path."""
    if path is None:
        return None
    return (yield from _timed("clip", lambda: measure_clip(Path(path), max_s=line.settings.max_upload_s)))


def _compose(session: Session, brief: Brief, line: Line) -> Iterator[Step]:
    """A first take from a brief, or one question, when nothing can be made of it yet."""
    path = brief.clip_path or (session.turns[-1].clip_path if session.pending and session.turns else None)
    brief = replace(brief, clip_path=path)
    scene = _without_ideas(brief, session.language)
    ideas = load_ideas(line.settings.prompts_dir) if scene != brief else ()
    brief = scene
    clip = yield from _measured(path, line)
    understanding = yield from _timed("interpret", lambda: _understood(session, brief, clip, line))
    asked = understanding.constraints
    session = replace(session, language=spoken(asked.language, session.language))
    if understanding.outcome == "ask":
        question = voice(session.language).ask(understanding.remarks)
        yield Step("ask", question)
        yield Step("session", replace(session, pending=asked).with_turn(brief.text, question.text, clip_path=path))
        return
    seed = line.seed if line.seed is not None else random.SystemRandom().randrange(1, 2**31)
    work = _Work(session, brief, asked, clip, seed)
    regions = () if ideas else _regions_each(brief, asked)
    yield from _walk_each(work, ideas or regions, line) if ideas or regions else _walk(work, line)


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


def _walk_each(work: _Work, ideas: Sequence[Idea | Version], line: Line) -> Iterator[Step]:
    """A take for each idea, one after the other, from the same beginnings; every one is kept as soon as it is made.

    Each finished take is told by a step ``"idea"`` with the session that has it.
    """
    session, speaker, names = work.session, voice(work.asked.language), []
    line = replace(line, ahead=False)  # one at a time can be heard
    for place, idea in enumerate(ideas, 1):
        name = idea.name(speaker.language)
        yield Step("said", speaker.text("take", "idea", at=place, count=len(ideas), name=name))
        with closing(_walk(_directed(replace(work, session=session), idea), line)) as steps:
            for step in steps:
                if isinstance(step.value, Session):
                    session = step.value.renamed(step.value.current, name)
                else:
                    yield step
        names.append(f"{speaker.text('take', 'label', number=session.current)} ({name})")
        yield Step("idea", session)
    listed = speaker.texts["words"]["comma"].join(names)
    yield Step("said", speaker.text("take", "ideas_ready", count=len(ideas), names=listed))
    yield Step("session", session)


def _directed(work: _Work, idea: Idea | Version) -> _Work:
    """The work of one idea: the wishes moved its way, and what it keeps of the take before."""
    if isinstance(idea, Version):
        return replace(work, asked=idea.asked, clip=work.clip if idea.is_given else None, version=idea, learns=False)
    plan = work.before.plan if work.before else None
    changes = idea.changes(work.asked, plan)
    now = feedback.now_of(plan) if plan else None
    asked = feedback.apply_and_say(work.asked, changes, now=now).constraints
    reply = Reply(changes, idea.keep(), language=work.asked.language) if work.before else None
    return replace(work, asked=asked, seed=idea.seed(work.seed), reply=reply, learns=False)


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
    reply = yield from _timed("interpret", lambda: _read_reply(take, brief, line))
    speaker = voice(reply.language)
    given = None if brief.edits else _given(brief, take, line)
    if given is not None and not reply.changes:
        yield from _walk(_Work(session, brief, given, take.clip, take.seed, take), line)
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
    yield from _walk(_Work(session, brief, asked, clip or take.clip, take.seed, take, reply), line)


def _revise_each(session: Session, take: TakeRecord, brief: Brief, reply: Reply, line: Line) -> Iterator[Step]:
    """Ideas drawn from the current take, with what else the message changes changed in all of them."""
    rest = feedback.without_ideas(brief.text, reply.language)
    besides = _read_reply(take, replace(brief, text=rest), line)
    changes = besides.changes if besides.action is None else ()
    asked = feedback.apply_and_say(take.constraints, changes, now=feedback.now_of(take.plan)).constraints
    work = _Work(session, brief, replace(asked, language=reply.language), take.clip, take.seed, take)
    yield from _walk_each(work, load_ideas(line.settings.prompts_dir), line)


def make_versions(
    session: Session, take: TakeRecord, brief: Brief, versions: Sequence[Version], line: Line
) -> Iterator[Step]:
    """A take for each version of a take, told as ideas are; the take itself stays the current one."""
    work = _Work(session, brief, take.constraints, take.clip, take.seed, take)
    for step in _walk_each(work, versions, line):
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
        said = answer(asked, take, card=line.card, speaker=speaker)
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


def _walk(work: _Work, line: Line) -> Generator_[Step, None, None]:
    """Plan, compose, render, check and deliver one take."""
    before, asked, clip = work.before, work.asked, work.clip
    signer = signer_for(line.settings)
    previous, anew = before.plan if before else None, work.version is not None
    given = work.version.plan if work.version else None
    made = yield from _timed(
        "plan",
        lambda: (
            given or make_plan(asked, library=line.library, clip=clip, seed=work.seed, previous=previous, anew=anew)
        ),
    )
    keep = feedback.cells_to_keep(work.reply, before, made) if work.reply and before else NOTHING_KEPT
    engine = in_tune(feedback.insisting(line.generator, work.reply, before, line.library), line.library)
    score, mixdown = yield from _heard(work, made, keep, replace(line, generator=engine))
    findings = yield from _timed(
        "check",
        lambda: check(asked, made, score, mixdown, clip=clip, library=line.library, before=keep.score, kept=keep.cells),
    )
    take = TakeRecord(
        number=work.session.next_number,
        constraints=asked,
        plan=made,
        score=score,
        findings=findings,
        engine=line.generator.name,
        seed=work.seed,
        folder=str(line.folder_for(work.session.next_number)),
        parent=before.number if before else 0,
        clip=clip,
    )
    difference = feedback.compare_scores(before.score, score) if before else None
    materials = Materials(work.brief, take, mixdown, clip, before, difference, line.card)
    delivery = yield from _timed(
        "deliver", lambda: deliver(Path(take.folder), _compared(materials, line), signer=signer)
    )
    speaker = voice(asked.language)
    left = feedback.unmet(work.reply, before, made, score)
    said = [speaker.say_all((*left, *mixdown.remarks, *delivery.remarks))]
    if difference is not None and work.reply is not None:
        yield Step("difference", difference)
        said.insert(0, speaker.say_all(feedback.summarise(work.reply.changes, difference, work.reply.keep, asked)))
    message = " ".join(filter(None, said))
    if message:
        yield Step("said", message)
    if work.reply is not None and work.learns:
        learned = feedback.learn(work.session.taste, work.reply, work.brief.text)
        work = replace(work, session=replace(work.session, taste=learned))
    turned = work.session.with_take(take).with_turn(work.brief.text, message, clip_path=work.brief.clip_path)
    yield Step("session", replace(turned, language=asked.language))


def _heard(work: _Work, made: Plan, keep: Keep, line: Line) -> Generator_[Step, None, tuple[Score, Mixdown]]:
    """The score and its mixdown; the music is played ahead of them where the line wants that."""
    moments: SimpleQueue[Step | None] = SimpleQueue()
    insists = work.asked.loudness_lufs is not None

    def composed(progress: Progress) -> Score:
        if work.version is not None and work.version.score is not None:
            return work.version.score
        progress = _courteous(ahead.listening(progress) if ahead else progress, line)
        return _score(line.generator, made, keep, work.seed, progress)

    def played(progress: Progress) -> Mixdown:
        progress = _courteous(progress, line)
        band = ahead.band() if ahead else None
        settings = line.settings
        return render(
            score, made, library=line.library, settings=settings, progress=progress, loudness_asked=insists, band=band
        )

    with ExitStack() as stack:
        ahead = stack.enter_context(_ahead(made, line, moments)) if line.ahead else None
        score = yield from _told("compose", composed, moments)
        if ahead is not None:
            ahead.whole(score, lambda: moments.put(None))
            while (moment := moments.get()) is not None:
                yield moment
        return score, (yield from _told("render", played))


def _ahead(made: Plan, line: Line, moments: SimpleQueue[Step | None]) -> Ahead:
    """Who plays the music ahead of the take, piece by piece among the moments."""
    return Ahead(made, line.library, line.settings, lambda piece: moments.put(Step("preview", piece)))


def _courteous(progress: Progress, line: Line) -> Progress:
    """The same progress, which also lets others go first."""

    def tell(share: float, what: str, sketch: Score | None = None, opening: Opening | None = None) -> None:
        progress(share, what, sketch, opening)
        line.give_way(line.ahead and opening is not None)

    return tell


def _compared(materials: Materials, line: Line) -> Materials:
    """The same, with what a comparison with known melodies found."""
    score, clip = materials.take.score, materials.clip
    found = line.similarity(score) if line.similarity else None
    like = line.reference(score, Path(clip.path)) if line.reference and clip and clip.music else None
    return replace(materials, similarity=found, reference=like)


def _score(generator: Generator, made: Plan, keep: Keep, seed: int, progress: Progress) -> Score:
    """The engine's take, which for now must be a score."""
    take = generator.generate(made, keep=keep, seed=seed, progress=progress)
    if not isinstance(take, Score):
        raise EngineError(f"engine {generator.name!r}", "an engine that writes a score", "choose another engine")
    return take
