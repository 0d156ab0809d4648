"""Instruments wanted and unwanted.

Conventions: ids of the command line's vocabulary. What is banned anywhere in the brief is banned, also when it is
wished for elsewhere ("the boss likes big drums, but please no drums"). A guitar is acoustic unless the words or the
style say electric. A ban of all instruments leaves the voices that are asked for. A ban for a passage ("no drums until
0:20") is no ban: the instrument is wanted, and rests there. Players named as the only ones ("only drums") play alone.
Words that ban without a negation of their own ("nobody sings") stand in the words files' table ``banned``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from assistant.constraints import Adjustment, Evidence, Instruments
from assistant.interpret.alone import alone_stretches
from assistant.interpret.lexicon import table
from assistant.interpret.passages import Passage
from assistant.interpret.text import Piece, Text
from assistant.interpret.words import Found

VOICES = ("choir", "voice")
ALL = "all"
_QUALIFIED = 6
"""Characters between "instruments" and the family that they are of."""
_NEAR = 12
"""Characters between "except" and what is excepted."""

GUITAR = "guitar"


@dataclass(frozen=True)
class Wanted:
    """Instruments with their words; ``none_left`` says that everything that sounds was banned.

    ``rests`` are the passages in which instruments are not to play, as adjustments.
    """

    instruments: Instruments
    evidence: tuple[Evidence, ...]
    none_left: bool = False
    contradicted: tuple[str, ...] = ()
    rests: tuple[Adjustment, ...] = ()


def read_instruments(text: Text, styles: tuple[str, ...], passages: tuple[Passage, ...] = ()) -> Wanted:
    """What is to play and what is not; a ban inside one of ``passages`` holds for that passage only."""
    soloists = [
        piece for piece in alone_stretches(text) if all(piece.start not in passage.piece for passage in passages)
    ]
    finds = _freed(text.find("instruments"), soloists)
    named = [(find, _id(find, styles)) for find in finds if find.value != ALL]
    named, rests = _resting(named, passages)
    banned = [find.value for find in text.find("banned")]
    exclude = _with_members(text, _unique([*(name for find, name in named if find.negated), *banned]))
    include = _unique(name for find, name in named if not find.negated and name not in exclude)
    alone = bool(include) and set(include) == {
        name for find, name in named if not find.negated and any(find.start in piece for piece in soloists)
    }
    banned_all = not alone and any(_bans_all(text, find) for find in finds if find.value == ALL)
    if banned_all:
        include = tuple(name for name in include if name in VOICES)
    evidence = tuple(
        text.evidence(f"instruments.{'exclude' if name in exclude else 'include'}", find.start, find.end)
        for find, name in named
        if find.negated or name in include
    )
    return Wanted(
        Instruments(include, exclude, alone),
        evidence,
        none_left=banned_all and not include,
        contradicted=_contradicted(text, named, exclude),
        rests=rests,
    )


def _freed(finds: tuple[Found, ...], soloists: list[Piece]) -> tuple[Found, ...]:
    """The finds with those wanted that an "everything but" around them has negated, all of a stretch together."""
    excepted = [piece for piece in soloists if all(find.negated for find in finds if find.start in piece)]
    return tuple(
        replace(find, negated=False) if any(find.start in piece for piece in excepted) else find for find in finds
    )


def _resting(
    named: list[tuple[Found, str]], passages: tuple[Passage, ...]
) -> tuple[list[tuple[Found, str]], tuple[Adjustment, ...]]:
    """The finds with those that are banned in a passage only made wanted, and the rests that they ask for."""
    kept: list[tuple[Found, str]] = []
    rests: list[Adjustment] = []
    for find, name in named:
        passage = next((item for item in passages if find.start in item.piece), None)
        if passage is not None and find.negated != passage.of_wanted:
            find = replace(find, negated=False)
            rests.append(Adjustment("density", name, -1.0, passage.span))
        kept.append((find, name))
    return kept, tuple(rests)


def _id(find: Found, styles: tuple[str, ...]) -> str:
    """The id of an instrument; a plain guitar is electric in rock and its like."""
    if find.value != GUITAR:
        return find.value
    return "electric-guitar" if {"rock", "metal", "funk"} & set(styles) else "acoustic-guitar"


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _with_members(text: Text, exclude: tuple[str, ...]) -> tuple[str, ...]:
    """The bans, and for each family its members, but for those that the words except."""
    families = table("families", text.prompts_dir)["members"]
    excepted = {
        find.value
        for mark in text.find("negation", "except")
        for find in text.wanted("instruments")
        if 0 <= find.start - mark.end <= _NEAR
    }
    named = {find.value for find in text.wanted("instruments")}
    members = [member for family in exclude for member in families.get(family, "").split() if member not in named]
    return _unique(name for name in [*exclude, *members] if name not in excepted)


def _bans_all(text: Text, find: Found) -> bool:
    """Whether a negation stands right at the word for instruments: "no instruments", not "no Chinese instruments"."""
    if not find.negated or _is_qualified(text, find):
        return False
    before = [text.between(mark.end, find.start) for mark in text.find("negation", "before") if mark.end <= find.start]
    after = [text.between(find.end, mark.start) for mark in text.find("negation", "after") if mark.start >= find.end]
    return any(len(gap.strip()) <= 1 for gap in [*before[-1:], *after[:1]])


def _is_qualified(text: Text, find: Found) -> bool:
    """Whether the word for instruments is part of a family's name: "instrumentos de percusión", "打楽器は"."""
    return any(
        (other.value != ALL and (0 <= other.start - find.end <= _QUALIFIED or 0 <= find.start - other.end <= 1))
        or (other.value != ALL and other.start < find.start < other.end)
        for other in text.find("instruments")
        if text.clause(other.start) == text.clause(find.start)
        and not text.between(find.end, other.start).strip(" ").startswith((",", "、", "，"))
    )


def _contradicted(text: Text, named: list[tuple[Found, str]], exclude: tuple[str, ...]) -> tuple[str, ...]:
    """Instruments that are to play alone and not to play at all."""
    alone = []
    for only in text.wanted("only"):
        following = [name for find, name in named if not find.negated and 0 <= find.start - only.end <= 3]
        alone += [name for name in following if name in exclude]
    return tuple(alone)
