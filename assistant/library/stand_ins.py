"""Who plays an instrument that there is no sound of: ``prompts/stand_ins.toml``.

Conventions: names are compared in lower case; a profile's "keman and kemence" or "tar, setar" is several names.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from assistant.datafile import read_data
from assistant.errors import DataError
from assistant.library.profiles import Player
from assistant.library.values import Region
from assistant.settings import ROOT

FILE = "stand_ins.toml"
_BETWEEN = re.compile(r",| and | or |\(|\)")


@cache
def stand_ins(prompts_dir: Path = ROOT / "prompts") -> dict[str, tuple[str, ...]]:
    """By the id of the instrument that plays, the names of those that it stands in for.

    Raises
    ------
    DataError
        If the file is not a table of names.
    """
    path = prompts_dir / FILE
    names = read_data(path).get("names") if path.is_file() else {}
    if not isinstance(names, dict) or not all(isinstance(value, str) for value in names.values()):
        raise DataError(f"{path}: names", 'give each instrument one text, such as "bouzouki, balalaika"')
    return {player: tuple(name.strip().lower() for name in value.split(",")) for player, value in names.items()}


def names_of(player: Player) -> tuple[str, ...]:
    """The instruments that one line of a profile names, in lower case.

    Examples
    --------
    >>> names_of(Player("tar and setar", "saz", ("lead",), ("C3", "C5")))
    ('tar', 'setar')
    """
    return tuple(name.strip().lower() for name in _BETWEEN.split(player.name) if name.strip())


def stands_in_for(instrument: str, region: Region, role: str, prompts_dir: Path = ROOT / "prompts") -> str | None:
    """What an instrument stands in for in a region's ensemble; None where it is at home there.

    Examples
    --------
    >>> from assistant.library import load
    >>> greece = load().region("greece")
    >>> stands_in_for("mandolin", greece, "lead"), stands_in_for("clarinet", greece, "lead")
    ('bouzouki', None)
    """
    known = stand_ins(prompts_dir).get(instrument, ())
    players = [player for player in region.profile.players if player.played_by == instrument]
    for player in sorted(players, key=lambda player: role not in player.roles):
        names = names_of(player)
        others = [name for name in names if name in known]
        if len(others) < len(names):
            return None
        if others:
            return others[0]
    return None
