"""Finds gradual changes: fades to and from black or white, and dissolves of one shot into the next.

Conventions: pictures are blocks as `assistant.clip.colours` describes them, shape (n, 3, rows, columns); places are
indices of frames until they become seconds at the door; *share* is how far a picture is on the way from one end of a
change to the other, 0 to 1. This module knows nothing of files.

A change from picture A to picture B is gradual when the pictures between are mixtures of the two in growing shares:
that is what a mixer does, and what no camera does, for a camera that moves shows neither. A fade is looked for from
every stretch of black or white; a dissolve wherever two unlike pictures a third of a second to two seconds apart have
mixtures between them. The ends of a fade come
from a straight line through the shares between 0.2 and 0.8, those of a dissolve from where it stops to go on.

Sources: dissolves as linear mixtures of two shots, Hampapur, Jain and Weymouth, Production Model Based Digital Video
Segmentation, 1995; Lienhart, Comparison of Automatic Shot Boundary Detection Algorithms, 1999. The bounds were set on
the development half of `models.evaluation.cuts`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from assistant.clip.values import Transition

Numbers = npt.NDArray[np.float64]
Pictures = npt.NDArray[np.float32]
Kind = Literal["fade_out", "fade_in", "dissolve"]

SCANNED_HZ = 15.0
"""Pictures a second at which dissolves are looked for; a frame more or less is settled afterwards."""
SPANS = (4, 6, 8, 12, 16, 24)
"""Lengths that are tried, in scanned pictures."""
FLOOR = 12.0
"""Least change over the three planes between both ends, as in `assistant.clip.cuts`."""
MIXED = 0.22
"""Largest distance of what lies between from mixtures, in shares of the change; a hard cut has a third, motion more."""
UNLIKE = 0.8
"""Correlation from which the ends show the same shot in another light."""
BLANK_SPREAD, BLANK_DARK, BLANK_LIGHT = 3.0, 34.0, 225.0
"""A blank picture: how little its brightness varies, and below or above which level it lies."""
SHORTEST_S, LONGEST_S = 0.2, 4.0
GOES_ON, REST, RESTS = 0.4, 3, 0.3
"""Share of the usual step above which a dissolve goes on; frames behind its ends in which it rests, at most so far."""
MOVES_ON, KEEPS_CONTRAST = 0.85, 0.96
"""What a camera that goes on does outside, as a share of what it does inside, and the contrast that it leaves."""
LOW, HIGH = 0.2, 0.8
"""Shares between which the straight line is drawn."""


@dataclass(frozen=True)
class _Found:
    """A gradual change between two places, the better the lower ``error`` is."""

    start: float
    end: float
    kind: Kind
    error: float


def find_transitions(
    times_s: Numbers, blocks: npt.NDArray[np.uint8], cuts_s: Sequence[float]
) -> tuple[Transition, ...]:
    """The fades and dissolves of a clip.

    Parameters
    ----------
    times_s : array, shape (n,)
        When each picture is shown, rising, in seconds.
    blocks : array, shape (n, 3, rows, columns)
    cuts_s : sequence of float
        The hard cuts: no gradual change reaches over one.

    Returns
    -------
    tuple of Transition
        In order of time.
    """
    if len(times_s) < 12:
        return ()
    flat = blocks.reshape(len(blocks), -1)
    edges = [0, *(int(np.searchsorted(times_s, cut_s - 1e-6)) for cut_s in cuts_s), len(times_s)]
    found = list(_fades(times_s, flat, edges))
    for each in sorted(_dissolves(times_s, flat, edges), key=lambda each: each.error):
        if not any(_overlap(each, other) for other in found):
            found.append(each)
    spans = ((float(_at(times_s, each.start)), float(_at(times_s, each.end)), each.kind) for each in found)
    return tuple(sorted(Transition(start, end, kind) for start, end, kind in spans if end - start >= SHORTEST_S))


def _at(times_s: Numbers, place: float) -> float:
    """The time at a place between frames."""
    return float(np.interp(place, np.arange(len(times_s)), times_s))


def _overlap(one: _Found, other: _Found) -> bool:
    return min(one.end, other.end) - max(one.start, other.start) > 0.25 * min(
        one.end - one.start, other.end - other.start
    )


def _shot_of(place: float, edges: Sequence[int]) -> tuple[int, int]:
    """The first and the last frame between the hard cuts around a place."""
    index = max(1, min(len(edges) - 1, bisect_right(edges, place)))
    return edges[index - 1], edges[index] - 1


# fades


def _fades(times_s: Numbers, flat: npt.NDArray[np.uint8], edges: Sequence[int]) -> Iterator[_Found]:
    """The changes into and out of every stretch of blank pictures."""
    luma = flat[:, : flat.shape[1] // 3]
    level = luma.mean(axis=1)
    blank = (luma.std(axis=1) < BLANK_SPREAD) & ((level < BLANK_DARK) | (level > BLANK_LIGHT))
    steps = np.diff(blank.astype(np.int8), prepend=0, append=0)
    for first, after in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True):
        run = (int(first), int(after) - 1)
        for kind in ("fade_out", "fade_in"):
            ends = _fade(times_s, flat, edges, run, out=kind == "fade_out")
            if ends is not None:
                yield _Found(*ends, kind, 0.0)  # type: ignore[arg-type]


def _fade(
    times_s: Numbers, flat: npt.NDArray[np.uint8], edges: Sequence[int], run: tuple[int, int], *, out: bool
) -> tuple[float, float] | None:
    """Both ends of the change from or to the full picture, on one side of a run of blank pictures."""
    edge, way = (run[0], -1) if out else (run[1], 1)
    low, high = _shot_of(edge, edges)
    usual_s = float(np.median(np.diff(times_s)))
    count = min(edge - low if out else high - edge, round(LONGEST_S / usual_s))
    if count * usual_s < SHORTEST_S:
        return None
    places = edge + way * np.arange(count + 1)
    rows = flat[places].astype(np.float32) - flat[(run[0] + run[1]) // 2]
    strength = np.abs(rows).mean(axis=1) * 3
    full = _plateau(strength, max(2, round(0.12 / usual_s)))
    if strength[full] < FLOOR:
        return None
    target = rows[full]
    shares = rows[: full + 1] @ target / float(target @ target)
    error = np.abs(rows[: full + 1] - np.outer(shares, target)).mean() * 3 / strength[full]
    line = _line(np.arange(full + 1), shares)
    if error > MIXED or line is None:
        return None
    near, far = max((run[0] - run[1]) / 2, line[0]), min(float(full), line[1])
    ends = sorted((edge + way * near, edge + way * far))
    return (ends[0], ends[1]) if (far - near) * usual_s >= SHORTEST_S else None


def _plateau(strength: npt.NDArray[np.float32], reach: int) -> int:
    """Where a rising curve stops to rise: nothing within ``reach`` behind it is a twentieth above it."""
    for index in range(len(strength)):
        ahead = strength[index + 1 : index + 1 + reach]
        if not len(ahead) or (strength[index] >= FLOOR and ahead.max() <= 1.05 * strength[index]):
            return index
    return len(strength) - 1


# dissolves


def _dissolves(times_s: Numbers, flat: npt.NDArray[np.uint8], edges: Sequence[int]) -> Iterator[_Found]:
    """Places where pictures apart from each other have mixtures between them, best first, each settled."""
    usual_s = float(np.median(np.diff(times_s)))
    every = max(1, round(1 / (usual_s * SCANNED_HZ)))
    few = flat[::every].astype(np.float32)
    shot = np.searchsorted(edges, np.arange(len(few)) * every, side="right")
    taken: list[_Found] = []
    for error, middle, span in sorted(_scan(few, shot)):
        place = middle * every
        if any(each.start - 2 <= place <= each.end + 2 for each in taken):
            continue
        settled = _settle(flat, place, span * every, _shot_of(place, edges), round(LONGEST_S / usual_s))
        if settled is not None:
            taken.append(_Found(*settled, "dissolve", error))
            yield taken[-1]


def _scan(few: Pictures, shot: npt.NDArray[np.intp]) -> Iterator[tuple[float, int, int]]:
    """(error, middle, span) of every stretch that looks like a mixture of its ends."""
    planes = 3
    for span in SPANS:
        middles = np.arange(span // 2, len(few) - span // 2)
        middles = middles[shot[middles - span // 2] == shot[middles + span // 2]]
        if not len(middles):
            continue
        first, last = few[middles - span // 2], few[middles + span // 2]
        change = np.abs(last - first).mean(axis=1)
        near = np.flatnonzero(change * planes > FLOOR)
        middles, first, last, change = middles[near], first[near], last[near], change[near]
        quarter = span // 4
        error = np.zeros(len(middles), np.float32)
        for offset in (-quarter, 0, quarter):
            share = 0.5 + offset / span
            error += np.abs(few[middles + offset] - (first * (1 - share) + last * share)).mean(axis=1)
        error /= 3 * np.maximum(change, 1e-6)
        for index in np.flatnonzero(error < MIXED):
            if _correlation(first[index], last[index]) < UNLIKE:
                yield float(error[index] - 0.002 * planes * change[index]), int(middles[index]), span


def _correlation(one: Pictures, other: Pictures) -> float:
    """How alike the shapes of two pictures are, each plane about its own mean; 1 where one of them is blank."""
    a, b = (each.reshape(3, -1) - each.reshape(3, -1).mean(axis=1, keepdims=True) for each in (one, other))
    spread = float(np.sqrt((a * a).sum() * (b * b).sum()))
    blank = min(float(a[0].std()), float(b[0].std())) < BLANK_SPREAD
    return 1.0 if blank or spread < 1e-6 else float((a * b).sum() / spread)


def _settle(
    flat: npt.NDArray[np.uint8], place: int, span: int, shot: tuple[int, int], longest: int
) -> tuple[float, float] | None:
    """Both ends of a change around a place: as far as every frame goes on by about the same share of the same way.

    A mixer begins and ends at once; where the going fades out instead, a camera has moved.
    """
    first, last = max(shot[0], place - span // 2), min(shot[1], place + span // 2)
    low, high = max(shot[0], first - longest), min(shot[1], last + longest)
    if last - first < 3:
        return None
    way = flat[last].astype(np.float32) - flat[first]
    along = flat[low : high + 1].astype(np.float32) @ way / max(float(way @ way), 1e-6)
    going = np.diff(along)
    usual = float(np.median(going[first - low : last - low]))
    if usual <= 0:
        return None
    start = _last_going(going[: first - low][::-1], usual)
    end = _last_going(going[last - low :], usual)
    first, last = first - start, last + end
    before, after = going[max(0, first - low - REST) : first - low], going[last - low : last - low + REST]
    if any(len(rest) and float(np.mean(rest)) > RESTS * usual for rest in (before, after)):
        return None
    whole = first - shot[0] < REST or shot[1] - last < REST
    if whole or last - first > longest or not _is_mixture(flat, first, last) or _is_camera(flat, first, last, shot):
        return None
    return float(first), float(last)


def _last_going(going: npt.NDArray[np.float32], usual: float) -> int:
    """How many steps from the inside outwards go on; a frame that was shown twice stands still for one step."""
    on = going > GOES_ON * usual
    count = 0
    while count < len(on) and (on[count] or (count + 1 < len(on) and on[count + 1])):
        count += 1
    return count


def _is_camera(flat: npt.NDArray[np.uint8], first: int, last: int, shot: tuple[int, int]) -> bool:
    """Whether as much changes before and after as between, and no contrast is lost between: a camera that goes on."""
    around = max(REST, (last - first) // 2)
    low, high = max(shot[0], first - around), min(shot[1], last + around)
    rows = flat[low : high + 1].astype(np.float32)
    steps = np.abs(np.diff(rows, axis=0)).mean(axis=1)
    before, between, after = np.split(steps, [first - low, last - low])
    if min(before.mean(), after.mean()) < MOVES_ON * between.mean():
        return False
    contrast = rows[:, : flat.shape[1] // 3].std(axis=1)[first - low : last - low + 1]
    return bool(contrast.min() > KEEPS_CONTRAST * min(contrast[0], contrast[-1]))


def _is_mixture(flat: npt.NDArray[np.uint8], first: int, last: int) -> bool:
    """Whether all between two frames are mixtures of them, and they show different things."""
    rows = flat[first : last + 1].astype(np.float32)
    way = rows[-1] - rows[0]
    shares = (rows - rows[0]) @ way / max(float(way @ way), 1e-6)
    apart = np.abs(rows - rows[0] - np.outer(shares, way)).mean()
    return bool(apart < MIXED * np.abs(way).mean()) and _correlation(rows[0], rows[-1]) < UNLIKE


def _line(places: npt.NDArray[np.intp], shares: npt.NDArray[np.float32]) -> tuple[float, float] | None:
    """Where a straight line through the shares between `LOW` and `HIGH` reaches 0 and 1; None when it does not rise."""
    middle = (shares > LOW) & (shares < HIGH)
    if middle.sum() < 2:
        return None
    slope, start = np.polyfit(shares[middle], places[middle], 1)
    return (float(start), float(start + slope)) if slope > 0 else None
