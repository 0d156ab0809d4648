"""Finds wishes to pass as a named artist or to copy a protected tune; these parts are declined.

Conventions: "in the style of" a name, or "like" a film, is a wish for qualities and is fine. "Exactly like", "people
should think that NAME wrote it", "in NAME's voice" and "note for note" are not, unless what is named is in the public
domain. Wordings and names stand in ``prompts/lexicon/hostile.toml``.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from assistant.interpret.lexicon import table
from assistant.remark import Remark

_NAME = re.compile(r"(?:[A-Z][\w'’.-]+|[A-Z]{2,})(?:\s+(?:of|the|de|van|von|la|[A-Z][\w'’.-]*))*")
_NEAR = 80
"""Characters around a wording of imitation in which its name stands."""


def find_imitation(raw: str, prompts_dir: Path) -> tuple[Remark, ...]:
    """A remark for every wish to pass as somebody or to copy a tune."""
    data = table("hostile", prompts_dir)
    free = [work.casefold() for work in data["public_domain"]["names"]]
    remarks = []
    for code in ("passing", "copying"):
        for match in _pattern(code, prompts_dir).finditer(raw):
            near = raw[max(0, match.start() - _NEAR) : match.end() + _NEAR]
            name = _named(near, match[0], data["artists"]["names"])
            if name and not any(work in near.casefold() for work in free):
                remarks.append(Remark.of(f"imitation_{code}", name=name))
                break
    return tuple(remarks)


@cache
def _pattern(name: str, prompts_dir: Path) -> re.Pattern[str]:
    patterns = table("hostile", prompts_dir)[name]["patterns"]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


def _named(near: str, wording: str, artists: list[str]) -> str | None:
    """The name that a wording of imitation is about: a known one, else a quoted title, else capitalised words."""
    for artist in artists:
        if re.search(rf"(?<![a-z]){re.escape(artist)}(?![a-z])", near, re.IGNORECASE):
            return artist
    if quoted := re.search(r"[\"“《「'‘]([^\"”》」'’]{2,40})[\"”》」'’]", near):
        return quoted[1]
    rest = near.replace(wording, " ")
    names = [match[0] for match in _NAME.finditer(rest) if " " in match[0] or not _starts_sentence(rest, match.start())]
    return max(names, key=len, default=None)


def _starts_sentence(text: str, place: int) -> bool:
    before = text[:place].rstrip()
    return not before or before[-1] in ".!?\n"
