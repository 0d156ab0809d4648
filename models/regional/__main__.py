"""All regions on one page: ``make regions``, or ``python -m models.regional [--out FOLDER] [--only ID ...] ...``.

Writes ``runs/regions/index.html`` and ``runs/regions/sound/``; what was there is replaced. Two processes unless told
otherwise; the same demos whatever their number. A demo that fails is said and left out, and the exit code is then 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from assistant.library import load
from assistant.settings import ROOT
from models.regional.demos import ENGINE
from models.regional.making import SOUND, made
from models.regional.page import Shown, write_page

OUT = ROOT / "runs" / "regions"
WORKERS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Render every demo and write the page."""
    library = load()
    parser = argparse.ArgumentParser(prog="python -m models.regional", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--engine", default=ENGINE)
    parser.add_argument("--only", nargs="+", default=list(library.regions), choices=list(library.regions), metavar="ID")
    parser.add_argument("--workers", type=int, default=WORKERS)
    options = parser.parse_args(arguments)
    began = time.perf_counter()
    (options.out / SOUND).mkdir(parents=True, exist_ok=True)
    count = len(options.only)
    with ProcessPoolExecutor(max(1, options.workers), mp_context=get_context("spawn")) as pool:
        answers = []
        for answer in pool.map(made, options.only, [options.engine] * count, [options.out] * count):
            answers.append(answer)
            sys.stderr.write(f"\r{len(answers)} of {count} regions")
    demos = [answer for answer in answers if isinstance(answer, Shown)]
    failed = [answer for answer in answers if isinstance(answer, str)]
    path = write_page(options.out, demos, library, engine=options.engine)
    sys.stderr.write(f"\n{path}, {time.perf_counter() - began:.0f} s\n")
    sys.stderr.writelines(f"{line}\n" for line in failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
