"""Whether a line carries a motif: an alignment that hears contour and main notes through key, tempo and ornaments.

Conventions: a melody is an array of rows (start, length, pitch), positions in any unit of time, pitches MIDI numbers. A
likeness lies between 0 and 1. Every note of the motif may meet one note of the line, in order; notes of the line
between them are ornaments and cost little, notes of the motif that meet none are lost with their weight. The line may
be higher or lower, faster or slower as a whole; `TEMPI` says by how much.

What it does not know: scales, metres and regions, so that being in the same one gives no likeness of its own.

Sources: Mongeau and Sankoff 1990 (melodies by alignment); Müllensiefen and Frieler 2004 (contour and accents).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assistant.plan.regional.anchors import anchor_weights, meter_of
from assistant.score import Note
from assistant.score.motif import MotifNote

Melody = npt.NDArray[np.float64]

TEMPI = np.log2(np.array([0.5, 2 / 3, 0.75, 0.875, 1.0, 9 / 8, 4 / 3, 1.5, 2.0]))
"""How much slower (positive) the line may be as a whole, in octaves of time."""
AROUND = 14
"""Semitones about the best guess that transpositions are tried."""
PITCH, CONTOUR, RHYTHM = 0.35, 0.4, 0.25
"""What counts: the pitch after transposition, the interval from the note before, the time since it."""
NEAR = np.array([1.0, 0.8, 0.5, 0.2])
"""Likeness of pitches so many semitones apart; none beyond."""
LOST, BETWEEN = 3, 4
"""Notes of the motif, and of the line, that may lie between two that meet."""
ORNAMENT = 0.06
"""What a note of the line that meets none costs, as a share of a note of the motif."""
SHORTEST_S = 0.1
"""Notes of a score that are shorter are graces and shakes."""


def melody_of(notes: Sequence[MotifNote]) -> Melody:
    """A motif as rows."""
    return np.array([(note.start_q, note.length_q, note.pitch) for note in notes])


def line_of(notes: Sequence[Note], quarter_s: float) -> Melody:
    """What a part plays as rows, one note at a time, without its quickest notes."""
    slow = [note for note in notes if note.length_q * quarter_s >= SHORTEST_S]
    rows: list[tuple[float, float, float]] = []
    for note in sorted(slow, key=lambda note: (round(note.start_q, 4), -note.length_q, -note.pitch)):
        if not rows or note.start_q - rows[-1][0] > 1e-3:
            rows.append((note.start_q, note.length_q, float(note.pitch)))
    return np.array(rows).reshape(-1, 3)


def carried(motif: Melody, line: Melody) -> float:
    """How much of a motif a line carries at the place where it carries most of it.

    Examples
    --------
    >>> tune = np.array([[0, 1, 60], [1, 1, 62], [2, 1, 64], [3, 2, 67]])
    >>> round(carried(tune, tune + [8, 0, 5]), 3)
    1.0
    """
    if len(motif) < 2 or len(line) < 2:
        return 0.0
    weights = _weights(motif)
    moves = _moves(motif, line)
    best: list[npt.NDArray[np.float64]] = []
    top = 0.0
    for index in range(len(motif)):
        own = PITCH * weights[index] * _near(line[:, 2][None, :] - moves[:, None] - motif[index, 2])
        reached = np.repeat(own[:, None, :], len(TEMPI), axis=1)
        chained = np.full_like(reached, -np.inf)
        for before in range(max(0, index - LOST), index):
            for gap in range(1, min(BETWEEN + 1, len(line) - 1) + 1):
                pair = weights[index] * _pair(motif, line, before, index, gap) - ORNAMENT * (gap - 1)
                np.maximum(chained[:, :, gap:], best[before][:, :, :-gap] + pair[None], out=chained[:, :, gap:])
        reached = reached + np.maximum(chained, 0.0)
        best.append(reached)
        top = max(top, float(reached.max()))
    whole = PITCH * weights.sum() + (CONTOUR + RHYTHM) * weights[1:].sum()
    return top / float(whole)


def _weights(motif: Melody) -> npt.NDArray[np.float64]:
    """How much each note counts: anchors more than twice as much as notes in passing."""
    notes = [MotifNote(float(start), float(length), int(pitch)) for start, length, pitch in motif]
    return 0.4 + 0.6 * np.array(anchor_weights(notes, meter_of(notes)))


def _moves(motif: Melody, line: Melody) -> npt.NDArray[np.float64]:
    """Transpositions that are tried: about the difference of the middles, and octaves apart where the line is wide."""
    middle = round(float(np.median(line[:, 2]) - np.median(motif[:, 2])))
    return np.arange(middle - AROUND, middle + AROUND + 1, dtype=float)


def _near(difference: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Likeness of pitches."""
    apart = np.abs(difference).astype(int)
    near: npt.NDArray[np.float64] = np.where(apart < len(NEAR), NEAR[np.minimum(apart, len(NEAR) - 1)], 0.0)
    return near


def _pair(motif: Melody, line: Melody, before: int, index: int, gap: int) -> npt.NDArray[np.float64]:
    """Likeness of the step from one note of the motif to a later one with steps of the line: tempi by notes."""
    was = motif[index, 2] - motif[before, 2]
    goes = line[gap:, 2] - line[:-gap, 2]
    alike = np.where(np.sign(goes) == np.sign(was), 1.0 - np.minimum(np.abs(goes - was), 8) / 10, 0.0)
    alike = np.where((np.sign(goes) != np.sign(was)) & (goes * was == 0), 0.25, alike)
    asked_q = max(1e-3, motif[index, 0] - motif[before, 0])
    taken = np.log2(np.maximum(line[gap:, 0] - line[:-gap, 0], 1e-3) / asked_q)
    timed = np.exp(-np.abs(taken[None, :] - TEMPI[:, None]) / 0.6)
    return CONTOUR * alike[None, :] + RHYTHM * timed
