"""How far the music goes down while somebody speaks: by the loudness of voice and music, not by a fixed number.

Conventions: times in seconds from the first frame that is shown; powers are K-weighted (BS.1770), one value every
100 ms; depths in dB, above 0. A span of speech has one depth, so that the music under it keeps its own shape. The music
is down before the first word (the spans are known beforehand) and swells back after the last; a pause in which it could
not come back is passed over.

Sources: ITU-R BS.1770-5 (momentary loudness: 400 ms); Torcoli, Freke-Morin, Paulus, Simon and Shirley 2019, "Preferred
levels for background ducking" (a difference in LU between voice and what lies under it, phrase by phrase).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.audio.loudness import HOPS_PER_S, Curve, block_lufs
from assistant.clip import Span

UNDER_VOICE_LU = 12.0
"""How far the loudest 400 ms of the music lie below the voice, at least."""
SPARE_LU = 1.0
"""What is added for the errors of spans and coders."""
DEEPEST_DB = 40.0
"""Music below that is gone; a voice so soft is hardly one."""
AHEAD_S, READY_S = 0.35, 0.06
"""Before a word: when the music begins to make way, and when it has."""
HOLD_S, BACK_S = 0.04, 0.55
"""After a word: how long the music waits, and how long it takes to be back."""
FADED = 1e-3
"""The share of a phrase's mean power below which its end has died away."""
STEP_S = 0.01
"""Between two values of a curve of gain."""


@dataclass(frozen=True)
class Dip:
    """The music lower by ``depth_db`` between two moments."""

    from_s: float
    to_s: float
    depth_db: float


def find_dips(speech: Sequence[Span], voice: Curve, music: Curve, *, under_lu: float = UNDER_VOICE_LU) -> list[Dip]:
    """Where and how deep the music must go.

    Parameters
    ----------
    speech : sequence of Span
        In order.
    voice, music : array, shape (hops,)
        Power of the clip's own sound and of the music as they will be mixed.
    under_lu : float
        How far the music is to lie below the voice.

    Returns
    -------
    list of Dip
        Spans that the sound does not reach are left out; a depth is 0 where the music is soft enough as it is.
    """
    around = ambience(speech, voice)
    dips = []
    for span in speech:
        first, last = _hops(span, len(voice))
        if last <= first:
            continue
        said_lufs = _lufs(voice_power(voice[first:last], around))
        played_lufs = float(block_lufs(music[max(0, first - 3) : last + 3]).max())
        depth_db = played_lufs - said_lufs + under_lu + SPARE_LU
        dips.append(Dip(span.from_s, span.to_s, min(DEEPEST_DB, max(0.0, depth_db))))
    return dips


def tightened(speech: Sequence[Span], own: Curve) -> list[Span]:
    """The same spans, each ending with the last 100 ms in which something of the voice can be heard.

    A detector of speech waits a moment before it believes that a phrase is over; music need not.
    """
    around, tight = ambience(speech, own), []
    for span in speech:
        first, last = _hops(span, len(own))
        audible = np.flatnonzero(own[first:last] > max(2 * around, FADED * float(own[first:last].mean()))) \
            if last > first else np.zeros(0, int)  # fmt: skip
        end_s = (first + int(audible[-1]) + 1) / HOPS_PER_S if len(audible) else span.to_s
        tight.append(Span(span.from_s, min(span.to_s, max(end_s, span.from_s + 1 / HOPS_PER_S))))
    return tight


def ambience(speech: Sequence[Span], own: Curve) -> float:
    """The usual power of a sound where nobody speaks, 0 where somebody always does."""
    silent = np.ones(len(own), bool)
    for span in speech:
        first, last = _hops(span, len(own))
        silent[max(0, first - 1) : last + 1] = False
    return float(np.median(own[silent])) if silent.any() else 0.0


def voice_power(own: Curve, around: float) -> float:
    """Mean power of a voice alone, from that of voice and ambience together; a tenth at least is taken for voice."""
    whole = float(own.mean())
    return max(whole - around, 0.1 * whole)


def gain_curve(dips: Sequence[Dip], length_s: float) -> Curve:
    """The factor of the music every `STEP_S`, shape (steps,): in dB half waves of a cosine.

    Examples
    --------
    >>> gain_curve([Dip(2.0, 3.0, 20.0)], 5.0)[[0, 160, 200, 300, 365, 499]].round(2).tolist()
    [1.0, 1.0, 0.1, 0.1, 1.0, 1.0]
    """
    times_s, levels_db = [-1.0], [0.0]
    for index, dip in enumerate(dips):
        before = dips[index - 1] if index else None
        if before is None or dip.from_s - before.to_s >= HOLD_S + BACK_S + AHEAD_S:
            if before is not None:
                times_s.append(before.to_s + HOLD_S + BACK_S)
                levels_db.append(0.0)
            times_s.append(dip.from_s - AHEAD_S)
            levels_db.append(0.0)
        times_s += [max(dip.from_s - READY_S, times_s[-1]), dip.to_s + HOLD_S]
        levels_db += [-dip.depth_db, -dip.depth_db]
    if dips:
        times_s.append(dips[-1].to_s + HOLD_S + BACK_S)
        levels_db.append(0.0)
    return _rounded(np.array(times_s), np.array(levels_db), length_s)


def _rounded(times_s: Curve, levels_db: Curve, length_s: float) -> Curve:
    """Factors between points that are joined by half waves of a cosine in dB."""
    at_s = np.arange(int(length_s / STEP_S) + 2) * STEP_S
    right = np.clip(np.searchsorted(times_s, at_s, side="right"), 1, len(times_s) - 1) if len(times_s) > 1 else None
    if right is None:
        return np.ones(len(at_s))
    wide = np.maximum(times_s[right] - times_s[right - 1], 1e-6)
    share = np.clip((at_s - times_s[right - 1]) / wide, 0.0, 1.0)
    bent = (1 - np.cos(np.pi * share)) / 2
    level_db = levels_db[right - 1] + bent * (levels_db[right] - levels_db[right - 1])
    factors: Curve = 10 ** (level_db / 20)
    return factors


def _hops(span: Span, count: int) -> tuple[int, int]:
    """The 100 ms that a span touches."""
    first = max(0, int(span.from_s * HOPS_PER_S))
    return first, min(count, int(np.ceil(span.to_s * HOPS_PER_S)))


def _lufs(power: float) -> float:
    return float(block_lufs(np.array([power]))[0])
