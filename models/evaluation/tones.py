"""What can be measured of one tone: pitch, decay, attack, brightness, partials, noise.

Conventions: mono float arrays; pitch in Hz, errors in cents, decay as the time to -60 dB extrapolated from the first
25 dB of fall, levels in dB. Every measure is tested on tones whose answer is known
(``tests/test_evaluation_voices.py``).

Sources: Schroeder 1965 (backward integration); Smith and Serra 1987 (parabolic peaks of a windowed spectrum); Fletcher
and Rossing 1998 (f_k = k f_0 sqrt(1 + B k^2)).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Real = npt.NDArray[np.float64]

_WINDOW_S = 0.4


def mono(sound: npt.NDArray[np.float32]) -> Real:
    """The sum of the channels."""
    return np.asarray(sound.astype(np.float64).sum(axis=0))


def partial_hz(sound: Real, rate_hz: int, near_hz: float, *, share: float = 0.04) -> float:
    """Frequency of the strongest peak within a share of a frequency, by a parabola through its logarithm; that
    frequency itself where there is silence.
    """
    if not np.abs(sound).max() > 1e-7:
        return near_hz
    windowed = sound * np.blackman(len(sound))
    size = 1 << int(np.ceil(np.log2(4 * len(sound))))
    spectrum = np.abs(np.fft.rfft(windowed, size)) + 1e-12
    low, high = (int(near_hz * (1 + side * share) * size / rate_hz) for side in (-1, 1))
    peak = max(1, low) + int(np.argmax(spectrum[max(1, low) : high + 2]))
    left, here, right = np.log(spectrum[peak - 1 : peak + 2])
    bend = left - 2 * here + right
    # On the slope of a peak outside, the parabola is open upwards and says nothing.
    return float((peak + (0.5 * (left - right) / bend if bend < 0 else 0.0)) * rate_hz / size)


def cents_off(sound: Real, rate_hz: int, wanted_hz: float, *, from_s: float = 0.08) -> float:
    """How far the fundamental lies from where it should, over some tenths of a second once the tone has settled."""
    start = round(from_s * rate_hz)
    piece = sound[start : start + round(_WINDOW_S * rate_hz)]
    return float(1200 * np.log2(partial_hz(piece, rate_hz, wanted_hz) / wanted_hz))


def decay_s(sound: Real, rate_hz: int) -> float:
    """Time to -60 dB, from the slope between -3 and -25 dB of the energy that is still to come."""
    start = int(np.argmax(np.abs(sound)))
    energy = np.cumsum(sound[start:][::-1] ** 2)[::-1]
    fall_db = 10 * np.log10(energy / energy[0] + 1e-12)
    first, last = int(np.argmax(fall_db < -3)), int(np.argmax(fall_db < -25))
    if last <= first:
        return float("inf")
    return float(60 * (last - first) / rate_hz / (fall_db[first] - fall_db[last]))


def attack_s(sound: Real, rate_hz: int) -> float:
    """Seconds from the first sound (-40 dB) to nearly full level (-2 dB) of the first half second, in steps of 1 ms."""
    step = rate_hz // 1000
    head = sound[: round(0.5 * rate_hz) // step * step]
    level = np.sqrt(np.convolve(np.mean(head.reshape(-1, step) ** 2, axis=1), np.ones(5) / 5, "same"))
    return float((np.argmax(level > 0.794 * level.max()) - np.argmax(level > 0.01 * level.max())) / 1000)


def partials_db(sound: Real, rate_hz: int, f0_hz: float, count: int) -> Real:
    """Levels of the first partials below half the rate, against the strongest."""
    count = int(min(count, 0.45 * rate_hz / f0_hz))
    windowed = sound * np.hanning(len(sound))
    power = np.abs(np.fft.rfft(windowed)) ** 2
    step_hz = rate_hz / len(sound)
    levels = []
    for number in range(1, count + 1):
        middle, reach = number * f0_hz / step_hz, max(3.0, 0.2 * f0_hz / step_hz)
        levels.append(power[round(middle - reach) : round(middle + reach) + 1].sum())
    return np.asarray(10 * np.log10(np.array(levels) / max(levels) + 1e-12))


def odd_db(sound: Real, rate_hz: int, f0_hz: float) -> float:
    """How much stronger the third and fifth partial are than the second and fourth."""
    levels = 10 ** (partials_db(sound, rate_hz, f0_hz, 5) / 10)
    return float(10 * np.log10((levels[2] + levels[4]) / (levels[1] + levels[3] + 1e-12)))


def stiffness(sound: Real, rate_hz: int, f0_hz: float, *, count: int = 10) -> float:
    """Inharmonicity B, the slope of (f_k / k)^2 over k^2."""
    numbers = np.arange(1, 1 + int(min(count, 6000.0 / f0_hz)))
    found = np.array([partial_hz(sound, rate_hz, number * f0_hz, share=min(0.04, 0.3 / number)) for number in numbers])
    slope, base = np.polyfit(numbers**2.0, (found / numbers) ** 2, 1)
    return float(slope / base)


def noise_db(sound: Real, rate_hz: int, f0_hz: float) -> float:
    """What lies between the partials, from the second gap up to 8 kHz, against the whole."""
    windowed = sound * np.blackman(len(sound))
    power = np.abs(np.fft.rfft(windowed)) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / rate_hz)
    away = np.abs(hertz / f0_hz - np.round(hertz / f0_hz))
    between = (away > 0.3) & (hertz > f0_hz) & (hertz < 8000)
    return float(10 * np.log10(power[between].sum() / 0.4 / power.sum() + 1e-12))


def centroid_hz(sound: Real, rate_hz: int) -> float:
    """The middle of the spectrum by amplitude."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float((spectrum * np.fft.rfftfreq(len(sound), 1 / rate_hz)).sum() / spectrum.sum())


def mean_partial(sound: Real, rate_hz: int, f0_hz: float) -> float:
    """The middle of the first sixteen partials by amplitude, counted in partials; noise has no say."""
    levels = 10 ** (partials_db(sound, rate_hz, f0_hz, 16) / 20)
    return float((levels * np.arange(1, len(levels) + 1)).sum() / levels.sum())


def band_db(sound: Real, rate_hz: int, low_hz: float, high_hz: float) -> float:
    """Level of a band against the whole."""
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / rate_hz)
    return float(10 * np.log10(power[(hertz >= low_hz) & (hertz < high_hz)].sum() / power.sum() + 1e-12))


def bloom_db(sound: Real, rate_hz: int, f0_hz: float) -> float:
    """How much the partials from the sixth to the twentieth gain on the first three between 30 and 250 ms."""

    def balance(at_s: float) -> float:
        piece = sound[round(at_s * rate_hz) : round((at_s + 0.12) * rate_hz)]
        levels = 10 ** (partials_db(piece, rate_hz, f0_hz, 20) / 10)
        return float(10 * np.log10(levels[5:].sum() / levels[:3].sum()))

    return balance(0.25) - balance(0.03)


def pitch_track(sound: Real, rate_hz: int, near_hz: float, *, hop_s: float = 0.01, window_s: float = 0.06) -> Real:
    """The fundamental every hop, looked for near where it was, in Hz."""
    window, hop = round(window_s * rate_hz), round(hop_s * rate_hz)
    found, here = [], near_hz
    for start in range(0, len(sound) - window, hop):
        here = partial_hz(sound[start : start + window], rate_hz, here, share=0.06)
        found.append(here)
    return np.array(found)


def phase_hz(sound: Real, rate_hz: int, hertz: float, *, apart_hz: float) -> tuple[Real, Real]:
    """The frequency at every sample of the one partial near a frequency, by the advance of its phase, and its level.

    A vibrato's mean is its number of periods over time; where two partials beat, the stronger one is followed. The next
    partials are ``apart_hz`` away and are not heard.
    """
    from scipy.signal import fftconvolve

    half = max(2, round(max(2 * rate_hz / apart_hz, 0.004 * rate_hz)))
    window = np.hanning(2 * half + 1)
    places = np.arange(len(sound))
    slow = fftconvolve(sound * np.exp(-2j * np.pi * hertz / rate_hz * places), window / window.sum(), "same")
    turned = np.angle(slow[1:] * np.conj(slow[:-1]))
    return np.asarray(hertz + np.append(turned, turned[-1:]) * rate_hz / (2 * np.pi)), np.abs(slow)
