"""The samples of a SoundFont in tune: each moved by how far it is off, its beginning straightened, its vibrato kept.

A held note goes round in its sample's loop, and how high it sounds is how many periods the loop has: no matter of
taste. What stands before the loop is often some cents elsewhere (a bow settles for a second), and the pitch wanders
while the note is held. So the head of a sample gets a correction that puts its loop in tune, and what comes before is
read a hair faster or slower, so that its mean over the vibrato is the loop's. The loop itself is kept to the bit, and
whatever moves within a third of a second (vibrato, the scoop of an attack) stays. Samples that do not loop are moved
only.

``prompts/soundfonts/intonation/`` says by how much, for known SoundFonts (`models.evaluation.intonation` measures).
Another one is played as it is.

Conventions: cents, as heard; a curve has a point every `POINT_S` seconds of the sample up to its loop. Both renderers
read the same preset, so both are in tune.

Not known here: pianos are stretched as they are tuned, electronic layers beat on purpose, bells and drums have no
fundamental; they are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from assistant.audio.soundfont import Pcm, Preset
from assistant.datafile import read_data
from assistant.errors import DataError
from assistant.render.body import Real
from assistant.render.spoken import FOLDER, fingerprint
from assistant.render.strings import read_bent

POINT_S = 0.05
MOST_CENTS = 100.0
"""What is further off is another note, and no fault of intonation."""


_BEYOND = 4
"""Samples of the loop that the last ones before it are read with."""
BOTH = "(LR)"
"""Stands in a name for both channels, (L) and (R), of one recording."""


@dataclass(frozen=True)
class Off:
    """How far a sample is off: its loop (or the whole) by ``cents``, its beginning by a curve beside that."""

    cents: float
    curve: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if max(map(abs, (self.cents, *self.curve))) > MOST_CENTS:
            raise DataError(f"a sample off by {self}", f"at most {MOST_CENTS:g} cents: measure it again")


Offs = dict[str, Off]
"""By the name of the sample."""


def in_tune(preset: Preset, offs: Offs) -> Preset:
    """The preset with its samples in tune.

    Parameters
    ----------
    preset : Preset
    offs : Offs
        By how much they are off; a sample that is not named stays as it is.
    """
    heads = preset.tables["shdr"].copy()
    for sample in range(len(preset.samples)):
        off = offs.get(preset.name_of(sample))
        if off is not None:
            heads["correction"][sample] = int(np.clip(round(int(heads["correction"][sample]) - off.cents), -127, 127))
    preset = preset.with_heads(heads)
    loops = dict(preset.loops())
    for sample, loop in loops.items():
        off = offs.get(preset.name_of(sample))
        if off is not None and off.curve:
            straight = straightened(preset.samples[sample], loop[0], off.curve, preset.rate_hz(sample))
            preset = preset.with_longer(sample, straight)
    return preset


def straightened(samples: Pcm, loop_at: int, curve: tuple[float, ...], rate_hz: int) -> Pcm:
    """The samples, those before the loop read faster where they are flat and slower where they are sharp.

    Parameters
    ----------
    samples : array
    loop_at : int
        Where the loop begins; from there on everything is as it was, at a place of its own.
    curve : tuple of float
        Cents off, a point every `POINT_S`; none at the loop.
    rate_hz : int
    """
    first, steps = _reading(loop_at, curve, rate_hz)
    read = read_bent(samples[: loop_at + _BEYOND].astype(np.float32), steps, first)
    return np.concatenate((np.clip(np.rint(read), -32768, 32767).astype(np.int16), samples[loop_at:]))


@lru_cache(maxsize=1)
def _reading(loop_at: int, curve: tuple[float, ...], rate_hz: int) -> tuple[float, Real]:
    """Where reading begins and how far it goes with each sample; both channels of a recording are read alike."""
    at = np.arange(loop_at, dtype=np.float64)
    points = np.append(np.arange(len(curve)) * POINT_S * rate_hz, loop_at)
    # How long each sample takes from now on, added up from the loop backwards.
    left = np.cumsum((2 ** (np.interp(at, points, [*curve, 0.0]) / 1200))[::-1])[::-1]
    places = np.interp(-np.arange(int(left[0]), 0, -1.0), -left, at)
    return float(places[0]), np.diff(np.append(places, loop_at))


def known_offs(soundfont: Path, program: int) -> Offs:
    """How far the samples of a program are off; nothing where nobody measured."""
    return _tables().get(fingerprint(soundfont), {}).get(program, {})


@cache
def _tables() -> dict[str, dict[int, Offs]]:
    """By SoundFont and program."""
    found: dict[str, dict[int, Offs]] = {}
    for path in sorted((FOLDER / "intonation").glob("*.toml")):
        data = read_data(path)
        try:
            found[str(data["fingerprint"])] = {
                int(program): {
                    name.replace(BOTH, side): Off(float(row[0]), tuple(map(float, row[1:])))
                    for name, row in rows.items()
                    for side in ("(L)", "(R)")
                }
                for program, rows in data["programs"].items()
            }
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise DataError(f"{path}: {error!r}", "measure it again: python -m models.evaluation.intonation") from error
    return found
