"""What a model of pictures sees in the shots of a clip, read as a scene: one sentence a shot.

Conventions: a shot lasts from one cut to the next and is seen by its middle frame; places are 0..1 of the clip. The
sentence is read for emotion alone: what stands in a picture is of the scene, never a wish for an instrument. It is data
of a stranger: cut to a line, shown only as evidence, never obeyed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from assistant.clip import Clip, frame_at
from assistant.clip.board import open_still
from assistant.constraints import ArcPoint
from assistant.interpret.advisers import PictureModel

MOST_SHOTS = 8
"""Shots that are looked at: the longest."""
WIDTH = 512
LONGEST_SAID = 160
Feel = Callable[[str], ArcPoint | None]
"""What a sentence feels like; None where it says nothing of it."""


@dataclass(frozen=True)
class Shot:
    """A shot with what was seen in it; ``mood`` is None where the sentence says nothing of emotion."""

    number: int
    begins: float
    ends: float
    said: str
    mood: ArcPoint | None


def describe(clip: Clip, model: PictureModel, feel: Feel) -> tuple[Shot, ...]:
    """The shots of a film, or the one picture, described.

    Raises
    ------
    AdviserError
        If the model fails.
    ClipError
        If a frame can't be read.
    """
    spans = _spans(clip)
    sentences = [sentence(said) for said in model.describe([_picture(clip, span) for _, span in spans])]
    shots = []
    for (number, span), said in zip(spans, sentences, strict=False):
        if said:
            begins, ends = (at_s / clip.length_s for at_s in span)
            shots.append(Shot(number, begins, ends, said, feel(said)))
    return tuple(shots)


def sentence(said: str) -> str:
    """The first sentence of what a model wrote, on one line.

    Examples
    --------
    >>> sentence(" A dog\\nruns home. It is wet.")
    'A dog runs home.'
    """
    line = " ".join("".join(char if char.isprintable() else " " for char in str(said)).split())
    first = re.split(r"(?<=[.!?])\s", line, maxsplit=1)[0]
    return first[:LONGEST_SAID].strip()


def _spans(clip: Clip) -> list[tuple[int, tuple[float, float]]]:
    """The longest shots with their numbers from 1, in order."""
    if clip.kind == "still":
        return [(1, (0.0, clip.length_s))]
    if not clip.has_picture:
        return []
    edges = [0.0, *(cut.at_s for cut in clip.cuts if 0 < cut.at_s < clip.length_s), clip.length_s]
    shots = list(enumerate(pairwise(edges), start=1))
    return sorted(sorted(shots, key=lambda shot: shot[1][0] - shot[1][1])[:MOST_SHOTS])


def _picture(clip: Clip, span: tuple[float, float]) -> bytes:
    """The middle frame of a stretch as an encoded image."""
    if clip.kind != "still":
        return frame_at(Path(clip.path), sum(span) / 2, width=WIDTH)
    out = io.BytesIO()
    open_still(Path(clip.path)).save(out, "JPEG", quality=90)
    return out.getvalue()
