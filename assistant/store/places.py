"""Paths in a session's records: absolute while it is worked at, relative to its folder where it is stored.

Conventions: a take lies in ``take-N`` or ``take-N-M``, a clip is ``clip-N`` with a short ending; nothing else is a name
of ours, and a name is never more than one step deep.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePath

from assistant.session import Session, TakeRecord, Turn

TAKE_NAME = re.compile(r"take-[1-9][0-9]{0,5}(-[1-9][0-9]{0,5})?")
CLIP_NAME = re.compile(r"clip-[1-9][0-9]{0,5}(\.[a-z0-9]{1,6})?")

Place = Callable[[str], str]


def name_of(path: str) -> str:
    """The last step of a path, which names it within its session's folder.

    Examples
    --------
    >>> name_of("/work/sessions/0123/take-2")
    'take-2'
    """
    return PurePath(path).name


def within(folder: Path) -> Place:
    """Where a name lies when the session's folder is ``folder``."""
    return lambda name: str(folder / PurePath(name).name)


def placed_take(take: TakeRecord, place: Place) -> TakeRecord:
    """The take with its folder and its clip at other places."""
    clip = replace(take.clip, path=place(take.clip.path)) if take.clip else None
    return replace(take, folder=place(take.folder), clip=clip)


def placed_turn(turn: Turn, place: Place) -> Turn:
    """The turn with its clip at another place."""
    return replace(turn, clip_path=place(turn.clip_path)) if turn.clip_path else turn


def placed(session: Session, place: Place) -> Session:
    """The session with all its files at other places."""
    return replace(
        session,
        takes=tuple(placed_take(take, place) for take in session.takes),
        turns=tuple(placed_turn(turn, place) for turn in session.turns),
    )
