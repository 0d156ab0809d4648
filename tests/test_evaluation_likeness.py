"""Likeness: plans extracted from works give the works back, and the measures tell what they should, on made data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from assistant.generator import NOTHING_KEPT
from assistant.library import load
from assistant.score import Score
from models.evaluation import held_out, likeness, network_alone, repeating
from models.evaluation.features import NAMES, Frame, columns, histograms, overlap, overlaps, row
from models.evaluation.plans_from_works import motif_use, relation, sheet_of
from models.evaluation.telling import tell
from models.registry import get_engine
from models.rules.context import Context
from models.rules.keeping import Kept
from models.transformer import vocabulary as v
from models.transformer.conditions import Conditions
from models.transformer.engine import written_by_network
from models.transformer.network import Composer, Shape
from models.transformer.windows import Corpus

Array = npt.NDArray[Any]

BARS = 9
CHORDS = [((0, "maj"), (0, "maj")), ((5, "maj"), (7, "7")), ((9, "min"), (0, "none"))]
"""Root and quality of both halves of a bar, over and over."""
TUNE = [(0, 60, 12), (12, 64, 12), (24, 67, 24)]


def made(folder: Path, works: int = 3) -> Path:
    """A corpus of held-out pieces: a lead of three notes a bar, silent in every fourth bar, and a bass of two."""
    cells: list[list[tuple[int, int, int]]] = []
    for bar in range(BARS):
        cells.append([] if bar % 4 == 3 else [(at, pitch + bar % 2, length) for at, pitch, length in TUNE])
        cells.append([(0, 36, 24), (24, 43, 24)])
    note = [
        (at, pitch, int(v.nearest([length], v.LENGTHS)[0]), 5) for cell in cells for at, pitch, length in cell
    ]  # fmt: skip
    bars = []
    for bar in range(BARS):
        halves = [(root, v.QUALITIES.index(name)) for root, name in CHORDS[bar % 3]]
        bars.append((48, 4, 4, 0, 0, *halves[0], *halves[1]))
    target = folder / "corpus.npz"
    np.savez(
        target,
        piece=np.array([(1, 1 + at % 2, BARS, 2) for at in range(works)], np.int32),
        role=np.array([0, 3] * works, np.uint8),
        family=np.array([6, 4] * works, np.uint8),
        bar=np.array(bars * works, np.uint8),
        cell_notes=np.array([len(cell) for cell in cells] * works, np.uint8),
        note=np.array(note * works, np.uint8),
        names=np.array([f"song{at}.mid" for at in range(works)]),
    )
    return target


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("likeness"))


@pytest.fixture(scope="module")
def corpus(path: Path) -> Corpus:
    return Corpus.load(path)


@pytest.fixture(scope="module")
def works(corpus: Corpus, path: Path) -> likeness.Works:
    return likeness.works_of(corpus, held_out.names_of(path), count=20, bars=8)


def test_an_excerpt_of_each_work_is_taken(works: likeness.Works) -> None:
    assert len(works.names) == len(set(works.names)) == 3
    assert [voice.role for voice in works.excerpts[0].voices] == ["lead", "bass"]


def test_training_pieces_are_never_taken(corpus: Corpus, path: Path) -> None:
    assert held_out.excerpts(corpus, held_out.names_of(path), bars=8, splits=(0,)) == []


def test_a_plan_gives_back_metre_bars_and_chords(works: likeness.Works) -> None:
    plan = works.plans[0]
    assert str(plan.tempo_map.first_meter) == "4/4"
    assert plan.bar_count == BARS
    asked = [(plan.chord_at(4.0 * bar).root, plan.chord_at(4.0 * bar + 2).root) for bar in range(4)]
    assert asked == [(0, 0), (5, 7), (9, 9), (0, 0)]  # silence carries the last chord on
    assert plan.chord_at(6.0).quality == "7"
    assert sum(chord.length_q for chord in plan.chords) == pytest.approx(4.0 * BARS)
    assert all(a.end_q == b.start_q for a, b in zip(plan.chords, plan.chords[1:], strict=False))


def test_a_plan_asks_for_the_onsets_that_the_work_has(works: likeness.Works) -> None:
    plan = works.plans[0]
    context = Context(plan, load(), 0, Kept(plan, NOTHING_KEPT))
    for part, onsets in zip(plan.parts, (3, 2), strict=True):
        asked = [Conditions(context, part).wanted(bar) for bar in plan.bars if part.bars[bar.index].active]
        assert asked == pytest.approx([onsets] * len(asked), abs=0.2)
        assert written_by_network(context, part)


def test_a_part_is_active_where_it_sounds(works: likeness.Works) -> None:
    lead = works.plans[0].parts[0]
    assert [bar for bar, intent in enumerate(lead.bars) if not intent.active] == [3, 7]


def test_motif_use_comes_from_likeness_to_the_statement() -> None:
    bar = np.array([(0, 0, 60, 12), (0, 12, 64, 12), (0, 24, 67, 24)])
    other = np.array([(0, 6, 60, 6), (0, 18, 62, 6)])
    assert relation(bar + np.array([0, 0, 5, 0]), bar) == "same"
    assert relation(bar * np.array([1, 1, 0, 1]), bar) == "same rhythm"
    assert relation(other, bar) == "new"
    assert motif_use([bar, bar], 0, 2, []) == "state"


def test_what_an_engine_wrote_comes_back_on_the_grid(works: likeness.Works) -> None:
    plan = works.plans[0]
    with likeness.as_written():
        score = get_engine("rules").generate(plan, seed=1)
    assert isinstance(score, Score)
    sheet = sheet_of(plan, score, 8)
    assert set(sheet) == {"lead-1", "bass-1"}
    assert all(set(notes[:, 0]) <= set(range(8)) and (notes[:, 1] < 48).all() for notes in sheet.values())
    assert set(np.unique(sheet["lead-1"][:, 3])) <= set(v.LENGTHS.tolist())


def test_identical_sets_overlap_wholly_and_strangers_little(works: likeness.Works) -> None:
    own = [histograms(sheet, frame) for sheet, frame in zip(works.real, works.frames, strict=True)]
    assert overlaps(own, own) == pytest.approx(dict.fromkeys((*NAMES, "mean"), 1.0))
    assert overlap(np.array([1, 0, 0]), np.array([0, 1, 1])) == 0
    moved = [{name: notes + np.array([0, 1, 1, 0]) for name, notes in sheet.items()} for sheet in works.real]
    other = [histograms(sheet, frame) for sheet, frame in zip(moved, works.frames, strict=True)]
    assert overlaps(own, other)["pitch class"] < 0.5


def test_a_row_has_a_number_for_every_name(works: likeness.Works) -> None:
    assert len(row(works.real[0], works.frames[0])) == len(columns())


@pytest.mark.parametrize(("move", "low", "high"), [(0.0, 0.3, 0.7), (4.0, 0.9, 1.0)])
def test_the_classifier_tells_only_what_differs(move: float, low: float, high: float) -> None:
    random = np.random.default_rng(3)
    ours, theirs = random.normal(size=(60, 4)), random.normal(size=(60, 4))
    told = tell(
        ours + np.array([move, 0, 0, 0]), theirs, [f"work {at // 2}" for at in range(60)], names=("a", "b", "c", "d")
    )
    assert low <= told.auc <= high
    assert move == 0 or told.clues[0][0] == "a"


def test_shuffled_music_differs_from_real_in_its_intervals(works: likeness.Works) -> None:
    own, other = ([histograms(sheet, frame) for sheet, frame in zip(side, works.frames, strict=True)]
                  for side in (works.real, likeness.shuffled(works)))  # fmt: skip
    found = overlaps(own, other)
    assert found["interval"] < 0.9
    assert found["duration"] == found["onset"] == 1.0


def test_repetition_counts_bars_that_come_back() -> None:
    frame = Frame(4, 48, {"lead-1": "lead"}, np.zeros(4, int))
    bar = [(0, 60), (12, 64), (24, 62)]
    again = np.array([(at, on, pitch, 12) for at in range(4) for on, pitch in bar])
    found = repeating.repetition({"lead-1": again}, frame)
    assert found["longest run"] == 4
    assert found["identical bars"] == 0.75
    assert found["self-similarity"] == found["motif return"] == 1.0
    fresh = np.array([(at, (5 * at + on) % 48, pitch + 7 * at, 12) for at in range(4) for on, pitch in bar])
    other = repeating.repetition({"lead-1": fresh}, frame)
    assert other["longest run"] == 1
    assert other["self-similarity"] < 0.2


def test_notes_outside_scale_and_chord_are_counted(works: likeness.Works) -> None:
    inside, every = repeating.harmony(works.real[0], works.frames[0], works.plans[0])["in chord's scale"]
    assert 0 < inside < every  # every second bar of the tune is a semitone up
    alone = {"lead-1": np.array([(0, 0, 60, 12), (0, 24, 61, 12)]), "bass-1": held_out.EMPTY}
    assert repeating.harmony(alone, works.frames[0], works.plans[0])["chord tones, strong"] == (1.0, 2.0)


def test_the_network_alone_writes_the_cells_that_sound(corpus: Corpus, works: likeness.Works) -> None:
    sheets = network_alone.compose(Composer(Shape(width=32, layers=1, heads=2)).eval(), corpus, works.excerpts[:2])
    assert [set(sheet) for sheet in sheets] == [{"lead-1", "bass-1"}] * 2
    assert all(not set(sheet["lead-1"][:, 0]) & {3, 7} for sheet in sheets)


def test_without_a_corpus_the_report_says_that_nothing_was_measured() -> None:
    assert "not measured" in likeness.report(corpus=None)


def test_halves_share_out_every_bar_of_the_works(works: likeness.Works) -> None:
    frames, first, second = likeness.halves(works)
    assert {frame.bars for frame in frames} == {4}
    sizes = [sum(len(notes) for sheet in side for notes in sheet.values()) for side in (first, second, works.real)]
    assert sizes[0] + sizes[1] == sizes[2]
