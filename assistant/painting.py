"""Sound painted over a rendered score: what an engine of sound is given, and what becomes of what it gives back.

The score is the spine: it is composed, rendered and kept as it is, and its rendering is the guide. Where the take
before was painted by the same engine on the same bars, only the bars that changed are painted anew; all others come
back bit for bit. A painting is mastered as the score's own rendering is. Where none can be made, that rendering stays,
and why is said.

Conventions: seconds; sound has `RATE_HZ` and the length of the cue to the sample. Whoever raises from ``progress`` that
is no error stops the painting, and nothing is lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assistant.audio import Waveform, load_wav
from assistant.audio.loudness import SILENCE_LUFS, integrated_lufs
from assistant.audio.shelf import mine
from assistant.audio.waveform import Samples
from assistant.constraints import Constraints
from assistant.deliver.values import EngineCard
from assistant.errors import AssistantError, EngineError
from assistant.generator import NOTHING_KEPT, Account, Generator, Guide, Keep, Opening, Painted, Progress, no_progress
from assistant.plan import Plan
from assistant.remark import Remark
from assistant.render import Mixdown
from assistant.render.finish import STUDIO_FILE, closed, with_painting
from assistant.renewal import Spans, have_bars_in_common, renewed_s
from assistant.score import Cell, Score
from assistant.session import Skin, TakeRecord
from assistant.settings import RATE_HZ, Settings

JOIN_S = 0.01
"""How long a span that was painted anew takes at its edges to come from what stays, and to go back to it."""
_PAINTED_SHARE = 0.95

Cards = Callable[[str], EngineCard]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Canvas:
    """What is to be painted.

    Parameters
    ----------
    score : Score
    plan : Plan
    mixdown : Mixdown
        The score, rendered.
    asked : Constraints
        What the person wants, and for what use.
    skin : Skin
        Who is to paint, how freely, and whether the person insists.
    seed : int
    before : TakeRecord or None
        The take that this one revises.
    """

    score: Score
    plan: Plan
    mixdown: Mixdown
    asked: Constraints
    skin: Skin
    seed: int
    before: TakeRecord | None = None


@dataclass(frozen=True)
class Absent:
    """An engine of sound that cannot run here: asked to paint, it says why."""

    name: str
    error: EngineError

    def generate(
        self, plan: Plan, *, keep: Keep = NOTHING_KEPT, seed: int = 0, progress: Progress = no_progress
    ) -> Score | Painted:
        """Raise what is wrong."""
        raise self.error


def painted(
    studio: Generator, canvas: Canvas, *, card: Cards, settings: Settings, progress: Progress = no_progress
) -> Mixdown:
    """The mixdown with a painting as its mix; where there can be none, the score's own rendering, and why.

    Parameters
    ----------
    studio : Generator
        The engine of sound.
    canvas : Canvas
    card : callable
        What is known of an engine by its name: weights that may not be used in adverts are not, unless the person
        insists.
    settings : Settings
    progress : Progress
        Raise from it to stop.
    """
    mixdown = canvas.mixdown
    try:
        _check_use(studio.name, canvas, card)
        sound, account = _sound(studio, canvas, settings, _scaled(progress))
        _check_use(account.engine, canvas, card)
    except _NotForAdverts as refusal:
        return replace(mixdown, remarks=(*mixdown.remarks, refusal.remark))
    except EngineError as error:
        said = Remark.of("studio_refused", engine=studio.name, given=error.given, legal=error.legal, cure=error.cure)
        return replace(mixdown, remarks=(*mixdown.remarks, said))
    except Exception as error:
        log.exception("engine %s failed", studio.name)
        fault = Remark.of("studio_failed", engine=studio.name, fault=_fault(error))
        return replace(mixdown, remarks=(*mixdown.remarks, fault))
    insists = canvas.asked.loudness_lufs is not None
    made = with_painting(mixdown, sound, account, canvas.plan, settings=settings, loudness_asked=insists)
    progress(1.0, "master")
    return replace(made, remarks=(*made.remarks, *account.remarks, _told(account, canvas)))


def card_of(account: Account, card: Cards) -> EngineCard:
    """What the papers say of who painted: the engine, with the weights that were loaded and what changed them."""
    known = card(account.engine)
    weights = " @ ".join(filter(None, (account.repository, account.revision))) or known.weights
    return replace(
        known,
        licence=account.licence or known.licence,
        weights=" + ".join(filter(None, (weights, account.adapter))),
        training_data=(*known.training_data, *filter(None, (account.adapter_learned_from,))),
    )


class _NotForAdverts(Exception):  # noqa: N818 - it is no error: the person may insist
    """Weights that may not be used for what the person wants."""

    def __init__(self, remark: Remark) -> None:
        super().__init__(remark.code)
        self.remark = remark


def _check_use(name: str, canvas: Canvas, card: Cards) -> None:
    known = card(name)
    if canvas.asked.use == "ad" and known.commercial_use is False and not canvas.skin.insisted:
        raise _NotForAdverts(Remark.of("studio_not_for_adverts", engine=name, licence=known.licence))


def _fault(error: Exception) -> str:
    return str(error) if isinstance(error, AssistantError) else f"{type(error).__name__}: {error}"


def _told(account: Account, canvas: Canvas) -> Remark:
    """What must be said of every painting."""
    used = canvas.asked.use == "ad" and canvas.skin.insisted
    code = "studio_painted_anyway" if used else "studio_painted"
    return Remark.of(code, engine=account.engine, percent=round(100 * canvas.skin.freedom))


def _scaled(progress: Progress) -> Progress:
    """The same progress, with room for the master after it."""

    def tell(share: float, what: str, sketch: Score | None = None, opening: Opening | None = None) -> None:
        progress(_PAINTED_SHARE * share, what)

    return tell


def _sound(studio: Generator, canvas: Canvas, settings: Settings, progress: Progress) -> tuple[Waveform, Account]:
    """The painting, not mastered, and how it was made."""
    earlier = _earlier(canvas)
    spans: Spans = ()
    if earlier is not None:
        before, account = earlier
        assert canvas.before is not None
        spans = renewed_s(canvas.before, canvas.score, canvas.plan)
        if not spans:
            return before, account
        if spans == ((0.0, canvas.score.length_s),):
            earlier, spans = None, ()
    guide = Guide(
        canvas.mixdown.premaster, canvas.skin.freedom, _melody(canvas), earlier[0] if earlier else None, spans
    )
    take = studio.generate(canvas.plan, keep=_keep(canvas.score, guide), seed=canvas.seed, progress=progress)
    sound = closed(_checked(take, studio.name, canvas.mixdown.premaster), canvas.score, canvas.plan, settings)
    made = take.account if isinstance(take, Painted) else Account(studio.name)
    return (_joined(earlier[0], sound, spans) if earlier else sound), made


def _earlier(canvas: Canvas) -> tuple[Waveform, Account] | None:
    """The painting of the take before and its account, where this one goes on from it."""
    before = canvas.before
    if before is None or before.skin is None or before.skin.account is None:
        return None
    same = (before.skin.engine, before.skin.freedom) == (canvas.skin.engine, canvas.skin.freedom)
    if not (same and before.seed == canvas.seed and have_bars_in_common(before, canvas.score)):
        return None
    try:
        sound = load_wav(Path(before.folder) / STUDIO_FILE)
    except (AssistantError, OSError) as error:
        log.warning("all of take %d is painted anew: %s", before.number, error)
        return None
    fits = (sound.rate_hz, sound.samples.shape) == (RATE_HZ, canvas.mixdown.premaster.samples.shape)
    return (sound, before.skin.account) if fits else None


def _keep(score: Score, guide: Guide) -> Keep:
    """All of the score, and its rendering."""
    return Keep(score, tuple(Cell(part.id, bar.index) for part in score.parts for bar in score.bars), guide)


def _melody(canvas: Canvas) -> Waveform | None:
    """The leading part alone."""
    lead = next((part.id for part in canvas.score.parts if part.role == "lead" and part.notes), None)
    stem = canvas.mixdown.stem(lead) if lead is not None else None
    return stem.waveform if stem is not None else None


def _checked(take: Score | Painted, name: str, guide: Waveform) -> Waveform:
    """The sound of a take; raises `EngineError` where it is none that can be delivered."""
    if not isinstance(take, Painted):
        raise EngineError(f"engine {name!r}, which wrote a score", "an engine that paints sound", "choose another")
    sound = take.sound
    if (sound.rate_hz, sound.samples.shape) != (guide.rate_hz, guide.samples.shape):
        given = f"a painting of {sound.frames} frames at {sound.rate_hz} Hz"
        raise EngineError(given, f"{guide.frames} frames at {guide.rate_hz} Hz", "try again or choose another engine")
    if integrated_lufs(sound) <= SILENCE_LUFS + 1 < integrated_lufs(guide):
        raise EngineError("a painting that is silent", "one that sounds", "try again or choose another engine")
    return sound


def _joined(before: Waveform, sound: Waveform, spans: Spans) -> Waveform:
    """What was painted before, with the spans that were painted anew; outside them not a bit is another."""
    out, frames = mine(before.samples), before.frames
    for start_s, end_s in spans:
        first, last = round(start_s * RATE_HZ), min(frames, round(end_s * RATE_HZ))
        share = _share(last - first, starts=first > 0, ends=last < frames)
        new, old = sound.samples[:, first:last], before.samples[:, first:last]
        out[:, first:last] = share * new + (1 - share) * old
    return Waveform(out, before.rate_hz)


def _share(count: int, *, starts: bool, ends: bool) -> Samples:
    """How much of a span's sound is the new one: all of it but at its edges within the cue."""
    share, ramp = np.ones(count, np.float32), min(count // 2, round(JOIN_S * RATE_HZ))
    slope = np.linspace(0, 1, ramp, dtype=np.float32)
    if starts:
        share[:ramp] = slope
    if ends and ramp:
        share[-ramp:] = slope[::-1]
    return share
