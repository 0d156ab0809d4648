"""One picture instead of a clip: its colours, whatever it is stored as, and clear words for what cannot be read."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from assistant.clip import Clip, measure_clip
from assistant.errors import ClipError
from tests import media


def saved(path: Path, array: Any, mode: str | None = None, **how: Any) -> Clip:
    Image.fromarray(array, mode).save(path, **how) if mode else Image.fromarray(array).save(path, **how)
    return measure_clip(path)


def colours(clip: Clip) -> tuple[float, float, float]:
    return clip.brightness[0].value, clip.saturation[0].value, clip.warmth[0].value


@pytest.mark.parametrize("name", ["board.png", "board.jpg", "board.webp", "board.mp4"])
def test_every_kind_of_picture_gives_the_same_colours_whatever_its_name(tmp_path: Path, name: str) -> None:
    kind = {"jpg": "JPEG", "webp": "WEBP"}.get(name.rsplit(".", 1)[1], "PNG")
    clip = saved(tmp_path / name, np.full((90, 160, 3), (220, 130, 40), np.uint8), format=kind)
    assert (clip.kind, clip.has_picture, clip.has_length, clip.width, clip.height) == ("still", False, False, 160, 90)
    assert colours(clip) == pytest.approx((0.575, 0.627, 0.884), abs=0.03)


def test_a_picture_is_measured_as_a_film_of_it_is(tmp_path: Path) -> None:
    picture = media.paint(3)
    film = measure_clip(media.write_film(tmp_path / "film.mp4", [picture] * 12))
    assert colours(saved(tmp_path / "a.png", picture)) == pytest.approx(colours(film), abs=0.03)


def test_black_white_and_grey(tmp_path: Path) -> None:
    for shade, expected in ((0, 0.0), (255, 1.0)):
        clip = saved(tmp_path / "a.png", np.full((20, 30, 3), shade, np.uint8))
        assert colours(clip) == pytest.approx((expected, 0.0, 0.0), abs=0.01)


def test_sixteen_bits_of_grey_are_not_cut_off_at_white(tmp_path: Path) -> None:
    clip = saved(tmp_path / "deep.png", np.full((20, 30), 32_768, np.uint16))
    assert colours(clip)[0] == pytest.approx(0.5, abs=0.02)


def test_printing_colours_palettes_and_two_tones_are_read(tmp_path: Path) -> None:
    warm = Image.fromarray(np.full((20, 30, 3), (220, 130, 40), np.uint8))
    for mode, name in (("CMYK", "a.jpg"), ("P", "a.png"), ("1", "b.png"), ("L", "c.jpg"), ("LA", "d.png")):
        warm.convert(mode).save(tmp_path / name)
        assert 0.3 < colours(measure_clip(tmp_path / name))[0] < 0.8


def test_what_is_transparent_counts_as_white(tmp_path: Path) -> None:
    clip = saved(tmp_path / "a.png", np.zeros((20, 30, 4), np.uint8))
    assert colours(clip)[0] == pytest.approx(1.0, abs=0.01)


def test_of_a_moving_picture_the_first_is_taken_and_that_is_said(tmp_path: Path) -> None:
    first, second = (Image.fromarray(np.full((20, 30, 3), shade, np.uint8)) for shade in (250, 0))
    first.save(tmp_path / "a.webp", save_all=True, append_images=[second])
    clip = measure_clip(tmp_path / "a.webp")
    assert [remark.code for remark in clip.remarks] == ["clip_animated"]
    assert colours(clip)[0] > 0.9


def test_a_picture_that_unpacks_to_gigabytes_is_refused_before_it_does(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10_000))
        + chunk(b"IEND", b"")
    )
    (tmp_path / "bomb.png").write_bytes(bomb)
    with pytest.raises(ClipError, match=r"bomb\.png"):
        measure_clip(tmp_path / "bomb.png")


def test_a_picture_of_another_format_says_which_are_read(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="a picture \\(png, jpg, webp\\)"):
        saved(tmp_path / "a.bmp", np.zeros((20, 30, 3), np.uint8))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_a_picture_that_breaks_off_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ClipError, match="can't be decoded"):
        measure_clip(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data(), kind=st.sampled_from(["PNG", "JPEG", "WEBP"]))
def test_damaged_pictures_are_measured_or_refused(tmp_path: Path, data: st.DataObject, kind: str) -> None:
    path = tmp_path / "a.img"
    Image.fromarray(media.paint(1, size=(40, 30))).save(path, kind)
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(12, len(content) - 1))
    damage = data.draw(st.binary(min_size=1, max_size=16))
    content[at : at + len(damage)] = damage
    path.write_bytes(bytes(content))
    try:
        assert 0 <= measure_clip(path).brightness[0].value <= 1
    except ClipError as error:
        assert str(error).startswith("file 'a.img'")
