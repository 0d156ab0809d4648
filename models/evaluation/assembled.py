"""Assembles films of known cuts, fades and dissolves from filmed shots, with what is easily taken for a cut among them.

Conventions: pictures are (height, width, 3) uint8 arrays, times in seconds. Shots come from `models.evaluation.filmed`.
Every choice is drawn from the film's seed. Films are encoded with mpeg4, mjpeg, vp8 or OpenH264. What is drawn on
purpose to mislead, beside what the shots have of it: held frames of a lower rate, cuts blended over two frames, black
bars, coarse compression.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from models.evaluation.filmed import DEVELOPMENT, SHOTS, Image, mix, shot_of

SIZES = ((160, 90), (192, 108), (256, 144), (320, 180), (160, 120), (320, 240), (144, 256), (240, 100))
RATES = (Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50), Fraction(60))
CODECS = (("mpeg4", ".mp4"), ("mjpeg", ".mov"), ("libvpx", ".webm"), ("libopenh264", ".mp4"), ("mpeg4", ".mkv"))
QUALITIES = (90_000, 250_000, 700_000, 3_000_000)
"""Bits a second at 320 x 180; scaled with the picture."""
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
    reel = _assemble(rng, half, clips, float(rate), size)
    path = folder / f"{half}-{seed}{suffix}"
    try:
        _encode(path, reel.pictures, rate, codec, quality * size[0] * size[1] // (320 * 180))
    except LookupError:  # an encoder that this build of FFmpeg lacks
        codec, path = "mpeg4", path.with_suffix(".mp4")
        _encode(path, reel.pictures, rate, codec, quality * size[0] * size[1] // (320 * 180))
    seconds = tuple(cut / float(rate) for cut in reel.cuts)
    spans = tuple(Change(kind, start / float(rate), end / float(rate)) for kind, start, end in reel.changes)
    return Film(path, float(rate), seconds, spans, f"{size[0]}x{size[1]} {float(rate):.2f} {codec} {quality}")


@dataclass
class Reel:
    """A film as far as it is joined: pictures, frames at which a shot begins at once, (kind, first, end) of others."""

    rate_hz: float
    pictures: list[Image] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    changes: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def room(self) -> int:
        """How many of the last pictures may be changed: a third of the last shot, where nothing in it misleads."""
        begun = max([0, *self.cuts[-1:], *(end for _, _, end in self.changes[-1:])])
        return (len(self.pictures) - begun) // 3

    def add_black(self, count: int) -> None:
        """So many black pictures."""
        self.pictures += [np.zeros_like(self.pictures[-1])] * count

    def is_short(self, count: int) -> bool:
        """Whether a change over so many pictures is none."""
        return count < SHORTEST_S * self.rate_hz


def _assemble(rng: np.random.Generator, half: str, clips: Path, rate_hz: float, size: tuple[int, int]) -> Reel:
    """Shots joined."""
    reel = Reel(rate_hz)
    last = -1
    bars = rng.random() < 0.15
    for number in range(int(rng.integers(5, 11))):
        shot = int(rng.choice([each for each in range(len(SHOTS)) if each != last]))
        last = shot
        length = max(8, round(float(rng.choice([0.4, 0.7, 1.0, 1.6, 2.4], p=[0.1, 0.15, 0.25, 0.3, 0.2])) * rate_hz))
        next_ = shot_of(rng, shot, half, clips, rate_hz, size, length)
        join = str(rng.choice([name for name, _ in JOINS], p=[share for _, share in JOINS])) if number else "first"
        _JOINERS[join](rng, reel, next_)
    if rng.random() < 0.25:
        _fade_out(rng, reel)
    if bars:
        edge = size[1] // 8
        for picture in reel.pictures:
            picture[:edge] = picture[-edge:] = 0
    return reel


def _begin(rng: np.random.Generator, reel: Reel, shot: list[Image]) -> None:
    reel.pictures += shot


def _cut(rng: np.random.Generator, reel: Reel, shot: list[Image]) -> None:
    reel.cuts.append(len(reel.pictures))
    if rng.random() < 0.08:  # as a conversion of frame rate leaves it
        reel.pictures[-1] = mix(reel.pictures[-1], shot[0], 0.5)
    reel.pictures += shot


def _black(rng: np.random.Generator, reel: Reel, shot: list[Image]) -> None:
    reel.cuts.append(len(reel.pictures))
    reel.add_black(round(rng.uniform(0.5, 1.0) * reel.rate_hz))
    reel.cuts.append(len(reel.pictures))
    reel.pictures += shot


def _dissolve(rng: np.random.Generator, reel: Reel, shot: list[Image]) -> None:
    count = min(round(rng.uniform(0.35, 1.5) * reel.rate_hz), reel.room, len(shot) // 3)
    if reel.is_short(count):
        _cut(rng, reel, shot)
        return
    first = len(reel.pictures) - count
    for step in range(count):
        reel.pictures[first + step] = mix(reel.pictures[first + step], shot[step], (step + 1) / (count + 1))
    reel.changes.append(("dissolve", first, first + count))
    reel.pictures += shot[count:]


def _fades(rng: np.random.Generator, reel: Reel, shot: list[Image]) -> None:
    count = min(round(rng.uniform(0.35, 1.2) * reel.rate_hz), len(shot) // 3)
    if reel.is_short(min(count, reel.room)):
        _cut(rng, reel, shot)
        return
    _fade_out(rng, reel)
    reel.add_black(round(rng.uniform(0.0, 0.5) * reel.rate_hz))
    reel.changes.append(("fade_in", len(reel.pictures), len(reel.pictures) + count))
    dark = np.zeros_like(shot[0])
    reel.pictures += [mix(dark, picture, (step + 1) / (count + 1)) for step, picture in enumerate(shot[:count])]
    reel.pictures += shot[count:]


def _fade_out(rng: np.random.Generator, reel: Reel) -> None:
    """A fade to black, where the last shot is long enough for one."""
    count = min(round(rng.uniform(0.35, 1.2) * reel.rate_hz), reel.room)
    if reel.is_short(count):
        return
    first = len(reel.pictures) - count
    dark = np.zeros_like(reel.pictures[-1])
    for step in range(count):
        reel.pictures[first + step] = mix(reel.pictures[first + step], dark, (step + 1) / (count + 1))
    reel.changes.append(("fade_out", first, len(reel.pictures)))
    reel.pictures.append(dark)


_JOINERS: dict[str, Callable[[np.random.Generator, Reel, list[Image]], None]] = {
    "first": _begin,
    "cut": _cut,
    "black": _black,
    "dissolve": _dissolve,
    "fades": _fades,
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
