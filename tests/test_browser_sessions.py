"""Stored work in a real browser: found after a reload and a killed server, in two tabs; saved, brought back, erased."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_browser import (
    PATIENCE_MS,
    _wait_for,
    arrived,
    audio_length_s,
    browser,  # noqa: F401 - a fixture
    download,
    send,
    served,
    wait_for_take,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


class Server:
    """A page that can be killed and started again at the same address, on the same work."""

    def __init__(self, folder: Path, pause_s: float) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder, self.pause_s = folder, pause_s
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        environment = os.environ | {
            "CUEWRIGHT_PORT": str(self.port),
            "CUEWRIGHT_WORK": str(self.folder / "work"),
            "SLOW_PAUSE_S": str(self.pause_s),
        }
        with (self.folder / "log").open("a") as log:
            command = [sys.executable, "-m", "tests.slow_page"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        _wait_for(self.address, self.process, self.folder / "log")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)


@contextmanager
def running(folder: Path, *, pause_s: float = 0.005) -> Iterator[Server]:
    server = Server(folder, pause_s)
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("sessions"), "-m", "tests.slow_page") as url:
        yield url


def opened_fold(page) -> None:
    page.locator("#work button").first.click()
    page.locator("#work-save").wait_for(timeout=PATIENCE_MS)


def bring(page, file: Path) -> None:
    with page.expect_file_chooser() as waiting:
        page.locator("#work-load").click()
    waiting.value.set_files(str(file))


def come_back(page, number: int | None = None) -> None:
    page.reload()
    page.locator("#message textarea").wait_for(timeout=PATIENCE_MS)
    if number is not None:
        wait_for_take(page, number)


def said(page, text: str) -> None:
    page.locator("#chat").get_by_text(text).first.wait_for(timeout=PATIENCE_MS)


def test_a_reload_finds_the_conversation_its_takes_and_where_one_was(browser, address, tmp_path):  # noqa: F811
    page = arrived(browser, address)
    send(page, "calm piano and cello, 6 seconds")
    wait_for_take(page, 1)
    send(page, "sadder")
    wait_for_take(page, 2)
    page.locator("#undo").click()
    wait_for_take(page, 1)
    before = page.locator("#chat").inner_text()
    come_back(page, 1)
    assert page.locator("#chat").inner_text() == before
    assert audio_length_s(page) == pytest.approx(6.0, abs=0.05)
    assert download(page, "stems", tmp_path / "stems.zip").stat().st_size > 1000
    assert page.locator("#takes input").count() == 2
    assert page.locator("#undo").is_disabled() and page.locator("#redo").is_enabled()
    page.locator("#redo").click()
    wait_for_take(page, 2)
    send(page, "slower")
    wait_for_take(page, 3)
    come_back(page, 3)

    stranger = arrived(browser, address)
    stranger.wait_for_timeout(3000)
    assert stranger.locator("#view [data-take]").count() == 0
    assert "calm piano and cello" not in stranger.locator("#chat").inner_text()


def test_a_killed_server_loses_no_take_and_the_message_that_waits_is_answered_on_a_click(browser, tmp_path):  # noqa: F811
    with running(tmp_path, pause_s=0.6) as server:
        page = arrived(browser, server.address, locale="de-DE")
        send(page, "Ruhiges Klavier und Cello, 6 Sekunden")
        wait_for_take(page, 1)
        send(page, "viel langsamer, 30 Sekunden lang, bitte")
        page.locator("#view .cw-sketch").wait_for(timeout=PATIENCE_MS)
        server.kill()
        server.start()
        page.goto(server.address)
        wait_for_take(page, 1)
        said(page, "viel langsamer")
        said(page, "noch keine Antwort")
        assert audio_length_s(page) == pytest.approx(6.0, abs=0.05)
        server.pause_s = 0.0
        server.kill()
        server.start()
        page.goto(server.address)
        page.locator("#chat .option", has_text="Weiter").last.click()
        wait_for_take(page, 2)
        assert audio_length_s(page) == pytest.approx(30.0, abs=0.05)
        assert page.locator("#chat").inner_text().count("viel langsamer") == 1
        come_back(page, 2)
        assert page.locator("#chat").get_by_text("noch keine Antwort").count() == 0


def test_a_reload_in_the_middle_of_a_take_leaves_the_message_waiting(browser, tmp_path):  # noqa: F811
    with running(tmp_path, pause_s=0.6) as server:
        page = arrived(browser, server.address)
        send(page, "calm piano and cello, 30 seconds")
        page.locator("#view .cw-sketch").wait_for(timeout=PATIENCE_MS)
        come_back(page)
        said(page, "no answer yet")
        assert page.locator("#chat .option", has_text="Go on").count() == 1
        page.locator("#chat .option", has_text="Go on").click()
        page.locator("#view .cw-sketch").wait_for(timeout=PATIENCE_MS)
        page.locator("#stop").click()
        said(page, "Stopped.")
        come_back(page)
        said(page, "Stopped.")
        assert page.locator("#chat").get_by_text("no answer yet").count() == 0


def test_new_begins_anew_and_the_earlier_work_can_be_opened_and_erased(browser, address):  # noqa: F811
    page = arrived(browser, address)
    send(page, "calm harp, 5 seconds")
    wait_for_take(page, 1)
    page.locator("#new").click()
    page.locator("#view .cw-empty").wait_for(timeout=PATIENCE_MS)
    assert page.locator("#chat .example").count() > 0 and not page.locator("#downloads").is_visible()
    send(page, "a cheerful march with drums and trumpet, 7 seconds")
    wait_for_take(page, 1)
    assert audio_length_s(page) == pytest.approx(7.0, abs=0.05), "a scene of its own, and no reply to the first"
    opened_fold(page)
    page.locator("#works label", has_text="calm harp").click()
    page.wait_for_function("document.querySelector('#chat').innerText.includes('calm harp')", timeout=PATIENCE_MS)
    wait_for_take(page, 1)
    assert audio_length_s(page) == pytest.approx(5.0, abs=0.05)
    page.locator("#work-erase").click()
    page.locator("#chat .option", has_text="Yes, erase this conversation").click()
    said(page, "Erased")
    page.wait_for_function("document.querySelectorAll('#works label').length === 1", timeout=PATIENCE_MS)
    come_back(page, 1)
    assert "march" in page.locator("#chat").inner_text()
    send(page, "delete my data, please")
    page.locator("#chat .option", has_text="Yes, erase all my work").last.click()
    said(page, "Erased")
    come_back(page)
    page.wait_for_timeout(2000)
    assert page.locator("#view [data-take]").count() == 0


def test_work_is_saved_as_a_file_and_another_visitor_goes_on_with_it(browser, address, tmp_path):  # noqa: F811
    page = arrived(browser, address)
    send(page, "calm flute and strings, 5 seconds")
    wait_for_take(page, 1)
    opened_fold(page)
    page.locator("#work-save").click()
    link = page.locator("#work-file a")
    link.wait_for(timeout=PATIENCE_MS)
    with page.expect_download(timeout=PATIENCE_MS) as waiting:
        link.click()
    waiting.value.save_as(tmp_path / "work.zip")

    other = arrived(browser, address)
    opened_fold(other)
    bring(other, tmp_path / "work.zip")
    wait_for_take(other, 1)
    assert "calm flute" in other.locator("#chat").inner_text()
    assert audio_length_s(other) == pytest.approx(5.0, abs=0.05)
    send(other, "sadder")
    wait_for_take(other, 2)
    come_back(page, 1)
    (tmp_path / "bad.zip").write_bytes(b"PK no zip")
    bring(other, tmp_path / "bad.zip")
    said(other, "a file of work")


def test_two_tabs_go_on_from_each_other(browser, address):  # noqa: F811
    page = arrived(browser, address)
    send(page, "calm piano, 5 seconds")
    wait_for_take(page, 1)
    tab = page.context.new_page()
    tab.goto(address)
    wait_for_take(tab, 1)
    send(tab, "sadder")
    wait_for_take(tab, 2)
    send(page, "slower")
    wait_for_take(page, 3)
    assert "sadder" in page.locator("#chat").inner_text()
    tab.locator("#undo").click()
    wait_for_take(tab, 2)
    come_back(page, 2)
    assert page.locator("#takes input").count() == 3
