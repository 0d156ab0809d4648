"""The renderer that needs no system library: symusic's SoundFont synthesiser.

It plays notes and programs but neither pedal nor expression, so the pedal is played by holding keys and the expression
by turning the volume afterwards, each part by itself, by the laws of the SoundFont standard. Notes of another tuning
are played slower or faster and read back at the right speed. Modulation and pitch bend are not heard.

Conventions: as `assistant.render.fluid`; symusic 0.5.8 only, since 0.6.0 cannot return what it rendered.

Sources: SoundFont Technical Specification 2.04, section 8.4.6 (expression: 40 log10(value / 127) dB).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from assistant.audio.shelf import blocks, filled, zeros
from assistant.audio.waveform import Samples
from assistant.render.loops import rooted_font
from assistant.render.performance import EXPRESSION, SUSTAIN, Performance, Stroke, Turn
from assistant.render.strings import read_bent

TICKS_PER_S = 24_000
_GAIN = 0.35
_GLIDE_S = 0.01
_LINGER_S, _LINGER_SHARE = 0.15, 0.25
"""Its keys ring 0.2 to 0.5 s longer after their release than FluidSynth's, so they go up this much earlier."""


@cache
def library() -> Any | None:
    """The symusic module, or None where it is missing or cannot render."""
    try:
        import symusic
    except ImportError:
        return None
    return symusic if hasattr(symusic, "Synthesizer") else None


class Fallback:
    """A player; see `assistant.render.player.Player`."""

    name = "fallback"

    def __init__(self, soundfont: Path, rate_hz: int) -> None:
        self.soundfont = soundfont
        self.rate_hz = rate_hz

    def play(self, performance: Performance, frames: int) -> Samples:
        """The performance from its start, ``frames`` long, shape (2, frames); the standard kit for an unknown one."""
        if not performance.strokes:
            return zeros(2, frames)
        sound = self._tuned(performance, frames)
        if performance.is_drums and performance.program and not sound.any():
            sound = self._rendered(replace(performance, program=0), frames)
        loudness = expression(performance.turns, self.rate_hz)
        return filled((2, frames), lambda span: sound[:, span] * loudness(span))

    def _tuned(self, performance: Performance, frames: int) -> Samples:
        """The strokes of each tuning by themselves, in tune."""
        tunings = sorted({stroke.cents for stroke in performance.strokes}, key=abs)
        if tunings == [0.0]:
            return self._rendered(performance, frames)
        sound = zeros(2, frames)
        held = pedalled(performance)
        for cents in tunings:
            speed = 2 ** (cents / 1200)
            mine = tuple(
                replace(stroke, start_s=stroke.start_s * speed, end_s=stroke.end_s * speed)
                for stroke in held
                if stroke.cents == cents
            )
            played = self._rendered(replace(performance, strokes=mine, turns=()), round(frames * speed) + 4)
            for span in blocks(frames):
                ratios = np.full(span.stop - span.start, speed)
                first = int(span.start * speed)
                for side in range(2):
                    piece = played[side, first : first + round(len(ratios) * speed) + 8]
                    sound[side, span] += read_bent(piece, ratios, span.start * speed - first)
        return sound

    def _rendered(self, performance: Performance, frames: int) -> Samples:
        """Notes and program alone."""
        symusic = library()
        assert symusic is not None, "players.choose_player looks first"
        # Sixty quarters a minute, so that a second is a quarter.
        score = symusic.Score(TICKS_PER_S)
        score.tempos.append(symusic.Tempo(0, 60))
        track = symusic.Track("part", performance.program, performance.is_drums)
        for stroke in pedalled(performance):
            held_s = stroke.end_s - stroke.start_s
            length = max(1, round((held_s - min(_LINGER_S, _LINGER_SHARE * held_s)) * TICKS_PER_S))
            track.notes.append(symusic.Note(round(stroke.start_s * TICKS_PER_S), length, stroke.pitch, stroke.velocity))
        score.tracks.append(track)
        # It takes the key of a sample from its head, where many SoundFonts have none.
        font = rooted_font(self.soundfont, performance.program, is_drums=performance.is_drums) or self.soundfont
        played = symusic.Synthesizer(str(font), self.rate_hz, 0).render(score, stereo=True)
        count = min(frames, played.shape[1])
        sound = zeros(2, frames)
        for span in blocks(count):
            sound[:, span] = np.asarray(played[:, span], np.float32) * _GAIN
        return sound


def pedalled(performance: Performance) -> list[Stroke]:
    """The strokes, those under the pedal held until it goes up or their key is struck again."""
    spans = _pedal_spans(performance)
    again: dict[int, float] = {}
    held: list[Stroke] = []
    for stroke in reversed(performance.strokes):
        end_s = next((up for down, up in spans if down <= stroke.end_s < up), stroke.end_s)
        end_s = min(max(end_s, stroke.end_s), again.get(stroke.pitch, np.inf))
        held.append(replace(stroke, end_s=end_s))
        again[stroke.pitch] = stroke.start_s
    return held[::-1]


def _pedal_spans(performance: Performance) -> list[tuple[float, float]]:
    """When the pedal is down."""
    spans: list[tuple[float, float]] = []
    down: float | None = None
    for turn in performance.turns:
        if turn.number != SUSTAIN:
            continue
        if turn.value >= 64 and down is None:
            down = turn.at_s
        elif turn.value < 64 and down is not None:
            spans.append((down, turn.at_s))
            down = None
    return [*spans, (down, performance.end_s)] if down is not None else spans


def expression(turns: tuple[Turn, ...], rate_hz: int) -> Callable[[slice], Samples]:
    """The volume that the expression controller asks for in a stretch of n frames, shape (1, n) or (1, 1)."""
    moves = [turn for turn in turns if turn.number == EXPRESSION]
    if not moves:
        return lambda span: np.ones((1, 1), np.float32)
    times = np.array([move.at_s for move in moves])
    gains = np.array([(move.value / 127) ** 2 for move in moves])
    starts = np.stack((times, times + _GLIDE_S), axis=1).reshape(-1)
    before = np.concatenate((gains[:1], gains[:-1]))
    levels = np.stack((before, gains), axis=1).reshape(-1)
    order = np.argsort(starts, kind="stable")
    places, levels = np.maximum.accumulate(starts[order]), levels[order]

    def curve(span: slice) -> Samples:
        return np.asarray(np.interp(np.arange(span.start, span.stop) / rate_hz, places, levels)[None, :], np.float32)

    return curve
