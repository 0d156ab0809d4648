"""First-order Ambisonics: every part where it sits around a listener, its room around it.

Conventions: AmbiX: channels in the order of ACN (W, Y, Z, X), normalised as SN3D (W is the pressure as it is). Azimuth
in degrees, positive to the left; elevation positive upwards; straight ahead is 0, 0.

Sources: Nachbar, Zotter, Deleflie and Sontacchi, "AmbiX, a suggested Ambisonics format" (2011); Zotter and Frank,
Ambisonics (2019), chapter 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.audio.waveform import Samples
from assistant.deliver.games.values import Seats
from assistant.plan import Plan
from assistant.records import STRICT
from assistant.score import Part
from assistant.settings import RATE_HZ

CHANNELS = ("W", "Y", "Z", "X")
ORDER, CHANNEL_ORDER, NORMALISATION = 1, "ACN", "SN3D"


@dataclass(frozen=True)
class Seat:
    """Where a part sits."""

    __pydantic_config__ = STRICT

    part: str
    azimuth_deg: float
    elevation_deg: float


def gains(azimuth_deg: float, elevation_deg: float) -> npt.NDArray[np.float64]:
    """What a sound from there is in each channel, shape (4,).

    Examples
    --------
    >>> [round(float(gain), 6) + 0 for gain in gains(90.0, 0.0)]
    [1.0, 1.0, 0.0, 0.0]
    """
    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    flat = np.cos(elevation)
    return np.array([1.0, np.sin(azimuth) * flat, np.sin(elevation), np.cos(azimuth) * flat])


def encoded(sound: Samples, azimuth_deg: float, elevation_deg: float) -> Samples:
    """A sound of one channel, shape (n,), from a direction: shape (4, n)."""
    return np.asarray(gains(azimuth_deg, elevation_deg)[:, None] * sound, np.float32)


def seats_of(parts: Sequence[Part], plan: Plan, seats: Seats) -> tuple[Seat, ...]:
    """The seats of parts: where the mix pans them, as high as their role is."""
    found = []
    for part in parts:
        planned = plan.part(part.id)
        pan = planned.pan if planned is not None else 0.0
        found.append(Seat(part.id, round(-pan * seats.wide_deg, 1), seats.up_deg[part.role]))
    return tuple(found)


def scene(loops: Mapping[str, Samples], placed: Sequence[Seat], seats: Seats) -> Samples:
    """The loops around a listener, shape (4, n); they still loop.

    A stem's middle comes from its seat; what its sides do not share with the middle (the room, for the most part)
    comes back from the walls.
    """
    frames = next(iter(loops.values())).shape[1]
    field = np.zeros((4, frames), np.float32)
    for seat in placed:
        middle, side = _apart(loops[seat.part])
        field += encoded(middle, seat.azimuth_deg, seat.elevation_deg)
        for sign, walls in ((1.0, seats.room.left), (-1.0, seats.room.right)):
            share = np.float32(sign / np.sqrt(len(walls)))
            for azimuth_deg, delay_s in walls:
                field += encoded(np.roll(side, round(delay_s * RATE_HZ)) * share, azimuth_deg, 0.0)
    return field


def _apart(stem: Samples) -> tuple[Samples, Samples]:
    """A stem's middle, and its side without what follows the middle (its pan)."""
    middle, side = (stem[0] + stem[1]) / 2, (stem[0] - stem[1]) / 2
    power = float(np.dot(middle, middle))
    if power > 0:
        side = side - np.float32(np.dot(side, middle) / power) * middle
    return np.asarray(middle, np.float32), np.asarray(side, np.float32)
