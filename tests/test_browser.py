"""The page in a real browser: a brief, a clip, a cue, a reply, and two visitors who never meet."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.score.midi import read_midi
from tests.conftest import ROOT, SHARED

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]
PATIENCE_MS = 240_000
"""Two slow cores, a cold start and a clip: this only bounds a hang."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("page"), "app.py") as url:
        yield url


@pytest.fixture
def slow_address(tmp_path: Path) -> Iterator[str]:
    """A page whose engine can be watched."""
    with served(tmp_path, "-m", "tests.slow_page") as url:
        yield url


@contextmanager
def served(folder: Path, *command: str) -> Iterator[str]:
    """A page at an address of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"CUEWRIGHT_PORT": str(port), "CUEWRIGHT_WORK": str(folder / "work")}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_for(url, server, folder / "log")
            yield url
        finally:
            server.terminate()
            server.wait(30)
    assert "Traceback" not in (folder / "log").read_text()


def _wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=2).read(1)
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def browser():
    if BROWSER is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have a browser")
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def visitor(browser, address):
    pages = []

    def arrive(**options):
        pages.append(arrived(browser, address, **options))
        return pages[-1]

    yield arrive
    for page in pages:  # a page that is left open goes on drawing
        page.context.close()


def arrived(browser, address: str, **options):
    page = browser.new_context(accept_downloads=True, **options).new_page()
    page.goto(address)
    page.locator("#message textarea").wait_for(timeout=PATIENCE_MS)
    return page


def send(page, text: str, *, clip: Path | None = None) -> None:
    if clip is not None:
        page.locator("#message input[type=file]").set_input_files(str(clip))
        page.locator("#message .thumbnails, #message [data-testid=thumbnail], #message .thumbnail-item").first.wait_for(
            timeout=PATIENCE_MS
        )
    page.locator("#message textarea").fill(text)
    page.locator("#message textarea").press("Enter")


def wait_for_take(page, number: int) -> None:
    page.locator(f'#view [data-take="{number}"]').wait_for(timeout=PATIENCE_MS)
    page.wait_for_function("!document.querySelector('#message textarea').disabled", timeout=PATIENCE_MS)


def audio_length_s(page) -> float:
    page.wait_for_function(
        "[...document.querySelectorAll('#audio audio')].some(a => a.duration > 0 && isFinite(a.duration))",
        timeout=PATIENCE_MS,
    )
    return page.evaluate("Math.max(...[...document.querySelectorAll('#audio audio')].map(a => a.duration || 0))")


def download(page, button: str, target: Path) -> Path:
    page.locator("#downloads summary").click()
    with page.expect_download(timeout=PATIENCE_MS) as waiting:
        page.locator(f"#download-{button}").click()
    waiting.value.save_as(target)
    return target


def clip_for(tmp_path: Path) -> Path:
    clip = SHARED / "data" / "clips" / "bbb_480p_30s.mp4"
    if clip.exists():
        return clip
    from tests.media import paint_shots, write_film

    return write_film(tmp_path / "made.mp4", paint_shots([300, 100, 180, 170]))


def test_a_brief_with_a_clip_becomes_a_cue_and_a_reply_the_next_take(visitor, tmp_path):
    page = visitor()
    send(page, "A cheerful pop score for this cartoon: drums, bass, piano and flute, 120 bpm", clip=clip_for(tmp_path))
    wait_for_take(page, 1)
    assert audio_length_s(page) == pytest.approx(30.0, abs=0.1)
    assert page.locator("#video video").count() == 1
    first = read_midi(download(page, "midi", tmp_path / "first.mid"))
    assert any(part.is_drums for part in first.parts)

    send(page, "slower, no drums, keep the melody")
    wait_for_take(page, 2)
    second = read_midi(download(page, "midi", tmp_path / "second.mid"))
    assert not any(part.is_drums for part in second.parts)
    assert second.tempo_map.tempo_at(0) < first.tempo_map.tempo_at(0)
    lead = next(part.id for part in first.parts if part.id.startswith("lead"))
    bars = min(len(score.tempo_map.bars_until(_last_q(score))) for score in (first, second)) - 2
    assert bars >= 4
    for bar in range(bars):
        assert _heard_in(first, lead, bar) == _heard_in(second, lead, bar), f"bar {bar}"
    assert audio_length_s(page) == pytest.approx(30.0, abs=0.1)

    page.locator("#undo").click()
    wait_for_take(page, 1)
    page.locator("#redo").click()
    wait_for_take(page, 2)


def _heard_in(score, part_id: str, bar: int) -> list[tuple[float, int, float, int]]:
    """The notes of a bar from its start; one played a hair before a bar line belongs to the bar after it."""
    bars = score.tempo_map.bars_until(_last_q(score))
    notes = next(part.notes for part in score.parts if part.id == part_id)
    early_q = 0.1
    start_q, end_q = bars[bar].start_q, bars[bar].end_q
    inside = [note for note in notes if start_q <= note.start_q + early_q < end_q]
    return [(round(note.start_q - start_q, 3), note.pitch, round(note.length_q, 3), note.velocity) for note in inside]


def _last_q(score) -> float:
    return max(note.start_q for part in score.parts for note in part.notes) + 0.001


def test_bad_uploads_become_a_message_and_the_conversation_goes_on(visitor, tmp_path):
    page = visitor()
    words = tmp_path / "words.mp4"
    words.write_text("this is no film")
    send(page, "music for this", clip=words)
    message = page.locator("#chat .bot, #chat [data-testid=bot]").last
    message.wait_for(timeout=PATIENCE_MS)
    page.wait_for_function("!document.querySelector('#message textarea').disabled", timeout=PATIENCE_MS)
    assert "Traceback" not in page.locator("#chat").inner_text()
    assert page.locator("#chat .bot, #chat [data-testid=bot]").count() >= 1
    send(page, "calm piano, 8 seconds")
    wait_for_take(page, 1)
    assert audio_length_s(page) == pytest.approx(8.0, abs=0.1)


def test_two_visitors_share_nothing(visitor):
    one, two = visitor(), visitor()
    send(one, "calm piano, 8 seconds")
    wait_for_take(one, 1)
    assert two.locator("#view [data-take]").count() == 0
    send(two, "三十秒忧伤的古筝，不要鼓")
    wait_for_take(two, 1)
    assert audio_length_s(two) == pytest.approx(30.0, abs=0.1)
    assert audio_length_s(one) == pytest.approx(8.0, abs=0.1)
    assert "古筝" in two.locator("#chat").inner_text()
    assert "古筝" not in one.locator("#chat").inner_text()


def test_words_from_a_visitor_are_never_run(visitor):
    page = visitor()
    trick = "document.title='owned'"
    send(page, f'calm <img src=x onerror="{trick}"> piano, 8 seconds <script>{trick}</script>')
    wait_for_take(page, 1)
    assert page.title() != "owned"
    assert "<img src=x" in page.locator("#chat").inner_text(), "words stand in the chat as they were typed"


def test_a_seed_below_zero_is_a_message_and_a_long_paste_is_words_and_no_file(visitor):
    page = visitor()
    page.locator("button", has_text="Engine and seed").click()
    page.locator("#seed textarea, #seed input").fill("-5")
    page.locator("#seed textarea, #seed input").press("Tab")
    send(page, "calm harp, 4 seconds")
    page.locator("#chat").get_by_text("seed -5").wait_for(timeout=PATIENCE_MS)
    page.locator("#seed textarea, #seed input").fill("")
    page.locator("#seed textarea, #seed input").press("Tab")
    send(page, "calm harp, 4 seconds. " * 2000)
    wait_for_take(page, 1)


def test_a_run_that_is_stopped_says_so_and_the_conversation_goes_on(visitor):
    page = visitor()
    send(page, "calm piano and sad strings, 180 seconds")
    page.locator("#chat").get_by_text("planning").first.wait_for(timeout=PATIENCE_MS)
    page.locator("#stop").click()
    page.locator("#chat").get_by_text("Stopped.").wait_for(timeout=PATIENCE_MS)
    assert page.locator("#view [data-take]").count() == 0
    box = page.locator("#message textarea")
    box.fill("calm piano, 5 seconds")
    for _ in range(60):  # the box sends again once the station that was at work has ended
        box.press("Enter")
        page.wait_for_timeout(1000)
        if not box.input_value():
            break
    wait_for_take(page, 1)


def test_the_score_is_seen_as_it_is_written_and_stop_ends_the_writing(browser, slow_address):
    page = arrived(browser, slow_address)
    page.evaluate(WATCH)
    send(page, "calm piano and cello, 20 seconds")
    wait_for_take(page, 1)
    lengths = page.evaluate("window.ink")
    assert lengths[0] == 0, "the plan is seen before any note"
    assert len(lengths) > 3 and lengths == sorted(lengths), "then bar after bar"
    assert page.locator("#view .cw-sketch").count() == 0

    send(page, "make it 180 seconds long")
    page.wait_for_function("window.ink.at(-1) > 0 && document.querySelector('#view .cw-sketch')", timeout=PATIENCE_MS)
    page.locator("#stop").click()
    page.locator("#chat").get_by_text("Stopped.").wait_for(timeout=PATIENCE_MS)
    wait_for_take(page, 1)
    page.wait_for_timeout(1500)
    assert page.locator("#view .cw-sketch").count() == 0, "nothing more is written"
    send(page, "sadder")
    wait_for_take(page, 2)

    send(page, "make it 180 seconds long")
    page.wait_for_function("document.querySelector('#view .cw-sketch')", timeout=PATIENCE_MS)
    page.locator("#stop").click()
    send(page, "brighter")  # as soon as the box takes it
    wait_for_take(page, 3)


WATCH = """() => {
  window.ink = [];
  new MutationObserver(() => {
    const paths = [...document.querySelectorAll("#view .cw-sketch path[stroke-width]")];
    const length = paths.map((path) => path.getAttribute("d")).join("").length;
    if (document.querySelector("#view .cw-sketch") && length !== window.ink.at(-1)) window.ink.push(length);
  }).observe(document.querySelector("#view"), { childList: true, subtree: true, attributes: true });
}"""
"""Notes down how much of a score is drawn, whenever that changes."""


def test_an_example_and_an_offered_reply_run_on_a_click_and_buttons_tell_what_they_can(visitor):
    page = visitor()
    for button in ("undo", "redo", "stop"):
        assert page.locator(f"#{button}").is_disabled(), f"{button} has nothing to do yet"
    page.locator("#chat .example").first.click()
    wait_for_take(page, 1)
    page.locator("#chat .option").first.click()
    wait_for_take(page, 2)
    assert page.locator("#undo").is_enabled() and page.locator("#redo").is_disabled()
    page.locator("#undo").click()
    wait_for_take(page, 1)
    assert page.locator("#undo").is_disabled() and page.locator("#redo").is_enabled()


@pytest.mark.parametrize(
    ("locale", "stop", "scene"),
    [("zh-CN", "停止", "场景"), ("it-IT", "Ferma", "scena"), ("pt-BR", "Parar", "cena"), ("ar-EG", "إيقاف", "المشهد")],
)
def test_the_page_speaks_the_language_of_the_browser_and_fits_a_phone(visitor, locale, stop, scene):
    page = visitor(locale=locale, viewport={"width": 390, "height": 844})
    page.wait_for_function("stop => document.querySelector('#stop').innerText.includes(stop)", arg=stop)
    page.wait_for_function("scene => document.querySelector('#chat').innerText.includes(scene)", arg=scene)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


def test_a_question_is_answered_by_a_click_and_a_standing_wish_outlives_the_visit(visitor):
    page = visitor()
    send(page, "A kite over dunes, flute and drums, 8 seconds, hit at 0:20")
    offered = page.locator("#chat .option", has_text="22")
    offered.first.wait_for(timeout=PATIENCE_MS)
    offered.first.click()
    wait_for_take(page, 1)
    assert audio_length_s(page) == pytest.approx(22.0, abs=0.05)
    send(page, "always without drums")
    wait_for_take(page, 2)
    page.locator("#more button").first.click()
    page.locator("#taste button").first.click()
    page.locator("#leanings label", has_text="drums").wait_for(timeout=PATIENCE_MS)
    page.reload()
    page.locator("#message textarea").wait_for(timeout=PATIENCE_MS)
    page.locator("#more button").first.click()
    page.locator("#taste button").first.click()
    page.locator("#leanings label", has_text="drums").wait_for(timeout=PATIENCE_MS)
    page.locator("#forget").click()
    page.wait_for_function("!document.querySelector('#leanings label')", timeout=PATIENCE_MS)


def test_a_campaign_is_estimated_made_heard_and_taken_away(visitor) -> None:
    page = visitor(locale="zh-CN", viewport={"width": 390, "height": 844})
    page.set_default_timeout(PATIENCE_MS)
    page.get_by_role("tab", name="推广活动").click()
    page.get_by_label("日本", exact=True).check()
    page.get_by_label("土耳其", exact=True).check()
    page.locator("#campaign-brief textarea").fill("一支欢快的绿茶广告")
    page.locator("#campaign-lengths :is(input, textarea)").fill("4")
    page.get_by_role("button", name="需要多久？").click()
    page.get_by_text("共 2 个版本").wait_for()
    page.get_by_role("button", name="开始").click()
    sheet = page.frame_locator("iframe.cw-sheet")
    assert "4.00 s" in sheet.locator("article.done").nth(1).text_content()
    sheet.locator("article button").first.click()
    sheet.locator("article.now button[aria-pressed=true]").wait_for()
    assert sheet.locator("article img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    with page.expect_download() as waiting:
        sheet.locator("a.all").click()
    assert Path(waiting.value.path()).read_bytes()[:2] == b"PK"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing is wider than a phone"
