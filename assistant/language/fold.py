"""Folds what people type into one plain spelling, and remembers where every character came from.

Conventions: folding lowers case, drops accents of Latin letters, Arabic vowel signs, nuktas and invisible characters,
turns every script's digits into ASCII and traditional characters into simplified ones. Words of ``prompts/words/`` are
folded the same way, so both sides always meet. Spans are half-open character ranges.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

_PLAIN = {
    "’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "′": "'", "″": '"',
    "ı": "i", "ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ё": "е",
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ـ": "",
    "‐": "-", "‑": "-", "‒": "-", "−": "-", "♯": "#", "♭": "b", "∶": ":", "〇": "零", "～": "~", "〜": "~",
}  # fmt: skip
_DROPPED_MARKS = {0x093C, 0x0670, *range(0x0300, 0x0370), *range(0x064B, 0x0660), *range(0xFE00, 0xFE10)}


@dataclass(frozen=True)
class Folded:
    """Folded text; ``origin[i]`` is the place in the raw text that character ``i`` came from."""

    text: str
    origin: tuple[int, ...]


def fold(raw: str, *, simplify: bool = True) -> Folded:
    """``raw`` in plain spelling.

    Parameters
    ----------
    raw : str
    simplify : bool
        Whether traditional characters become simplified ones; False for Japanese.

    Examples
    --------
    >>> fold("Batería １２").text
    'bateria 12'
    """
    table = _simplified() if simplify and any("一" <= char <= "鿿" for char in raw) else {}
    chars: list[str] = []
    origin: list[int] = []
    for place, char in enumerate(raw):
        for plain in _fold_char(char):
            chars.append(table.get(plain, plain))
            origin.append(place)
    return Folded("".join(chars), tuple(origin))


@cache
def _fold_char(char: str) -> str:
    """One character in plain spelling; empty when it is invisible."""
    if char in _PLAIN:
        return _PLAIN[char]
    if char in "\n\r\t":
        return char
    plain = unicodedata.normalize("NFKC", char).lower()
    if "LATIN" in unicodedata.name(plain[:1] or " ", ""):
        plain = unicodedata.normalize("NFD", plain)
    return "".join(_plain_piece(piece) for piece in plain)


def _plain_piece(piece: str) -> str:
    """A piece of a decomposed character: marks and controls vanish, digits become ASCII."""
    if ord(piece) in _DROPPED_MARKS or unicodedata.category(piece) in ("Cf", "Cc", "Co", "Cs", "Cn"):
        return ""
    if unicodedata.category(piece) == "Nd":
        return str(unicodedata.digit(piece))
    if unicodedata.category(piece) == "Zs":
        return " "
    return _PLAIN.get(piece, piece)


@cache
def _simplified() -> dict[str, str]:
    """Traditional to simplified characters, one to one, from OpenCC's tables."""
    from opencc import OpenCC

    traditional = [chr(code) for code in range(0x4E00, 0xA000)]
    simplified = OpenCC("t2s").convert("\n".join(traditional)).split("\n")
    return {old: new for old, new in zip(traditional, simplified, strict=True) if old != new and len(new) == 1}
