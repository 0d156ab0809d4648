"""Finds hard cuts: the frames at which one shot is replaced by another.

Conventions: ``change[i, k]`` is how much frame ``i`` differs from frame ``i - 1 - k``: the mean absolute difference per
pixel, summed over brightness and two colours, in 8-bit steps (0 the same, 60 another shot, 100 another world); NaN
before the clip. This module knows nothing of files.

A cut is a change that (1) stays: the frames after it don't resemble the ones before, as they do after a flash;
(2) stands out: fast motion changes many frames in a row, a cut only one, or two where a conversion of frame rate has
blended them; (3) is more than another light on the same shapes, the less so the more the picture comes back to what it
was, as between strokes of lightning; (4) changes the picture everywhere, not where somebody walks through it.

Sources: the four tests are ours; their bounds were set on the development half of `models.evaluation.cuts`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assistant.clip.values import Cut

Numbers = npt.NDArray[np.float64]

FLOOR = 10.0
"""A change below this is never a cut, however still the picture around it: noise and compression stay under 6."""
STANDS_OUT = 1.4
"""How many times the motion around it a change must be, on top of `FLOOR`; whip pans reach 1.2."""
AROUND_S = 0.15
"""How far around a change motion is looked at: the shortest shots of a montage are little longer."""
STAYS_S = 0.35
"""For how long the picture must stay changed: flashes and single white frames are shorter."""
APART_S = 0.1
"""Changes closer than this are one cut: a blended frame makes two of it."""
SAME_SHAPES = 0.95
"""Likeness above which two frames show the same shapes in another light; true cuts of like pictures reach 0.93."""
COMES_BACK = 0.2
"""How much lower that bound is for a change of which nothing stays: lightning over a moving picture."""
EVERYWHERE = 0.5
"""Least evenness: cuts have 0.7 and more, somebody who walks through 0.3 and less."""
FULL_STRENGTH = 120.0
"""The change that counts as strength 1: black to a bright, coloured picture."""


def count_lags(rate_hz: float) -> int:
    """How many earlier frames each frame is to be compared with at a frame rate.

    Examples
    --------
    >>> count_lags(24.0), count_lags(60.0), count_lags(5.0)
    (9, 21, 3)
    """
    return int(np.clip(np.ceil(STAYS_S * rate_hz), 3, 24))


def find_cuts(times_s: Numbers, change: Numbers, likeness: Numbers, evenness: Numbers) -> tuple[Cut, ...]:
    """The hard cuts of a clip.

    Parameters
    ----------
    times_s : array, shape (n,)
        When each frame is shown, rising, in seconds.
    change : array, shape (n, lags)
        As in the conventions.
    likeness, evenness : array, shape (n,)
        Of each frame and the one before (`assistant.clip.likeness`); NaN where nobody asked.

    Returns
    -------
    tuple of Cut
        Each at the time of the first frame of the new shot.
    """
    if len(times_s) < 7:
        return ()
    step = change[:, 0]
    reach = int(np.clip(np.ceil(AROUND_S / float(np.median(np.diff(times_s)))), 2, 12))
    lasting = _lasting_change(change)
    excess = lasting - FLOOR - STANDS_OUT * _motion_around(step, reach)
    excess[:3] = excess[-3:] = -np.inf  # too little of the shot to know that it is one
    stays = np.clip(lasting / np.maximum(np.nan_to_num(step), 1e-6), 0.0, 1.0)
    excess[np.nan_to_num(likeness, nan=0.0) > SAME_SHAPES - COMES_BACK * (1 - stays)] = -np.inf
    excess[np.nan_to_num(evenness, nan=1.0) < EVERYWHERE] = -np.inf
    return tuple(
        Cut(float(times_s[index]), float(min(1.0, step[index] / FULL_STRENGTH)))
        for index in _keep_strongest(np.flatnonzero(excess > 0), times_s, step)
    )


def _lasting_change(change: Numbers) -> Numbers:
    """The least difference between a frame and any one before, and between any one after and the frame before."""
    count, lags = change.shape
    least = np.nanmin(np.where(np.isnan(change), np.inf, change), axis=1)
    for lag in range(1, min(lags, count)):
        least[: count - lag] = np.minimum(least[: count - lag], change[lag:, lag])
    return np.asarray(np.where(np.isfinite(least), least, 0.0))


def _motion_around(step: Numbers, reach: int) -> Numbers:
    """The third largest change among the neighbours of each frame: two may belong to other cuts or a blended frame."""
    padded = np.pad(np.nan_to_num(step), reach)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    neighbours = np.delete(windows, reach, axis=1)
    return np.asarray(np.partition(neighbours, -3, axis=1)[:, -3])


def _keep_strongest(candidates: npt.NDArray[np.intp], times_s: Numbers, step: Numbers) -> list[int]:
    """Of candidates closer than `APART_S`, the one with the largest change."""
    kept: list[int] = []
    for index in sorted(candidates.tolist(), key=lambda i: -step[i]):
        if all(abs(times_s[index] - times_s[other]) > APART_S for other in kept):
            kept.append(index)
    return sorted(kept)
