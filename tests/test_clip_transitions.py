"""Fades and dissolves found as such, colours over time, and what is no hard cut though it looks like one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.clip import Clip, Transition, measure_clip
from assistant.clip.likeness import evenness, likeness
from assistant.errors import InputError
from tests import media

Images = list[media.Image]


def fade(picture: media.Image, count: int, *, out: bool) -> Images:
    shares = np.linspace(1, 0, count + 2)[1:-1] if out else np.linspace(0, 1, count + 2)[1:-1]
    return [(picture * share).astype(np.uint8) for share in shares]


def dissolve(first: media.Image, second: media.Image, count: int) -> Images:
    return [(first * (1 - w) + second * w).astype(np.uint8) for w in np.linspace(0, 1, count + 2)[1:-1]]


def measured(tmp_path: Path, pictures: Images, *, rate: int = 25) -> Clip:
    return measure_clip(media.write_film(tmp_path / "film.mp4", pictures, rate=rate))


def test_a_fade_out_and_in_have_their_ends_and_kinds(tmp_path: Path) -> None:
    one, two = media.paint(1), media.paint(2)
    black = [np.zeros_like(one)] * 5
    clip = measured(tmp_path, [*([one] * 30), *fade(one, 19, out=True), *black, *fade(two, 14, out=False), *[two] * 30])
    assert [each.kind for each in clip.transitions] == ["fade_out", "fade_in"]
    out, into = clip.transitions
    assert (out.start_s, out.end_s) == (pytest.approx(29 / 25, abs=0.09), pytest.approx(49 / 25, abs=0.09))
    assert (into.start_s, into.end_s) == (pytest.approx(53 / 25, abs=0.09), pytest.approx(68 / 25, abs=0.09))
    assert clip.cuts == ()


@pytest.mark.parametrize("rate", [24, 50])
def test_a_dissolve_has_its_ends(tmp_path: Path, rate: int) -> None:
    one, two = media.paint(1), media.paint(2)
    clip = measured(tmp_path, [*[one] * 40, *dissolve(one, two, 18), *[two] * 40], rate=rate)
    assert [each.kind for each in clip.transitions] == ["dissolve"]
    assert clip.transitions[0].start_s == pytest.approx(39.5 / rate, abs=0.09)
    assert clip.transitions[0].end_s == pytest.approx(58.5 / rate, abs=0.09)


def test_a_moving_camera_and_a_hard_cut_are_no_gradual_change(tmp_path: Path) -> None:
    pictures = media.paint_shots([60, 60], speed=0.006)
    assert measured(tmp_path, pictures).transitions == ()


def test_a_light_that_is_slowly_dimmed_but_not_out_is_no_dissolve(tmp_path: Path) -> None:
    lit = media.paint(1)
    dimmed = [(lit * share).astype(np.uint8) for share in np.linspace(1, 0.4, 20)]
    assert measured(tmp_path, [*[lit] * 25, *dimmed, *[dimmed[-1]] * 25]).transitions == ()


def test_somebody_who_walks_through_is_no_cut(tmp_path: Path) -> None:
    pictures = media.paint_shots([60])
    for step in range(10):
        left = round(24 * step) - 80
        pictures[25 + step][:, max(0, left) : max(0, left + 80)] = 30
    assert measured(tmp_path, pictures).cuts == ()


def test_lightning_over_a_shaking_picture_is_no_cut(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    places = np.cumsum(rng.normal(0, 0.01, 60))
    pictures = [media.paint(1, float(place)) for place in places]
    for index in (20, 21, 25, 26, 27, 30):
        pictures[index] = np.clip(pictures[index] * 2.2 + 20, 0, 255).astype(np.uint8)
    assert measured(tmp_path, pictures).cuts == ()


def test_likeness_forgives_light_and_a_small_movement_and_nothing_else() -> None:
    one = media.paint(1, size=(64, 36))[..., 0]
    moved = media.paint(1, 0.02, size=(64, 36))[..., 0]
    assert likeness(one, (moved * 0.6).astype(np.uint8)) > 0.98
    assert likeness(one, media.paint(2, size=(64, 36))[..., 0]) < 0.9


def test_likeness_is_not_moved_by_black_bars() -> None:
    one, two = (media.paint(seed, size=(64, 36))[..., 0].copy() for seed in (1, 5))
    plain = likeness(one[6:30], two[6:30])
    for each in (one, two):
        each[:6] = each[30:] = 16
    assert likeness(one, two) == pytest.approx(plain, abs=0.01)


def test_a_change_in_one_corner_is_uneven() -> None:
    before = np.full((3, 9, 16), 100, np.uint8)
    corner, whole = before.copy(), before + np.uint8(50)
    corner[:, :3, :4] = 200
    assert evenness(corner, before) < 0.1
    assert evenness(whole, before) == pytest.approx(1.0)


def flat(colour: tuple[int, int, int]) -> Images:
    return [np.full((90, 160, 3), colour, np.uint8)] * 15


def test_colours_over_time_tell_warm_from_cold_and_grey_from_vivid(tmp_path: Path) -> None:
    clip = measured(tmp_path, [*flat((230, 120, 30)), *flat((30, 90, 220)), *flat((128, 128, 128))])
    warm, cold, grey = (clip.warmth[index].value for index in (0, 3, 6))
    assert warm > 0.3 > 0 > -0.3 > cold and abs(grey) < 0.05
    assert clip.saturation[0].value > 0.4 and clip.saturation[6].value < 0.05


def test_a_transition_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(InputError, match="an end after it"):
        Transition(2.0, 1.0, "dissolve")
