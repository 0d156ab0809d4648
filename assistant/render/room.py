"""One shared room: a stereo impulse response made from the room's figures.

First reflections come from the walls of a shoebox (image sources to the second order); then decorrelated noise grows in
and dies away, the highs sooner than the lows. The same room is the same array on every machine.

Conventions: shape (2, n), float32, energy 1 before ``return_db``; the direct sound is not in it.

Sources: Kuttruff, Room Acoustics (2017): image sources, decay by frequency; Moorer 1979, "About this reverberation
business" (exponentially decaying noise as a natural tail).
"""

from __future__ import annotations

import itertools
import zlib
from functools import cache

import numpy as np
import numpy.typing as npt

from assistant.audio.loudness import amplitude
from assistant.audio.waveform import Samples
from assistant.render.craft import Room

SOUND_M_PER_S = 343.0
_CENTRES_HZ = (125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0)
_EARLY_SHARE = 0.3
"""Share of the return's energy that lies in the first reflections."""


@cache
def impulse_response(room: Room, rate_hz: int) -> Samples:
    """The room's answer to a clap in the middle of the stage."""
    length_s = room.predelay_s + room.decay_s * max(1.0, room.low_ratio)
    frames = round(length_s * rate_hz)
    early = _unit(_early(room, rate_hz, frames)) * np.sqrt(_EARLY_SHARE)
    late = _unit(_late(room, rate_hz, frames)) * np.sqrt(1 - _EARLY_SHARE)
    response = _cut_lows(early + late, room.low_cut_hz, rate_hz)
    response = _unit(response) * amplitude(room.return_db)
    fade = min(frames, round(0.02 * rate_hz))
    response[:, frames - fade :] *= np.linspace(1, 0, fade)
    samples: Samples = np.ascontiguousarray(response, np.float32)
    samples.flags.writeable = False
    return samples


def _unit(response: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The response with energy 1, averaged over both channels."""
    return np.asarray(response / np.sqrt(np.mean(np.sum(response**2, axis=1)) + 1e-30))


def _early(room: Room, rate_hz: int, frames: int) -> npt.NDArray[np.float64]:
    """Reflections from the walls, to the left and right by where they come from."""
    size = np.array([room.width_m, 1.45 * room.width_m, 0.5 * room.width_m])
    source, listener = size * (0.5, 0.22, 0.3), size * (0.47, 0.62, 0.33)
    direct_m = float(np.linalg.norm(source - listener))
    response = np.zeros((2, frames))
    for order in itertools.product(range(-2, 3), repeat=3):
        bounces = sum(map(abs, order))
        if not 1 <= bounces <= 2:
            continue
        turns = np.array(order)
        image = np.where(turns % 2 == 0, turns * size + source, turns * size + size - source)
        path = image - listener
        distance_m = float(np.linalg.norm(path))
        place = round((room.predelay_s + (distance_m - direct_m) / SOUND_M_PER_S) * rate_hz)
        if not 0 <= place < frames:
            continue
        strength = (0.75**bounces) * direct_m / distance_m
        side = path[0] / distance_m
        response[:, place] += strength * np.array([np.sqrt(0.5 - 0.45 * side), np.sqrt(0.5 + 0.45 * side)])
    return _dulled(response, rate_hz)


def _dulled(response: npt.NDArray[np.float64], rate_hz: int) -> npt.NDArray[np.float64]:
    """What walls leave of the highs: a gentle low-pass."""
    from scipy.signal import butter, sosfilt

    return np.asarray(sosfilt(butter(1, 7000.0, fs=rate_hz, output="sos"), response, axis=1))


def _late(room: Room, rate_hz: int, frames: int) -> npt.NDArray[np.float64]:
    """Noise that decays band by band, unlike in the two channels."""
    generator = np.random.default_rng(zlib.crc32(repr(room).encode()))
    spectrum = np.fft.rfft(generator.standard_normal((2, frames)), axis=1)
    hertz = np.fft.rfftfreq(frames, 1 / rate_hz)
    octave = np.log2(np.maximum(hertz, 20.0))
    seconds = np.arange(frames) / rate_hz
    late = np.zeros((2, frames))
    for mask, centre in zip(_masks(octave), _CENTRES_HZ, strict=True):
        decay_s = room.decay_s * np.interp(
            np.log2(centre), np.log2([250.0, 1000.0, 8000.0]), [room.low_ratio, 1.0, room.high_ratio]
        )
        band = np.fft.irfft(spectrum * mask, frames, axis=1)
        late += band * 10 ** (-3 * np.maximum(0, seconds - room.predelay_s) / decay_s)
    growth_s = 2 * room.width_m / SOUND_M_PER_S
    onset = np.clip((seconds - room.predelay_s) / growth_s, 0, 1)
    return np.asarray(late * np.sin(np.pi / 2 * onset) ** 2)


def _masks(octave: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    """Bands one octave wide with sloping edges that add up to 1."""
    centres = np.log2(_CENTRES_HZ)
    masks = [np.clip(1 - np.abs(octave - centre), 0, 1) for centre in centres]
    masks[0] = np.where(octave < centres[0], 1.0, masks[0])
    masks[-1] = np.where(octave > centres[-1], 1.0, masks[-1])
    return masks


def _cut_lows(response: npt.NDArray[np.float64], below_hz: float, rate_hz: int) -> npt.NDArray[np.float64]:
    from scipy.signal import butter, sosfilt

    return np.asarray(sosfilt(butter(2, below_hz, "highpass", fs=rate_hz, output="sos"), response, axis=1))
