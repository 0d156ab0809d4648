"""Folds of our own scenes: every scene is tested once, by readers that learned neither it nor one that is nearly it.

Conventions: a scene is named by its place in the list. Scenes that are alike (much the same words in one language, or
vectors of the multilingual encoder close together, so that a translation counts too) stay in one fold; each language
is spread evenly over the folds. The same scenes, count and seed give the same folds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.errors import InputError
from models.emotion import data
from models.emotion.ngrams import buckets

LIKE_WORDS, LIKE_VECTORS = 0.3, 0.6
"""Share of common pieces of words, and cosine, from which scenes are alike: chosen so that no copy is missed."""

UNKNOWN = ("hi",)
"""Languages that the encoder does not know: to it all their texts are much alike."""

Pairs = Iterable[tuple[int, int]]


@dataclass(frozen=True)
class Fold:
    """Places of the scenes to learn from and of those to test on."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]


def alike_in_words(lines: Sequence[data.Line], least: float = LIKE_WORDS) -> Iterator[tuple[int, int]]:
    """Pairs of one language that share at least this part of their words and pieces of words (Jaccard).

    Examples
    --------
    >>> texts = ("A dog sleeps in the sun.", "a dog sleeps in the sun", "Rain on a tin roof.")
    >>> list(alike_in_words([data.Line(text, "en", "scenes", "train") for text in texts]))
    [(0, 1)]
    """
    pieces = [set(buckets(line.text)) for line in lines]
    holders: dict[tuple[str, int], list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        shared: Counter[int] = Counter()
        for piece in pieces[place]:
            known = holders[line.language, piece]
            shared.update(known)
            known.append(place)
        for other, both in shared.items():
            if both >= least * (len(pieces[place]) + len(pieces[other]) - both):
                yield other, place


def alike_in_vectors(
    vectors: NDArray[np.floating], languages: Sequence[str], least: float = LIKE_VECTORS
) -> Iterator[tuple[int, int]]:
    """Pairs whose vectors of length 1 are at least this close (cosine), where the encoder knows their languages."""
    vectors = vectors * np.array([[name not in UNKNOWN] for name in languages])
    for at in range(0, len(vectors), 512):
        close = np.argwhere(vectors[at : at + 512].astype(np.float32) @ vectors.T.astype(np.float32) >= least)
        yield from ((int(at + row), int(column)) for row, column in close if at + row < column)


def families(count: int, pairs: Pairs) -> list[list[int]]:
    """The places 0..count-1 in families: whatever pairs join, also through a third."""
    head = list(range(count))

    def top(place: int) -> int:
        while head[place] != place:
            place = head[place]
        return place

    for one, two in pairs:
        low, high = sorted((top(one), top(two)))
        head[high] = low
    found: dict[int, list[int]] = defaultdict(list)
    for place in range(count):
        found[top(place)].append(place)
    return list(found.values())


def folds(languages: Sequence[str], pairs: Pairs = (), *, count: int = 5, seed: int = 0) -> list[Fold]:
    """The folds of scenes of these languages, of which some pairs are alike.

    Raises
    ------
    InputError
        If there are fewer than two folds, or fewer scenes than folds.
    """
    if not 2 <= count <= len(languages):
        raise InputError(
            f"{count} folds of {len(languages)} scenes", "2 or more, and a scene in each", "give --folds 5"
        )
    everyone = families(len(languages), pairs)
    order = np.random.default_rng(seed).permutation(len(everyone)).tolist()
    held = np.empty(len(languages), np.int64)
    filled: list[Counter[str]] = [Counter() for _ in range(count)]
    for family in sorted((everyone[index] for index in order), key=lambda each: -len(each)):
        spoken = {languages[place] for place in family}
        number = min(range(count), key=lambda each: (sum(filled[each][name] for name in spoken), filled[each].total()))
        held[family] = number
        filled[number].update(languages[place] for place in family)
    return [Fold(np.flatnonzero(held != number), np.flatnonzero(held == number)) for number in range(count)]
