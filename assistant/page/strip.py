"""A few small pictures of a clip for the time line, and a larger one that stands for it before it plays.

Conventions: addresses are ``data:`` URIs of JPEG pictures, `HEIGHT` (`POSTER_HEIGHT`) pixels high; a clip that has no
picture, is gone or can't be read has none, for a time line does without. They are made once for each clip and kept
while the page runs.
"""

from __future__ import annotations

import base64
import io
import logging
from functools import lru_cache
from pathlib import Path

from assistant.session import TakeRecord

log = logging.getLogger(__name__)

COUNT = 8
"""Pictures: as many as can be told apart on a phone."""
HEIGHT = 88
POSTER_HEIGHT = 360
QUALITY = 60
MOST_CLIPS = 64
"""Clips whose pictures are remembered: 50 kB each."""


def thumbnails_of(take: TakeRecord) -> tuple[str, ...]:
    """The pictures of the clip that a take was written to; none without one."""
    return _made(*which)[0] if (which := _of(take)) else ()


def poster_of(take: TakeRecord) -> str:
    """The one of these with the most to see, larger: films often begin in the dark. Empty without a picture."""
    return _made(*which)[1] if (which := _of(take)) else ""


def _of(take: TakeRecord) -> tuple[str, float, float] | None:
    """The clip's path, and the seconds of it that are seen and that the take lasts; None without a picture."""
    clip = take.clip
    if clip is None or not clip.has_picture:
        return None
    return clip.path, round(min(clip.length_s, take.plan.length_s), 3), round(take.plan.length_s, 3)


@lru_cache(maxsize=MOST_CLIPS)
def _made(path: str, seen_s: float, length_s: float) -> tuple[tuple[str, ...], str]:
    """One picture from the middle of each of `COUNT` equal stretches, the last one staying where the film is over; and
    the poster."""
    import av

    if not Path(path).is_file():
        return (), ""
    try:
        with av.open(path) as film:
            middles = [min((place + 0.5) * length_s / COUNT, seen_s - 0.05) for place in range(COUNT)]
            pictures = tuple(_address(_picture(film, at_s, HEIGHT)) for at_s in middles)
            fullest = max(
                range(COUNT), key=lambda place: len(pictures[place])
            )  # a JPEG grows with what there is to see
            return pictures, _address(_picture(film, middles[fullest], POSTER_HEIGHT))
    except (av.FFmpegError, OSError, ValueError, StopIteration, IndexError) as error:
        log.info("no thumbnails: %s", error)
        return (), ""


def _picture(film: object, at_s: float, height: int) -> bytes:
    """The key frame at or before a time, as a JPEG file."""
    import av

    if not isinstance(film, av.container.InputContainer):
        raise ValueError("no film")
    stream = film.streams.video[0]
    stream.codec_context.skip_frame = "NONKEY"
    start = stream.start_time or 0
    film.seek(int(start + max(0.0, at_s) / float(stream.time_base or 1)), stream=stream)
    frame = next(film.decode(stream))
    width = max(2, round(frame.width * height / frame.height))
    held = io.BytesIO()
    small = frame.reformat(width=width, height=height)
    small.to_image().save(held, "JPEG", quality=QUALITY)  # type: ignore[no-untyped-call]
    return held.getvalue()


def _address(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
