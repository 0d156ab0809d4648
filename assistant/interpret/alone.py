"""Who is to play alone: "only drums", "solo cello", "nothing but strings", "只要鼓", "ドラムだけ".

Conventions: patterns stand in ``[grammar]`` of the words files, over folded text; their first group is the stretch that
names the players. ``alone`` says it outright; ``solo`` only where no style is named that wants an ensemble; ``group``
where a duo, trio or more names its players ("trio: piano, double bass and drums"). A stretch
with a word of time in it ("only drums at the start") says something about a passage, not about the cue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from assistant.interpret.text import Piece, Text
from assistant.interpret.words import words_file
from assistant.language import READ_LANGUAGES

_ALL = "all"
ENSEMBLES = frozenset(
    {"orchestral", "epic", "rock", "metal", "pop", "funk", "house", "techno", "electronic", "trap", "hip-hop", "samba"}
    | {"latin", "march", "synthwave", "reggae"}
)
"""Styles that nobody plays alone."""
SMALLEST_GROUP = 2
"""Players whom a "trio" must name to be one of just these."""


def alone_stretches(text: Text) -> tuple[Piece, ...]:
    """The stretches that name who plays alone; empty when nobody is meant to."""
    styles = {name for find in text.wanted("styles") for name in find.value.split("+")}
    forms = [*_forms("alone", text.language, text.prompts_dir)]
    if not styles & ENSEMBLES:
        forms += _forms("solo", text.language, text.prompts_dir)
    found = _stretches(text, forms)
    groups = _stretches(text, _forms("group", text.language, text.prompts_dir))
    found += [piece for piece in groups if len(_players(text, piece)) >= SMALLEST_GROUP]
    return tuple(piece for piece in found if _names_players(text, piece))


def _stretches(text: Text, forms: Iterable[re.Pattern[str]]) -> list[Piece]:
    """What the first groups of some patterns match."""
    return [_whole(text, Piece(*match.span(1))) for form in forms for match in form.finditer(text.plain)]


def _players(text: Text, piece: Piece) -> set[str]:
    """The instruments that a stretch names."""
    return {find.value for find in text.find("instruments") if find.start in piece and find.value != _ALL}


def _whole(text: Text, piece: Piece) -> Piece:
    """The stretch with the whole of a name that it begins within: "solo piano" is one."""
    start = min((find.start for find in text.find("instruments") if find.start < piece.start < find.end), default=None)
    return piece if start is None else Piece(start, piece.end)


def _names_players(text: Text, piece: Piece) -> bool:
    """Whether a stretch names instruments, and no time that would make it a passage."""
    players = bool(_players(text, piece))
    timed = any(find.start in piece and find.value in ("start", "end", "next", "middle") for find in text.find("stage"))
    excepting = {find.start for find in text.find("negation", "except")}
    banned = any(
        find.start <= piece.start <= find.end + 1 and find.start not in excepting
        for find in text.find("negation", "before")
    )
    return players and not timed and not banned


@cache
def _forms(name: str, language: str, prompts_dir: Path) -> tuple[re.Pattern[str], ...]:
    """One list of patterns of a words file."""
    if language not in READ_LANGUAGES:
        return ()
    return tuple(re.compile(form) for form in words_file(language, prompts_dir).get("grammar", {}).get(name, []))
