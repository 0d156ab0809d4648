"""The model of emotion over folds of our own scenes: ``python -m models.emotion.crossvalidate [--folds 5]``.

Conventions: all scenes of ``prompts/training/scenes`` are in it, those of the published split's test part too; every
scene is tested once, by readers that learned none of its fold (`models.emotion.folds`). Cells are the mean over folds
and, after the ``±``, the standard deviation. Sign accuracy and correlations are those of
`models.emotion.evaluate_scenes`; *words* is what the lists say of the text, *briefs* the whole reader of briefs
without a model. The first run computes vectors (three minutes of one core), later ones take them from ``runs/``; each
of the two tables takes about five minutes of one core.
What it does not know: MiniLM's layers as published, which learned scenes; here they learned a part of the public sets
alone. The readers' shares, sizes and rounds are the published ones, chosen on scenes of every fold.
"""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import numpy as np
import torch
from numpy.typing import NDArray

from models.emotion import fold_inputs
from models.emotion.evaluate_scenes import pearson, sign_accuracy
from models.emotion.fold_readers import (
    FILMS,
    TUNED,
    Material,
    english_of,
    heard_encoded,
    heard_pieces,
    learn_encoded,
    learn_pieces,
    many_of,
    material,
    mixed,
)
from models.emotion.folds import Fold, alike_in_vectors, alike_in_words, folds
from models.emotion.train_readers import train_encoded, train_pieces
from models.emotion.train_upper import targets_of

Values = NDArray[np.float64]
Heard = Mapping[str, Values]
HEAD = "valence: sign | Pearson | arousal: sign | Pearson |"
ELSEWHERE = "| *EmoBank's test split: frozen MiniLM, regressor trained on it* | en | | 0.688 | | 0.466 |"
SHORT = 2
"""Rounds of the reader of pieces in the table of sources, of five: differences under 0.01 are chance."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """The scenes of one fold: their labels and languages, and what each reader says of them."""

    wished: Values
    languages: NDArray[np.str_]
    heard: Heard


def made(known: Material, *, count: int) -> list[Fold]:
    """The folds of our scenes."""
    pairs = {*alike_in_words(known.scenes), *alike_in_vectors(known.vectors, known.languages.tolist())}
    log.info("%d pairs of scenes are alike", len(pairs))
    return folds(known.languages.tolist(), sorted(pairs), count=count)


def in_folds(parts: Sequence[Fold], answer: Callable[[Fold], Heard], *, workers: int) -> list[Heard]:
    """What readers say of each fold; with several workers in processes of their own."""
    if workers < 2:
        return [answer(fold) for fold in parts]
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        return list(pool.map(answer, parts))


def outcomes(known: Material, parts: Sequence[Fold], heard: Sequence[Heard]) -> list[Outcome]:
    """The folds with their labels."""
    return [
        Outcome(known.wished[fold.test], known.languages[fold.test], said)
        for fold, said in zip(parts, heard, strict=True)
    ]


def cells(every: Sequence[Outcome], name: str, languages: Sequence[str]) -> list[str]:
    """Sign and correlation of valence and of arousal of one reader in some languages: mean and deviation over folds.

    Examples
    --------
    >>> labels = np.array([[0.5, -0.5], [-0.5, 0.5], [0.4, 0.2]])
    >>> right = Outcome(labels, np.array(["en"] * 3), {"toy": labels})
    >>> cells([right, right], "toy", ["en"])
    ['1.00 ± 0.00', '1.00 ± 0.00', '1.00 ± 0.00', '1.00 ± 0.00']
    """
    rows = []
    for each in every:
        here = np.isin(each.languages, languages)
        told, labels = each.heard[name][here], each.wished[here]
        rows.append(
            [measure(told[:, axis], labels[:, axis]) for axis in (0, 1) for measure in (sign_accuracy, pearson)]
        )
    means, spread = np.mean(rows, 0), np.std(rows, 0, ddof=1)
    return [f"{mean:.2f} ± {deviation:.2f}" for mean, deviation in zip(means, spread, strict=True)]


def report_scenes(known: Material, parts: Sequence[Fold], workers: int) -> str:
    """Languages by words, by the reader of briefs without a model, and by the model; then each reader alone."""
    words, briefs = fold_inputs.by_words(known.scenes), fold_inputs.by_briefs(known.scenes)
    heard = []
    for fold, many in zip(parts, in_folds(parts, partial(many_of, known), workers=workers), strict=True):
        said = {**many, **english_of(known, fold), "words": words[fold.test], "briefs": briefs[fold.test]}
        heard.append({**said, "all": mixed(said, known.languages[fold.test].tolist())})
    every = outcomes(known, parts, heard)
    names = sorted(set(known.languages.tolist()))
    rows = [f"| language | scenes | read by | {HEAD}", "|---|---|---|---|---|---|---|"]
    for group in (names, *([name] for name in names)):
        size = int(np.isin(known.languages, group).sum())
        for number, (name, shown) in enumerate({"words": "words", "briefs": "briefs", "all": "model"}.items()):
            first = f"{group[0] if len(group) == 1 else 'all'} | {size}" if number == 0 else " | "
            rows.append(f"| {first} | {shown} | {' | '.join(cells(every, name, group))} |")
    rows += ["", f"| reader alone | languages | {HEAD}", "|---|---|---|---|---|---|"]
    others = [name for name in names if name not in ("en", "hi")]
    for name in ("pieces", "encoder"):
        for group, shown in ((["en"], "en"), (others, "all but en, hi"), (["hi"], "hi")):
            rows.append(f"| {name} | {shown} | {' | '.join(cells(every, name, group))} |")
    for name in ("MiniLM, frozen", "MiniLM, frozen, regressor", TUNED, "all"):
        rows.append(f"| {name} | en | {' | '.join(cells(every, name, ['en']))} |")
    return "\n".join([*rows, ELSEWHERE])


def report_sources(known: Material, parts: Sequence[Fold], workers: int) -> str:
    """What each source adds to the reader of pieces, and what the public sets alone teach the encoder's reader."""
    names = sorted(set(known.languages.tolist()))
    schooled = in_folds(parts, partial(_by_source, known), workers=workers)
    unschooled = _without_scenes(known)
    heard = [
        {**said, **{name: values[fold.test] for name, values in unschooled.items()}}
        for fold, said in zip(parts, schooled, strict=True)
    ]
    every = outcomes(known, parts, heard)
    rows = [f"| reader | learned from | {HEAD}", "|---|---|---|---|---|---|"]
    rows += [f"| {name} | {' | '.join(cells(every, name, names))} |" for name in sorted(every[0].heard)]
    return "\n".join(rows)


def _by_source(known: Material, fold: Fold) -> Heard:
    """What readers that learned all sets, or all but one, say of a fold."""
    encoded = learn_encoded(known, fold.train)
    heard = {"encoder | all, or scenes alone": heard_encoded(encoded, known.vectors[fold.test])}
    for without in ("", *FILMS):
        reader = learn_pieces(known, fold.train, encoded, without=without, epochs=SHORT)
        heard[f"pieces | all{f' but {without}' if without else ''}"] = heard_pieces(known, reader, fold.test)
    return heard


def _without_scenes(known: Material) -> dict[str, Values]:
    """What readers that learned no scene say of all scenes, by the head of the public sets."""
    everyone = np.arange(len(known.scenes))
    heard = {}
    for name in ("", *FILMS):
        kept = [place for place, line in enumerate(known.films) if line.source != name]
        reader = train_encoded([known.films[place] for place in kept], known.film_vectors[kept])
        shown = f"encoder | all but scenes{f' and {name}' if name else ''}"
        heard[shown] = heard_encoded(reader, known.vectors, "felt")
    lines = [*known.films, *known.words]
    pieces = train_pieces(lines, targets_of(lines), texts=[known.buckets[line.text] for line in lines], epochs=SHORT)
    return heard | {"pieces | all but scenes": heard_pieces(known, pieces, everyone, "felt")}


SECTIONS: dict[str, Callable[[Material, Sequence[Fold], int], str]] = {
    "scenes": report_scenes,
    "sources": report_sources,
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m models.emotion.crossvalidate", description=__doc__)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1, help="processes that share the folds")
    parser.add_argument("--only", choices=sorted(SECTIONS))
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    known = material()
    parts = made(known, count=options.folds)
    chosen = [options.only] if options.only else list(SECTIONS)
    print("\n\n".join(SECTIONS[name](known, parts, options.workers) for name in chosen))  # noqa: T201 - the command's output


if __name__ == "__main__":
    main()
