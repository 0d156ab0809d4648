"""Edit lists instead of a clip: cuts, dissolves, markers, length and rate of three kinds, and hostile ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.clip import Clip, measure_clip
from assistant.errors import ClipError

EDL = """TITLE: SPOT
FCM: NON-DROP FRAME

001  AX       V     C        00:00:10:00 00:00:14:00 01:00:00:00 01:00:04:00
* FROM CLIP NAME: BEACH.MOV
* LOC: 01:00:02:12 RED     HIT wave
002  BL_1     V     C        00:00:00:00 00:00:02:00 01:00:04:00 01:00:06:00
003  AX       V     D    024 00:01:00:00 00:01:04:00 01:00:06:00 01:00:10:00
* LOC: 01:00:08:00 GREEN   logo reveal
004  AX       A     C        00:00:00:00 00:00:10:00 01:00:00:00 01:00:10:00
"""

FCPXML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.10">
 <resources><format id="r1" frameDuration="1001/24000s" width="1920" height="1080"/></resources>
 <library><event name="e"><project name="p">
  <sequence format="r1" duration="240240/24000s" tcStart="3600s">
   <spine>
    <asset-clip ref="r2" offset="3600s" start="10s" duration="96096/24000s">
      <marker start="12s" duration="1001/24000s" value="Hit"/>
    </asset-clip>
    <asset-clip ref="r3" offset="86496096/24000s" duration="96096/24000s">
      <title lane="1" offset="1s" start="0s" duration="1s"><marker start="0s" value="swell"/></title>
    </asset-clip>
    <transition offset="86580180/24000s" duration="24024/24000s"/>
    <asset-clip ref="r2" offset="86592192/24000s" duration="48048/24000s"/>
   </spine>
  </sequence>
 </project></event></library>
</fcpxml>
"""


def otio_text() -> str:
    import opentimelineio as otio

    def at(frames: float) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(frames, 25)

    def span(start: float, length: float) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(at(start), at(length))

    track = otio.schema.Track("V1", kind="Video")
    for start, length in ((100, 100), (0, 50), (30, 75)):
        track.append(otio.schema.Clip(source_range=span(start, length)))
    track.insert(2, otio.schema.Transition(transition_type="SMPTE_Dissolve", in_offset=at(5), out_offset=at(5)))
    track[0].markers.append(otio.schema.Marker("stop here", marked_range=span(150, 1)))
    timeline = otio.schema.Timeline("t")
    timeline.tracks.append(track)
    timeline.tracks.append(otio.schema.Track("A1", kind="Audio"))
    timeline.tracks.markers.append(otio.schema.Marker("end card reveal", marked_range=span(200, 1)))
    return str(otio.adapters.write_to_string(timeline, "otio_json"))


def read(tmp_path: Path, text: str, name: str) -> Clip:
    (tmp_path / name).write_text(text, "utf-8")
    return measure_clip(tmp_path / name)


def times(clip: Clip) -> tuple[list[float], list[tuple[float, float]], list[tuple[float, str]]]:
    return (
        [round(cut.at_s, 3) for cut in clip.cuts],
        [(round(each.start_s, 3), round(each.end_s, 3)) for each in clip.transitions],
        [(round(marker.at_s, 3), marker.name) for marker in clip.markers],
    )


def test_an_edl_gives_cuts_dissolves_markers_and_length(tmp_path: Path) -> None:
    clip = read(tmp_path, EDL.replace("FCM:", "* FPS: 25\nFCM:"), "spot.edl")
    assert times(clip) == ([4.0], [(6.0, 6.96)], [(2.48, "HIT wave"), (8.0, "logo reveal")])
    assert (clip.kind, clip.length_s, clip.frame_rate_hz, clip.has_picture) == ("edit", 10.0, 25.0, False)
    assert clip.remarks == ()


def test_an_edl_without_a_rate_is_read_at_a_usual_one_and_that_is_said(tmp_path: Path) -> None:
    clip = read(tmp_path, EDL.replace("01:00:02:12", "01:00:02:12").replace("00:00:14:00", "00:00:14:24"), "spot.edl")
    assert clip.frame_rate_hz == 25.0
    assert [remark.code for remark in clip.remarks] == ["edit_rate_assumed"]


def test_dropped_frame_numbers_are_counted(tmp_path: Path) -> None:
    text = "FCM: DROP FRAME\n001 AX V C 00:00:00;00 00:01:00;02 00:00:00;00 00:01:00;02\n"
    clip = read(tmp_path, text, "drop.edl")
    assert clip.frame_rate_hz == pytest.approx(30000 / 1001)
    assert clip.length_s == pytest.approx(1800 * 1001 / 30000)


def test_markers_of_resolve_are_read(tmp_path: Path) -> None:
    text = (
        "* FPS: 24\n001 AX V C 00:00:00:00 00:00:10:00 01:00:00:00 01:00:10:00\n"
        "002 001 V C 01:00:05:00 01:00:05:01 01:00:05:00 01:00:05:01\n |C:ResolveColorBlue |M:swell in |D:1\n"
    )
    assert times(read(tmp_path, text, "m.edl")) == ([], [], [(5.0, "swell in")])


def test_final_cuts_xml_gives_the_same_and_its_exact_rate(tmp_path: Path) -> None:
    clip = read(tmp_path, FCPXML, "spot.fcpxml")
    assert times(clip) == ([4.004], [(7.508, 8.508)], [(2.0, "Hit"), (5.004, "swell")])
    assert clip.frame_rate_hz == pytest.approx(24000 / 1001) and clip.length_s == pytest.approx(10.01)


def test_a_time_line_of_otio_gives_the_same(tmp_path: Path) -> None:
    clip = read(tmp_path, otio_text(), "spot.otio")
    assert times(clip) == ([4.0], [(5.8, 6.2)], [(2.0, "stop here"), (8.0, "end card reveal")])
    assert (clip.frame_rate_hz, clip.length_s) == (25.0, 9.0)


def swelling() -> str:
    return '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><fcpxml>&b;</fcpxml>'


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("a.edl", "hello", "no event such as"),
        ("a.edl", "001 AX V C 00:00:00:00 00:00:00:00 00:00:00:00 00:00:00:00", "nothing lasts"),
        ("a.fcpxml", swelling(), "with entities"),
        ("a.fcpxml", "<fcpxml>" + "<a>" * 5000, "nested too deep|no XML"),
        ("a.fcpxml", "<xmeml/>", "no <fcpxml>"),
        ("a.fcpxml", "<fcpxml><sequence><spine/></sequence></fcpxml>", "without clips"),
        ("a.fcpxml", FCPXML.replace('"96096/24000s"', '"1/0s"'), "a time"),
        ("a.fcpxml", FCPXML.replace('"96096/24000s"', '"9e999s"'), "a time"),
        ("a.otio", "[" * 100_000, "no JSON"),
        ("a.otio", '{"OTIO_SCHEMA": "Timeline.1", "x": ' + "[" * 300 + "]" * 300 + "}", "no track"),
        ("a.otio", '{"OTIO_SCHEMA": "Clip.1"}', "no OpenTimelineIO time line"),
        ("a.otio", '{"OTIO_SCHEMA": "Timeline.1", "tracks": 5}', "file 'a.otio'"),
        ("a.otio", '{"OTIO_SCHEMA": "Timeline.1"}', "no track"),
        ("a.otio", otio_text().replace('"rate": 25.0', '"rate": 0.0'), "file 'a.otio'"),
        ("a.otio", otio_text().replace('"rate": 25.0', '"rate": NaN'), "a time of"),
    ],
)
def test_what_is_no_edit_list_or_a_hostile_one_is_refused(tmp_path: Path, name: str, text: str, match: str) -> None:
    with pytest.raises(ClipError, match=match):
        read(tmp_path, text, name)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data(), name=st.sampled_from(["a.edl", "a.fcpxml"]))
def test_damaged_edit_lists_are_read_or_refused(tmp_path: Path, data: st.DataObject, name: str) -> None:
    text = EDL if name == "a.edl" else FCPXML
    at = data.draw(st.integers(0, len(text) - 1))
    piece = data.draw(st.text(max_size=12))
    try:
        assert read(tmp_path, text[:at] + piece + text[at + len(piece) :], name).length_s > 0
    except ClipError as error:
        assert name in str(error)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_otio_with_odd_values_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    tree = json.loads(otio_text())
    level = tree
    while True:
        keys = sorted(level) if isinstance(level, dict) else list(range(len(level)))
        key = data.draw(st.sampled_from(keys))
        below = level[key]
        if not isinstance(below, dict | list) or not below or data.draw(st.booleans()):
            level[key] = data.draw(st.one_of(st.none(), st.integers(-(10**9), 10**9), st.floats(), st.text(max_size=5),
                                             st.just([]), st.just({})))  # fmt: skip
            break
        level = below
    try:
        assert read(tmp_path, json.dumps(tree), "a.otio").length_s > 0
    except ClipError as error:
        assert "a.otio" in str(error)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("said", ["1e30000000s", "1e999", "1/0s", "--5s", "9" * 400 + "s"])
def test_a_time_of_any_size_is_refused_at_once(tmp_path: Path, said: str) -> None:
    path = tmp_path / "cut.fcpxml"
    path.write_text(
        f'<fcpxml version="1.9"><resources/><project><sequence duration="{said}"><spine>'
        f'<gap offset="0s" duration="{said}"/></spine></sequence></project></fcpxml>'
    )
    with pytest.raises(ClipError):
        measure_clip(path)


def test_a_number_of_hundreds_of_digits_in_a_time_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.otio"
    path.write_text('{"OTIO_SCHEMA": "Timeline.1", "global_start_time": {"value": ' + "9" * 401 + ', "rate": 24}}')
    with pytest.raises(ClipError):
        measure_clip(path)
