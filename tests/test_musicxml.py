"""The score for reading: whole bars, legal note values, openable elsewhere."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import OutputError
from assistant.score import Meter, MeterChange, Note, Part, Score, TempoChange, TempoMap
from assistant.score.musicxml import write_musicxml
from assistant.score.musicxml.quantise import DIVISIONS, PLAIN, TRIPLET, chords, note_values, voices
from assistant.score.musicxml.spelling import Spelling
from assistant.score.musicxml.write import to_musicxml
from tests.made_scores import small_score

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
NOTES = st.lists(
    st.builds(Note, st.floats(0, 40), st.integers(20, 100), st.floats(0.01, 9), st.just(80), st.floats(-0.1, 0.1)),
    max_size=40,
)
METERS = st.sampled_from(["4/4", "3/4", "6/8", "7/8", "5/4", "12/8", "2/2", "5/16"]).map(Meter.parse)


def lengths_of_voices(measure: ElementTree.Element) -> list[int]:
    """How long each voice of a bar is, in divisions."""
    totals = [0]
    for element in measure:
        if element.tag == "backup":
            assert totals[-1] == int(element.findtext("duration", ""))
            totals.append(0)
        elif element.tag == "note" and element.find("chord") is None:
            totals[-1] += int(element.findtext("duration", ""))
    return totals


@given(NOTES, METERS, METERS)
@settings(max_examples=60)
def test_every_voice_fills_every_bar(notes: list[Note], first: Meter, second: Meter) -> None:
    tempo_map = TempoMap((TempoChange(0.0, 97.0),), (MeterChange(0.0, first), MeterChange(4 * first.bar_q, second)))
    part = Part("a", "lead", "piano", 0, False, tuple(notes))
    score = Score(tempo_map, (part,), tempo_map.seconds_at(42.0))
    document = to_musicxml(score)
    measures = document.findall("part/measure")
    assert len(measures) == len(score.bars)
    for measure, bar in zip(measures, score.bars, strict=True):
        for total in lengths_of_voices(measure):
            assert total == round(bar.length_q * DIVISIONS)


@given(NOTES)
@settings(max_examples=60)
def test_voices_hold_every_pitch_and_never_overlap(notes: list[Note]) -> None:
    lanes = voices(chords(notes, end_q=60.0))
    assert len(lanes) <= 4
    for lane in lanes:
        for before, after in pairwise(lane):
            assert before.end <= after.start
        assert all(chord.start < chord.end for chord in lane)
    assert {pitch for lane in lanes for chord in lane for pitch in chord.pitches} == {note.pitch for note in notes}


@given(st.integers(0, 400), st.integers(1, 400), st.sampled_from([24, 36]))
def test_note_values_add_up(start: int, length: int, beat: int) -> None:
    assert sum(note_values(start * 3, length * 3, beat=beat)) == length * 3
    assert set(note_values(start * 3, length * 3, beat=beat)) <= set(PLAIN)


def test_triplets_and_syncopations_are_written_as_they_are_felt() -> None:
    assert note_values(8, 16, beat=24) == [16]
    assert note_values(0, 8, beat=24) == [8]
    assert note_values(0, 32, beat=24) == [24, 8]
    assert note_values(12, 24, beat=24) == [24]
    assert set(note_values(4, 20, beat=24)) <= set(TRIPLET)


@given(st.sampled_from(["C major", "F# major", "Eb major", "D minor", "G# minor", "Bb dorian"]), st.integers(0, 127))
def test_a_spelt_pitch_sounds_as_it_should(key: str, pitch: int) -> None:
    letter, alter, octave = Spelling.of(key).spell(pitch)
    assert 12 * (octave + 1) + STEPS[letter] + alter == pitch
    assert abs(alter) <= 2


@pytest.mark.parametrize(
    ("key", "pitch", "spelt"),
    [
        ("D minor", 73, ("C", 1, 5)),
        ("D minor", 70, ("B", -1, 4)),
        ("E major", 68, ("G", 1, 4)),
        ("Db major", 61, ("D", -1, 4)),
    ],
)
def test_pitches_are_spelt_by_their_key(key: str, pitch: int, spelt: tuple[str, int, int]) -> None:
    assert Spelling.of(key).spell(pitch) == spelt


def test_nudges_are_left_out() -> None:
    late = replace(small_score().parts[0].notes[0], nudge_q=0.12)
    assert chords([late], end_q=4.0)[0].start == 0


def test_it_names_parts_tempi_sections_and_hits() -> None:
    document = to_musicxml(small_score(), title="Sunrise")
    assert document.findtext("work/work-title") == "Sunrise"
    names = [element.text for element in document.iter("part-name")]
    assert names == [part.id for part in small_score().parts]
    assert [element.text for element in document.iter("rehearsal")] == ["theme", "climax"]
    assert [element.text for element in document.iter("per-minute")] == ["96", "101"]
    assert "logo" in [element.text for element in document.iter("words")]
    assert document.findtext("part/measure/attributes/key/fifths") == "-1"


def test_words_that_xml_forbids_are_left_out(tmp_path: Path) -> None:
    path = write_musicxml(small_score(), tmp_path / "a.musicxml", title="a\0b<script>&\x1b")
    assert ElementTree.parse(path).findtext("work/work-title") == "ab<script>&"


@pytest.mark.filterwarnings("ignore")
def test_music21_reads_the_same_tune() -> None:
    music21 = pytest.importorskip("music21")
    score = small_score()
    with tempfile.TemporaryDirectory() as folder:
        opened = music21.converter.parse(write_musicxml(score, Path(folder) / "a.musicxml"))
    flute = opened.parts[0].stripTies().flatten().notes
    assert [note.pitch.midi for note in flute] == [note.pitch for note in score.parts[0].notes]
    assert [float(note.offset) for note in flute] == [note.start_q for note in score.parts[0].notes]
    assert {measure.duration.quarterLength for measure in opened.parts[0].getElementsByClass("Measure")} == {4.0}


@pytest.mark.filterwarnings("ignore")
def test_music21_reads_two_staves_and_a_drum_kit(tmp_path: Path) -> None:
    music21 = pytest.importorskip("music21")
    piano = Part(
        "keys", "harmony", "piano", 0, False, tuple(Note(b, p, 1.0, 70) for b in range(4) for p in (40, 52, 67, 72))
    )
    score = replace(small_score(), parts=(piano, small_score().parts[3]))
    opened = music21.converter.parse(write_musicxml(score, tmp_path / "a.musicxml"))
    assert len(opened.parts) == 3
    assert opened.parts[2].flatten().getElementsByClass("PercussionClef")


def test_a_place_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="choose another folder"):
        write_musicxml(small_score(), tmp_path / "no" / "where.musicxml")
