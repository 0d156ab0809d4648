"""Folds of scenes: nothing that is tested was learned, nor anything that is nearly it; languages are spread evenly."""

from collections.abc import Sequence

import numpy as np
import pytest

from assistant.errors import InputError
from models.emotion.data import Line
from models.emotion.folds import Fold, alike_in_vectors, alike_in_words, families, folds

LANGUAGES = ["en"] * 50 + ["hi"] * 20 + ["tr"] * 11


def leaks(parts: Sequence[Fold], pairs: Sequence[tuple[int, int]] = ()) -> list[int]:
    """Scenes that a fold tests although it learned them, or one that is alike."""
    known = [set(fold.train.tolist()) for fold in parts]
    return [
        place
        for fold, learned in zip(parts, known, strict=True)
        for place in fold.test.tolist()
        if place in learned or any({one, two} & learned and place in (one, two) for one, two in pairs)
    ]


def scenes(*texts: str, language: str = "en") -> list[Line]:
    return [Line(text, language, "scenes", "train") for text in texts]


def test_no_scene_is_learned_and_tested_in_one_fold_and_each_is_tested_once() -> None:
    parts = folds(LANGUAGES, count=5)
    assert not leaks(parts)
    assert sorted(place for fold in parts for place in fold.test.tolist()) == list(range(len(LANGUAGES)))
    assert all(len(fold.train) + len(fold.test) == len(LANGUAGES) for fold in parts)
    leaking = Fold(np.append(parts[0].train, parts[0].test[0]), parts[0].test)
    assert leaks([leaking]) == [parts[0].test[0]]


def test_scenes_that_are_alike_stay_in_one_fold_also_through_a_third_and_across_languages() -> None:
    pairs = [(0, 1), (1, 2), (3, 55), (60, 80)]
    assert leaks(folds(LANGUAGES, count=5), pairs)
    assert not leaks(folds(LANGUAGES, pairs, count=5), pairs)


def test_each_language_is_spread_evenly() -> None:
    for fold in folds(LANGUAGES, [(0, 1), (3, 55)], count=5):
        spoken = [LANGUAGES[place] for place in fold.test]
        for name in set(LANGUAGES):
            assert abs(spoken.count(name) - LANGUAGES.count(name) / 5) <= 2, (name, spoken.count(name))


def test_the_same_seed_gives_the_same_folds_and_another_gives_others() -> None:
    one, again, other = (folds(LANGUAGES, seed=seed)[0].test.tolist() for seed in (0, 0, 1))
    assert one == again != other


def test_near_copies_are_found_by_their_words_within_a_language() -> None:
    lines = scenes(
        "The ferry leaves without him at dawn", "the ferry left without him, at dawn!", "Two goats on a roof"
    )
    lines += scenes("The ferry leaves without him at dawn", language="de")
    assert list(alike_in_words(lines)) == [(0, 1)]
    assert list(alike_in_words(scenes("雪落在胡同里，连狗都不叫", "雪落在胡同里，狗都不叫", "全村人围着篝火跳舞"))) == [
        (0, 1)
    ]


def test_near_copies_are_found_by_their_vectors() -> None:
    vectors = np.array([[1, 0, 0], [0, 1, 0], [0.8, 0.6, 0], [0, 0, 1]], np.float16)
    assert list(alike_in_vectors(vectors, ["en", "en", "de", "tr"], 0.7)) == [(0, 2)]
    assert not list(alike_in_vectors(vectors, ["hi"] * 4, 0.7)), "the encoder does not know Hindi"
    assert families(4, [(2, 0)]) == [[0, 2], [1], [3]]


@pytest.mark.parametrize("count", [0, 1, 82])
def test_too_few_or_too_many_folds_are_refused(count: int) -> None:
    with pytest.raises(InputError):
        folds(LANGUAGES, count=count)
