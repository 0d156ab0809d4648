"""A player that plays what it has voices of its own for, and leaves the rest to the one that has samples.

Strings and breath are ours to the last sample, so a part that a voice plays is the same with FluidSynth, with the
fall-back, and stretch by stretch in the quick mix.

Conventions: as `assistant.render.player.Player`; dry stereo float32 in blocks of `BLOCK` frames. Pitch bend reaches
`BEND` semitones to either side, as FluidSynth's does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.audio.shelf import zeros
from assistant.audio.waveform import Samples
from assistant.render.body import Real
from assistant.render.breath import BLOCK, Moves, lines_of, moved, sounded
from assistant.render.fallback import pedalled
from assistant.render.performance import EXPRESSION, Performance, Stroke
from assistant.render.player import Player
from assistant.render.strings import plucked_note
from assistant.render.strip import pan_gains
from assistant.render.voices import Plucked, Sustained, Voice, Voices
from assistant.score.values import IN_TUNE, PITCH_BEND

BEND = 2.0
MODULATION = 1
_STOP_S = 0.03
"""Decay time of a string that is plucked again."""
_GONE_DB = 80.0
_TURN_S = 0.004
"""How long a controller takes to its next value: no zip is heard, and a glide loses nothing."""
_HALF, _FULL = 0.5, 0.71
"""Where a breath that rises without corners is at half and at 85 % of its level."""
_SPREAD = (64, 24.0)
"""The pitch in the middle of the strings, and how many semitones from there to the side."""


@dataclass(frozen=True)
class Voiced:
    """A player with voices of its own; see `assistant.render.player.Player`.

    Parameters
    ----------
    others : Player
        Who plays what there is no voice for.
    voices : Voices
        By instrument.
    """

    others: Player
    voices: Voices

    @property
    def name(self) -> str:
        """The other player's."""
        return self.others.name

    @property
    def soundfont(self) -> Path:
        """The other player's."""
        return self.others.soundfont

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return self.others.rate_hz

    def voice(self, instrument: str, *, is_drums: bool = False) -> Voice | None:
        """The voice of an instrument, None where samples play it."""
        return None if is_drums else self.voices.get(instrument)

    def play(self, performance: Performance, frames: int) -> Samples:
        """The performance from its start, ``frames`` long, shape (2, frames)."""
        voice = self.voice(performance.instrument, is_drums=performance.is_drums)
        if voice is None:
            return self.others.play(performance, frames)
        blocks = -(-frames // BLOCK)
        sound = zeros(2, blocks * BLOCK)
        VoiceSounding(voice, self.rate_hz).play_on(performance, sound, blocks)
        return sound[:, :frames]


def voice_of(player: Player, instrument: str) -> Voice | None:
    """The voice that a player has for an instrument; players of samples alone have none."""
    find: Callable[[str], Voice | None] | None = getattr(player, "voice", None)
    return None if find is None else find(instrument)


def speaks_s(voice: Voice) -> tuple[float, float]:
    """Seconds to half and to nearly full level: a string speaks at once, a breath along its rise."""
    return (0.0, 0.0) if voice.breath is None else (_HALF * voice.breath.attack_s, _FULL * voice.breath.attack_s)


class VoiceSounding:
    """A voice at work, stretch by stretch; as `assistant.render.fluid.Sounding`."""

    def __init__(self, voice: Voice, rate_hz: int) -> None:
        self._voice, self._rate_hz = voice, rate_hz
        self.block = 0
        """The next block that it will play."""

    def play_on(self, performance: Performance, sound: Samples, until: int) -> None:
        """Play into ``sound`` (2, n) from where it is to before block ``until``; what comes before is in the past."""
        if until <= self.block:
            return
        strokes = tuple(pedalled(performance))
        moves = moves_of(performance, until + 1, self._rate_hz)
        here = sound[:, self.block * BLOCK : until * BLOCK]
        if self._voice.string is not None:
            _pluck(self._voice.string, strokes, moves, here, self.block * BLOCK, self._rate_hz)
        elif self._voice.breath is not None:
            _blow(self._voice.breath, strokes, moves, here, self.block, self._rate_hz)
        self.block = until


def moves_of(performance: Performance, blocks: int, rate_hz: int) -> Moves:
    """What the controllers say at the start of every block."""
    at_s = np.arange(blocks) * (BLOCK / rate_hz)
    bend = (_curve(performance, PITCH_BEND, IN_TUNE, at_s) - IN_TUNE) / IN_TUNE * BEND
    gain = (_curve(performance, EXPRESSION, 127, at_s) / 127) ** 2
    return Moves(bend, gain, _curve(performance, MODULATION, 0, at_s) / 127)


def _curve(performance: Performance, number: int, start: int, at_s: Real) -> Real:
    """A controller's value, moved in `_TURN_S` to each next one."""
    turns = [turn for turn in performance.turns if turn.number == number]
    if not turns:
        return np.full(len(at_s), float(start))
    times = np.array([turn.at_s for turn in turns])
    values = np.array([start, *(turn.value for turn in turns)], float)
    ends = np.minimum(times + _TURN_S, np.append(times[1:], np.inf))
    places = np.stack((times, ends), axis=1).reshape(-1)
    return np.asarray(np.interp(at_s, places, np.stack((values[:-1], values[1:]), axis=1).reshape(-1)))


def _pluck(
    string: Plucked, strokes: tuple[Stroke, ...], moves: Moves, sound: Samples, start: int, rate_hz: int
) -> None:
    """Every string that sounds from frame ``start`` on, added to ``sound``."""
    end = start + sound.shape[1]
    again: dict[int, int] = {}
    for stroke in reversed(strokes):
        first, over = round(stroke.start_s * rate_hz), round(stroke.end_s * rate_hz)
        stopped = again.get(stroke.pitch)
        again[stroke.pitch] = first
        gone = over + round(string.release_s * _GONE_DB / 60 * rate_hz)
        if stopped is not None:
            gone = min(gone, stopped + round(_STOP_S * _GONE_DB / 60 * rate_hz))
        if first >= end or gone <= start:
            continue
        frames = min(gone, end) - first
        note = plucked_note(
            string, stroke.pitch, stroke.velocity, start_frame=first, frames=frames, rate_hz=rate_hz,
            ratios=_ratios(moves.bend, first, frames), cents=stroke.cents,
        )  # fmt: skip
        _damp(note, over - first, string.release_s, rate_hz)
        if stopped is not None:
            _damp(note, stopped - first, _STOP_S, rate_hz)
        skipped = max(0, start - first)
        piece = note[skipped:]
        place = first + skipped - start
        seat = string.spread * float(np.clip((stroke.pitch - _SPREAD[0]) / _SPREAD[1], -1, 1))
        for side, gain in enumerate(pan_gains(seat)):
            sound[side, place : place + len(piece)] += piece * np.float32(gain)


def _ratios(bend: Real, first: int, frames: int) -> Real | None:
    """The speed of each frame, None where nothing bends."""
    begin, last = first // BLOCK, min(len(bend) - 1, (first + frames) // BLOCK + 1)
    if not bend[begin : last + 1].any():
        return None
    return np.asarray(2 ** (np.interp(np.arange(first, first + frames) / BLOCK, np.arange(len(bend)), bend) / 12))


def _damp(note: Samples, over: int, release_s: float, rate_hz: int) -> None:
    """Let the note die away from frame ``over`` on, in place."""
    rest = len(note) - over
    if rest > 0:
        note[over:] *= np.exp(np.arange(rest, dtype=np.float32) * np.float32(-6.9078 / (release_s * rate_hz)))


def _blow(
    breath: Sustained, strokes: tuple[Stroke, ...], moves: Moves, sound: Samples, block: int, rate_hz: int
) -> None:
    """Every line of one breath, added to ``sound`` from ``block`` on."""
    for line in lines_of(strokes, breath.release_s):
        curves = moved(breath, line, moves, rate_hz)
        sound += sounded(breath, curves, block, len(moves.bend) - 1, rate_hz)
