"""The time line and the card as HTML: what stands where, what can be set, and that hostile words stay words."""

import base64
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import PIL.Image
import pytest

from assistant import library as libraries
from assistant.check import Findings
from assistant.check.emotion import hear_sections
from assistant.clip import Clip, Cut, Span
from assistant.constraints import Adjustment, ArcPoint, Constraints, Evidence, HitPoint, Instruments
from assistant.deliver.words import report_voice
from assistant.explain import voice
from assistant.feedback.handmade import Desk, changes_by_hand, edit_of
from assistant.language import READ_LANGUAGES
from assistant.page import views
from assistant.page.card import card
from assistant.page.strip import poster_of, thumbnails_of
from assistant.page.timeline import handles_of, timeline
from assistant.plan import make_plan
from assistant.session import TakeRecord
from models.registry import get_engine
from tests.media import paint, paint_shots, write_film

HOSTILE = "\"><script>document.title='owned'</script><img src=x onerror=alert(1)> ${7*7} {{7*7}} 'x"
CLIP = Clip("gone.mp4", 20.0, 25.0, cuts=(Cut(4.0, 0.9), Cut(11.5, 0.5)), speech=(Span(2.0, 3.5),))


@pytest.fixture(scope="module")
def take() -> TakeRecord:
    asked = Constraints(
        duration_s=20.0,
        arc=(ArcPoint(0.0, -0.5, -0.2), ArcPoint(1.0, 0.5, 0.6)),
        instruments=Instruments(("piano", "strings"), ("drums",)),
        hits=(HitPoint(5.0, "reveal"), HitPoint(14.25)),
        adjust=(Adjustment("density", "piano", 0.4),),
        key="D minor",
        evidence=(Evidence("key", HOSTILE), Evidence("hits[1]", HOSTILE), Evidence("motif", HOSTILE)),
    )
    plan = make_plan(asked, library=libraries.load(), seed=1, clip=CLIP)
    score = get_engine("rules").generate(plan, seed=1)
    return TakeRecord(3, asked, plan, score, Findings(), "rules", 1, "nowhere", clip=CLIP)


def picture(html: str) -> ElementTree.Element:
    """The SVG of a time line."""
    return ElementTree.fromstring(re.search(r"<svg.*</svg>", html, re.DOTALL)[0])  # type: ignore[index]


def of(svg: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    return [item for item in svg.iter() if kind in item.get("class", "").split()]


def test_hits_cuts_and_speech_stand_at_their_times(take):
    svg = picture(timeline(take, voice("en")))
    left, right = float(svg.get("data-left")), float(svg.get("data-right"))
    for hit, at_s in zip(of(svg, "hit"), (5.0, 14.25), strict=True):
        across = float(re.match(r"translate\(([\d.]+) 0\)", hit.get("transform"))[1])  # type: ignore[index,arg-type]
        assert across == pytest.approx(left + (right - left) * at_s / 20, abs=0.1)
        assert (hit.get("role"), hit.get("tabindex"), float(hit.get("data-s"))) == ("slider", "0", at_s)
    assert [hit.get("aria-valuetext") for hit in of(svg, "hit")] == ["0:05.00", "0:14.25"]
    assert json.loads(svg.get("data-cuts")) == [4.0, 11.5] and len(of(svg, "cut")) == 2
    assert [(span.get("data-from"), span.get("data-to")) for span in of(svg, "speech")] == [("2.000", "3.500")]
    assert len(of(svg, "playhead")) == 1


def test_the_arc_has_a_handle_for_each_stage_and_dragging_none_of_them_changes_nothing(take, library):
    points = handles_of(take)
    assert points[0][0] == 0.0 and points[-1][0] == 1.0
    assert len(points) >= min(3, len(take.plan.sections)), "stages have handles of their own"
    for at, valence, arousal in points:
        asked = take.constraints.emotion_at(at)
        assert (valence, arousal) == (pytest.approx(asked.valence, abs=1e-3), pytest.approx(asked.arousal, abs=1e-3))
    svg = picture(timeline(take, voice("en")))
    assert len(of(svg, "handle")) == 2 * len(points)
    assert json.loads(svg.get("data-arc")) == [list(point) for point in points]
    sent = edit_of("arc", json.loads(svg.get("data-arc")))
    assert changes_by_hand((sent,), Desk(take.constraints, 20.0, library)) == ()


def test_what_was_measured_is_drawn_beside_what_was_asked(take):
    heard = hear_sections(take.score, take.plan)
    assert len(of(picture(timeline(take, voice("en"), heard=heard)), "heard")) == 2 * len(take.plan.sections)


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_every_label_is_in_the_language_of_the_visitor(take, language):
    speaker = voice(language)
    html = timeline(take, speaker) + card(take, speaker, report_voice(language))
    assert "$" not in html.replace("${7*7}", "")
    own, english = speaker.texts["hands"], voice("en").texts["hands"]
    assert own.keys() == english.keys()
    if language != "en":
        assert {key for key in own if own[key] == english[key]} <= {"cuts", "no"}, "untranslated"


def test_the_card_has_a_control_for_every_value_with_its_legal_range(take, library):
    html = card(take, voice("en"), report_voice("en"))
    fields = re.findall(r'data-field="([^"]+)"', html)
    assert {"duration_s", "tempo_bpm", "key", "meter", "styles", "region", "use", "loudness_lufs", "loop"} <= set(
        fields
    )
    assert {"hits[0]", "hits[1]", "adjust[0]", "instruments.add"} <= set(fields)
    assert set(re.findall(r'data-edit="([^"]+)"', html)) == {
        "instruments.remove",
        "instruments.allow",
        "hits[0]",
        "hits[1]",
    }
    assert re.search(r'value="[\d.]+" min="20" max="300"', html) and 'min="2" max="1800"' in html
    desk = Desk(take.constraints, take.plan.length_s, library)
    for row in re.findall(r'data-field="([^"]+)".*?(?=data-field|$)', html, re.DOTALL):
        edit_of(row, None)
    selects = re.findall(r'data-field="([^"]+)"(?:(?!data-field).)*?<select[^>]*>(.*?)</select>', html, re.DOTALL)
    for field, options in selects:
        for value in re.findall(r'<option value="([^"]+)"', options):
            changes_by_hand((edit_of(field, value),), desk)  # whatever is offered is legal
    assert {field for field, _ in selects} == {"key", "meter", "styles", "region", "use", "instruments.add"}


def test_hostile_words_are_shown_and_never_run(take):
    for html in (card(take, voice("en"), report_voice("en")), timeline(take, voice("en")), shown(take)):
        assert "<script" not in html and "<img" not in html and "&lt;script" in html + "&lt;script"
    assert "&lt;script&gt;" in card(take, voice("en"), report_voice("en"))
    odd = replace(take, constraints=replace(take.constraints, key=HOSTILE, region=HOSTILE, styles=(HOSTILE,)))
    assert "<script" not in card(odd, voice("en"), report_voice("en"))


def shown(take: TakeRecord) -> str:
    return views.take_view(take, parent=None, speaker=voice("en"))


def test_the_time_line_takes_the_place_of_the_arc_on_the_page(take):
    html = shown(take)
    assert html.count('class="cue-picture timeline"') == 1 and 'class="cue-picture arc"' not in html
    assert 'dir="rtl"' in views.take_view(take, parent=None, speaker=voice("ar"))


def test_a_film_that_begins_in_the_dark_is_shown_by_a_picture_with_something_in_it(take, tmp_path):
    assert poster_of(take) == ""
    dark = np.full_like(paint(0), 16)
    film = write_film(tmp_path / "dark.mp4", [dark] * 40 + [paint(3)] * 30)
    shown = base64.b64decode(
        poster_of(replace(take, clip=replace(CLIP, path=str(film), length_s=2.8))).partition(",")[2]
    )
    with PIL.Image.open(io.BytesIO(shown)) as poster:
        assert poster.height == 360 and np.asarray(poster).std() > 20


def test_a_clip_gives_small_pictures_and_one_that_is_gone_gives_none(take, tmp_path):
    assert thumbnails_of(take) == ()
    film = write_film(tmp_path / "made.mp4", paint_shots([30, 30]))
    found = thumbnails_of(replace(take, clip=replace(CLIP, path=str(film), length_s=2.4)))
    assert len(found) == 8 and all(address.startswith("data:image/jpeg;base64,") for address in found)
    assert sum(map(len, found)) < 60_000
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")
    assert thumbnails_of(replace(take, clip=replace(CLIP, path=str(broken)))) == ()
    assert len(of(picture(timeline(take, voice("en"), thumbnails=found)), "timeline")) == 1
    assert timeline(take, voice("en"), thumbnails=found).count("<image") == 8
