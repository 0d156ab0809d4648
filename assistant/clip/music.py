"""Tempo and key of music in a clip's sound, when there clearly is some.

Conventions: mono samples at 48 kHz; tempo in beats a minute; keys as ``"A minor"``, flats as ``"Bb major"``.

Speech, noise and traffic have neither a steady pulse nor notes on a common tuning, so evidence comes first: *pulse* is
how well the onsets repeat after a beat, *tuning* is how far the spectral peaks agree on one grid of semitones.
The two transforms and the autocorrelation are a few lines of numpy: librosa gives the same tempo, but the first call of
it in a process (importing, compiling) takes longer than the rest of this station on a minute of film.

Sources: onsets as log spectral flux and tempo by weighted autocorrelation (Ellis, Beat Tracking by Dynamic Programming,
2007); preferred tempo (van Noorden and Moelants 1999); key by correlation of the chroma with profiles (Krumhansl 1990;
the profiles are those of `assistant.score.keys`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from assistant.score.keys import EXPECTED, key_name
from assistant.settings import RATE_HZ

Numbers = npt.NDArray[np.float64]

SHORTEST_S = 4.0
"""Below this neither a pulse nor a key can be told from chance."""
HOP, WINDOW = 480, 2048
"""Onsets are looked for every 10 ms."""
SLOW_HOPS = 101
"""What begins is heard against the mean of about a second."""
LONG_HOP, LONG_WINDOW = 4096, 16384
"""Notes are told apart with a window of a third of a second: 3 Hz."""
SLOWEST_BPM, FASTEST_BPM, PREFERRED_BPM, SPREAD_OCTAVES = 45.0, 210.0, 118.0, 0.7
"""The tempi that are considered, and the bell curve that decides between half and double."""
HOLLOW = 0.2
"""Share of the agreement after two beats that there must be after one, if the one is to be a beat at all."""
CLEAR_PULSE = 0.2
"""Least agreement of the onsets with themselves over four beats; speech and gusts reach 0.15, music 0.35 to 0.95."""
FAINTEST_ONSETS = 0.1
"""Standard deviation of the onset curve below which nothing begins: a held tone has 0.01, noise 0.12, music 0.7."""
CLEAR_TUNING = 0.25
"""Least agreement of spectral peaks on one tuning; speech reaches 0.07, film with effects 0.19, music 0.4 to 0.8."""
CLEAR_KEY = 0.65
"""Least correlation with a key's profile; a single held tone reaches 0.5."""
CLEAR_MARGIN = 0.02
"""Least lead over the next key, in correlation."""


@dataclass(frozen=True)
class Music:
    """Tempo and key, each None when not clear, with the evidence for them; the curve of onsets and the chroma."""

    tempo_bpm: float | None
    key: str | None
    pulse: float
    tuning: float
    likeness: float
    margin: float
    onsets: Numbers = field(default_factory=lambda: np.zeros(0), compare=False, repr=False)
    chroma: Numbers = field(default_factory=lambda: np.full(12, 1 / 12), compare=False, repr=False)


def find_music(mono: npt.NDArray[np.float32]) -> Music:
    """Tempo and key of what is heard.

    Parameters
    ----------
    mono : array, shape (n,)
        Sound at 48 kHz, full scale at 1.0.
    """
    loud = float(np.abs(mono).max()) if mono.size else 0.0
    if len(mono) < SHORTEST_S * RATE_HZ or loud < 1e-4:
        return Music(None, None, 0.0, 0.0, 0.0, 0.0)
    scaled = np.asarray(mono / loud, np.float32)
    onsets = find_onsets(scaled)
    tempo_bpm, pulse = find_tempo(onsets)
    chroma, tuning = find_chroma(scaled)
    key, likeness, margin = find_key(chroma)
    is_tonal = tuning >= CLEAR_TUNING and likeness >= CLEAR_KEY and margin >= CLEAR_MARGIN
    return Music(
        tempo_bpm=round(tempo_bpm, 1) if pulse >= CLEAR_PULSE else None,
        key=key if is_tonal else None,
        pulse=pulse,
        tuning=tuning,
        likeness=likeness,
        margin=margin,
        onsets=onsets,
        chroma=chroma,
    )


def find_onsets(mono: npt.NDArray[np.float32]) -> Numbers:
    """How much begins at each moment: rise of level in bands of a third of an octave, one value each 10 ms."""
    edges = np.unique(np.round(np.geomspace(60.0, 12_000.0, 25) * WINDOW / RATE_HZ).astype(int))
    bands = np.concatenate(
        [np.add.reduceat(block, edges, axis=1)[:, :-1] for block in spectra(mono, WINDOW, HOP)], dtype=np.float64
    )
    level = np.log1p(bands / (np.median(bands) + 1e-3 * bands.max() + 1e-12))
    rise = np.maximum(np.diff(level, axis=0, prepend=level[:1]), 0.0).sum(axis=1)
    smooth = np.convolve(rise, np.hanning(7) / np.hanning(7).sum(), mode="same")[: len(rise)]
    slow = np.convolve(smooth, np.ones(SLOW_HOPS) / SLOW_HOPS, mode="same") if len(rise) > SLOW_HOPS else smooth.mean()
    return np.asarray(smooth - slow)


def find_tempo(onsets: Numbers) -> tuple[float, float]:
    """The tempo in beats a minute, and how clear the pulse is, 0..1.

    The onsets are compared with themselves one, two, three and four beats later; among tempi that fit about equally
    well, such as half and double, the one nearer to what people tap wins.
    """
    if onsets.std() < FAINTEST_ONSETS:
        return PREFERRED_BPM, 0.0
    per_s = RATE_HZ / HOP
    count = len(onsets)
    spectrum = np.fft.rfft(onsets, 2 * count)
    raw = np.fft.irfft(np.abs(spectrum) ** 2)[:count]
    repeats = raw / max(float(raw[0]), 1e-12) * count / np.maximum(count - np.arange(count), count / 2)
    tempi = np.geomspace(SLOWEST_BPM, FASTEST_BPM, 600)
    lags = 60 * per_s / tempi
    fit = np.mean([np.interp(lags * beats, np.arange(count), repeats, right=0.0) for beats in (1, 2, 3, 4)], axis=0)
    prior = np.exp(-0.5 * (np.log2(tempi / PREFERRED_BPM) / SPREAD_OCTAVES) ** 2)
    best = int(np.argmax(np.maximum(fit, 0.0) * prior))
    once, twice = np.interp(lags[best] * np.array([1, 2]), np.arange(count), repeats, right=0.0)
    if once < HOLLOW * twice and tempi[best] >= 2 * SLOWEST_BPM:
        best = int(np.argmin(np.abs(tempi - tempi[best] / 2)))  # nothing answers after one beat: it was half a beat
    return _refine(repeats, float(lags[best])) * 60 * per_s, float(np.clip(fit[best], 0.0, 1.0))


def _refine(repeats: Numbers, lag: float) -> float:
    """Beats per sample of the onset curve, read off up to the sixteenth repeat, which is sixteen times as exact."""
    for beats in (4, 8, 16):
        centre, reach = lag * beats, max(2, round(lag * 0.12))
        low, high = round(centre) - reach, round(centre) + reach + 1
        if high >= len(repeats) * 0.6:
            break
        peak = low + int(np.argmax(repeats[low:high]))
        lag = _vertex(repeats, peak) / beats
    return 1 / lag


def _vertex(values: Numbers, peak: int) -> float:
    """The place of the top of a parabola through a peak and its neighbours."""
    left, middle, right = (float(value) for value in values[peak - 1 : peak + 2])
    bend = left - 2 * middle + right
    return peak + (0.5 * (left - right) / bend if bend < 0 else 0.0)


def find_chroma(mono: npt.NDArray[np.float32]) -> tuple[Numbers, float]:
    """Weight of the twelve pitch classes from C, summing to 1, and how far the peaks share one tuning, 0..1."""
    pitches, weights, _ = find_peaks(mono)
    if not weights.size or weights.sum() <= 0:
        return np.full(12, 1 / 12), 0.0
    centre = np.sum(weights * np.exp(2j * np.pi * pitches)) / weights.sum()
    offset = float(np.angle(centre)) / (2 * np.pi)
    classes = np.round(pitches - offset).astype(int) % 12
    chroma = np.bincount(classes, weights=weights, minlength=12)
    return np.asarray(chroma / chroma.sum()), float(abs(centre))


def find_peaks(mono: npt.NDArray[np.float32]) -> tuple[Numbers, Numbers, npt.NDArray[np.int64]]:
    """Pitch (MIDI number, with fractions), weight and window of every spectral peak between 80 and 2000 Hz."""
    low, high = (round(hz * LONG_WINDOW / RATE_HZ) for hz in (80.0, 2000.0))
    pitches: list[Numbers] = []
    weights: list[Numbers] = []
    windows: list[npt.NDArray[np.int64]] = []
    first = 0
    for block in spectra(mono, LONG_WINDOW, LONG_HOP):
        level = np.log(block[:, low - 1 : high + 1] + 1e-9).astype(np.float64)
        left, middle, right = level[:, :-2], level[:, 1:-1], level[:, 2:]
        top = middle.max(axis=1, keepdims=True)
        is_peak = (middle > left) & (middle >= right) & (middle > top - 3.5) & (top > np.log(1.0))
        rows, columns = np.nonzero(is_peak)
        a, b, c = left[rows, columns], middle[rows, columns], right[rows, columns]
        shift = 0.5 * (a - c) / np.minimum(a - 2 * b + c, -1e-9)
        hz = (columns + low + np.clip(shift, -0.5, 0.5)) * RATE_HZ / LONG_WINDOW
        pitches.append(69 + 12 * np.log2(hz / 440.0))
        weights.append(np.exp(0.5 * (b - top[rows, 0])))
        windows.append(first + rows)
        first += len(block)
    return np.concatenate(pitches), np.concatenate(weights), np.concatenate(windows)


def find_key(chroma: Numbers) -> tuple[str, float, float]:
    """The most likely key, its correlation with the chroma, and its lead over the next one.

    Examples
    --------
    >>> find_key(np.array([3.0, 0, 2, 0, 3, 2, 0, 3, 0, 2, 0, 1]))[0]
    'C major'
    """
    if np.ptp(chroma) < 1e-9:
        return "C major", 0.0, 0.0
    found = sorted(
        (float(np.corrcoef(np.roll(profile, tonic), chroma)[0, 1]), key_name(tonic, mode, is_minor=mode == "minor"))
        for mode, profile in EXPECTED.items()
        for tonic in range(12)
    )
    (next_r, _), (best_r, best) = found[-2:]
    return best, best_r, best_r - next_r


def spectra(mono: npt.NDArray[np.float32], window: int, hop: int) -> Iterator[npt.NDArray[np.float32]]:
    """Magnitudes of windows, shape (some, window / 2 + 1), a few hundred at a time to spare memory."""
    shape = np.hanning(window).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(mono, window)[::hop]
    step = max(1, 2_000_000 // window)
    for start in range(0, len(frames), step):
        yield np.abs(np.fft.rfft(frames[start : start + step] * shape, axis=1)).astype(np.float32)
