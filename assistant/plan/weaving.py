"""Who is needed for the way in which a region's players go together, however calm the mood.

*Conventions*: weaves as in `assistant.library.profiles.Weave`. Where a style from elsewhere stands beside the region,
its band plays as that style does, and nobody is needed for a weave.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from assistant.library import Seat
from assistant.plan.chairs import Chair, seats_of
from assistant.plan.defaults import Frame
from assistant.plan.own_music import region_rules

FOLLOWING = ("heterophony", "call-response")
"""Weaves in which another player takes up the tune."""
FAST = {"pulse": 0, "harmony": 1, "colour": 2}
"""Roles that may share a fast line, the likeliest first."""
IN_MOTION = ("ostinato", "arpeggio", "bells", "strum", "stabs")
"""Textures of those who do."""


class Seated(Protocol):
    """Anyone who sits in a role and plays in some way: a seat, a chair, a part."""

    @property
    def role(self) -> str:
        """The role."""

    @property
    def texture(self) -> str:
        """How it is played."""


Player = TypeVar("Player", bound=Seated)


def sharing(players: Sequence[Player]) -> list[Player]:
    """The two players who share a fast line where a region's music interlocks; none if there are not two."""
    able = [player for player in players if player.role in FAST and player.texture in IN_MOTION]
    pair = sorted(able, key=lambda player: FAST[player.role])[:2]
    return pair if len(pair) == 2 else []


def weaves_of(frame: Frame) -> dict[str, str]:
    """The weaves of the frame's region, and for those that two players share, whose strokes are whose."""
    if frame.region is None or not region_rules(frame.asked):
        return {}
    return {weave.kind: weave.hands for weave in frame.region.profile.weaves}


def woven(chairs: Sequence[Chair], frame: Frame) -> frozenset[str]:
    """Ids of the chairs without whom the region's weaves would not be heard."""
    return frozenset(chair.id for chair in _needed(chairs, frame))


def woven_seats(frame: Frame) -> list[Seat]:
    """The seats that are filled for the region's weaves."""
    return _needed(seats_of(frame), frame)


def _needed(players: Sequence[Player], frame: Frame) -> list[Player]:
    kinds = weaves_of(frame)
    found: list[Player] = []
    if set(kinds) & set(FOLLOWING):
        found += [player for player in players if player.role == "counter"][:1]
    if "drone" in kinds and frame.region is not None and frame.region.texture == "drone":
        found += [player for player in players if player.texture == "drone"][:1]
    if kinds.get("interlocking"):
        found += sharing(players)
    if frame.dances:
        found += [player for player in players if player.role == "percussion"][:1]
    return found
