"""The diffusion engine: patches are what was played, the denoiser learns, what is given stays, weights are checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

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
from models.diffusion_score.examples import Example
from models.diffusion_score.reading import tilted
from models.diffusion_score.roll import PATCH, PITCHES, PLACES, Grid, base_of, layers, patches
from models.diffusion_score.rolls import Found, Rolls
from models.diffusion_score.tokens import OFFSETS, SIZES
from models.diffusion_score.train import Recipe, train
from models.registry import engine_card, get_engine, list_engines
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
