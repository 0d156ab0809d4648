"""The page in a real browser, by hand: a hit dragged, a value set on the card, the arc drawn; mouse, touch and keys."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.constraints import Constraints
from tests.test_browser import PATIENCE_MS, arrived, browser, send, served, wait_for_take  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

SCENE = "calm piano and cello, 12 seconds, sad, hit at 0:06"
WAVE = [(0.02, 0.8), (0.25, 0.1), (0.5, 0.5), (0.75, 0.15), (0.98, 0.05)]
"""A freehand stroke: shares of the width and of the height of the arc, from above."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A page, and the folder where its takes are kept."""
    folder = tmp_path_factory.mktemp("hands")
    with served(folder, "app.py") as url:
        yield url, folder / "work" / "sessions"


@pytest.fixture
def first(browser, house):  # noqa: F811 - a fixture
    """A visitor with a first take."""

    def arrive(text: str = SCENE, **options):
        page = arrived(browser, house[0], **options)
        page.on("pageerror", lambda error: pytest.fail(f"the page's script failed: {error}"))
        send(page, text)
        wait_for_take(page, 1)
        return page

    return arrive


def cue(house, number: int) -> dict[str, Any]:
    """What the take says of itself that was written last under this number."""
    found = max(house[1].glob(f"*/take-{number}/cue.json"), key=lambda path: path.stat().st_mtime)
    return json.loads(found.read_text("utf-8"))


def middle(locator) -> tuple[float, float]:
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, locator, across: float, down: float = 0.0) -> None:
    locator.scroll_into_view_if_needed()
    x, y = middle(locator)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across, y + down, steps=5)
    page.mouse.up()


def second_s(page) -> float:
    """Pixels of a second on the time line."""
    data = page.locator("#view svg.timeline").evaluate("({dataset}) => ({...dataset})")
    return (float(data["right"]) - float(data["left"])) / float(data["lengthS"])


def on_the_arc(page, shares: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Places on the screen, from shares of the width and height of the arc."""
    svg = page.locator("#view svg.timeline")
    svg.scroll_into_view_if_needed()
    box, data = svg.bounding_box(), svg.evaluate("({dataset}) => ({...dataset})")
    left, right, top, foot = (float(data[name]) for name in ("left", "right", "top", "foot"))
    return [(box["x"] + left + at * (right - left), box["y"] + top + depth * (foot - top)) for at, depth in shares]


def chat(page) -> str:
    return page.locator("#chat").inner_text()


def test_a_hit_that_is_dragged_lands_there_and_the_chat_says_so(first, house):
    page = first()
    hit = page.locator("#view svg .hit .mark")
    drag(page, hit, 1.5 * second_s(page))
    wait_for_take(page, 2)
    hits = [planned["at_s"] for planned in cue(house, 2)["plan"]["hits"]]
    assert hits == [pytest.approx(7.5, abs=0.06)]
    assert f"Hit moved from 0:06.00 to 0:0{hits[0]:.2f}." in chat(page)
    before, after = (cue(house, number)["plan"]["length_s"] for number in (1, 2))
    assert before == after == 12.0
    page.locator("#undo").click()
    wait_for_take(page, 1)
    assert page.locator("#view svg .hit").get_attribute("aria-valuetext") == "0:06.00"


def test_hits_are_moved_added_and_taken_away_without_a_mouse(first, house):
    page = first()
    page.locator("#view svg .hit").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    assert page.locator("#view svg .hit .time").text_content() == "0:07.10", "the time is seen before it is sent"
    page.keyboard.press("Escape")
    assert page.locator("#view svg .hit .time").text_content() == "0:06.00"
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    wait_for_take(page, 2)
    assert [hit["at_s"] for hit in cue(house, 2)["plan"]["hits"]] == [7.0]
    page.locator('#view [data-tool="hit"]').focus()
    page.keyboard.press("Enter")
    wait_for_take(page, 3)
    assert [hit["at_s"] for hit in cue(house, 3)["plan"]["hits"]] == [3.5, 7.0], "in the middle of the longest stretch"
    page.locator("#view svg .hit").first.focus()
    page.keyboard.press("Delete")
    wait_for_take(page, 4)
    assert [hit["at_s"] for hit in cue(house, 4)["plan"]["hits"]] == [7.0]
    assert "Hit removed at 0:03.50." in chat(page)


def test_a_value_on_the_card_is_set_in_place(first, house):
    page = first()
    page.locator("#cw-tab-understood").click()
    row = page.locator('#view [data-field="tempo_bpm"]')
    row.locator(".cw-value").click()
    row.locator("input").fill("999")
    row.locator("input").press("Enter")
    assert row.locator("input").is_visible(), "what is out of range stays open"
    row.locator("input").press("Escape")
    assert row.locator(".cw-value").is_visible()
    row.locator(".cw-value").press("Enter")
    row.locator("input").fill("96")
    row.locator("input").press("Enter")
    wait_for_take(page, 2)
    made = cue(house, 2)
    assert made["constraints"]["tempo_bpm"] == [94.0, 98.0]
    assert any(evidence["source"] == "hand" for evidence in made["constraints"]["evidence"])
    assert "Tempo: 96 BPM." in chat(page)
    assert "Tempo: 96 BPM." in row.inner_text(), "the card says where the value came from"
    page.wait_for_function("document.activeElement.closest('[data-field=\"tempo_bpm\"]')", timeout=PATIENCE_MS)

    key = page.locator('#view [data-field="key"]')
    key.locator(".cw-value").click()
    key.locator("select").select_option("F# minor")
    wait_for_take(page, 3)
    assert cue(house, 3)["plan"]["key"]["tonic"] == 6
    page.locator('#view [data-edit="instruments.remove"][data-value="cello"]').click()
    wait_for_take(page, 4)
    assert {part["instrument"] for part in cue(house, 4)["plan"]["parts"]}.isdisjoint({"cello"})
    assert "Out: cello." in chat(page)


def test_an_arc_that_is_drawn_is_the_arc_of_the_next_take(first, house):
    page = first()
    page.locator('#view [data-tool="draw"][data-dimension="arousal"]').click()
    places = on_the_arc(page, WAVE)
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()
    wait_for_take(page, 2)
    before, asked = (Constraints.from_contract(cue(house, number)["constraints"]) for number in (1, 2))
    assert 3 <= len(asked.arc) <= 8
    for at, depth in WAVE[1:-1]:
        assert asked.emotion_at(at).arousal == pytest.approx(1 - 2 * depth, abs=0.1)
        assert asked.emotion_at(at).valence == pytest.approx(before.emotion_at(at).valence, abs=0.01)
    assert "The arc of energy is drawn anew." in chat(page)

    handle = page.locator("#view svg .handle.valence").last
    drag(page, handle.locator(".mark"), 0.0, -60.0)
    wait_for_take(page, 3)
    after = Constraints.from_contract(cue(house, 3)["constraints"])
    assert after.emotion_at(1.0).valence > asked.emotion_at(1.0).valence + 0.5
    assert after.emotion_at(1.0).arousal == pytest.approx(asked.emotion_at(1.0).arousal, abs=0.01)
    assert "The arc of mood is drawn anew." in chat(page)


def test_a_finger_moves_a_hit_on_a_phone_in_chinese(first, house):
    page = first(
        "十二秒忧伤的古筝，第6秒有重音",
        locale="zh-CN",
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
    )
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
    grip = page.locator("#view svg .hit .grip").bounding_box()
    assert min(grip["width"], grip["height"]) >= 40, "large enough for a finger"
    page.locator("#view svg .hit").evaluate("hit => hit.scrollIntoView({ block: 'center' })")
    x, y = middle(page.locator("#view svg .hit .mark"))
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    touch("touchStart", (x, y))
    for step in range(1, 6):
        touch("touchMove", (x - 10 * step, y))
    touch("touchEnd")
    wait_for_take(page, 2)
    moved = cue(house, 2)["plan"]["hits"][0]["at_s"]
    assert moved == pytest.approx(6 - 50 / second_s(page), abs=0.1)
    assert "重音点从 0:06.00 移到" in chat(page)

    page.locator('#view [data-tool="draw"][data-dimension="valence"]').tap()
    page.locator("#view svg .hit").evaluate("hit => hit.scrollIntoView({ block: 'center' })")
    places = on_the_arc(page, WAVE)
    touch("touchStart", places[0])
    for place in places[1:]:
        touch("touchMove", place)
    touch("touchEnd")
    wait_for_take(page, 3)
    asked = Constraints.from_contract(cue(house, 3)["constraints"])
    assert asked.emotion_at(0.25).valence == pytest.approx(0.8, abs=0.1)
    assert "情绪曲线已重画" in chat(page)


def test_nothing_can_be_set_while_a_take_is_made_and_hostile_words_stay_words(first, house):
    trick = "document.title='owned'"
    page = first(f'calm <img src=x onerror="{trick}"> piano "><script>{trick}</script>, 8 seconds, hit at 0:04')
    assert page.title() != "owned"
    svg = page.locator("#view svg.timeline")
    send(page, "make it 30 seconds long")
    page.wait_for_function("document.querySelector('#message textarea').disabled", timeout=PATIENCE_MS)
    svg.evaluate("(svg) => window.cuewright.send(svg, 'loop', true)")
    wait_for_take(page, 2)
    assert cue(house, 2)["constraints"]["loop"] is False
    for field, value in (("no such field", 1), ("hits[7]", 3.0), ("tempo_bpm", 1e9), ("key", trick), ("arc", [[0]])):
        count = len(chat(page))
        svg.evaluate("(svg, [field, value]) => window.cuewright.send(svg, field, value)", [field, value])
        page.wait_for_function(f"document.querySelector('#chat').innerText.length > {count}", timeout=PATIENCE_MS)
        page.wait_for_timeout(300)
    assert page.title() != "owned" and "Traceback" not in chat(page)
    assert page.locator('#view [data-take="2"]').count() == 1
