"""How campaigns scale: measured here, and worked out on paper for a cluster. ``python -m tests.scale``, in Markdown.

Conventions: a *small* variant is a cue of four seconds by the rules, with mix, notes and papers; seconds are by the
clock unless called of a core. What is made lies in ``--work`` and is gone on with when the command is given again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from assistant import library
from assistant.campaign.executor import Executor
from assistant.campaign.gather import Request, gather
from assistant.campaign.journal import read_journal
from assistant.campaign.local import Local
from assistant.campaign.places import Place
from assistant.campaign.rows import grid
from assistant.campaign.run import run_campaign
from assistant.campaign.values import Campaign, Job, Outcome
from tests import small_campaign as trivial
from tests.scale_paper import Cluster, Measured, paper

BRIEF = "a warm, hopeful spot for a coffee brand"
SMALL_S = 4.0
LENGTHS_S = (30.0, 15.0)
PARTS = ("regions", "workers", "1200", "driver", "paper")
MOODS = ("", "calm", "bold")
_TOLD_S = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked."""
    options = _parser().parse_args(arguments)
    wanted = options.only or list(PARTS)
    with _workroom(options.work) as work:
        known = work / "measured.json"
        measured = Measured(**json.loads(known.read_text())) if known.exists() else Measured()
        _say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
        for part, measure in (
            ("regions", lambda: _regions(work / "regions", options.count)),
            ("workers", lambda: _workers(work / "workers", options.count or 40, options.rounds)),
            ("1200", lambda: _many(work / "many", options.count or 1200, options.seed)),
            ("driver", lambda: _driver(work / "driver", options.count or 400)),
        ):
            if part in wanted:
                measured = measured.joined(measure())
                known.write_text(json.dumps(measured.data()))
        if "paper" in wanted:
            cluster = Cluster() if options.price is None else Cluster(price_usd=options.price)
            _say(paper(measured, cluster=cluster))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.scale", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; may be given several times")
    parser.add_argument("--count", type=int, default=None, metavar="N", help="variants, fewer than all")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="one worker and two, in turn (default: 3)")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="of the moment at which a worker is killed")
    parser.add_argument("--work", metavar="DIR", help="a folder that stays, to be gone on with; else a fresh one")
    parser.add_argument("--price", type=float, default=None, metavar="USD", help="of a node of 32 vCPUs and an hour")
    return parser


def small_campaign(count: int, *, length_s: float = SMALL_S) -> Campaign:
    """So many small variants of one brief and motif: every region in three moods, again with other seeds."""
    data = library.load()
    regions = list(data.regions)
    base = gather(Request(BRIEF, tuple(grid(regions, [length_s], list(MOODS), []))), library=data)
    jobs = list(base.jobs)
    takes = [
        Job(replace(job.variant, id=f"{job.variant.id}-{take}", seed=job.variant.seed + take), job.asked)
        for take in range(1, 1 + count // len(jobs))
        for job in jobs
    ]
    return Campaign(base.shared, tuple([*jobs, *takes][:count]))


def _regions(work: Path, count: int | None) -> dict[str, float]:
    """34 regions by two lengths, on all cores."""
    data = library.load()
    regions = list(data.regions)[: count and max(1, count // 2)]
    campaign = gather(Request(BRIEF, tuple(grid(regions, list(LENGTHS_S), [], []))), library=data)
    workers = os.cpu_count() or 1
    ran = _run(campaign, work, Local(workers))
    done, took_s = ran.done, ran.took_s
    _say(f"## {len(regions)} regions x {len(LENGTHS_S)} lengths, one brief, {workers} workers\n")
    _say(f"{len(done)} of {len(campaign.jobs)} complete in {took_s:.0f} s with starting: {_each(done, took_s)}")
    for length_s in LENGTHS_S:
        those = [each for each in done if each.variant_id.find(f"-{length_s:g}s") > 0]
        _say(f"- {length_s:g} s: {_median(those, 'seconds'):.2f} s each, {_median(those, 'cpu_s'):.2f} s of a core")
    for each in ran.outcomes:
        if not each.is_done:
            _say(f"- failed: {each.variant_id}: {each.error}")
    _say("")
    long = [each for each in done if f"-{LENGTHS_S[0]:g}s" in each.variant_id]
    sizes = [each.figures.size_bytes for each in long if each.figures]
    return {"long_core_s": _median(long, "cpu_s"), "long_mb": statistics.mean(sizes or [0]) / 1e6}


def _workers(work: Path, count: int, rounds: int) -> dict[str, float]:
    """One worker against two, in turn, one thread each: variants a second from when all workers are warm."""
    campaign = small_campaign(count)
    rates: dict[int, list[float]] = {1: [], 2: []}
    cores: dict[int, list[float]] = {1: [], 2: []}
    _say(f"## Throughput: two workers against one, {count} small variants, one thread each, in turn\n")
    _say("| round | load | 1 worker, a second | 2 workers, a second | ratio |\n|---|---|---|---|---|")
    for each in range(rounds):
        for workers in (1, 2) if each % 2 == 0 else (2, 1):
            folder = work / f"{each}-{workers}"
            shutil.rmtree(folder, ignore_errors=True)
            rate, core_s = _steady(campaign, folder, workers)
            rates[workers].append(rate)
            cores[workers].append(core_s)
            shutil.rmtree(folder, ignore_errors=True)
        one, two = rates[1][-1], rates[2][-1]
        _say(f"| {each + 1} | {os.getloadavg()[0]:.1f} | {one:.2f} | {two:.2f} | {two / one:.2f} |")
    ratios = [two / one for one, two in zip(rates[1], rates[2], strict=True)]
    core_s = statistics.median(cores[1])
    _say(f"\nratio, median of {rounds}: **{statistics.median(ratios):.2f}** (1.7 wanted); seconds of a core for a")
    _say(f"small variant: {core_s:.2f} with one worker, {statistics.median(cores[2]):.2f} with two\n")
    return {"core_s": core_s, "local_s": 1 / statistics.median(rates[1])}


def _steady(campaign: Campaign, folder: Path, workers: int) -> tuple[float, float]:
    """Variants a second once every worker has made one, and seconds of a core for each."""
    at, cpu_s = list[float](), list[float]()
    for event in run_campaign(campaign, folder, Local(workers)):
        if event.outcome is not None:
            assert event.outcome.is_done, event.outcome.error
            at.append(time.perf_counter())
            cpu_s.append(event.outcome.cpu_s)
    warm = 2 * workers - 1
    return (len(at) - 1 - warm) / (at[-1] - at[warm]), statistics.median(cpu_s)


def _many(work: Path, count: int, seed: int) -> dict[str, float]:
    """Many small variants on a real Ray cluster of this machine, a worker of which is killed at a random moment."""
    from tests.scale_cluster import killing, real_cluster

    campaign = small_campaign(count)
    cores = os.cpu_count() or 1
    moment = random.Random(seed).randrange(count // 10, max(count // 10 + 1, count * 9 // 10))
    with real_cluster(cores) as executor:
        killed = killing(work / "notes", after=moment)
        ran = _run(campaign, work / "campaign", replace(executor, make=killed.make), told=killed.told)
    spent = _spent(work / "spent.json", ran)
    variants = work / "campaign" / "variants"
    there = list(Place(str(variants)).outcomes())
    ids = {job.variant.id for job in campaign.jobs}
    journal = read_journal(work / "campaign")
    told = Counter(entry.outcome.variant_id for entry in journal if entry.outcome.is_done)
    folders = {path.name for path in variants.iterdir() if (path / "mix.wav").is_file()}
    took_s, sizes = sum(spent), [each.figures.size_bytes for each in there if each.figures]
    twice = [name for name, number in told.items() if number > 1]
    whole = {each.variant_id for each in there} & folders & ids
    _say(f"## {count} small variants on a local Ray cluster of {cores} workers, one killed\n")
    _say(f"- complete: {len(whole)} of {count}, folder and outcome")
    _say(f"- done twice, by the journal: {len(twice)}; folders beside them: {len(folders - ids)}")
    _say(f"- begun {killed.begun} times; {killed.said}")
    _say(f"- {took_s:.0f} s by the clock with the runner, in {len(spent)} run(s): {_each(there, took_s)}")
    _say(f"- {ran.first_s:.0f} s until the first of this run, which made {len(ran.done)}")
    _say(f"- a folder: {statistics.mean(sizes or [0]) / 1e6:.2f} MB; load at the end {os.getloadavg()[0]:.1f}\n")
    if len(ran.done) < 2 or not folders:
        return {}
    a_folder = variants / min(folders)
    return {
        "core_s": _median(there, "cpu_s"),
        "wall_s": (ran.took_s - ran.first_s) * cores / (len(ran.done) - 1),
        "begin_s": ran.first_s,
        "folder_mb": statistics.mean(sizes or [0]) / 1e6,
        "files": sum(path.is_file() for path in a_folder.rglob("*")),
    }


def _spent(path: Path, ran: Ran) -> list[float]:
    """The seconds of every run that made something, this one too, written down."""
    spent: list[float] = json.loads(path.read_text()) if path.exists() else []
    if ran.outcomes:
        spent.append(ran.took_s)
        path.write_text(json.dumps(spent))
    return spent


def _driver(work: Path, count: int) -> dict[str, float]:
    """How many outcomes a second one process hands out, gathers and writes down, where making takes next to nothing."""
    from tests.scale_cluster import real_cluster

    shutil.rmtree(work, ignore_errors=True)
    with real_cluster(os.cpu_count() or 1) as executor:
        executor, at = replace(executor, make=trivial.write), list[float]()
        for event in run_campaign(Campaign(trivial.SHARED, tuple(trivial.jobs(count))), work, executor):
            if event.outcome is not None:
                at.append(time.perf_counter())
    shutil.rmtree(work, ignore_errors=True)
    rate = (count - count // 4 - 1) / (at[-1] - at[count // 4])
    _say(f"## What the driver can do: variants that are a file\n\n{count} of them, {rate:.0f} a second, the last three")
    _say(f"quarters; driver and workers share these {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}\n")
    return {"driver_rate": rate}


@dataclass
class Ran:
    """What a run made: outcomes, seconds by the clock, and seconds until the first outcome came."""

    outcomes: list[Outcome] = field(default_factory=list)
    took_s: float = 0.0
    first_s: float = 0.0

    @property
    def done(self) -> list[Outcome]:
        """Those that were made."""
        return [each for each in self.outcomes if each.is_done]


def _run(campaign: Campaign, out: Path, executor: Executor, *, told: Callable[[int], None] | None = None) -> Ran:
    """Run a campaign, telling on standard error how far it is."""
    ran, began, last_s = Ran(), time.perf_counter(), 0.0
    for event in run_campaign(campaign, out, executor):
        now_s = time.perf_counter() - began
        if event.outcome is not None:
            ran.first_s = ran.first_s or now_s
            ran.outcomes.append(event.outcome)
            if told is not None:
                told(event.done)
        if now_s - last_s > _TOLD_S:
            last_s = now_s
            left = f", about {event.left_s:.0f} s to go" if event.left_s is not None else ""
            sys.stderr.write(f"{event.done} of {event.total} after {now_s:.0f} s{left}\n")
    ran.took_s = time.perf_counter() - began
    return ran


def _each(done: Sequence[Outcome], took_s: float) -> str:
    if not done:
        return "nothing was left to make"
    return f"{took_s / len(done):.2f} s a variant, {_median(done, 'cpu_s'):.2f} s of a core"


def _median(outcomes: Sequence[Outcome], name: str) -> float:
    return statistics.median([getattr(each, name) for each in outcomes] or [0.0])


@contextmanager
def _workroom(folder: str | None) -> Iterator[Path]:
    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        yield Path(folder)
        return
    with tempfile.TemporaryDirectory(prefix="cuewright-scale-") as room:
        yield Path(room)


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
