"""Where the harmonies of two pieces run alike, in any key and nearly any tempo: time warping on their chroma.

Conventions: chroma is an array of shape (n, 12), one row each `HOP_S`, the weights of the pitch classes from C, each
row of length 1 (or 0 where nothing sounds). Rows are compared with the `CONTEXT` that follows them, so that a chord
alone says nothing. A pair of moments counts as alike when each is among the nearest of the other (`NEAREST`); the
longest run of such pairs, warped by a factor of two at most and with short gaps, is found by dynamic programming. The
other piece is moved to the keys in which the two agree best as wholes.

Sources: Serra, Serra and Andrzejak 2009, Cross recurrence quantification for cover song identification (Qmax); Serra,
Gomez, Herrera and Serra 2008 (optimal transposition index).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.clip.music import find_peaks
from assistant.score import Score

Numbers = npt.NDArray[np.float64]

HOP_S = 0.25
CONTEXT = 10
"""Moments that are compared at once: two seconds and a half."""
NEAREST = 0.09
"""Share of all moments that count as near."""
GAP, GAP_ON = 4.0, 0.5
"""What the first moment of a gap costs, and each that follows."""
KEYS = 2
"""In how many keys the two are compared."""
THRESHOLD_S = 18.0
"""Length of a run from which two pieces are alike; measured on unrelated cues (`models.evaluation.recognised`)."""
MOST = 1440
"""Moments of a piece that are looked at: six minutes."""


@dataclass(frozen=True)
class Run:
    """Where two pieces run alike, in seconds of each, in which key the other lies, and how alike that is."""

    start_s: float
    end_s: float
    there_start_s: float
    there_end_s: float
    shift: int
    likeness: float


def chroma_of_score(score: Score) -> Numbers:
    """The chroma of what is written; drums have none."""
    rows = min(MOST, int(score.length_s / HOP_S) + 1)
    out = np.zeros((rows, 12))
    for part in score.parts:
        if part.is_drums:
            continue
        for note in part.notes:
            start, end = score.start_s(note) / HOP_S, score.end_s(note) / HOP_S
            for row in range(max(0, int(start)), min(rows, int(end) + 1)):
                shared = min(end, row + 1) - max(start, row)
                out[row, note.pitch % 12] += max(0.0, shared) * note.velocity
    return _unit(np.sqrt(out))


def chroma_of_sound(mono: npt.NDArray[np.float32], rate_hz: int) -> Numbers:
    """The chroma of what is heard; ``mono`` at 48 kHz, shape (n,)."""
    from assistant.clip.music import LONG_HOP

    pitches, weights, windows = find_peaks(mono[: round(MOST * HOP_S * rate_hz)])
    if not weights.size:
        return np.zeros((0, 12))
    centre = np.sum(weights * np.exp(2j * np.pi * pitches))
    classes = np.round(pitches - float(np.angle(centre)) / (2 * np.pi)).astype(int) % 12
    rows = (windows * (LONG_HOP / rate_hz) / HOP_S).astype(int)
    out = np.zeros((int(rows.max()) + 1, 12))
    np.add.at(out, (rows, classes), weights)
    return _unit(np.sqrt(out))


def best_run(own: Numbers, other: Numbers) -> Run | None:
    """The longest run; None where one of them is too short to say anything."""
    if min(len(own), len(other)) < 2 * CONTEXT:
        return None
    fit = [float(own.sum(axis=0) @ np.roll(other.sum(axis=0), shift)) for shift in range(12)]
    runs = [_run(own, np.roll(other, shift, axis=1), shift) for shift in np.argsort(fit)[::-1][:KEYS].tolist()]
    return max(runs, key=lambda run: run.likeness)


def _unit(rows: Numbers) -> Numbers:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, length, out=np.zeros_like(rows), where=length > 1e-9))


def _run(own: Numbers, other: Numbers, shift: int) -> Run:
    """The longest run in one key."""
    alike = _context(own @ other.T)
    near = _near(alike)
    total = np.zeros((near.shape[0] + 2, near.shape[1] + 2))
    begins = np.zeros((*total.shape, 2), np.int32)
    rows = np.arange(near.shape[1])
    for i in range(near.shape[0]):
        steps = ((i + 1, 1), (i, 1), (i + 1, 0))  # by one and one, by two and one, by one and two
        before = np.stack([total[row, column : column + near.shape[1]] for row, column in steps])
        came = np.stack([begins[row, column : column + near.shape[1]] for row, column in steps])
        was_near = np.stack([_at(near, row - 2, column - 2) for row, column in steps])
        value = np.where(near[i], before + 1.0, before - np.where(was_near, GAP, GAP_ON))
        best = value.argmax(axis=0)
        top = value[best, rows]
        carried = before[best, rows] > 0
        total[i + 2, 2:] = np.maximum(top, 0.0)
        own_begin = np.stack([np.full(near.shape[1], i), rows], axis=1)
        begins[i + 2, 2:] = np.where(carried[:, None], came[best, rows], own_begin)
    end = np.unravel_index(int(total.argmax()), total.shape)
    first, there_first = begins[end]
    last, there_last = int(end[0]) - 2 + CONTEXT, int(end[1]) - 2 + CONTEXT
    start_s, end_s, there_s, there_end_s = (
        round(float(moment) * HOP_S, 2) for moment in (first, last, there_first, there_last)
    )
    likeness = round(float(total[end]) * HOP_S / THRESHOLD_S, 3)
    return Run(start_s, end_s, there_s, there_end_s, shift, likeness)


def _at(near: npt.NDArray[np.bool_], row: int, shift: int) -> npt.NDArray[np.bool_]:
    """A row of the table, moved to the right; nothing is near outside it."""
    out = np.zeros(near.shape[1], bool)
    if row >= 0:
        out[-shift:] = near[row, : near.shape[1] + shift]
    return out


def _context(alike: Numbers) -> Numbers:
    """Likeness of the stretches that begin with each pair."""
    rows, columns = alike.shape[0] - CONTEXT + 1, alike.shape[1] - CONTEXT + 1
    out = np.zeros((rows, columns))
    for at in range(CONTEXT):
        out += alike[at : at + rows, at : at + columns]
    return out


def _near(alike: Numbers) -> npt.NDArray[np.bool_]:
    """Which pairs are among the nearest of both."""
    by_row = np.quantile(alike, 1 - NEAREST, axis=1, keepdims=True)
    by_column = np.quantile(alike, 1 - NEAREST, axis=0, keepdims=True)
    floor = 0.5 * CONTEXT
    return np.asarray((alike >= by_row) & (alike >= by_column) & (alike > floor))
