"""What can be made of a motif: inversion, augmentation, ornament, fragment.

Conventions: a variation is a function of a motif that returns another; rhythm or contour stays, so that the ear still
knows it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from models.rules.context import groups
from models.rules.motif import Figure, Motif


def inverted(motif: Motif) -> Motif:
    """The same rhythm with its contour upside down."""
    return _with_figures(motif, lambda figure: replace(figure, step=-figure.step))


def flattened(motif: Motif) -> Motif:
    """The same rhythm with its intervals halved, for a calmer return."""
    return _with_figures(motif, lambda figure: replace(figure, step=round(figure.step / 2)))


def _with_figures(motif: Motif, change: Callable[[Figure], Figure]) -> Motif:
    return replace(motif, bars=tuple(tuple(change(figure) for figure in bar) for bar in motif.bars))


def augmented(motif: Motif) -> Motif:
    """Its first bar at half the speed, over two bars."""
    bar_q = motif.meter.bar_q
    slow = [Figure(2 * each.offset_q, 2 * each.length_q, each.step) for each in motif.bars[0]]
    bars: list[list[Figure]] = [[], []]
    for figure in slow:
        index = int(figure.offset_q >= bar_q - 1e-6)
        room = 2 * bar_q - figure.offset_q
        bars[index].append(
            replace(figure, offset_q=figure.offset_q - index * bar_q, length_q=min(figure.length_q, room))
        )
    if not bars[1]:
        return motif
    return replace(motif, bars=tuple(tuple(bar) for bar in bars), upbeat=())


def ornamented(motif: Motif, chance: random.Random) -> Motif:
    """A long note or two with a neighbour added, the rest as it was."""

    def decorate(bar: tuple[Figure, ...]) -> tuple[Figure, ...]:
        out: list[Figure] = []
        for index, figure in enumerate(bar):
            split = 1.0 <= figure.length_q <= 2.0 and index < len(bar) - 1 and chance.random() < 0.7
            if not split:
                out.append(figure)
                continue
            half = figure.length_q - 0.5
            towards = 1 if bar[index + 1].step >= figure.step else -1
            out += [replace(figure, length_q=half),
                    Figure(figure.offset_q + half, 0.5, figure.step + towards)]  # fmt: skip
        return tuple(out)

    return replace(motif, bars=tuple(decorate(bar) for bar in motif.bars))


def fragmented(motif: Motif, towards: int) -> Motif:
    """Its first half bar said twice, the second time a step higher (1) or lower (-1)."""
    half = groups(motif.meter)[0] if len(groups(motif.meter)) > 1 else motif.meter.bar_q
    cell = [each for each in motif.bars[0] if each.offset_q < half - 1e-6]
    times = max(1, round(motif.meter.bar_q / half))
    said = tuple(
        Figure(each.offset_q + turn * half, min(each.length_q, half - each.offset_q), each.step + turn * towards)
        for turn in range(times)
        for each in cell
    )
    return replace(motif, bars=(said,), upbeat=()) if times > 1 else head(motif)


def head(motif: Motif) -> Motif:
    """Its first bar alone: what is repeated when the music drives towards a cadence."""
    return replace(motif, bars=motif.bars[:1], upbeat=())
