"""Scores as MIDI files: what we write comes back, opens elsewhere, and what others wrote is understood."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import ClipError, OutputError
from assistant.score import Marker, Note, Part, Score
from assistant.score.midi import TICKS_PER_Q, read_midi, write_midi
from tests.made_scores import scores, small_score


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_midi(small_score(), tmp_path_factory.mktemp("midi") / "score.mid")


def there_and_back(score: Score) -> Score:
    with tempfile.TemporaryDirectory() as folder:
        return read_midi(write_midi(score, Path(folder) / "score.mid"))


@given(scores())
@settings(max_examples=60)
def test_what_midi_can_hold_comes_back_equal(score: Score) -> None:
    back = there_and_back(score)
    assert back.parts == score.parts
    assert back.tempo_map == score.tempo_map
    assert (back.length_s, back.key) == (score.length_s, score.key)
    assert sorted(back.markers, key=str) == sorted(score.markers, key=str)


def test_a_played_note_comes_back_within_a_tick_of_where_it_was_played() -> None:
    score = small_score()
    back = there_and_back(score)
    for part, same in zip(score.parts, back.parts, strict=True):
        for note, other in zip(part.notes, same.notes, strict=True):
            assert other.start_q == pytest.approx(note.played_q, abs=0.5 / TICKS_PER_Q)
            assert (other.pitch, other.velocity) == (note.pitch, note.velocity)


def test_a_tune_has_the_same_ticks_at_every_tempo(tmp_path: Path) -> None:
    ticks = []
    for bpm in (71.3, 96.0, 133.7):
        file = mido.MidiFile(write_midi(small_score(quarter_bpm=bpm), tmp_path / f"{bpm}.mid"))
        now, struck = 0, []
        for message in file.tracks[1]:
            now += message.time
            if message.type in ("note_on", "note_off"):
                struck.append((now, message.type, message.note))
        ticks.append(struck)
    assert ticks[0] == ticks[1] == ticks[2]
    assert len(ticks[0]) == 2 * len(small_score().parts[0].notes)


def test_tracks_are_named_and_drums_have_their_channel(written: Path) -> None:
    file = mido.MidiFile(written)
    assert (file.type, file.ticks_per_beat) == (1, TICKS_PER_Q)
    assert [track.name for track in file.tracks[1:]] == [part.id for part in small_score().parts]
    channels = [{message.channel for message in track if not message.is_meta} for track in file.tracks[1:]]
    assert channels == [{0}, {1}, {2}, {9}]


def test_the_conductor_holds_tempo_metre_key_and_markers(written: Path) -> None:
    conductor = mido.MidiFile(written).tracks[0]
    kinds = [message.type for message in conductor]
    assert kinds.count("set_tempo") == 2
    assert {"time_signature", "key_signature"} <= set(kinds)
    assert [message.text for message in conductor if message.type == "marker"] == ["theme", "climax", "hit: logo"]


def test_seventeen_pitched_parts_never_share_a_port_and_channel(tmp_path: Path) -> None:
    parts = tuple(Part(f"p{n}", "lead", "flute", n, False, (Note(0.0, 60, 1.0, 64),)) for n in range(17))
    score = replace(small_score(), parts=parts)
    file = mido.MidiFile(write_midi(score, tmp_path / "many.mid"))
    seats = []
    for track in file.tracks[1:]:
        port = next(message.port for message in track if message.type == "midi_port")
        seats.append((port, next(message.channel for message in track if message.type == "note_on")))
    assert len(set(seats)) == 17
    assert all(channel != 9 for _, channel in seats)
    assert read_midi(tmp_path / "many.mid").parts == parts


@given(
    st.lists(
        st.builds(
            Note, st.floats(0, 8), st.integers(60, 62), st.floats(0.0001, 6), st.integers(1, 127), st.floats(-0.3, 0.3)
        ),
        max_size=25,
    )
)
@settings(max_examples=60)
def test_no_key_sounds_twice_and_none_sticks(notes: list[Note]) -> None:
    score = replace(small_score(), parts=(Part("a", "lead", "flute", 73, False, tuple(notes)),))
    with tempfile.TemporaryDirectory() as folder:
        track = mido.MidiFile(write_midi(score, Path(folder) / "a.mid")).tracks[1]
    sounding: set[int] = set()
    struck = set()
    now = 0
    for message in track:
        now += message.time
        if message.type == "note_on":
            assert message.note not in sounding
            sounding.add(message.note)
            struck.add(message.note)
        elif message.type == "note_off":
            sounding.remove(message.note)
    assert not sounding
    assert struck == {note.pitch for note in notes}


def test_chinese_and_odd_words_come_back() -> None:
    markers = (Marker(0.0, "引子"), Marker(1.0, "a: b"), Marker(2.0, "日出", "reveal"))
    assert there_and_back(replace(small_score(), markers=markers)).markers == markers


def test_pretty_midi_opens_it(written: Path) -> None:
    import pretty_midi

    score, opened = small_score(), pretty_midi.PrettyMIDI(str(written))
    assert [instrument.name for instrument in opened.instruments] == [part.id for part in score.parts]
    flute = opened.instruments[0]
    assert len(flute.notes) == len(score.parts[0].notes)
    for note, heard in zip(score.parts[0].notes, flute.notes, strict=True):
        assert heard.start == pytest.approx(score.start_s(note), abs=0.001)


def test_symusic_opens_it(written: Path) -> None:
    import symusic

    opened = symusic.Score(str(written))
    assert [track.name for track in opened.tracks] == [part.id for part in small_score().parts]
    assert [len(track.notes) for track in opened.tracks] == [len(part.notes) for part in small_score().parts]
    assert [marker.text for marker in opened.markers] == ["theme", "climax", "hit: logo"]


@pytest.mark.filterwarnings("ignore")
def test_music21_opens_it(written: Path) -> None:
    music21 = pytest.importorskip("music21")
    opened = music21.converter.parse(str(written))
    assert len(opened.parts) == len(small_score().parts)
    assert opened.parts[0].partName == "lead-flute"


def foreign_file(path: Path, tracks: list[list[mido.Message | mido.MetaMessage]], **about: int) -> Path:
    file = mido.MidiFile(**about)
    for messages in tracks:
        file.tracks.append(mido.MidiTrack(messages))
    file.save(path)
    return path


def test_a_type_0_file_becomes_one_part_a_channel(tmp_path: Path) -> None:
    events = [
        mido.Message("program_change", channel=1, program=33),
        mido.Message("note_on", channel=0, note=72),
        mido.Message("note_on", channel=1, note=36),
        mido.Message("note_on", channel=9, note=38),
        mido.Message("note_on", channel=0, note=72, velocity=0, time=480),
        mido.Message("note_off", channel=1, note=36),
    ]
    score = read_midi(foreign_file(tmp_path / "zero.mid", [events], type=0, ticks_per_beat=480))
    assert [(part.role, part.is_drums) for part in score.parts] == [("lead", False), ("bass", False), ("drums", True)]
    assert score.parts[0].notes == (Note(0.0, 72, 1.0, 64),)
    assert len(score.parts[2].notes) == 1  # never released: ends with the track
    assert score.tempo_map.tempo_at(0.0) == 120.0
    assert score.length_s == pytest.approx(0.5)


def test_odd_metres_and_tempi_are_brought_into_range(tmp_path: Path) -> None:
    meta = mido.MetaMessage
    events = [
        meta("time_signature", numerator=4, denominator=4),
        meta("set_tempo", tempo=16_000_000),
        meta("time_signature", numerator=3, denominator=4, time=480),
        mido.Message("note_on", note=60),
        mido.Message("note_off", note=60, time=4800),
    ]
    score = read_midi(foreign_file(tmp_path / "odd.mid", [events], type=1, ticks_per_beat=480))
    assert [(change.at_q, str(change.meter)) for change in score.tempo_map.meters] == [(0.0, "4/4"), (4.0, "3/4")]
    assert score.tempo_map.tempo_at(0.0) == 10.0


def test_two_tracks_of_one_name_become_two_parts(tmp_path: Path) -> None:
    def track(pitch: int) -> list[mido.Message | mido.MetaMessage]:
        return [
            mido.MetaMessage("track_name", name="../Solo Violin"),
            mido.Message("note_on", note=pitch),
            mido.Message("note_off", note=pitch, time=96),
        ]

    score = read_midi(foreign_file(tmp_path / "twins.mid", [track(60), track(64)], type=1))
    assert [part.id for part in score.parts] == ["solo-violin", "solo-violin-2"]
    assert [part.role for part in score.parts] == ["harmony", "lead"]


@pytest.mark.parametrize(
    "raw", [b"", b"MThd", b"not midi at all", b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\4\0\xff\x2f\0"]
)
def test_what_holds_no_music_is_said_in_one_line(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "bad.mid"
    path.write_bytes(raw)
    with pytest.raises(ClipError, match=r"bad\.mid.*Standard MIDI File"):
        read_midi(path)


def test_a_missing_file_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="nowhere"):
        read_midi(tmp_path / "nowhere.mid")


@given(st.integers(0, 3000), st.binary(min_size=1, max_size=40))
@settings(max_examples=80)
def test_a_damaged_file_gives_a_score_or_our_error(written: Path, place: int, noise: bytes) -> None:
    raw = written.read_bytes()
    place %= len(raw)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "damaged.mid"
        path.write_bytes(raw[:place] + noise + raw[place + len(noise) :])
        try:
            assert read_midi(path).length_s > 0
        except ClipError as error:
            assert "damaged.mid" in str(error)


@pytest.mark.parametrize("place", ["no/such/folder/score.mid", "file/score.mid", "."])
def test_a_place_that_cannot_be_written_is_said_in_one_line(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="choose another folder"):
        write_midi(small_score(), tmp_path / place)
