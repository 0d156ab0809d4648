"""The report and its pictures: self-contained, safe with hostile words, true to what was measured."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from assistant.audio import Waveform, save_wav
from assistant.brief import Brief
from assistant.check import Finding, Findings
from assistant.constraints import Constraints, Evidence, Instruments, arc_of
from assistant.deliver import Delivered, Materials, pictures
from assistant.deliver.pictures.colours import ADDED, KEPT, REMOVED
from assistant.deliver.report import measures, report_html, tables
from assistant.deliver.report.spectrum import ROWS, height, spectrum_of
from assistant.deliver.report.stage import NOTE
from assistant.deliver.report.wishes import wishes
from assistant.deliver.rights import rights_of
from assistant.deliver.words import report_voice
from assistant.explain import voice
from assistant.feedback import compare_scores
from assistant.language import READ_LANGUAGES
from assistant.score import Meter, Note, Part, Score, TempoMap
from tests.made_takes import HOSTILE, revised, small_materials, with_clip
from tests.texts import assert_same_texts

FILES = tuple(Delivered(name, 1000) for name in ("mix.m4a", "mix.wav", "score.mid", "stems/lead-flute.wav"))
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Tags, attributes and text of a page; fails on tags that do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def page_of(materials: Materials, files: tuple[Delivered, ...] = FILES) -> tuple[str, Page]:
    text = report_html(materials, rights_of(materials), files)
    return text, Page(text)


@pytest.fixture(scope="module")
def materials() -> Materials:
    return small_materials()


@pytest.fixture(scope="module")
def report(materials: Materials) -> tuple[str, Page]:
    return page_of(materials)


def test_it_reaches_for_nothing_outside(report: tuple[str, Page]) -> None:
    text, page = report
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "object", "base")
        for name in ("src", "href"):
            value = attributes.get(name) or ""
            assert not re.match(r"(?i)[a-z]+:|//", value), value
    assert "@import" not in text
    assert "url(" not in text
    assert re.findall(r"https?://[^\"'<> ]+", text.replace("http://www.w3.org/2000/svg", "")) == []


def test_its_policy_allows_its_own_script_and_no_other(report: tuple[str, Page]) -> None:
    text, page = report
    policy = next(about["content"] for tag, about in page.tags if about.get("http-equiv") == "Content-Security-Policy")
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in str(policy)
    assert not [name for _, about in page.tags for name in about if name.startswith("on")]


def test_hostile_words_stay_words_wherever_they_stand(materials: Materials) -> None:
    asked = replace(
        materials.take.constraints,
        evidence=(Evidence("duration_s", HOSTILE), Evidence(HOSTILE, HOSTILE)),
        instruments=Instruments((HOSTILE,)),
    )
    findings = Findings((Finding(HOSTILE, HOSTILE, HOSTILE, HOSTILE, 0.0, 0.0, False, "score", HOSTILE),))
    score = materials.take.score
    markers = tuple(replace(marker, text=HOSTILE) for marker in score.markers)
    parts = tuple(replace(part, instrument=HOSTILE) for part in score.parts)
    take = replace(
        materials.take,
        constraints=asked,
        findings=findings,
        score=replace(score, parts=parts, markers=markers),
        plan=replace(materials.take.plan, style=HOSTILE),
        engine=HOSTILE,
    )
    hostile = replace(materials, brief=Brief(HOSTILE), take=take, engine=None)
    text, page = page_of(hostile, (*FILES, Delivered(HOSTILE, 1)))
    assert text.count("<script") == 1
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert not [name for _, about in page.tags for name in about if name.startswith("on")]
    assert "alert('x')" in page.text()


def test_it_says_what_was_understood_and_the_words_behind_it(report: tuple[str, Page]) -> None:
    said = report[1].text()
    for words in ("Twenty seconds", "quiet and warm at first", "a sunrise at 0:10", "Flute and strings"):
        assert words in said
    assert "you did not say" in said
    assert "90-100 BPM" in said


def test_every_finding_is_said_with_its_verdict(materials: Materials, report: tuple[str, Page]) -> None:
    findings = materials.take.findings
    said = report[1].text()
    assert said.count("not kept") >= len(findings.unmet) > 0
    assert "asked D minor, heard as F major" in said
    assert f"{len(findings.items) - len(findings.unmet)} of {len(findings.items)} promises are kept." in said


def test_hits_are_told_in_milliseconds_and_frames(materials: Materials) -> None:
    _, page = page_of(with_clip(materials))
    said = page.text()
    assert "+12.0 ms" in said
    assert "+0.29" in said  # 12 ms of a frame of 1/24 s
    _, page = page_of(materials)
    assert "+0.30" in page.text()  # 12 ms of 40 ms


def test_an_infeasible_hit_has_no_error(materials: Materials) -> None:
    take = materials.take
    rows = tables.hit_rows(take.constraints, take.plan, take.findings, frame_s=0.04, speaker=voice("en"))
    assert [(row.asked_s, row.error_ms is None, row.met) for row in rows] == [
        (take.plan.hits[0].at_s, False, True),
        (45.0, True, False),
    ]


def test_players_are_made_only_for_files_that_are_there(materials: Materials, report: tuple[str, Page]) -> None:
    sources = [about["src"] for tag, about in report[1].tags if tag in ("audio", "video")]
    assert sources == ["mix.m4a", "stems/lead-flute.wav"]
    _, page = page_of(with_clip(materials), (*FILES, Delivered("scored.mp4", 9)))
    assert "scored.mp4" in [about.get("src") for tag, about in page.tags if tag == "video"]
    _, page = page_of(materials, ())
    assert [about["src"] for tag, about in page.tags if tag == "audio"] == ["mix.wav"]


def test_a_revision_shows_both_takes_and_counts_the_difference(materials: Materials) -> None:
    second = revised(materials)
    text, page = page_of(second)
    before, after = materials.take.score, second.take.score
    parts = {part.instrument: part for part in compare_scores(before, after).parts}
    flute, drums = parts["flute"], parts["drums"]
    assert (flute.changed, drums.kept, drums.removed) == (1, 0, drums.notes_before)
    said = page.text()
    assert f"flute {flute.kept} 1 0 0" in said
    assert f"drums 0 0 {drums.removed} 0" in said
    assert "length: 20 → 22 s" in said
    assert page.text().count("removed") >= 2
    assert {KEPT, REMOVED, ADDED} <= set(re.findall(r'stroke="(#\w+)"', text))


def test_a_first_take_shows_no_difference(report: tuple[str, Page]) -> None:
    assert "What changed" not in report[1].text()


@pytest.mark.parametrize(
    ("language", "said", "tag", "direction"),
    [
        ("zh", "分轨", "zh", "ltr"),
        ("en", "Stems", "en", "ltr"),
        ("fr", "Pistes", "fr", "ltr"),
        ("ar", "المسارات", "ar", "rtl"),
        ("nl", "Stems", "en", "ltr"),
    ],
)
def test_it_speaks_the_language_of_the_brief(language: str, said: str, tag: str, direction: str) -> None:
    _, page = page_of(small_materials(language=language))
    assert said in page.text()
    assert next((about["lang"], about["dir"]) for name, about in page.tags if name == "html") == (tag, direction)


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_every_language_that_is_read_has_the_same_texts(language: str) -> None:
    english, other = report_voice("en").texts, report_voice(language).texts
    assert report_voice(language).language == language
    assert_same_texts(english, other)


def test_three_minutes_of_eight_busy_parts_stay_small(materials: Materials) -> None:
    tempo_map = TempoMap.steady(120.0, Meter(4, 4))
    notes = tuple(Note(at / 4, 48 + at * 7 % 40, 0.25, 40 + at % 80) for at in range(180 * 8))
    roles = ("lead", "counter", "harmony", "harmony", "bass", "pulse", "colour", "lead")
    parts = tuple(Part(f"p{number}", role, "piano", number, False, notes) for number, role in enumerate(roles))
    score = Score(tempo_map, parts, 180.0)
    rolls = (pictures.piano_roll_svg(score), *pictures.difference_rolls(score, score))
    assert sum(map(len, rolls)) < 1_200_000
    assert len(page_of(materials)[0]) < 150_000


def cue_on(page: Page) -> dict[str, Any]:
    """What the page's own script is given to draw."""
    found: dict[str, Any] = json.loads(next(about["data-cue"] for _, about in page.tags if "data-cue" in about) or "")
    return found


def test_the_stage_has_every_note_when_it_sounds(materials: Materials, report: tuple[str, Page]) -> None:
    score, cue = materials.take.score, cue_on(report[1])
    assert cue["length"] == score.length_s
    for part, shown in zip(score.parts, cue["parts"], strict=True):
        notes = np.frombuffer(base64.b64decode(shown["notes"]), NOTE)
        wanted = sorted((round(1000 * score.tempo_map.seconds_at(note.played_q)), note.pitch) for note in part.notes)
        assert [(note["start_ms"], note["pitch"]) for note in notes] == wanted
        assert shown["file"] == ("stems/lead-flute.wav" if part.id == "lead-flute" else None)


def test_every_button_and_every_moving_thing_has_a_name(report: tuple[str, Page]) -> None:
    named = [about for tag, about in report[1].tags if tag in ("button", "canvas", "audio") or "role" in about]
    assert len(named) > 8
    silent = [about for about in named if "aria-label" not in about and about.get("class") not in ("everyone", None)]
    assert [about for about in silent if "aria-hidden" not in about and "cue-picture" not in str(about["class"])] == []


def test_a_long_cue_has_a_page_of_bounded_size(materials: Materials) -> None:
    notes = tuple(Note(at / 4, 48 + at * 7 % 40, 0.25, 40 + at % 80) for at in range(1800 * 8 // 2))
    parts = tuple(Part(f"p{number}", "lead", "piano", number, False, notes) for number in range(7))
    score = Score(TempoMap.steady(60.0, Meter(4, 4)), parts, 1800.0)
    text, page = page_of(replace(materials, take=replace(materials.take, score=score)))
    assert len(text) < 900_000
    assert "its notes are drawn where they play" in page.text()
    assert sum(len(base64.b64decode(part["notes"])) for part in cue_on(page)["parts"]) == 7 * 8 * len(notes)


def test_the_spectrogram_shows_a_tone_where_and_when_it_sounds() -> None:
    times = np.arange(48_000 * 4) / 48_000
    tone = (0.1 * np.sin(2 * np.pi * 1000 * times) * (times >= 2)).astype(np.float32)
    seen = spectrum_of(Waveform(np.stack([tone, tone]), 48_000))
    pairs = np.frombuffer(base64.b64decode(seen.levels), np.uint8).reshape(seen.columns, -1)
    levels = np.stack((pairs >> 4, pairs & 15), axis=2).reshape(seen.columns, ROWS)
    row = int(height(1000.0) * ROWS)
    assert levels[seen.columns * 3 // 4, row] >= 14
    assert levels[seen.columns * 3 // 4, row + 12] == 0
    assert levels[seen.columns // 4].max() == 0


@pytest.mark.browser
@pytest.mark.timeout(120)
def test_in_a_browser_it_plays_and_its_playheads_follow(materials: Materials, tmp_path: Path) -> None:
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if binary is None:
        pytest.skip("needs a Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    save_wav(tmp_path / "mix.wav", materials.mixdown.mix)
    (tmp_path / "report.html").write_text(page_of(revised(materials), (Delivered("mix.wav", 9),))[0], encoding="utf-8")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=binary, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 390, "height": 800})
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((tmp_path / "report.html").as_uri())
        page.wait_for_function("document.querySelector('audio').readyState > 0")
        length_s = page.evaluate("document.querySelector('audio').duration")
        page.locator(".chords li").nth(2).click()
        page.wait_for_selector("svg.arc .playhead[visibility=visible]", state="attached")
        moved = page.evaluate("document.querySelector('svg.arc .playhead').getAttribute('transform')")
        sideways = page.evaluate("document.documentElement.scrollWidth")
        hidden = page.evaluate("document.querySelector('svg.before .playhead').getAttribute('visibility')")
        browser.close()
    assert complaints == []
    assert length_s == pytest.approx(materials.take.score.length_s, abs=0.01)
    assert float(re.findall(r"[\d.]+", moved)[0]) > 50
    assert sideways == 390
    assert hidden == "hidden"


def until(page: Any, expression: str) -> None:
    """Wait until an expression is true; the page's own policy forbids Playwright's way of waiting."""
    deadline = time.monotonic() + 60
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        time.sleep(0.05)


@pytest.mark.browser
@pytest.mark.timeout(120)
def test_in_a_browser_keys_seek_and_a_solo_plays_its_stem_in_time(materials: Materials, tmp_path: Path) -> None:
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if binary is None:
        pytest.skip("needs a Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    files = ["mix.wav", *(f"stems/{stem.part_id}.wav" for stem in materials.mixdown.stems)]
    (tmp_path / "stems").mkdir()
    sounds = (materials.mixdown.mix, *(stem.waveform for stem in materials.mixdown.stems))
    for name, sound in zip(files, sounds, strict=True):
        save_wav(tmp_path / name, sound)
    (tmp_path / "report.html").write_text(page_of(materials, tuple(Delivered(name, 9) for name in files))[0], "utf-8")
    with playwright.sync_playwright() as driver:
        flags = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
        browser = driver.chromium.launch(executable_path=binary, args=flags)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((tmp_path / "report.html").as_uri())
        until(page, "document.querySelector('audio').readyState > 0")
        blank = page.evaluate("document.querySelector('.roll-live').toDataURL()")
        page.keyboard.press("ArrowRight")
        until(page, "document.querySelector('.clock').textContent.startsWith('0:05')")
        assert page.evaluate("document.querySelector('.roll-live').toDataURL()") != blank
        page.keyboard.press("1")
        page.keyboard.press(" ")
        playing = "[...document.querySelectorAll('audio')].filter((each) => !each.paused && !each.muted)"
        until(page, f"{playing}.length === 1 && {playing}[0].dataset.part && {playing}[0].currentTime > 5.3")
        until(page, f"Math.abs({playing}[0].currentTime - document.querySelector('audio').currentTime) < 0.1")
        assert page.evaluate(f"{playing}[0].dataset.part") == materials.mixdown.stems[0].part_id
        page.keyboard.press("0")
        until(page, f"{playing}.length === 1 && !{playing}[0].dataset.part")
        told = page.locator("[role=slider]").get_attribute("aria-valuetext")
        browser.close()
    assert complaints == []
    assert told is not None and "theme" in told


# Pictures


def shapes(svg: str, name: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter(f"{{http://www.w3.org/2000/svg}}{name}"))


def test_every_picture_is_well_formed_and_knows_its_time_line(materials: Materials) -> None:
    take, speaker = materials.take, voice("zh")
    curve = measures.loudness_curve(materials.mixdown.mix)
    drawn = [
        pictures.piano_roll_svg(take.score, take.plan, speaker=speaker, cuts_s=(3.2, 99.0)),
        pictures.piano_roll_svg(take.score),
        pictures.arc_svg(take.constraints, take.plan, take.findings, loudness=curve, speaker=speaker),
        pictures.arc_svg(Constraints(), take.plan),
        pictures.loudness_svg(curve, length_s=20.0, target_lufs=-14.0),
        *pictures.difference_rolls(take.score, revised(materials).take.score, speaker=speaker),
    ]
    for svg in drawn:
        root = ElementTree.fromstring(svg)
        assert float(root.attrib["data-length-s"]) > 0
        assert float(root.attrib["data-left"]) < float(root.attrib["data-right"])
        assert [line for line in shapes(svg, "line") if line.get("class") == "playhead"]
    ElementTree.fromstring(pictures.hits_svg([pictures.Strike(3.0, "hit", None, False)], frame_ms=40.0))
    ElementTree.fromstring(pictures.waveform_svg(materials.mixdown.mix))


def strokes(svg: str) -> list[tuple[str, float, float]]:
    """Colour, start and end of every note stroke in a roll."""
    found = []
    for path in shapes(svg, "path"):
        if path.get("stroke-opacity") in ("0.5", "0.75", "1") and "h" in path.attrib["d"]:
            for x, length in re.findall(r"M([\d.]+) [\d.]+h([\d.]+)", path.attrib["d"]):
                found.append((path.attrib["stroke"], float(x), float(x) + float(length)))
    return found


def test_the_roll_draws_every_note_where_it_sounds(materials: Materials) -> None:
    score = materials.take.score
    svg = pictures.piano_roll_svg(score)
    root = ElementTree.fromstring(svg)
    left, right = float(root.attrib["data-left"]), float(root.attrib["data-right"])
    drawn = sorted(start for _, start, _ in strokes(svg))
    places = [
        left + (right - left) * score.start_s(note) / score.length_s for part in score.parts for note in part.notes
    ]
    assert drawn == pytest.approx(sorted(places), abs=0.06)


def test_a_sketch_has_the_place_of_every_note_before_the_note_is_there(materials: Materials) -> None:
    take = materials.take
    whole = take.score
    half = replace(whole, parts=tuple(replace(part, notes=part.between(0.0, 12.0)) for part in whole.parts[:2]))
    nothing, some, all_of_it = (pictures.sketch_svg(take.plan, sketch) for sketch in (None, half, whole))
    assert not strokes(nothing)
    assert set(strokes(some)) < set(strokes(all_of_it))
    assert len(strokes(some)) == sum(len(part.notes) for part in half.parts)
    frames = {ElementTree.fromstring(svg).attrib["viewBox"] for svg in (nothing, some, all_of_it)}
    assert len(frames) == 1, "it grows without a jump"
    assert all("data-length-s" not in svg and "playhead" not in svg for svg in (nothing, some, all_of_it))


def test_a_section_that_is_still_to_be_written_is_paler(materials: Materials) -> None:
    take = materials.take
    half = replace(take.score, parts=tuple(replace(part, notes=part.between(0.0, 16.0)) for part in take.score.parts))
    named = {text.text: text.get("opacity") for text in shapes(pictures.sketch_svg(take.plan, half), "text")}
    assert named["theme"] == "0.75" and named["climax"] == "0.4"


def test_a_pair_of_rolls_shows_what_stayed_went_and_came(materials: Materials) -> None:
    before, after = materials.take.score, revised(materials).take.score
    was, now = ([colour for colour, _, _ in strokes(svg)] for svg in pictures.difference_rolls(before, after))
    parts = compare_scores(before, after).parts
    assert was.count(KEPT) == now.count(KEPT) == sum(part.kept for part in parts)
    assert was.count(REMOVED) == sum(part.removed + part.changed for part in parts)
    assert now.count(ADDED) == sum(part.added + part.changed for part in parts)


def test_a_part_that_another_instrument_took_over_is_the_same_part(materials: Materials) -> None:
    before = materials.take.score
    violin = replace(before.parts[0], id="lead-violin", instrument="violin", program=40)
    after = replace(before, parts=(violin, *before.parts[1:]))
    for svg in pictures.difference_rolls(before, after):
        assert {colour for colour, _, _ in strokes(svg)} == {KEPT}


def test_the_same_take_twice_is_all_kept(materials: Materials) -> None:
    score = materials.take.score
    for svg in pictures.difference_rolls(score, score):
        assert {colour for colour, _, _ in strokes(svg)} == {KEPT}


def test_a_slower_take_of_the_same_notes_is_all_kept(materials: Materials) -> None:
    score = materials.take.score
    slower = replace(score, tempo_map=TempoMap.steady(80.0, Meter(4, 4)), length_s=24.0)
    for svg in pictures.difference_rolls(score, slower):
        assert {colour for colour, _, _ in strokes(svg)} == {KEPT}


def test_an_empty_score_is_drawn_too(materials: Materials) -> None:
    empty = replace(materials.take.score, parts=(), markers=())
    ElementTree.fromstring(pictures.piano_roll_svg(empty))


def test_the_hit_is_drawn_as_late_as_it_is() -> None:
    svg = pictures.hits_svg([pictures.Strike(1.0, "hit", 10.0, True)], frame_ms=40.0)
    middle = next(float(line.attrib["x1"]) for line in shapes(svg, "line") if line.get("stroke-opacity") == "0.6")
    band = shapes(svg, "rect")[0]
    path = next(path.attrib["d"] for path in shapes(svg, "path") if path.get("fill"))
    x = float(path[1:].split(" ")[0])
    assert (x - middle) / (float(band.attrib["width"]) / 2) == pytest.approx(10 / 40, abs=0.01)


# Measures


def test_loudness_over_time_agrees_with_the_whole() -> None:
    times = np.arange(48_000 * 8) / 48_000
    tone = (0.1 * np.sin(2 * np.pi * 997 * times)).astype(np.float32)
    curve = measures.loudness_curve(Waveform(np.stack([tone, tone]), 48_000))
    assert curve[0][0] == 0.0
    assert curve[-1][0] == pytest.approx(8.0)
    assert [level for _, level in curve[5:-5]] == pytest.approx([-20.0] * (len(curve) - 10), abs=0.15)


def test_onsets_are_counted_once_each(materials: Materials) -> None:
    score = materials.take.score
    curve = measures.onset_curve(score)
    assert sum(count for _, count in curve) == sum(len(part.notes) for part in score.parts)


def test_a_silent_stem_is_called_silent() -> None:
    silent = Waveform.silence(1.0, rate_hz=48_000)
    assert measures.stem_levels([("a", silent)])[0].lufs is None


def test_values_are_written_as_people_write_them() -> None:
    asked = Constraints(
        duration_s=30.0,
        arc=arc_of([(0, -0.6, -0.6), (1, 0.7, 0.6)]),
        tempo_bpm=(96.0, 96.0),
        meter="3/4",
        region="ireland",
        loop=True,
        loudness_lufs=-23.0,
    )
    rows = {row.name: row.value for row in wishes(asked, voice("en"), report_voice("en"))}
    assert rows["length"] == "30 s"
    assert rows["emotion"] == "sad and still, then joyful and lively"
    assert (rows["tempo"], rows["metre"], rows["loudness"]) == ("96 BPM", "3/4", "-23.0 LUFS")
    assert rows["region"] == "Ireland"
    assert rows["loop"] == "✓"


def test_one_value_from_several_words_is_one_row() -> None:
    asked = Constraints(
        arc=arc_of([(0, -0.6, -0.6), (1, 0.7, 0.6)]),
        styles=("folk", "world"),
        evidence=(
            Evidence("arc", "quiet"),
            Evidence("arc[1]", "bursting"),
            Evidence("styles", "rustic"),
            Evidence("styles", "", assumed=True),
            Evidence("language", "en"),
        ),
    )
    rows = wishes(asked, voice("en"), report_voice("en"))
    assert [(row.words, row.assumed) for row in rows] == [(("quiet", "bursting"), False), (("rustic",), False)]
