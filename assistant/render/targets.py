"""Where a cue may go, and how loud it must be there: ``prompts/targets.toml``, read and checked.

Conventions: loudness in LUFS, ceilings in dBTP. A target that is given as a number is one that a person named: it is
reached whatever the limiting (see `assistant.render.master`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from assistant.datafile import read_data
from assistant.errors import DataError, InputError
from assistant.records import STRICT, from_data
from assistant.render.craft import Master

FILE = "targets.toml"
QUIETEST_LUFS, LOUDEST_LUFS = -40.0, -6.0
CEILING_DBTP, LOSSY_DBTP = -1.0, -2.0
MARGIN_DB = 0.1
"""Meters of true peak differ by so much."""
_NUMBER = re.compile(r"-?\d{1,2}(\.\d+)?( ?lufs| ?lkfs)?")


@dataclass(frozen=True)
class Target:
    """One place that a cue may go to.

    Parameters
    ----------
    name : str
        What a person calls it.
    loudness_lufs, ceiling_dbtp : float
        Of the WAV file.
    lossy_dbtp : float
        Ceiling of the encoded file, after it is decoded again.
    lossy : bool
        Whether an encoded file is wanted there at all.
    called : tuple of str
        Other names, in small letters.
    insisted : bool
        Whether a person named the number.
    """

    __pydantic_config__ = STRICT

    name: str
    loudness_lufs: float
    ceiling_dbtp: float = CEILING_DBTP
    lossy_dbtp: float = LOSSY_DBTP
    lossy: bool = True
    called: tuple[str, ...] = ()
    insisted: bool = False

    def __post_init__(self) -> None:
        if not QUIETEST_LUFS <= self.loudness_lufs <= LOUDEST_LUFS:
            legal = f"{QUIETEST_LUFS:g} to {LOUDEST_LUFS:g}"
            raise InputError(f"loudness {self.loudness_lufs:g} LUFS", legal, "bring it into range")
        if not -20 <= self.lossy_dbtp <= self.ceiling_dbtp <= 0:
            raise InputError(f"ceilings of {self.name!r}", "-20 <= lossy_dbtp <= ceiling_dbtp <= 0", "correct them")


@cache
def load_targets(prompts_dir: Path) -> dict[str, Target]:
    """Every target by its id; raises `DataError` when the file breaks its own rules."""
    path = prompts_dir / FILE
    data = {name: table for name, table in read_data(path).items() if name != "sources"}
    try:
        targets = {name: from_data(Target, table) for name, table in data.items()}
    except InputError as error:
        raise DataError(f"{path}: {error}", "correct the file") from error
    names = [alias for name, target in targets.items() for alias in (name, *target.called)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"{path}: {twice[0]!r} names two targets", "give it to one of them")
    return targets


def named_targets(words: str, targets: dict[str, Target]) -> dict[str, Target]:
    """The targets that words with commas name, in their order; a number is a loudness of a person's own.

    Raises
    ------
    InputError
        If a word names none.

    Examples
    --------
    >>> from assistant.settings import ROOT
    >>> found = named_targets("tiktok, broadcast, -19 LUFS", load_targets(ROOT / "prompts"))
    >>> [(name, target.loudness_lufs) for name, target in found.items()]
    [('social', -14.0), ('broadcast', -23.0), ('19-lufs', -19.0)]
    """
    found: dict[str, Target] = {}
    for word in (part.strip().casefold() for part in words.split(",")):
        if _NUMBER.fullmatch(word):
            level = -abs(float(word.rstrip("lukfs ")))
            found[f"{-level:g}-lufs"] = Target(f"{level:g} LUFS", level, insisted=True)
        elif name := next((name for name, each in targets.items() if word in (name, *each.called)), None):
            found[name] = targets[name]
        else:
            raise InputError(f"target {word!r:.60}", f"{', '.join(targets)}, or LUFS such as -19", "name some of these")
    return found


def under_ceiling(craft: Master, loudness_lufs: float, targets: dict[str, Target]) -> Master:
    """The master for a cue of that loudness: under the ceiling of the strictest place that asks for it.

    Examples
    --------
    >>> from assistant.render.craft import load_craft
    >>> from assistant.settings import ROOT
    >>> craft, targets = load_craft(ROOT / "prompts").master, load_targets(ROOT / "prompts")
    >>> [under_ceiling(craft, level, targets).ceiling_dbtp for level in (-14.0, -24.0, -11.3)]
    [-1.1, -2.1, -1.1]
    """
    same = [target.ceiling_dbtp for target in targets.values() if abs(target.loudness_lufs - loudness_lufs) < 0.05]
    return replace(craft, ceiling_dbtp=min(craft.ceiling_dbtp, min(same, default=0.0) - MARGIN_DB))
