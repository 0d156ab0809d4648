"""Valence and arousal from measured features: one small linear model for notes and for sound.

Conventions: every feature is placed on -1..1, with 0 where music is neither; what could not be measured has no say and
the other weights are scaled up. A measure, not a mind: it orders pieces, it does not know what they mean.

The scales of notes also serve `assistant.check.emotion`; the density of the whole texture is its onsets a beat times
its beats a minute at the same arousal. The scales of sound are our own judgement.

Sources: Eerola, Friberg and Bresin 2013 (mode > tempo > register > dynamics, additive and nearly linear); Gabrielsson
and Lindstroem 2010 (tempo, note rate and loudness carry activity; brightness of timbre); Temperley and Tan 2013.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Scale = tuple[tuple[float, ...], tuple[float, ...]]

SCALES: Mapping[str, Scale] = {
    # Places of a feature (felt beats a minute, onsets a beat in the whole texture, velocity, parts, mean pitch of the
    # upper parts, brightness of the degrees, share of consonant pairs), and what they count.
    "tempo": ((50, 68, 92, 144, 180), (-1.0, -0.8, 0.0, 0.8, 1.0)),
    "density": ((0.2, 0.5, 1.8, 5.0, 8.0), (-1.0, -0.7, 0.0, 0.8, 1.0)),
    "dynamics": ((35, 52, 76, 104, 118), (-1.0, -0.8, 0.0, 0.8, 1.0)),
    "parts": ((0, 2, 4, 7, 9), (-1.0, -0.6, 0.0, 0.7, 1.0)),
    "register": ((45, 57, 66, 76, 88), (-1.0, -0.6, 0.0, 0.6, 1.0)),
    "mode": ((-1.0, -0.5, 0.0, 0.5, 1.0), (-1.0, -0.65, 0.0, 0.65, 1.0)),
    "consonance": ((0.0, 0.5, 0.8, 0.95), (-1.0, -0.4, 0.0, 0.5)),
}

_DEGREES = ((4, 3, 0.6), (9, 8, 0.2), (11, 10, 0.1), (2, 1, 0.1), (5, 6, 0.08))
"""Bright and dark form of a degree in semitones above the tonic, and what it weighs: third, sixth, seventh, second, and
the fourth, whose raised form makes lydian a shade less happy than major."""

BRIGHTEST = sum(weight for _, _, weight in _DEGREES)
"""The brightness of lydian with every degree sounding."""

VALENCE_WEIGHTS: Mapping[str, float] = {"mode": 0.65, "register": 0.15, "tempo": 0.15, "consonance": 0.15}
AROUSAL_OF_NOTES: Mapping[str, float] = {"tempo": 0.3, "onsets_per_s": 0.4, "dynamics": 0.3}
AROUSAL_OF_SOUND: Mapping[str, float] = {"tempo": 0.25, "sound_onsets_per_s": 0.35, "centroid_hz": 0.25, "lufs": 0.15}
"""Loudness says little of a file that was mastered to a target; the brightness of hard playing stays in it."""

_MORE_SCALES: Mapping[str, Scale] = {
    "onsets_per_s": ((0.2, 0.6, 2.8, 12.0, 24.0), (-1.0, -0.7, 0.0, 0.8, 1.0)),
    "sound_onsets_per_s": ((0.2, 0.6, 2.0, 5.0, 9.0), (-1.0, -0.7, 0.0, 0.8, 1.0)),
    "centroid_hz": ((200.0, 400.0, 1200.0, 3000.0, 5000.0), (-1.0, -0.7, 0.0, 0.8, 1.0)),
    "lufs": ((-45.0, -30.0, -18.0, -9.0, -5.0), (-1.0, -0.7, 0.0, 0.8, 1.0)),
}

_ALL_SCALES: Mapping[str, Scale] = {**SCALES, **_MORE_SCALES}


def arousal_of(features: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    """Arousal -1..1; None when no feature could be measured."""
    return _weighted(features, weights)


def valence_of(features: Mapping[str, float | None]) -> float | None:
    """Valence -1..1; None without a mode, which carries most of it."""
    return None if features.get("mode") is None else _weighted(features, VALENCE_WEIGHTS)


def brightness(weights: npt.NDArray[np.float64], tonic: int) -> float:
    """How bright the mode is, up to `BRIGHTEST` to either side, from which form of each degree sounds (Temperley and
    Tan 2013: happiness falls from major by mixolydian, lydian and dorian to minor and phrygian). A degree that does not
    sound says nothing.
    """
    total = float(weights.sum())
    if total <= 0:
        return 0.0
    shares = np.roll(weights, -tonic) / total
    return float(
        sum(
            weight * (shares[bright] - shares[dark]) / max(shares[bright] + shares[dark], 0.03)
            for bright, dark, weight in _DEGREES
        )
    )


def scaled(brightness: float | None) -> float | None:
    """The brightness of a mode on -1..1."""
    return None if brightness is None else brightness / BRIGHTEST


def place(name: str, value: float) -> float:
    """Where a feature lies on its scale, -1..1."""
    return float(np.interp(value, *_ALL_SCALES[name]))


def _weighted(features: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    known = {name: value for name in weights if (value := features.get(name)) is not None}
    if not known:
        return None
    total = sum(weights[name] for name in known) / sum(weights.values())
    placed = sum(weights[name] * place(name, value) for name, value in known.items())
    return float(np.clip(placed / total, -1.0, 1.0))
