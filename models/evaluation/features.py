"""What music is compared by: histograms of a sheet, their overlap, and a row of numbers for a classifier.

Conventions: a sheet is that of `models.evaluation.held_out`; a histogram is counts, made shares where it is compared;
bins are fixed here, before anything was generated. Pitch classes count from the tonic of the section, intervals in
semitones within a line, onsets in sixteenths of the bar's length, lengths by `vocabulary.LENGTHS`, density in notes of
one part in one bar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.plan import Plan
from models.evaluation.held_out import LINES, Sheet
from models.transformer import vocabulary as v

Array = npt.NDArray[Any]

PLACES = 16
WIDEST = 12
FULL = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16)
"""Lower edges of the bins of notes a bar."""
ROLES = ("lead", "counter", "harmony", "bass")
NAMES = ("pitch class", "interval", "duration", "onset", "density")
GRID = {0: 0, 6: 1, 3: 2, 9: 2, 4: 3, 8: 3}
"""Kinds of place within a quarter: on it, eighth, sixteenth, triplet; all others are finer."""


@dataclass(frozen=True)
class Frame:
    """What both sides of a comparison share: bars, metre, roles and keys.

    Parameters
    ----------
    bars : int
        Bars that are compared.
    steps : int
        Steps of a bar.
    roles : mapping of str to str
        Part id to role.
    tonics : array of int, shape (bars,)
    """

    bars: int
    steps: int
    roles: Mapping[str, str]
    tonics: Array

    @classmethod
    def of(cls, plan: Plan) -> Frame:
        """The frame of a plan, its final bar left out."""
        bars = plan.bar_count - 1
        tonics = np.array([plan.section_of(bar).key.tonic for bar in range(bars)])
        steps = round(plan.bars[0].length_q * v.STEPS_PER_Q)
        return cls(bars, steps, {part.id: part.role for part in plan.parts}, tonics)


def histograms(sheet: Sheet, frame: Frame) -> dict[str, Array]:
    """Counts by name of `NAMES`; density is (roles, bins)."""
    rows = np.concatenate([*sheet.values(), np.zeros((0, 4), np.int64)])
    moves = [np.diff(sheet[name][:, 2]) for name, role in frame.roles.items() if role in LINES]
    leaps = np.clip(np.concatenate([*moves, np.zeros(0, np.int64)]), -WIDEST, WIDEST) + WIDEST
    places = np.minimum(rows[:, 1] * PLACES // frame.steps, PLACES - 1)
    density = np.zeros((len(ROLES), len(FULL)))
    for name, role in frame.roles.items():
        np.add.at(density[ROLES.index(role)], _full(notes_a_bar(sheet[name], frame.bars)), 1)
    return {
        "pitch class": np.bincount((rows[:, 2] - frame.tonics[rows[:, 0]]) % 12, minlength=12),
        "interval": np.bincount(leaps, minlength=2 * WIDEST + 1),
        "duration": np.bincount(v.nearest(rows[:, 3], v.LENGTHS), minlength=len(v.LENGTHS)),
        "onset": np.bincount(places, minlength=PLACES),
        "density": density,
    }


def notes_a_bar(notes: Array, bars: int) -> Array:
    """How many notes begin in each bar."""
    counts: Array = np.bincount(notes[:, 0], minlength=bars)[:bars]
    return counts


def _full(counts: Array) -> Array:
    found: Array = np.searchsorted(np.array(FULL), counts, side="right") - 1
    return found


def pooled(made: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """Histograms of several excerpts added up."""
    return {name: np.sum([each[name] for each in made], axis=0) for name in NAMES}


def overlap(ours: Array, theirs: Array) -> float:
    """The area that two normalised histograms share, 0..1; of several rows the mean, weighted by what they hold.

    Examples
    --------
    >>> overlap(np.array([2, 2]), np.array([1, 1])), overlap(np.array([1, 0]), np.array([0, 3]))
    (1.0, 0.0)
    """
    a, b = np.atleast_2d(ours).astype(float), np.atleast_2d(theirs).astype(float)
    weight = a.sum(1) + b.sum(1)
    a, b = a / np.maximum(a.sum(1, keepdims=True), 1e-9), b / np.maximum(b.sum(1, keepdims=True), 1e-9)
    return float((np.minimum(a, b).sum(1) * weight).sum() / max(weight.sum(), 1e-9))


def overlaps(ours: Sequence[Mapping[str, Array]], theirs: Sequence[Mapping[str, Array]]) -> dict[str, float]:
    """Overlap of each histogram, and their mean."""
    a, b = pooled(ours), pooled(theirs)
    found = {name: overlap(a[name], b[name]) for name in NAMES}
    return found | {"mean": sum(found.values()) / len(found)}


def columns() -> list[str]:
    """Names of the numbers of `row`."""
    names = [f"pitch class {at}" for at in range(12)]
    names += [f"interval {at - WIDEST:+d}" for at in range(2 * WIDEST + 1)]
    names += [f"duration {length}" for length in v.LENGTHS]
    names += [f"onset {at}" for at in range(PLACES)]
    names += ["grid quarter", "grid eighth", "grid sixteenth", "grid triplet", "grid finer"]
    return names + [f"density {role} {what}" for role in ROLES for what in ("mean", "spread")]


def row(sheet: Sheet, frame: Frame) -> Array:
    """One excerpt as numbers: shares of the histograms, kinds of place, and notes a bar by role (NaN: no such part)."""
    made = histograms(sheet, frame)
    shares = [made[name] / max(1, made[name].sum()) for name in NAMES[:4]]
    onsets = np.concatenate([*sheet.values(), np.zeros((0, 4), np.int64)])[:, 1] % v.STEPS_PER_Q
    kinds = np.bincount([GRID.get(int(at), 4) for at in onsets], minlength=5) / max(1, len(onsets))
    density: list[float] = []
    for role in ROLES:
        counts = [notes_a_bar(sheet[name], frame.bars) for name, own in frame.roles.items() if own == role]
        density += [float(np.mean(counts)), float(np.std(counts))] if counts else [float("nan")] * 2
    return np.concatenate([*shares, kinds, density])
