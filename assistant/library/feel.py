"""The feel of a drummer: how early, how loud, how steady each piece of the kit is, place by place in the bar.

Conventions: a bar of four beats has 16 places (sixteenths) or 12 (triplets of eighths); delays in milliseconds, above
zero late, measured against the drummer's own mean and not against the click; velocities 1..127. *Drift* is what
neighbouring strokes share: its share of the variance, and what is left of it a sixteenth (or triplet) later.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from assistant.errors import DataError
from assistant.library.ranges import check_share
from assistant.records import STRICT

PIECES = ("kick", "snare", "hat", "openhat", "pedalhat", "ride", "tom", "crash")
"""The pieces of a kit that a feel tells apart."""
PLACES = (12, 16)
"""Places of a bar of four beats: triplets or sixteenths."""
LATEST_MS = 60.0
GRID = "grid"
"""The feel of a machine: every stroke on the grid."""


@dataclass(frozen=True)
class PieceFeel:
    """One piece of the kit, place by place: mean delay and its spread in ms, mean velocity and its spread."""

    __pydantic_config__ = STRICT

    piece: str
    late_ms: tuple[float, ...]
    spread_ms: tuple[float, ...]
    velocity: tuple[float, ...]
    velocity_spread: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.piece not in PIECES:
            raise DataError(f"piece {self.piece!r}", f"use one of {', '.join(PIECES)}")
        columns = (self.late_ms, self.spread_ms, self.velocity, self.velocity_spread)
        if len({len(column) for column in columns}) != 1:
            raise DataError(
                f"{self.piece} with columns of {[len(column) for column in columns]}", "give each all places"
            )
        if any(abs(late) > LATEST_MS for late in self.late_ms) or any(not 0 <= wide <= 60 for wide in self.spread_ms):
            raise DataError(
                f"{self.piece}: delays or spreads out of range", f"use ms, within {LATEST_MS:g} of the beat"
            )
        if any(not 1 <= level <= 127 for level in self.velocity) or any(not 0 <= w <= 60 for w in self.velocity_spread):
            raise DataError(f"{self.piece}: velocities out of range", "use velocities of 1..127, spreads of 0..60")

    @cached_property
    def level(self) -> float:
        """The mean velocity over the bar."""
        return sum(self.velocity) / len(self.velocity)


@dataclass(frozen=True)
class Feel:
    """How the drummers of one family of styles play.

    ``places`` is 12 or 16; ``drift`` and ``velocity_drift`` are (share of the variance, correlation from one place to
    the next); ``swing`` is the share of a beat that the first eighth takes (0.5 straight); ``ghosts`` is how many soft
    snare strokes a bar has at each place.
    """

    __pydantic_config__ = STRICT

    id: str
    places: int
    performances: int
    strokes: int
    drift: tuple[float, float]
    velocity_drift: tuple[float, float]
    ghosts: tuple[float, ...]
    pieces: tuple[PieceFeel, ...]
    swing: float = 0.5

    def __post_init__(self) -> None:
        if self.places not in PLACES or self.id == GRID:
            raise DataError(f"feel {self.id!r} with {self.places} places", "use 12 or 16, and another name than grid")
        for name in ("drift", "velocity_drift"):
            for value in getattr(self, name):
                check_share(name, value)
        lengths = {len(self.ghosts), *(len(piece.late_ms) for piece in self.pieces)}
        if lengths != {self.places} or not self.pieces:
            raise DataError(f"feel {self.id!r} with columns of {sorted(lengths)}", f"give each {self.places} places")
        if len({piece.piece for piece in self.pieces}) != len(self.pieces):
            raise DataError(f"feel {self.id!r} names a piece twice", "give each piece once")

    def piece(self, name: str) -> PieceFeel | None:
        """A piece of the kit; None where the data had too few strokes of it."""
        return next((piece for piece in self.pieces if piece.piece == name), None)
