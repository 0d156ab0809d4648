"""Shots for films that are made: filmed stretches through a camera of their own, some with what looks like a cut.

Conventions: pictures are (height, width, 3) uint8 arrays. Every shot has one stretch for development and another for
what is held out, so that no picture is in both. All chances are drawn from the generator that is given. What misleads:
flashes, lightning, a light that is switched on, somebody walking through close to the camera, whip pans, shaking.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.clip.reading import Damage, decode_picture, find_picture, open_media

Image = npt.NDArray[np.uint8]

DEVELOPMENT, HELD_OUT = "development", "held-out"
STORED = (288, 162)
"""Width and height in which the pictures of a shot are kept."""
SHOTS = (
    ("bbb_480p_30s.mp4", 24.0, (52, 166), (170, 285)),
    ("bbb_480p_30s.mp4", 24.0, (285, 330), (334, 378)),
    ("bbb_480p_30s.mp4", 24.0, (378, 463), (467, 553)),
    ("bbb_480p_30s.mp4", 24.0, (626, 686), (553, 595)),
    ("flower.mp4", 29.97, (0, 74), (78, 151)),
    ("friday.mp4", 30.0, (0, 90), (94, 184)),
    ("stream-of-water.mp4", 29.97, (0, 46), (50, 94)),
)
"""File, frames a second, and the stretches of frames for development and for what is held out, without the fades and
titles that the first clip has of its own (``SOURCE.md`` beside the clips)."""


def mix(one: Image, other: Image, share: float) -> Image:
    """Two pictures, ``share`` 0..1 of the second."""
    return np.asarray(one * (1 - share) + other * share, np.uint8)


def shot_of(
    rng: np.random.Generator, shot: int, half: str, clips: Path, rate_hz: float, size: tuple[int, int], length: int
) -> list[Image]:
    """So many pictures of a shot, seen through a camera of its own, perhaps with something that misleads."""
    source = _pictures(shot, half, clips)
    step = SHOTS[shot][1] / rate_hz * float(rng.choice([0.5, 1.0, 1.0, 1.5]))
    begin = float(rng.uniform(0, max(1, len(source) - step * length)))
    mirrored, tint = rng.random() < 0.5, rng.uniform(0.8, 1.2, 3)
    gain = float(rng.uniform(0.6, 1.15))
    paths = _camera(rng, length, rate_hz)
    seen = []
    for index in range(length):
        place = _there_and_back(begin + step * index, len(source))
        seen.append(_frame(source[place], paths[index], size, mirrored=mirrored, colour=tint * gain))
    mislead = str(rng.choice(["none", "flash", "lightning", "switch", "passer"], p=[0.6, 0.12, 0.12, 0.06, 0.1]))
    if mislead != "none" and length > 0.9 * rate_hz:
        first, end = 0 if mislead == "switch" else length // 3, length - length // 3
        middle = seen[first:end]
        _MISLEADERS[mislead](rng, middle, rate_hz)
        seen[first:end] = middle
    return seen


def _there_and_back(place: float, count: int) -> int:
    """A frame of a source that is played to its end, back, and so on."""
    turn = int(place) % max(1, 2 * count - 2)
    return turn if turn < count else 2 * count - 2 - turn


def _camera(rng: np.random.Generator, length: int, rate_hz: float) -> npt.NDArray[np.float64]:
    """Zoom and place (0..1 across and down) of the camera for every picture: steady, gliding, whipping or shaking."""
    zoom = float(rng.uniform(0.5, 0.9))
    place = np.tile(rng.uniform(0, 1, 2), (length, 1))
    way = str(rng.choice(["steady", "glide", "whip", "shake"], p=[0.45, 0.25, 0.15, 0.15]))
    t = np.arange(length) / rate_hz
    if way == "glide":
        place = place + np.outer(t, rng.uniform(-0.25, 0.25, 2))
    elif way == "whip":
        at, lasts = rng.uniform(0.3, 0.7) * t[-1], rng.uniform(0.2, 0.5)
        share = np.clip((t - at) / lasts + 0.5, 0, 1)
        place[:, 0] = np.sign(0.5 - place[0, 0]) * (3 * share**2 - 2 * share**3) + place[:, 0]
    elif way == "shake":
        place = place + np.cumsum(rng.normal(0, 0.25 / np.sqrt(rate_hz), (length, 2)), axis=0)
    return np.column_stack([np.full(length, zoom), np.clip(place, 0, 1)])


def _frame(
    picture: Image, camera: npt.NDArray[np.float64], size: tuple[int, int], *, mirrored: bool, colour: Any
) -> Image:
    from PIL import Image as Drawn

    high, wide = picture.shape[:2]
    zoom, across, down = camera
    left, top = across * wide * (1 - zoom), down * high * (1 - zoom)
    box = (left, top, left + zoom * wide, top + zoom * high)
    seen = np.asarray(Drawn.fromarray(picture).resize(size, Drawn.Resampling.BILINEAR, box=box))
    seen = seen[:, ::-1] if mirrored else seen
    return np.clip(seen * colour, 0, 255).astype(np.uint8)


@cache
def _pictures(shot: int, half: str, clips: Path) -> Image:
    """The pictures of a half of a shot, made small."""
    name, _, *stretches = SHOTS[shot]
    first, end = stretches[0 if half == DEVELOPMENT else 1]
    found = []
    with open_media(clips / name) as container:
        stream = find_picture(container)
        assert stream is not None
        for index, frame in enumerate(decode_picture(container, stream, Damage())):
            if first <= index < end:
                found.append(frame.reformat(*STORED, format="rgb24").to_ndarray())
    return np.stack(found)


# what misleads, in the middle of a shot


def _flash(rng: np.random.Generator, seen: list[Image], rate_hz: float) -> None:
    lasts = min(int(rng.integers(1, max(2, round(0.12 * rate_hz)) + 1)), len(seen) - 1)
    at = int(rng.integers(0, len(seen) - lasts))
    white, share = np.full_like(seen[0], 250), float(rng.uniform(0.6, 1.0))
    for index in range(at, at + lasts):
        seen[index] = mix(seen[index], white, share)


def _lightning(rng: np.random.Generator, seen: list[Image], rate_hz: float) -> None:
    at = 0
    for _ in range(int(rng.integers(1, 4))):
        lasts, gain = int(rng.integers(1, max(2, round(0.08 * rate_hz)) + 1)), float(rng.uniform(1.6, 3.0))
        for index in range(at, min(len(seen), at + lasts)):
            seen[index] = np.clip(seen[index] * gain + 20, 0, 255).astype(np.uint8)
        at += lasts + int(rng.integers(1, max(2, round(0.15 * rate_hz))))


def _switch(rng: np.random.Generator, seen: list[Image], rate_hz: float) -> None:
    share = float(rng.uniform(0.3, 0.6))
    for index in range(len(seen) * 3 // 4):
        seen[index] = (seen[index] * share).astype(np.uint8)


def _passer(rng: np.random.Generator, seen: list[Image], rate_hz: float) -> None:
    wide = seen[0].shape[1]
    lasts = min(max(4, round(float(rng.uniform(0.35, 0.7)) * rate_hz)), len(seen))
    broad, shade = round(float(rng.uniform(0.35, 0.75)) * wide), rng.integers(10, 90, 3)
    for step in range(lasts):
        left = round((wide + broad) * step / lasts) - broad
        seen[step] = seen[step].copy()
        seen[step][:, max(0, left) : max(0, left + broad)] = shade


_MISLEADERS: dict[str, Callable[[np.random.Generator, list[Image], float], None]] = {
    "flash": _flash,
    "lightning": _lightning,
    "switch": _switch,
    "passer": _passer,
}
