"""Are a region's instruments heard in the mix? ``python -m models.evaluation.regions_heard [--engine NAME ...]``.

Conventions: the demo of each region (`models.regional.demos`), composed by each engine; the level of each lead stem in
LU against the mix while it plays; its bound is `BOUND_LU`. Below it, who else plays and how loud: told, not bounded.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from assistant.library import Library, load
from assistant.settings import Settings, from_environment
from models.evaluation.missed import Bound, bounded, printed
from models.regional.demos import Demo, make_demo

BOUND_LU = -12.0
ENGINES = ("rules", "composer")


def rows(engine: str, library: Library, settings: Settings) -> Iterator[Demo]:
    """The demos of an engine, one after the other."""
    for region in library.regions:
        yield make_demo(region, library, settings, engine=engine)


def report(*, corpus: object = None, engines: Sequence[str] = ENGINES, seeds: int = 1) -> str:
    """The section of ``make eval``; it needs no corpus."""
    del corpus, seeds
    library, settings = load(), from_environment()
    bounds, lines = (
        [],
        ["| region | engine | lead | LU against the mix | sounds | quietest other |", "|---|---|---|---|---|---|"],
    )
    for engine in engines or ENGINES:
        levels = []
        for demo in rows(engine, library, settings):
            others = [each for each in demo.heard if each.role != "lead"]
            least = min(others, key=lambda each: each.level_lu, default=None)
            other = f"{least.player} {least.level_lu:+.1f}" if least else ""
            levels += [each.level_lu for each in demo.leads] or [-np.inf]
            players = ", ".join(each.player for each in demo.leads) or "**none**"
            figures = ", ".join(f"{each.level_lu:+.1f}" for each in demo.leads)
            share = ", ".join(f"{each.share:.0%}" for each in demo.leads)
            lines.append(f"| {demo.region} | {engine} | {players} | {figures} | {share} | {other} |")
        quiet = sum(level < BOUND_LU for level in levels)
        measured = f"quietest {min(levels):+.1f}, median {np.median(levels):+.1f} LU; {quiet} of {len(levels)} below"
        bounds.append(Bound(f"lead stems, {engine}", f"{BOUND_LU:g} LU or more", measured, not quiet))
    return bounded(bounds, "\n".join(lines))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the section."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluation.regions_heard", description=__doc__)
    parser.add_argument("--engine", action="append", help="rules, composer; both unless given")
    options = parser.parse_args(arguments)
    return printed(partial(report, engines=tuple(options.engine or ENGINES)))


if __name__ == "__main__":
    raise SystemExit(main())
