"""`make test`: the tests that drive a browser and all others side by side, one process each.

A page in a browser mostly waits, and two cores have room for both rows; their outputs come one after the other.
Arguments go to pytest; where they name tests, one process runs them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

QUICK = "not slow and not gpu and not network"


def main(arguments: Sequence[str]) -> int:
    """Run both rows; 0 when both passed."""
    more = [each for each in arguments if each != "--all"]
    if any(not each.startswith("-") for each in more):
        return subprocess.call([sys.executable, "-m", "pytest", *more])
    also = "" if "--all" in arguments else f" and {QUICK}"
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryFile("w+") as heard:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", f"browser{also}", *more]
        browser = subprocess.Popen(command, env=environment, stdout=heard, stderr=subprocess.STDOUT)
        try:
            rest = subprocess.call([sys.executable, "-m", "pytest", "-m", f"not browser{also}", *more], env=environment)
            shown = browser.wait()
        finally:
            browser.kill()
        heard.seek(0)
        sys.stdout.write("The page in a browser:\n" + heard.read())
    return rest or shown


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
