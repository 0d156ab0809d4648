"""The readers of one fold: each learns the fold's training scenes by its own recipe and answers on its test scenes.

Conventions: answers are (scenes, 2), valence and arousal at the beginning; NaN where a reader does not know the
language. Recipes are those that the published weights are made by (`models.emotion.train_readers`), with one text of
four of the public film lines and comments. ``all`` mixes the readers by the shares of ``weights/weights.toml``, the
tuned MiniLM being one that learned no scene.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from models.emotion import data, fold_inputs, weights
from models.emotion.folds import Fold
from models.emotion.ngrams import buckets
from models.emotion.readers import EncodedReader, PieceReader, laid
from models.emotion.train import WORK, many_lines, vectors_of
from models.emotion.train_readers import taught, train_encoded, train_pieces
from models.emotion.train_upper import targets_of

Values = NDArray[np.float64]
Places = NDArray[np.int64]
Learner = Callable[[NDArray[np.float32], Sequence[data.Line], NDArray[np.float32]], Values]
TUNED = "MiniLM, tuned"
FILMS = ("goemotions", "xed")
"""The public sets whose texts are sentences; the encoder's reader teaches the reader of pieces on them."""


@dataclass(frozen=True)
class Material:
    """Everything that folds read; scenes and public texts in a fixed order."""

    scenes: tuple[data.Line, ...]
    vectors: NDArray[np.float16]
    films: tuple[data.Line, ...]
    film_vectors: NDArray[np.float16]
    words: tuple[data.Line, ...]

    @cached_property
    def languages(self) -> NDArray[np.str_]:
        """The language of each scene."""
        return np.array([line.language for line in self.scenes])

    @cached_property
    def wished(self) -> Values:
        """Valence and arousal of each scene at its beginning: (scenes, 2)."""
        return np.array([(line.valence, line.arousal) for line in self.scenes], dtype=np.float64)

    @cached_property
    def buckets(self) -> Mapping[str, list[int]]:
        """The pieces of every text."""
        return {line.text: buckets(line.text) for line in (*self.scenes, *self.films, *self.words)}

    @cached_property
    def english(self) -> Places:
        """The places of the English scenes."""
        return np.flatnonzero(self.languages == "en")


def material() -> Material:
    """Our scenes and the sampled public texts, with the multilingual encoder's vectors."""
    scenes = tuple(data.scenes())
    public = [line for line in many_lines() if line.source != "scenes" and fold_inputs.is_sampled(line)]
    films = tuple(line for line in public if line.source in FILMS)
    vectors = vectors_of([*scenes, *films], WORK)
    words = tuple(line for line in public if line.source not in FILMS)
    return Material(scenes, vectors[: len(scenes)], films, vectors[len(scenes) :], words)


def learn_encoded(known: Material, places: Places) -> EncodedReader:
    """The reader of the encoder's vectors; its head of scenes learns from scenes alone."""
    return train_encoded([known.scenes[place] for place in places], known.vectors[places])


def learn_pieces(
    known: Material, places: Places, teacher: EncodedReader | None, *, without: str = "", epochs: int = 5
) -> PieceReader:
    """The reader of pieces on scenes, public sets but one, and a teacher's answers on film lines."""
    kept = [place for place, line in enumerate(known.films) if line.source != without]
    films = [known.films[place] for place in kept]
    rest = [*known.words, *(known.scenes[place] for place in places)]
    first = taught(films, known.film_vectors[kept], teacher) if teacher is not None else targets_of(films)
    second = targets_of(rest)
    lines = [*films, *rest]
    targets = {name: torch.cat([first[name], second[name]]) for name in first}
    return train_pieces(lines, targets, texts=[known.buckets[line.text] for line in lines], epochs=epochs)


def heard_encoded(reader: EncodedReader, vectors: NDArray[np.floating], head: str = "scene") -> Values:
    """The answers of one head on vectors."""
    with torch.inference_mode():
        answers: Values = reader(torch.from_numpy(vectors).float())[head][:, :2].double().numpy()
    return answers


def heard_pieces(known: Material, reader: PieceReader, places: Places, head: str = "scene") -> Values:
    """The answers of one head on some scenes."""
    pieces, starts = laid([known.buckets[known.scenes[place].text] for place in places])
    with torch.inference_mode():
        answers: Values = reader(pieces, starts)[head][:, :2].double().numpy()
    return answers


def _reader(vectors: NDArray[np.float32], scenes: Sequence[data.Line], unseen: NDArray[np.float32]) -> Values:
    """The recipe of the encoder's reader on other vectors."""
    return heard_encoded(train_encoded(scenes, vectors.astype(np.float16)), unseen)


def _regressor(vectors: NDArray[np.float32], scenes: Sequence[data.Line], unseen: NDArray[np.float32]) -> Values:
    """Support vector regressors."""
    from sklearn.svm import SVR

    wished = [[line.valence for line in scenes], [line.arousal for line in scenes]]
    return np.stack([SVR().fit(vectors, labels).predict(unseen) for labels in wished], 1)


def english(known: Material, fold: Fold, vectors: NDArray[np.float32], learn: Learner) -> Values:
    """What a learner says of the English test scenes by their vectors; NaN elsewhere."""
    row = np.full(len(known.scenes), -1)
    row[known.english] = np.arange(len(known.english))
    train, test = (places[row[places] >= 0] for places in (fold.train, fold.test))
    answers = np.full((len(fold.test), 2), np.nan)
    said = learn(vectors[row[train]], [known.scenes[place] for place in train], vectors[row[test]])
    answers[row[fold.test] >= 0] = said
    return answers


def mixed(heard: Mapping[str, Values], languages: Sequence[str]) -> Values:
    """The readers' answers weighed as the published model weighs them in each language."""
    table = weights.record()["trust"]
    answers = np.zeros((len(languages), 2))
    for place, language in enumerate(languages):
        for name in ("minilm", "encoder", "pieces"):
            if share := table[language].get(name, 0.0):
                answers[place] += share * heard[TUNED if name == "minilm" else name][place]
    return answers


def many_of(known: Material, fold: Fold) -> dict[str, Values]:
    """What the readers of any language say of a fold's test scenes."""
    encoded = learn_encoded(known, fold.train)
    return {
        "pieces": heard_pieces(known, learn_pieces(known, fold.train, encoded), fold.test),
        "encoder": heard_encoded(encoded, known.vectors[fold.test]),
    }


def english_of(known: Material, fold: Fold) -> dict[str, Values]:
    """What the readers of English say of them."""
    lines = [known.scenes[place] for place in known.english]
    frozen, tuned = fold_inputs.frozen(lines), fold_inputs.tuned(lines)
    return {
        "MiniLM, frozen": english(known, fold, frozen, _reader),
        "MiniLM, frozen, regressor": english(known, fold, frozen, _regressor),
        TUNED: english(known, fold, tuned, _reader),
    }
