"""Blown and bowed voices: a source of partials and noise through a body, one breath over many notes.

The tone is read from single cycles that hold the partials of a pitch, soft and loud, already as the body lets them
through; neighbouring pitches and strengths are blended, so that formants stay where they are while the pitch glides.
Noise of breath or bow lies under it, partly in time with the tone's own cycle, more of it while a note speaks. Joined
notes share one phase: the pitch glides over, the breath goes on.

Conventions: everything slow (pitch, level, brightness) has a value at the start of every block of `BLOCK` frames, on
the grid of the cue, and runs in straight lines between; so any stretch comes out as it would within the whole. Mono
float32. Expression counts as in the SoundFont standard.

What it does not know: a real jet's or reed's regimes, overblowing, multiphonics; its partials are data.

Sources: Fant 1960 (source and filter); Cook 1992, "A meta-wind-instrument physical model", and Cook and Scavone 1999,
"The Synthesis ToolKit" (breath as noise added to pressure, vibrato of the mouth); Chafe 1995, "Adding vortex noise to
wind instrument physical models" (noise in time with the cycle); Fletcher and Rossing 1998, ch. 10 and 13-16.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assistant.audio.waveform import Samples
from assistant.render.body import Complex, Real, body_response
from assistant.render.performance import Stroke
from assistant.render.voices import Sustained

BLOCK = 64
_CYCLE = 8192
_FIRST, _STEP, _CYCLES = 24, 3, 29
"""The pitches of the kept cycles: every third semitone from 24 on."""
_TOP_HZ = 17_000.0
_NOISE_FRAMES = 1 << 18
_LEVEL = 0.12
_JOINED_S = 0.03
"""A note that begins no later than so much after the one before ends is joined to it."""
_SILENT = 1e-4


class Moves(NamedTuple):
    """What the controllers say at every block: bend in semitones, expression as a gain, modulation 0 to 1."""

    bend: Real
    gain: Real
    modulation: Real


class Line(NamedTuple):
    """One voice at every block: fundamental in Hz, level, brightness and speaking, each 0 to 1."""

    hertz: Real
    level: Real
    loud: Real
    speaking: Real


def lines_of(strokes: tuple[Stroke, ...], release_s: float) -> list[list[Stroke]]:
    """Strokes as lines of one voice each: a stroke goes on with a line that it is joined to or that is silent.

    Parameters
    ----------
    strokes : tuple of Stroke
        In time.
    release_s : float
        Seconds that a line rings on behind its last stroke.
    """

    def goes_on(before: Stroke, stroke: Stroke) -> bool:
        is_joined = before.end_s - 0.08 <= stroke.start_s <= before.end_s + _JOINED_S
        return stroke.start_s >= before.start_s + 0.03 and (is_joined or stroke.start_s >= before.end_s + release_s)

    lines: list[list[Stroke]] = []
    for stroke in strokes:
        fits = [line for line in lines if goes_on(line[-1], stroke)]
        if fits:
            near = min(fits, key=lambda line: abs(line[-1].pitch - stroke.pitch))
            near.append(stroke)
        else:
            lines.append([stroke])
    return lines


def moved(voice: Sustained, strokes: list[Stroke], moves: Moves, rate_hz: int) -> Line:
    """A line of strokes as curves; what is said of a block depends on nothing that comes later."""
    blocks = len(moves.bend)
    step_s = BLOCK / rate_hz
    at_s = np.arange(blocks) * step_s
    pitch, level = np.full(blocks, _sounding(strokes[0])), np.zeros(blocks)
    force, speaking = np.zeros(blocks), np.zeros(blocks)
    before: Stroke | None = None
    for stroke, after in zip(strokes, [*strokes[1:], None], strict=True):
        first = round(stroke.start_s / step_s)
        if first >= blocks:
            break
        joined = before is not None and stroke.start_s <= before.end_s + _JOINED_S
        takes_over = after is not None and after.start_s <= stroke.end_s + _JOINED_S
        last = blocks if after is None else min(blocks, round(after.start_s / step_s))
        here = slice(first, last)
        since = at_s[here] - first * step_s
        pitch[here] = _sounding(stroke) + _approach(voice, stroke, before if joined else None, since)
        held = 1.0 if takes_over else np.clip(1 - (at_s[here] - stroke.end_s) / voice.release_s, 0, 1)
        rise = np.clip(since / voice.attack_s, 0, 1)
        dip = 1 - 0.25 * np.exp(-(((since - 0.02) / 0.015) ** 2))
        level[here] = _smooth(held) * (dip if joined else _smooth(rise))
        mine = (stroke.velocity / 127) ** 2
        theirs = (before.velocity / 127) ** 2 if joined and before is not None else mine
        force[here] = mine + (theirs - mine) * np.exp(-since / 0.03)
        speaking[here] = np.exp(-since / max(0.02, 0.6 * voice.attack_s)) * (0.5 if joined else 1.0)
        before = stroke
    return _with_moves(voice, pitch, Line(_hertz(pitch), level, force, speaking), moves, at_s, strokes[0])


def _sounding(stroke: Stroke) -> float:
    """The pitch of a stroke, with its tuning."""
    return stroke.pitch + stroke.cents / 100


def _hertz(pitch: Real) -> Real:
    """The frequencies of MIDI pitches."""
    return np.asarray(440.0 * 2 ** ((pitch - 69) / 12))


def _smooth(share: Real | float) -> Real:
    """A ramp without corners."""
    share = np.asarray(share)
    return np.asarray(share * share * (3 - 2 * share))


def _approach(voice: Sustained, stroke: Stroke, before: Stroke | None, since: Real) -> Real:
    """How far a stroke still is from its pitch, in semitones."""
    if before is None:
        return np.asarray(-voice.scoop_cents / 100 * np.clip(1 - since / (2 * voice.attack_s), 0, 1) ** 2)
    apart = _sounding(before) - _sounding(stroke)
    glide_s = voice.glide_s if abs(apart) <= voice.glide_most else 0.012
    return np.asarray(apart * (1 - _smooth(np.clip(since / glide_s, 0, 1))))


def _with_moves(voice: Sustained, pitch: Real, line: Line, moves: Moves, at_s: Real, first: Stroke) -> Line:
    """The line at its pitches (MIDI numbers), with bend, vibrato, expression, and a living player's unsteadiness."""
    turn = 2 * np.pi * voice.vibrato_hz * at_s
    wander = _wander(zlib.crc32(f"{first.pitch} {first.velocity}".encode()), at_s)
    cents = moves.modulation * voice.vibrato_cents * np.sin(turn) + voice.unsteady_cents * wander
    hertz = _hertz(pitch + moves.bend + cents / 100)
    swell = 10 ** (moves.modulation * voice.vibrato_db * np.sin(turn - 0.6) / 20)
    strength = line.loud * moves.gain
    return Line(hertz, line.level * strength * swell, np.clip(strength * swell, 0, 1) ** 0.5, line.speaking)


def _wander(seed: int, at_s: Real) -> Real:
    """A slow curve of spread about 1 and mean 0: three sines that share no period."""
    phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, 3)
    waves = [np.sin(2 * np.pi * rate * at_s + phase) for rate, phase in zip((0.61, 1.37, 3.19), phases, strict=True)]
    return np.asarray(0.8 * sum(waves))


def sounded(voice: Sustained, line: Line, first: int, last: int, rate_hz: int) -> Samples:
    """Blocks ``first`` to before ``last`` of a line, as sound; the line is known to block ``last``."""
    turns = np.concatenate(([0.0], np.cumsum((line.hertz[:-1] + line.hertz[1:]) / 2 * (BLOCK / rate_hz))))
    out = np.zeros((last - first, BLOCK), np.float32)
    is_heard = (line.level[first:last] > _SILENT) | (line.level[first + 1 : last + 1] > _SILENT)
    places = np.flatnonzero(is_heard) + first
    for chunk in np.array_split(places, max(1, len(places) // 512)):
        if len(chunk):
            out[chunk - first] = _blocks(voice, line, turns, chunk, rate_hz)
    return out.reshape(-1)


def _blocks(voice: Sustained, line: Line, turns: Real, places: npt.NDArray[np.intp], rate_hz: int) -> Samples:
    """Some blocks of a line, shape (n, BLOCK)."""
    share = (np.arange(BLOCK) / BLOCK)[None, :]
    start_hz, end_hz = line.hertz[places, None], line.hertz[places + 1, None]
    phase = turns[places, None] + (start_hz * share + (end_hz - start_hz) * share**2 / 2) * (BLOCK / rate_hz)
    phase = (phase - np.floor(phase)).astype(np.float32)
    line32 = [curve.astype(np.float32) for curve in (line.level, line.loud, line.speaking)]
    step = share.astype(np.float32)
    level, loud, speaking = (a[places, None] + (a[places + 1, None] - a[places, None]) * step for a in line32)
    tone = _tone(voice, phase, line.hertz[places], loud, rate_hz)
    noise = _noise_band(voice, rate_hz)
    start = (places * BLOCK)[:, None] + np.arange(BLOCK)[None, :]
    breath = noise[start & (_NOISE_FRAMES - 1)]
    noise_db = voice.noise_soft_db + (voice.noise_loud_db - voice.noise_soft_db) * loud + voice.chiff_db * speaking
    pulse = 1 + voice.pulsed * np.cos(2 * np.pi * phase)
    return np.asarray(_LEVEL * level * (tone + breath * pulse * np.exp(noise_db * np.float32(0.115129))), np.float32)


def _tone(voice: Sustained, phase: Real, hertz: Real, loud: Real, rate_hz: int) -> Real:
    """The partials: two neighbouring pitches, soft and loud, blended."""
    cycles = _cycles(voice, rate_hz)
    row = np.clip((69 + 12 * np.log2(hertz / 440.0) - _FIRST) / _STEP, 0, _CYCLES - 1.001)
    whole = row.astype(np.int64)
    share = (row - whole).astype(np.float32)[:, None]
    # The nearest sample of a long cycle; soft and loud stand side by side in one complex number, so that one look
    # brings both.
    at = (phase * np.float32(_CYCLE)).astype(np.int32) + (whole * _CYCLE).astype(np.int32)[:, None]
    low, high = np.take(cycles, at), np.take(cycles, at + _CYCLE, mode="clip")
    low += (high - low) * share
    return np.asarray(low.real + (low.imag - low.real) * loud)


@lru_cache(maxsize=32)
def _cycles(voice: Sustained, rate_hz: int) -> Complex:
    """One cycle for every kept pitch, one after the other, soft as real and loud as imaginary part."""
    table = np.zeros((_CYCLES, _CYCLE), np.complex64)
    for row in range(_CYCLES):
        f0_hz = 440.0 * 2 ** ((_FIRST + _STEP * row - 69) / 12)
        top_hz = min(_TOP_HZ, 0.48 * rate_hz) / 2 ** (_STEP / 12)
        count = int(np.clip(top_hz / f0_hz, 1, _CYCLE // 8))
        hertz = f0_hz * np.arange(1, count + 1)
        body = body_response(hertz, voice.body, voice.low_cut_hz)
        for side, (given, slope_db) in enumerate(
            ((voice.soft_db, voice.soft_slope_db), (voice.loud_db, voice.loud_slope_db))
        ):
            number = np.arange(1, count + 1)
            known = np.array(given[:count])
            db = np.concatenate((known, given[-1] + slope_db * np.log2(number[len(known) :] / len(given))))
            spectrum = np.zeros(_CYCLE // 2 + 1, complex)
            # Phases as of a pulse that the body has smeared: close to what lips, reeds and bows send out.
            spectrum[1 : count + 1] = 10 ** (db / 20) * body * np.exp(-0.5j * np.pi * np.sqrt(number))
            cycle = np.fft.irfft(spectrum, _CYCLE)
            cycle /= np.sqrt(np.mean(cycle**2)) + 1e-12
            table[row] += cycle * (1j if side else 1)
    return table.reshape(-1)


@lru_cache(maxsize=32)
def _noise_band(voice: Sustained, rate_hz: int) -> Samples:
    """Five seconds of the voice's noise that go round, root mean square 1."""
    generator = np.random.default_rng(zlib.crc32(repr(voice).encode()))
    hertz = np.fft.rfftfreq(_NOISE_FRAMES, 1 / rate_hz)
    low_hz, high_hz = voice.noise_hz
    low, high = 1j * hertz / low_hz, 1j * hertz / high_hz
    band = low / (1 + low) / (1 + high) ** 2 * body_response(hertz, voice.body, voice.low_cut_hz)
    noise = np.fft.irfft(np.fft.rfft(generator.standard_normal(_NOISE_FRAMES)) * band, _NOISE_FRAMES)
    return np.asarray(noise / noise.std(), np.float32)
