"""Arcs of emotion as wholes: how lively and how happy one is, and whether two differ, and where.

*Conventions*: valence and arousal from -1 to 1; places are fractions of the length.
"""

from __future__ import annotations

from assistant.constraints import Constraints

SAME_MOOD = 0.2
"""A revision whose mean arousal moved less than this keeps the tempo that nobody asked for."""
SAME_EMOTION = 1e-4
"""How far two arcs may be apart and still be one: less than a rounding of either."""
STRETCHES = 40
"""Stretches of a cue in which arcs are compared: what stays the same for less than one of them is no place."""


def mean_arousal(asked: Constraints) -> float:
    """The mean over the cue."""
    return sum(asked.emotion_at(step / 16).arousal for step in range(17)) / 17


def opening_arousal(asked: Constraints) -> float:
    """The arousal that a tempo should suit: the mean, drawn towards the opening the more the arc moves.

    A calm opening cannot be slow at a fast tempo, but an outburst can be fast at a slow one: its rhythm doubles.
    """
    mean = mean_arousal(asked)
    opening = sum(asked.emotion_at(step / 16).arousal for step in range(5)) / 5
    rise = max(0.0, mean - opening)
    return mean - rise * min(1.0, 0.5 + rise)


def mean_valence(asked: Constraints) -> float:
    """The mean over the cue."""
    return sum(asked.emotion_at(step / 16).valence for step in range(17)) / 17


def emotion_moved(before: Constraints, asked: Constraints, low: float, high: float) -> bool:
    """Whether two arcs differ somewhere between two fractions of the length."""
    corners = {point.at for one in (before, asked) for point in one.arc if low < point.at < high}
    for at in (low, *sorted(corners), high):
        old, new = before.emotion_at(at), asked.emotion_at(at)
        if max(abs(old.valence - new.valence), abs(old.arousal - new.arousal)) > SAME_EMOTION:
            return True
    return False


def is_local(before: Constraints, asked: Constraints) -> bool:
    """Whether an arc moved in a place only: the rest of the cue, and its tempo, are to stay."""
    steps = [emotion_moved(before, asked, step / STRETCHES, (step + 1) / STRETCHES) for step in range(STRETCHES)]
    return any(steps) and not all(steps)


def is_as_calm(before: Constraints, asked: Constraints) -> bool:
    """Whether two arcs want one tempo: they differ little on the whole, or in a place only."""
    return abs(mean_arousal(before) - mean_arousal(asked)) < SAME_MOOD or is_local(before, asked)
