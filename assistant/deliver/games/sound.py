"""A strip played and cut: the loop of every part, and each piece as a whole.

Conventions: float32 of shape (2, n) at `RATE_HZ`. The loops of all parts are equally long and in phase. A piece's
sound begins on its bar line; what a slow instrument plays before it is left out, softly.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from assistant.audio.loudness import amplitude
from assistant.audio.waveform import Samples
from assistant.deliver.games.strip import Strip
from assistant.library import Library
from assistant.render.craft import Craft
from assistant.render.mixdown import Studio
from assistant.render.players import Band
from assistant.score import Part
from assistant.settings import RATE_HZ

_MOST_THREADS = 8
_BEFORE_S, _FADE_IN_S = 0.002, 0.008
_AUDIBLE_DBFS = -70.0
_SILENT_DBFS = -84.0
_FADE_OUT_S = 0.05


@dataclass(frozen=True)
class Cut:
    """A piece's sound: its bars and what rings on behind them."""

    samples: Samples
    bar_frames: int
    """Frames of its whole bars: what follows begins there."""


@dataclass(frozen=True)
class Takes:
    """What was cut from a strip: the loop by part, and the pieces by name."""

    loops: Mapping[str, Samples]
    cuts: Mapping[str, Cut]


def play_strip(strip: Strip, *, library: Library, craft: Craft, band: Band) -> Takes:
    """Play every part of a strip, and cut it."""
    studio = Studio(strip.score, strip.plan, library, craft, band)
    threads = max(1, min(len(strip.score.parts), os.cpu_count() or 1, _MOST_THREADS))
    with ThreadPoolExecutor(threads) as pool:
        played = list(pool.map(lambda part: _cut(studio, part, strip), strip.score.parts))
    loops = {part.id: loop for part, (loop, _) in zip(strip.score.parts, played, strict=True)}
    cuts = {}
    for index, placed in enumerate(strip.placed):
        total = np.asarray(np.sum([pieces[index] for _, pieces in played], axis=0), np.float32)
        cuts[placed.piece.name] = Cut(rung_out(total), placed.piece.bars * strip.grid.bar_frames)
    return Takes(loops, cuts)


def _cut(studio: Studio, part: Part, strip: Strip) -> tuple[Samples, list[Samples]]:
    """One part: the last pass of its loop, and its share of every piece."""
    stem = studio.stem(part)
    start = strip.pass_start(strip.passes - 1)
    loop = np.array(stem[:, start : start + strip.body.frames])
    pieces = []
    for placed in strip.placed:
        first = placed.bar * strip.grid.bar_frames
        last = first + placed.piece.bars * strip.grid.bar_frames + strip.tail_frames
        pieces.append(begun(stem, first, last))
    return loop, pieces


def begun(stem: Samples, first: int, last: int) -> Samples:
    """Frames ``first`` to ``last``, faded in where the stem sounds before them already."""
    piece = np.array(stem[:, first:last])
    before = stem[:, max(0, first - round(_BEFORE_S * RATE_HZ)) : first]
    if np.abs(before).max(initial=0.0) > amplitude(_AUDIBLE_DBFS):
        count = min(piece.shape[1], round(_FADE_IN_S * RATE_HZ))
        piece[:, :count] *= np.sin(np.linspace(0, np.pi / 2, count, dtype=np.float32)) ** 2
    return piece


def rung_out(sound: Samples) -> Samples:
    """The sound up to where nothing is heard any more, faded there."""
    loud = np.flatnonzero(np.abs(sound).max(axis=0) > amplitude(_SILENT_DBFS))
    fade = round(_FADE_OUT_S * RATE_HZ)
    end = min(sound.shape[1], (int(loud[-1]) + 1 if len(loud) else 0) + fade)
    out = np.array(sound[:, :end])
    count = min(end, fade)
    out[:, end - count :] *= np.cos(np.linspace(0, np.pi / 2, count, dtype=np.float32)) ** 2
    return out
