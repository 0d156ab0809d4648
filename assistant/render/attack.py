"""How long each key of a program takes to speak, measured on the player that will play it.

Bowed and blown samples rise slowly, each key differently: a string section's C4 needs 170 ms, its C3 70 ms. So every
few semitones one test note is played and timed, and notes are struck early by that much. Where a slow part strikes a
hit point it starts earlier still, to be at full level by then, and takes a breath just before: the level dips and is
back on the hit, so that the rise is heard there and nowhere else. For a hit at the very beginning the player begins
before the cue, unheard.

Conventions: seconds from key to half level (`Speech.half_s`) and to nearly full level (`Speech.full_s`). Measured once
a process for each SoundFont and program, unless a table has it (`assistant.render.spoken`); voices of our own say it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from assistant.audio.loudness import amplitude
from assistant.audio.shelf import mine
from assistant.audio.waveform import Samples
from assistant.render.craft import Attack
from assistant.render.performance import Performance, Stroke
from assistant.render.player import Player
from assistant.render.spoken import known_speech
from assistant.render.voiced import speaks_s, voice_of
from assistant.score import Note, Part

GRID = tuple(range(28, 101, 4))
"""Pitches of the test notes; what lies between is interpolated."""

SAME_PLACE_Q = 0.02
"""Notes this near to a hit, in quarter notes, strike it."""

_SPACING_S, _HELD_S = 1.0, 0.45
_HALF, _FULL = 0.5, 0.85
_SMOOTH_S = 0.01
_BEGIN_S = 0.004


@dataclass(frozen=True)
class Speech:
    """How a program speaks: by pitch, seconds to half and to nearly full level."""

    pitches: tuple[int, ...] = ()
    half_s: tuple[float, ...] = ()
    full_s: tuple[float, ...] = ()

    def half_at(self, pitch: int) -> float:
        """Seconds from key to half level."""
        return float(np.interp(pitch, self.pitches, self.half_s)) if self.pitches else 0.0

    def full_at(self, pitch: int) -> float:
        """Seconds from key to nearly full level."""
        return float(np.interp(pitch, self.pitches, self.full_s)) if self.pitches else 0.0


@dataclass(frozen=True)
class Timing:
    """When the keys of one part go down: its speech, and the hits (in quarter notes) that it strikes."""

    speech: Speech
    attack: Attack
    hits_q: tuple[float, ...] = ()

    def early_s(self, note: Note) -> float:
        """How much before its time a key goes down."""
        if self.prepares(note):
            return min(self.speech.full_at(note.pitch), self.attack.most_at_hit_s)
        return max(0.0, min(self.speech.half_at(note.pitch), self.attack.most_s) - self.attack.base_s)

    def prepares(self, note: Note) -> bool:
        """Whether a note strikes a hit for which its instrument speaks too slowly."""
        at_hit = any(abs(note.start_q - hit_q) < SAME_PLACE_Q for hit_q in self.hits_q)
        return at_hit and self.speech.half_at(note.pitch) >= self.attack.slow_s

    def breaths(self, part: Part) -> list[tuple[float, float]]:
        """The hits that this part must breathe before, in quarter notes, and for how many seconds."""
        found = []
        for hit_q in self.hits_q:
            notes = [note for note in part.notes if abs(note.start_q - hit_q) < SAME_PLACE_Q]
            early_s = max((self.early_s(note) for note in notes), default=0.0)
            if any(self.prepares(note) for note in notes):
                found.append((hit_q, max(early_s, self.attack.breath_s)))
        return found


def breathed(samples: Samples, rate_hz: int, breaths: Iterable[tuple[float, float]], attack: Attack) -> Samples:
    """Samples that dip for some seconds before each time in seconds, and are back at full level on it."""
    breaths = list(breaths)
    if not breaths:
        return samples
    out = mine(samples)
    low = amplitude(-attack.breath_db)
    for at_s, length_s in breaths:
        rise_s = attack.rise_s
        first = max(0, round((at_s - length_s - attack.fall_s) * rate_hz))
        last = min(out.shape[1], round((at_s + rise_s / 2) * rate_hz))
        times = np.arange(first, last) / rate_hz
        places = [at_s - length_s - attack.fall_s, at_s - length_s, at_s - rise_s / 2, at_s + rise_s / 2]
        out[:, first:last] *= np.interp(times, places, [1.0, low, low, 1.0]).astype(np.float32)
    return out


def begun(samples: Samples, rate_hz: int) -> Samples:
    """Samples that are cut out of something that sounds already: their first milliseconds rise, so that none clicks."""
    count = min(samples.shape[1], round(_BEGIN_S * rate_hz))
    out = mine(samples)
    out[:, :count] *= np.sin(np.linspace(0, np.pi / 2, count, dtype=np.float32)) ** 2
    return out


def speech_of(player: Player, performance: Performance, attack: Attack) -> Speech:
    """How the keys of a performance speak; struck instruments speak at once."""
    if performance.is_drums or not performance.strokes:
        return Speech()
    voice = voice_of(player, performance.instrument)
    if voice is not None:
        half_s, full_s = speaks_s(voice)
        return Speech((0,), (half_s,), (full_s,))
    return _measured(_Voice(player, performance.program), attack.test_velocity)


class _Voice:
    """A player and a program, equal to every other that sounds the same."""

    def __init__(self, player: Player, program: int) -> None:
        self.player = player
        self.program = program
        self._same: tuple[str, Path, int, int] = (player.name, player.soundfont, player.rate_hz, program)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Voice) and self._same == other._same

    def __hash__(self) -> int:
        return hash(self._same)


@cache
def _measured(voice: _Voice, velocity: int) -> Speech:
    """The speech of a program, from a table or from one test note every few semitones, all played in one go."""
    player = voice.player
    known = known_speech(player.name, player.soundfont, player.rate_hz, voice.program, velocity, GRID)
    return Speech(GRID, *known) if known else measure_speech(player, voice.program, velocity)


def measure_speech(player: Player, program: int, velocity: int) -> Speech:
    """The same, always played and timed; takes a tenth of a second."""
    rate_hz = player.rate_hz
    strokes = tuple(
        Stroke(index * _SPACING_S, index * _SPACING_S + _HELD_S, pitch, velocity) for index, pitch in enumerate(GRID)
    )
    count = round(_SPACING_S * rate_hz)
    sound = player.play(Performance(program, False, strokes), count * len(GRID))
    times = [_speaking_s(sound[:, index * count : (index + 1) * count], rate_hz) for index in range(len(GRID))]
    return Speech(GRID, tuple(half for half, _ in times), tuple(full for _, full in times))


def _speaking_s(sound: Samples, rate_hz: int) -> tuple[float, float]:
    """Seconds to half and to nearly full level of a note that starts with the sound."""
    step = rate_hz // 1000
    power = np.add.reduceat((sound**2).sum(axis=0), np.arange(0, sound.shape[1], step))
    window = round(_SMOOTH_S * 1000)
    level = np.sqrt(np.convolve(power, np.ones(window) / window, mode="same"))[: round(_HELD_S * 1000)]
    # The ring of the note before does not count.
    level = np.maximum(0, level - level[0])
    if not level.any():
        return 0.0, 0.0
    half, full = (int(np.argmax(level >= share * level.max())) / 1000 for share in (_HALF, _FULL))
    return half, full
