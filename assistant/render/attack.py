"""How long each key of a program takes to speak, measured on the player that will play it.

Bowed and blown samples rise slowly, each key differently: a string section's C4 is heard 170 ms after its key goes
down, its C3 70 ms. So every few semitones one test note is played and timed by the detector that also judges hits.

Conventions: seconds from key to steepest rise of energy. Measured once a process for each SoundFont and program.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from assistant.audio import Waveform
from assistant.audio.onsets import energy_rise
from assistant.render.craft import Attack
from assistant.render.performance import Performance, Stroke
from assistant.render.players import Player

GRID = 3
"""Semitones between test notes; what lies between is interpolated."""

_SPACING_S, _HELD_S = 0.8, 0.5


def earliness(player: Player, performance: Performance, attack: Attack) -> Callable[[int], float]:
    """For each pitch, how many seconds early its key must be struck to be heard on time."""
    if performance.is_drums or not performance.strokes:
        return lambda pitch: 0.0
    grid = sorted({GRID * round(stroke.pitch / GRID) for stroke in performance.strokes})
    times = [_speaking_s(_Voice(player, performance.program), min(127, pitch), attack) for pitch in grid]

    def early_s(pitch: int) -> float:
        return float(np.clip(np.interp(pitch, grid, times) - attack.base_s, 0.0, attack.most_s))

    return early_s


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
def _speaking_s(voice: _Voice, pitch: int, attack: Attack) -> float:
    """Seconds from key to steepest rise, for one key."""
    rate_hz = voice.player.rate_hz
    stroke = Stroke(0.0, _HELD_S, pitch, attack.test_velocity)
    sound = voice.player.play(Performance(voice.program, False, (stroke,)), round(_SPACING_S * rate_hz))
    half = attack.most_s / 2
    return max(0.0, energy_rise(Waveform(sound, rate_hz), half, half).at_s)
