"""Assembles films of known cuts, fades and dissolves from filmed shots, with what is easily taken for a cut among them.

Conventions: pictures are (height, width, 3) uint8 arrays, times in seconds. A film's shots come from one stretch of
every shot of the data folder's clips for development and from another for what is held out, so that no picture is in
both. Every choice is drawn from the film's seed. Films are encoded with mpeg4, mjpeg, vp8 or OpenH264.

What is drawn on purpose to mislead: flashes, lightning, a light that is switched on, somebody walking through close to
the camera, whip pans, a shaking camera, held frames of a lower rate, cuts blended over two frames, black bars, coarse
compression.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.clip.reading import Damage, decode_picture, find_picture, open_media

Image = npt.NDArray[np.uint8]

DEVELOPMENT, HELD_OUT = "development", "held-out"
STORED = (288, 162)
SIZES = ((160, 90), (192, 108), (256, 144), (320, 180), (160, 120), (320, 240), (144, 256), (240, 100))
RATES = (Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50), Fraction(60))
CODECS = (("mpeg4", ".mp4"), ("mjpeg", ".mov"), ("libvpx", ".webm"), ("libopenh264", ".mp4"), ("mpeg4", ".mkv"))
QUALITIES = (90_000, 250_000, 700_000, 3_000_000)
"""Bits a second at 320 x 180; scaled with the picture."""
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
SHORTEST_S = 0.25
"""Gradual changes shorter than this are none; a cut is made instead."""
JOINS = (("cut", 0.72), ("dissolve", 0.12), ("fades", 0.11), ("black", 0.05))


@dataclass(frozen=True)
class Change:
    """A fade (``fade_out``, ``fade_in``) or ``dissolve`` with its first and last changed moment."""

    kind: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Film:
    """A film that was made: where it is, its frame rate, its cuts and gradual changes."""

    path: Path
    rate_hz: float
    cuts_s: tuple[float, ...]
    changes: tuple[Change, ...]
    about: str


def make_film(folder: Path, seed: int, half: str, clips: Path) -> Film:
    """One film of 5 to 10 shots, written into ``folder``."""
    rng = np.random.default_rng([seed, 0 if half == DEVELOPMENT else 1])
    rate, size = RATES[seed % len(RATES)], SIZES[int(rng.integers(len(SIZES)))]
    codec, suffix = CODECS[int(rng.integers(len(CODECS)))]
    quality = QUALITIES[int(rng.integers(len(QUALITIES)))]
    pictures, cuts, changes = _assemble(rng, half, clips, float(rate), size)
    path = folder / f"{half}-{seed}{suffix}"
    try:
        _encode(path, pictures, rate, codec, quality * size[0] * size[1] // (320 * 180))
    except LookupError:  # an encoder that this build of FFmpeg lacks
        codec, path = "mpeg4", path.with_suffix(".mp4")
        _encode(path, pictures, rate, codec, quality * size[0] * size[1] // (320 * 180))
    seconds = tuple(cut / float(rate) for cut in cuts)
    spans = tuple(Change(kind, start / float(rate), end / float(rate)) for kind, start, end in changes)
    return Film(path, float(rate), seconds, spans, f"{size[0]}x{size[1]} {float(rate):.2f} {codec} {quality}")


def _assemble(
    rng: np.random.Generator, half: str, clips: Path, rate_hz: float, size: tuple[int, int]
) -> tuple[list[Image], list[int], list[tuple[str, int, int]]]:
    """Shots joined: the pictures, the frames at which a shot begins at once, and (kind, first, last) of the rest."""
    pictures: list[Image] = []
    cuts: list[int] = []
    changes: list[tuple[str, int, int]] = []
    last = -1
    bars = rng.random() < 0.15
    for number in range(int(rng.integers(5, 11))):
        shot = int(rng.choice([each for each in range(len(SHOTS)) if each != last]))
        last = shot
        length = max(8, round(float(rng.choice([0.4, 0.7, 1.0, 1.6, 2.4], p=[0.1, 0.15, 0.25, 0.3, 0.2])) * rate_hz))
        next_ = _shot(rng, shot, half, clips, rate_hz, size, length)
        join = str(rng.choice([name for name, _ in JOINS], p=[share for _, share in JOINS])) if number else "first"
        _JOINERS[join](rng, pictures, next_, cuts, changes, rate_hz)
    if rng.random() < 0.25:
        _fade_out(rng, pictures, cuts, changes, rate_hz)
    if bars:
        edge = size[1] // 8
        for picture in pictures:
            picture[:edge] = picture[-edge:] = 0
    return pictures, cuts, changes


# joins


def _cut(
    rng: np.random.Generator, pictures: list[Image], shot: list[Image], cuts: list[int], changes: Any, rate_hz: float
) -> None:
    cuts.append(len(pictures))
    if rng.random() < 0.08:  # as a conversion of frame rate leaves it
        pictures[-1] = _mix(pictures[-1], shot[0], 0.5)
    pictures += shot


def _black(
    rng: np.random.Generator, pictures: list[Image], shot: list[Image], cuts: list[int], changes: Any, rate_hz: float
) -> None:
    cuts.append(len(pictures))
    pictures += [np.zeros_like(shot[0])] * round(rng.uniform(0.5, 1.0) * rate_hz)
    cuts.append(len(pictures))
    pictures += shot


def _dissolve(
    rng: np.random.Generator,
    pictures: list[Image],
    shot: list[Image],
    cuts: list[int],
    changes: list[Any],
    rate_hz: float,
) -> None:
    count = min(round(rng.uniform(0.35, 1.5) * rate_hz), _room(pictures, cuts, changes, rate_hz), len(shot) // 3)
    if count < SHORTEST_S * rate_hz:
        _cut(rng, pictures, shot, cuts, changes, rate_hz)
        return
    first = len(pictures) - count
    for step in range(count):
        pictures[first + step] = _mix(pictures[first + step], shot[step], (step + 1) / (count + 1))
    changes.append(("dissolve", first, first + count))
    pictures += shot[count:]


def _fades(
    rng: np.random.Generator,
    pictures: list[Image],
    shot: list[Image],
    cuts: list[int],
    changes: list[Any],
    rate_hz: float,
) -> None:
    count = min(round(rng.uniform(0.35, 1.2) * rate_hz), len(shot) // 3)
    if min(count, _room(pictures, cuts, changes, rate_hz)) < SHORTEST_S * rate_hz:
        _cut(rng, pictures, shot, cuts, changes, rate_hz)
        return
    _fade_out(rng, pictures, cuts, changes, rate_hz)
    pictures += [np.zeros_like(shot[0])] * round(rng.uniform(0.0, 0.5) * rate_hz)
    changes.append(("fade_in", len(pictures), len(pictures) + count))
    dark = np.zeros_like(shot[0])
    pictures += [_mix(dark, picture, (step + 1) / (count + 1)) for step, picture in enumerate(shot[:count])]
    pictures += shot[count:]


def _room(pictures: list[Image], cuts: list[int], changes: list[Any], rate_hz: float) -> int:
    """How many of the last pictures may be changed: a third of the last shot, where nothing in it misleads."""
    begun = max([0, *cuts[-1:], *(end for _, _, end in changes[-1:])])
    return (len(pictures) - begun) // 3


def _fade_out(
    rng: np.random.Generator, pictures: list[Image], cuts: list[int], changes: list[Any], rate_hz: float
) -> None:
    """A fade to black, where the last shot is long enough for one."""
    count = min(round(rng.uniform(0.35, 1.2) * rate_hz), _room(pictures, cuts, changes, rate_hz))
    if count < SHORTEST_S * rate_hz:
        return
    first = len(pictures) - count
    dark = np.zeros_like(pictures[-1])
    for step in range(count):
        pictures[first + step] = _mix(pictures[first + step], dark, (step + 1) / (count + 1))
    changes.append(("fade_out", first, len(pictures)))
    pictures.append(dark)


def _begin(
    rng: np.random.Generator,
    pictures: list[Image],
    shot: list[Image],
    cuts: list[int],
    changes: list[Any],
    rate_hz: float,
) -> None:
    pictures += shot


_JOINERS: dict[str, Callable[..., None]] = {
    "first": _begin,
    "cut": _cut,
    "black": _black,
    "dissolve": _dissolve,
    "fades": _fades,
}


def _mix(one: Image, other: Image, share: float) -> Image:
    return np.asarray(one * (1 - share) + other * share, np.uint8)


# shots


def _shot(
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
        seen[index] = _mix(seen[index], white, share)


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


def _encode(path: Path, pictures: Sequence[Image], rate: Fraction, codec: str, bits: int) -> None:
    """Write the film; raises `LookupError` where FFmpeg has no such encoder."""
    import av

    high, wide = pictures[0].shape[:2]
    try:
        av.codec.Codec(codec, "w")
    except av.codec.codec.UnknownCodecError as error:
        raise LookupError(codec) from error
    with av.open(str(path), "w") as container:
        layout = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream = container.add_stream(codec, rate=rate, width=wide, height=high, pix_fmt=layout)
        stream.bit_rate = bits
        if codec == "libvpx":
            stream.options = {"deadline": "realtime", "cpu-used": "8"}
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = index, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
