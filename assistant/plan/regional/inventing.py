"""A motif of our own, for when one tune is to travel through regions and nobody gave one.

*Conventions*: four bars of four quarters: a bar, the same bar a step or two elsewhere, a bar of another rhythm, a close
on the tonic. Steps prevail, a leap is filled by steps back, the span is about a tenth: what untrained voices sing. Of
several tunes the first is taken that is neither flat nor wide. The same seed and mood give the same tune.

Sources: Huron, *Sweet Anticipation* (2006): steps, gap fill, arch; Temperley 2007: proximity and range of sung melody.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random

from assistant.score.keys import key_name
from assistant.score.motif import Motif, MotifNote

CELLS: dict[str, tuple[tuple[float, ...], ...]] = {
    "calm": ((2.0, 1.0, 1.0), (1.0, 1.0, 2.0), (1.5, 0.5, 2.0), (2.0, 2.0)),
    "even": ((1.0, 1.0, 1.0, 1.0), (1.5, 0.5, 1.0, 1.0), (1.0, 0.5, 0.5, 2.0), (1.0, 1.0, 0.5, 0.5, 1.0)),
    "lively": ((0.5, 0.5, 1.0, 0.5, 0.5, 1.0), (1.0, 0.5, 0.5, 1.0, 1.0), (0.75, 0.25, 1.0, 0.5, 0.5, 1.0)),
}
"""Rhythms of a bar in quarters, by how lively the mood is."""
STEPS = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
TONICS = {"major": (60, 62, 65, 67), "minor": (57, 60, 62, 64)}
"""Tonics in the middle of most voices."""
TRIES, NARROWEST, WIDEST, FEWEST_PITCHES = 24, 7, 16, 5
"""How many tunes are tried; semitones that one spans; how many different pitches it has."""
SPAN = 9
"""Scale steps from the lowest to the highest note: a tenth."""
CALM, LIVELY = -0.15, 0.35
"""Arousal below and above which the rhythm is calm or lively."""


def invent_motif(seed: int, *, valence: float = 0.3, arousal: float = 0.1) -> Motif:
    """A singable tune of four bars.

    Parameters
    ----------
    seed : int
    valence, arousal : float
        The mood, -1..1: minor below zero, more notes where it is lively.

    Examples
    --------
    >>> invent_motif(1).text == invent_motif(1).text, invent_motif(1).length_q
    (True, 16.0)
    """
    mode = "major" if valence >= 0 else "minor"
    tries = [_tune(Random(f"{seed}:{mode}:motif:{nth}"), mode, arousal) for nth in range(TRIES)]
    return next((tune for tune in tries if _is_singable(tune)), tries[0])


def _is_singable(motif: Motif) -> bool:
    """Whether it moves, within a tenth, without dwelling on one note."""
    pitches = [note.pitch for note in motif.notes]
    same = sum(a == b for a, b in pairwise(pitches))
    wide = max(pitches) - min(pitches)
    return NARROWEST <= wide <= WIDEST and same <= 2 and len(set(pitches)) >= FEWEST_PITCHES


def _tune(rng: Random, mode: str, arousal: float) -> Motif:
    """One tune, good or not."""
    tonic = rng.choice(TONICS[mode])
    cells = CELLS["calm" if arousal < CALM else "lively" if arousal > LIVELY else "even"]
    head, other = rng.sample(cells, 2)
    first = _bar(head, rng.choice((0, 2, 4)), rng, leap=rng.choice((2, 3, 4)))
    shift = rng.choice((-1, 1, 2))
    second = [step + shift for step in first]
    third = _bar(other, first[0] + rng.choice((0, 1)), rng, leap=rng.choice((-1, 1, 1)))
    last = (1.0, 1.0, 2.0)
    bars = [(head, first), (head, second), (other, third), (last, _close(third[-1], len(last)))]
    steps = _one_top(_within(bars))
    notes, at_q = [], 0.0
    for length_q, step in zip((length for cell, _ in bars for length in cell), steps, strict=True):
        pitch = tonic + 12 * (step // 7) + STEPS[mode][step % 7]
        notes.append(MotifNote(at_q, length_q, pitch))
        at_q += length_q
    return Motif(tuple(notes), key=key_name(tonic % 12, mode, is_minor=mode == "minor"))


def _bar(cell: Sequence[float], start: int, rng: Random, *, leap: int) -> list[int]:
    """Steps of a bar: one leap early on, then back by step."""
    steps, back = [start], -1 if leap > 0 else 1
    for index in range(1, len(cell)):
        move = leap if index == 1 else rng.choice((back, back, -back, 2 * back))
        steps.append(steps[-1] + move)
    return steps


def _close(before: int, count: int) -> list[int]:
    """By step down (or up from below) to the tonic that is nearest."""
    home = 7 * round(before / 7)
    side = 1 if before >= home else -1
    return [home + side * (count - 1 - index) for index in range(count)]


def _within(bars: Sequence[tuple[Sequence[float], list[int]]]) -> list[int]:
    """All steps, brought into a tenth by turning back what lies beyond; the close stays."""
    steps = [step for _, bar in bars for step in bar]
    home = steps[-1]
    low = max(home - 4, min(home, min(steps)))
    top = low + SPAN
    return [2 * low - step if step < low else 2 * top - step if step > top else step for step in steps]


def _one_top(steps: list[int]) -> list[int]:
    """The highest step sounds once, where it comes last but for the close: elsewhere it is a step lower."""
    top = max(steps)
    places = [index for index, step in enumerate(steps[:-3]) if step == top]
    return [step - 1 if index in places[:-1] else step for index, step in enumerate(steps)]
