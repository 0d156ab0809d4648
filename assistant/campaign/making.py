"""Make one variant: from its job to a folder that is complete, or not there.

Conventions: a pure function of its job, in whatever process; the same job gives the same music. The folder holds
``variant.json``, by whose digest it is known again: what is there already is not made twice. A failure is an outcome.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.brief import Brief
from assistant.campaign.brand import ruled
from assistant.campaign.files import write_variant
from assistant.campaign.finding import figures_of
from assistant.campaign.logo import with_logo
from assistant.campaign.names import file_name
from assistant.campaign.studio import Studio, studio_for
from assistant.campaign.tune import with_room
from assistant.campaign.values import Job, Outcome, Shared, job_digest
from assistant.check import check
from assistant.constraints import Constraints
from assistant.deliver.folder import appearing
from assistant.deliver.values import Materials
from assistant.errors import AssistantError, EngineError, InputError, OutputError
from assistant.library import Library
from assistant.memory import give_back
from assistant.plan import Plan, make_plan
from assistant.plan.regional.dial import dial_of
from assistant.plan.regional.mapping import own_key
from assistant.records import from_json, to_json
from assistant.render import render
from assistant.score import Score
from assistant.score.keys import pitch_class
from assistant.score.motif import Motif
from assistant.session import LONGEST_NAME, TakeRecord

VARIANT_FILE = "variant.json"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Clock:
    """When work began, by the clock and by the processor."""

    wall_s: float
    cpu_s: float

    @classmethod
    def started(cls) -> _Clock:
        return cls(time.perf_counter(), time.process_time())

    def stamped(self, outcome: Outcome) -> Outcome:
        """The outcome with the time that it took."""
        seconds, cpu_s = time.perf_counter() - self.wall_s, time.process_time() - self.cpu_s
        return replace(outcome, seconds=round(seconds, 3), cpu_s=round(cpu_s, 3))


def make_variant(job: Job, shared: Shared, out: Path) -> Outcome:
    """Make one variant into ``out / job.variant.id``.

    Parameters
    ----------
    job : Job
    shared : Shared
    out : Path
        The folder of all variants; made where it is not there.

    Returns
    -------
    Outcome
        Done, with its figures, or failed, with what went wrong. What was made before is read, not made again.
    """
    clock, digest = _Clock.started(), job_digest(job, shared)
    try:
        folder = out / job.variant.id
        made = outcome_in(folder)
        if made is not None and made.digest == digest:
            return made
        if made is not None:
            raise OutputError(
                f"folder {str(folder)!r}, which holds another variant", "a folder of this campaign", "choose another"
            )
        return _made(job, shared, folder, clock)
    except Exception as error:  # noqa: BLE001 - one variant that fails, however, must not stop the others
        _LOG.debug("variant %s failed", job.variant.id, exc_info=True)
        return clock.stamped(failed(job, shared, error))
    finally:
        give_back()


def failed(job: Job, shared: Shared, error: Exception) -> Outcome:
    """The outcome of a job that an error ended."""
    words = str(error) if isinstance(error, AssistantError) else f"{type(error).__name__}: {error}"
    digest = job_digest(job, shared)
    return Outcome(job.variant.id, "failed", error=words, may_pass=_may_pass(error), digest=digest)


def _may_pass(error: BaseException) -> bool:
    """Whether what went wrong lies with the machine and its moment, not with what was asked."""
    if isinstance(error, AssistantError):
        return error.__cause__ is not None and _may_pass(error.__cause__)
    return isinstance(error, OSError | MemoryError | TimeoutError)


def outcome_in(folder: Path) -> Outcome | None:
    """The outcome that a finished variant's folder holds; None where there is none, or it is damaged."""
    try:
        return from_json(Outcome, (folder / VARIANT_FILE).read_text("utf-8"))
    except (OSError, ValueError, InputError):
        return None


def _made(job: Job, shared: Shared, folder: Path, clock: _Clock) -> Outcome:
    """Compose, render, check and write."""
    studio = studio_for(shared.engine, shared.registry)
    voice = shared.voice(job.variant.voice_path)
    clip = voice.clip if voice else None
    seed = job.variant.seed
    asked, plan = with_room(
        _asked(job, shared, studio), lambda wishes: make_plan(wishes, library=studio.library, clip=clip, seed=seed)
    )
    take = studio.generator.generate(plan, seed=job.variant.seed)
    if not isinstance(take, Score):
        raise EngineError(f"engine {shared.engine!r}", "an engine that writes a score", "choose another engine")
    score = with_logo(take, plan, shared.brand)
    insists = asked.loudness_lufs is not None
    mixdown = render(score, plan, library=studio.library, settings=studio.settings, loudness_asked=insists)
    findings = check(asked, plan, score, mixdown, clip=clip, library=studio.library)
    name = file_name(job.variant)[:LONGEST_NAME]
    record = TakeRecord(1, asked, plan, score, findings, shared.engine, seed, str(folder), clip=clip, name=name)
    materials = Materials(Brief(shared.text, job.variant.voice_path), record, mixdown, clip, engine=studio.card)
    figures = figures_of(materials, shared.brand, studio.library)
    with appearing(folder) as hidden:
        figures = replace(figures, sizes=write_variant(hidden, materials, job, shared, studio))
        warnings = tuple(rule.name for rule in figures.broken)
        done = Outcome(job.variant.id, "done", warnings=warnings, figures=figures, digest=job_digest(job, shared))
        done = clock.stamped(done)
        (hidden / VARIANT_FILE).write_text(to_json(done, indent=1) + "\n", encoding="utf-8")
    return done


def _asked(job: Job, shared: Shared, studio: Studio) -> Constraints:
    """Everything that is asked of a variant: its wishes, the motif of all, and the brand's rules over them."""
    motif = shared.motif or job.asked.motif
    asked = ruled(replace(job.asked, motif=motif), shared.brand)
    tonic = (shared.brand.key or "").strip()
    if not tonic or " " in tonic:
        return asked
    if motif is not None and asked.region is not None and dial_of(asked).in_scale:
        return replace(asked, key=None, motif=_on(tonic, motif, studio.library))  # the scale is the region's
    return replace(asked, key=f"{tonic} {_third(make_plan(asked, library=studio.library, seed=job.variant.seed))}")


def _on(tonic: str, motif: Motif, library: Library) -> Motif:
    """The motif moved by the shorter way to another tonic, which its region's scale then stands on."""
    own = own_key(motif, library.modes)
    up = ((pitch_class(tonic) or 0) - own.tonic + 6) % 12 - 6
    return replace(motif.moved(up), key=f"{tonic} {own.mode}")


def _third(plan: Plan) -> str:
    """Whether a cue would be major or minor if its tonic were ours to choose."""
    return "minor" if plan.key.is_minor else "major"
