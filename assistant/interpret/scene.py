"""What of a brief tells the scene: the words that a model of emotion is asked about, the music's parameters left out.

Conventions: a clause that holds little besides numbers, instruments, tempo, key and length tells no scene. Words are
those of the brief, not of the folded text. At most `MOST` stretches of `LONGEST` characters are asked about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.interpret.text import Piece, Text
from assistant.interpret.words import words_file
from assistant.language import READ_LANGUAGES

MOST, LONGEST = 60, 600
PARAMETERS = frozenset(
    """adjust and_half at extreme fixed_length instruments key_accidental key_letter key_mode key_note length loop
    loudness meter minus music negation numbers only places references styles tempo tempo_label units uses
    uses_weak""".split()  # noqa: SIM905 - reads better than a list
)
"""Tables whose words say what the music is made of, not what happens."""

FEWEST_WORDS, FEWEST_SIGNS = 2, 4
"""Words (in Chinese and Japanese: characters) besides parameters that make a clause tell something."""

_WORD = re.compile(r"[^\W\d_][\w'\u0300-\u036f\u0900-\u097f]*")
_IDEOGRAM = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def tells(text: Text, piece: Piece) -> bool:
    """Whether a clause holds more than the music's parameters: a word of emotion, or enough words of no table."""
    if any(find.start in piece for find in text.find("emotion")):
        return True
    left = list(text.between(piece.start, piece.end))
    for find in text.finds:
        if find.field in PARAMETERS and find.start in piece:
            for place in range(find.start, min(find.end, piece.end)):
                left[place - piece.start] = " "
    rest = "".join(left)
    if len(_IDEOGRAM.findall(rest)) >= FEWEST_SIGNS:
        return True
    common = _common(text)
    words = [word for word in _WORD.findall(_IDEOGRAM.sub(" ", rest)) if len(word) > 1 and word not in common]
    return len(words) >= FEWEST_WORDS


def _common(text: Text) -> frozenset[str]:
    """Words of the language that tell nothing."""
    if text.language not in READ_LANGUAGES:
        return frozenset()
    return frozenset(words_file(text.language, text.prompts_dir).get("common", {}).get("words", "").split())


def told(text: Text, pieces: Sequence[Piece]) -> str:
    """The words of the brief in those clauses that tell something; empty when none does."""
    origin = text.folded.origin
    telling = [piece for piece in pieces if piece.end > piece.start and tells(text, piece)]
    words = (text.raw[origin[piece.start] : origin[piece.end - 1] + 1].strip() for piece in telling)
    return " ".join(word for word in words if word)[:LONGEST].strip(" ,;:、，；：")
