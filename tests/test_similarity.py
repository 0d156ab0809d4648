"""Copies of training melodies are found whatever the key and tempo, and nothing else is."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import EngineError
from assistant.score import Meter, MeterChange, Note, Part, Score, TempoChange, TempoMap
from assistant.score.midi import read_midi, write_midi
from models import registry
from models.evaluation import copying
from models.similarity import build, find_copies, find_in_line
from models.similarity import index as indexing
from models.similarity.index import FILES, Index, Origin, load_index, winnowed, write_index
from models.similarity.melody import RUN, Line, hash_runs, is_varied, line_of, lines_of_corpus, within
from tests.made_scores import small_score  # with it, hypothesis minds no busy machine

FIXTURE = Path(__file__).parent / "data" / "training_melodies.json"
STEPS_PER_Q = 12
HELD_OUT = 0.0234
"""Share of their varied runs that held-out melodies, cut to the length of a cue's lead, have in common with the
training pieces (`models.evaluation.copying`; 0.0053 without arrangements of training melodies)."""


def random_line(seed: int, notes: int = 60) -> Line:
    chance = np.random.default_rng(seed)
    intervals = chance.choice([-5, -4, -3, -2, -1, 1, 2, 3, 4, 5], notes - 1)
    return Line(intervals, chance.choice([3, 6, 9, 12, 18, 24], notes - 1))


def joined(*lines: Line) -> Line:
    return Line(np.concatenate([each.intervals for each in lines]), np.concatenate([each.times for each in lines]))


def cut(line: Line, first: int, notes: int) -> Line:
    return Line(line.intervals[first : first + notes - 1], line.times[first : first + notes - 1])


def part_of(line: Line, first_pitch: int = 67, role: str = "lead") -> Part:
    onsets = np.concatenate([[0], np.cumsum(line.times)]) / STEPS_PER_Q
    pitches = first_pitch + np.concatenate([[0], np.cumsum(line.intervals)])
    notes = tuple(Note(float(at), int(pitch), 0.2, 80) for at, pitch in zip(onsets, pitches, strict=True))
    return Part(f"{role}-flute", role, "flute", 73, notes=notes)


def score_of(*parts: Part, bpm: float = 96.0) -> Score:
    tempo_map = TempoMap((TempoChange(0.0, bpm),), (MeterChange(0.0, Meter(4, 4)),))
    last_q = max(note.start_q for part in parts for note in part.notes)
    return Score(tempo_map, parts, (last_q + 4) * 60 / bpm)


PIECES = {f"tune-{seed}": random_line(seed) for seed in range(20)}


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("index")
    lines = [(Origin(name, "Toy Tunes (CC0)", "lead"), line) for name, line in PIECES.items()]
    write_index(folder, lines, filter_bytes=2000, about={"what": "toy tunes"})
    return Index(folder)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pieces of one part in bars of 24 steps, the first to learn from, the second to test with."""
    path = tmp_path_factory.mktemp("corpus") / "corpus.npz"
    notes, counts, pieces = [], [], []
    for number, split in ((0, 0), (1, 2)):
        line = random_line(number)
        onsets = np.concatenate([[0], np.cumsum(line.times)])
        pitches = 80 + np.concatenate([[0], np.cumsum(line.intervals)])
        bars = int(onsets[-1]) // 24 + 1
        pieces.append((8, split, bars, 1))
        counts.append(np.bincount(onsets // 24, minlength=bars))
        notes.append(np.column_stack([onsets % 24, pitches, np.full(len(onsets), 3), np.full(len(onsets), 5)]))
    every: dict[str, Any] = {
        "piece": np.array(pieces, np.int32),
        "role": np.zeros(2, np.uint8),
        "bar": np.full((sum(piece[2] for piece in pieces), 9), 24, np.uint8),
        "cell_notes": np.concatenate(counts).astype(np.uint8),
        "note": np.concatenate(notes).astype(np.uint8),
        "names": np.array(["first__m00.mid", "second__m00.mid"]),
    }
    np.savez(path, **every)
    return path


@given(st.integers(0, 19), st.integers(0, 60 - RUN), st.integers(RUN, 60), st.sampled_from([1, 2, 4]))
def test_a_copy_is_found_in_another_key_and_in_longer_values(
    toy: Index, seed: int, first: int, notes: int, times: int
) -> None:
    copied = cut(PIECES[f"tune-{seed}"], first, min(notes, 60 - first))
    bent = Line(copied.intervals, copied.times * times)
    whole = joined(random_line(100 + seed, 20), Line(np.array([1]), np.array([7])), bent, random_line(200 + seed, 20))
    found = find_in_line(whole, index=toy)
    assert [each.origin.piece for each in found] == [f"tune-{seed}"]
    assert found[0].first <= 20 and found[0].first + found[0].notes >= 20 + len(copied) + 1


def test_a_copy_in_a_score_is_said_with_its_part_and_bars(toy: Index) -> None:
    before, copied = Line(np.full(8, 2), np.full(8, 12)), cut(PIECES["tune-3"], 10, 20)
    part = part_of(joined(before, copied), first_pitch=50)
    score = score_of(part, part_of(random_line(900), role="counter"), bpm=143.0)
    (copy,) = find_copies(score, index=toy)
    assert (copy.part_id, copy.first_bar, copy.origin.piece) == ("lead-flute", 2, "tune-3")
    assert copy.notes >= 20 and copy.last_bar == 2 + int(copied.times.sum()) // 48
    assert not find_copies(score, roles=("counter",), index=toy)


def test_a_performance_read_from_a_file_is_put_back_on_the_grid(toy: Index, tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    part = part_of(cut(PIECES["tune-5"], 0, 40))
    late = tuple(replace(note, nudge_q=float(chance.uniform(-0.024, 0.024))) for note in part.notes)  # 15 ms
    score = read_midi(write_midi(score_of(replace(part, notes=late)), tmp_path / "a.mid"))
    (copy,) = find_copies(score, roles=("lead", "counter", "harmony"), index=toy)
    assert copy.notes == 40


def test_eleven_notes_are_no_copy(toy: Index) -> None:
    for seed in range(20):
        eleven = cut(PIECES[f"tune-{seed}"], 7, RUN - 1)
        apart = Line(np.array([11]), np.array([5]))
        assert not find_in_line(joined(random_line(300 + seed), apart, eleven, apart, random_line(400)), index=toy)


def test_one_wrong_note_or_value_in_twelve_is_no_copy(toy: Index) -> None:
    copied = cut(PIECES["tune-4"], 20, RUN)
    assert find_in_line(copied, index=toy)
    for at in range(RUN - 1):
        other = np.arange(RUN - 1) == at
        assert not find_in_line(Line(copied.intervals + other, copied.times), index=toy)
        assert not find_in_line(Line(copied.intervals, copied.times + other), index=toy)


def test_common_figures_are_nobodys(tmp_path: Path) -> None:
    scale = Line(np.array([2, 2, 1, 2, 2, 2, 1, -1, -2, -2, -2, -1, -2, -2]), np.full(14, 6))
    write_index(
        tmp_path, [(Origin("scale", "", "lead"), joined(scale, PIECES["tune-0"]))], filter_bytes=800, about={"what": ""}
    )
    assert not find_in_line(scale, index=Index(tmp_path))
    assert not is_varied(scale.intervals, scale.times).any()
    assert is_varied(PIECES["tune-0"].intervals, PIECES["tune-0"].times).all()


def test_chords_are_read_by_their_highest_notes() -> None:
    line = line_of(np.array([12, 0, 0, 12, 24]), np.array([62, 60, 48, 70, 65]))
    assert (line.intervals.tolist(), line.times.tolist()) == ([10, -5], [12, 12])


def test_a_long_rest_parts_a_line() -> None:
    line = random_line(1, 30)
    line.times[15] = 300
    assert within(line.times, RUN).sum() == 29 - RUN + 2 - (RUN - 1)


@given(st.integers(0, 10_000), st.integers(1, 5))
def test_equal_runs_hash_alike_at_any_tempo(seed: int, times: int) -> None:
    line = random_line(seed, 20)
    longer = Line(line.intervals, line.times * times)
    assert (hash_runs(line.intervals, line.times, RUN) == hash_runs(longer.intervals, longer.times, RUN)).all()
    assert (winnowed(line) == winnowed(longer)).all()


def test_no_run_of_the_text_escapes_the_filter(toy: Index) -> None:
    for line in PIECES.values():
        assert list(toy.candidates(line)) == list(range(60 - RUN + 1))


def test_the_command_makes_the_same_index_twice(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "FILTER_BYTES", 1000)
    for name in ("one", "two"):
        monkeypatch.setattr("sys.argv", ["build", "--corpus", str(corpus), "--target", str(tmp_path / name)])
        assert build.main() == 0
    assert "pieces = 1" in capsys.readouterr().out
    for file in (*FILES, "index.toml"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    made = Index(tmp_path / "one")
    assert find_in_line(random_line(0), index=made)[0].origin.piece == "first__m00"
    assert not find_in_line(random_line(1), index=made)


def test_the_rate_is_that_of_the_runs_in_common(corpus: Path) -> None:
    (train,) = lines_of_corpus(corpus, 0)
    assert train.line.intervals.tolist() == random_line(0).intervals.tolist()
    assert train.line.times.tolist() == random_line(0).times.tolist()
    table = copying.training_runs(corpus)
    half = joined(cut(random_line(0), 0, 31), Line(np.array([1]), np.array([5])), random_line(77, 29))
    found = copying.tally(half, table)
    assert found.known.sum() == 31 - RUN + 1 and found.longest(varied=True) == 31
    row = copying.row_of([found, copying.tally(random_line(78), table)])
    assert row.with_known == row.with_varied_known == 0.5
    assert row.known == pytest.approx(20 / row.runs)
    assert "| held-out leads | 1 |" in copying.table_of({"rules": [score_of(part_of(half))]}, corpus)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_said_by_its_name(toy: Index, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "index"
    shutil.copytree(toy.folder, folder)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(EngineError, match=rf"{name}.*SHA-256"):
        find_in_line(PIECES["tune-1"], index=Index(folder))
    (folder / name).unlink()
    with pytest.raises(EngineError, match=name):
        find_in_line(PIECES["tune-1"], index=Index(folder))


def test_a_take_is_not_lost_for_a_damaged_index(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "index.toml").write_text("what = 1 2", "utf-8")
    monkeypatch.setattr("models.similarity.report.load_index", lambda: Index(tmp_path))
    assert registry.compare_with_training(small_score()) is None
    assert "index.toml" in caplog.text


@pytest.fixture(scope="module")
def shipped() -> Index:
    if indexing.missing():
        pytest.skip("the index of training melodies is not part of this copy")
    return load_index()


@pytest.mark.parametrize("melody", json.loads(FIXTURE.read_text("utf-8"))["melodies"], ids=lambda each: each["piece"])
def test_training_melodies_are_found_in_the_shipped_index(shipped: Index, melody: dict[str, Any]) -> None:
    line = Line(np.diff(melody["pitches"]), np.array(melody["times"]))
    planted = joined(random_line(1, 20), Line(np.array([1]), np.array([5])), Line(line.intervals, line.times * 2))
    for each in (line, planted):
        found = find_in_line(each, index=shipped)
        assert max(found, key=lambda one: one.notes).origin.piece == melody["piece"]
        assert max(one.notes for one in found) >= len(line) + 1
    score = score_of(part_of(line, melody["pitches"][0] - 3), bpm=71.0)
    found = registry.compare_with_training(score)
    assert found is not None and found.shared[0].piece == melody["piece"] and found.shared[0].first_bar == 0
    assert "Mutopia" in found.shared[0].collection


def test_random_melodies_are_not_in_the_shipped_index(shipped: Index) -> None:
    lines = [random_line(seed, 100) for seed in range(40)]
    assert not any(find_in_line(line, index=shipped) for line in lines)
    asked = sum(len(blocks) for line in lines for blocks in shipped.candidates(line).values())
    assert asked / (40 * 89 * indexing.BLOCKS) < 1.5 * shipped.head["filter_error"]


def test_the_shipped_index_is_small_on_disk_and_in_memory(shipped: Index) -> None:
    files = [shipped.folder / name for name in (*FILES, "index.toml")]
    assert sum(path.stat().st_size for path in files) <= 8_000_000
    fresh = Index(shipped.folder)
    tracemalloc.start()
    find_in_line(random_line(3, 200), index=fresh)
    fresh.text  # noqa: B018 - read, whether or not the line had a candidate
    kept, peak = (size / 1e6 for size in tracemalloc.get_traced_memory())
    tracemalloc.stop()
    assert kept < 50 and peak < 80


def test_cues_of_the_composer_share_no_more_than_held_out_music_does(shipped: Index) -> None:
    from models.evaluation.controls import CUES, load, make_plan
    from models.transformer import TransformerGenerator, weights

    if weights.missing():
        pytest.skip("the composer's weights are not part of this copy")
    plans = [make_plan(CUES[name], library=load(), seed=1) for name in ("spot, sunrise", "folk loop", "waltz")]
    scores = [TransformerGenerator().generate(plan, seed=1) for plan in plans]
    row = copying.row_of([copying.tally(line, None) for line in copying.lines_of(scores, "lead")], exact=False)
    assert row.melodies == 3 and row.varied_runs > 60
    assert row.varied_known <= HELD_OUT and row.longest_varied < 2 * RUN


def test_a_copied_melody_would_break_that_bound(shipped: Index) -> None:
    melodies = json.loads(FIXTURE.read_text("utf-8"))["melodies"]
    lines = [Line(np.diff(each["pitches"]), np.array(each["times"])) for each in melodies]
    row = copying.row_of([copying.tally(line, None) for line in lines], exact=False)
    assert row.varied_known == 1.0 and row.longest_varied >= 2 * RUN
