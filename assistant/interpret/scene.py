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
    """adjust and_half at degree extreme fixed_length instruments key_accidental key_letter key_mode key_note length
    loop loudness meter minus music negation numbers only places references stage styles tempo tempo_label units
    uses uses_weak""".split()  # noqa: SIM905 - reads better than a list
)
"""Tables whose words say what the music is made of and when, not what happens."""

ABOUT_MUSIC = PARAMETERS - frozenset(
    """and_half at degree key_accidental key_letter key_note minus negation numbers only places stage
    units""".split()  # noqa: SIM905 - as above
)
"""Those of them that speak of the music even in a sentence that tells a scene."""

PURE = 0.75
"""From here on a sentence counts as told for its own sake beside words that name a mood."""

FEWEST, FEWEST_ALONE = 2, 3
"""Words (in Chinese and Japanese: pairs of characters) besides parameters that make a clause tell something, and that
make a stretch tell enough to be a stage of the arc where no word of emotion is in it."""

_WORD = re.compile(r"[^\W\d_][\w'\u0300-\u036f\u0900-\u097f]*")
_IDEOGRAM = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def content(text: Text, piece: Piece) -> float:
    """How many words of a stretch are neither parameters of the music nor common: pairs of signs in Chinese, Japanese.

    What is to be hit ("the door slams") tells what happens, unless a number in its clause says when.
    """
    left = list(text.between(piece.start, piece.end))
    timed = any(find.start in text.clause(piece.start) for find in text.find("numbers")) or any(map(str.isdigit, left))
    for find in text.finds:
        if find.start in piece and (find.field in PARAMETERS or (find.field == "hits" and timed)):
            for place in range(find.start, min(find.end, piece.end)):
                left[place - piece.start] = " "
    rest, common = "".join(left), _common(text)
    words = [word for word in _WORD.findall(_IDEOGRAM.sub(" ", rest)) if len(word) > 1 and word not in common]
    return len(words) + len(_IDEOGRAM.findall(rest)) / 2


def purity(text: Text, pieces: Sequence[Piece]) -> float:
    """0..1: how much of what tells something is about the scene and not about the music that is wanted."""
    words = sum(content(text, piece) for piece in pieces if tells(text, piece))
    about_music = sum(any(find.start in piece for piece in pieces) for find in text.finds if find.field in ABOUT_MUSIC)
    about_music += sum(any(map(str.isdigit, text.between(piece.start, piece.end))) for piece in pieces)
    return words / (words + about_music) if words else 0.0


def tells(text: Text, piece: Piece) -> bool:
    """Whether a clause holds more than the music's parameters: a word of emotion, or enough words of no table.

    A clause that says what the music must not have tells nothing, however it is put.
    """
    if any(find.negated and find.field in ABOUT_MUSIC and find.start in piece for find in text.finds):
        return False
    return any(find.start in piece for find in text.find("emotion")) or content(text, piece) >= FEWEST


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
