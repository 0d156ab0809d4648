"""Listening in a real browser: playing, parts alone, two takes at the same moment, ideas, controls, a phone."""

from collections.abc import Iterator

import pytest

from tests.media import paint_shots, write_film
from tests.test_browser import PATIENCE_MS, address, arrived, browser, send, wait_for_take

__all__ = ["address", "browser"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

CONTROLS = """() => {
  const shown = { visibilityProperty: true, opacityProperty: true };
  const seen = (e) => e.checkVisibility(shown) && e.getClientRects().length;
  const all = [...document.querySelectorAll("button, input, select, textarea, summary, a[href], [role=option]")];
  const whole = "[role=tablist], [role=listbox], [role=toolbar]";
  const single = all.filter((e) => seen(e) && !e.closest(whole));
  const lists = [...document.querySelectorAll(whole)].filter((e) => seen(e));
  return [...single, ...lists].filter((e) => !e.closest("#chat, #message, .visually-hidden[aria-hidden=true]"));
}"""
"""What a person can work besides the chat: a list that is one stop of the Tab key counts once. Gradio measures its tabs
with a copy that is a pixel high, out of reach and hidden from readers: it is none."""

NAMES = f"""() => ({CONTROLS})().map((e) =>
  (e.getAttribute("aria-label") || e.innerText || e.labels?.[0]?.innerText || e.title || "").trim())"""

CONTRASTS = """() => {
  const sheet = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const canvas = sheet.getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => top.slice(0, 3).map((v, i) => v * top[3] + below[i] * (1 - top[3]));
  const ground = (e) => {
    const layers = [];
    for (; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  for (const e of document.querySelectorAll("#head *, #take *, #talk *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.closest("svg, .sr-only") || !e.checkVisibility({ visibilityProperty: true }) || e.disabled) continue;
    const behind = ground(e), colour = over(rgba(getComputedStyle(e).color), behind);
    const [low, high] = [light(behind), light(colour)].sort((a, b) => a - b);
    found.push([(high + 0.05) / (low + 0.05), e.className || e.tagName, e.textContent.trim().slice(0, 30)]);
  }
  return found.sort((a, b) => a[0] - b[0]).slice(0, 5);
}"""
"""The five texts with the least contrast to what is behind them: ratio, where, and what."""

LOUDNESS = """async (parts) => {
  const { sound } = window.cuewright;
  sound.mix(({ id }) => (parts === null || parts.includes(id) ? 1 : 0));
  const heard = await sound.rendered();
  const file = await (await fetch(sound.cue.mix)).arrayBuffer();
  const mix = await new OfflineAudioContext(2, 1, 48000).decodeAudioData(file);
  let power = 0, apart = 0, whole = 0;
  for (const number of [0, 1]) {
    const [is, was] = [heard.getChannelData(number), mix.getChannelData(number)];
    for (let at = 0; at < was.length; at++) {
      power += is[at] ** 2;
      apart += (is[at] - was[at]) ** 2;
      whole += was[at] ** 2;
    }
  }
  sound.mix(() => 1);
  return { power: 10 * Math.log10(power / whole + 1e-12), apart: 10 * Math.log10(apart / whole + 1e-12) };
}"""
"""What sounds of the parts, in dB against the mix: its power, and the power of what it is apart from the mix."""


def level(page) -> float:
    """The loudest sample that the loudspeakers get in a while."""
    return page.evaluate(
        """async () => {
          const { meter } = window.cuewright.sound, samples = new Float32Array(meter.fftSize);
          let most = 0;
          for (let look = 0; look < 20; look++) {
            meter.getFloatTimeDomainData(samples);
            most = Math.max(most, ...samples.map(Math.abs));
            await new Promise((done) => setTimeout(done, 20));
          }
          return most;
        }"""
    )


def time_s(page) -> float:
    return page.evaluate("window.cuewright.sound.timeS")


def plays(page) -> bool:
    return page.evaluate("window.cuewright.sound.isPlaying")


def open_parts(page) -> None:
    page.locator("#cw-tab-stems").click()
    page.wait_for_function("!document.querySelector('cw-stems button').disabled", timeout=PATIENCE_MS)


def compared(page, number: int) -> None:
    page.wait_for_function(f"document.querySelector('cw-player').dataset.comparing === '{number}'", timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def page(browser, address) -> Iterator:
    """A visitor with two takes of twelve seconds."""
    page = arrived(browser, address, viewport={"width": 1280, "height": 800})
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    send(page, "calm piano and cello with a bass, 12 seconds, 100 bpm")
    wait_for_take(page, 1)
    send(page, "add a flute")
    wait_for_take(page, 2)
    yield page
    page.context.close()


@pytest.fixture(autouse=True)
def paused(request) -> Iterator[None]:
    """Every test leaves the shared visitor's player still, at the beginning, with the mix."""
    yield
    if "page" in request.fixturenames:
        shared = request.getfixturevalue("page")
        shared.evaluate("() => { const { sound } = window.cuewright; sound.pause(); sound.load(null); sound.seek(0); }")
        assert not shared.faults


def test_it_plays_when_asked_and_the_picture_plays_along(page) -> None:
    assert not plays(page), "nothing starts by itself"
    bar = page.locator(".cw-play").bounding_box()
    assert bar["y"] + bar["height"] < 800, "one can play without scrolling"
    page.locator(".cw-play").click()
    page.wait_for_function("window.cuewright.sound.timeS > 0.5", timeout=PATIENCE_MS)
    assert level(page) > 0.003
    assert page.locator(".cw-play").get_attribute("aria-label") == "Pause"
    page.wait_for_function("[...document.querySelectorAll('.cw-lit')].some((e) => e.getAttribute('d')?.includes('h'))")
    moved = page.locator("#view .playhead").first.get_attribute("transform")
    assert float(moved.removeprefix("translate(").split(" ")[0]) > 10
    page.locator("h1").click()
    page.keyboard.press("Space")
    page.wait_for_function("!window.cuewright.sound.isPlaying")
    still_s = time_s(page)
    roll = page.locator(".cw-roll svg").bounding_box()
    page.mouse.click(roll["x"] + roll["width"] * 0.75, roll["y"] + roll["height"] * 0.5)
    assert time_s(page) != still_s
    assert abs(time_s(page) - 0.75 * 12) < 0.5
    page.locator(".cw-seek").focus()
    page.keyboard.press("Home")
    assert time_s(page) < 0.1


def test_the_parts_add_up_to_the_mix_and_solo_and_mute_change_what_sounds(page) -> None:
    open_parts(page)
    page.evaluate("async () => window.cuewright.sound.load(await window.cuewright.sound.stems())")
    whole = page.evaluate(LOUDNESS, None)
    assert whole["apart"] < -40, "all parts through the mastering are the mix"
    parts = page.evaluate("window.cuewright.sound.cue.stems.map(({ id }) => id)")
    assert len(parts) >= 3
    alone = [page.evaluate(LOUDNESS, [part])["power"] for part in parts]
    assert all(-40 < power < 3 for power in alone)
    assert page.evaluate(LOUDNESS, [])["power"] < -90
    page.evaluate("window.cuewright.sound.load(null)")

    page.locator(".cw-play").click()
    page.locator(f'cw-stems [data-part="{parts[0]}"] [data-what=solo]').click()
    gains = "window.cuewright.sound.deck.tracks.map(({ id, gain }) => [id, gain])"
    assert dict(page.evaluate(gains)) == {part: float(part == parts[0]) for part in parts}
    page.wait_for_function("window.cuewright.sound.timeS > 0.6", timeout=PATIENCE_MS)
    dimmed = page.evaluate(
        "[...new Set([...document.querySelectorAll('.cw-roll path.cw-unheard')].map((e) => e.dataset.part))]"
    )
    assert set(dimmed) == set(parts[1:])
    page.locator(f'cw-stems [data-part="{parts[0]}"] [data-what=solo]').click()
    for part in parts:
        page.locator(f'cw-stems [data-part="{part}"] [data-what=mute]').click()
    page.wait_for_timeout(200)
    assert level(page) < 1e-4 and plays(page)
    for part in parts:
        page.locator(f'cw-stems [data-part="{part}"] [data-what=mute]').click()
    page.wait_for_timeout(100)
    assert level(page) > 0.003


def test_two_takes_are_switched_without_losing_the_place(page) -> None:
    page.locator("#cw-tab-takes").click()
    page.locator(".cw-play").click()
    page.wait_for_function("window.cuewright.sound.timeS > 1", timeout=PATIENCE_MS)
    page.locator("cw-takes [data-do=compare]").click()
    compared(page, 1)
    assert plays(page) and time_s(page) > 1, "it goes on where it was"
    page.wait_for_timeout(200)
    jumps = page.evaluate(
        """async () => {
          const { sound } = window.cuewright, [first, second] = sound.deck.tracks, jumps = [];
          const other = { [first.id]: second.id, [second.id]: first.id };
          for (let turn = 0; turn < 6; turn++) {
            const before = sound.timeS, clock = sound.ctx.currentTime;
            sound.hear(other[sound.deck.heard]);
            await new Promise((done) => setTimeout(done, 80));
            jumps.push(Math.abs(sound.timeS - before - (sound.ctx.currentTime - clock)));
          }
          return jumps;
        }"""
    )
    assert max(jumps) < 0.005
    heard = page.locator('[data-do="hear"]')
    assert heard.nth(0).get_attribute("aria-checked") == "true"
    heard.nth(1).click()
    assert heard.nth(1).get_attribute("aria-checked") == "true"
    assert page.evaluate("window.cuewright.sound.deck.tracks.filter(({ gain }) => gain > 0).map(({ id }) => id)") == [1]
    page.locator('[data-do="part"]').click()
    assert page.locator(".cw-pair").is_hidden() and time_s(page) > 1


def test_a_comparison_takes_over_from_parts_that_sound(page) -> None:
    open_parts(page)
    page.locator(".cw-play").click()
    page.locator("cw-stems [data-what=solo]").first.click()
    page.wait_for_function("window.cuewright.sound.timeS > 0.5", timeout=PATIENCE_MS)
    page.locator("#cw-tab-takes").click()
    page.locator("cw-takes [data-do=compare]").click()
    compared(page, 1)
    assert plays(page) and page.locator(".cw-pair").is_visible()
    assert page.locator("cw-stems [aria-pressed=true]").count() == 0


def test_a_switch_between_takes_leaves_no_gap_and_no_click(page) -> None:
    page.locator("#cw-tab-takes").click()
    page.locator("cw-takes [data-do=compare]").click()
    compared(page, 1)
    found = page.evaluate(
        """async () => {
          const rate = 48000, { sound } = window.cuewright, [a, b] = sound.deck.tracks;
          const offline = new OfflineAudioContext(1, rate, rate), at = 0.5, fade = 0.015;
          // The same fade as a switch makes, on a tone that both takes hold: whatever is heard besides is its doing.
          const tone = offline.createBuffer(1, rate, rate);
          tone.copyToChannel(Float32Array.from({ length: rate }, (_, n) => Math.sin(n / 20) / 2), 0);
          for (const [from, to] of [[1, 0], [0, 1]]) {
            const source = new AudioBufferSourceNode(offline, { buffer: tone });
            const fader = new GainNode(offline, { gain: from });
            fader.gain.setValueAtTime(from, at);
            fader.gain.linearRampToValueAtTime(to, at + fade);
            source.connect(fader).connect(offline.destination);
            source.start();
          }
          const heard = (await offline.startRendering()).getChannelData(0);
          let apart = 0;
          for (let n = 0; n < rate; n++) apart = Math.max(apart, Math.abs(heard[n] - tone.getChannelData(0)[n]));
          return { apart, together: a.buffer.length === b.buffer.length };
        }"""
    )
    assert found["apart"] < 1e-3 and found["together"]


def test_takes_compared_may_be_equally_loud_and_never_louder_than_the_ceiling(page) -> None:
    page.locator("#cw-tab-takes").click()
    page.locator("cw-takes [data-do=compare]").click()
    compared(page, 1)
    loud = page.evaluate(
        """() => {
          const { sound } = window.cuewright, played = {};
          Object.assign(sound.deck.tracks[0], { lufs: -9 });
          Object.assign(sound.deck.tracks[1], { lufs: -18 });
          for (const matched of [true, false]) {
            played[matched] = sound.deck.tracks.map(({ id, lufs }) => {
              sound.hear(id, matched);
              return lufs + 20 * Math.log10(sound.deck.tracks.find((track) => track.id === id).gain);
            });
          }
          return played;
        }"""
    )
    assert loud["true"] == pytest.approx([-18, -18], abs=0.01)
    assert loud["false"] == pytest.approx([-14, -18], abs=0.01)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(page, dark) -> None:
    page.evaluate(f"document.body.classList.toggle('dark', {str(dark).lower()})")
    for tab in ("takes", "stems", "understood", "promises"):
        page.locator(f"#cw-tab-{tab}").click()
        page.wait_for_timeout(400)
        worst = page.evaluate(CONTRASTS)
        assert worst[0][0] >= 4.5, worst
    page.evaluate("document.body.classList.remove('dark')")


def test_there_are_at_most_twelve_controls_and_each_has_a_name(page) -> None:
    page.locator("#cw-tab-takes").click()
    names = page.evaluate(NAMES)
    assert 0 < len(names) <= 12, names
    assert all(names), names
    page.locator("#undo").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("[document.activeElement.id, document.activeElement.tabIndex]") == ["new", 0]
    assert page.evaluate("document.querySelectorAll('#turns button[tabindex=\"0\"]').length") == 1
    page.locator("#undo").click()
    wait_for_take(page, 1)
    assert len(page.evaluate(NAMES)) <= 12
    page.locator("#redo").click()
    wait_for_take(page, 2)


def test_tabs_and_takes_are_worked_with_arrows(page) -> None:
    page.locator("#cw-tab-takes").click()
    page.keyboard.press("ArrowRight")
    assert page.locator("#cw-tab-stems").get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowLeft")
    page.locator('cw-takes [aria-selected="true"]').focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    wait_for_take(page, 1)
    page.locator('cw-takes [role=option][data-number="2"]').click()
    wait_for_take(page, 2)


def test_a_reply_opens_the_comparison(page) -> None:
    send(page, "compare with take 1")
    compared(page, 1)
    assert page.locator(".cw-pair").is_visible() and not plays(page)
    page.locator('[data-do="part"]').click()


def test_three_ideas_are_three_takes_and_one_gets_a_name(page) -> None:
    page.locator("#cw-tab-takes").click()
    send(page, "give me three ideas")
    wait_for_take(page, 5)
    rows = page.locator("cw-takes [role=option]")
    assert rows.count() == 5
    depths = page.locator("cw-takes [role=option]").evaluate_all(
        "(rows) => rows.map((row) => row.style.cssText.slice(-2, -1))"
    )
    assert depths == list("00111")
    assert [text in page.locator("cw-takes").inner_text() for text in ("calmer", "bolder", "stranger")] == [True] * 3
    page.locator('cw-takes [data-do="rename"]').click()
    page.locator("cw-takes input").fill("<b>the odd one</b>")
    page.keyboard.press("Enter")
    page.locator("cw-takes .cw-name", has_text="<b>the odd one</b>").wait_for(timeout=PATIENCE_MS)
    page.locator("#chat .option", has_text="Take 3").click()
    wait_for_take(page, 3)


def test_a_loud_take_is_played_turned_down_and_says_so(browser, address) -> None:
    page = arrived(browser, address)
    send(page, "energetic rock, 6 seconds, loudness -9 LUFS")
    wait_for_take(page, 1)
    asked = page.evaluate("window.cuewright.sound.cue.lufs")
    assert asked > -10
    assert page.evaluate("window.cuewright.sound.quieterDb") == pytest.approx(-14 - asked, abs=0.01)
    assert "LUFS" in page.locator(".cw-note").inner_text()
    page.context.close()


def test_picture_and_music_stay_in_step(browser, address, tmp_path) -> None:
    page = arrived(browser, address)
    film = write_film(tmp_path / "film.mp4", paint_shots([75, 75]))
    send(page, "warm piano and cello for this", clip=film)
    wait_for_take(page, 1)
    assert page.locator("#video video").count() == 1
    page.wait_for_function("document.querySelector('#video video').readyState >= 3", timeout=PATIENCE_MS)
    page.locator(".cw-play").click()
    page.wait_for_function("document.querySelector('#video video').currentTime > 0.5", timeout=PATIENCE_MS)
    assert time_s(page) == pytest.approx(page.evaluate("document.querySelector('#video video').currentTime"), abs=0.1)
    open_parts(page)
    page.evaluate("window.cuewright.sound.seek(1)")
    page.locator("cw-stems [data-what=mute]").first.click()
    if not plays(page):
        page.locator(".cw-play").click()
    page.wait_for_timeout(1500)
    apart = page.evaluate("window.cuewright.sound.timeS - document.querySelector('#video video').currentTime")
    assert plays(page) and page.evaluate("document.querySelector('#video video').muted")
    assert abs(apart) < 0.12, "the picture follows the parts"
    page.context.close()


def test_on_a_phone_the_player_is_within_reach(browser, address) -> None:
    page = arrived(browser, address, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    send(page, "calm harp, 5 seconds")
    wait_for_take(page, 1)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
    for place in ("0", "document.body.scrollHeight"):
        page.evaluate(f"window.scrollTo(0, {place})")
        page.wait_for_timeout(300)
        bar = page.locator(".cw-play").bounding_box()
        assert bar["y"] >= 0 and bar["y"] + bar["height"] <= 844
        assert bar["width"] >= 40 and bar["height"] >= 40
    page.locator(".cw-play").tap()
    page.wait_for_function("window.cuewright.sound.timeS > 0.2", timeout=PATIENCE_MS)
    assert len(page.evaluate(NAMES)) <= 12
    page.context.close()
