"""Two states of one session, as two tabs of one browser can leave them, brought together.

Conventions: what is stored is the truth and stays; of the newcomer, what is not yet stored is added behind it. Takes
are the same when they lie in the same folder: a folder is never used twice.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile

from assistant.session import Session


def merged(stored: Session, newcomer: Session) -> Session:
    """Everything that either session holds; what was made last is heard now.

    Examples
    --------
    >>> merged(Session("a", current=2), Session("a", undone=(2,), current=1)).current
    1
    """
    folders = {take.folder for take in stored.takes}
    fresh = [take for take in newcomer.takes if take.folder not in folders]
    first = stored.next_number
    numbers = {take.number: first + index for index, take in enumerate(fresh)}
    pairs = zip(stored.turns, newcomer.turns, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    turns = [replace(turn, take=numbers.get(turn.take, turn.take)) for turn in newcomer.turns[same:]]
    takes = [replace(take, number=numbers[take.number], parent=numbers.get(take.parent, take.parent)) for take in fresh]
    return replace(
        newcomer,
        takes=(*stored.takes, *takes),
        turns=(*stored.turns, *turns),
        current=numbers.get(newcomer.current, newcomer.current),
        undone=tuple(numbers.get(number, number) for number in newcomer.undone),
        revision=stored.revision,
    )
