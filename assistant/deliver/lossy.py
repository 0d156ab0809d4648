"""Encodes sound so that what is decoded again stays under a ceiling.

An encoder changes a waveform, and what comes out may reach higher than what went in. So the file is decoded and
measured; where it reaches too high, what goes in is lowered there, and only there, and it is encoded again.

Conventions: peaks in dBTP, of what a player makes of the file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from assistant.audio import Waveform
from assistant.audio.dynamics import HOP, applied, limiter_gain, peaks_of
from assistant.audio.loudness import amplitude, decibels
from assistant.audio.shelf import contiguous, zeros
from assistant.render.targets import LOSSY_DBTP, MARGIN_DB

START_DB, _START_HOPS = 1.2, 40
"""How much an encoder adds to peaks in its first block, as a rule, and how long that is."""
_STEP_DB = 0.3
"""How much lower the limiter before the encoder aims with every further try."""
_TRIES = 5
_AROUND_S, _RELEASE_S = 0.01, 0.08
"""An encoder's peaks move a little when what goes in is changed: the limiter looks that far around them."""


def encode_under(
    path: Path,
    sound: Waveform,
    write: Callable[[Path, Waveform], object],
    *,
    ceiling_dbtp: float = LOSSY_DBTP,
    room_db: float = 0.0,
) -> float:
    """Write an encoded file whose decoded peaks stay under the ceiling; gives the highest of them, in dBTP.

    Parameters
    ----------
    path : Path
    sound : Waveform
    write : callable
        Encodes; a file that is there is replaced.
    ceiling_dbtp : float
    room_db : float
        How far under the ceiling what goes in is held from the beginning; an encoder's first block, which adds more
        to peaks than others, a little lower.
    """
    ceiling = amplitude(ceiling_dbtp - MARGIN_DB / 2)
    peaks = peaks_of(sound.samples, above=amplitude(ceiling_dbtp - START_DB - room_db))
    peaks[:_START_HOPS] *= np.float32(amplitude(START_DB))
    samples = sound.samples
    for attempt in range(_TRIES):
        lower = ceiling * amplitude(-_STEP_DB * attempt - MARGIN_DB - (room_db if attempt == 0 else 0.0))
        curve = limiter_gain(peaks, sound.rate_hz, ceiling=lower, lookahead_s=_AROUND_S, release_s=_RELEASE_S)
        samples = applied(samples, curve[: -(-samples.shape[1] // HOP)])
        write(path, Waveform(samples, sound.rate_hz))
        peaks = peaks_of(decoded(path).samples, above=ceiling)
        if float(peaks.max(initial=0.0)) <= ceiling:
            break
    return decibels(float(peaks.max(initial=0.0)))


def decoded(path: Path) -> Waveform:
    """What a player makes of a sound file."""
    import av

    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        length_s = float((stream.duration or 0) * (stream.time_base or 0)) or (container.duration or 0) / av.time_base
        sound, count = zeros(stream.channels, round((length_s + 1.0) * stream.rate)), 0
        for frame in container.decode(audio=0):
            if count + frame.samples > sound.shape[1]:  # longer than it says
                sound = np.concatenate([sound, np.zeros_like(sound)], axis=1)
            sound[:, count : count + frame.samples] = frame.to_ndarray()
            count += frame.samples
        return Waveform(contiguous(sound[:, :count]), stream.rate)
