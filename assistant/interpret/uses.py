"""What the music is for.

Conventions: one of `assistant.constraints.USES`. Telling words ("podcast", "VR") outweigh weak ones ("video",
"scene"), which the words files keep in the table ``uses_weak``; of equals the first wins.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.constraints import Evidence
from assistant.interpret.text import Text

_RANK = ("vr", "game", "podcast", "wellness", "ad", "event", "film", "dance", "other")
"""Which use wins when a brief names several: "trailer for our game" is for a game."""


@dataclass(frozen=True)
class Use:
    """A use with its words."""

    use: str
    evidence: Evidence


def read_use(text: Text) -> Use | None:
    """The use that the words name."""
    for field, confidence in (("uses", 1.0), ("uses_weak", 0.6)):
        finds = text.wanted(field)
        if finds:
            find = min(finds, key=lambda find: (_RANK.index(find.value), find.start))
            return Use(find.value, text.evidence("use", find.start, find.end, confidence))
    return None
