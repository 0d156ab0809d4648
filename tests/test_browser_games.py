"""The page that plays a game's music, in a real browser: layers in phase, no click, keys and languages."""

import pytest

from assistant.deliver.games import write_kit
from models.evaluation.in_browser import CLICKS, SWITCHED
from tests.game_kits import toy_kit
from tests.test_browser import PATIENCE_MS, browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

__all__ = ["browser"]


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
