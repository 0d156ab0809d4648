"""Music while it is made, in a real browser: soon, gapless, silenced by whoever hears it, and by nobody else."""

import pytest

from tests.test_browser import (
    BROWSER,
    FLAGS,
    PATIENCE_MS,
    address,
    arrived,
    browser,
    send,
    wait_for_take,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

__all__ = ["address", "browser"]

STARTED = "window.cwStream && window.cwStream.record.length > 0"
DONE = "window.cwStream.record.some((piece) => piece.ends)"

OFFLINE = """async () => {
  const rate = 48000, element = document.querySelector("cw-stream"), pieces = JSON.parse(element.dataset.told).pieces;
  const length = pieces.at(-1)[1] + pieces.at(-1)[2], shift = 4801, step = new Float32Array(length);
  const ctx = new OfflineAudioContext(2, length + shift, rate);
  for (const [address, start, frames] of pieces) {
    const buffer = await ctx.decodeAudioData(await (await fetch(address)).arrayBuffer());
    if (buffer.length !== frames) return `a piece of ${buffer.length} frames, not ${frames}`;
    step.set(buffer.getChannelData(0), start);
    const node = ctx.createBufferSource();
    node.buffer = buffer;
    node.connect(ctx.destination);
    node.start(shift / rate + start / rate);
  }
  const heard = (await ctx.startRendering()).getChannelData(0);
  let worst = 0;
  for (let at = 0; at < length; at++) worst = Math.max(worst, Math.abs(heard[at + shift] - step[at]));
  return worst;
}"""
"""Plays the pieces as the page does, into a buffer: how far that is from the pieces laid end to end."""


@pytest.fixture(scope="module")
def strict(browser):
    """A browser that plays nothing before the visitor has done something."""
    flags = [flag for flag in FLAGS if "autoplay" not in flag]
    launched = browser.browser_type.launch(executable_path=BROWSER, args=flags)
    yield launched
    launched.close()


def test_music_is_heard_before_the_take_is_there_without_gaps_and_can_be_silenced(strict, address):
    page = arrived(strict, address)
    assert page.evaluate("window.cwStream.isPlaying") is False
    page.evaluate(
        "window.sat = []; cwStream.addEventListener('at', () => window.sat.push(cwStream.timeS));"
        "cwStream.addEventListener('start', () => { window.take = document.querySelector('#view [data-take]') })"
    )
    send(page, "calm piano and cello, 12 seconds")
    page.wait_for_function(STARTED, timeout=PATIENCE_MS)
    assert page.evaluate("window.take") is None, "heard before the take was there"
    wait_for_take(page, 1)
    page.wait_for_function(DONE, timeout=PATIENCE_MS)
    record = page.evaluate("cwStream.record")
    assert [piece["start"] for piece in record] == [
        sum(piece["frames"] for piece in record[:at]) for at in range(len(record))
    ]
    assert sum(piece["frames"] for piece in record) == 12 * 48_000
    assert all(piece["buffered"] == piece["frames"] for piece in record)
    if page.evaluate("cwStream.underruns") == 0:  # a busy machine may be late; then there is a gap, and it is told
        zero = record[0]["whenS"]
        assert all(abs(piece["whenS"] - zero - piece["start"] / 48_000) < 1e-6 for piece in record)
        assert all(piece["whenS"] >= piece["scheduledS"] for piece in record)
    assert page.evaluate(OFFLINE) < 10 ** (-90 / 20)
    if page.evaluate("cwStream.isPlaying"):
        page.locator("#hush").click()
    assert page.evaluate("cwStream.isPlaying") is False
    assert page.locator("#hush").count() == 0
    sat = page.evaluate("window.sat")
    assert len(sat) > 5 and (sat == sorted(sat) or page.evaluate("cwStream.underruns") > 0)


def test_one_visitor_stops_and_the_other_hears_theirs_to_the_end(strict, address):
    one, two = arrived(strict, address), arrived(strict, address)
    send(one, "calm piano and sad strings, 90 seconds")
    send(two, "calm piano, 10 seconds")
    one.wait_for_function(STARTED, timeout=PATIENCE_MS)
    one.locator("#stop").click(timeout=PATIENCE_MS)
    assert one.evaluate("cwStream.isPlaying") is False, "silent at once"
    one.locator("#chat").get_by_text("Stopped.").wait_for(timeout=PATIENCE_MS)
    wait_for_take(two, 1)
    two.wait_for_function(DONE, timeout=PATIENCE_MS)
    assert two.evaluate("cwStream.record.reduce((sum, piece) => sum + piece.frames, 0)") == 480_000
    assert one.locator("#view [data-take]").count() == 0
    pieces = one.evaluate("cwStream.record.length")
    one.wait_for_timeout(1500)
    assert one.evaluate("cwStream.record.length") == pieces and one.evaluate("cwStream.isPlaying") is False


def test_nothing_starts_while_another_take_is_heard_or_where_it_is_not_wanted(strict, address):
    page = arrived(strict, address)
    opened = page.locator("button", has_text="engine and seed")
    opened.click()
    page.wait_for_function("document.querySelector('#ahead input')?.checked", timeout=PATIENCE_MS)
    kept = page.evaluate("localStorage.getItem('cuewright-ahead')")
    page.locator("#ahead input").uncheck()
    page.wait_for_function("(kept) => localStorage.getItem('cuewright-ahead') !== kept", arg=kept, timeout=PATIENCE_MS)
    page.reload()
    page.locator("#message textarea").wait_for(timeout=PATIENCE_MS)
    opened.click()
    page.wait_for_function("document.querySelector('#ahead input')?.checked === false", timeout=PATIENCE_MS)
    send(page, "calm piano, 8 seconds")
    wait_for_take(page, 1)
    assert page.evaluate("cwStream.record.length") == 0 and page.locator("cw-stream").count() == 0
    page.evaluate("document.querySelector('#ahead input').click()")
    page.evaluate("() => { const a = document.querySelector('#take audio'); a.loop = true; return a.play(); }")
    send(page, "sadder")
    wait_for_take(page, 2)
    page.wait_for_function("window.cwStream.why === 'listening'", timeout=PATIENCE_MS)
    assert page.evaluate("cwStream.record.length") == 0 and page.evaluate("cwStream.isPlaying") is False
