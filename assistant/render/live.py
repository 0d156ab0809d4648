"""Parts whose synthesisers live on from stretch to stretch, and a band that remembers what they have played.

A stretch begins where the one before ended, with every voice still ringing, so that there is no join to hear: stretch
by stretch gives the same samples as all at once. What was played need not be played again for the mixdown.

Conventions: dry stereo float32 of shape (2, n), from the start of the cue; a performance may be given as far as it is
known, and what it says of the past must not change.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from assistant.audio.shelf import LONG_FRAMES, blocks, zeros
from assistant.audio.waveform import Samples
from assistant.render.fluid import BLOCK, FluidSynth, Sounding
from assistant.render.performance import Performance
from assistant.render.player import Player
from assistant.render.players import Band
from assistant.render.voiced import Voiced, VoiceSounding, voice_of
from assistant.render.voices import Voice


class LivePart:
    """One part at its synthesiser.

    Parameters
    ----------
    player : Player
        FluidSynth and our own voices play on; any other plays again from the start and only what is new is taken.
    program : int
    is_drums : bool
    instrument : str
    frames : int
        Room for so many samples; more is made when it is needed.
    """

    def __init__(self, player: Player, program: int, *, is_drums: bool, frames: int, instrument: str = "") -> None:
        self.program, self.is_drums, self.instrument = program, is_drums, instrument
        self.performance: Performance | None = None
        self._player = player
        self._stack = ExitStack()
        self._sounding: Sounding | VoiceSounding | None = None
        if isinstance(player, Voiced):
            voice = player.voice(instrument, is_drums=is_drums)
            self._sounding = None if voice is None else VoiceSounding(voice, player.rate_hz)
            self._player = player = player.others
        if self._sounding is None and isinstance(player, FluidSynth):
            self._sounding = self._stack.enter_context(player.begun(program, is_drums=is_drums))
        self._plays_on = self._sounding is not None
        self._sound = np.zeros((2, -(-frames // BLOCK) * BLOCK), np.float32)
        self._done = 0

    def play_on(self, performance: Performance, frames: int) -> Samples:
        """Everything from the start of the cue to ``frames``; only what is new is played."""
        self.performance = performance
        blocks = -(-frames // BLOCK)
        if blocks * BLOCK > self._sound.shape[1]:
            longer = zeros(2, blocks * BLOCK)
            longer[:, : self._sound.shape[1]] = self._sound
            self._sound = longer
        if blocks > self._done:
            if self._sounding is not None:
                self._sounding.play_on(performance, self._sound, blocks)
            else:
                new = slice(self._done * BLOCK, blocks * BLOCK)
                self._sound[:, new] = self._player.play(performance, new.stop)[:, new]
            self._done = blocks
        return self._sound[:, :frames]

    def close(self) -> None:
        """Let the synthesiser go; what was played stays."""
        self._stack.close()
        self._sounding = None

    @property
    def is_open(self) -> bool:
        """Whether it can play on."""
        return self._sounding is not None or not self._plays_on


class _Remembering:
    """A player that need not play again what live parts have played; see `assistant.render.player.Player`."""

    def __init__(self, player: Player, parts: tuple[LivePart, ...]) -> None:
        self._player, self._parts = player, parts

    @property
    def name(self) -> str:
        return self._player.name

    @property
    def soundfont(self) -> Path:
        return self._player.soundfont

    @property
    def rate_hz(self) -> int:
        return self._player.rate_hz

    def voice(self, instrument: str) -> Voice | None:
        return voice_of(self._player, instrument)

    def play(self, performance: Performance, frames: int) -> Samples:
        """The performance from its start, ``frames`` long, shape (2, frames)."""
        for part in self._parts:
            if part.performance == performance and part.is_open:
                sound = part.play_on(performance, frames)
                return np.array(sound) if frames <= LONG_FRAMES else _laid_down(sound)
        return self._player.play(performance, frames)


def _laid_down(sound: Samples) -> Samples:
    """A copy of a long sound, on disk."""
    copy = zeros(*sound.shape)
    for span in blocks(sound.shape[1]):
        copy[:, span] = sound[:, span]
    return copy


def remembering(band: Band, parts: tuple[LivePart, ...]) -> Band:
    """The same band, which need not play again what these parts have played."""
    return replace(band, player=_Remembering(band.player, parts))
