"""One frame of a clip as a small JPEG, for the report and for the time line of the page.

Conventions: ``at_s`` in seconds from the first frame, ``width`` in pixels as shown.
"""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.clip.reading import LEGAL, Damage, decode_picture, describe, find_picture, open_media
from assistant.errors import ClipError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

QUALITY = 82


def frame_at(path: Path, at_s: float, *, width: int = 320) -> bytes:
    """The frame that is shown at a moment, as JPEG.

    Parameters
    ----------
    path : Path
        A film.
    at_s : float
        In seconds from the first frame; before it the first frame is given, after the last the last.
    width : int
        Of the picture in pixels, 16 to 3840; the height follows.

    Raises
    ------
    ClipError
        If the file can't be opened or has no picture.
    """
    path = Path(path)
    with open_media(path) as container:
        stream = find_picture(container)
        frame = _shown_at(container, stream, at_s) if stream else None
        if frame is None:
            raise ClipError(f"{describe(path)}, which has no picture", LEGAL, "choose a film")
        return _draw(frame, max(16, min(3840, width)))


def _draw(frame: VideoFrame, width: int) -> bytes:
    """A frame upright, ``width`` pixels wide, as JPEG."""
    from PIL import Image

    image = Image.fromarray(frame.to_ndarray(format="rgb24"))
    if frame.rotation:
        image = image.rotate(frame.rotation, expand=True)
    out = io.BytesIO()
    image.resize((width, max(1, round(width * image.height / image.width)))).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _shown_at(container: InputContainer, stream: VideoStream, at_s: float) -> VideoFrame | None:
    """The last frame that starts no later than ``at_s``: from the key frame before it, or from the start."""
    import av

    start_s = float((stream.start_time or 0) * stream.time_base) if stream.time_base else 0.0
    if at_s > 1.0:
        with suppress(av.error.FFmpegError, OSError):  # what can't be wound is read from where it stands
            container.seek(int((start_s + at_s) * av.time_base), backward=True)
    return _last_until(container, stream, start_s + at_s)


def _last_until(container: InputContainer, stream: VideoStream, until_s: float) -> VideoFrame | None:
    found = None
    for frame in decode_picture(container, stream, Damage()):
        if found is not None and frame.time is not None and frame.time > until_s + 1e-6:
            break
        found = frame
    return found
