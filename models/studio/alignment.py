"""How far a sound keeps to its guide, and how it is brought back: time, tuning, and whether it follows at all.

A sound that an audio model made from a guide may come late, run slower, be tuned otherwise, or do as it likes. First
the delay and the speed are found at which chroma and onsets of both agree best as wholes; then the path beside that
line along which they agree best is found by dynamic programming over knots. Then the sound is played along it. Whether
it followed is told by how alike both are when aligned, beside what they are when the guide is laid elsewhere.

Conventions: seconds; a `TimeMap` goes from moments of the guide to moments of the sound. One frame of film is 40 ms.

Sources: Sakoe and Chiba 1978 (warping in a band); Ewert, Mueller and Grosche 2009 (chroma and onsets together).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.audio import Waveform
from models.studio.listening import HOP_S, Heard, Numbers, detuned_cents, heard
from models.studio.warping import TimeMap, retuned, warped

LATEST_S = 2.5
"""How far a sound may lie from its guide and be found."""
MOST_STRETCH = 0.06
"""How much faster or slower it may run."""
SLOPE_STEP = 0.001
BESIDE_S = 0.6
"""How far the curve may lie beside the line that fits the whole."""
KNOT_S = 0.75
"""Distance of knots of the curve of time."""
STEEPEST = 9
"""Rows by which it may move from knot to knot: 12 % faster or slower."""
BEND = 0.01
"""What each of them costs, beside 1 for all that agrees around a knot."""
FOLLOWS = 0.55
"""Agreement from which a sound follows its guide: four cues reach 0.72 to 1 when they come late, slow, detuned and
through a room, and 0.38 at most beside another cue."""
TUNED_CENTS = 4.0
"""What is less than this out of tune is left."""
STILL_S = 0.004
"""What is less than this out of time is left."""


@dataclass(frozen=True)
class Followed:
    """How a sound keeps to its guide.

    Parameters
    ----------
    time_map : TimeMap
        From moments of the guide to moments of the sound.
    cents : float
        By how much it is higher.
    agreement : float
        0 for two cues that have nothing to do with each other, 1 for the guide itself.
    latest_s : float
        The largest time by which the sound lies beside its guide.
    """

    time_map: TimeMap
    cents: float
    agreement: float
    latest_s: float

    @property
    def follows(self) -> bool:
        """Whether it is the guide's music at all."""
        return self.agreement >= FOLLOWS


def follow(guide: Waveform, sound: Waveform) -> Followed:
    """How a sound keeps to its guide, which is as long as it within a few seconds."""
    cents = detuned_cents(guide, sound)
    tuned = sound
    if abs(cents) > TUNED_CENTS:
        tuned = Waveform(retuned(sound.samples, sound.rate_hz, -cents), sound.rate_hz)
    first, second = heard(guide), heard(tuned)
    line = _line(first, second)
    curve = _bent(line, first, second)
    agreement = _agreement(first, second, curve)
    moments = np.asarray(np.arange(len(first)) * HOP_S, float)
    latest_s = float(np.abs(curve(moments) - moments).max())
    return Followed(curve, cents, agreement, latest_s)


def brought_back(sound: Waveform, followed: Followed, frames: int) -> Waveform:
    """The sound in time and in tune with its guide, ``frames`` long."""
    samples = sound.samples
    if abs(followed.cents) > TUNED_CENTS:
        samples = retuned(samples, sound.rate_hz, -followed.cents)
    moments = followed.time_map.to_s
    if float(np.abs(followed.time_map(moments) - moments).max()) <= STILL_S:
        straight = TimeMap(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
        return Waveform(warped(samples, sound.rate_hz, straight, frames), sound.rate_hz)
    return Waveform(warped(samples, sound.rate_hz, followed.time_map, frames), sound.rate_hz)


def _line(first: Heard, second: Heard) -> TimeMap:
    """The delay and the speed at which chords and onsets of both agree best as wholes."""
    own, other = _evened(first), _evened(second)
    turned: dict[int, npt.NDArray[np.complex128]] = {}
    best = (-np.inf, 0.0, 0.0)
    for slopes in (np.arange(-MOST_STRETCH, MOST_STRETCH + 1e-9, SLOPE_STEP), np.arange(-5, 6) * SLOPE_STEP / 5):
        around = best[1]
        for slope in slopes + around:
            worth, late_s = _delay(own, _at(other, np.arange(len(other) / (1 + slope)) * (1 + slope)), turned)
            best = max(best, (worth, float(slope), late_s * (1 + float(slope))))
    _, slope, late_s = best
    knots = np.linspace(0.0, len(first) * HOP_S, max(2, round(len(first) * HOP_S / KNOT_S) + 1))
    return _shifted(TimeMap(knots, knots * (1 + slope) + late_s), first, second)


def _evened(each: Heard) -> Numbers:
    """Chroma and onsets of every moment about their means, as loud as each other, shape (n, 12 + bands)."""
    rises = np.sqrt(each.rises)
    rises = np.stack([_smooth(band) for band in rises.T], axis=1)
    chroma = each.chroma - each.chroma.mean(axis=0)
    rises = rises - rises.mean(axis=0)
    both = [chroma / max(1e-9, float(chroma.std())), rises / max(1e-9, float(rises.std()))]
    return np.concatenate(both, axis=1)


def _delay(own: Numbers, other: Numbers, turned: dict[int, npt.NDArray[np.complex128]]) -> tuple[float, float]:
    """How well two agree at their best delay, and that delay in seconds; ``turned`` keeps the first one's spectrum."""
    size = 1 << int(np.ceil(np.log2(len(own) + len(other))))
    if size not in turned:
        turned[size] = np.conj(np.fft.rfft(own, size, axis=0))
    product = turned[size] * np.fft.rfft(other, size, axis=0)
    worth = np.fft.irfft(product.sum(axis=1), size)
    reach = round(LATEST_S / HOP_S)
    shifts = np.arange(-reach, reach + 1)
    at = int(np.argmax(worth[shifts]))
    return float(worth[shifts][at]), float(shifts[at]) * HOP_S


def _bent(line: TimeMap, first: Heard, second: Heard) -> TimeMap:
    """The curve beside a line along which chords and onsets agree best, moving costing more the faster it is.

    Dynamic time warping by windows: around each knot every shift of the sound is judged, and the path through knots
    and shifts that is worth most is taken.
    """
    moments = np.arange(len(first)) * HOP_S
    knots = np.linspace(0.0, moments[-1], max(2, round(moments[-1] / KNOT_S) + 1))
    near = np.maximum(0.0, 1 - np.abs(moments[:, None] - knots) / (2 * KNOT_S))
    reach = round(BESIDE_S / HOP_S)
    shifts = np.arange(-reach, reach + 1)
    own, other = _evened(first), _evened(second)
    places = line(np.asarray(moments, float)) / HOP_S
    worth = np.stack([(own * _at(other, places + shift)).sum(axis=1) @ near for shift in shifts], axis=1)
    worth /= max(1e-9, float(np.median(worth[:, reach])))
    steps = np.arange(-STEEPEST, STEEPEST + 1)
    total, came = worth.copy(), np.zeros(worth.shape, int)
    for row in range(1, len(knots)):
        padded = np.pad(total[row - 1], STEEPEST, constant_values=-np.inf)
        choices = np.stack(
            [padded[STEEPEST + step : STEEPEST + step + len(shifts)] - BEND * abs(step) for step in steps]
        )
        came[row] = choices.argmax(axis=0)
        total[row] += choices.max(axis=0)
    column = int(total[-1].argmax())
    chosen = np.zeros(len(knots))
    for row in range(len(knots) - 1, -1, -1):
        chosen[row] = _vertex_at(worth[row], column) + shifts[column]
        column += int(steps[came[row, column]]) if row else 0
    return _rising(knots, line(knots) + chosen * HOP_S)


def _vertex_at(score: Numbers, index: int) -> float:
    """How far between cells the peak lies that an index is at; 0 where it is at none."""
    if not 0 < index < len(score) - 1:
        return 0.0
    left, here, right = score[index - 1 : index + 2]
    bend = left - 2 * here + right
    return float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 and here >= max(left, right) else 0.0


def _rising(knots: Numbers, values: Numbers) -> TimeMap:
    """The time map through knots, its slopes kept within what a sound may run."""
    out = [float(values[0])]
    for index in range(1, len(knots)):
        step = knots[index] - knots[index - 1]
        wanted = (float(values[index]) - out[-1]) / step
        out.append(out[-1] + step * float(np.clip(wanted, 1 - 3 * MOST_STRETCH, 1 + 3 * MOST_STRETCH)))
    return TimeMap(knots, np.array(out))


def _shifted(curve: TimeMap, first: Heard, second: Heard) -> TimeMap:
    """The curve moved as a whole to where the onsets of both agree best."""
    shifts = np.arange(-3.0, 3.5, 0.5)
    worth = [_worth(TimeMap(curve.to_s, curve.from_s + shift * HOP_S), first, second) for shift in shifts]
    best = int(np.argmax(worth))
    return TimeMap(curve.to_s, curve.from_s + (shifts[best] + 0.5 * _vertex_at(np.array(worth), best)) * HOP_S)


def _worth(curve: TimeMap, first: Heard, second: Heard) -> float:
    """How well the onsets of both agree along a curve."""
    return float(_agreeing(curve, first, second).sum())


def _agreeing(curve: TimeMap, first: Heard, second: Heard) -> Numbers:
    """How well they agree at every moment, shape (n,)."""
    laid = _at(second.rises, curve(np.asarray(np.arange(len(first)) * HOP_S, float)) / HOP_S)
    return np.asarray((np.sqrt(laid) * np.sqrt(first.rises)).sum(axis=1))


def _at(rows: Numbers, places: Numbers) -> Numbers:
    """Rows at places between them; zeros outside."""
    low = np.floor(places).astype(int)
    share = (places - low)[:, None]
    padded = np.concatenate([rows, np.zeros((2, rows.shape[1]))])
    inside = (low >= 0) & (low < len(rows))
    low = np.where(inside, low, len(rows))
    return np.asarray((1 - share) * padded[low] + share * padded[np.minimum(low + 1, len(rows) + 1)])


def _agreement(first: Heard, second: Heard, curve: TimeMap) -> float:
    """How alike both are along a curve, 0 where they are no more alike than with the guide laid elsewhere."""
    places = curve(np.asarray(np.arange(len(first)) * HOP_S, float)) / HOP_S
    chroma, rises = _at(second.chroma, places), _at(second.rises, places)
    here = _alike(first, chroma, rises)
    turns = np.linspace(0.15, 0.85, 9)
    elsewhere = np.median([_alike(_rolled(first, share), chroma, rises) for share in turns])
    return float(np.clip((here - elsewhere) / max(1e-6, 1.0 - elsewhere), 0.0, 1.0))


def _rolled(each: Heard, share: float) -> Heard:
    by = int(share * len(each))
    return Heard(np.roll(each.rises, by, axis=0), np.roll(each.chroma, by, axis=0), np.roll(each.loudness, by))


def _alike(first: Heard, chroma: Numbers, rises: Numbers) -> float:
    """Mean of the correlation of onsets and the likeness of chords, weighed by loudness."""
    weights = first.loudness / max(1e-12, float(first.loudness.sum()))
    chords = float(((first.chroma * chroma).sum(axis=1) * weights).sum())
    own, other = _smooth(np.sqrt(first.rises.sum(axis=1))), _smooth(np.sqrt(rises.sum(axis=1)))
    if own.std() < 1e-9 or other.std() < 1e-9:
        return chords
    return 0.5 * chords + 0.5 * max(0.0, float(np.corrcoef(own, other)[0, 1]))


def _smooth(curve: Numbers) -> Numbers:
    kernel = np.hanning(9)
    return np.asarray(np.convolve(curve, kernel / kernel.sum(), mode="same"))
