"""`make test`: the tests that drive a browser and all others side by side, one process each.

A page in a browser mostly waits, and two cores have room for both rows; their outputs come one after the other.
Arguments go to pytest; where they choose tests, one process runs them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

QUICK = "not slow and not gpu and not network"
CHOOSES = ("-k", "-m", "--lf", "--last-failed", "--ff", "--failed-first", "--sw", "--stepwise")
"""Options that choose tests."""
PATIENCE_S = 1800.0
"""How long the browser's row may go on after the other has ended."""


def main(arguments: Sequence[str]) -> int:
    """Run both rows; 0 when both passed."""
    more = [each for each in arguments if each != "--all"]
    is_all = len(more) < len(arguments)
    if any(not each.startswith("-") or each.startswith(CHOOSES) for each in more):
        return subprocess.call([sys.executable, "-m", "pytest", *(["-m", ""] if is_all else []), *more])
    also = "" if is_all else f" and {QUICK}"
    with (
        tempfile.TemporaryDirectory(prefix="cuewright-tests-", ignore_cleanup_errors=True) as room,
        tempfile.TemporaryFile("w+") as heard,
    ):
        environment = os.environ | {"OMP_NUM_THREADS": "1", "TMPDIR": room}  # servers that are killed leave nothing
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", f"browser{also}", *more]
        browser = subprocess.Popen(command, env=environment, stdout=heard, stderr=subprocess.STDOUT)
        shown = 1
        try:
            rest = subprocess.call([sys.executable, "-m", "pytest", "-m", f"not browser{also}", *more], env=environment)
            shown = browser.wait(PATIENCE_S)
        finally:
            if browser.poll() is None:
                browser.terminate()  # pytest then ends its pages and browsers itself
            heard.seek(0)
            sys.stdout.write("The page in a browser:\n" + heard.read())
    return rest or shown


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
