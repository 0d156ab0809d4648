"""The page that plays a game's music, in a real browser: layers in phase, no click, keys and languages."""

import pytest

from assistant.deliver.games import write_kit
from tests.game_kits import toy_kit
from tests.test_browser import PATIENCE_MS, browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

__all__ = ["browser"]

SWITCHED = """async () => {
  const rate = manifest.rate_hz, frames = manifest.loop.frames, start = 4801, fade = 4800;
  const intro = manifest.pieces.find((piece) => piece.kind === "intro"), loop = start + intro.bar_frames_total;
  const context = new OfflineAudioContext(2, loop + Math.round(frames * 1.4), rate);
  const buffers = await loadSounds(context), music = new CuewrightMusic(context, manifest, buffers);
  music.start(start / rate, 1);
  // layers, frame, and the gains that a third layer must have from there on: the second change cuts into the first
  const switches = [[3, loop + 30011], [1, loop + 30011 + 2400], [3, loop + frames - 2000], [2, loop + frames + 20000]];
  for (const [level, at] of switches) music.setLevel(level, at / rate, fade / rate);
  const heard = (await context.startRendering()).getChannelData(0);
  const lines = manifest.layers.map((_, layer) => {
    const gain = new Float64Array(heard.length);
    let value = layer < 1 ? 1 : 0, to = value, from = value, since = 0;
    for (let at = 0; at < heard.length; at++) {
      for (const [level, when] of switches) if (when === at) { from = value; since = at; to = layer < level ? 1 : 0; }
      value = from === to ? to : from + (to - from) * Math.min(1, (at - since) / fade);
      gain[at] = value;
    }
    return gain;
  });
  let worst = 0, loudest = 0;
  for (let at = 0; at < heard.length; at++) {
    const opening = buffers[intro.name].getChannelData(0);
    let wanted = at >= start && at - start < opening.length ? opening[at - start] : 0;
    if (at >= loop) manifest.layers.forEach((layer, index) => {
      wanted += lines[index][at] * buffers[layer.name].getChannelData(0)[(at - loop) % frames];
    });
    worst = Math.max(worst, Math.abs(heard[at] - wanted));
    loudest = Math.max(loudest, Math.abs(wanted));
  }
  return [worst, loudest];
}"""
"""Plays a start and four changes of layers into a buffer: how far that is from what it should be, and its peak."""

CLICKS = """async () => {
  const rate = manifest.rate_hz, frames = manifest.loop.frames, start = 977;
  const context = new OfflineAudioContext(1, start + 2 * frames + 100, rate), buffers = {};
  manifest.layers.forEach((layer, index) => {
    buffers[layer.name] = context.createBuffer(1, frames, rate);
    buffers[layer.name].getChannelData(0)[0] = 0.5 ** (index + 1);
  });
  const music = new CuewrightMusic(context, manifest, buffers);
  music.start(start / rate, manifest.layers.length, false);
  const heard = (await context.startRendering()).getChannelData(0), found = [];
  heard.forEach((value, at) => { if (Math.abs(value) > 1e-4) found.push([at - start, value]); });
  return found;
}"""
"""One click at the beginning of every layer, each of another strength: where they are heard."""


@pytest.fixture(scope="module")
def demo(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "game"
    write_kit(folder, toy_kit())
    faults = []
    page = browser.new_context(locale="en-GB").new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto((folder / "demo.html").as_uri())
    yield page
    assert faults == []
    page.context.close()


def test_layers_change_live_without_a_click_and_the_loop_goes_round(demo):
    worst, loudest = demo.evaluate(SWITCHED)
    assert loudest > 0.05
    assert worst < 10 ** (-90 / 20)


def test_layers_stay_in_phase_to_the_sample_over_the_seam(demo):
    frames, count = demo.evaluate("[manifest.loop.frames, manifest.layers.length]")
    together = sum(0.5 ** (index + 1) for index in range(count))
    assert demo.evaluate(CLICKS) == [[at, pytest.approx(together)] for at in (0, frames, 2 * frames)]


def test_the_page_is_worked_by_keys_and_in_two_languages(demo):
    assert demo.locator("#play").get_attribute("aria-label") == "Play"
    demo.locator("#onbar").uncheck()
    demo.locator("h1").click()
    demo.keyboard.press("Space")
    demo.wait_for_function("page.music && page.context.currentTime > page.music.startedS", timeout=PATIENCE_MS)
    demo.keyboard.press("3")
    demo.wait_for_function("page.music.layers[2].gain.gain.value === 1", timeout=PATIENCE_MS)
    assert demo.locator(".layer.on").count() == 3
    demo.keyboard.press("ArrowDown")
    demo.keyboard.press("s")
    assert demo.locator(".layer.on").count() == 2
    demo.locator("#language").click()
    assert demo.evaluate("document.documentElement.lang") == "zh"
    assert demo.locator("#play").get_attribute("aria-label") == "停止"
    demo.keyboard.press("Escape")
    demo.wait_for_function("page.music === null", timeout=PATIENCE_MS)
    assert demo.locator("#play").get_attribute("aria-pressed") == "false"
    assert demo.locator("#fault").is_hidden()
