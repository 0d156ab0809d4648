"""Curves of the sound: its loudness over time, and the outline of a stem.

Conventions: loudness in LUFS; outlines show the highest and lowest sample of each column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from assistant.audio import Waveform
from assistant.audio.shelf import Samples, let_go
from assistant.deliver.pictures.svg import Frame, line, num, polyline, tag, words

TOP, BOTTOM, FOOT = 14.0, 194.0, 26.0
SHOWN_LU = 36.0
"""Loudness that fits between the upper and the lower edge."""


def loudness_svg(
    loudness: Sequence[tuple[float, float]],
    *,
    length_s: float,
    target_lufs: float,
    title: str = "Loudness",
    target_name: str = "target",
    colour: str = "#3b8fd4",
) -> str:
    """Loudness over time with the target of the mix.

    Parameters
    ----------
    loudness : sequence of (float, float)
        Time in seconds (middle of the block) and loudness in LUFS.
    """
    frame = Frame(length_s, BOTTOM + FOOT)
    highest = max([target_lufs + 6, *(level for _, level in loudness)])
    top_lufs = float(6 * np.ceil(highest / 6))

    def y(level: float) -> float:
        return TOP + (BOTTOM - TOP) * min(1.0, max(0.0, (top_lufs - level) / SHOWN_LU))

    shapes = []
    for level in np.arange(top_lufs, top_lufs - SHOWN_LU - 1, -6):
        shapes.append(line((frame.left, y(level)), (frame.right, y(level)), stroke_opacity="0.1"))
        shapes.append(words((frame.left - 8, y(level) + 4), f"{level:.0f}", text_anchor="end", opacity="0.6"))
    points = [(frame.x(at_s), y(level)) for at_s, level in thinned(loudness)]
    if points:
        area = f"{polyline(points)}L{num(points[-1][0])} {num(BOTTOM)}L{num(points[0][0])} {num(BOTTOM)}z"
        shapes.append(tag("path", d=area, fill=colour, fill_opacity="0.16"))
        shapes.append(tag("path", d=polyline(points), fill="none", stroke=colour, stroke_width=1.8))
    goal = y(target_lufs)
    shapes.append(line((frame.left, goal), (frame.right, goal), stroke_dasharray="6 4", stroke_opacity="0.8"))
    shapes.append(words((frame.left + 6, goal - 5), f"{target_name} {target_lufs:g} LUFS"))
    shapes += [frame.axis(BOTTOM), frame.playhead(TOP, BOTTOM)]
    return frame.picture(title, *shapes, kind="loudness")


def thinned(points: Sequence[tuple[float, float]], *, at_most: int = 600) -> Sequence[tuple[float, float]]:
    """Not more points than a screen shows."""
    step = -(-len(points) // at_most) if points else 1
    return points[::step]


def waveform_svg(waveform: Waveform, *, colour: str = "currentColor", columns: int = 240, title: str = "") -> str:
    """The outline of a sound in one small strip, as loud as it is."""
    frames = waveform.frames
    edges = np.linspace(0, frames, min(columns, max(1, frames)) + 1).astype(int).tolist()
    mono = _columns(waveform, edges) if frames else ()
    high, low = np.array([(column.max(), column.min()) for column in mono] or [(0.0, 0.0)]).T
    scale = 20 / max(1e-9, float(np.abs(np.concatenate([high, low])).max()))
    xs = np.linspace(0, 300, len(high))
    upper = [(float(x), 22 - float(level) * scale) for x, level in zip(xs, high, strict=True)]
    lower = [(float(x), 22.4 - float(level) * scale) for x, level in zip(xs, low, strict=True)]
    outline = tag("path", d=polyline([*upper, *reversed(lower)]) + "z", fill=colour)
    return tag(
        "svg",
        (tag("title", _escaped(title)) if title else "") + outline,
        xmlns="http://www.w3.org/2000/svg",
        viewBox="0 0 300 44",
        class_="cue-picture waveform",
        preserveAspectRatio="none",
        role="img",
    )


def _columns(waveform: Waveform, edges: Sequence[int]) -> Iterator[Samples]:
    """The mean of the channels between each two edges; memory is let go as it passes."""
    for start, end in pairwise(edges):
        yield waveform.samples[:, start:end].mean(axis=0, dtype=np.float32)
        let_go()


def _escaped(text: str) -> str:
    from html import escape

    return escape(text)
