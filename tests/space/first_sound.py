"""How soon a visitor of a CPU Space hears something: ``python -m tests.space.first_sound``, which prints Markdown.

The uploaded files are started as Spaces start them, and a real browser sends briefs of 30 s, one at a time, each in a
new conversation; the first warms the page and is told apart. It measures; it never passes or fails.

Conventions: seconds from pressing Enter until the page has music that is scheduled to be heard, and until then the
processor time of the server alone, which a busy machine does not change much. The aim is 2 s.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from tests.soak import processor_s, settle
from tests.space.contents import read_settings, write_folder
from tests.space.running import running
from tests.test_browser import BROWSER, FLAGS, PATIENCE_MS, arrived, send
from tests.test_browser_stream import STARTED

RUNS = 5
BRIEF = "30 seconds of calm film music for piano and strings, number {}"


def main() -> None:
    """Print one table."""
    from playwright.sync_api import sync_playwright

    walls, works = [], []
    settings = read_settings()
    with tempfile.TemporaryDirectory() as room, sync_playwright() as playwright:
        write_folder(Path(room) / "app", settings, settings.on("cpu-basic"))
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        with running(Path(room) / "app", Path(room)) as space:
            settle(space.pid)
            for number in range(RUNS + 1):
                page = arrived(browser, space.address)
                worked_s, began_s = processor_s(space.pid), time.perf_counter()
                send(page, BRIEF.format(number))
                page.wait_for_function(STARTED, timeout=PATIENCE_MS)
                walls.append(time.perf_counter() - began_s)
                works.append(processor_s(space.pid) - worked_s)
                page.locator("#stop").click()
                page.context.close()
                settle(space.pid)
        browser.close()
    print("| first sound on the CPU path, s | first visitor | median of the next | most |")
    print("|---|---|---|---|")
    for name, seconds in (("from sending, in the browser", walls), ("processor of the server", works)):
        after = seconds[1:]
        print(f"| {name} | {seconds[0]:.2f} | {statistics.median(after):.2f} | {max(after):.2f} |")


if __name__ == "__main__":
    main()
