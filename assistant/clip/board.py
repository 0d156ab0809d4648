"""Looks at one picture instead of a clip: a mood board, a poster, a frame.

Conventions: the picture is made as small as a frame of a film and measured the same way (`assistant.clip.colours`);
what is transparent counts as white. A picture has no length, so the words or the use say how long the cue is.

It does not know what the picture shows; a vision-language model does (`assistant.interpret.advisers`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from assistant.clip.colours import colours_of
from assistant.clip.reading import LARGEST_PIXELS, STILLS, check_file, describe, is_webp
from assistant.clip.values import Clip, Sample
from assistant.errors import ClipError
from assistant.remark import Remark

if TYPE_CHECKING:
    from PIL.Image import Image

LEGAL_STILL = "a picture (png, jpg, webp) of 8192 x 8192 pixels at most"
FORMATS = ("PNG", "JPEG", "WEBP")
NOMINAL_S = 1.0
"""What stands in `Clip.length_s` of a picture, which has none."""
SIZE = (64, 36)
BLOCK = 4
LONGEST_SIDE = 1024
"""Pixels of a picture that a model of pictures is shown."""


def is_still(path: Path) -> bool:
    """Whether a file begins as a picture does."""
    head = check_file(path)
    return head.startswith(STILLS) or is_webp(head)


def measure_still(path: Path) -> Clip:
    """Measure one picture.

    Raises
    ------
    ClipError
        If it can't be decoded, breaks off, or is larger than we look at.
    """
    path = Path(path)
    image, frames = _opened(path, SIZE)
    wide, high = image.info["size"]
    planes = np.moveaxis(_video_range(np.asarray(image.resize(SIZE), np.float32)), -1, 0)
    blocks = planes.reshape(1, 3, SIZE[1] // BLOCK, BLOCK, SIZE[0] // BLOCK, BLOCK).mean(axis=(3, 5))
    seen = colours_of(np.round(blocks).astype(np.uint8))
    return Clip(
        path=str(path),
        length_s=NOMINAL_S,
        kind="still",
        width=wide,
        height=high,
        brightness=(Sample(0.0, float(seen.brightness[0])),),
        saturation=(Sample(0.0, float(seen.saturation[0])),),
        warmth=(Sample(0.0, float(seen.warmth[0])),),
        remarks=(Remark.of("clip_animated", name=path.name),) if frames > 1 else (),
    )


def open_still(path: Path) -> Image:
    """The picture in 8-bit colours, upright, not larger than `LONGEST_SIDE`, for a model that looks at it."""
    return _opened(Path(path), (LONGEST_SIDE, LONGEST_SIDE))[0]


def _opened(path: Path, size: tuple[int, int]) -> tuple[Image, int]:
    """The first picture of a file, at least about as large as ``size``, and how many the file holds."""
    import struct
    import warnings

    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=FORMATS) as image:
                if image.width * image.height > LARGEST_PIXELS:
                    given = f"{describe(path)} of {image.width} x {image.height} pixels"
                    raise ClipError(given, LEGAL_STILL, "make it smaller")
                original, frames = image.size, int(getattr(image, "n_frames", 1))
                image.draft("RGB", size)  # a large JPEG is decoded at a fraction of its size
                plain = ImageOps.exif_transpose(_in_colours(image))
                plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        struct.error,
        MemoryError,
        Image.DecompressionBombError,
    ) as error:
        raise ClipError(f"{describe(path)}, a picture that can't be decoded", LEGAL_STILL, "export it again") from error
    plain.info["size"] = original
    return plain, frames


def _in_colours(image: Image) -> Image:
    """The picture in 8-bit colours, whatever it was stored in."""
    from PIL import Image

    if image.mode.startswith(("I", "F")):  # 16 bits and more, which a plain conversion would cut off at white
        values = np.nan_to_num(np.asarray(image, np.float64))
        top = 65_535.0 if image.mode.startswith("I") else max(1e-9, float(np.abs(values).max()))
        grey = Image.fromarray(np.clip(values * 255 / top, 0, 255).astype(np.uint8))
        return grey.convert("RGB")
    if "A" in image.getbands() or "transparency" in image.info:
        seen = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB")
    return image.convert("RGB")


def _video_range(colours: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Red, green and blue, 0..255, as brightness and two colours in video range (BT.601)."""
    matrix = np.array([[0.257, 0.504, 0.098], [-0.148, -0.291, 0.439], [0.439, -0.368, -0.071]], np.float32)
    return np.asarray(colours @ matrix.T + np.array([16.0, 128.0, 128.0], np.float32))
