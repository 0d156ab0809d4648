"""Several sounds of one window measured, and put in order: the one that keeps best to the score comes first.

Conventions: every measure is 0 to 1, and one that can't be taken is left out, not guessed; the score is the mean of
those taken, weighed by `WEIGHTS`. Onsets, chords and time are those of `models.studio.alignment`, loudness is that of
`assistant.audio.loudness`.

Source: "generate several, measure, keep the most obedient" is MuseCoco's (Lu et al. 2023).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from assistant.audio import Waveform
from assistant.audio.loudness import block_lufs, energies_of
from assistant.generator import Candidate
from assistant.plan import Key
from models.studio.alignment import Followed, follow
from models.studio.listening import HOP_S, Heard, heard

Numbers = npt.NDArray[np.float64]

WEIGHTS: Mapping[str, float] = {"sync": 0.4, "key": 0.15, "tempo": 0.15, "level": 0.15, "text": 0.15}
"""Sync most: what does not follow is worth nothing to a picture, whatever it sounds like. The others alike: key and
tempo are mostly in sync already and break ties, level is what a mix can partly mend, and CLAP's opinion of music agrees
with listeners' only roughly (Huang et al. 2023, MuLan; Wu et al. 2023, CLAP)."""

TEMPO_OFF = 0.03
"""A sound that runs this much too fast or slow scores 1/e in tempo."""
LEVEL_OFF_DB = 9.0
"""A loudness curve that lies this far beside the guide's, on the mean, scores nothing in level."""
QUIET_LUFS = -55.0
"""Below it a moment is silent; the guide is not, unless it rests."""
CLIPPED = 0.999
"""Samples at full scale, of which one in `MOST_CLIPPED` is a fault: models clip flat where they are too loud."""
MOST_CLIPPED = 2e-4


class Ear(Protocol):
    """Who can tell how well sounds fit words."""

    def agreement(self, words: str, sounds: Sequence[Waveform]) -> tuple[float, ...]:
        """0 to 1 for each sound."""
        ...


@dataclass(frozen=True)
class Wanted:
    """What a window's sound should be.

    Parameters
    ----------
    prompt : str
    key : Key
    beat_s : float
        How long a beat lasts.
    guide : Waveform or None
        What it follows, as long as the window.
    """

    prompt: str
    key: Key
    beat_s: float
    guide: Waveform | None = None


@dataclass(frozen=True)
class Ranked:
    """A candidate with its sound, and how it keeps to the guide where there is one."""

    candidate: Candidate
    sound: Waveform
    followed: Followed | None


def ranked(
    wanted: Wanted, sounds: Sequence[Waveform], seeds: Sequence[int], *, ear: Ear | None = None
) -> tuple[Ranked, ...]:
    """The sounds measured, best first; the order of seeds where two are worth the same.

    Parameters
    ----------
    wanted : Wanted
    sounds : sequence of Waveform
    seeds : sequence of int
        One for each sound.
    ear : Ear, optional
        Who judges them by the words.
    """
    texts = ear.agreement(wanted.prompt, sounds) if ear is not None else (None,) * len(sounds)
    found = []
    for sound, seed, text in zip(sounds, seeds, texts, strict=True):
        followed = None if wanted.guide is None else follow(wanted.guide, sound)
        scores = measured(wanted, sound, followed)
        if text is not None:
            scores["text"] = text
        found.append(Ranked(Candidate(seed, _rounded(scores), round(together(scores), 4)), sound, followed))
    return tuple(sorted(found, key=lambda each: -each.candidate.score))


def together(scores: Mapping[str, float]) -> float:
    """All measures as one, those not taken left out.

    Examples
    --------
    >>> together({"sync": 1.0, "key": 1.0}), together({"sync": 0.5})
    (1.0, 0.5)
    """
    total = sum(WEIGHTS[name] for name in scores)
    return sum(WEIGHTS[name] * score for name, score in scores.items()) / total if total else 0.0


def measured(wanted: Wanted, sound: Waveform, followed: Followed | None) -> dict[str, float]:
    """Sync, key, tempo and level of a sound, as far as they can be measured."""
    ours = heard(sound)
    scores = {"key": _key(wanted, ours), "level": _level(wanted, sound)}
    if followed is not None:
        scores["sync"] = followed.agreement
        scores["tempo"] = float(np.exp(-abs(_speed(followed) - 1) / TEMPO_OFF)) if followed.follows else 0.0
    else:
        scores["tempo"] = _pulse(wanted.beat_s, ours)
    return scores


def _speed(followed: Followed) -> float:
    """How fast the sound runs beside its guide, as a whole."""
    return float(np.polyfit(followed.time_map.to_s, followed.time_map.from_s, 1)[0])


def _key(wanted: Wanted, ours: Heard) -> float:
    """How like the guide's chords all chords together are; without a guide, how far they stay in the scale."""
    chroma = ours.chroma.sum(axis=0)
    if chroma.sum() <= 0:
        return 0.0
    if wanted.guide is not None:
        theirs = heard(wanted.guide).chroma.sum(axis=0)
        if theirs.std() < 1e-9 or chroma.std() < 1e-9:
            return 0.0
        return max(0.0, float(np.corrcoef(theirs, chroma)[0, 1]))
    inside = float(chroma[sorted(wanted.key.pitch_classes)].sum() / chroma.sum())
    chance = len(wanted.key.pitch_classes) / 12
    return float(np.clip((inside - chance) / (1 - chance), 0.0, 1.0))


def _pulse(beat_s: float, ours: Heard) -> float:
    """How well onsets answer each other after a beat, two and four, beside the best of other distances."""
    onset = ours.onset - ours.onset.mean()
    lag = beat_s / HOP_S
    if len(onset) < 8 * lag or onset.std() < 1e-9:
        return 0.0
    raw = np.fft.irfft(np.abs(np.fft.rfft(onset, 2 * len(onset))) ** 2)[: len(onset)]
    repeats = raw / np.maximum(1e-12, raw[0])
    places = np.arange(len(repeats))

    def answer(distance: float) -> float:
        return float(np.mean([np.interp(distance * beats, places, repeats) for beats in (1, 2, 4)]))

    best = max(answer(lag * ratio) for ratio in np.geomspace(0.72, 1.4, 60))
    return float(np.clip(answer(lag) / best, 0.0, 1.0)) if best > 0 else 0.0


def _level(wanted: Wanted, sound: Waveform) -> float:
    """How near the loudness curve is to the guide's, whatever the volume; less for silence and flat peaks."""
    ours = block_lufs(energies_of(sound))
    clipped = float((np.abs(sound.samples) >= CLIPPED).mean())
    fault = min(1.0, clipped / MOST_CLIPPED)
    if wanted.guide is None:
        return float((ours > QUIET_LUFS).mean()) * (1 - fault)
    theirs = block_lufs(energies_of(wanted.guide))
    count = min(len(ours), len(theirs))
    ours, theirs = ours[:count], theirs[:count]
    sounding = theirs > QUIET_LUFS
    if not sounding.any():
        return 1.0 - fault
    beside = np.clip(ours, QUIET_LUFS, None)[sounding] - theirs[sounding]
    off_db = float(np.abs(beside - np.median(beside)).mean())
    silent = float((ours[sounding] <= QUIET_LUFS).mean())
    return max(0.0, 1 - off_db / LEVEL_OFF_DB) * (1 - silent) * (1 - fault)


def _rounded(scores: Mapping[str, float]) -> dict[str, float]:
    return {name: round(scores[name], 4) for name in WEIGHTS if name in scores}
