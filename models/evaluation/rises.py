"""Where a sound sets in, found another way than a delivery's findings find it, and how well: planted offsets.

The sound is split by filters in time (no spectrogram), each band's amplitude is followed and compressed, and the place
is sought that splits its surroundings best into a lower before and a higher after: a change point. What the findings
use (`assistant.audio.onsets`) is the steepest slope of a spectrogram's bands; the two share no line of code.

Conventions: samples mono, times in seconds from the first one; an attack's place is the middle of its climb in
amplitude. `Planted` errors are found less true.

Sources: Basseville and Nikiforov 1993, *Detection of Abrupt Changes* (change points); Stevens 1957 (loudness grows as
amplitude to the power 0.6; here 0.8, by planted onsets); Collins 2006 and Nymoen et al. 2017 (the perceived attack lies
within the rise, not at its foot).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.floating]

SEARCH_S = 0.15
"""How far from a hit the place is sought: wider than the findings look, so that a stray strike is seen as stray."""
SIDE_S = 0.1
"""Length of the before and of the after that are compared."""
CENTRES_HZ = tuple(float(hertz) for hertz in np.geomspace(70, 9000, 9))
POWER = 0.8
STEP_S = 0.0005
_SMOOTH_HZ = 60.0
_AROUND_S = 0.6
_FLOOR = 10 ** (-50 / 20)


@dataclass(frozen=True)
class Onset:
    """Where a sound sets in, and by how many dB the after is louder than the before."""

    at_s: float
    rise_db: float


def onset(samples: Samples, rate_hz: int, near_s: float, search_s: float = SEARCH_S) -> Onset:
    """The place near ``near_s`` that parts the quieter from the louder best.

    Parameters
    ----------
    samples : ndarray
        Shape (n,).
    rate_hz : int
    near_s : float
    search_s : float

    Examples
    --------
    >>> click = np.zeros(48_000); click[24_000:] = 0.5 * np.sin(np.arange(24_000) / 7)
    >>> round(onset(click, 48_000, 0.53).at_s, 2)
    0.5
    """
    first = round((near_s - _AROUND_S) * rate_hz)
    piece = cut(samples, first, round(2 * _AROUND_S * rate_hz))
    bands = _compressed(piece, rate_hz)
    side = round(SIDE_S / STEP_S)
    sums = np.concatenate((np.zeros((1, bands.shape[1])), np.cumsum(bands, axis=0)))
    places = np.arange(side, len(bands) - side)
    after, before = sums[places + side] - sums[places], sums[places] - sums[places - side]
    contrast = np.maximum(after - before, 0).sum(axis=1)
    times = first / rate_hz + places * STEP_S
    inside = np.flatnonzero(np.abs(times - near_s) <= search_s)
    best = inside[int(np.argmax(contrast[inside]))]
    return Onset(float(times[best]), _rise_db(samples, rate_hz, float(times[best])))


def cut(samples: Samples, first: int, length: int) -> npt.NDArray[np.float64]:
    """``length`` samples from ``first`` on, zeros where there are none."""
    out = np.zeros(length)
    start, end = max(0, first), min(len(samples), first + length)
    if end > start:
        out[start - first : end - first] = samples[start:end]
    return out


def _compressed(piece: Samples, rate_hz: int) -> npt.NDArray[np.float64]:
    """The followed amplitude of every band, compressed, shape (times, bands); faint ones do not count."""
    from scipy.signal import butter, sosfilt, sosfiltfilt

    step = round(STEP_S * rate_hz)
    smooth = butter(2, _SMOOTH_HZ, fs=rate_hz, output="sos")
    followed = []
    for centre_hz in CENTRES_HZ:
        edges = (centre_hz / 1.35, min(centre_hz * 1.35, 0.45 * rate_hz))
        band = sosfilt(butter(1, edges, "bandpass", fs=rate_hz, output="sos"), piece)
        followed.append(np.sqrt(np.maximum(sosfiltfilt(smooth, band**2), 0))[::step])
    amplitude = np.stack(followed, axis=1)
    floor = _FLOOR * amplitude.max(initial=1e-12)
    return np.asarray((amplitude + floor) ** POWER - floor**POWER)


def _rise_db(samples: Samples, rate_hz: int, at_s: float) -> float:
    middle, side = round(at_s * rate_hz), round(SIDE_S * rate_hz)
    before, after = (float(np.mean(cut(samples, first, side) ** 2)) + 1e-12 for first in (middle - side, middle))
    return float(np.clip(10 * np.log10(after / before), -60, 60))


@dataclass(frozen=True)
class Planted:
    """Errors of the detector on sounds whose onset is known, in milliseconds."""

    name: str
    errors_ms: tuple[float, ...]

    def row(self) -> str:
        """A row of the table."""
        errors = np.array(self.errors_ms)
        sizes = np.abs(errors)
        figures = (np.median(errors), np.median(sizes), np.percentile(sizes, 95), sizes.max())
        return f"| {self.name} | {len(errors)} | " + " | ".join(f"{value:.1f}" for value in figures) + " |"


HEADER = "| planted | sounds | median ms | median size ms | 95 % within ms | worst ms |\n|---|---|---|---|---|---|"


def planted(count: int, *, seed: int, rate_hz: int = 48_000) -> list[Planted]:
    """The detector's errors on made sounds: three kinds of attack at random offsets, over what rings and hisses."""
    kinds = {"struck, attack under 5 ms": (0.0, 0.005), "blown, 10 to 60 ms": (0.01, 0.06),
             "bowed, 60 to 160 ms": (0.06, 0.16)}  # fmt: skip
    found = []
    for number, (name, attack_s) in enumerate(kinds.items()):
        rng = np.random.default_rng((seed, number))
        errors = []
        for _ in range(count):
            offset_s = float(rng.uniform(-0.09, 0.09))
            sound = _strike(rng, 1.0 + offset_s, float(rng.uniform(*attack_s)), struck=number == 0, rate_hz=rate_hz)
            errors.append(1000 * (onset(sound, rate_hz, 1.0).at_s - 1.0 - offset_s))
        found.append(Planted(name, tuple(errors)))
    return found


def _strike(
    rng: np.random.Generator, at_s: float, attack_s: float, *, struck: bool, rate_hz: int
) -> npt.NDArray[np.float64]:
    """A chord that sets in at a time over another that rings until shortly before, with vibrato and a little noise."""
    times = np.arange(2 * rate_hz) / rate_hz
    climb = np.clip((times - (at_s - attack_s / 2)) / max(attack_s, 1e-6), 0, 1)
    fall = np.exp(-np.maximum(0, times - at_s) / rng.uniform(0.2, 1.0)) if struck else 1.0
    new = sum(_tone(rng, times) for _ in range(rng.integers(1, 4))) * climb * fall
    let_go_s = at_s - rng.uniform(0.0, 0.1)
    ring = np.where(times < let_go_s, 1.0, np.exp(-np.maximum(0, times - let_go_s) / rng.uniform(0.03, 0.25)))
    old = sum(_tone(rng, times) for _ in range(rng.integers(0, 3))) * ring * rng.uniform(0.05, 0.5)
    return np.asarray(new + old + 10 ** (rng.uniform(-60, -40) / 20) * rng.standard_normal(len(times)))


def _tone(rng: np.random.Generator, times: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Ten partials with vibrato and tremolo."""
    hertz = 440 * 2 ** ((rng.integers(36, 85) - 69) / 12)
    vibrato = rng.uniform(0, 0.004) * np.sin(2 * np.pi * rng.uniform(4, 7) * times + rng.uniform(0, 6))
    tremolo = 1 + rng.uniform(0, 0.1) * np.sin(2 * np.pi * rng.uniform(3, 8) * times + rng.uniform(0, 6))
    slope = rng.uniform(0.8, 2.0)
    phase = 2 * np.pi * np.cumsum(hertz * (1 + vibrato)) * (times[1] - times[0])
    tone = sum(np.sin(number * phase + rng.uniform(0, 6)) / number**slope for number in range(1, 11))
    return np.asarray(0.2 * tremolo * tone)
