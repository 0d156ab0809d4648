"""Plucked strings: the extended Karplus-Strong string, worked out in the frequency domain.

The string is a loop of delay, loss and dispersion, plucked at a point, heard through a body. All of that is linear,
so the whole note is one inverse transform of the loop's closed form: any delay is exact (no tuning filter), any loss is
allowed, nothing folds back. To keep what rings longer than the transform from wrapping round, the loop is evaluated
with a little more damping than it has, which is taken off again afterwards. Only the flat bridge (jawari, sawari) is
not linear: there the note reads itself with a delay that shortens while the string lies on the bridge, so that its
buzz sinks as the string comes to rest.

A soft and a hard stroke are kept for each pitch, once a process, and a note is a mixture of both, read at the speed
that the pitch bend wants. A note depends on its own stroke and on bends alone: a part that is kept comes back the same.

Conventions: mono float32 at the player's rate; a note's first frame is its key's time; velocity counts as in the
SoundFont standard, 40 log10 of its ratio.

What it does not know: the body is part of the kept note and moves with a bend (12 % at two semitones); strings do not
set each other ringing.

Sources: Karplus and Strong 1983; Jaffe and Smith 1983, "Extensions of the Karplus-Strong plucked-string algorithm"
(fractional delay, pluck position, dynamics, stiffness); Smith 1992, "Physical modeling using digital waveguides"
(commuted loss and dispersion); Chaigne and Askenfelt 1994 (losses that grow with the square of frequency); Fletcher and
Rossing 1998, ch. 2 (stiff strings, plucked spectra); Weinreich 1977 (two polarisations, double decay); Vyasarayani,
Birkett and McPhee 2009 (a string that wraps round the bridge of a sitar).
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from assistant.audio.waveform import Samples
from assistant.render.body import Complex, Real, body_response
from assistant.render.voices import Plucked

LONGER, APART_CENTS = 2.2, 0.5
_LEAD, _TRIM = 96, 84
"""Frames before the pluck in the transform, and how many of them are cut."""
_TOP_HZ, _GONE_HZ = 15_000.0, 18_500.0
_MOST_FRAMES = 1 << 18
_FALL_DB = 90.0
"""A note and the damping that is added to it have fallen by so much at the end of the transform."""
_LEAK_HZ = 10.0
"""The integral of the pluck leaks below this: a constant force is not heard, and would not fit the transform."""
_LEVEL_S, _LEVEL = 0.25, 0.1
"""Every note has this root mean square over its first quarter of a second, at full velocity."""
_FADE_S = 0.05
_BUZZ_AT_FIRST, _BUZZ_GROWS_S = 0.2, 0.12
_NOISE_S, _NOISES = 0.006, 8


class Kept(NamedTuple):
    """A pitch in a soft and in a hard stroke."""

    soft: Samples
    hard: Samples


@lru_cache(maxsize=96)
def kept_note(string: Plucked, pitch: float, rate_hz: int) -> Kept:
    """The note of a pitch, both ways; made once a process, 0.2 to 2 MB each."""
    f0_hz = 440.0 * 2 ** ((pitch - 69) / 12)
    decay_s = decay_at(string, pitch)
    frames = 1 << int(np.ceil(np.log2(min(_MOST_FRAMES, rate_hz * (0.25 + min(decay_s, 5.0))))))
    hertz = np.fft.rfftfreq(frames, 1 / rate_hz)
    hertz = hertz[: int(np.searchsorted(hertz, _GONE_HZ))]
    extra_db = max(30.0, _FALL_DB - 60.0 * frames / rate_hz / (LONGER * decay_s))
    extra = extra_db / 8.686 / frames
    heard = _string(string, hertz, f0_hz, decay_s, extra * rate_hz) * _radiated(string, hertz, rate_hz)
    undo = np.exp(extra * np.arange(frames, dtype=np.float32))
    edges = (np.maximum(edge_hz, 1.5 * f0_hz) for edge_hz in (string.soft_hz, string.hard_hz))
    return Kept(*(_struck(string, heard * _edge(hertz, edge_hz), undo, rate_hz) for edge_hz in edges))


def decay_at(string: Plucked, pitch: float) -> float:
    """Decay time of a pitch's fundamental, between the given ones on a logarithmic scale."""
    pitches, seconds = zip(*string.decay_s, strict=True)
    return float(np.exp(np.interp(pitch, pitches, np.log(seconds))))


def stiffness_at(string: Plucked, pitch: float) -> float:
    """The inharmonicity B of a pitch's string."""
    return float(string.stiffness * 2 ** ((pitch - 60) / 12))


def _string(string: Plucked, hertz: Real, f0_hz: float, decay_s: float, extra: float) -> Complex:
    """All strings of the course with both polarisations, plucked by an ideal edge."""
    pitch = 69 + 12 * np.log2(f0_hz / 440.0)
    turns = _turns(hertz / f0_hz, stiffness_at(string, pitch))
    loss = (6.9078 / decay_s) * (1 + (hertz / string.bright_hz) ** 2) / (1 + (f0_hz / string.bright_hz) ** 2)
    once, longer = (_gain((loss / times + extra) / f0_hz) for times in (1.0, LONGER))
    out = np.zeros(len(hertz), np.complex64)
    count = np.float32(1 / (1 + len(string.course_cents)))
    for index, cents in enumerate((0.0, *string.course_cents)):
        here = turns * 2 ** (-cents / 1200)
        course = np.float32(1 - string.second) * _loop(here, once)
        if string.second:
            course += np.float32(string.second) * _loop(here * 2 ** (APART_CENTS / 1200), longer)
        if index:
            # Whole periods late: strings so nearly in tune that began against each other would cancel for seconds.
            late_s = max(1, round(index * string.course_late_s * f0_hz)) / f0_hz
            course *= _unit(-hertz * late_s)
        out += course * count
    # A point that is pulled aside and let go: a step of force at the bridge, and its mirror from the near end.
    return np.asarray(out * (1 - _unit(-string.pluck * turns)) * (f0_hz / (_LEAK_HZ + 1j * hertz)).astype(np.complex64))


def _turns(partial: Real, stiffness: float) -> Real:
    """How many cycles the loop's phase makes at a frequency given in fundamentals: whole ones at a stiff string's
    partials, the first of which stays in tune.
    """
    if not stiffness:
        return partial
    stretched = partial * np.sqrt(1 + stiffness)
    return np.asarray(np.sqrt((np.sqrt(1 + 4 * stiffness * stretched**2) - 1) / (2 * stiffness)))


def _gain(loss: Real) -> Samples:
    """What is left after one way round."""
    return np.asarray(np.exp(-loss.astype(np.float32)))


def _loop(turns: Real, gain: Samples) -> Complex:
    """A loop in closed form: 1 / (1 - gain at these turns)."""
    return np.asarray(1 / (1 - gain * _unit(-turns)))


def _unit(turns: Real) -> Complex:
    """The unit phasor at these turns; single precision is enough once whole turns are gone."""
    angle = (2 * np.pi * (turns - np.round(turns))).astype(np.float32)
    out = np.empty(len(angle), np.complex64)
    out.real, out.imag = np.cos(angle), np.sin(angle)
    return out


@lru_cache(maxsize=64)
def _radiation(string: Plucked, bins: int, step_hz: float) -> Complex:
    hertz = np.arange(bins) * step_hz
    top = np.clip((_GONE_HZ - hertz) / (_GONE_HZ - _TOP_HZ), 0, 1)
    smooth = top**2 * (3 - 2 * top)
    return np.asarray(body_response(hertz, string.body, string.low_cut_hz) * smooth, np.complex64)


def _radiated(string: Plucked, hertz: Real, rate_hz: int) -> Complex:
    """Body and the ear's upper limit, and the lead that keeps the pluck from beginning before the transform does."""
    return _radiation(string, len(hertz), float(hertz[1])) * _unit(-hertz * (_LEAD / rate_hz))


def _edge(hertz: Real, edge_hz: float) -> Samples:
    """What an edge that is not quite sharp leaves of the highs: 3 dB less at ``edge_hz``."""
    return np.asarray(np.exp(-0.3466 * (hertz / edge_hz) ** 2), np.float32)


def _struck(string: Plucked, heard: Complex, undo: Samples, rate_hz: int) -> Samples:
    """A stroke at its level, its first frame the key's time."""
    from scipy.fft import irfft

    sound = irfft(heard, len(undo)) * undo
    sound = _buzzed(np.asarray(sound[_TRIM:], np.float32), string.buzz_s, rate_hz)
    head = sound[: round(_LEVEL_S * rate_hz)]
    sound *= np.float32(_LEVEL / np.sqrt(np.mean(head**2) + 1e-20))
    rise = _LEAD - _TRIM - 4
    sound[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)
    fade = round(_FADE_S * rate_hz)
    sound[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    sound.flags.writeable = False
    return sound


def _buzzed(sound: Samples, buzz_s: float, rate_hz: int) -> Samples:
    """The string on its flat bridge: its path is the shorter the more it lies on it."""
    if not buzz_s:
        return sound
    places = np.arange(len(sound), dtype=np.float64)
    peak = float(np.abs(sound[: rate_hz // 4]).max()) + 1e-12
    # The bridge takes some swings to turn the corner that the pluck made into high partials: they revive.
    grown = 1 - (1 - _BUZZ_AT_FIRST) * np.exp(-places / (_BUZZ_GROWS_S * rate_hz))
    lies = np.sqrt(np.maximum(0.0, sound / peak)) * grown
    return np.asarray(np.interp(places - buzz_s * rate_hz * lies, places, sound), np.float32)


def read_bent(note: Samples, ratios: Real, start: float = 0.0) -> Samples:
    """A note read from ``start`` at changing speed (1 as kept), by cubic interpolation; silence beyond its end."""
    places = start + np.concatenate(([0.0], np.cumsum(ratios[:-1])))
    whole = places.astype(np.int64)
    share = (places - whole).astype(np.float32)
    padded = np.concatenate((np.zeros(1, np.float32), note, np.zeros(3, np.float32)))
    whole = np.minimum(whole, len(note) - 1)
    before, here, after, beyond = (padded[whole + step] for step in range(4))
    # Lagrange's third-order polynomial through four neighbours.
    first = after - before / 3 - here / 2 - beyond / 6
    second = (before + after) / 2 - here
    third = (beyond - before) / 6 + (here - after) / 2
    out = ((third * share + second) * share + first) * share + here
    out[places >= len(note) - 1] = 0
    return np.asarray(out, np.float32)


@lru_cache(maxsize=32)
def _noises(string: Plucked, rate_hz: int) -> Samples:
    """The plectrum's noise, some versions of it, shape (n, frames), peak 1."""
    from scipy.fft import irfft, next_fast_len, rfft

    frames = round(6 * _NOISE_S * rate_hz)
    size = next_fast_len(4 * frames)
    generator = np.random.default_rng(zlib.crc32(repr(string).encode()))
    burst = generator.standard_normal((_NOISES, frames)) * np.exp(-np.arange(frames) / (_NOISE_S * rate_hz / 2))
    hertz = np.fft.rfftfreq(size, 1 / rate_hz)
    s = 1j * hertz / string.noise_hz
    band = s / (s**2 + s + 1)
    body = body_response(hertz, string.body, string.low_cut_hz)
    shaped = irfft(rfft(burst, size, axis=1) * band * body, size, axis=1)[:, :frames]
    shaped *= np.linspace(1, 0, frames) / np.abs(shaped).max(axis=1, keepdims=True)
    return np.asarray(shaped, np.float32)


def plucked_note(
    string: Plucked,
    pitch: int,
    velocity: int,
    *,
    start_frame: int,
    frames: int,
    rate_hz: int,
    ratios: Real | None = None,
    cents: float = 0.0,
) -> Samples:
    """One note, as long as it rings but at most ``frames``, before it is damped.

    Parameters
    ----------
    string : Plucked
    pitch, velocity : int
    start_frame : int
        Where it stands in the cue: what chance there is comes from here.
    frames : int
    rate_hz : int
    ratios : array, optional
        Speed of every frame, where the pitch bends.
    cents : float
        How far from its key the string is tuned.
    """
    soft, hard = kept_note(string, pitch + cents / 100 if cents else pitch, rate_hz)
    chance = zlib.crc32(f"{start_frame} {pitch} {velocity}".encode())
    wander = ((chance >> 8) % 1000 / 1000 - 0.5) * 0.2
    hardness = float(np.clip((velocity - 36) / 80 + wander, 0, 1))
    count = min(frames, len(soft)) if ratios is None else frames
    reach = count if ratios is None else len(soft)
    sound = soft[:reach] * np.float32(1 - hardness) + hard[:reach] * np.float32(hardness)
    if ratios is not None:
        sound = read_bent(sound, ratios[:frames])
    peak = float(np.abs(hard[: rate_hz // 20]).max())
    noise = _noises(string, rate_hz)[chance % _NOISES][: len(sound)]
    sound[: len(noise)] += noise * np.float32(peak * 10 ** (string.noise_db / 20) * (0.4 + 0.6 * hardness))
    return np.asarray(sound * np.float32((velocity / 127) ** 2), np.float32)
