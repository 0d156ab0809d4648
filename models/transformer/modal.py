"""Cells of a tune that move and close as a region's mode does: tones that are asked for, the rest drawn as ever.

Conventions: what is asked is pitches by step: at such a step a note begins, and no other pitch class may be drawn. In
a statement the network fills the places between; a close has a rhythm of its own, with the hits of its bar, and nothing
is added to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from assistant.plan import Phrase
from assistant.score import Bar
from models.rules.context import groups
from models.rules.modes import REACHED, Mode, close_of, mode_of, motion_of, sung, tonic_near
from models.rules.motif import Motif
from models.rules.themes import motifs
from models.transformer import vocabulary as v
from models.transformer.cells import NEVER, CellTask
from models.transformer.conditions import Conditions, steps_of
from models.transformer.drafts import fill

ELSEWHERE = 12.0
"""What the same tone in another octave costs."""
PULL = 1.4
"""What a semitone away from the tones that are asked for costs a note between them."""
QUICKEST_S = 0.14
"""Notes of a close are not shorter."""
APART = 3
"""Steps between a tone that is asked for and a hit beside it."""
FEWEST_Q = 1.0
"""Figures of a motif that are at least so long, or begin a group of beats, bear its motion."""


def in_mode(conditions: Conditions, bar: Bar, task: CellTask, phrase: Phrase) -> CellTask:
    """The cell as the mode of its section wants it; itself where there is none, or nothing is wanted here."""
    mode = mode_of(conditions.context, conditions.context.key(bar.start_q))
    place = bar.index - phrase.start_bar
    if mode is None or phrase.motif == "rest":
        return task
    phrase = sung(conditions.part, phrase)
    if place == phrase.bars - 1 and phrase.bars > 1:
        return _closing(conditions, mode, bar, task, phrase)
    if phrase.motif in ("state", "contrast") and task.model is None:
        motif = motifs(conditions.context)[phrase.motif == "contrast"]
        motion = motion_of(conditions.context, mode, contrast=phrase.motif == "contrast")
        return _stated(conditions, mode, bar, task, (motif, _bearing(motif, motion)), place)
    return task


def _bearing(motif: Motif, motion: Sequence[int]) -> frozenset[float]:
    """Offsets of the figures that make the motion: the first that come to each of its degrees in turn."""
    found, figures = set[float](), iter(motif.figures)
    for degree in motion:
        found |= {next((each.offset_q for each in figures if each.step == degree - motion[0]), 0.0)}
    return frozenset(found)


def _stated(
    conditions: Conditions, mode: Mode, bar: Bar, task: CellTask, theme: tuple[Motif, frozenset[float]], place: int
) -> CellTask:
    """A bar of the statement, with the tones of the motif that bear its motion and those on strong beats."""
    motif, bearing = theme
    if motif.degree is None or place >= len(motif.bars) or motif.meter != bar.meter:
        return task
    low, high = conditions.range(bar)
    degrees = [motif.degree + figure.step for figure in motif.figures]
    tonic = tonic_near(mode, degrees, (low + high) / 2, low, high, inside=REACHED)
    edges = np.cumsum((0.0, *groups(bar.meter)))
    pillars = [
        figure for index, figure in enumerate(motif.bars[place])
        if figure.length_q >= FEWEST_Q or np.abs(edges - figure.offset_q).min() < 1e-6 or index == 0
        or figure.offset_q + place * motif.meter.bar_q in bearing
    ]  # fmt: skip
    if tonic is None or not pillars:
        return task
    asked = {round(figure.offset_q * v.STEPS_PER_Q): mode.pitch(tonic, motif.degree + figure.step)
             for figure in pillars}  # fmt: skip
    clear = {step: pitch for step, pitch in asked.items() if low <= pitch <= high
             and all(must == step or abs(must - step) >= APART for must in task.musts)}  # fmt: skip
    return _asking(task, clear, reach=(low, high), room=steps_of(bar))


def _closing(conditions: Conditions, mode: Mode, bar: Bar, task: CellTask, phrase: Phrase) -> CellTask:
    """The last bar of a phrase: the close of the mode in a rhythm of its own, or a tone of rest at its end."""
    context, beat_q = conditions.context, min(bar.meter.beat_q, bar.length_q / 3)
    spans = groups(bar.meter)
    landing = sum(spans[: len(spans) // 2]) if len(spans) > 1 else min(beat_q, bar.length_q / 2)
    landing = max(landing, max(task.musts, default=0) / v.STEPS_PER_Q)
    degrees = close_of(context, mode, phrase, context.chord(bar.start_q + landing))
    room = max(1, int(context.seconds(landing, bar.start_q) / QUICKEST_S) + 1)
    task, degrees = replace(task, model=None, faith=0.0), degrees[-room:]
    low, high = conditions.range(bar)
    tonic = tonic_near(mode, degrees, (low + high) / 2 - 2, low, high) if degrees else None
    if tonic is None:
        return task
    steps = [round(at_q * v.STEPS_PER_Q) for at_q in (*approach(landing, len(degrees) - 1), landing)]
    if len(degrees) == 1:
        return _asking(_ending(task, steps[-1]), {steps[-1]: mode.pitch(tonic, degrees[0])}, reach=(low, high))
    own = sorted({*steps, *(must for must in task.musts if must < steps[-1])})
    asked = {step: mode.pitch(tonic, degree) for step, degree in zip(own[-len(degrees) :], degrees, strict=True)}
    return _asking(_ending(task, steps[-1], only=own), asked, reach=(low, high))


def approach(landing_q: float, count: int) -> tuple[float, ...]:
    """Where the tones before a landing begin: the first ones slow, the last ones quicker, from the bar line on.

    Examples
    --------
    >>> approach(2.0, 2), approach(2.0, 3), approach(1.5, 2)
    ((0.0, 1.0), (0.0, 1.0, 1.5), (0.0, 1.0))
    """
    unit = 0.5 if landing_q * 2 == int(landing_q * 2) else 0.25
    while count > landing_q / unit:
        unit /= 2
    places = int(landing_q / unit)
    left, at = places, list[int]()
    for index in range(count):  # each takes half of what is left, as long as one place remains for all that follow
        at.append(places - left)
        left -= max(1, min(-(-left // 2), left - (count - 1 - index)))
    return tuple(place * unit for place in at)


def _ending(task: CellTask, landing: int, only: Sequence[int] = ()) -> CellTask:
    """The cell with nothing after its landing, and nothing but some steps where they are named."""
    onsets = task.onsets.copy()
    onsets[landing + 1 : v.LONGEST_BAR] = NEVER
    onsets[landing] = max(onsets[landing], 0.0)
    if only:
        others = np.ones(v.LONGEST_BAR, bool)
        others[list(only)] = False
        onsets[: v.LONGEST_BAR][others] = NEVER
        onsets[list(only)] = 0.0
        return replace(task, onsets=onsets, fewest=len(only), most=len(only), musts=tuple(only))
    return replace(task, onsets=onsets)


def _asking(task: CellTask, asked: Mapping[int, int], *, reach: tuple[int, int], room: int = 0) -> CellTask:
    """The cell with notes of given pitches at given steps; another octave within reach is worth less.

    What is drawn between them, in the first ``room`` steps, leads from one to the next.
    """
    pitches, stretch, onsets = list(task.pitches), task.stretch.copy(), task.onsets.copy()
    for step, pitch in asked.items():
        row = np.full(128, NEVER)
        for other in range(reach[0], reach[1] + 1):
            if (other - pitch) % 12 == 0:
                row[other] = -ELSEWHERE * (other != pitch)
        stretch[step] = len(pitches)
        pitches.append(row)
        onsets[step] = max(onsets[step], 0.0)
    if room:
        fill(pitches, stretch, room, asked, pull=PULL)
    musts = tuple(sorted({*task.musts, *asked}))
    most = max(task.most, len(musts))
    return replace(task, onsets=onsets, pitches=np.stack(pitches), stretch=stretch, musts=musts, most=most)
