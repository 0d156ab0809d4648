"""How much of stored work is kept, and which of it goes first.

Conventions: the least recently touched work goes first; work that is being made never goes. Settings of the
environment: ``CUEWRIGHT_KEEP_DAYS`` (days since a session was last touched), ``CUEWRIGHT_KEEP_GB`` (all sessions
together), ``CUEWRIGHT_IMPORT_MB`` (one imported file, and what is in it).
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from assistant.errors import InputError
from assistant.store.values import Work

DAY_S, GB, MB = 86_400.0, 1_000_000_000, 1_000_000
AT_HOME = {"CUEWRIGHT_KEEP_DAYS": 90.0, "CUEWRIGHT_KEEP_GB": 20.0, "CUEWRIGHT_IMPORT_MB": 2000.0}
"""Defaults on a machine of one's own."""
HOSTED = {"CUEWRIGHT_KEEP_DAYS": 2.0, "CUEWRIGHT_KEEP_GB": 10.0, "CUEWRIGHT_IMPORT_MB": 500.0}
"""Defaults where many visitors share a disk (a Space)."""
MOST = 1_000_000.0
"""The highest number that any of them takes."""


@dataclass(frozen=True)
class Limits:
    """Age and size of stored work.

    Parameters
    ----------
    age_s : float
        Seconds since a session was last touched, from which it is erased.
    total_bytes : int
        Size of all stored files together, above which the oldest are erased.
    import_bytes : int
        Size of a file that may be imported, and of everything that is in it.
    """

    age_s: float = AT_HOME["CUEWRIGHT_KEEP_DAYS"] * DAY_S
    total_bytes: int = int(AT_HOME["CUEWRIGHT_KEEP_GB"] * GB)
    import_bytes: int = int(AT_HOME["CUEWRIGHT_IMPORT_MB"] * MB)

    @property
    def days(self) -> float:
        """The age in days."""
        return self.age_s / DAY_S

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Limits:
        """The limits that the environment asks for.

        Raises
        ------
        InputError
            If one is no number above zero.

        Examples
        --------
        >>> Limits.from_environment({"CUEWRIGHT_KEEP_DAYS": "0.5"}).age_s
        43200.0
        """
        defaults = HOSTED if "SPACE_ID" in environ else AT_HOME
        days, gb, mb = (_positive(name, environ.get(name) or str(value)) for name, value in defaults.items())
        return cls(days * DAY_S, int(gb * GB), int(mb * MB))


def _positive(name: str, words: str) -> float:
    try:
        value = float(words)
    except ValueError:
        value = math.nan
    if not 0 < value <= MOST:
        raise InputError(f"{name}={words!r:.40}", f"a number above 0, {MOST:g} at most", f"correct {name}")
    return value


def to_erase(works: Iterable[Work], limits: Limits, *, now_s: float, at_work: Collection[str] = ()) -> tuple[str, ...]:
    """The ids of the works that must go.

    Examples
    --------
    >>> works = [Work("old", "", 0.0, 6), Work("new", "", 9.0, 6)]
    >>> to_erase(works, Limits(total_bytes=10), now_s=10.0)
    ('old',)
    """
    ordered = sorted(works, key=lambda work: work.touched_s)
    gone = [work.id for work in ordered if work.id not in at_work and now_s - work.touched_s > limits.age_s]
    total = sum(work.size_bytes for work in ordered if work.id not in gone)
    for work in ordered:
        if total <= limits.total_bytes:
            break
        if work.id not in gone and work.id not in at_work:
            gone.append(work.id)
            total -= work.size_bytes
    return tuple(gone)
