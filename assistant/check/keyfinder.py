"""Which key a score is in, heard from its notes alone.

Durations of pitch classes are compared with what listeners expect of each of the 24 keys; the lowest part and the last
bar count more, as they do for the ear. It does not read the score's own `key`, so it can judge it.

Conventions: pitch classes 0..11 with C = 0; only major and minor are told apart: dorian is a minor, lydian a major.

Sources: Krumhansl and Kessler 1982 (probe-tone profiles); Temperley 2007, Music and Probability (Kostka-Payne corpus
profiles); their mean is used, since the first confuses a key with its dominant and the second with its relative.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.errors import InputError
from assistant.score import Score
from assistant.score.keys import EXPECTED, key_name, pitch_class

Histogram = npt.NDArray[np.float64]

_KRUMHANSL = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
_MAJOR_LIKE = ("major", "lydian", "mixolydian", "ionian", "maj")
_LAST_BAR_WEIGHT, _BASS_WEIGHT = 3.0, 1.5
_FINAL_BASS_BONUS = 0.12


@dataclass(frozen=True)
class KeyFound:
    """A tonic, major or minor, and how much better it fits than the next best key (0 to 2)."""

    tonic: int
    mode: str
    margin: float

    @property
    def name(self) -> str:
        """As people write it."""
        return key_name(self.tonic, self.mode, is_minor=self.mode == "minor")


def find_key(score: Score) -> KeyFound:
    """The key of a whole score; C major with margin 0 when nothing has a pitch."""
    weights = pitch_classes(score, 0.0, np.inf)
    fits = {(tonic, mode): fit(weights, tonic, mode) for mode in ("major", "minor") for tonic in range(12)}
    last = _final_bass(score)
    for mode in ("major", "minor"):
        if last is not None:
            fits[last, mode] += _FINAL_BASS_BONUS
    (tonic, mode), (_, second) = sorted(fits.items(), key=lambda item: -item[1])[0][0], (0, sorted(fits.values())[-2])
    return KeyFound(tonic, mode, float(fits[tonic, mode] - second))


def fit(weights: Histogram, tonic: int, mode: str) -> float:
    """How well durations of pitch classes fit a key: mean correlation with both profiles, -1 to 1."""
    if weights.std() == 0:
        return 0.0
    turned = np.roll(weights, -tonic)
    return float(np.mean([np.corrcoef(turned, profile[mode])[0, 1] for profile in (_KRUMHANSL, EXPECTED)]))


def pitch_classes(score: Score, start_q: float, end_q: float) -> Histogram:
    """How long each pitch class sounds between two places, the bass and the last bar counting more, shape (12,)."""
    weights = np.zeros(12)
    last_q = score.bars[-1].start_q if score.bars else 0.0
    for part in score.parts:
        if part.is_drums or part.role in ("drums", "percussion"):
            continue
        share = _BASS_WEIGHT if part.role == "bass" else 1.0
        for note in part.notes:
            length_q = min(note.start_q + note.length_q, end_q) - max(note.start_q, start_q)
            if length_q > 0:
                ending = _LAST_BAR_WEIGHT if note.start_q >= last_q - 1e-6 else 1.0
                weights[note.pitch % 12] += share * ending * min(length_q, 4.0)
    return weights


def parse_key(text: str) -> tuple[int, str]:
    """Tonic and major or minor of a name such as ``"F# dorian"``; raises `InputError` when it has no tonic.

    Examples
    --------
    >>> parse_key("Bb major"), parse_key("F# dorian")
    ((10, 'major'), (6, 'minor'))
    """
    tonic_text, _, mode_text = text.strip().partition(" ")
    tonic = pitch_class(tonic_text[:1].upper() + tonic_text[1:])
    if tonic is None:
        raise InputError(f"key {text!r:.40}", "a letter A to G, # or b, and a mode", "give a key such as D minor")
    is_major = not mode_text or mode_text.strip().lower().startswith(_MAJOR_LIKE)
    return tonic, "major" if is_major else "minor"


def _final_bass(score: Score) -> int | None:
    """The pitch class of the lowest note of the last chord."""
    notes = [note for part in _pitched(score) for note in part]
    if not notes:
        return None
    last_q = max(start for start, _ in notes)
    return min(pitch for start, pitch in notes if start > last_q - 1.0) % 12


def _pitched(score: Score) -> Iterable[list[tuple[float, int]]]:
    for part in score.parts:
        if not part.is_drums and part.role not in ("drums", "percussion"):
            yield [(note.start_q, note.pitch) for note in part.notes]
