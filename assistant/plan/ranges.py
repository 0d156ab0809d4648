"""Ranges and seats: between which pitches a part stays, how loud it is, and where it sits.

*Conventions*: MIDI numbers; LU against the lead; pan -1 left to 1 right. Harmony reaches at most a fifth above the
bottom of the lead's range; low voices keep the low interval limits to themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.library import Library
from assistant.plan.chairs import VOICES, Casting, Chair
from assistant.plan.craft import RoleCraft
from assistant.plan.defaults import Frame

CHOIR = {"lead": (60, 79), "counter": (55, 72), "harmony": (48, 67), "bass": (40, 60)}
"""Soprano, alto, tenor and bass."""
ALONE = {"lead": (60, 88), "harmony": (36, 62)}
"""Right and left hand of one player."""
ABOVE_BASS = (48, 67)
"""The chords of players who have the bass among themselves too."""
SOLO_SPAN = 29
"""Semitones, counted from the top of its instrument, that a player with nobody beside has at least."""
FIFTH = 7
LOW_LEAD = 57
"""A lead that goes below this is a low voice: under it there is no room for chords."""
TERRACE = 43
"""Chords begin no lower, but for a player alone."""
WIDTH = 17
"""Semitones that a part has at least, where its instrument allows."""


def part_range(chair: Chair, casting: Casting, frame: Frame, library: Library) -> tuple[int, int]:
    """Low and high for a chair, inside its instrument."""
    player = library.instruments[chair.instrument]
    if chair.role in ("drums", "percussion"):
        return 0, 127
    craft = frame.craft.roles[chair.role]
    low, high = craft.low, craft.high
    if chair.instrument in VOICES and sum(c.instrument == chair.instrument for c in casting.chairs) > 1:
        low, high = CHOIR.get(chair.role, (low, high))
    elif casting.is_solo and chair.role in ALONE and sum(c.instrument == chair.instrument for c in casting.chairs) > 1:
        has_bass = chair.role == "harmony" and any(c.role == "bass" for c in casting.chairs)
        low, high = ABOVE_BASS if has_bass else ALONE[chair.role]
    elif chair.role == "lead" and len(casting.chairs) == 1:
        low = min(low, max(player.low, player.high - SOLO_SPAN))
    low, high = _inside(low, high, player.low, player.high)
    if chair.role == "harmony" and not casting.is_solo:
        leads = [c for c in casting.chairs if c.role == "lead"]
        low, high = _terraced(low, high, chair, casting, player.low)
        if leads and leads[0] is not chair:
            lead_low, lead_high = part_range(leads[0], casting, frame, library)
            if lead_low < LOW_LEAD and player.high >= lead_high + FIFTH:  # a low voice has its chords above it
                low = max(player.low, lead_high - FIFTH)
                high = min(player.high, low + WIDTH)
            else:
                high = max(low + 12, min(high, lead_low + FIFTH))
    return low, min(high, player.high) if min(high, player.high) > low else player.high


def _terraced(low: int, high: int, chair: Chair, casting: Casting, lowest: int) -> tuple[int, int]:
    """The second chord player a fourth lower (where it goes so low), the third a fourth higher: no two the same."""
    chords = [c.id for c in casting.chairs if c.role == "harmony"]
    move = (0, -5, 5)[chords.index(chair.id) % 3] if chair.id in chords else 0
    return (low + move, high + move) if low + move >= max(lowest, TERRACE) else (low, high)


def _inside(low: int, high: int, lowest: int, highest: int) -> tuple[int, int]:
    """A range cut to an instrument, and widened within it where little would be left."""
    if low > highest - 7:
        return max(lowest, highest - WIDTH), highest
    if high < lowest + 7:
        return lowest, min(highest, lowest + WIDTH)
    low, high = max(low, lowest), min(high, highest)
    if high - low < WIDTH:
        low = max(lowest, high - WIDTH) if high == highest else low
        high = min(highest, max(high, low + WIDTH)) if low == lowest else high
    return low, high


def level_lu(chair: Chair, craft: RoleCraft) -> float:
    """Loudness of a stem against the lead's."""
    quiet = {"pad": -2.0, "drone": -2.0, "tremolo": -1.0, "swell": -1.0}.get(chair.texture, 0.0)
    return craft.level_lu + quiet + (-3.0 if chair.support else 0.0)


def pans(chairs: Sequence[Chair], library: Library) -> dict[str, float]:
    """A seat for every chair: lead and bass in the middle, others where they sit, two of one place apart.

    Percussion stays at its own.
    """
    seats: dict[str, float] = {}
    for chair in chairs:
        own = library.instruments[chair.instrument].pan
        if chair.role in ("bass", "drums"):
            seats[chair.id] = 0.0
        elif chair.role == "percussion":
            seats[chair.id] = own  # a big drum far out pulls the whole picture with it
        elif chair.role == "lead":
            seats[chair.id] = round(own * 0.35, 2)
        else:
            near = [seat for other, seat in seats.items() if not other.startswith(("lead", "bass", "drums"))]
            while any(abs(own - seat) < 0.12 for seat in near) and own < 0.6:
                own = -own if own > 0.05 and all(abs(-own - seat) >= 0.12 for seat in near) else abs(own) + 0.22
            seats[chair.id] = round(max(-0.8, min(0.8, own)), 2)
    return seats
