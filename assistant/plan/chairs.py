"""Chairs: a role with its player, and what casting and recasting both ask about them.

*Conventions*: a chair's id is role and instrument, stable between takes and safe in a file name.

Sources: Adler, *The Study of Orchestration* (roles); the seats are the styles' and regions' own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.constraints import Instruments
from assistant.library import Instrument, Library, Seat
from assistant.plan.defaults import Frame
from assistant.plan.own_music import region_rules
from assistant.remark import Remark

VOICES = ("choir", "voice")
STRUCK = ("drums", "percussion")
GROUND = -0.35
"""Where a style's drums enter at this arousal or below, the groove is the style: drums and bass are its ground."""
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


def excluded_by(names: Iterable[str], library: Library, asked: Iterable[str] = ()) -> frozenset[str]:
    """Every instrument that a list of exclusions rules out, families with their members.

    Where members of a family are listed beside it, the list is what was meant: another member that was ``asked`` for
    may play, as the trumpet of "a trumpet instead of the brass".
    """
    named, wanted = frozenset(names), frozenset(asked)
    ruled_out = set(named)
    for name in named:
        members = set(library.family_members(name))
        is_listed = bool((members - {name}) & named)
        ruled_out |= members - wanted if is_listed else members
    return frozenset(ruled_out)


def banned(wishes: Instruments, library: Library) -> frozenset[str]:
    """Every instrument that must not play, with what a person means by it.

    No drums: nothing that is struck in a groove, taiko and timpani among them. No voice: no choir either. What was
    asked for by its own name is not meant.
    """
    excluded = excluded_by(wishes.exclude, library, wishes.include)
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
    if frame.asked.colour == "hint":  # a guest: only who leads comes from the region
        theirs = [seat for seat in theirs if seat.role == "lead"][:1]
    taken = {seat.role for seat in theirs}
    return theirs + [seat for seat in own if seat.role not in taken]


def is_grooved(frame: Frame) -> bool:
    """Whether style or region stands on a groove, so that drums and bass belong to it however calm the mood."""
    return any(is_ground(seat, frame) for seat in seats_of(frame))


def is_ground(seat: Seat, frame: Frame) -> bool:
    """Whether a struck seat carries the groove: always in such a style; in a dance, or a lively mood of a region."""
    if seat.role not in STRUCK:
        return False
    if frame.asked.use == "dance":
        return seat.enters <= frame.peak_arousal() + 0.2
    regional = frame.region is not None and frame.asked.colour != "hint"
    lively = frame.peak_arousal() - 0.2 if regional else GROUND
    return seat.enters <= max(GROUND, lively)


def ground_of(chairs: Sequence[Chair], frame: Frame) -> frozenset[str]:
    """Ids of the chairs that a groove stands on: its first drums (or hand percussion), and its bass.

    Drums that a person named are ground in any style.
    """
    grooved = is_grooved(frame)
    struck = [chair for chair in chairs if chair.role in STRUCK and (grooved or chair.asked)]
    first = min(struck, key=lambda chair: (not chair.asked, chair.enters, chair.role), default=None)
    basses = [chair.id for chair in chairs if chair.role == "bass"][:1] if grooved else []
    return frozenset((*basses, *((first.id,) if first else ())))


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
