"""The Space in a real browser: the files that would be uploaded, started as Spaces start them, make music."""

import time

import pytest

from tests.space.contents import files_of, read_settings, write_folder
from tests.space.running import running
from tests.test_browser import PATIENCE_MS, arrived, audio_length_s, browser, send, wait_for_take
from tests.test_browser_stream import STARTED

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

__all__ = ["browser"]


def test_a_space_of_the_uploaded_files_alone_plays_what_a_visitor_asks_for(browser, tmp_path):
    settings = read_settings()
    files = write_folder(tmp_path / "app", settings, settings.on("cpu-basic"))
    with running(tmp_path / "app", tmp_path) as space:
        page = arrived(browser, space.address)
        sent_s = time.monotonic()
        send(page, "calm piano and cello, 6 seconds")
        page.wait_for_function(STARTED, timeout=PATIENCE_MS)
        print(f"first sound {time.monotonic() - sent_s:.2f} s after sending, on a page that has just started")
        wait_for_take(page, 1)
        assert audio_length_s(page) == pytest.approx(6.0, abs=0.1)
        page.wait_for_function(
            "async () => { const a = document.querySelector('#take audio'); await a.play(); return a.currentTime > 0 }",
            timeout=PATIENCE_MS,
        )
        page.context.close()
    log = space.log.read_text("utf-8")
    assert not space.faults and "until the Space restarts" not in log, log
    assert list((space.volume / "cuewright" / "sessions").glob("*/take-1/mix.wav")), "work lies on the volume"
    assert files_of(tmp_path / "app") == files, "nothing is written where the code is"
