"""Clicks planted at random places of music, and how many of them the detector finds.

Conventions: levels in dB against the loudness (root mean square) of the 100 ms around; a planted click counts as found
when one is reported within 6 ms. Where a click is planted is chosen by chance from a seed, strokes of drums included.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.audio import Waveform
from assistant.audio.faults import click_times_s

KINDS = {
    "one sample": (6.0, 0.0, -6.0, -12.0),
    "burst of 1 ms": (6.0, 0.0, -6.0, -12.0),
    "jump that decays": (6.0, 0.0, -6.0, -12.0),
    "10 ms cut out": (0.0,),
    "4 ms of silence": (0.0,),
}
"""What is planted, and how loud."""
AROUND_S = 0.5
SLACK_S = 0.006
_QUIET = 1e-3


@dataclass(frozen=True)
class Planted:
    """One kind at one level: how many were planted, how many found."""

    kind: str
    level_db: float
    count: int
    found: int


def plant(samples: npt.NDArray[np.float32], place: int, kind: str, level_db: float, seed: int) -> Waveform:
    """Sound at 48 kHz with a click at a sample."""
    out = np.array(samples)
    around = samples[:, max(0, place - 2400) : place + 2400]
    height = float(np.sqrt(np.mean(np.square(around)))) * 10 ** (level_db / 20)
    if kind == "one sample":
        out[:, place] += height
    elif kind == "burst of 1 ms":
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], 48)
        out[:, place : place + 48] += (height * np.exp(-np.arange(48) / 10) * signs).astype(np.float32)
    elif kind == "jump that decays":
        out[:, place : place + 2400] += (height * np.exp(-np.arange(2400) / 600)).astype(np.float32)
    elif kind == "10 ms cut out":
        out[:, place:-480] = out[:, place + 480 :]
    elif kind == "4 ms of silence":
        out[:, place : place + 192] = 0
    return Waveform(out, 48_000)


def planted_and_found(sounds: Sequence[Waveform], *, each: int, seed: int) -> list[Planted]:
    """Every kind at every level, ``each`` times in every sound."""
    return [
        Planted(kind, level_db, each * len(sounds), sum(_found(sounds, kind, level_db, each, seed)))
        for kind, levels in KINDS.items()
        for level_db in levels
    ]


def _found(sounds: Sequence[Waveform], kind: str, level_db: float, each: int, seed: int) -> Iterable[bool]:
    chance = np.random.default_rng([seed, len(kind), round(level_db + 100)])
    reach = round(AROUND_S * 48_000)
    for sound in sounds:
        for number in range(each):
            place = _audible_place(sound, chance, reach)
            cut = sound.samples[:, place - reach : place + reach]
            times_s = click_times_s(plant(cut, reach, kind, level_db, number))
            yield any(abs(at_s - AROUND_S) < SLACK_S for at_s in times_s)


def _audible_place(sound: Waveform, chance: np.random.Generator, reach: int) -> int:
    """A place that is not silent: there a gap would be none."""
    while True:
        place = int(chance.integers(reach, sound.frames - reach))
        if float(np.abs(sound.samples[:, place - 240 : place + 240]).max()) > _QUIET:
            return place
