"""A part recorded too wide is narrowed, a narrow one is not touched, and a stage is spread where a style asks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.render.craft import load_craft
from assistant.render.mixdown import FURTHEST, _seated
from assistant.render.strip import side_gain, sided
from assistant.settings import ROOT

CRAFT = load_craft(Path(ROOT / "prompts"))


def microphones(side_to_middle: float, frames: int = 48_000) -> np.ndarray:
    """Two channels of noise whose side is so much louder than their middle."""
    middle, side = np.random.default_rng(1).standard_normal((2, frames)) * [[1.0], [side_to_middle]]
    return np.stack((middle + side, middle - side)).astype(np.float32)


def width(sound: np.ndarray) -> float:
    return float((sound[0] - sound[1]).std() / (sound[0] + sound[1]).std())


@pytest.mark.parametrize("wide", [0.8, 1.2, 4.0])
def test_what_is_too_wide_is_as_wide_as_allowed_and_its_middle_stays(wide):
    sound = microphones(wide)
    narrow = sided(sound, side_gain(sound, 0.6))
    assert width(narrow) == pytest.approx(0.6, abs=0.01)
    assert np.allclose(narrow.sum(axis=0), sound.sum(axis=0), atol=1e-4)
    assert np.corrcoef(narrow)[0, 1] > 0.4


@pytest.mark.parametrize("wide", [0.0, 0.3, 0.55])
def test_what_is_no_wider_than_allowed_stays_as_it_is(wide):
    sound = microphones(wide)
    assert sided(sound, side_gain(sound, 0.6)) is sound


def test_silence_is_not_narrowed():
    assert side_gain(np.zeros((2, 100), np.float32), 0.6) == 1.0


def test_two_channels_in_opposite_phase_are_not_brought_to_silence_by_accident():
    left = np.sin(np.arange(4800) / 10).astype(np.float32)
    sound = np.stack((left, -0.9 * left))
    narrow = sided(sound, side_gain(sound, 0.6))
    assert width(narrow) == pytest.approx(0.6, abs=0.01) and np.abs(narrow).max() > 0


def test_a_jazz_band_sits_further_apart_with_a_wider_kit_and_nobody_at_the_edge():
    plain, jazz = CRAFT.roles, CRAFT.in_style("jazz").roles
    assert jazz["drums"].width > plain["drums"].width and jazz["lead"].width == plain["lead"].width
    assert _seated(0.3, plain["harmony"]) == 0.3 < _seated(0.3, jazz["harmony"]) <= FURTHEST
    assert _seated(-0.6, jazz["harmony"]) == -FURTHEST and _seated(-0.9, jazz["harmony"]) == -0.9
    assert _seated(0.0, replace(jazz["lead"], spread=3.0)) == 0.0
