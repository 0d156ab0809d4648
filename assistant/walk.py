"""One take, or several from the same beginnings: the stations from the plan to the delivery, walked.

Conventions: as in `assistant.pipeline`, which reads what a person said and sends it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as Generator_
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue

from assistant import feedback
from assistant.brief import Brief
from assistant.check import check
from assistant.clip import Clip
from assistant.constraints import Constraints
from assistant.cutdowns import Version
from assistant.deliver import EngineCard, Materials, ReferenceCheck, SimilarityCheck, deliver
from assistant.deliver.papers.certificates import signer_for
from assistant.errors import EngineError
from assistant.explain import voice
from assistant.feedback import Reply, SkinWish
from assistant.generator import NOTHING_KEPT, Generator, Guide, Keep, Opening, Progress
from assistant.ideas import Idea
from assistant.interpret import NOBODY, Advisers
from assistant.library import Library
from assistant.painting import Canvas, card_of, painted
from assistant.plan import Plan, make_plan
from assistant.preview import Ahead
from assistant.render import Mixdown, render
from assistant.score import Score
from assistant.session import Session, Skin, TakeRecord
from assistant.settings import Settings, checked_seed
from assistant.steps import Step, timed, told
from assistant.tuned import in_tune


@dataclass(frozen=True)
class Line:
    """What the line needs besides the person's words: data, settings, and the engine that composes.

    ``folder_for`` gives the folder of a take from its number; folders of different sessions never meet. ``similarity``
    compares what was composed with known melodies, for the delivery's papers, ``reference`` with the music that the
    person brought. ``advisers`` help to read briefs.
    ``ahead`` plays the music while it is made: steps ``"preview"`` bring its pieces (`assistant.render.preview.Piece`).
    ``studio`` is the engine of sound that paints over the rendered score, ``freedom`` how freely (as before, unless
    given), ``studio_card`` what is known of such an engine by its name.
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
    studio: Generator | None = None
    freedom: float | None = None
    studio_card: Callable[[str], EngineCard] = EngineCard
    wish: SkinWish = field(default_factory=SkinWish)
    """What this message said of the painting; the brief is what else it said."""
    give_way: Callable[[bool], None] = lambda can_be_heard: None

    def __post_init__(self) -> None:
        if self.seed is not None:
            checked_seed(self.seed)


@dataclass(frozen=True)
class Work:
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


def walk(work: Work, line: Line) -> Generator_[Step, None, None]:
    """Plan, compose, render, check and deliver one take."""
    before, asked, clip = work.before, work.asked, work.clip
    brief = replace(work.brief, text=line.wish.words or work.brief.text)
    signer = signer_for(line.settings)
    previous, anew = before.plan if before else None, work.version is not None
    given = work.version.plan if work.version else None
    made = yield from timed(
        "plan",
        lambda: (
            given or make_plan(asked, library=line.library, clip=clip, seed=work.seed, previous=previous, anew=anew)
        ),
    )
    keep = feedback.cells_to_keep(work.reply, before, made) if work.reply and before else NOTHING_KEPT
    engine = in_tune(feedback.insisting(line.generator, work.reply, before, line.library), line.library)
    score, mixdown = yield from _heard(work, made, keep, replace(line, generator=engine))
    skin = _skin(work, line)
    if line.studio is not None and skin is not None:
        canvas = Canvas(score, made, mixdown, asked, skin, work.seed, before)
        mixdown = yield from _painted(line.studio, canvas, line)
        skin = replace(skin, account=mixdown.account)
    findings = yield from timed(
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
        skin=skin,
    )
    difference = feedback.compare_scores(before.score, score) if before else None
    painter = card_of(mixdown.account, line.studio_card) if mixdown.account else None
    materials = Materials(brief, take, mixdown, clip, before, difference, line.card, painter=painter)
    delivery = yield from timed(
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
        learned = feedback.learn(work.session.taste, work.reply, brief.text)
        work = replace(work, session=replace(work.session, taste=learned))
    turned = work.session.with_take(take).with_turn(brief.text, message, clip_path=brief.clip_path)
    yield Step("session", replace(turned, language=asked.language))


def _skin(work: Work, line: Line) -> Skin | None:
    """Who is to paint and how freely: as the line says, else as before, moved as the person wants it."""
    if line.studio is None:
        return None
    before = work.before.skin if work.before else None
    freedom = line.freedom if line.freedom is not None else before.freedom if before else Guide.freedom
    freedom = round(min(1.0, max(0.0, freedom + line.wish.freer)), 3)
    return Skin(line.studio.name, freedom, line.wish.insists or bool(before and before.insisted))


def _painted(studio: Generator, canvas: Canvas, line: Line) -> Generator_[Step, None, Mixdown]:
    """The mixdown, its sound painted where that can be."""
    return (
        yield from told(
            "studio",
            lambda progress: painted(
                studio,
                canvas,
                card=line.studio_card,
                settings=line.settings,
                progress=_courteous(progress, line),
            ),
        )
    )


def _heard(work: Work, made: Plan, keep: Keep, line: Line) -> Generator_[Step, None, tuple[Score, Mixdown]]:
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
        score = yield from told("compose", composed, moments)
        if ahead is not None:
            ahead.whole(score, lambda: moments.put(None))
            while (moment := moments.get()) is not None:
                yield moment
        return score, (yield from told("render", played))


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


def walk_each(work: Work, ideas: Sequence[Idea | Version], line: Line) -> Iterator[Step]:
    """A take for each idea, one after the other, from the same beginnings; every one is kept as soon as it is made.

    Each finished take is told by a step ``"idea"`` with the session that has it.
    """
    session, speaker, names = work.session, voice(work.asked.language), []
    line = replace(line, ahead=False)  # one at a time can be heard
    for place, idea in enumerate(ideas, 1):
        name = idea.name(speaker.language)
        yield Step("said", speaker.text("take", "idea", at=place, count=len(ideas), name=name))
        with closing(walk(_directed(replace(work, session=session), idea), line)) as steps:
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


def _directed(work: Work, idea: Idea | Version) -> Work:
    """The work of one idea: the wishes moved its way, and what it keeps of the take before."""
    if isinstance(idea, Version):
        return replace(work, asked=idea.asked, clip=work.clip if idea.is_given else None, version=idea, learns=False)
    plan = work.before.plan if work.before else None
    changes = idea.changes(work.asked, plan)
    now = feedback.now_of(plan) if plan else None
    asked = feedback.apply_and_say(work.asked, changes, now=now).constraints
    reply = Reply(changes, idea.keep(), language=work.asked.language) if work.before else None
    return replace(work, asked=asked, seed=idea.seed(work.seed), reply=reply, learns=False)
