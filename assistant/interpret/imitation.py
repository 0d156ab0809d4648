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

_NAME = re.compile(r"\b[A-Z][\w'’.-]+(?:\s+(?:of|the|de|van|von|la|del|[A-Z][\w'’.-]*))*\s+[A-Z][\w'’.-]+")
_NEAR = 80
"""Characters around a wording of imitation in which its name stands."""


def find_imitation(raw: str, prompts_dir: Path) -> tuple[Remark, ...]:
    """A remark for every wish to pass as somebody or to copy a tune."""
    data = table("hostile", prompts_dir)
    free = [work.casefold() for work in data["public_domain"]["names"]]
    remarks = []
    for kind in ("passing", "copying"):
        for wording, known_only in (("patterns", False), ("hinting", True)):
            for match in _pattern(kind, wording, prompts_dir).finditer(raw):
                near = raw[max(0, match.start() - _NEAR) : match.end() + _NEAR]
                name = _known(near, data["artists"]["names"])
                if name is None and not known_only:
                    name = _full_name(raw[match.end() : match.end() + _NEAR], data["not_names"]["words"])
                if name and not any(work in near.casefold() for work in free):
                    remarks.append(Remark.of(f"imitation_{kind}", name=name))
    return tuple({remark.code: remark for remark in reversed(remarks)}.values())


@cache
def _pattern(kind: str, wording: str, prompts_dir: Path) -> re.Pattern[str]:
    patterns = table("hostile", prompts_dir)[kind][wording]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


def _known(near: str, artists: list[str]) -> str | None:
    """A well-known name in a stretch of words."""
    for artist in artists:
        if re.search(rf"(?<![a-z]){re.escape(artist)}(?![a-z])", near, re.IGNORECASE):
            return artist
    return None


def _full_name(after: str, not_names: list[str]) -> str | None:
    """A quoted title or a name of two or more capitalised words in what follows a wording."""
    if quoted := re.search(r"[\"“《「]([^\"”》」]{2,40})[\"”》」]", after):
        return quoted[1]
    name = _NAME.search(after)
    return name[0] if name and not set(name[0].split()) & set(not_names) else None
