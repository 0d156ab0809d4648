"""The delivery: a folder that is complete or not there, whose parts agree with each other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.audio import Waveform, load_wav
from assistant.brief import Brief
from assistant.clip import Clip
from assistant.constraints import Constraints
from assistant.deliver import Delivery, EngineCard, Materials, SharedRun, Similarity, deliver, load_cue
from assistant.deliver import folder as writing
from assistant.deliver.own_sound import OwnSound
from assistant.deliver.papers.page import rights_html
from assistant.deliver.rights import played_with, rights_of
from assistant.deliver.words import part_names
from assistant.errors import ClipError, InputError, OutputError
from assistant.plan import Plan
from assistant.records import from_json, to_json
from assistant.remark import Remark
from assistant.render.values import Stem
from assistant.score import Score
from assistant.score.midi import read_midi
from tests.made_takes import revised, small_materials, with_clip


def write_bytes(path: Path, waveform: Waveform) -> Path:
    """In place of the encoder, which takes a second."""
    path.write_bytes(b"sound")
    return path


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing.media, "write_m4a", write_bytes)


EVERY = {
    "cue-sheet.csv",
    "cue-sheet.pdf",
    "cue.json",
    "mix.m4a",
    "mix.wav",
    "premaster.wav",
    "project.dawproject",
    "project.rpp",
    "report.html",
    "rights.html",
    "rights.json",
    "score.mid",
    "score.musicxml",
    "stems/bass-double-bass.wav",
    "stems/drums-drums.wav",
    "stems/harmony-strings.wav",
    "stems/lead-flute.wav",
    "timeline.otio",
}


@pytest.fixture(scope="module")
def materials() -> Materials:
    return small_materials()


@pytest.fixture(scope="module")
def delivery(materials: Materials, tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    return deliver(tmp_path_factory.mktemp("out") / "new" / "take-1", materials)


def test_every_file_is_there_and_listed_with_its_size(delivery: Delivery) -> None:
    assert {file.name for file in delivery.files} == EVERY
    for file in delivery.files:
        path = delivery.path(file.name)
        assert path is not None
        assert path.stat().st_size == file.size_bytes > 0


def test_nothing_else_is_left_beside_the_folder(delivery: Delivery) -> None:
    assert [path.name for path in Path(delivery.folder).parent.iterdir()] == ["take-1"]


def test_a_delivery_survives_json_and_knows_its_paths(delivery: Delivery) -> None:
    assert from_json(Delivery, to_json(delivery)) == delivery
    assert delivery.path("scored.mp4") is None
    assert delivery.path("mix.wav") == Path(delivery.folder) / "mix.wav"


def test_the_mix_is_24_bit_48_khz_and_exact_to_the_sample(delivery: Delivery, materials: Materials) -> None:
    about = soundfile.info(Path(delivery.folder) / "mix.wav")
    assert (about.samplerate, about.channels, about.subtype) == (48_000, 2, "PCM_24")
    assert about.frames == round(materials.take.score.length_s * 48_000)


def test_stems_on_disk_sum_to_the_premaster_on_disk(delivery: Delivery) -> None:
    folder = Path(delivery.folder)
    total = np.sum([load_wav(path).samples for path in (folder / "stems").iterdir()], axis=0)
    residue = np.abs(total - load_wav(folder / "premaster.wav").samples).max()
    assert 20 * np.log10(residue + 1e-12) < -90


@pytest.mark.usefixtures("quickly")
def test_what_would_clip_in_24_bits_is_written_as_floating_point(tmp_path: Path, materials: Materials) -> None:
    mixdown = materials.mixdown
    loud = tuple(Stem(stem.part_id, Waveform(stem.waveform.samples * 30, 48_000)) for stem in mixdown.stems)
    total = Waveform(np.sum([stem.waveform.samples for stem in loud], axis=0), 48_000)
    deliver(tmp_path / "loud", replace(materials, mixdown=replace(mixdown, stems=loud, premaster=total)))
    written = load_wav(tmp_path / "loud" / "premaster.wav")
    assert np.abs(total.samples).max() > 1
    assert np.array_equal(written.samples, total.samples)


def test_the_midi_file_holds_the_score(delivery: Delivery, materials: Materials) -> None:
    back, score = read_midi(Path(delivery.folder) / "score.mid"), materials.take.score
    assert [part.id for part in back.parts] == [part.id for part in score.parts]
    assert back.length_s == score.length_s


def test_the_encoded_mix_plays_as_long_as_the_cue(delivery: Delivery, materials: Materials) -> None:
    import av

    with av.open(str(Path(delivery.folder) / "mix.m4a")) as container:
        assert container.duration / av.time_base == pytest.approx(materials.take.score.length_s, abs=0.06)


def test_a_take_comes_back_from_its_cue_file_equal(delivery: Delivery, materials: Materials) -> None:
    cue = load_cue(Path(delivery.folder))
    assert cue.take(Path("nowhere")) == materials.take
    assert (cue.brief, cue.clip, cue.engine_card) == (materials.brief, None, materials.engine)
    assert {version.name for version in cue.versions} >= {"cuewright", "python", "numpy"}


def test_the_cue_file_names_what_was_asked_planned_and_found(delivery: Delivery) -> None:
    data = json.loads((Path(delivery.folder) / "cue.json").read_text(encoding="utf-8"))
    assert {"constraints", "plan", "score", "findings", "seed", "engine", "versions"} <= set(data)


def test_a_folder_that_holds_files_is_never_touched(delivery: Delivery, materials: Materials) -> None:
    before = {path: path.stat().st_mtime_ns for path in Path(delivery.folder).rglob("*")}
    with pytest.raises(OutputError, match="holds files"):
        deliver(Path(delivery.folder), materials)
    assert {path: path.stat().st_mtime_ns for path in Path(delivery.folder).rglob("*")} == before


@pytest.mark.usefixtures("quickly")
def test_an_empty_folder_is_taken(tmp_path: Path, materials: Materials) -> None:
    assert deliver(tmp_path, materials).path("mix.wav") == tmp_path / "mix.wav"


@pytest.mark.parametrize("place", ["file", "file/take", "file/deeper/take"])
def test_a_file_in_the_way_is_said_in_one_line(tmp_path: Path, materials: Materials, place: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="choose another folder") as caught:
        deliver(tmp_path / place, materials)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.usefixtures("quickly")
def test_nothing_is_left_when_a_file_cannot_be_written(
    tmp_path: Path, materials: Materials, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(score: Score, path: Path) -> Path:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "write_midi", full_disk)
    with pytest.raises(OutputError, match="No space left"):
        deliver(tmp_path / "take", materials)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("quickly")
def test_a_folder_is_not_seen_before_it_is_complete(
    tmp_path: Path, materials: Materials, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def look(*args: object) -> str:
        seen.append((tmp_path / "take").exists())
        return "<p>"

    monkeypatch.setattr(writing, "report_html", look)
    deliver(tmp_path / "take", materials)
    assert seen == [False]


@pytest.mark.usefixtures("quickly")
def test_a_revision_keeps_its_parent_and_drops_the_stem_of_what_went(tmp_path: Path, materials: Materials) -> None:
    done = deliver(tmp_path / "take-2", revised(materials))
    cue = load_cue(tmp_path / "take-2")
    assert (cue.number, cue.parent) == (2, 1)
    assert done.path("stems/drums-drums.wav") is None


@pytest.mark.usefixtures("quickly")
def test_a_clip_that_cannot_be_copied_is_said_and_everything_else_delivered(
    tmp_path: Path, materials: Materials, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise ClipError("file 'odd.avi'", "h264 in mp4", "export it as mp4")

    monkeypatch.setattr(writing.media, "write_scored", refuse)
    done = deliver(tmp_path / "take", with_clip(materials))
    assert {file.name for file in done.files} == EVERY
    assert [remark.code for remark in done.remarks] == ["scored_impossible"]
    assert "odd.avi" in (tmp_path / "take" / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("quickly")
def test_a_clip_is_put_under_the_music_and_said(
    tmp_path: Path, materials: Materials, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Path, OwnSound]] = []

    def scored(folder: Path, clip_path: Path, music: Waveform, *, own_sound: OwnSound, speech: object) -> object:
        asked.append((clip_path, own_sound))
        (folder / "scored.mp4").write_bytes(b"film")
        return writing.media.Scored(folder / "scored.mp4", (Remark.of("scored_music_shorter", music_s=1.0),))

    monkeypatch.setattr(writing.media, "write_scored", scored)
    clip = Clip("film.mp4", 20.0, 25.0, has_audio=True)
    done = deliver(tmp_path / "take", replace(materials, clip=clip))
    assert asked == [(Path("film.mp4"), OwnSound.UNDER)]
    assert done.path("scored.mp4") is not None
    assert [remark.code for remark in done.remarks] == ["scored_music_shorter", "own_sound_under"]
    assert load_cue(tmp_path / "take").clip == clip


@pytest.mark.usefixtures("quickly")
def test_a_clip_without_a_picture_gets_no_film(tmp_path: Path, materials: Materials) -> None:
    done = deliver(tmp_path / "take", replace(materials, clip=Clip("voice.wav", 20.0, has_audio=True)))
    assert done.path("scored.mp4") is None


def test_a_folder_without_a_cue_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder that Cuewright delivered"):
        load_cue(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[1, 2]", '{"format": 1', "not json"])
def test_a_damaged_cue_file_is_said_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "cue.json").write_text(text)
    with pytest.raises(InputError, match=r"cue\.json"):
        load_cue(tmp_path)


def test_a_cue_of_a_later_format_is_refused(delivery: Delivery, tmp_path: Path) -> None:
    text = (Path(delivery.folder) / "cue.json").read_text(encoding="utf-8")
    (tmp_path / "cue.json").write_text(text.replace('"format": 1', '"format": 99', 1), encoding="utf-8")
    with pytest.raises(InputError, match="format 99"):
        load_cue(tmp_path)


def test_rights_say_what_is_known_and_what_is_not(materials: Materials) -> None:
    rights = rights_of(materials)
    assert rights.commercial_use is True
    assert rights.soundfont.licence == "MIT"
    assert len(rights.soundfont.sha256) == 64
    assert any("no trained weights" in sentence for sentence in rights.plain_words)
    unknown = rights_of(replace(materials, engine=None))
    assert unknown.commercial_use is None
    assert any("ask before you publish" in sentence for sentence in unknown.plain_words)
    assert not any("no trained weights" in sentence for sentence in unknown.plain_words)


def test_rights_name_weights_training_data_and_a_copyleft_soundfont(materials: Materials) -> None:
    card = EngineCard("neural", "CC-BY-NC-4.0", False, "toy-weights", ("Old Tunes, public domain",))
    font = replace(materials.mixdown.soundfont, licence="GPL-2.0")
    mixdown = replace(materials.mixdown, soundfont=font)
    words = " ".join(rights_of(replace(materials, engine=card, mixdown=mixdown)).plain_words)
    for said in ("toy-weights", "Old Tunes, public domain", "does not allow commercial use", "copyleft"):
        assert said in words


@pytest.mark.parametrize("language", ["en", "ja"])
def test_report_and_rights_say_who_played_each_part(materials: Materials, language: str) -> None:
    constraints = replace(materials.take.constraints, language=language)
    materials = replace(materials, take=replace(materials.take, constraints=constraints))
    sounding = [part.id for part in materials.take.score.parts if part.notes]
    lead, names = sounding[0], part_names(materials.take.score, language)
    mixed = replace(materials, mixdown=replace(materials.mixdown, voiced=(lead,)))
    rights = rights_of(mixed)
    assert {each.part_id: each.name for each in rights.players} == {
        each: "Cuewright" if each == lead else "Toy Tones" for each in sounding
    }
    assert from_json(type(rights), to_json(rights)) == rights
    said = [sentence for sentence in rights.plain_words if "Cuewright" in sentence]
    assert names[lead] in said[0] and any("Toy Tones" in sentence for sentence in rights.plain_words)
    page = rights_html(mixed, rights)
    assert f"{names[lead]}: Cuewright, Apache-2.0" in page and f"{names[sounding[-1]]}: Toy Tones, MIT" in page
    assert played_with(mixed) == f"Toy Tones, Cuewright ({names[lead]})" and played_with(materials) == "Toy Tones"


def test_a_soundfont_that_nobody_heard_is_not_said_to_have_played(materials: Materials) -> None:
    every = tuple(part.id for part in materials.take.score.parts)
    font = replace(materials.mixdown.soundfont, licence="GPL-2.0")
    mixed = replace(materials, mixdown=replace(materials.mixdown, voiced=every, soundfont=font))
    rights = rights_of(mixed)
    assert not any("Toy Tones" in said or "copyleft" in said for said in rights.plain_words)
    assert "Toy Tones" not in rights_html(mixed, rights) and "Toy Tones" not in played_with(mixed)


def test_rights_say_what_a_comparison_with_known_melodies_found(materials: Materials) -> None:
    assert any("No check" in sentence for sentence in rights_of(materials).plain_words)
    clear = Similarity("old tunes", 4711, 12)
    rights = rights_of(replace(materials, similarity=clear))
    assert rights.similarity_check == clear and from_json(type(rights), to_json(rights)) == rights
    (said,) = [sentence for sentence in rights.plain_words if "4711" in sentence]
    assert "no run of 12" in said and not any("No check" in sentence for sentence in rights.plain_words)
    shared = SharedRun("lead-flute", 2, 4, 14, "Greensleeves", "Old Tunes (CC0)")
    found = " ".join(rights_of(replace(materials, similarity=replace(clear, shared=(shared,)))).plain_words)
    for said in ("bars 3 to 5", "14 notes", "Greensleeves", "Old Tunes (CC0)", "Flute"):
        assert said.lower() in found.lower()
    assert "no run of 12" not in found


@pytest.mark.usefixtures("quickly")
def test_a_brief_in_any_script_is_kept_as_it_was(tmp_path: Path, materials: Materials) -> None:
    brief = Brief("给一段三十秒的古风短片配乐 🎬 \u2028 “quotes”\t\0", language="zh")
    deliver(tmp_path / "take", replace(materials, brief=brief))
    assert load_cue(tmp_path / "take").brief == brief


def test_materials_speak_the_language_of_the_constraints(materials: Materials) -> None:
    take = replace(materials.take, constraints=Constraints(language="ko"))
    assert replace(materials, take=take).language == "ko"
    assert isinstance(materials.take.plan, Plan)


@pytest.mark.parametrize("text", ["", "garbage", "[]", "[" * 100_000, '{"seed": ' + "9" * 5000 + "}", "\ufeff{}"])
def test_a_damaged_cue_is_bad_input_never_a_fault(tmp_path, text):
    (tmp_path / "cue.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match="as Cuewright wrote it"):
        load_cue(tmp_path)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("plan", "chords"), []),
        (("plan", "sections"), []),
        (("plan", "length_s"), 1e9),
        (("score", "length_s"), -1),
        (("score", "parts"), []),
        (("score", "parts", 0, "id"), "../../evil"),
        (("constraints", "duration_s"), 1e9),
        (("seed",), -5),
    ],
)
def test_a_cue_whose_pieces_cannot_be_is_bad_input(tmp_path, place, value):
    deliver(tmp_path / "take", small_materials())
    file = tmp_path / "take" / "cue.json"
    data = json.loads(file.read_text("utf-8"))
    inner = data
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    file.write_text(json.dumps(data), "utf-8")
    with pytest.raises(InputError, match="as Cuewright wrote it"):
        load_cue(tmp_path / "take")
