"""A variant's picture: its notes as strokes over its waveform, small and in the colours of its parts.

Conventions: one ``<svg>`` that needs nothing from outside, 320 by 96; the waveform takes the colour of its
surroundings. At most `MOST_STROKES` notes are drawn, so that a sheet of a thousand stays light.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from assistant.audio import Waveform
from assistant.deliver.pictures import part_colours
from assistant.score import Score

WIDTH, HEIGHT, COLUMNS = 320, 96, 80
MOST_STROKES = 400


def thumbnail_svg(score: Score, mix: Waveform) -> str:
    """The picture of a take."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'<path d="{_wave(mix)}" fill="#8a93a5" opacity=".28"/>{_strokes(score)}</svg>'
    )


def _wave(mix: Waveform) -> str:
    """The outline of the sound, mirrored at the middle."""
    samples = np.abs(mix.samples).max(axis=0)
    edges = np.linspace(0, samples.shape[0], COLUMNS + 1).astype(int)
    levels = [float(samples[start:end].max()) if end > start else 0.0 for start, end in pairwise(edges)]
    middle, step = HEIGHT / 2, WIDTH / COLUMNS
    up = [f"{step * (index + 0.5):.0f},{middle - middle * level:.1f}" for index, level in enumerate(levels)]
    down = [f"{step * (index + 0.5):.0f},{middle + middle * level:.1f}" for index, level in enumerate(levels)]
    return "M" + "L".join([*up, *reversed(down)]) + "Z"


def _strokes(score: Score) -> str:
    """Every note as a line, by part."""
    colours = part_colours(score.parts)
    parts = [part for part in score.parts if part.notes and not part.is_drums]
    pitches = [note.pitch for part in parts for note in part.notes] or [60]
    low, high = min(pitches), max(pitches)
    scale = (HEIGHT - 12) / max(12, high - low)
    every = max(1, len(pitches) // MOST_STROKES)
    drawn = []
    for part in parts:
        paths = []
        for note in part.notes[::every]:
            start = WIDTH * score.start_s(note) / score.length_s
            length = max(2.0, WIDTH * (score.end_s(note) - score.start_s(note)) / score.length_s)
            paths.append(f"M{start:.0f} {HEIGHT - 6 - scale * (note.pitch - low):.0f}h{min(length, WIDTH - start):.0f}")
        colour = colours.get(part.id, "#5577aa")
        drawn.append(f'<path d="{"".join(paths)}" stroke="{colour}" stroke-width="3" fill="none"/>')
    return "".join(drawn)
