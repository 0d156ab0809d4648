"""A contour that makes a motion of a mode: its tones where the ear is, neighbours and repetitions between them.

Conventions: a motion is degrees of a scale (`assistant.library.profiles.Move`); what is made of it are scale steps from
the first note, as in `models.rules.motif`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

TRIES = 160
MISSED = 0.8
"""What a quarter note less under the tones of the motion costs."""
STRONG_Q = 2.0
"""A strong note counts as so much longer."""


def moving(
    motion: Sequence[int],
    strong: Sequence[bool],
    lengths: Sequence[float],
    chance: random.Random,
    price: Callable[[Sequence[int]], float],
) -> list[int]:
    """Steps from the first note, the best of many: the motion's tones on notes that are strong or long.

    Parameters
    ----------
    motion : sequence of int
        Degrees, two or more.
    strong, lengths : sequence
        Of each note, whether it begins a group of beats, and how long it is in quarter notes.
    chance : random.Random
    price : callable
        What a contour costs beside that.
    """
    count = len(strong)
    if count <= len(motion):  # not all of it has room: its ends, and what lies evenly between
        kept = [motion[round(index * (len(motion) - 1) / max(1, count - 1))] for index in range(count)]
        return [degree - motion[0] for degree in kept]
    weights = [STRONG_Q * on + min(2.0, length) for on, length in zip(strong, lengths, strict=True)]
    most = sum(sorted(weights)[-len(motion) :])

    def walk() -> tuple[float, list[int]]:
        places = [0, *sorted(chance.sample(range(1, count), len(motion) - 1))]
        steps = _filled(places, [degree - motion[0] for degree in motion], count, chance)
        return MISSED * (most - sum(weights[place] for place in places)) + price(steps), steps

    return min((walk() for _ in range(TRIES)), key=lambda made: made[0])[1]


def _filled(places: Sequence[int], steps: Sequence[int], count: int, chance: random.Random) -> list[int]:
    """A row of steps that has given ones at given places; between them it stays near, and goes on by step."""
    row: list[int] = []
    for place, step, following, until in zip(places, steps, (*steps[1:], steps[-1]), (*places[1:], count), strict=True):
        row.append(step)
        for at in range(place + 1, until):
            towards = 1 if following > row[-1] else -1 if following < row[-1] else chance.choice((-1, 1))
            late = until - at < abs(following - row[-1]) + 1
            row.append(row[-1] + (towards if late or chance.random() < 0.4 else chance.choice((0, -towards, towards))))
    return row
