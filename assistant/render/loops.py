"""One preset of a SoundFont as a file of its own, the loops of its samples mended where their ends do not meet, its
samples in tune (`assistant.render.intonation`).

A held note goes round in its sample's loop. Where the loop's end leads elsewhere than to its beginning, there is a
corner at every turn, and a click to be heard in a soft bass. Most loops of a good SoundFont were crossfaded by its
makers; those that were not are crossfaded here as makers of samples do: over the last `FADE_S` the sound goes over to
what stands before the loop's beginning. Everything else stays as it is to the bit, and a synthesiser opens the small
file in a tenth of the time that the whole SoundFont takes.

Conventions: a preset is taken out once a process, into a folder that goes with it (``TMPDIR``). What can't be read
(sf3, 24 bits) or written is played from the SoundFont as it is. ``prompts/soundfonts/`` names the corners of a known
SoundFont, so that no cue waits until they are looked for; they are the very same. Kits of drums are large, hardly loop,
and are played from the whole.

Not known here: loops of another pitch than their sample, which hum and don't click; waves that are edges (a saw, a
square), which a crossfade doesn't help and which stay.
"""

from __future__ import annotations

import itertools
import logging
import threading
from functools import cache
from pathlib import Path

import numpy as np

from assistant.audio.faults import sharpness
from assistant.audio.soundfont import Loop, Pcm, Preset, read_preset
from assistant.render.intonation import in_tune, known_offs
from assistant.render.scratch import Scratch, scratch
from assistant.render.spoken import known_corners

FADE_S = 0.005
"""Long enough for a slope, too short to be heard as a change of the tone."""
CORNER, HEALED = 3.0, 0.5
"""How far a turn stands above what is usual beside it: half of what is called a click, as pitch moves it; and what
share of that is left at most where a crossfade helps."""
_BANK, _DRUM_BANK = 0, 128
_BEFORE, _AFTER = 2048, 1024
"""Frames that are looked at on either side of a turn."""

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_numbers = itertools.count()


def preset_font(soundfont: Path, program: int) -> Path | None:
    """A SoundFont with that preset alone, its loops mended; None where it is to be played from the whole one."""
    with _lock:
        return _preset_font(soundfont, program)


def rooted_font(soundfont: Path, program: int, *, is_drums: bool) -> Path | None:
    """The same for a reader that takes the key of a sample from its head alone; kits of drums too."""
    with _lock:
        return _rooted_font(soundfont, program, is_drums)


@cache
def _rooted_font(soundfont: Path, program: int, is_drums: bool) -> Path | None:
    try:
        preset = read_preset(soundfont, _DRUM_BANK if is_drums else _BANK, program)
        if preset is None:
            return None
        if not is_drums:
            preset = _mended_in_tune(preset, soundfont, program)
        return preset.rooted().save(_folder().path / f"{next(_numbers)}-{program}.sf2")
    except (OSError, ValueError, IndexError) as error:
        _log.warning("program %d is played from the whole of %s: %s", program, soundfont, error)
        return None


@cache
def _preset_font(soundfont: Path, program: int) -> Path | None:
    try:
        preset = read_preset(soundfont, _BANK, program)
        if preset is None:
            return None
        return _mended_in_tune(preset, soundfont, program).save(_folder().path / f"{next(_numbers)}-{program}.sf2")
    except (OSError, ValueError, IndexError) as error:
        _log.warning("program %d is played from the whole of %s: %s", program, soundfont, error)
        return None


def _mended_in_tune(preset: Preset, soundfont: Path, program: int) -> Preset:
    """The preset with smooth loops, its samples in tune."""
    broken = corners(preset, known_corners(soundfont, program))
    return in_tune(mended(preset, broken), known_offs(soundfont, program))


@cache
def _folder() -> Scratch:
    """Where presets lie; it goes when the process ends."""
    return scratch("cuewright-presets-")


def corners(preset: Preset, known: tuple[str, ...] | None = None) -> list[tuple[int, Loop]]:
    """The loops of a preset that turn with a corner which a crossfade mends, each with its sample.

    Parameters
    ----------
    preset : Preset
    known : tuple of str, optional
        The names of the samples that have such loops, where they were looked for before.
    """
    loops = preset.loops()
    if known is not None:
        return [(sample, loop) for sample, loop in loops if preset.name_of(sample) in known]
    return [(sample, loop) for sample, loop in loops if _is_mended(preset, sample, loop)]


def mended(preset: Preset, broken: list[tuple[int, Loop]]) -> Preset:
    """The preset with these loops crossfaded."""
    for sample, loop in broken:
        preset = preset.with_sample(sample, crossfaded(preset.samples[sample], loop, preset.rate_hz(sample)))
    return preset


def _is_mended(preset: Preset, sample: int, loop: Loop) -> bool:
    """Whether a loop has a corner now, and would not when crossfaded."""
    samples, rate_hz = preset.samples[sample], preset.rate_hz(sample)
    before = turn_sharpness(samples, loop, rate_hz)
    if before <= CORNER:
        return False
    return turn_sharpness(crossfaded(samples, loop, rate_hz), loop, rate_hz) <= HEALED * before


def crossfaded(samples: Pcm, loop: Loop, rate_hz: int) -> Pcm:
    """The samples, the end of their loop led over to what stands before its beginning.

    Examples
    --------
    >>> ramp = np.arange(1000, dtype=np.int16)
    >>> [int(value) for value in crossfaded(ramp, (400, 900), 1000)[892:900]]
    [892, 893, 894, 795, 696, 597, 498, 399]
    """
    first, end = loop
    frames = min(round(FADE_S * rate_hz), first, (end - first) // 2)
    over = np.arange(1, frames + 1) / frames
    out = samples.copy()
    faded = (1 - over) * samples[end - frames : end] + over * samples[first - frames : first]
    out[end - frames : end] = np.rint(faded).astype(np.int16)
    return out


def turn_sharpness(samples: Pcm, loop: Loop, rate_hz: int) -> float:
    """How far the turn of a loop stands out of the sound beside it."""
    first, end = loop
    turn = samples[first:end]
    round_again = np.resize(turn, _AFTER)
    before = samples[:end][-_BEFORE:]
    return sharpness(np.concatenate((before, round_again)) / 32768, len(before), rate_hz)
