"""Which bars of a cue go round, and the grid of whole frames that they are played on.

Conventions: bars count from 0. A grid's pulse is a whole number of frames, and a loop of so many bars is a whole number
of the synthesiser's blocks, so that every pass sounds the same to the sample. For that the tempo gives way by less than
a thousandth (by a millionth as a rule).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby

from assistant.deliver.games.values import Grid
from assistant.errors import InputError
from assistant.plan import Plan
from assistant.settings import RATE_HZ

BLOCK = 64
"""Frames that FluidSynth plays at a time; keys go down between blocks (`assistant.render.fluid`)."""

LONGEST_S = 300.0
"""A loop beyond this would be heard twice by nobody, and its layers fill a game's memory."""

LONGEST_INTRO = 8


@dataclass(frozen=True)
class Body:
    """The bars that go round: from ``first`` up to, not including, ``end``; and what of the cue comes before, after.

    ``intro`` is the first bar of an opening that the cue has right before it, ``outro`` the bar after an ending right
    after it; None where the cue has none that fits. ``steadied`` says that the cue's tempo moves and was made one.
    """

    first: int
    end: int
    grid: Grid
    intro: int | None = None
    outro: int | None = None
    steadied: bool = False
    left_out: int = 0
    """Bars of the cue that are in no piece."""

    @property
    def bars(self) -> int:
        """How many bars go round."""
        return self.end - self.first

    @property
    def frames(self) -> int:
        """The exact length of the loop."""
        return self.bars * self.grid.bar_frames


def choose_body(plan: Plan) -> Body:
    """The longest stretch of equal bars between opening and ending, on its grid.

    Raises
    ------
    InputError
        If no two bars in a row are equal, or the loop would be longer than `LONGEST_S`.
    """
    last = plan.bar_count if plan.loop else plan.bar_count - 1
    opening = plan.sections[0]
    start = opening.end_bar if opening.name == "intro" and opening.end_bar < last - 1 and not plan.loop else 0
    runs = [list(run) for _, run in groupby(range(start, last), key=lambda bar: plan.bars[bar].meter)]
    run = max(runs, key=len, default=[])
    if len(run) < 2:
        raise InputError("a cue without two equal bars in a row", "a cue of some bars", "ask for a longer cue")
    first, end = run[0], run[-1] + 1
    meter = plan.bars[first].meter
    seconds = [plan.tempo_map.seconds_at(plan.bars[bar].start_q) for bar in (first, end - 1)]
    length_s = (
        seconds[1] - seconds[0] + plan.bars[end - 1].length_q * 60 / plan.tempo_map.tempo_at(plan.bars[end - 1].start_q)
    )
    if length_s > LONGEST_S:
        raise InputError(f"a loop of {length_s:.0f} s", f"{LONGEST_S:g} s at most", "ask for a shorter cue")
    grid = Grid(meter, pulse_frames(length_s, meter.beats * (end - first)))
    tempos = {round(plan.tempo_map.tempo_at(plan.bars[bar].start_q), 6) for bar in range(first, end)}
    fits = first == opening.end_bar == start and first <= LONGEST_INTRO
    intro = 0 if first and fits and all(plan.bars[bar].meter == meter for bar in range(first)) else None
    outro = plan.bar_count if end == last and not plan.loop else None
    used = (outro or end) - (first if intro is None else intro)
    return Body(first, end, grid, intro, outro, len(tempos) > 1, plan.bar_count - used)


def pulse_frames(length_s: float, pulses: int) -> int:
    """Frames of a pulse so that all pulses together last as long as wanted, in whole blocks.

    Examples
    --------
    >>> pulse_frames(32.0, 64), pulse_frames(30.0, 27)
    (24000, 53312)
    """
    step = BLOCK // math.gcd(BLOCK, pulses)
    return max(step, step * round(length_s * RATE_HZ / pulses / step))
