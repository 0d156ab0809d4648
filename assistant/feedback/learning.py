"""What a reply tells of a person's taste.

Conventions: only wishes for the whole cue count, for a change of one place says something of that place; words of
``prompts/taste.toml`` make a wish a standing one.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from assistant.datafile import read_data
from assistant.feedback.values import Change, Reply
from assistant.settings import ROOT
from assistant.taste import Taste


def learn(taste: Taste, reply: Reply, words: str, *, prompts_dir: Path = ROOT / "prompts") -> Taste:
    """The taste after a reply that was carried out."""
    standing = is_standing(words, reply.language, prompts_dir)
    for change in reply.changes:
        taste = _noted(taste, change, standing)
    return taste


def is_standing(words: str, language: str, prompts_dir: Path = ROOT / "prompts") -> bool:
    """Whether words speak of all cues to come.

    Examples
    --------
    >>> is_standing("Always less drums, please", "en"), is_standing("fewer drums", "en")
    (True, False)
    """
    return bool(_always(language, prompts_dir).search(words.casefold()))


@cache
def _always(language: str, prompts_dir: Path) -> re.Pattern[str]:
    """The standing words of a language, English where it has none; bounded where words have spaces between them."""
    table = read_data(prompts_dir / "taste.toml")["always"]
    words = [word.strip().casefold() for word in table.get(language, table["en"]).split(",")]
    joined = "|".join(re.escape(word) for word in words)
    return re.compile(joined if language in ("zh", "ja", "ko") else rf"(?<!\w)(?:{joined})(?!\w)")


def _noted(taste: Taste, change: Change, standing: bool) -> Taste:
    if change.where not in (None, "all"):
        return taste
    if change.field == "instruments.include":
        for name in change.remove:
            taste = taste.noted("instrument", name, -1.0, standing=standing)
        for name in change.add:
            taste = taste.noted("instrument", name, 1.0, standing=standing)
    elif change.field == "instruments.exclude":
        for name in change.add:
            taste = taste.noted("instrument", name, -1.0, standing=standing)
        for name in change.remove:
            taste = taste.noted("instrument", name, 1.0, standing=standing)
    elif change.field == "styles":
        for name in change.add or ((change.value,) if isinstance(change.value, str) else ()):
            taste = taste.noted("style", name, 1.0, standing=standing)
    elif change.sign and change.field in ("density", "loudness", "register"):
        taste = taste.noted(change.field, change.part or "all", change.sign, standing=standing)  # type: ignore[arg-type]
    elif change.sign and change.field in ("valence", "arousal"):
        taste = taste.noted(change.field, "all", change.sign, standing=standing)  # type: ignore[arg-type]
    return taste
