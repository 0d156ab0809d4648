"""Which typeface of a PDF has the letters of a text: Latin, Chinese, Japanese, Korean, others where a font is there.

Conventions: Chinese and Japanese are carried in the file where a TrueType font that has them is installed (`CARRIED`),
which every reader shows; else they, and Korean, are set in the CID typefaces that PDF readers bring or replace by one
of their own (Acrobat, browsers and Apple's do; Poppler only with its ``poppler-data``). Cyrillic, Greek, Turkish and
the like are carried in DejaVu Sans, where it is installed. Scripts that need shaping (Arabic, Hebrew, the scripts of
India, Thai) can't be set so: they are left out, and where they stand is said.

Source: Adobe Technical Note 5094, Adobe CJKV Character Collections and CMaps.
"""

from __future__ import annotations

import importlib.util
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

LATIN = "Helvetica"
CJK = {"zh": "STSong-Light", "ja": "HeiseiKakuGo-W5", "ko": "HYGothic-Medium", "zh-hant": "MSung-Light"}
"""Typefaces by language; ideographs of other languages are set as Chinese."""
OTHER = "DejaVuSans"
LEFT_OUT = "[see cue.json]"
"""What stands for letters that can't be set."""
WIDE = "CarriedCJK"
CARRIED = (
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/google-droid-sans-fonts/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    "/Library/Fonts/Arial Unicode.ttf",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simsun.ttc",
)
"""TrueType fonts with Chinese letters, and where systems keep them; first come, first taken."""
_FONTS = Path("/usr/share/fonts")
_WIDE = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC", "FULLWIDTH", "HALFWIDTH", "BOPOMOFO")
_SHAPED = ("ARABIC", "HEBREW", "DEVANAGARI", "BENGALI", "TAMIL", "TELUGU", "GUJARATI", "GURMUKHI", "KANNADA",
           "MALAYALAM", "THAI", "SYRIAC", "KHMER", "MYANMAR", "LAO", "SINHALA", "TIBETAN")  # fmt: skip


def runs_of(text: str, language: str) -> list[tuple[str, str]]:
    """The text in pieces, each with the typeface that has its letters.

    Examples
    --------
    >>> [piece for face, piece in runs_of("日出 at 10 s", "zh")]
    ['日出', ' at 10 s']
    >>> runs_of("شروق", "ar")
    [('Helvetica', '[see cue.json]')]
    """
    pieces: list[tuple[str, str]] = []
    for face, letters in groupby(_shown(text), key=lambda letter: _face(letter, language)):
        piece = "".join(letters)
        if not face:
            face, piece = LATIN, LEFT_OUT
        if pieces and pieces[-1][0] == face:
            pieces[-1] = face, pieces[-1][1] + piece
        else:
            pieces.append((face, piece))
    return pieces


def _shown(text: str) -> Iterator[str]:
    return (letter for letter in " ".join(text.split()) if letter.isprintable())


def _face(letter: str, language: str) -> str:
    """The typeface of a letter; empty where there is none."""
    if _in_latin(letter):
        return LATIN
    name = unicodedata.name(letter, "")
    if name.startswith(_WIDE) or 0x3000 <= ord(letter) <= 0x303F:
        if ord(letter) in letters_carried():
            return WIDE
        if name.startswith("HANGUL"):
            return CJK["ko"]
        if name.startswith(("HIRAGANA", "KATAKANA")):
            return CJK["ja"]
        return CJK.get(language, CJK["zh"])
    if name.startswith(_SHAPED) or not other_font():
        return ""
    return OTHER if ord(letter) < 0x2E80 else ""


def _in_latin(letter: str) -> bool:
    """Whether the typefaces that every reader has hold a letter."""
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


@cache
def other_font() -> Path | None:
    """DejaVu Sans where it is installed, or comes with matplotlib."""
    spec = importlib.util.find_spec("matplotlib")
    beside = Path(spec.origin).parent / "mpl-data/fonts/ttf" if spec and spec.origin else None
    folders = [
        _FONTS / "truetype/dejavu",
        _FONTS / "dejavu",
        _FONTS / "dejavu-sans-fonts",
        *([beside] if beside else []),
    ]
    return next((path for folder in folders if (path := folder / "DejaVuSans.ttf").is_file()), None)


@cache
def letters_carried() -> frozenset[int]:
    """The letters of the first font of `CARRIED` that is there and can be read; it is made known to reportlab."""
    from reportlab.pdfbase.pdfmetrics import registerFont  # type: ignore[import-untyped]
    from reportlab.pdfbase.ttfonts import TTFError, TTFont  # type: ignore[import-untyped]

    for path in (each for each in CARRIED if Path(each).is_file()):
        try:
            font = TTFont(WIDE, path)
        except (TTFError, OSError):
            continue  # a font with outlines of another kind; the next may do
        registerFont(font)
        return frozenset(font.face.charToGlyph)
    return frozenset()


def register(faces: set[str]) -> None:
    """Make typefaces known to reportlab."""
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # type: ignore[import-untyped]
    from reportlab.pdfbase.pdfmetrics import getRegisteredFontNames, registerFont  # type: ignore[import-untyped]
    from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]

    for face in sorted(faces - set(getRegisteredFontNames()) - {LATIN, WIDE}):
        font = other_font()
        registerFont(TTFont(OTHER, str(font)) if face == OTHER and font else UnicodeCIDFont(face))
