"""Drawn until it follows: a sound that keeps to its guide, brought back into time and tune, or a clear refusal.

Conventions: seconds from the first sample of the guide. A draw is asked for by its number, so that the same engine and
seed give the same sounds; what does not follow, or lies beside a hit when it has been brought back, is drawn anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.audio import Waveform
from assistant.errors import EngineError
from models.studio.alignment import Followed, brought_back, follow

FRAME_S = 0.04
"""One frame of film at 25 a second: a hit lies within it."""
TRIES = 3


@dataclass(frozen=True)
class Kept:
    """A sound that follows its guide.

    Parameters
    ----------
    sound : Waveform
        As long as the guide, in its time and its tuning.
    drawn : Followed
        How it lay when it was drawn.
    left : Followed
        How it lies now.
    tries : int
        How many were drawn, this one included.
    """

    sound: Waveform
    drawn: Followed
    left: Followed
    tries: int


def kept_to(
    guide: Waveform,
    draw: Callable[[int], Waveform],
    *,
    hits_s: Sequence[float] = (),
    tries: int = TRIES,
    judge: Callable[[Waveform, Waveform], Followed] = follow,
) -> Kept:
    """The first sound drawn that follows the guide and lies within a frame of it at every hit, brought back.

    Parameters
    ----------
    guide : Waveform
    draw : callable
        The sound of a number from 0; it may be seconds longer or shorter than the guide, at any rate.
    hits_s : sequence of float
        Where it must lie on the guide; everywhere, each second, if none are named.
    tries : int
        How many to draw at most.
    judge : callable
        Says how a sound that was drawn keeps to the guide; given by who has measured it before.

    Raises
    ------
    EngineError
        If none does.
    """
    said = []
    for number in range(tries):
        sound = _at_rate(draw(number), guide.rate_hz)
        drawn = judge(guide, sound)
        if not drawn.follows:
            said.append(f"draw {number + 1} agrees {drawn.agreement:.2f}")
            continue
        back = brought_back(sound, drawn, guide.frames)
        left = follow(guide, back)
        late_s = latest_at(left, hits_s or np.arange(0.5, guide.length_s, 1.0).tolist())
        if left.follows and late_s <= FRAME_S:
            return Kept(back, drawn, left, number + 1)
        said.append(f"draw {number + 1} lies {1000 * late_s:.0f} ms off")
    raise EngineError(
        f"sound that does not follow its score: {'; '.join(said)}",
        "a sound whose chords and beats are the score's",
        "let it follow more closely, or take the composer's own rendering, which is kept",
    )


def latest_at(followed: Followed, moments_s: Sequence[float]) -> float:
    """The largest time by which a sound lies beside its guide at some moments."""
    moments = np.asarray(moments_s, float)
    return float(np.abs(followed.time_map(moments) - moments).max()) if len(moments) else 0.0


def _at_rate(sound: Waveform, rate_hz: int) -> Waveform:
    """The sound at another rate."""
    if sound.rate_hz == rate_hz:
        return sound
    from scipy.signal import resample_poly

    divisor = int(np.gcd(sound.rate_hz, rate_hz))
    samples = resample_poly(sound.samples, rate_hz // divisor, sound.rate_hz // divisor, axis=1)
    return Waveform(samples.astype(np.float32), rate_hz)
