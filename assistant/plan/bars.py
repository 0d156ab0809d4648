"""Bars: how a count of quarters is written as whole bars and one odd one, and with which time signatures.

*Conventions*: lengths are quarter notes (``_q``); odd bars are whole sixteenths long and come last.
"""

from __future__ import annotations

from assistant.errors import Fault
from assistant.score import Meter

GRID_Q = 0.25
"""Odd bars are whole sixteenths long."""
LONGEST_ODD_Q = 8.0
"""The longest bar that a time signature in sixteenths can name."""


def bar_lengths(length_q: float, meter: Meter, *, never_short: bool = False) -> list[float]:
    """Whole bars, and what is left over in the last: a short bar, or a long one when a short one would be a stub.

    With ``never_short`` it is a long one wherever that can be: what was composed for a whole bar still fits in it.

    Examples
    --------
    >>> bar_lengths(9.0, Meter(4, 4)), bar_lengths(10.0, Meter(4, 4)), bar_lengths(10.0, Meter(4, 4), never_short=True)
    ([4.0, 5.0], [4.0, 4.0, 2.0], [4.0, 6.0])
    """
    bars = int(length_q / meter.bar_q + 1e-9)
    rest = length_q - bars * meter.bar_q
    if rest < 1e-9:
        return [meter.bar_q] * bars
    if bars and (never_short or rest < meter.bar_q / 2 - 1e-9) and meter.bar_q + rest <= LONGEST_ODD_Q:
        return [meter.bar_q] * (bars - 1) + [meter.bar_q + rest]
    units = int(rest * meter.unit / 4 + 1e-9) * 4 / meter.unit
    if rest <= LONGEST_ODD_Q or rest - units < 1e-9:
        return [meter.bar_q] * bars + [rest]
    return [meter.bar_q] * bars + [units, rest - units]


def odd_meter(length_q: float, meter: Meter) -> Meter:
    """The time signature of a bar of that length, in the metre's own unit where it can.

    Examples
    --------
    >>> str(odd_meter(5.0, Meter(4, 4))), str(odd_meter(3.5, Meter(4, 4))), str(odd_meter(1.5, Meter(6, 8)))
    ('5/4', '7/8', '3/8')
    """
    if abs(length_q - meter.bar_q) < 1e-9:
        return meter
    for unit in (meter.unit, 8, 16):
        beats = length_q * unit / 4
        if abs(beats - round(beats)) < 1e-6 and 1 <= round(beats) <= 32:
            return Meter(round(beats), unit)
    raise Fault(f"a bar of {length_q} quarter notes", "keep odd bars on the sixteenth")
