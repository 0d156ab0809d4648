"""Whether a simple classifier can tell generated music from real: gradient boosting on fixed features, folds by work.

Conventions: AUC 0.5 is chance, 1 certainty; every work is wholly on one side of each fold; features are those of
`models.evaluation.features`, standard settings otherwise. scikit-learn (which comes with librosa) is imported on use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

FOLDS = 5
ROUNDS = 3
"""How often works are dealt into folds anew: with so few works one dealing says little."""


@dataclass(frozen=True)
class Telling:
    """How well two kinds of music were told apart: mean AUC, its spread over folds, features that gave it away."""

    auc: float
    spread: float
    clues: tuple[tuple[str, float], ...] = ()


def tell(ours: Array, theirs: Array, works: Sequence[str], *, names: Sequence[str] = (), seed: int = 0) -> Telling:
    """Tell rows (excerpts, features) apart; row i of both belongs to ``works[i]``.

    Parameters
    ----------
    ours, theirs : array, shape (excerpts, features)
    works : sequence of str
    names : sequence of str, optional
        Names of the features; with them, ``clues`` holds how much AUC falls when each is shuffled.
    seed : int

    Returns
    -------
    Telling
    """
    from sklearn.metrics import roc_auc_score

    features = np.concatenate([ours, theirs])
    labels = np.repeat([1, 0], [len(ours), len(theirs)])
    groups = np.array([*works, *works])
    marks: list[float] = []
    falls = np.zeros(features.shape[1])
    for turn in range(ROUNDS):
        for train, test in _folds(groups, seed + turn):
            model = _classifier(seed).fit(features[train], labels[train])
            base = float(roc_auc_score(labels[test], model.predict_proba(features[test])[:, 1]))
            marks.append(base)
            if names:
                falls += _falls(model, features[test], labels[test], base, seed + turn)
    order = np.argsort(-falls)[:12].tolist()
    clues = tuple((names[at], float(falls[at] / len(marks))) for at in order) if names else ()
    return Telling(float(np.mean(marks)), float(np.std(marks)), clues)


def _classifier(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=100, learning_rate=0.1, max_leaf_nodes=15, min_samples_leaf=8, random_state=seed
    )


def _folds(groups: Array, seed: int) -> list[tuple[Array, Array]]:
    """Works dealt into folds: (train, test) indices."""
    from sklearn.model_selection import GroupKFold

    count = min(FOLDS, len(np.unique(groups)))
    return list(GroupKFold(count, shuffle=True, random_state=seed).split(groups, groups=groups))


def _falls(model: Any, features: Array, labels: Array, base: float, seed: int) -> Array:
    """How much the AUC falls when one column is shuffled, for each column."""
    from sklearn.metrics import roc_auc_score

    random = np.random.default_rng(seed)
    copies = np.repeat(features[None], features.shape[1], 0)
    for at in range(features.shape[1]):
        copies[at, :, at] = random.permutation(copies[at, :, at])
    chances = model.predict_proba(copies.reshape(-1, features.shape[1]))[:, 1].reshape(len(copies), -1)
    falls: Array = np.array([base - roc_auc_score(labels, each) for each in chances])
    return falls
