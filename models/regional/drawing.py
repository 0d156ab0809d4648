"""What a region looks like: spectrograms of its demo, its scales in cents, its cycles round a clock.

Conventions: spectrograms are palette PNGs of `WIDE` by `HIGH` pixels, time to the right, `LOWEST_HZ` to `HIGHEST_HZ`
upwards by octaves, brightness from `FLOOR_DB` below the loudest cell of a reference (0) to it (255), so that a stem is
drawn as bright as it is in its mix. Drawings are SVG in the colours of the page. Drawn with numpy and Pillow alone.
"""

from __future__ import annotations

import io
import math
from base64 import b64encode

import numpy as np
import numpy.typing as npt
from PIL import Image

from assistant.audio.waveform import Waveform

WIDE, HIGH = 640, 150
LOWEST_HZ, HIGHEST_HZ = 55.0, 14_080.0
FLOOR_DB = 66.0
_WINDOW = 4096
_STOPS = (
    (0.0, (10, 12, 20)),
    (0.3, (48, 34, 96)),
    (0.55, (150, 48, 104)),
    (0.78, (238, 118, 62)),
    (1.0, (255, 238, 186)),
)
Levels = npt.NDArray[np.float64]


def levels_db(waveform: Waveform) -> Levels:
    """Level by pitch (rows, the highest first) and time (columns), shape (`HIGH`, `WIDE`)."""
    mono = waveform.samples.mean(axis=0).astype(np.float64)
    padded = np.pad(mono, _WINDOW // 2)
    starts = np.linspace(0, max(0, len(padded) - _WINDOW), WIDE).astype(int)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[starts] * np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    edges = LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** (np.arange(HIGH + 1) / HIGH) * _WINDOW / waveform.rate_hz
    summed = np.concatenate((np.zeros((WIDE, 1)), np.cumsum(power, axis=1)), axis=1)
    places = np.arange(summed.shape[1])
    # Energy up to an edge lies between that of its neighbours, so that narrow bands of low pitches are no gaps.
    below = np.stack([np.interp(edges, places, row) for row in summed])
    return np.asarray(10 * np.log10(np.maximum(np.diff(below, axis=1), 1e-12))).T[::-1]


def spectrogram(levels: Levels, loudest_db: float) -> str:
    """A picture of levels as a data address."""
    shades = np.clip(255 * (1 + (levels - loudest_db) / FLOOR_DB), 0, 255).astype(np.uint8)
    picture = Image.fromarray(shades // 4 * 4)
    picture.putpalette(_palette())
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + b64encode(file.getvalue()).decode()


def _palette() -> list[int]:
    places = [place * 255 for place, _ in _STOPS]
    channels = [np.interp(np.arange(256), places, [colour[index] for _, colour in _STOPS]) for index in range(3)]
    return [int(value) for value in np.stack(channels, axis=1).reshape(-1)]


def scale_svg(semitones: tuple[int, ...], cents: tuple[float, ...]) -> str:
    """A scale as dots over an octave of twelve equal steps, each with its cents and how far from the step it lies."""
    left, wide, base = 16.0, 388.0, 40.0
    at = [left + wide * cent / 1200 for cent in (*cents, 1200.0)]
    out = ['<svg viewBox="0 0 420 66" class="scale" role="img" aria-label="scale in cents">']
    out.append(f'<path class="axis" d="M{left:g} {base:g}h{wide:g}"/>')
    out += [f'<path class="step" d="M{left + wide * step / 12:.1f} {base - 9:g}v18"/>' for step in range(13)]
    for x, cent, step in zip(at, (*cents, 1200.0), (*semitones, 12), strict=True):
        off = cent - 100 * step
        name = "off" if abs(off) >= 5 else "on"
        out.append(f'<circle class="{name}" cx="{x:.1f}" cy="{base:g}" r="5"/>')
        out.append(f'<text x="{x:.1f}" y="24">{cent:.0f}</text>')
        if abs(off) >= 1:
            out.append(f'<text class="{name}" x="{x:.1f}" y="63">{off:+.0f}</text>')
    return "".join((*out, "</svg>"))


def cycle_svg(groups: tuple[int, ...]) -> str:
    """A cycle round a clock: every count a dot, the first of each group a large one."""
    count, middle, reach = sum(groups), 44.0, 34.0
    starts = set(np.cumsum((0, *groups[:-1])).tolist())
    out = [f'<svg viewBox="0 0 88 88" class="cycle" role="img" aria-label="cycle of {count}">']
    out.append(f'<circle class="ring" cx="{middle:g}" cy="{middle:g}" r="{reach:g}"/>')
    corners = []
    for beat in range(count):
        turn = 2 * math.pi * beat / count
        x, y = middle + reach * math.sin(turn), middle - reach * math.cos(turn)
        if beat in starts:
            corners.append(f"{x:.1f},{y:.1f}")
        radius, name = (6.0 if beat == 0 else 4.5, "strong") if beat in starts else (2.2, "weak")
        out.append(f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"/>')
    if len(corners) > 1:
        out.insert(2, f'<polygon class="shape" points="{" ".join(corners)}"/>')
    out.append(f'<text x="{middle:g}" y="{middle + 5:g}">{count}</text></svg>')
    return "".join(out)
