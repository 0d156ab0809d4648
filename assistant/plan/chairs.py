"""Chairs: a role with its player, and what casting and recasting both ask about them.

*Conventions*: a chair's id is role and instrument, stable between takes and safe in a file name.

Sources: Adler, *The Study of Orchestration* (roles); the seats are the styles' and regions' own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assistant.constraints import Instruments
from assistant.library import Instrument, Library, Seat
from assistant.plan.defaults import Frame, region_rules
from assistant.remark import Remark

VOICES = ("choir", "voice")
STRUCK = ("drums", "percussion")
STRUMMED = ("acoustic-guitar", "electric-guitar", "ukulele", "charango", "mandolin")


@dataclass(frozen=True)
class Chair:
    """A role, its player, and how it plays; ``asked`` when a person named the instrument, ``support`` when it hides."""

    role: str
    instrument: str
    texture: str
    enters: float = -1.0
    asked: bool = False
    support: bool = False

    @property
    def id(self) -> str:
        """Role and instrument: stable between takes."""
        return f"{self.role}-{self.instrument}"


@dataclass(frozen=True)
class Casting:
    """The chairs in the order in which they enter, whether they play alone, and what must be said."""

    chairs: tuple[Chair, ...]
    is_solo: bool
    remarks: tuple[Remark, ...]


def excluded_by(names: Iterable[str], library: Library) -> frozenset[str]:
    """Every instrument that a list of exclusions rules out, families with their members."""
    return frozenset(member for name in names for member in (name, *library.family_members(name)))


def banned(wishes: Instruments, library: Library) -> frozenset[str]:
    """Every instrument that must not play, with what a person means by it.

    No drums: nothing that is struck in a groove, taiko and timpani among them. No voice: no choir either. What was
    asked for by its own name is not meant.
    """
    excluded = excluded_by(wishes.exclude, library)
    meant: set[str] = set()
    if "drums" in excluded:
        meant |= {name for name, player in library.instruments.items() if player.is_struck}
    if "voice" in excluded:
        meant.add("choir")
    return excluded | (meant - set(wishes.include))


def melodic_rank(player: Instrument) -> tuple[int, int]:
    """Who should lead: singers of single lines first, then by how early lead stands among the roles; basses last."""
    place = player.roles.index("lead") if "lead" in player.roles else 9
    return (2 if player.roles[0] == "bass" else 1 if player.polyphonic or place == 9 else 0), place


def seats_of(frame: Frame) -> list[Seat]:
    """The seats of the style; with a region the region's, completed by those of a style that stands beside it."""
    own = list(frame.style.ensemble)
    if frame.region is None:
        return own
    theirs = list(frame.region.ensemble)
    if region_rules(frame.asked):
        return theirs
    taken = {seat.role for seat in theirs}
    return theirs + [seat for seat in own if seat.role not in taken]


def usual_texture(role: str, player: Instrument) -> str:
    """How a player fills a role when no seat says so."""
    if role in STRUCK:
        return "groove"
    if role == "harmony":
        if player.sustained:
            return "pad"
        return "strum" if player.id in STRUMMED else "arpeggio"
    if role == "colour":
        return "swell" if player.sustained else "gliss" if player.id in ("harp", "guzheng") else "bells"
    plain = {"lead": "melody", "counter": "countermelody", "bass": "roots", "pulse": "ostinato"}
    return plain[role]
