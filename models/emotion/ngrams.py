"""Texts as hashed words and pieces of words: what the small multilingual reader sees where no encoder knows a language.

Conventions: a text is folded to lower case without marks of Latin letters; a word gives itself and its pieces of 3
to 5 characters with its borders, Chinese and Japanese give their characters by one, two and three. A bucket is
1..`BUCKETS`; 0 is padding. Of a text the first `LONGEST` characters are read.

Sources: Bojanowski et al. 2017, Enriching Word Vectors with Subword Information (fastText).
"""

from __future__ import annotations

import re
import unicodedata
import zlib

BUCKETS = 1 << 16
LONGEST = 400
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u097f\u0610-\u061a\u064b-\u065f'])*")
_IDEOGRAMS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+")


def buckets(text: str) -> list[int]:
    """The buckets of a text, in order, repeated as often as they occur.

    Examples
    --------
    >>> buckets("Rain") == buckets("rain"), len(buckets("rain"))
    (True, 10)
    """
    plain = _folded(text[:LONGEST])
    pieces: list[str] = []
    for run in _IDEOGRAMS.findall(plain):
        pieces += [run[at : at + size] for size in (1, 2, 3) for at in range(len(run) - size + 1)]
    for word in _WORD.findall(_IDEOGRAMS.sub(" ", plain)):
        bordered = f"<{word}>"
        sizes = (2, 3) if "\uac00" <= word[0] <= "\ud7a3" else (3, 4, 5)
        pieces += [bordered]
        pieces += [bordered[at : at + size] for size in sizes for at in range(len(bordered) - size + 1)]
    return [zlib.crc32(piece.encode()) % BUCKETS + 1 for piece in pieces] or [0]


def _folded(text: str) -> str:
    """Lower case; accents of Latin letters gone, marks of other scripts kept."""
    kept = []
    for char in unicodedata.normalize("NFKC", text).lower():
        base = unicodedata.normalize("NFD", char)
        kept.append(base[0] if len(base) > 1 and base[0] < "\u0250" else char)
    return "".join(kept)
