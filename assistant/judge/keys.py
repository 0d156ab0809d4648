"""The key of a list of notes, found from what sounds and from nothing that is written about it.

How long each pitch class sounds is compared with what listeners expect of each of the 24 keys. A key is also shown by
its bass and by where it comes to rest, so the lowest voice and the last chord count more.

Conventions: times in seconds, pitches MIDI numbers; only major and minor are told apart: dorian is a minor, lydian a
major. Knows neither plan, nor key signature, nor who plays what: the bass is whatever is lowest at the time.

Sources: Krumhansl and Kessler 1982 (probe-tone profiles); Temperley 2007, Music and Probability (Kostka-Payne
profiles); the mean of both is used, as in `assistant.check.keyfinder`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.check.keyfinder import Histogram, KeyFound, fit

LONGEST_S = 2.0
"""A held note tells no more of the key after this long."""
BASS_WEIGHT, LAST_WEIGHT = 1.5, 3.0
FINAL_BASS_BONUS = 0.12
"""What it adds to a key's fit that the piece ends on its tonic in the bass."""
SAME_CHORD_S = 0.3
"""What starts within this of the last onset belongs to the last chord."""
FEWEST_CLASSES = 3
"""One or two pitch classes belong to too many keys."""


@dataclass(frozen=True, order=True)
class Tone:
    """A pitched note as it is played."""

    start_s: float
    pitch: int
    end_s: float
    velocity: float


def weigh(tones: Sequence[Tone]) -> Histogram:
    """How long each pitch class sounds, in seconds, the lowest voice and the last chord counting more, shape (12,)."""
    weights = np.zeros(12)
    ordered = sorted(tones)
    last_s = ordered[-1].start_s - SAME_CHORD_S if ordered else 0.0
    until_s: dict[int, float] = {}
    for tone in ordered:
        lower = (end_s for pitch, end_s in until_s.items() if pitch < tone.pitch)
        share = BASS_WEIGHT if not any(end_s > tone.start_s + 0.02 for end_s in lower) else 1.0
        share *= LAST_WEIGHT if tone.start_s >= last_s else 1.0
        weights[tone.pitch % 12] += share * min(tone.end_s - tone.start_s, LONGEST_S)
        until_s[tone.pitch] = max(tone.end_s, until_s.get(tone.pitch, 0.0))
    return weights


def find_key(tones: Sequence[Tone]) -> KeyFound | None:
    """The key of notes; None when fewer than three pitch classes sound.

    Examples
    --------
    >>> scale = [Tone(i / 2, 60 + step, i / 2 + 0.5, 80) for i, step in enumerate((0, 2, 4, 5, 7, 9, 11, 12))]
    >>> find_key(scale).name
    'C major'
    """
    weights = weigh(tones)
    if np.count_nonzero(weights) < FEWEST_CLASSES:
        return None
    fits = {(tonic, mode): fit(weights, tonic, mode) for mode in ("major", "minor") for tonic in range(12)}
    home = _final_bass(tones)
    for mode in ("major", "minor"):
        fits[home, mode] += FINAL_BASS_BONUS
    best, second = sorted(fits, key=lambda key: -fits[key])[:2]
    return KeyFound(*best, margin=float(fits[best] - fits[second]))


def _final_bass(tones: Sequence[Tone]) -> int:
    """The pitch class of the lowest note that sounds when the last one starts."""
    last_s = max(tone.start_s for tone in tones)
    return min(tone.pitch for tone in tones if tone.start_s >= last_s - SAME_CHORD_S or tone.end_s > last_s + 0.02) % 12
