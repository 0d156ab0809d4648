"""``make bench``: seconds a station, real-time factor, composing alone, first bars, memory, and MusicGen beside it.

It measures and prints; it never passes or fails. Ratios are taken in the same run: to real time, and of the engines to
a model of MusicGen-small's shape with random weights at the same length (four minutes and more on two cores;
``--skip-musicgen`` leaves it out). The clip of the data folder beside the clone is used where there is one, else one of
the same size and length is made.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from assistant import library, pipeline
from assistant.brief import Brief
from assistant.check import check
from assistant.constraints import Constraints, arc_of
from assistant.deliver import Materials, deliver
from assistant.deliver.papers.certificates import signer_for
from assistant.generator import Generator
from assistant.interpret import read_brief
from assistant.library import Library
from assistant.plan import Plan, make_plan
from assistant.render import render
from assistant.score import Score
from assistant.session import Session, TakeRecord
from assistant.settings import Settings
from models.registry import advisers, get_engine, list_engines
from tests.conftest import SHARED

BRIEF = "A 60 second film cue: tense strings and piano at first, hope in the middle, drums and brass at the end"
FIRST_BRIEF = "A 30 second film cue: tense strings and piano at first, hope in the middle, drums and brass at the end"
FIRST_RUNS = 5
LENGTH_S = 60.0
FIVE = Constraints(duration_s=LENGTH_S, styles=("classical",), arc=arc_of([(0, 0.2, -0.5), (1, 0.4, -0.2)]))
"""A cue of sixty seconds whose plan has five parts: violin, horn, strings, cello, clarinet."""
FIVE_SEED = 11
BRIEFS = Path(__file__).parent / "data" / "tuned_briefs.jsonl"
RUNS = 3
COMPOSED = 7
"""How often a cue is composed for its least and its middle time."""
FIRST_BARS = 4
T = TypeVar("T")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--skip-musicgen", action="store_true")
    parser.add_argument("--musicgen-seconds", type=float, default=LENGTH_S, help="seconds of sound that it makes")
    parser.add_argument("--skip-takes", action="store_true", help="composing, memory and MusicGen alone")
    parser.add_argument("--memory-of", default="", help=argparse.SUPPRESS)
    parser.add_argument("--only", choices=("soak", "long"), help="eight visitors (tests/soak.py) or half an hour")
    options, more = parser.parse_known_args(arguments)
    if options.only == "soak":
        from tests.soak import main as soak

        return soak(more)
    if options.only == "long":
        from tests.long import main as long

        return long(more)
    if more:
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    if options.memory_of:
        print(json.dumps(memory_of(options.memory_of)))
        return 0
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}")
    print(f"{'':22} {'seconds':>8}   x real time")
    data = _row("data files, cold", library.load)
    engines = [info.name for info in list_engines() if info.can_run and info.writes == "score"]
    _reading(data)
    if not options.skip_takes:
        _whole(data, engines)
    for engine in engines:
        _first_sound(engine, data)
        _delivering(engine, data)
    composed = {engine: _composing(engine, data) for engine in engines}
    for engine in engines:
        _memory(engine)
    if not options.skip_musicgen:
        _musicgen(options.musicgen_seconds, composed)
    return 0


def _reading(data: Library) -> None:
    """Milliseconds of one core that a brief takes to be read, warm: every brief once before it counts."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    lines = [json.loads(line) for line in BRIEFS.read_text("utf-8").splitlines()]
    helpers = advisers()
    took: dict[str, list[float]] = {}
    for is_warm in (False, True):
        for line in lines:
            began = time.process_time()
            read_brief(Brief(line["text"]), library=data, advisers=helpers)
            if is_warm:
                took.setdefault(line["expect"].get("language", "?"), []).append(1000 * (time.process_time() - began))
    torch.set_num_threads(threads)
    print("-- reading a brief, warm, one core, milliseconds: median, at 90 %, most")
    for name, times in (("English", took["en"]), ("13 languages", [one for each in took.values() for one in each])):
        ranked = sorted(times)
        median, most = statistics.median(ranked), ranked[-1]
        print(f"{f'  {name}, {len(ranked)}':22} {median:8.1f} {ranked[int(0.9 * len(ranked))]:6.1f} {most:6.1f}")


def _whole(data: Library, engines: Sequence[str]) -> None:
    """Takes of every engine, reading of words, a clip, and the memory that all of it took."""
    with tempfile.TemporaryDirectory() as folder:
        for engine in engines:
            _takes(engine, data, Path(folder) / engine)
        _clip(Path(folder))
    print(f"{'peak memory':22} {_peak_mib():8.0f} MiB")


def five_parts(data: Library) -> Plan:
    """The plan that composing alone is measured on."""
    return make_plan(FIVE, library=data, seed=FIVE_SEED)


def _composing(engine: str, data: Library) -> float:
    """Print the seconds of composing alone, warm; the middle one."""
    plan, generator = five_parts(data), get_engine(engine)
    generator.generate(plan, seed=0)
    walls, processor, firsts = [], [], []
    for seed in range(1, COMPOSED + 1):
        began = time.process_time()
        score, wall, first = _watched(generator, plan, seed)
        del score
        processor.append(time.process_time() - began)
        walls.append(wall)
        firsts.append(first)
    middle = statistics.median(walls)
    print(f"-- composing alone, {len(plan.parts)} parts, {plan.bar_count} bars: {engine}, {COMPOSED} takes")
    _print("  median", middle, plan.length_s)
    _print("  least", min(walls), plan.length_s)
    _print("  processor, median", statistics.median(processor), plan.length_s)
    heard = [each for each in firsts if each is not None]
    said = f"{statistics.median(heard):8.3f}" if len(heard) == len(firsts) else f"{'n/a':>8}   no sketch holds them"
    print(f"{f'  first {FIRST_BARS} bars':22} {said}")
    return middle


def _watched(generator: Generator, plan: Plan, seed: int) -> tuple[Score, float, float | None]:
    """A take, its seconds, and those to the first sketch that holds the first bars (None: there was none)."""
    sketches: list[tuple[float, Score]] = []
    began = time.perf_counter()

    def listen(share: float, what: str, sketch: Score | None = None, opening: object = None) -> None:
        if sketch is not None:
            sketches.append((time.perf_counter() - began, sketch))

    score = generator.generate(plan, seed=seed, progress=listen)
    wall = time.perf_counter() - began
    assert isinstance(score, Score)
    return score, wall, first_bars_s(sketches, score)


def first_bars_s(sketches: Sequence[tuple[float, Score]], score: Score) -> float | None:
    """When the first sketch came that has notes in every one of the first bars in which the take has any."""
    wanted = {bar for bar in range(FIRST_BARS) if _sounds(score, bar)}
    return next((at for at, sketch in sketches if all(_sounds(sketch, bar) for bar in wanted)), None)


def _sounds(score: Score, bar: int) -> bool:
    """Whether any part begins a note in a bar."""
    if bar >= len(score.bars):
        return False
    here = score.bars[bar]
    return any(part.between(here.start_q, here.end_q) for part in score.parts)


def memory_of(engine: str) -> dict[str, float]:
    """MiB that this process holds before an engine is there, with it, and after it has composed; and the peak."""
    data = library.load()
    plan = five_parts(data)
    found = {"before": _held_mib()}
    generator = get_engine(engine)
    generator.generate(make_plan(Constraints(duration_s=4), library=data, seed=1), seed=1)
    found["loaded"] = _held_mib()
    generator.generate(plan, seed=1)
    return found | {"composed": _held_mib(), "peak": _peak_mib()}


def _held_mib() -> float:
    """Resident memory now; the peak where the system does not say."""
    path = Path("/proc/self/statm")
    if not path.exists():
        return _peak_mib()
    return int(path.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _peak_mib() -> float:
    """The most that this process has held; what a parent held before it began does not count where Linux tells."""
    path = Path("/proc/self/status")
    peak = [line for line in path.read_text().splitlines() if line.startswith("VmHWM:")] if path.exists() else []
    if peak:
        return int(peak[0].split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def _memory(engine: str) -> None:
    """Print what an engine holds, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench", "--memory-of", engine]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"-- memory: {engine}, in a process of its own")
    print(f"{'  before it is there':22} {found['before']:8.0f} MiB")
    print(f"{'  loaded':22} {found['loaded']:8.0f} MiB, {found['loaded'] - found['before']:+.0f}")
    print(f"{'  after composing':22} {found['composed']:8.0f} MiB, {found['composed'] - found['before']:+.0f}")
    print(f"{'  peak':22} {found['peak']:8.0f} MiB")


def _musicgen(length_s: float, composed: dict[str, float]) -> None:
    """Print what a model of MusicGen-small's shape takes, and how many times faster each engine composes."""
    from tests.musicgen import random_musicgen, seconds_for

    print(f"-- MusicGen-small's shape, random weights, {length_s:g} s of sound, same run")
    model, loading = _timed(random_musicgen)
    print(f"{'  making the model':22} {loading:8.2f}")
    took = seconds_for(model, length_s, each_second=lambda done: _tell(f"  MusicGen: {done} of {length_s:g} s"))
    _print("  generating", took, length_s)
    for engine, seconds in composed.items():
        print(f"  {f'{engine} composes':20} {took / length_s * LENGTH_S / seconds:8.0f} times faster")


def _tell(words: str) -> None:
    sys.stderr.write(words + "\n")


def _takes(engine: str, data: Library, folder: Path) -> None:
    """One cold and some warm takes of one engine, station by station."""
    print(f"-- engine {engine}")
    seconds: dict[str, list[float]] = {}
    totals: list[float] = []
    for run in range(RUNS + 1):
        line = pipeline.Line(
            data,
            Settings(work_dir=folder),
            get_engine(engine),
            lambda number, run=run: folder / f"{run}-{number}",
            seed=11,
        )
        began = time.perf_counter()
        steps = list(pipeline.converse(Session("bench"), Brief(BRIEF), line=line))
        took = time.perf_counter() - began
        if run == 0:
            print(f"{'cold take':22} {took:8.2f}   {LENGTH_S / took:8.1f}")
            continue
        totals.append(took)
        for step in steps:
            if step.value is not None and step.seconds:
                seconds.setdefault(step.station, []).append(step.seconds)
    for station in pipeline.STATIONS:
        if station in seconds:
            _print(f"  {station}", statistics.median(seconds[station]), LENGTH_S)
    _print("whole take", statistics.median(totals), LENGTH_S)


def _first_sound(engine: str, data: Library) -> None:
    """Print the seconds from sending a brief of 30 s to the first piece of music, warm: the middle one and the most."""
    walls, processor = [], []
    helpers, generator = advisers(), get_engine(engine)
    with tempfile.TemporaryDirectory() as folder:
        for run in range(FIRST_RUNS + 1):
            line = pipeline.Line(
                data,
                Settings(work_dir=Path(folder)),
                generator,
                lambda number, run=run: Path(folder) / f"{run}-{number}",
                seed=run,
                advisers=helpers,
                ahead=True,
            )
            steps = pipeline.converse(Session("bench"), Brief(f"{FIRST_BRIEF}, take {run}"), line=line)
            began, spent = time.perf_counter(), time.process_time()
            for step in steps:
                if step.station == "preview":
                    break
            if run:
                walls.append(time.perf_counter() - began)
                processor.append(time.process_time() - spent)
            steps.close()
    print(f"-- first sound, {engine}, {FIRST_RUNS} briefs of 30 s")
    for name, seconds in (("wall", walls), ("processor", processor)):
        print(f"{f'  {name}, median':22} {statistics.median(seconds):8.2f}   most {max(seconds):.2f}")


def _delivering(engine: str, data: Library) -> None:
    """Print what follows composing, warm, for the plan of five parts: until the sound is written, and all other files.

    Sound is written when mix, premaster and stems are whole in the folder that becomes the delivery's.
    """
    plan = five_parts(data)
    score = get_engine(engine).generate(plan, seed=1)
    assert isinstance(score, Score)
    took: list[list[tuple[float, float]]] = []
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(work_dir=Path(folder))
        for run in range(RUNS + 1):
            clocks = [(time.perf_counter(), time.process_time())]
            mixdown = render(score, plan, library=data, settings=settings)
            findings = check(FIVE, plan, score, mixdown, library=data)
            take = TakeRecord(1, FIVE, plan, score, findings, engine, 1, folder)
            deliver(
                Path(folder) / str(run),
                Materials(Brief("five parts"), take, mixdown),
                signer=signer_for(settings),
                progress=lambda *told, clocks=clocks: clocks.append((time.perf_counter(), time.process_time())),
            )
            clocks.append((time.perf_counter(), time.process_time()))
            took.append([(now[0] - then[0], now[1] - then[1]) for then, now in itertools.pairwise(clocks)])
    print(f"-- after composing, {len(plan.parts)} parts, {plan.length_s:g} s: {engine}, {RUNS} takes, medians")
    for row, words in enumerate(("mix and stems written", "all other files")):
        wall, processor = (statistics.median(run[row][kind] for run in took[1:]) for kind in (0, 1))
        print(f"{f'  {words}':24} {wall:6.2f}   processor {processor:.2f}")


def _clip(folder: Path) -> None:
    """A film of 480 lines and 30 s, measured."""
    from assistant.clip import measure_clip
    from tests.media import paint, write_film

    path = SHARED / "data" / "clips" / "bbb_480p_30s.mp4"
    if not path.exists():
        shots = [paint(seed, size=(854, 480)) for seed in range(10)]
        path = write_film(folder / "made.mp4", [shot for shot in shots for _ in range(75)])
    measure_clip(path)
    clip, took = _timed(lambda: measure_clip(path))
    _print("clip, 30 s of 480p", took, clip.length_s)


def _row(name: str, work: Callable[[], Library]) -> Library:
    value, took = _timed(work)
    print(f"{name:22} {took:8.2f}")
    return value


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    value = work()
    return value, time.perf_counter() - began


def _print(name: str, seconds: float, length_s: float) -> None:
    print(f"{name:22} {seconds:8.2f}   {length_s / max(seconds, 1e-9):8.1f}")


if __name__ == "__main__":
    raise SystemExit(main())
