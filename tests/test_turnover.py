"""The turnover: every file read back by somebody else's reader, and held to the score."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import av
import numpy as np
import opentimelineio as otio
import pytest
import rpp
import soundfile
import xmlschema

from assistant.audio import Waveform, load_wav
from assistant.audio.loudness import integrated_lufs, true_peak_dbtp
from assistant.audio.riff import Chunk, save_riff
from assistant.cli import main
from assistant.clip.edits.otio import read_otio
from assistant.deliver import Materials, deliver
from assistant.deliver import folder as writing
from assistant.deliver.turnover import export, turnover_of, typefaces
from assistant.deliver.turnover.cue_sheet import csv_text
from assistant.deliver.turnover.cue_sheet_pdf import pdf_bytes
from assistant.deliver.turnover.encoded import write_mp3
from assistant.deliver.turnover.reaper import project_text, quoted
from assistant.deliver.turnover.submixes import GROUPS, members
from assistant.deliver.turnover.typefaces import other_font, runs_of
from assistant.errors import InputError, OutputError
from assistant.page.player import stems_archive
from assistant.score.midi import TICKS_PER_Q
from assistant.score.midi.write import played_notes
from tests.conftest import ROOT
from tests.made_takes import HOSTILE
from tests.turnovers import GRAMMAR, WORDS_ZH, busy_materials

SCHEMAS = Path(os.environ.get("CUEWRIGHT_DAWPROJECT", ROOT / "tests" / "data" / "dawproject"))
"""Where Project.xsd and MetaData.xsd of github.com/bitwig/dawproject lie (MIT, commit ee4dcdd)."""


@pytest.fixture(scope="module")
def materials() -> Materials:
    return busy_materials()


@pytest.fixture(scope="module")
def folder(materials: Materials, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("turnover") / "take"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing.media, "write_m4a", lambda path, waveform: path.write_bytes(b"sound"))
        deliver(place, materials)
    export(place, start="01:00:00:00")
    return place


# Sound


def chunks_in(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """Names and contents of a WAV file's chunks."""
    data = path.read_bytes()
    kind, size, form = struct.unpack("<4sI4s", data[:12])
    assert (kind, form, size) == (b"RIFF", b"WAVE", len(data) - 8)
    at = 12
    while at < len(data):
        name, size = struct.unpack("<4sI", data[at : at + 8])
        yield name, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


@pytest.mark.parametrize("frames", [0, 1, 3, 1000])
@pytest.mark.parametrize("channels", [1, 2])
def test_sound_comes_back_to_the_bit_whatever_stands_around_it(tmp_path: Path, frames: int, channels: int) -> None:
    whole = np.random.default_rng(frames).integers(-(2**23), 2**23, (channels, frames))
    wave = Waveform((whole / 2**23).astype(np.float32), 48_000)
    odd = Chunk(b"odd ", b"\x01\x02\x03")
    path = save_riff(tmp_path / "a.wav", wave, before=[odd], after=[odd])
    back, rate = soundfile.read(path, dtype="int32", always_2d=True)
    assert rate == 48_000
    assert np.array_equal(back.T >> 8, whole)
    assert [name for name, _ in chunks_in(path)] == [b"odd ", b"fmt ", b"data", b"odd "]
    assert np.array_equal(load_wav(save_riff(tmp_path / "b.wav", wave, floating=True)).samples, wave.samples)


def test_sound_beyond_full_scale_is_clipped_and_never_wraps(tmp_path: Path) -> None:
    wave = Waveform(np.array([[1.5, -1.5, 1.0, -1.0]], np.float32), 48_000)
    back, _ = soundfile.read(save_riff(tmp_path / "a.wav", wave), dtype="int32")
    assert list(back >> 8) == [2**23 - 1, -(2**23), 2**23 - 1, -(2**23)]


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="choose another folder"):
        save_riff(tmp_path / "nowhere" / "a.wav", Waveform.silence(0.1, rate_hz=48_000))


def test_ffmpeg_reads_who_when_and_what_of_every_sound_file(folder: Path) -> None:
    for path in sorted(folder.rglob("*.wav")):
        with av.open(str(path)) as container:
            said = {name.lower(): text for name, text in container.metadata.items()}
            assert container.streams.audio[0].duration == 20 * 48_000
        assert said["encoded_by"] == said["artist"] == "Cuewright", path
        assert said["title"].startswith("Cinematic cue in D minor")
        assert said["time_reference"] == ("172800000" if path.parent.name == "submixes" else "0")
        assert "D minor, 96 BPM, 4/4" in said["comment"]
        assert said["coding_history"].startswith("A=PCM,F=48000,W=24,M=stereo")


def test_libsndfile_reads_the_title_of_a_stem(folder: Path) -> None:
    with soundfile.SoundFile(folder / "stems" / "lead-flute.wav") as file:
        assert file.title == "Cinematic cue in D minor, 20 s (stem: lead-flute)"
        assert file.subtype == "PCM_24"


def test_the_time_reference_is_where_the_picture_starts(tmp_path: Path) -> None:
    handed = turnover_of(busy_materials(rate_hz=23.976), start="01:00:00:00")
    path = writing.save_sound(tmp_path / "a.wav", Waveform.silence(20.0, rate_hz=48_000), handed, writing.Sounding())
    found = dict(chunks_in(path))
    low, high, version = struct.unpack("<IIH", found[b"bext"][338:348])
    assert (low, high, version) == (3600 * 48_048, 0, 2)
    root = ElementTree.fromstring(found[b"iXML"])
    assert root.findtext("SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO") == str(3600 * 48_048)
    assert root.findtext("SPEED/TIMECODE_RATE") == "24000/1001"
    assert root.findtext("SPEED/TIMECODE_FLAG") == "NDF"


def test_a_mix_says_how_loud_it_is_and_nothing_else_does(folder: Path, materials: Materials) -> None:
    mix, stem = (dict(chunks_in(folder / name))[b"bext"] for name in ("mix.wav", "stems/lead-flute.wav"))
    loudness, _, peak, _, _ = struct.unpack("<5h", mix[412:422])
    assert loudness == round(100 * materials.mixdown.loudness_lufs)
    assert peak == round(100 * materials.mixdown.true_peak_dbtp)
    assert set(struct.unpack("<5h", stem[412:422])) == {0x7FFF}


def test_markers_in_the_sound_are_the_sections_and_hits_of_the_score(folder: Path, materials: Materials) -> None:
    pairs = list(chunks_in(folder / "mix.wav"))
    places = dict(pairs)[b"cue "]
    count = struct.unpack("<I", places[:4])[0]
    at = [struct.unpack("<II4sIII", places[4 + 24 * each : 28 + 24 * each])[5] for each in range(count)]
    score = materials.take.score
    assert at == [round(48_000 * score.tempo_map.seconds_at(mark.at_q)) for mark in score.markers]
    labels = next(data for name, data in pairs if name == b"LIST" and data[:4] == b"adtl")
    assert all(f"{mark.kind}: {mark.text}".encode() in labels for mark in score.markers)
    root = ElementTree.fromstring(dict(pairs)[b"iXML"])
    assert [int(each.text or 0) for each in root.iter("SYNC_POINT_LOW")] == at


def test_sub_mixes_sum_to_the_premaster_and_hold_every_part_once(folder: Path, materials: Materials) -> None:
    paths = sorted((folder / "submixes").iterdir())
    assert {path.stem for path in paths} == set(GROUPS)
    total = np.sum([load_wav(path).samples.astype(np.float64) for path in paths], axis=0)
    residue = float(np.abs(total - load_wav(folder / "premaster.wav").samples).max())
    assert 20 * np.log10(residue + 1e-12) < -120
    drums = load_wav(folder / "stems" / "drums-drums.wav")
    assert load_wav(folder / "submixes" / "rhythm.wav") == drums
    score = replace(materials.take.score, parts=materials.take.score.parts[:1])
    assert members(score) == {"melody": ("lead-flute",)}
    every = [part_id for ids in members(materials.take.score).values() for part_id in ids]
    assert sorted(every) == sorted(part.id for part in materials.take.score.parts)


def test_flac_is_the_mix_to_the_bit_with_its_tags(folder: Path) -> None:
    flac, wav = (soundfile.read(folder / name, dtype="int32")[0] for name in ("mix.flac", "mix.wav"))
    assert soundfile.info(folder / "mix.flac").subtype == "PCM_24"
    assert np.array_equal(flac, wav)
    with av.open(str(folder / "mix.flac")) as container:
        said = {name.lower(): text for name, text in container.metadata.items()}
    assert said["title"] == "Cinematic cue in D minor, 20 s"
    assert said["artist"] == "Cuewright"


def test_mp3_plays_as_long_as_the_mix_and_sounds_like_it(folder: Path) -> None:
    back, rate = soundfile.read(folder / "mix.mp3", dtype="float32")
    mix = load_wav(folder / "mix.wav").samples.T
    assert rate == 48_000
    assert len(back) == len(mix)
    assert float(np.corrcoef(back[:, 0], mix[:, 0])[0, 1]) > 0.99
    with av.open(str(folder / "mix.mp3")) as container:
        assert container.metadata["title"] == "Cinematic cue in D minor, 20 s"
        assert container.bit_rate == pytest.approx(320_000, rel=0.05)


def test_an_mp3_that_is_decoded_stays_under_its_ceiling_and_nearly_as_loud(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    steady = 0.25 * np.sin(np.arange(48_000) / 20) + 0.02 * rng.standard_normal((2, 48_000))
    steady[:, ::6000] += 0.6
    mix = Waveform(np.clip(steady, -0.89, 0.89).astype(np.float32), 48_000)
    back = load_wav(write_mp3(tmp_path / "a.mp3", mix, {}))
    assert true_peak_dbtp(mix) > -2
    assert true_peak_dbtp(back) <= -2
    assert integrated_lufs(back) == pytest.approx(integrated_lufs(mix), abs=0.5)


# REAPER


@pytest.fixture(scope="module")
def reaper(folder: Path) -> rpp.Element:
    return rpp.loads((folder / "project.rpp").read_text("utf-8"))


def tracks_named(project: rpp.Element) -> dict[str, rpp.Element]:
    return {track.find("NAME")[1]: track for track in project.findall("TRACK")}


def test_reaper_has_a_track_of_sound_and_one_of_notes_for_each_part(
    reaper: rpp.Element, folder: Path, materials: Materials
) -> None:
    tracks = tracks_named(reaper)
    parts = [part.id for part in materials.take.score.parts]
    assert set(tracks) == {"mix (to compare)", "Stems", "MIDI", *parts, *(f"{part} (MIDI)" for part in parts)}
    for part in parts:
        item = tracks[part].find("ITEM")
        assert (folder / item.find("SOURCE").find("FILE")[1]).is_file()
        assert (float(item.find("POSITION")[1]), float(item.find("LENGTH")[1])) == (0.0, 20.0)
    assert tracks["mix (to compare)"].find("MUTESOLO")[1] == "1"
    depth = [int(track.find("ISBUS")[2]) for track in reaper.findall("TRACK")]
    assert sum(depth) == 0
    assert min(np.cumsum(depth)) == 0


def test_reaper_has_the_tempo_map_the_sections_and_the_hits(reaper: rpp.Element, materials: Materials) -> None:
    points = [point for point in reaper.find("TEMPOENVEX") if point[0] == "PT"]
    assert [[float(each) for each in point[1:3]] for point in points] == [[0.0, 96.0], [10.0, 101.3]]
    assert [divmod(int(point[4]), 65536) for point in points] == [(4, 4), (4, 3)]
    marks = reaper.findall("MARKER")
    regions = [mark for mark in marks if mark[4] == "1"]
    assert [(mark[3], float(mark[2])) for mark in regions if mark[3]] == [("theme", 0.0), ("climax", 10.0)]
    assert [float(mark[2]) for mark in regions if not mark[3]] == [10.0, 20.0]
    assert [(mark[3], float(mark[2])) for mark in marks if mark[4] == "0"] == [("logo", 10.0)]
    assert reaper.find("TIMEMODE")[4:6] == ["25", "0"]
    assert float(reaper.find("PROJOFFS")[1]) == 3600.0


def test_reaper_plays_the_notes_and_controllers_of_the_score(reaper: rpp.Element, materials: Materials) -> None:
    for part in materials.take.score.parts:
        source = tracks_named(reaper)[f"{part.id} (MIDI)"].find("ITEM").find("SOURCE")
        assert source.find("HASDATA")[1:] == ["1", str(TICKS_PER_Q), "QN"]
        now, struck, turned, program = 0, [], [], None
        for _, wait, *message in source.findall("E"):
            now += int(wait)
            status, first, *rest = (int(byte, 16) for byte in message)
            if status >> 4 == 9:
                struck.append((now, first, rest[0]))
            elif status >> 4 == 12:
                program = first
            elif status >> 4 in (11, 14) and first != 123:
                turned.append((now, status >> 4))
        assert struck == [(start, note.pitch, note.velocity) for start, _, note in played_notes(part.notes)]
        assert len(turned) == len(part.controls)
        assert program == part.program


def test_reaper_counts_dropped_frames_and_shows_the_film(materials: Materials, tmp_path: Path) -> None:
    for rate_hz, expected in ((29.97, ["30", "1"]), (23.976, ["24", "2"]), (59.94, ["60", "1"]), (50.0, ["50", "0"])):
        text = project_text(turnover_of(busy_materials(rate_hz=rate_hz)), stems=(), film="scored.mp4")
        project = rpp.loads(text)
        assert project.find("TIMEMODE")[4:6] == expected
        shown = tracks_named(project)["picture"].find("ITEM")
        assert shown.find("SOURCE").attrib == ["VIDEO"]
        assert float(shown.find("VOLPAN")[1]) == 0


@pytest.mark.parametrize(
    "text", ["", "a b", 'the "end"', 'it\'s "so"', "`'\"", "<TRACK", "> end", "日出 x", "a\nb", "'"]
)
def test_any_name_stands_in_a_project_as_one_word(text: str) -> None:
    project = rpp.loads(f"<REAPER_PROJECT 0.1\n  NAME {quoted(text)}\n  NEXT 1\n>\n")
    assert len(project.find("NAME")) == 2
    if "`" not in text:
        assert project.find("NAME")[1] == " ".join(text.split())


def test_the_stems_that_the_page_gives_away_come_with_projects_that_find_them(folder: Path) -> None:
    with zipfile.ZipFile(stems_archive(folder)) as file:
        project, names = rpp.loads(file.read("project.rpp").decode()), set(file.namelist())
    sources = [source for track in project.findall("TRACK") for source in track.findall("ITEM/SOURCE")]
    wanted = {source.find("FILE")[1] for source in sources if source.attrib[0] == "WAVE"}
    assert len(wanted) == 6
    assert wanted <= names
    assert {"project.dawproject", "timeline.otio", "score.mid"} <= names


# DAWproject


def project_in(path: Path) -> ElementTree.Element:
    with zipfile.ZipFile(path) as file:
        return ElementTree.fromstring(file.read("project.xml"))


def faults(element: ElementTree.Element) -> Iterator[str]:
    """Where a project is not as the schema has it."""
    needed, possible, children = GRAMMAR[element.tag]
    if needed - set(element.attrib) or set(element.attrib) - needed - possible:
        yield f"{element.tag} with {sorted(element.attrib)}"
    names = [child.tag for child in element]
    if not set(names) <= set(children):
        yield f"{element.tag} with {names}"
    if isinstance(children, list) and sorted(names, key=children.index) != names:
        yield f"{element.tag} with {names} in that order"
    for child in element:
        yield from faults(child)


def test_a_dawproject_is_as_its_schema_has_it(folder: Path) -> None:
    root = project_in(folder / "project.dawproject")
    assert list(faults(root)) == []
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    pointed = {element.get(name) for element in root.iter() for name in ("track", "destination", "parameter")} - {None}
    assert pointed <= set(ids)
    root.find("Transport").find("Tempo").attrib.pop("unit")  # type: ignore[union-attr]
    assert len(list(faults(root))) == 1


def test_a_dawproject_validates_against_the_schema_itself(folder: Path) -> None:
    with zipfile.ZipFile(folder / "project.dawproject") as file:
        for name in ("Project", "MetaData"):
            text = file.read(f"{name.lower()}.xml").decode()
            assert list(xmlschema.XMLSchema(SCHEMAS / f"{name}.xsd").iter_errors(text)) == []


def test_a_dawproject_holds_stems_notes_tempo_map_and_markers(folder: Path, materials: Materials) -> None:
    score, root = materials.take.score, project_in(folder / "project.dawproject")
    with zipfile.ZipFile(folder / "project.dawproject") as file:
        assert file.testzip() is None
        sounds = {name for name in file.namelist() if name.startswith("audio/")}
        assert file.read("audio/lead-flute.wav") == (folder / "stems" / "lead-flute.wav").read_bytes()
    assert sounds == {f"audio/{part.id}.wav" for part in score.parts}
    assert {element.get("path") for element in root.iter("File")} == sounds
    played = {each.get("name"): each for each in root.iter("Clip")}
    for part in score.parts:
        notes = [
            (
                round(float(note.get("time", 0)) * TICKS_PER_Q),
                int(note.get("key", 0)),
                round(127 * float(note.get("vel", 0))),
            )
            for note in played[part.id].iter("Note")
        ]
        assert notes == [(start, note.pitch, note.velocity) for start, _, note in played_notes(part.notes)]
    points = [
        (float(each.get("time", 0)), float(each.get("value", 0)))
        for each in root.iterfind(".//TempoAutomation/RealPoint")
    ]
    assert points == [(0.0, 96.0), (16.0, 101.3)]
    meters = [(each.get("time"), each.get("numerator")) for each in root.iter("TimeSignaturePoint")]
    assert meters == [("0", "4"), ("16", "3")]
    marks = [(float(each.get("time", 0)), each.get("name")) for each in root.iter("Marker")]
    assert marks == [(0.0, "theme"), (16.0, "climax"), (16.0, "hit: logo")]
    seconds = {float(each.get("duration", 0)) for each in root.iter("Audio")}
    assert seconds == {20.0}


def test_the_small_dawproject_of_a_delivery_finds_its_sound_beside_it(
    folder: Path, materials: Materials, tmp_path: Path
) -> None:
    from assistant.deliver.turnover.dawproject import write_dawproject

    stems = {path.stem: path for path in (folder / "stems").iterdir()}
    path = write_dawproject(turnover_of(materials), tmp_path / "small.dawproject", stems, whole=False)
    assert path.stat().st_size < 100_000
    files = list(project_in(path).iter("File"))
    assert len(files) == len(stems)
    assert all(file.get("external") == "true" and (folder / file.get("path", "")).is_file() for file in files)


# Time line


@pytest.mark.parametrize(
    ("rate_hz", "start"), [(None, None), (23.976, "01:00:00:00"), (29.97, "00:59:58;00"), (50.0, None)]
)
def test_a_time_line_has_the_music_and_its_markers_at_the_rate_of_the_clip(
    rate_hz: float | None, start: str | None
) -> None:
    from assistant.deliver.turnover.timeline import timeline_of

    handed = turnover_of(busy_materials(rate_hz=rate_hz), start=start)
    timeline = otio.adapters.read_from_string(timeline_of(handed).to_json_string(), "otio_json")
    rate = float(handed.timebase.rate_hz)
    assert timeline.global_start_time == otio.opentime.RationalTime(handed.start_frame, rate)
    (music,) = timeline.audio_tracks()
    (clip,) = music
    assert clip.media_reference.target_url == "mix.wav"
    assert clip.media_reference.available_range.duration == otio.opentime.RationalTime(20 * 48_000, 48_000)
    for marker, mark in zip(clip.markers, handed.score.markers, strict=True):
        at_s = handed.score.tempo_map.seconds_at(mark.at_q)
        place = clip.transformed_time(marker.marked_range.start_time, timeline.tracks)
        assert marker.marked_range.start_time.rate == rate
        assert place.to_seconds() == pytest.approx(at_s, abs=0.5 / rate)
    assert [marker.color for marker in clip.markers] == ["BLUE", "BLUE", "RED"]
    pictures = [each.name for track in timeline.video_tracks() for each in track]
    assert pictures == ([] if rate_hz is None else ["日出.mov"])
    assert "private" not in timeline.to_json_string()


def test_our_own_reader_of_edit_lists_reads_the_time_line(folder: Path) -> None:
    edit = read_otio((folder / "timeline.otio").read_text("utf-8"))
    assert (edit.rate_hz, edit.length_s) == (25.0, 20.0)
    assert [marker.name for marker in edit.markers] == ["theme", "climax", "logo"]
    assert [marker.at_s for marker in edit.markers] == [0.0, 10.0, 10.0]


# Cue sheet


def test_a_cue_sheet_names_the_cue_its_sections_and_hits_in_time_code(folder: Path) -> None:
    lines = list(csv.DictReader(io.StringIO((folder / "cue-sheet.csv").read_text("utf-8-sig"))))
    assert [line["Type"] for line in lines] == ["Cue", "Section", "Section", "Hit"]
    assert [line["TC in"] for line in lines] == ["01:00:00:00", "01:00:00:00", "01:00:10:00", "01:00:10:00"]
    assert (lines[0]["TC out"], lines[0]["Duration"]) == ("01:00:20:00", "00:00:20:00")
    assert (lines[2]["Bar"], lines[2]["Beat"], lines[2]["Tempo (BPM)"]) == ("5", "1", "101.30")
    assert lines[0]["Composer"] == "Cuewright (rules)"


def test_a_cue_sheet_at_29_97_drops_frames() -> None:
    text = csv_text(turnover_of(busy_materials(rate_hz=29.97), start="00:59:50;00"))
    lines = list(csv.DictReader(io.StringIO(text)))
    assert lines[2]["TC in"] == "01:00:00;00"
    assert lines[0]["Frame rate"] == "29.97 DF"


def test_a_spreadsheet_never_works_out_a_name() -> None:
    made = busy_materials(text="=1+1")
    made = replace(made, take=replace(made.take, name='=HYPERLINK("http://x")'))
    cells = [cell for row in csv.reader(io.StringIO(csv_text(turnover_of(made)))) for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+-@" and cell]
    assert any("HYPERLINK" in cell for cell in cells)


def drawn_in(pdf: bytes) -> bytes:
    """The drawing of a PDF, unpacked, its strings as the bytes that they stand for."""
    found = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    packed = (base64.a85decode(each.strip().removesuffix(b"~>")) for each in found)
    drawing = b"".join(zlib.decompress(each) for each in packed)
    return re.sub(rb"\\([0-7]{3}|.)", _byte, drawing, flags=re.DOTALL)


def _byte(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return (
        bytes([int(code, 8)])
        if len(code) == 3
        else {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}.get(code, code)
    )


@pytest.fixture
def no_font_carried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typefaces, "letters_carried", frozenset)


@pytest.mark.usefixtures("no_font_carried")
def test_a_printed_cue_sheet_sets_chinese_in_a_typeface_that_has_it(materials: Materials) -> None:
    pdf = pdf_bytes(turnover_of(materials))
    assert pdf.startswith(b"%PDF-")
    assert b"/STSong-Light" in pdf
    assert b"UniGB-UCS2-H" in pdf
    drawn = drawn_in(pdf)
    assert WORDS_ZH.encode("utf-16-be") in drawn
    assert b"01:00" not in drawn
    assert b"00:00:10:00" in drawn


def test_a_font_with_chinese_letters_is_carried_in_the_file_where_one_is_installed(materials: Materials) -> None:
    if not typefaces.letters_carried():
        pytest.skip("needs a font of typefaces.CARRIED, such as Debian's fonts-droid-fallback")
    assert {face for face, _ in runs_of(WORDS_ZH, "zh")} == {typefaces.WIDE}
    pdf = pdf_bytes(turnover_of(materials))
    assert b"/FontFile2" in pdf
    assert b"/STSong-Light" not in pdf


@pytest.mark.usefixtures("no_font_carried")
@pytest.mark.parametrize(
    ("text", "language", "faces"),
    [
        ("Sunrise – é", "en", ["Helvetica"]),
        ("日の出", "ja", ["HeiseiKakuGo-W5"]),
        ("해돋이", "ko", ["HYGothic-Medium"]),
        ("日出", "zh", ["STSong-Light"]),
        ("شروق الشمس", "ar", ["Helvetica"]),
        ("सूर्योदय", "hi", ["Helvetica"]),
    ],
)
def test_each_script_has_its_typeface_or_is_said_to_be_elsewhere(text: str, language: str, faces: list[str]) -> None:
    assert [face for face, _ in runs_of(text, language)] == faces


@pytest.mark.skipif(other_font() is None, reason="needs DejaVu Sans")
def test_cyrillic_is_carried_in_the_file() -> None:
    made = busy_materials(text="Восход солнца, ışık")
    assert {face for face, _ in runs_of("Восход", "ru")} == {"DejaVuSans"}
    assert b"/FontFile2" in pdf_bytes(turnover_of(made))


@pytest.mark.usefixtures("no_font_carried")
def test_a_long_or_hostile_brief_stays_within_the_page() -> None:
    many = busy_materials(text=HOSTILE + "很长" * 4000)
    score = many.take.score
    marks = tuple(replace(score.markers[0], at_q=each / 4, text="段" * 300) for each in range(100))
    take = replace(many.take, score=replace(score, markers=marks))
    pdf = pdf_bytes(turnover_of(replace(many, take=take)))
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 4
    assert len(pdf) < 200_000


# On request


def test_what_is_asked_for_is_made_and_listed_with_its_size(folder: Path) -> None:
    made = export(folder, ["cuesheet", "flac", "cuesheet"])
    assert [(each.format, each.file) for each in made] == [
        ("cuesheet", "cue-sheet.csv"),
        ("cuesheet", "cue-sheet.pdf"),
        ("flac", "mix.flac"),
    ]
    assert all((folder / each.file).stat().st_size == each.size_bytes > 0 for each in made)
    assert not [path for path in folder.rglob("*") if path.name.startswith(".")]


def test_the_command_answers_with_the_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(folder), "--as", "otio, cuesheet", "--start", "10:00:00:00"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [each["file"] for each in answer["files"]] == ["timeline.otio", "cue-sheet.csv", "cue-sheet.pdf"]
    assert "10:00:10:00" in (folder / "cue-sheet.csv").read_text("utf-8-sig")
    assert main(["export", str(folder), "--as", "aaf"]) == 2
    assert main(["export", str(folder), "--start", "noon"]) == 2


def test_a_film_with_a_time_code_starts_there(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.metadata["timecode"] = 64, 36, "10:01:02:03"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame(64, 36, "yuv420p")))
        container.mux(stream.encode(None))
    made = busy_materials(rate_hz=25.0)
    assert made.clip is not None
    handed = turnover_of(replace(made, clip=replace(made.clip, path=str(path))))
    assert handed.code(0.0) == "10:01:02:03"
    assert turnover_of(made).code(0.0) == "00:00:00:00"


@pytest.mark.parametrize(("said", "frame"), [("01:00:00:00", 108_000), ("01:00:00;00", 107_892)])
def test_whether_frames_are_dropped_is_what_the_film_says(tmp_path: Path, said: str, frame: int) -> None:
    path = tmp_path / "film.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(30000, 1001))
        stream.width, stream.height, stream.metadata["timecode"] = 64, 36, said
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame(64, 36, "yuv420p")))
        container.mux(stream.encode(None))
    made = busy_materials(rate_hz=29.97)
    assert made.clip is not None
    handed = turnover_of(replace(made, clip=replace(made.clip, path=str(path))))
    assert (handed.code(0.0), handed.start_frame) == (said, frame)


def test_an_unknown_format_a_bad_time_code_and_no_take_are_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="reaper, dawproject, otio"):
        export(folder, ["aaf"])
    with pytest.raises(InputError, match="time code"):
        export(folder, ["otio"], start="1:2:3")
    with pytest.raises(InputError, match=r"cue\.json"):
        export(tmp_path)
