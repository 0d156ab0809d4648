"""The idiom of a region in what the network draws: a rhythm to lean on, and moves that its tunes make.

Conventions: weights are added to logits, as in `models.transformer.cells`. Nothing is forbidden and nothing that is
forbidden is allowed: range, scale, density, hits and breaths stay as they were. Only leads speak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.score import Bar
from models.idiom.speaking import Speech
from models.rules.context import groups
from models.transformer import vocabulary as v
from models.transformer.cells import CellTask
from models.transformer.conditions import Conditions, steps_of

Array = npt.NDArray[Any]
LIKED, OTHERS = 4.0, -8.0
"""What a step of the rhythm that was drawn for a bar is worth, and any other."""
MOVES = 1.3
"""What each e-fold counts by which a move is rarer than the most usual one of the region's tunes."""
MISSED = 0.7
"""What a candidate loses for each e-fold, on average over its moves."""
USUAL, CROWDED = 1.5, 0.9
"""What each e-fold costs a rhythm by which it is rarer than the most usual one, and each note too many or too few."""


def spoken(conditions: Conditions, bar: Bar, task: CellTask) -> CellTask:
    """The cell with the region's speech, leaning on one of its rhythms that has about as many notes as are wanted."""
    speech = conditions.context.speech
    if speech is None or conditions.role != "lead" or task.given is not None:
        return task
    task = replace(task, speech=speech)
    known = speech.rhythms(groups(bar.meter))
    if not known:
        return task
    wished = (task.fewest + task.most) / 2
    logs = [
        -USUAL * speech.surprise(rhythm) - CROWDED * abs(sum(map(len, rhythm)) - wished) for rhythm in known
    ]  # fmt: skip
    weights = np.exp(np.array(logs) - max(logs))
    chance = conditions.context.stream("idiom", conditions.part.id, bar.index)
    rhythm = chance.choices(known, weights.tolist())[0]
    lengths = [round(length * v.STEPS_PER_Q) for cell in rhythm for length in cell]
    starts = np.cumsum([0, *lengths[:-1]])
    worth = np.full(steps_of(bar), OTHERS)
    worth[starts[starts < len(worth)]] = LIKED
    worth[list(task.musts)] = LIKED
    onsets = task.onsets.copy()
    onsets[: len(worth)] += min(1.0, speech.strength) * worth
    return replace(task, onsets=onsets)


def leaning(task: CellTask, line: Sequence[int]) -> Array | None:
    """What each pitch is worth after a line, 0 for the likeliest; None for a cell without speech."""
    if task.speech is None or not line:
        return None
    return -MOVES * task.speech.strength * task.speech.surprises(line[-2:])


def misses(speech: Speech | None, pitches: Sequence[int]) -> float:
    """What a line loses by moves that the region's tunes do not make; 0 without a region's speech."""
    if speech is None or len(pitches) < 2:
        return 0.0
    prices = [speech.price(pitches[max(0, at - 2) : at], pitches[at]) for at in range(1, len(pitches))]
    return MISSED * speech.strength * sum(prices) / len(prices)
