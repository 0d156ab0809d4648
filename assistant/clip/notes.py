"""Notes from a pitch that was followed: what somebody hummed, as a list of pitches with their times.

Conventions: times in seconds from the beginning of the sound, pitches whole MIDI numbers of the singer's own tuning
(which may drift: `Sung.tuning` is how far the middle of it lies from A = 440 Hz, in semitones).

What sounds is divided where the level falls and rises again, and each stretch into the levels of pitch that explain it
best with the fewest changes: vibrato swings around its level and asks for none, a glide belongs to the note that it
leads to. Only then are the levels named: whole semitones above a tuning that may move slowly, chosen all together.

Sources: optimal partitioning (Jackson et al. 2005) on the pitch; the drifting tuning as a path of least cost, after the
note model of Tony (Mauch et al. 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from assistant.clip.pitch import HOP_S, Mono, Track, follow_pitch

Numbers = npt.NDArray[np.float64]

CHANGE = 2.0
"""What a new level costs, in squared semitones times steps of 10 ms: half a cycle of wide vibrato explains less."""
FARTHEST = 3.0
"""A moment farther than this from both sides of itself is an error of the pitch, not a note."""
BREAK_S = 0.05
"""A pause of pitch that divides two notes; consonants of a hummed tune are shorter."""
SHORTEST_S = 0.07
PASSED_S = 0.13
"""A level shorter than this that lies between its neighbours is a glide from one to the other."""
GLIDE_S = 0.05
"""The beginning of a note that says little of its pitch."""
DIP_DB, DIP_WITHIN_S = 5.0, 0.16
"""A fall and rise of level that divides a note in two, and how near to each side the level must be higher."""
TUNINGS = np.linspace(-0.9, 0.9, 37)
DRIFT = 0.03
"""How fast a tuning drifts: variance in squared semitones a second."""
UNSURE = 0.15
"""Semitones that the mean pitch of a note lies from what was meant."""


@dataclass(frozen=True)
class SungNote:
    """One note: when, how long, and its pitch as a whole MIDI number."""

    start_s: float
    length_s: float
    pitch: int

    @property
    def end_s(self) -> float:
        """When it is over."""
        return self.start_s + self.length_s


@dataclass(frozen=True)
class Sung:
    """The notes of a melody as it was sung, and its tuning in semitones from A = 440 Hz."""

    notes: tuple[SungNote, ...]
    tuning: float = 0.0


@dataclass(frozen=True)
class _Level:
    """A stretch of steady pitch, in steps; ``parted`` says that the level fell before it."""

    start: int
    end: int
    pitch: float
    parted: bool


def hear_notes(mono: Mono) -> Sung:
    """The notes of one voice.

    Parameters
    ----------
    mono : array, shape (n,)
        At `RATE_HZ`, full scale at 1.0.
    """
    track = follow_pitch(mono)
    levels = [level for start, end in _sounding(track) for level in _levels(start, end, track)]
    levels = _without_glides([level for level in levels if (level.end - level.start) * HOP_S >= SHORTEST_S])
    if not levels:
        return Sung(())
    tuning = _tuning(levels)
    notes: list[SungNote] = []
    for level, offset in zip(levels, tuning, strict=True):
        pitch = round(level.pitch - offset)
        start_s, end_s = round(level.start * HOP_S, 3), round(level.end * HOP_S, 3)
        last = notes[-1] if notes else None
        if last and not level.parted and last.pitch == pitch and start_s - last.end_s < BREAK_S:
            notes[-1] = replace(last, length_s=round(end_s - last.start_s, 3))
        else:
            notes.append(SungNote(start_s, round(end_s - start_s, 3), pitch))
    return Sung(tuple(notes), round(float(np.median(tuning)), 3))


def _sounding(track: Track) -> list[tuple[int, int]]:
    """Stretches with a pitch, cut where their level dips."""
    voiced = np.isfinite(track.pitch)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], voiced.astype(np.int8), [0]])))
    spans = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and (start - joined[-1][1]) * HOP_S < BREAK_S:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [piece for start, end in joined for piece in pairwise(_cuts(start, end, track.level_db))]


def _cuts(start: int, end: int, level_db: Numbers) -> list[int]:
    """The ends of a stretch, and the dips between them."""
    level = np.convolve(np.pad(level_db, 1, mode="edge"), np.ones(3) / 3, mode="valid")
    reach = round(DIP_WITHIN_S / HOP_S)
    cuts = [start]
    for at in range(start + 4, end - 4):
        if level[at] > level[max(start, at - 3) : at + 4].min() or (at - cuts[-1]) * HOP_S < SHORTEST_S:
            continue
        before, after = level[max(cuts[-1], at - reach) : at].max(), level[at + 1 : min(end, at + reach)].max()
        if min(before, after) - level[at] >= DIP_DB:
            cuts.append(at)
    return [*cuts, end]


def _levels(start: int, end: int, track: Track) -> list[_Level]:
    """A stretch as the levels that explain its pitch best with the fewest changes."""
    pitch = _mended(track.pitch[start:end])
    if len(pitch) < 2:
        return []
    edges = [0]
    for edge in _partition(pitch)[1:]:  # what is passed through on the way belongs to where it leads
        if (edge - edges[-1]) * HOP_S >= SHORTEST_S or edge == len(pitch):
            edges.append(edge)
    return [
        _Level(start + left, start + right, _middle(pitch[left:right]), left == 0) for left, right in pairwise(edges)
    ]


def _without_glides(levels: Sequence[_Level]) -> list[_Level]:
    """Levels without those that are only passed on the way; their time goes to the note that they lead to."""
    out = list(levels)
    for index in range(len(out) - 2, 0, -1):
        before, here, after = out[index - 1 : index + 2]
        joined = (here.start - before.end) * HOP_S < BREAK_S and here.end == after.start and not after.parted
        between = (here.pitch - before.pitch) * (after.pitch - here.pitch) > 0
        if joined and between and (here.end - here.start) * HOP_S < PASSED_S:
            out[index : index + 2] = [replace(after, start=here.start, parted=here.parted)]
    return out


def _middle(pitch: Numbers) -> float:
    """The pitch of a level, its glide left out."""
    glide = min(round(GLIDE_S / HOP_S), len(pitch) // 3)
    return float(np.mean(pitch[glide:]))


def _mended(pitch: Numbers) -> Numbers:
    """Holes filled from their sides, single moments of an error taken for holes."""
    from scipy.ndimage import median_filter

    where = np.arange(len(pitch))
    known = np.isfinite(pitch)
    filled = np.interp(where, where[known], pitch[known])
    calm = median_filter(filled, size=7, mode="nearest")
    return np.asarray(np.where(np.abs(filled - calm) > FARTHEST, calm, filled))


def _partition(pitch: Numbers) -> list[int]:
    """Edges of the levels: least squared distance from the levels' means plus `CHANGE` for each."""
    count, least = len(pitch), 3
    first = np.concatenate([[0.0], np.cumsum(pitch)])
    second = np.concatenate([[0.0], np.cumsum(np.square(pitch))])
    total = np.full(count + 1, np.inf)
    total[0] = -CHANGE
    came = np.zeros(count + 1, np.intp)
    for end in range(min(least, count), count + 1):
        starts = np.arange(0, max(1, end - least + 1))
        length = end - starts
        cost = second[end] - second[starts] - np.square(first[end] - first[starts]) / length
        sums = total[starts] + cost + CHANGE
        came[end] = int(sums.argmin())
        total[end] = sums[came[end]]
    edges = [count]
    while edges[-1] > 0:
        edges.append(int(came[edges[-1]]))
    return edges[::-1]


def _tuning(levels: Sequence[_Level]) -> Numbers:
    """The tuning under each level: the path along which the levels are nearest to whole semitones."""
    away = np.array([level.pitch - TUNINGS for level in levels])
    length = np.array([(level.end - level.start) * HOP_S for level in levels])
    fit = np.square((away - np.round(away)) / UNSURE) * np.minimum(length / 0.2, 2.0)[:, None]
    total = fit[0] + 0.3 * np.square(TUNINGS)
    came = np.zeros(fit.shape, np.intp)
    steps = np.square(TUNINGS[:, None] - TUNINGS[None, :])
    for index in range(1, len(levels)):
        passed_s = max(0.05, (levels[index].start - levels[index - 1].start) * HOP_S)
        sums = total[None, :] + steps / (DRIFT * passed_s)
        came[index] = sums.argmin(axis=1)
        total = sums.min(axis=1) + fit[index]
    way = [int(total.argmin())]
    for index in range(len(levels) - 1, 0, -1):
        way.append(int(came[index, way[-1]]))
    return np.asarray(TUNINGS[way[::-1]])
