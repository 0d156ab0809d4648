"""A person's taste: what their replies keep asking for; it fills what a brief leaves open, and nothing else.

Conventions: a leaning counts replies, above zero for more of it, below for less; a standing wish ("always") counts at
once. Everything in it can be seen, forgotten one by one, or erased. It belongs to one person and is kept where they
are: in their browser, or in a file that they name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from assistant.constraints import Adjustment, ArcPoint, Constraints, Evidence
from assistant.errors import InputError, OutputError
from assistant.records import STRICT, from_json, to_json
from assistant.remark import Remark

Kind = Literal["instrument", "style", "density", "loudness", "register", "valence", "arousal"]

ENOUGH = 2.0
"""Replies to different takes from which a leaning counts."""
ACCEPTED = 0.5
"""What an accepted take counts for what was in it: half as much as words do."""
STEP, MOST = 0.4, 6.0
"""How far a leaning moves what it moves (-1..1), and the highest count: an old habit must be able to turn."""
LARGEST_FILE = 100_000
"""Bytes of a file that may hold a taste."""
MOST_LEANINGS, MOST_LIKED = 64, 2
"""Leanings that are remembered, and liked instruments that fill one brief."""


@dataclass(frozen=True)
class Leaning:
    """One thing that a person keeps asking for.

    Parameters
    ----------
    kind : str
        ``instrument``, ``style``, or the field of which more or less is wanted.
    name : str
        The instrument or style; the part (``all`` for everything) for the other kinds.
    count : float
        Replies, above zero for more of it, below for less.
    standing : bool
        Whether it was said once and for all.
    """

    __pydantic_config__ = STRICT

    kind: Kind
    name: str
    count: float
    standing: bool = False

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9-]{1,40}", self.name):
            raise InputError(f"leaning {self.name!r:.60}", "an id such as drums", "remove it")
        if not abs(self.count) <= MOST:
            raise InputError(f"leaning counted {self.count}", f"-{MOST:g} to {MOST:g}", "bring it into range")

    @property
    def sign(self) -> int:
        """1 when it is wanted, -1 when it is not, 0 while too little was said."""
        if not (self.standing or abs(self.count) >= ENOUGH):
            return 0
        return 1 if self.count > 0 else -1

    @property
    def label(self) -> str:
        """What names it in a list, such as ``"instrument:drums"``."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True)
class Taste:
    """Everything that was learned of one person.

    Examples
    --------
    >>> taste = Taste().noted("instrument", "drums", -1.0).noted("instrument", "drums", -1.0)
    >>> taste.fill(Constraints())[0].instruments.exclude
    ('drums',)
    """

    __pydantic_config__ = STRICT

    leanings: tuple[Leaning, ...] = ()

    def noted(self, kind: Kind, name: str, amount: float, *, standing: bool = False) -> Taste:
        """The taste after one more wish; what is wished the other way round ends a standing wish."""
        old = next((each for each in self.leanings if (each.kind, each.name) == (kind, name)), Leaning(kind, name, 0.0))
        turned = old.count * amount < 0
        count = amount if turned and old.standing else max(-MOST, min(MOST, old.count + amount))
        new = Leaning(kind, name, count, standing or (old.standing and not turned))
        others = tuple(each for each in self.leanings if each.label != new.label)
        return Taste((*others, new)[-MOST_LEANINGS:] if count or standing else others)

    def accepted(self, asked: Constraints) -> Taste:
        """The taste after a take that a person took away: what they had named in it was right."""
        taste = self
        for name in asked.instruments.include:
            taste = taste.noted("instrument", name, ACCEPTED)
        for name in asked.styles[:1] if _is_said(asked, "styles") else ():
            taste = taste.noted("style", name, ACCEPTED)
        return taste

    def forgetting(self, labels: Iterable[str]) -> Taste:
        """The taste without the leanings of these labels."""
        gone = set(labels)
        return Taste(tuple(each for each in self.leanings if each.label not in gone))

    def fill(self, asked: Constraints) -> tuple[Constraints, tuple[Remark, ...]]:
        """The constraints with what they leave open filled, marked as assumed, and what must be said of it."""
        remarks: list[Remark] = []
        for fill in (_without, _with, _styled, _adjusted, _moved):
            asked, said = fill(asked, [each for each in self.leanings if each.sign])
            remarks += said
        return asked, tuple(remarks)

    @classmethod
    def from_text(cls, text: str) -> Taste:
        """The taste that JSON text holds; raises `InputError` when it holds none."""
        taste = from_json(cls, text)
        if len(taste.leanings) > MOST_LEANINGS:
            raise InputError(f"{len(taste.leanings)} leanings", f"at most {MOST_LEANINGS}", "remove some")
        return taste

    def to_text(self) -> str:
        """The taste as JSON text."""
        return to_json(self, indent=1)


NO_TASTE = Taste()


def load_taste(path: Path | None) -> Taste:
    """The taste in a file; an empty one where there is no file yet.

    Raises
    ------
    InputError
        If the file holds something else.
    """
    try:
        if path is None or not path.exists():
            return NO_TASTE
        if not path.is_file() or path.stat().st_size > LARGEST_FILE:  # a pipe would wait for a writer
            raise InputError(f"taste file {path.name!r:.60}", "a small text file", "name another with CUEWRIGHT_TASTE")
        return Taste.from_text(path.read_text("utf-8"))
    except (InputError, OSError, ValueError) as error:
        raise InputError(
            f"taste file {path.name if path else ''!r:.60}", "what `cuewright taste` writes", "correct or erase it"
        ) from error


def save_taste(taste: Taste, path: Path | None) -> None:
    """Write a taste where the person keeps it, whole or not at all; nowhere when they keep none."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + ".new")
        beside.write_text(taste.to_text() + "\n", "utf-8")
        beside.replace(path)
    except OSError as error:
        raise OutputError(f"taste file {path.name!r}", "a place that can be written", "set CUEWRIGHT_TASTE") from error


def _is_said(asked: Constraints, field: str) -> bool:
    return any(item.root == field and not item.assumed for item in asked.evidence)


def _assumed(asked: Constraints, field: str) -> Constraints:
    return replace(asked, evidence=(*asked.evidence, Evidence(field, "taste", confidence=0.5, assumed=True)))


Filled = tuple[Constraints, list[Remark]]


def _without(asked: Constraints, leanings: list[Leaning]) -> Filled:
    """Instruments that are always taken out stay out, unless the brief names them."""
    named = {*asked.instruments.include, *asked.instruments.exclude}
    gone = [each.name for each in leanings if each.kind == "instrument" and each.sign < 0 and each.name not in named]
    if not gone:
        return asked, []
    instruments = replace(asked.instruments, exclude=(*asked.instruments.exclude, *gone))
    filled = _assumed(replace(asked, instruments=instruments), "instruments.exclude")
    return filled, [Remark.of("taste_without", instruments=",".join(gone))]


def _with(asked: Constraints, leanings: list[Leaning]) -> Filled:
    """Instruments that are always wanted play where the brief names no player, style or place."""
    if asked.instruments.include or asked.region or _is_said(asked, "styles"):
        return asked, []
    liked = sorted((each for each in leanings if each.kind == "instrument" and each.sign > 0), key=lambda it: -it.count)
    names = [each.name for each in liked if each.name not in asked.instruments.exclude][:MOST_LIKED]
    if not names:
        return asked, []
    filled = replace(asked, instruments=replace(asked.instruments, include=tuple(names)))
    return _assumed(filled, "instruments.include"), [Remark.of("taste_with", instruments=",".join(names))]


def _styled(asked: Constraints, leanings: list[Leaning]) -> Filled:
    """The style that is always wanted, where the brief names none and no place."""
    liked = [each for each in leanings if each.kind == "style" and each.sign > 0]
    if not liked or asked.region or _is_said(asked, "styles"):
        return asked, []
    best = max(liked, key=lambda each: each.count).name
    styles = (best, *(style for style in asked.styles if style != best))[:3]
    return _assumed(replace(asked, styles=styles), "styles"), [Remark.of("taste_style", style=best)]


def _adjusted(asked: Constraints, leanings: list[Leaning]) -> Filled:
    """More or less of a part, where the brief doesn't speak of it."""
    remarks = []
    for each in leanings:
        if each.kind not in ("density", "loudness", "register"):
            continue
        if any((wish.field, wish.part) == (each.kind, each.name) for wish in asked.adjust):
            continue
        wish = Adjustment(each.kind, each.name, STEP * each.sign)  # type: ignore[arg-type]
        asked = _assumed(replace(asked, adjust=(*asked.adjust, wish)), "adjust")
        remarks.append(Remark.of("taste_more" if each.sign > 0 else "taste_less", field=each.kind, part=each.name))
    return asked, remarks


def _moved(asked: Constraints, leanings: list[Leaning]) -> Filled:
    """A calmer or brighter arc, where the brief's own feeling is only assumed."""
    if _is_said(asked, "arc"):
        return asked, []
    remarks = []
    for each in leanings:
        if each.kind not in ("valence", "arousal"):
            continue
        by = {"valence": 0.0, "arousal": 0.0, each.kind: STEP * each.sign}
        asked = replace(asked, arc=tuple(_shifted(point, by["valence"], by["arousal"]) for point in asked.arc))
        remarks.append(Remark.of("taste_more" if each.sign > 0 else "taste_less", field=each.kind, part="all"))
    return asked, remarks


def _shifted(point: ArcPoint, valence: float, arousal: float) -> ArcPoint:
    def within(value: float) -> float:
        return round(max(-1.0, min(1.0, value)), 3)

    return ArcPoint(point.at, within(point.valence + valence), within(point.arousal + arousal))
