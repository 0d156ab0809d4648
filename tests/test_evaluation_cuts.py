"""Films assembled at known places, and how what is found in them is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.clip import Transition, measure_clip
from models.evaluation.assembled import Change, make_film
from models.evaluation.cuts import match_changes, match_cuts
from models.evaluation.filmed import DEVELOPMENT, HELD_OUT, SHOTS
from tests.conftest import shared_file


def test_no_picture_is_in_both_halves() -> None:
    assert all(first[1] <= second[0] or second[1] <= first[0] for _, _, first, second in SHOTS)


def test_a_cut_two_frames_off_is_wrong_and_missed() -> None:
    assert match_cuts([1.08], [1.0], 0.04) == (0, 1, 1)
    assert match_cuts([1.04, 1.0], [1.0], 0.04) == (1, 1, 0)


def test_a_gradual_change_must_share_half_of_its_time() -> None:
    known = [Change("dissolve", 1.0, 2.0)]
    assert match_changes([Transition(1.1, 2.1, "dissolve")], known)[:3] == (1, 0, 0)
    assert match_changes([Transition(1.6, 2.6, "dissolve")], known)[:3] == (0, 1, 1)


@pytest.mark.parametrize("half", [DEVELOPMENT, HELD_OUT])
def test_a_film_is_the_same_for_the_same_seed_and_most_of_its_cuts_are_found(tmp_path: Path, half: str) -> None:
    clips = shared_file("data", "clips", "bbb_480p_30s.mp4").parent
    film, again = (make_film(tmp_path, 3, half, clips) for _ in range(2))
    assert film == again and film.cuts_s
    right, wrong, missed = match_cuts([cut.at_s for cut in measure_clip(film.path).cuts], film.cuts_s, 1 / film.rate_hz)
    assert right >= 0.8 * len(film.cuts_s) and wrong + missed <= 2
