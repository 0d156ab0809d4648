"""A wish about emotion somewhere: the arc moves there, and nowhere else.

Conventions: places are fractions of the length, 0..1; valence and arousal -1..1.
"""

from __future__ import annotations

from dataclasses import replace

from assistant.constraints import ArcPoint, Constraints

RAMP = 0.06
"""Share of the cue over which a local change comes and goes: a bar or two of a usual cue."""


def shifted_arc(asked: Constraints, field: str, by: float, low: float, high: float) -> tuple[ArcPoint, ...]:
    """The arc with ``field`` moved by ``by`` between two fractions of the length, equal elsewhere.

    Points of the old value are put where the move begins and ends, so that nothing outside follows it.

    Parameters
    ----------
    asked : Constraints
    field : {"valence", "arousal"}
    by : float
        How far, clamped to the range of the field.
    low, high : float
        Where, ``low`` below ``high``.

    Examples
    --------
    >>> after = shifted_arc(Constraints(), "valence", 0.4, 2 / 3, 1.0)
    >>> [(round(point.at, 2), point.valence) for point in after]
    [(0.0, 0.0), (0.67, 0.0), (0.73, 0.4), (1.0, 0.4)]
    """
    if low <= 0 and high >= 1:
        return tuple(_moved(point, field, by) for point in asked.arc)
    base = asked if len(asked.arc) > 1 else replace(asked, arc=_level(asked.arc[0]))
    ramp = min(RAMP, (high - low) / 4)
    inner_low, inner_high = (low + ramp if low > 0 else 0.0), (high - ramp if high < 1 else 1.0)
    known = {point.at: point for point in base.arc}
    borders = {at for at in (low, inner_low, inner_high, high) if 0 < at < 1}
    points = []
    for at in sorted(known.keys() | borders):
        point = known.get(at) or base.emotion_at(at)
        points.append(_moved(point, field, by) if inner_low <= at <= inner_high else point)
    return tuple(points)


def _moved(point: ArcPoint, field: str, by: float) -> ArcPoint:
    value = round(min(max(getattr(point, field) + by, -1.0), 1.0), 6)
    return replace(point, valence=value) if field == "valence" else replace(point, arousal=value)


def _level(point: ArcPoint) -> tuple[ArcPoint, ...]:
    """The same emotion from beginning to end."""
    return replace(point, at=0.0), replace(point, at=1.0)
