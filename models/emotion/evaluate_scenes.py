"""Our own held-out scenes: lexicon alone, model alone, both as a brief is read.

Conventions: sign accuracy counts scenes whose label is off zero by more than 0.05 against values beyond 0 on the
same side; what is exactly 0 is wrong. Correlations are Pearson's. *End* is of the scenes that turn, and only of
those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.brief import Brief
from assistant.interpret import NOBODY, Advisers, read_brief
from assistant.library import Library
from models.emotion import data

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """Answers on some scenes: (scenes, 4), valence and arousal at the beginning and the end."""

    name: str
    values: Values


def wished(scenes: Sequence[data.Line]) -> Values:
    """The labels, in the same form."""
    rows = [(line.valence, line.arousal, *(line.end or (line.valence, line.arousal))) for line in scenes]
    return np.array(rows, dtype=np.float64)


def as_briefs(scenes: Sequence[data.Line], library: Library, advisers: Advisers) -> Values:
    """What the reader of briefs makes of the scenes."""
    rows = []
    for line in scenes:
        arc = read_brief(Brief(line.text, language=line.language), library=library, advisers=advisers).constraints.arc
        rows.append((arc[0].valence, arc[0].arousal, arc[-1].valence, arc[-1].arousal))
    return np.array(rows)


def by_model(scenes: Sequence[data.Line], advisers: Advisers) -> Values:
    """What the model makes of each scene as one text."""
    assert advisers.emotion is not None
    rows: list[tuple[float, ...]] = []
    for line in scenes:
        felt = advisers.emotion.feel([line.text], language=line.language)[0]
        rows.append((felt.valence, felt.arousal, *(felt.end or (felt.valence, felt.arousal))))
    return np.array(rows)


def sign_accuracy(values: Values, labels: Values) -> float:
    """Share of the labels off zero whose side is met.

    Examples
    --------
    >>> sign_accuracy(np.array([0.3, -0.1, 0.0]), np.array([0.5, 0.5, 0.0]))
    0.5
    """
    told = np.abs(labels) > 0.05
    return float(np.mean(np.sign(values[told]) == np.sign(labels[told]))) if told.any() else float("nan")


def pearson(values: Values, labels: Values) -> float:
    """Correlation; 0 where one side never changes."""
    if len(labels) < 3 or values.std() == 0 or labels.std() == 0:
        return 0.0
    return float(np.corrcoef(values, labels)[0, 1])


def report(library: Library, advisers: Advisers) -> str:
    """The table of languages."""
    scenes = [line for line in data.scenes() if line.split == "test"]
    labels, languages = wished(scenes), np.array([line.language for line in scenes])
    told = [
        Told("lexicon", as_briefs(scenes, library, NOBODY)),
        Told("model", by_model(scenes, advisers)),
        Told("both", as_briefs(scenes, library, advisers)),
    ]
    head = [
        "| lexicon/model/both | scenes | valence: sign | Pearson | arousal: sign | Pearson | end: valence | arousal |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows = [_row("all", np.ones(len(scenes), bool), told, labels)]
    rows += [_row(name, languages == name, told, labels) for name in sorted(set(languages.tolist()))]
    return "\n".join([*head, *rows])


def _row(name: str, here: NDArray[np.bool_], told: Sequence[Told], labels: Values) -> str:
    cells = [name, str(int(here.sum()))]
    for axis in (0, 1):
        for measure in (sign_accuracy, pearson):
            cells.append(" / ".join(f"{measure(each.values[here, axis], labels[here, axis]):.2f}" for each in told))
    turns = here & (np.abs(labels[:, 2:] - labels[:, :2]).sum(1) > 0)
    for axis in (2, 3):
        cells.append(" / ".join(f"{sign_accuracy(each.values[turns, axis], labels[turns, axis]):.2f}" for each in told))
    return f"| {' | '.join(cells)} |"
