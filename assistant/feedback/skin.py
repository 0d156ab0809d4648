"""Wishes about painted sound: nearer to the score, freer of it, weights that are not for adverts all the same.

Conventions: the phrases of every language are data in ``prompts/skin.toml``. How closely is read only where the message
says nothing else, so that no musical wish is lost; "use it anyway" may stand in a longer message, and the rest of it is
read as ever. Nobody asks here whether there is any engine of sound.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from assistant.datafile import read_data
from assistant.feedback.versions import EDGE, LONGEST_PHRASE, PROMPTS_DIR, UNSPACED, _polite
from assistant.language import READ_LANGUAGES

STEP = 0.2
"""How much "more freely" is, of a dial from 0 to 1."""


@dataclass(frozen=True)
class SkinWish:
    """What a message says of the painting.

    Parameters
    ----------
    freer : float
        By how much more freely; negative for more closely.
    insists : bool
        Whether weights are wanted whatever they allow.
    rest : str
        What else the message says.
    language : str
        In which this was said; empty where nothing was.
    words : str
        The whole message; empty where nothing was said.
    """

    freer: float = 0.0
    insists: bool = False
    rest: str = ""
    language: str = ""
    words: str = ""

    @property
    def is_all(self) -> bool:
        """Whether the message says this and nothing else."""
        return bool(self.language) and not self.rest


def skin_wish_in(text: str, *likely: str) -> SkinWish:
    """What a message says of the painting, and the rest of it.

    Examples
    --------
    >>> skin_wish_in("Follow the score more freely, please", "en").freer
    0.2
    >>> skin_wish_in("slower, and use it anyway", "en").rest
    'slower, and'
    """
    for language in dict.fromkeys((*likely, *READ_LANGUAGES)):
        insisting = _pattern("anyway", language).search(text)
        if insisting:
            rest = f"{text[: insisting.start()]} {text[insisting.end() :]}".strip(EDGE)
            rest = "" if _polite(language).fullmatch(rest) else rest
            inner = skin_wish_in(rest, language) if rest else SkinWish()
            return SkinWish(inner.freer, True, "" if inner.is_all else rest, language, text)
        plain = text.strip(EDGE)
        if len(plain) <= LONGEST_PHRASE:
            around = _polite(language).pattern
            for table, freer in (("closer", -STEP), ("freer", STEP)):
                written = _pattern(table, language).pattern
                if re.fullmatch(f"{around}{written}{around}", plain, re.IGNORECASE):
                    return SkinWish(freer, language=language, words=text)
    return SkinWish(rest=text)


@cache
def _data() -> dict[str, dict[str, str]]:
    return read_data(PROMPTS_DIR / "skin.toml")


@cache
def _pattern(table: str, language: str) -> re.Pattern[str]:
    words = sorted((each.strip() for each in _data()[table][language].split(",")), key=len, reverse=True)
    written = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
    return re.compile(f"(?:{written})" if language in UNSPACED else rf"(?<!\w)(?:{written})(?!\w)", re.IGNORECASE)
