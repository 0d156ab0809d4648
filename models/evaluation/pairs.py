"""True and false pairs of things that should and should not be told to be alike: AUC, its interval, a threshold.

Conventions: a likeness is higher for what is more alike. Each pair belongs to a subject, by number; halves and
resamplings go by subject, so that pairs of one subject never stand on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Likenesses of true and false pairs, and which subject each belongs to."""

    true: list[tuple[int, float]]
    false: list[tuple[int, float]]

    def half(self, rest: int) -> Pairs:
        """The pairs of every second subject."""
        return Pairs(*([pair for pair in pairs if pair[0] % 2 == rest] for pairs in (self.true, self.false)))

    def values(self) -> tuple[Values, Values]:
        """True and false likenesses."""
        return np.array([value for _, value in self.true]), np.array([value for _, value in self.false])


def auc(pairs: Pairs) -> float:
    """The chance that a true pair is more alike than a false one, ties counting half."""
    true, false = pairs.values()
    more = (true[:, None] > false[None]).mean() + 0.5 * (true[:, None] == false[None]).mean()
    return float(more)


def interval(pairs: Pairs, times: int = 1000) -> tuple[float, float]:
    """The middle 95 % of AUCs over subjects drawn again."""
    rng = np.random.default_rng(7)
    names = sorted({name for name, _ in pairs.true})
    own = {name: [v for n, v in pairs.true if n == name] for name in names}
    other = {name: [v for n, v in pairs.false if n == name] for name in names}
    found = []
    for _ in range(times):
        drawn = rng.choice(names, len(names))
        found.append(auc(Pairs([(0, v) for n in drawn for v in own[n]], [(0, v) for n in drawn for v in other[n]])))
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def threshold_of(pairs: Pairs) -> float:
    """Where as large a share of true pairs lies below as of false ones above."""
    true, false = pairs.values()
    places = np.unique(np.concatenate([true, false]))
    gaps = [abs((true < place).mean() - (false >= place).mean()) for place in places]
    return float(places[int(np.argmin(gaps))])
