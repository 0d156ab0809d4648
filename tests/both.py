"""`make test`: the tests that drive a browser, and beside them all others in one process for each core.

A page in a browser mostly waits, so its row goes beside the others, which give it the way and share their files out
(`tests.sharing`); their outputs come one after the other. Arguments go to pytest; where they choose tests, one process
runs them. What a row writes lies in a folder of its own, which goes with it: servers that are killed leave nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from tests.sharing import FOLDER

QUICK = "not slow and not gpu and not network"
CHOOSES = ("-k", "-m", "--lf", "--last-failed", "--ff", "--failed-first", "--sw", "--stepwise")
"""Options that choose tests."""
MOST_ROWS = 4
PATIENCE_S = 1800.0
"""How long the other rows may go on after the first has ended."""
POLITE = 5
"""How much the rows without a browser give way: a page has deadlines, they have none."""


@dataclass
class Row:
    """One process of tests; what it says is heard in its turn, the first row's at once."""

    title: str
    said: IO[str] | None
    process: subprocess.Popen[str]

    def end(self) -> int:
        """Its exit status, after its words."""
        try:
            status = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            status = 1
        self.stop()
        if self.said is not None:
            self.said.seek(0)
            sys.stdout.write(f"{self.title}:\n{self.said.read()}")
            sys.stdout.flush()
        return status

    def stop(self) -> None:
        """End it, where it has not ended; pytest then ends its pages and browsers itself."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


def main(arguments: Sequence[str]) -> int:
    """Run all rows; 0 when each passed."""
    more = [each for each in arguments if each != "--all"]
    is_all = len(more) < len(arguments)
    if any(not each.startswith("-") or each.startswith(CHOOSES) for each in more):
        return subprocess.call([sys.executable, "-m", "pytest", *(["-m", ""] if is_all else []), *more])
    also = "" if is_all else f" and {QUICK}"
    cores = min(MOST_ROWS, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cuewright-tests-", ignore_cleanup_errors=True))
        begin = partial(_begun, stack=stack, folder=Path(folder), more=more)
        rows = [begin(f"Part {number}", f"not browser{also}", is_first=number == 1) for number in range(1, cores + 1)]
        rows.append(begin("The page in a browser", f"browser{also}"))
        statuses = [row.end() for row in rows]
        return int(any(statuses))  # a row that was killed has a negative one


def _begun(
    title: str, marks: str, *, stack: ExitStack, folder: Path, more: Sequence[str], is_first: bool = False
) -> Row:
    """A row at work."""
    claims, room = folder / "claims", folder / title.replace(" ", "-").lower()
    claims.mkdir(exist_ok=True)
    room.mkdir()
    is_page = not marks.startswith("not")
    environment = os.environ | {"OMP_NUM_THREADS": "1", "TMPDIR": str(room), FOLDER: str(claims)}
    command = [sys.executable, "-m", "pytest", "-m", marks, *([] if is_page else ["-p", "tests.sharing"]), *more]
    command += [] if is_first else ["-p", "no:cacheprovider"]
    said = None if is_first else stack.enter_context((room / "said").open("w+"))
    nice = [] if is_page or os.name != "posix" else ["nice", "-n", str(POLITE)]
    process = subprocess.Popen([*nice, *command], env=environment, stdout=said, stderr=said, text=True)
    row = Row(title, said, process)
    stack.callback(row.stop)
    return row


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
