"""Toys for the tests of campaigns: an executor that makes nothing but folders, and engines that fail on purpose."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assistant.campaign.executor import Stop, never
from assistant.campaign.making import VARIANT_FILE, make_variant
from assistant.campaign.values import Campaign, Figures, Job, Outcome, Shared, Variant, job_digest
from assistant.constraints import Constraints
from assistant.deliver.values import EngineCard
from assistant.records import to_json
from models.registry import get_engine as real_engine

FIGURES = Figures(4.0, "D minor", 96.0, -14.0, -1.5, sizes={"mix.wav": 3})


def campaign_of(*ids: str, text: str = "tea", length_s: float = 4.0) -> Campaign:
    jobs = (Job(Variant(name, None, length_s, seed=1), Constraints(duration_s=length_s)) for name in ids)
    return Campaign(Shared(text), tuple(jobs))


def done(job: Job, shared: Shared) -> Outcome:
    return Outcome(job.variant.id, "done", 0.5, 0.4, figures=FIGURES, digest=job_digest(job, shared))


def write_folder(out: Path, outcome: Outcome) -> None:
    folder = out / outcome.variant_id
    folder.mkdir(parents=True)
    (folder / "mix.wav").write_bytes(b"abc")
    (folder / VARIANT_FILE).write_text(to_json(outcome))


@dataclass
class Toy:
    """Writes a folder for every job; ``fails`` says which attempts fail, and how."""

    fails: Callable[[Job, int], Outcome | None] = lambda job, attempt: None
    workers: int = 2
    begun: list[str] = field(default_factory=list)

    def run(self, jobs: Sequence[Job], shared: Shared, out: Path, *, stop: Stop = never) -> Iterator[Outcome]:
        for job in jobs:
            if stop():
                return
            self.begun.append(job.variant.id)
            outcome = self.fails(job, self.begun.count(job.variant.id)) or done(job, shared)
            if outcome.is_done:
                write_folder(out, outcome)
            yield outcome


@dataclass
class Here:
    """Makes variants in this process, where everything is loaded."""

    workers: int = 1

    def run(self, jobs: Sequence[Job], shared: Shared, out: Path, *, stop: Stop = never) -> Iterator[Outcome]:
        for job in jobs:
            yield make_variant(job, shared, out)


def failed(job: Job, *, may_pass: bool) -> Outcome:
    return Outcome(job.variant.id, "failed", error="no luck", may_pass=may_pass)


class _Killed:
    """An engine whose process is killed the first time (a file tells the times apart), and which fails later on."""

    name = "killed"

    def generate(self, plan, **given):  # type: ignore[no-untyped-def]
        marker = Path(os.environ["CUEWRIGHT_TEST_MARKER"])
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        raise ValueError("tried again")


class _Broken:
    name = "broken"

    def generate(self, plan, **given):  # type: ignore[no-untyped-def]
        raise ValueError("this engine never works")


def get_engine(name: str):  # type: ignore[no-untyped-def]
    return {"killed": _Killed, "broken": _Broken}[name]() if name in ("killed", "broken") else real_engine(name)


def engine_card(name: str) -> EngineCard:
    return EngineCard(name)


def compare_with_training(score: object) -> None:
    return None


def with_engine(campaign: Campaign, engine: str) -> Campaign:
    return replace(campaign, shared=replace(campaign.shared, engine=engine, registry="tests.campaigns"))
