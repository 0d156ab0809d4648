"""What becomes of the sound that a clip already has, as asked in words: kept in front, replaced, or mixed.

Conventions: ``"keep"``, ``"replace"`` or ``"mix"``; places are characters of the words as typed. The last wish of a
message counts. It is read only where there is a clip with sound, and its words are then hidden from the other readers,
so that "keep the original sound" keeps no notes and names no style. Words stand in ``prompts/own_sound.toml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.clip import Clip
from assistant.constraints import Evidence, OwnSoundWish
from assistant.datafile import read_data
from assistant.settings import ROOT

FILE = ROOT / "prompts" / "own_sound.toml"
WISHES: tuple[OwnSoundWish, ...] = ("keep", "replace", "mix")


@dataclass(frozen=True)
class OwnSoundWords:
    """A wish for the clip's own sound, and the words that say it."""

    wish: OwnSoundWish
    start: int
    end: int
    words: str

    @property
    def evidence(self) -> Evidence:
        """Where the value came from."""
        return Evidence("own_sound", self.words, self.start, self.end)


def find_own_sound(raw: str, language: str, clip: Clip | None) -> OwnSoundWords | None:
    """The wish in a message; None where there is none, or no clip with sound that it could be about.

    Examples
    --------
    >>> clip = Clip("a.mp4", 9.0, has_audio=True)
    >>> find_own_sound("Softer, and keep the original sound please", "en", clip).wish
    'keep'
    >>> find_own_sound("Ton ersetzen", "de", clip).wish, find_own_sound("保留原声", "zh", clip).wish
    ('replace', 'keep')
    """
    if clip is None or not clip.has_audio:
        return None
    found = [
        OwnSoundWords(wish, match.start(), match.end(), match[0])
        for wish in WISHES
        for match in _pattern(wish, language, FILE).finditer(raw)
    ]
    widest = [one for one in found if not any(_holds(other, one) for other in found)]
    return max(widest, key=lambda one: (one.start, one.end), default=None)


def without_own_sound(raw: str, found: OwnSoundWords) -> str:
    """The message with these words blank."""
    return raw[: found.start] + " " * (found.end - found.start) + raw[found.end :]


def _holds(wide: OwnSoundWords, narrow: OwnSoundWords) -> bool:
    return wide is not narrow and wide.start <= narrow.start and narrow.end <= wide.end and wide.wish != narrow.wish


@cache
def _pattern(wish: str, language: str, path: Path) -> re.Pattern[str]:
    """Every way of saying a wish in a language; one that matches nothing where the file has none."""
    data = read_data(path)
    sound, audio = (str(data[name].get(language, "(?!)")) for name in ("sound", "audio"))
    ways = [way.replace("SOUND", sound).replace("AUDIO", audio) for way in data[wish].get(language, ["(?!)"])]
    edge = ("", "") if language in data["unspaced"] else (r"(?<!\w)", r"(?!\w)")
    return re.compile(f"{edge[0]}(?:{'|'.join(ways)}){edge[1]}", re.IGNORECASE)
