"""Tunes are recognised in another key and tempo, with ornaments, in sound too; others are not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.audio import save_wav
from assistant.cli import main
from assistant.deliver import Likeness
from assistant.score import Note, Score, TempoMap
from assistant.score.midi import write_midi
from models.evaluation import recognised
from models.registry import compare_with_reference
from models.similarity.alignment import Tune, best_path, threshold
from models.similarity.chroma import best_run, chroma_of_score, chroma_of_sound
from models.similarity.melody import Line
from models.similarity.reference import compare, piece_of_score
from tests.made_scores import small_score
from tests.made_takes import sound_of

SCALE = np.array([0, 2, 4, 5, 7, 9, 11])


def tune(seed: int, notes: int = 80) -> Tune:
    """A melody on a scale."""
    chance = np.random.default_rng(seed)
    degrees = np.cumsum(chance.choice([-2, -1, -1, 1, 1, 2, 0], notes))
    onsets = np.cumsum(chance.choice([0.5, 0.5, 1.0, 1.5], notes))
    return Tune(onsets, 60.0 + 12 * (degrees // 7) + SCALE[degrees % 7])


def within(other: Tune, part: Tune, *, tempo: float, up: int) -> Tune:
    """The part in the middle of another melody."""
    middle = len(other) // 2
    own = other.onsets[middle] + 1.0 + (part.onsets - part.onsets[0]) * tempo
    later = other.onsets[middle:] + own[-1] - other.onsets[middle] + 1.0
    return Tune(
        np.concatenate([other.onsets[:middle], own, later]),
        np.concatenate([other.pitches[:middle], part.pitches + up, other.pitches[middle:]]),
    )


def cut(whole: Tune, first: int, notes: int) -> Tune:
    return Tune(whole.onsets[first : first + notes], whole.pitches[first : first + notes])


def score_of(line: Tune, seconds: float = 60.0) -> Score:
    lead = small_score().parts[0]
    notes = tuple(Note(float(at), int(pitch), 0.4, 80) for at, pitch in zip(line.onsets, line.pitches, strict=True))
    return replace(small_score(), parts=(replace(lead, notes=notes),), length_s=seconds)


@pytest.mark.parametrize("tempo", [0.5, 0.8, 1.0, 1.37, 2.0])
@pytest.mark.parametrize("up", [0, 5, -14])
def test_a_stretch_of_a_melody_is_found_where_it_is(tempo: float, up: int) -> None:
    whole = tune(1)
    path = best_path(within(tune(2), cut(whole, 30, 20), tempo=tempo, up=up), whole)
    assert path is not None and path.likeness >= 1.0
    assert abs(path.there_first - 30) <= 4 and abs(path.there_last - 49) <= 4
    assert path.shift == up % 12


def test_ornaments_and_missing_notes_are_passed_over() -> None:
    whole, chance = tune(3), np.random.default_rng(4)
    part = cut(whole, 20, 24)
    put_in = part.onsets[:-1] + 0.8 * np.diff(part.onsets)
    chosen = chance.random(len(put_in)) < 0.3
    onsets = np.concatenate([part.onsets, put_in[chosen]])
    pitches = np.concatenate([part.pitches, part.pitches[:-1][chosen] + 1])
    order = np.argsort(onsets)
    ornamented = Tune(onsets[order], pitches[order])
    kept = chance.random(len(part)) > 0.12
    for each in (ornamented, Tune(part.onsets[kept], part.pitches[kept])):
        path = best_path(within(tune(5), each, tempo=1.0, up=3), whole)
        assert path is not None and path.likeness >= 1.0


def test_unrelated_melodies_on_one_scale_are_not_alike() -> None:
    found = [best_path(tune(seed), tune(seed + 500)) for seed in range(100, 112)]
    assert max(path.likeness for path in found if path) < 0.9


def test_scales_and_repeated_notes_are_nobodys() -> None:
    onsets = np.arange(60.0)
    scale = Tune(onsets, 48.0 + 12 * (np.arange(60) // 7 % 3) + SCALE[np.arange(60) % 7])
    repeated = Tune(onsets, np.full(60, 60.0))
    for each in (repeated, cut(scale, 0, 30)):
        path = best_path(each, each)
        assert path is not None and path.likeness < 1.0


def test_longer_melodies_need_more() -> None:
    assert threshold(40, 40) < threshold(40, 400) < threshold(1000, 1000)
    assert best_path(cut(tune(1), 0, 3), tune(1)) is None


def test_two_scores_with_a_stretch_in_common_say_which_notes_and_when() -> None:
    whole = tune(6)
    own, other = score_of(within(tune(7), cut(whole, 10, 16), tempo=1.0, up=2)), score_of(whole)
    found = compare(piece_of_score(own, "own"), piece_of_score(other, "other"))
    assert found.recognised and found.against == "other"
    notes = next(place for place in found.places if place.way == "notes")
    assert notes.notes >= 16 and notes.shift == 2
    there = other.tempo_map.seconds_at(float(whole.onsets[10]))
    assert notes.there_start_s == pytest.approx(there, abs=2.0)
    apart = compare(piece_of_score(score_of(tune(8)), "own"), piece_of_score(other, "other"))
    assert not apart.recognised


def chords(seed: int, *, beat_s: float = 1.0, up: int = 0) -> Score:
    """Forty chords of three notes."""
    chance = np.random.default_rng(seed)
    roots = chance.integers(0, 12, 40)
    notes = [
        Note(2.0 * at, 48 + int(root) + up + each, 2.0, 80)
        for at, root in enumerate(roots)
        for each in (0, int(chance.integers(3, 5)), 7)
    ]
    made = small_score()
    part = replace(made.parts[0], id="harmony", role="harmony", notes=tuple(notes))
    steady = TempoMap.steady(120.0 / beat_s, made.tempo_map.meters[0].meter)
    return replace(made, parts=(part,), tempo_map=steady, length_s=41 * beat_s)


def test_harmonies_are_recognised_in_another_key_and_tempo_and_in_sound() -> None:
    own = chords(1)
    sounding = chroma_of_sound(sound_of(own, "harmony").mono(), 48_000)
    for chroma in (chroma_of_score(own), sounding):
        run = best_run(chroma, chroma_of_score(chords(1, beat_s=0.8, up=5)))
        assert run is not None and run.likeness >= 1.0 and run.shift == 7
        apart = best_run(chroma, chroma_of_score(chords(2)))
        assert apart is not None and apart.likeness < 0.9


def test_a_file_that_a_person_brings_is_compared_and_a_bad_one_is_not_a_fault(tmp_path: Path) -> None:
    whole = score_of(tune(9))
    path = write_midi(whole, tmp_path / "theirs.mid")
    found = compare_with_reference(score_of(within(tune(10), cut(tune(9), 20, 20), tempo=1.0, up=4)), path)
    assert found is not None and found.recognised and found.against == "theirs.mid"
    (tmp_path / "bad.wav").write_bytes(b"no sound")
    assert compare_with_reference(whole, tmp_path / "bad.wav") is None


def test_the_command_prints_the_likeness_and_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = write_midi(score_of(tune(11)), tmp_path / "one.mid")
    second = save_wav(tmp_path / "two.wav", sound_of(replace(chords(3), length_s=8.0), "harmony"))
    assert main(["compare", str(first), str(first)]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert found["recognised"] and {place["way"] for place in found["places"]} >= {"notes", "melody"}
    assert "alike" in said.err
    assert main(["compare", str(first), str(second)]) == 0
    assert not json.loads(capsys.readouterr().out)["recognised"]
    assert main(["compare", str(first), str(tmp_path / "absent.mid")]) == 2


def test_planted_melodies_are_what_was_planted() -> None:
    line = Line(np.array([2, 2, 1, 2, -5, 3]), np.array([6, 6, 12, 6, 6, 12]))
    chance = np.random.default_rng(1)
    for change in recognised.CHANGES.values():
        changed = change(chance, line)
        assert changed.intervals.sum() == line.intervals.sum() and (changed.times > 0).all()
    score = recognised.planted(small_score(), line, keep=False)
    (part,) = score.parts
    assert np.diff([note.pitch for note in part.notes]).tolist() == line.intervals.tolist()


def test_a_rate_comes_with_what_it_may_be() -> None:
    assert recognised._rate([False] * 200).startswith("0 of 200 (0.0 to 1.9 %)")
    rows = [Likeness("", value, value >= 1.0) for value in (0.2, 1.4)]
    assert recognised._row("two", rows)[1].startswith("1 of 2")
