"""Engines of sound at their full size on a GPU: ``make gpu-bench``, or ``python -m models.evaluation.gpu_bench``.

For each network of ``gpu_bench.toml``, with random weights: the seconds that its engine takes for a cue of 60 s (words
alone, over a guide, four candidates at once), the most memory that took, how many times faster than it sounds that is;
then the same with its network compiled by torch.compile. A cue longer than a network paints is painted in windows, one
after the other. Then the composer's network: a step of training, and many sequences written at once. Figures that its
makers publish stand beside.

``--tiny`` runs all of it with networks so small that they run anywhere, to prove the code; what it measures means
nothing, so that every figure is "still to be taken". Without a GPU nothing else is run.

Conventions: seconds of wall time, the device waited for, the first call (which warms up, or compiles) apart; GiB at the
peak as torch counts it. What is resampled and shaped on the processor is within. Prints Markdown for models/CARDS.md.

It does not know how anything sounds.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.audio import Waveform
from assistant.errors import AssistantError, InputError
from models.evaluation import gpu_composer, gpu_models
from models.studio.engines.base import Engine
from models.studio.values import Request

LENGTH_S, TINY_S = 60.0, 0.5
CANDIDATES = 4
TO_COME = "still to be taken"
PROMPT = "calm piano and strings, slow, with a warm end"
HEAD = ("network", "asked for", "s", "times real time", "peak GiB", "s, compiled", "compiling, s", "published")


@dataclass(frozen=True)
class Options:
    """What is run: where, in which numbers, how long a cue, tiny or not, which networks, compiled too or not."""

    device: str
    dtype: str = ""
    length_s: float = LENGTH_S
    tiny: bool = False
    only: tuple[str, ...] = ()
    compiled: bool = True
    takes: int = 3

    @property
    def backend(self) -> str:
        """Of torch.compile: the one that needs no compiler where only the code is to be proven."""
        return "eager" if self.tiny else "inductor"


@dataclass(frozen=True)
class Measured:
    """Seconds for a cue, the peak in GiB (none where it isn't counted), and seconds of the first call."""

    seconds: float
    peak_gib: float | None
    first_s: float


def painted(engine: Engine, length_s: float, *, guided: bool, candidates: int) -> None:
    """Paint a cue, window after window."""
    count = math.ceil(length_s / engine.longest_s)
    window_s = length_s / count
    guide = _guide(window_s) if guided else None
    for _ in range(count):
        sounds = engine.paint(
            Request(PROMPT, window_s, tuple(range(candidates)), guide=guide, tempo_bpm=90.0, key="D minor")
        )
        assert all(sound.frames == round(window_s * sound.rate_hz) for sound in sounds)


def measured(work: Callable[[], None], device: str, takes: int) -> Measured:
    """How long some work takes, after a first time apart."""
    first_s = _timed(work, device)
    if device.startswith("cuda"):
        import torch

        torch.cuda.reset_peak_memory_stats(device)
    seconds = float(np.median([_timed(work, device) for _ in range(takes)]))
    return Measured(seconds, _peak_gib(device), first_s)


def rows_of(name: str, options: Options) -> Iterator[tuple[str, ...]]:
    """A network's rows of the table."""
    table = gpu_models.tables()[name]
    engine = gpu_models.engine_with(table, device=options.device, dtype=options.dtype, tiny=options.tiny)
    title = table["title"]
    if not options.tiny:
        title += f", {gpu_models.parameters_of(engine) / 1e9:.2f} billion, {engine.dtype}"
    asked = {
        "words": {"guided": False, "candidates": 1},
        "a guide": {"guided": True, "candidates": 1},
        f"a guide, {CANDIDATES} candidates": {"guided": True, "candidates": CANDIDATES},
    }

    def run(what: dict[str, Any]) -> Measured:
        _tell(f"{name}: {what}")
        return measured(lambda: painted(engine, options.length_s, **what), options.device, options.takes)

    plain = {words: run(what) for words, what in asked.items()}
    fast: dict[str, Measured] = {}
    if options.compiled:
        import torch

        network = gpu_models.network_of(engine)
        network.compile(backend=options.backend, dynamic=table["family"] == "musicgen")
        again = list(asked.items())[: 1 if options.tiny else None]
        fast = {words: run(what) for words, what in again}
        torch.compiler.reset()
    for words, found in plain.items():
        figures = _figures(found, fast.get(words), options)
        yield (title if words == "words" else "", words, *figures, table["published"] if words == "words" else "")


def composer_rows(options: Options) -> Iterator[tuple[str, str, str]]:
    """What the composer takes, and how fast that is."""
    size = gpu_composer.TINY if options.tiny else gpu_composer.Size()
    batch = f"a step of training, {size.batch} windows of {size.window} rows"
    for compiled in ("", options.backend) if options.compiled else ("",):
        seconds = gpu_composer.training_s(options.device, size, compiled=compiled)
        rows = size.batch * size.window / seconds
        yield batch + (", compiled" if compiled else ""), f"{1000 * seconds:.1f} ms", f"{rows:,.0f} rows a second"
    seconds = gpu_composer.writing_s(options.device, size)
    what = f"{size.sequences} sequences written at once, a row each"
    yield what, f"{1000 * seconds:.2f} ms", f"{size.sequences / seconds:,.0f} rows a second"
    seconds = gpu_composer.composing_s(options.length_s if not options.tiny else 6.0, options.takes)
    what = f"a cue of {options.length_s:.0f} s on the processor, {os.cpu_count()} cores: the whole composer"
    yield what, f"{seconds:.2f} s", f"{options.length_s / seconds:.0f} times real time"


def report(options: Options) -> str:
    """All of it, as Markdown.

    Raises
    ------
    InputError
        If a network is asked for that is not there.
    """
    known = gpu_models.tables()
    if strange := [name for name in options.only if name not in known]:
        raise InputError(f"network {strange[0]!r}", f"one of {', '.join(known)}", "choose one of these")
    rows = [row for name in options.only or known for row in rows_of(name, options)]
    lines = [f"Cues of {options.length_s if not options.tiny else LENGTH_S:.0f} s; {_where(options)}.", ""]
    lines += _table(HEAD, rows)
    lines += ["", *_table(("composer", "takes", "that is"), [_told(row, options) for row in composer_rows(options)])]
    return "\n".join(lines) + "\n"


def main(words: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluation.gpu_bench", description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true", help="prove the code anywhere; no figures")
    parser.add_argument("--only", default="", help=f"of {', '.join(gpu_models.tables())}")
    parser.add_argument("--device", default="", help="such as cuda:0")
    parser.add_argument("--dtype", default="", help="such as bfloat16, which is the default on a GPU")
    parser.add_argument("--length", type=float, default=LENGTH_S, help="of a cue, in seconds")
    parser.add_argument("--takes", type=int, default=3)
    parser.add_argument("--no-compile", action="store_true")
    given = parser.parse_args(words)
    import torch

    device = given.device or ("cuda" if torch.cuda.is_available() else "cpu")
    only = tuple(name for name in given.only.split(",") if name)
    try:
        if device == "cpu" and not given.tiny:
            raise InputError("no GPU", "a machine with one, or --tiny", "run it there, or add --tiny to prove the code")
        length_s, takes = (TINY_S, 1) if given.tiny else (given.length, given.takes)
        options = Options(device, given.dtype, length_s, given.tiny, only, not given.no_compile, takes)
        sys.stdout.write(report(options))
    except AssistantError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


def _figures(plain: Measured, fast: Measured | None, options: Options) -> tuple[str, ...]:
    """The cells of what was measured."""
    if options.tiny:
        return (TO_COME,) * 5
    peak = "not counted" if plain.peak_gib is None else f"{plain.peak_gib:.1f}"
    compiled = ("", "") if fast is None else (f"{fast.seconds:.2f}", f"{fast.first_s - fast.seconds:.0f}")
    return f"{plain.seconds:.2f}", f"{options.length_s / plain.seconds:.0f}", peak, *compiled


def _told(row: tuple[str, str, str], options: Options) -> tuple[str, ...]:
    """A row of the composer; of tiny ones what it is, no figures."""
    size = gpu_composer.Size()
    if not options.tiny:
        return row
    small = gpu_composer.TINY
    what = row[0].replace(f"{small.batch} windows of {small.window}", f"{size.batch} windows of {size.window}")
    what = what.replace(f"{small.sequences} sequences", f"{size.sequences} sequences")
    return what.replace(f"{options.length_s:.0f} s on", f"{LENGTH_S:.0f} s on"), TO_COME, TO_COME


def _where(options: Options) -> str:
    """The machine."""
    import torch

    if options.tiny:
        return "figures are still to be taken on a GPU; every line of this was run with tiny networks"
    name = torch.cuda.get_device_name(options.device) if options.device.startswith("cuda") else platform.processor()
    return f"{name or options.device}, torch {torch.__version__}, random weights, median of {options.takes}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(each)} |" for each in (head, ["---"] * len(head), *rows)]


def _guide(length_s: float) -> Waveform:
    """A sound to follow: a chord that is struck twice a second."""
    rate_hz = 48_000
    at = np.arange(round(length_s * rate_hz)) / rate_hz
    chord = sum(np.sin(2 * np.pi * hertz * at) for hertz in (146.8, 220.0, 349.2)) * np.exp(-4 * (at % 0.5)) / 6
    return Waveform(np.stack([chord, chord]).astype(np.float32), rate_hz)


def _timed(work: Callable[[], None], device: str) -> float:
    import torch

    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    began = time.perf_counter()
    work()
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    return time.perf_counter() - began


def _peak_gib(device: str) -> float | None:
    import torch

    return torch.cuda.max_memory_allocated(device) / 2**30 if device.startswith("cuda") else None


def _tell(words: str) -> None:
    sys.stderr.write(words + "\n")


if __name__ == "__main__":
    sys.exit(main())
