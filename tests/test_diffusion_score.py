"""The diffusion engine: patches are what was played, the denoiser learns, what is given stays, weights are checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from assistant.errors import EngineError, InputError
from assistant.generator import Keep
from assistant.score import Cell, Score
from models.diffusion_score import weights
from models.diffusion_score.canvas import Canvas, Window
from models.diffusion_score.denoiser import Denoiser, Shape
from models.diffusion_score.denoising import denoise
from models.diffusion_score.engine import hear
from models.diffusion_score.examples import Example
from models.diffusion_score.lines import coming_back, leaning, moving
from models.diffusion_score.reading import tilted
from models.diffusion_score.rhythms import chosen
from models.diffusion_score.roll import PATCH, PITCHES, PLACES, Grid, base_of, layers, patches
from models.diffusion_score.rolls import Found, Rolls
from models.diffusion_score.tokens import COLUMN, OFFSETS, SIZES
from models.diffusion_score.train import Recipe, train
from models.registry import engine_card, get_engine, list_engines
from models.transformer import vocabulary as v
from models.transformer.cells import NEVER, CellTask
from models.transformer.manner import moves_of
from models.transformer.sampling import Draft
from tests.plans import toy_plan

TINY = Shape(width=32, layers=1, heads=2, inner=64, latent=24)
needs_weights = pytest.mark.skipif(bool(weights.missing()), reason=weights.missing() or "there")


def bars_of_scales(count: int = 6) -> list[Example]:
    """Windows of two bars in which one part plays a scale, each from another degree."""
    grid, made = Grid((48, 48)), []
    for number in range(count):
        notes = [(bar, 12 * beat, 60 + number + 2 * beat, 12) for bar in (0, 1) for beat in range(4)]
        numbers = np.tile(OFFSETS[:-1], (8, 1)).astype(np.int32)
        numbers[:, list(SIZES).index("family")] += number
        numbers[:, list(SIZES).index("beat")] += grid.beat
        roll = patches(grid, np.array(notes), 48).astype(np.uint8)
        made.append(Example(roll, numbers, np.zeros(8, bool)))
    return made


class Scales:
    """A source of nothing but these."""

    def batches(self, size: int) -> Iterator[list[Example]]:
        while True:
            yield bars_of_scales()

    def reseed(self, seed: int) -> None:
        """There is no chance in it."""


def recipe(out: Path, steps: int) -> Recipe:
    return Recipe(out=str(out), shape=TINY, steps=steps, rate=1e-2, warm=5, every=40, mean=0.9)


def test_patches_hold_where_notes_begin_and_how_long_they_last() -> None:
    grid = Grid((36, 30))
    roll = patches(grid, np.array([[0, 0, 60, 18], [0, 24, 64, 18], [1, 16, 72, 3]]), 48)
    begins, holds = layers(roll)
    assert roll.shape == (6, PATCH)
    assert [tuple(int(n) for n in each) for each in np.argwhere(begins)] == [(0, 0, 12), (2, 0, 16), (4, 2, 24)]
    held = {(int(beat), int(place)) for beat, place, row in np.argwhere(holds) if row == 12}
    assert held == {(0, place) for place in range(1, 6)} | {(1, 0), (1, 1), (1, 2)}
    assert holds[3, 1, 16] and not holds[3, 3, 16]  # over the bar line, six steps far


def test_pitches_beyond_the_rows_are_moved_into_them_by_octaves() -> None:
    begins, _ = layers(patches(Grid((48,)), np.array([[0, 0, 30, 6], [0, 12, 100, 6]]), 48))
    assert [int(row) for _, _, row in np.argwhere(begins)] == [30 % 12, (100 - 48) % 12 + 24]


def test_the_lowest_row_is_a_tonic_about_an_octave_and_a_half_below_the_middle() -> None:
    for middle in range(30, 95):
        for tonic in range(12):
            base = base_of(middle, tonic)
            assert base % 12 == tonic
            assert abs(base + PITCHES / 2 - middle) <= 6 or base == tonic


def test_a_tilt_reaches_the_band_and_keeps_the_order() -> None:
    chances = np.array([0.9, 0.02, 0.4, 0.6])
    few, many = tilted(chances, 1, 1), tilted(chances, 3, 4)
    assert few.sum() == pytest.approx(1, abs=0.01) and many.sum() == pytest.approx(3, abs=0.01)
    assert list(np.argsort(few)) == list(np.argsort(many)) == list(np.argsort(chances))


def test_the_code_learns_a_handful_of_bars_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    torch.manual_seed(0)
    first = train(recipe(tmp_path, 40), source=Scales(), held=Scales())
    then = train(recipe(tmp_path, 240), source=Scales(), held=Scales())
    assert then["step"] == 240 and then["minutes"] >= first["minutes"]
    assert then["loss"] < 0.4 * first["loss"]
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) >= 6
    assert (tmp_path / "diffusion.safetensors").stat().st_size < 1_000_000


def test_training_goes_on_from_weights_alone(tmp_path: Path) -> None:
    torch.manual_seed(0)
    first = train(recipe(tmp_path / "a", 120), source=Scales(), held=Scales())
    weights_of_first = str(tmp_path / "a" / "diffusion.safetensors")
    then = train(replace(recipe(tmp_path / "b", 1), begin=weights_of_first, rate=0.0), source=Scales(), held=Scales())
    assert then["loss"] == pytest.approx(first["loss"], rel=0.05)
    with pytest.raises(InputError, match="width and layers"):
        train(replace(recipe(tmp_path / "c", 1), begin=weights_of_first, shape=replace(TINY, width=48)),
              source=Scales(), held=Scales())  # fmt: skip
    with pytest.raises(InputError, match="--begin"):
        train(replace(recipe(tmp_path / "c", 1), begin="none"), source=Scales(), held=Scales())


def test_training_without_a_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="make data"):
        train(Recipe(corpus=str(tmp_path / "none.npz"), out=str(tmp_path)))


def a_canvas(given: np.ndarray) -> Canvas:
    example = bars_of_scales(1)[0]
    grid = Grid((48, 48))
    roll = np.stack([example.roll, example.roll]).astype(np.float32)
    tokens = np.stack([example.tokens, example.tokens]).astype(np.int64)
    return Canvas(
        ("a", "b"), 0, grid, np.array([48, 48]), roll, given,
        (Window(range(4), tokens[:, :4]), Window(range(2, 8), tokens[:, 2:])),
    )  # fmt: skip


def test_what_is_given_stays_and_is_heard_by_what_is_not() -> None:
    torch.manual_seed(0)
    model = Denoiser(TINY).eval()
    model.fit_view(torch.from_numpy(np.concatenate([each.roll for each in bars_of_scales()])).float())
    given = np.zeros((2, 8), bool)
    given[0] = True
    canvas = a_canvas(given)
    other = Canvas(**{**vars(canvas), "roll": canvas.roll[:, ::-1].copy()})
    with torch.inference_mode():
        painted = [denoise(model, each, candidates=2, steps=3, seed=4) for each in (canvas, canvas, other)]
    assert (painted[0] == painted[1]).all()
    assert (painted[0][:, 0] == canvas.roll[0]).all()
    assert (painted[0][:, 1] != painted[2][:, 1]).any()
    assert painted[0].min() >= 0 and painted[0].max() <= 1


def test_a_roll_is_read_back_as_it_was_played() -> None:
    canvas = a_canvas(np.ones((2, 8), bool))
    rolls = Rolls(canvas, canvas.roll[None])
    chances, any_ = rolls.cell(0, "a", 1)
    assert [int(step) for step in np.flatnonzero(any_ > 0.5)] == [0, 12, 24, 36]
    assert int(chances[12].argmax()) == 62
    assert np.argmax(rolls.lasting(0, Found("a", 1, 12, 62))) == 7  # a quarter
    assert len(PLACES) == 6


def a_cell(fewest: int, most: int, **more: Any) -> CellTask:
    """A cell of four quarters in which only eighths are open."""
    onsets = np.full(v.ONSETS, NEVER)
    onsets[[*range(0, 48, 6), v.ONSET_END]] = 0.0
    fields = np.zeros(20, np.int64)
    fields[COLUMN["meter"]] = v.METERS.index(48)
    return CellTask("a", 0, fields, onsets, fewest=fewest, most=most, **more)


def test_a_rhythm_that_was_played_wins_where_the_roll_wavers_and_not_where_it_is_sure() -> None:
    chances = np.full(v.LONGEST_BAR, 0.01)
    chances[[0, 12, 24]] = 0.99
    chances[36], chances[42] = 0.55, 0.45
    known = (0, 12, 24, 42)
    drawn = [
        [chosen(chances, a_cell(4, 4), played, np.random.default_rng(seed)) for seed in range(20)]
        for played in ([], [known], [(6, 18, 30, 42)])
    ]
    assert drawn[0].count((0, 12, 24, 36)) > 10
    assert drawn[1].count(known) > 15
    assert (6, 18, 30, 42) not in drawn[2]


def test_a_rhythm_has_what_it_must_and_as_many_as_it_may() -> None:
    chances = np.full(v.LONGEST_BAR, 0.3)
    for seed in range(20):
        rhythm = chosen(chances, a_cell(3, 4, musts=(18,)), [(0, 12)], np.random.default_rng(seed))
        assert 18 in rhythm and 3 <= len(rhythm) <= 4 and all(step % 6 == 0 for step in rhythm)


def test_real_parts_move_in_manners_that_differ() -> None:
    found = [moves_of("lead", seed=seed) for seed in range(60)]
    rows = np.stack([each for each in found if each is not None])
    assert len(rows) == 60 and np.allclose(rows[:, 0] + 2 * rows[:, 1:].sum(1), 1)
    repeats, walks = rows[rows[:, 0].argmax()], rows[rows[:, 0].argmin()]
    assert repeats[0] > 3 * walks[0] and moving(repeats, 60)[60] > moving(walks, 60)[60]
    assert moves_of("harmony", seed=1) is None and moves_of("drums", seed=1) is None
    assert not moving(None, 60).any() and not moving(walks, -1).any()


def test_a_tune_comes_back_where_the_chords_will_have_it() -> None:
    notes = ((0, 60, 12, 80), (12, 64, 12, 80), (24, 67, 24, 80))
    allowed = np.full((v.LONGEST_BAR + 1, 128), NEVER)
    allowed[:, [pitch for pitch in range(48, 84) if pitch % 12 in (2, 7, 11)]] = 0.0
    odds = np.full((v.LONGEST_BAR + 1, 128), -9.0)
    odds[0, 67] = odds[12, 71] = odds[24, 74] = 3.0
    assert coming_back(notes, odds, allowed) == {0: 67, 12: 71, 24: 74}
    assert leaning({0: 67}, 0)[67] == 0 > leaning({0: 67}, 0)[69]


def test_a_line_lasts_into_its_next_note_and_a_chord_follows_its_own_hold() -> None:
    canvas = a_canvas(np.ones((2, 8), bool))
    _, holds = layers(canvas.roll)
    holds[:, 4, 4:] = 0  # let go early, in the first beat of the second bar
    rolls = Rolls(canvas, canvas.roll[None])

    def length(note: Found) -> int:
        return int(v.LENGTHS[rolls.lasting(0, note).argmax()])

    assert length(Found("a", 1, 12, 62, True, 24)) == 24  # into its next note, whatever the pitch that sounds meanwhile
    assert length(Found("a", 1, 12, 62)) == 12
    assert length(Found("a", 1, 12, 62, True, 24, 9)) <= 9
    assert length(Found("a", 1, 0, 60)) < 12


def test_a_hint_leads_for_its_share_of_the_way_only() -> None:
    torch.manual_seed(0)
    model = Denoiser(TINY).eval()
    model.fit_view(torch.from_numpy(np.concatenate([each.roll for each in bars_of_scales()])).float())
    canvas = a_canvas(np.zeros((2, 8), bool))
    painted = []
    for share in (0.0, 0.5, 1.0):
        follows = np.zeros((2, 8))
        follows[1] = share
        led = replace(canvas, hint=canvas.roll, follows=follows)
        with torch.inference_mode():
            painted.append(denoise(model, led, candidates=1, steps=4, seed=4)[0])
    assert (painted[2][1] == canvas.roll[1]).all() and (painted[2][0] != canvas.roll[0]).any()
    away = [float(np.abs(each[1] - canvas.roll[1]).mean()) for each in painted]
    assert away[2] == 0 < away[1] <= away[0]


@needs_weights
def test_only_bars_five_to_eight_change_where_everything_else_is_kept() -> None:
    plan, engine = toy_plan(12), get_engine("diffusion-score")
    before = engine.generate(plan, seed=1)
    assert isinstance(before, Score)
    kept = [Cell(part.id, bar) for part in plan.parts for bar in range(12) if not 4 <= bar < 8]
    after = engine.generate(plan, seed=2, keep=Keep(before, tuple(kept)))
    assert isinstance(after, Score)
    assert all(after.cell(cell) == before.cell(cell) for cell in kept)
    lead = next(part.id for part in plan.parts if part.role == "lead")
    assert any(after.cell(Cell(lead, bar)) != before.cell(Cell(lead, bar)) for bar in range(4, 8))


def test_a_draft_hears_what_was_chosen_before_it() -> None:
    task = a_cell(1, 4)
    draft = Draft([replace(task, bar=4)], np.zeros((0, 1)), {}, lambda draft, task, notes: task)
    chosen_before = {("a", 3): ((0, 62, 12, 80),), ("a", 2): ((0, 60, 12, 80), (12, 64, 12, 80)), ("b", 5): ()}
    hear(draft, chosen_before)
    assert draft.lines["a"] == [60, 64, 62]  # in order, and what follows is no past
    assert draft.written == chosen_before and "b" not in draft.lines


@needs_weights
def test_notes_are_seen_while_they_appear() -> None:
    seen: list[tuple[float, int]] = []

    def look(share: float, what: str, sketch: Score | None = None, opening: object = None) -> None:
        if sketch is not None and what == "bars":
            seen.append((share, sum(len(part.notes) for part in sketch.parts)))

    get_engine("diffusion-score").generate(toy_plan(4), seed=1, progress=look)
    early = [notes for share, notes in seen if share < 0.6]
    assert len(early) >= 3 and max(early) > 0


@needs_weights
def test_the_weights_are_those_on_record_small_and_accounted_for() -> None:
    path = weights.weights_path()
    assert path.stat().st_size < 8_000_000
    name, sources = weights.about()
    assert hashlib.sha256(path.read_bytes()).hexdigest()[:16] in name
    assert len(sources) == 8 and not any("Groove" in source for source in sources)
    assert engine_card("diffusion-score").weights == name


def test_another_file_in_their_place_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weights.toml").write_text('file = "diffusion.safetensors"\nsha256 = "abc"\n')
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    assert "not part of this copy" in weights.missing()
    with pytest.raises(EngineError, match="choose the engine composer or rules"):
        weights.load_denoiser()
    assert not next(info for info in list_engines() if info.name == "diffusion-score").can_run
    (tmp_path / "diffusion.safetensors").write_bytes(b"something else")
    with pytest.raises(EngineError, match="fetch this copy's own file again"):
        weights.load_denoiser()
