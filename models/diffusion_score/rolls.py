"""Denoised rolls, cell by cell: what may begin where, how long it lasts, and what stands out.

Conventions: chances are 0..1; steps are those of the canvas or, where a cell is meant, of its bar. A grid that the
whole roll hardly uses (sixteenths, triplets) is a slip where it comes, and notes end where others may begin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.diffusion_score.canvas import Canvas
from models.diffusion_score.roll import PITCHES, layers
from models.transformer import vocabulary as v
from models.transformer.cells import NEVER, CellTask, Played
from models.transformer.players import Cells

Array = npt.NDArray[Any]
LEAST = 1e-5
"""What a place of the roll is thought to be worth at least."""
HINT = 0.0002
"""What a hold is worth as a beginning, where one must be found."""
SIXTEENTHS, TRIPLETS = (3, 9), (4, 8)
"""Steps of a beat that only these have."""
USED = 0.3
"""Share of all that begins from which a grid is really used; below, it is a slip of the roll."""
HABIT = 0.03
"""Share of what the whole roll does at such a place of a beat in what is thought of each."""
SURER, LONGER = 2.0, 8.0
"""What the logarithms of a hold's odds, and then its odds, are multiplied by: a roll that wavers makes more rests than
music has."""
STAYING = 0.93
"""Chance at each place that a note that is not in the roll is held on, as long as nothing else begins."""
ENDING = 0.1
"""What a place at which nothing ever begins is worth as a note's end."""
SHORTEST = 3
"""Steps of the shortest note that is not a slip."""
ODD = (9, 15, 16, 21, 30, 42)
"""Lengths that a note has because the next one comes, hardly by itself."""
AHEAD = 24
"""Places that a note is followed for its length."""
SURE = 0.3
"""From this chance on a note was in the roll; else it lasts until something else begins."""
SEEN = 0.4
"""From this chance on a note is shown while it appears."""


@dataclass(frozen=True)
class Found:
    """A note whose length is asked for.

    Parameters
    ----------
    part : str
    bar, onset, pitch : int
    single : bool
        Whether it belongs to a line, of which one note sounds at a time.
    until : int
        So many steps later the line's next note begins; 0 where nobody knows.
    room : int
        It must not last longer.
    """

    part: str
    bar: int
    onset: int
    pitch: int
    single: bool = False
    until: int = 0
    room: int = 144


class Rolls:
    """Rolls of one canvas, cell by cell."""

    def __init__(self, canvas: Canvas, rolls: Array) -> None:
        self.canvas = canvas
        self.begins, self.holds = layers(rolls)
        self.steps, number = canvas.grid.places()
        shape = (*rolls.shape[:2], -1, PITCHES)
        self.begins = self.begins.reshape(shape)[:, :, number]
        self.holds = self.holds.reshape(shape)[:, :, number]
        self.rows = {name: index for index, name in enumerate(canvas.parts)}
        self.habit = self._habit()
        self.grids = self._grids()

    def _habit(self) -> Array:
        """How often something begins at each step of a beat, all parts together (`v.STEPS_PER_Q`,)."""
        played = self.begins.max(-1)
        played = played * (played > 0.1)
        bar = np.searchsorted(self.canvas.grid.starts, self.steps, side="right") - 1
        within = (self.steps - self.canvas.grid.starts[bar]) % v.STEPS_PER_Q
        count = np.bincount(within, minlength=v.STEPS_PER_Q)
        found: Array = np.bincount(within, played.mean((0, 1)), v.STEPS_PER_Q) / np.maximum(count, 1)
        return found

    def _grids(self) -> Array:
        """What the odds of each step of a beat are multiplied by: little where its grid is hardly used in the cue."""
        out = np.ones(v.STEPS_PER_Q)
        for places in (SIXTEENTHS, TRIPLETS):
            used = float(self.habit[list(places)].sum() / max(float(self.habit.sum()), LEAST))
            out[list(places)] = min(1.0, (used / USED) ** 2)
        return out

    def span(self, bar: int) -> tuple[int, int, int]:
        """The places of a bar, from and to before, and the step that it begins with."""
        start, end = self.canvas.grid.starts[bar - self.canvas.start : bar - self.canvas.start + 2]
        first, last = np.searchsorted(self.steps, [start, end])
        return int(first), int(last), int(start)

    def cell(self, candidate: int, part: str, bar: int) -> tuple[Array, Array]:
        """Chances of a beginning (steps, 128) in a cell, and of any (steps,)."""
        first, last, start = self.span(bar)
        row = self.rows[part]
        base = int(self.canvas.bases[row])
        chances = np.full((v.LONGEST_BAR + 1, 128), LEAST / 100)
        here = self.begins[candidate, row, first:last].astype(np.float64)
        high = min(128, base + PITCHES)
        worth = here + HINT * self.holds[candidate, row, first:last]
        chances[self.steps[first:last] - start, base:high] = worth[:, : high - base].clip(LEAST, 1 - LEAST)
        any_ = np.zeros(v.LONGEST_BAR + 1)
        within = (self.steps[first:last] - start) % v.STEPS_PER_Q
        own = 1 - np.prod(1 - here.clip(0, 1 - LEAST), 1)
        thought = ((1 - HABIT) * own + HABIT * self.habit[within]).clip(LEAST, 1 - LEAST)
        odds = thought / (1 - thought) * self.grids[within]
        any_[self.steps[first:last] - start] = odds / (1 + odds)
        return chances, any_.clip(LEAST, 1 - LEAST)

    def lasting(self, candidate: int, note: Found) -> Array:
        """Chances of each class of length of a note."""
        start = self.span(note.bar)[2] + note.onset
        at = min(int(np.searchsorted(self.steps, start)), len(self.steps) - 1)
        bounds = np.append(self.steps[at + 1 : at + 1 + AHEAD], self.canvas.grid.starts[-1])
        lengths = np.maximum(bounds - start, 1)
        goes_on = np.append(_surer(self._held(candidate, note, at, lengths[:-1]).clip(LEAST, 1 - LEAST)), 0.0)
        survives = np.cumprod(np.append(1.0, goes_on[:-1]))
        ends = survives * (1 - goes_on) * (ENDING + self._usual(bounds))
        ends = np.where(lengths < SHORTEST, ends * ENDING**2, ends)
        classes = v.nearest(lengths, v.LENGTHS)
        ends = np.where(np.isin(v.LENGTHS[classes], ODD), ends * ENDING, ends)
        if note.until:
            legato = min(int(np.searchsorted(v.LENGTHS, note.until)), len(v.LENGTHS) - 1)
            classes = np.where(lengths >= note.until, legato, classes)
        longest = np.searchsorted(v.LENGTHS, max(note.room, 2), side="right") - 1
        chances: Array = np.bincount(np.minimum(classes, longest), ends, len(v.LENGTHS))
        return chances

    def _held(self, candidate: int, note: Found, at: int, lengths: Array) -> Array:
        """Chances that a note that begins at place ``at`` sounds on at the places that follow, so many steps later.

        The notes of a chord follow their own holds. A line sounds on to its next note while its part does in the roll,
        whatever the pitch; a note that the roll does not have, while nothing else begins.
        """
        row = self.rows[note.part]
        place = note.pitch - int(self.canvas.bases[row])
        inside = 0 <= place < PITCHES
        begins = self.begins[candidate, row, at + 1 : at + 1 + AHEAD]
        holds = self.holds[candidate, row, at + 1 : at + 1 + AHEAD]
        own: Array = holds[:, place] if inside else np.zeros(len(holds))
        unheard = not inside or self.begins[candidate, row, at, place] < SURE
        if not (note.single or unheard):
            return own
        moves = 1 - np.prod(1 - begins.clip(0, 1), 1)
        sounds = np.maximum(1 - np.prod(1 - holds.clip(0, 1), 1), moves)
        least = STAYING if unheard else 0.0
        until_next = np.where(lengths < note.until, np.maximum(sounds, least), least * (1 - moves))
        longer: Array = np.maximum(own, until_next)
        return longer

    def _usual(self, steps: Array) -> Array:
        """How usual it is, 0..1, that something begins at such places of a beat as these steps of the canvas are."""
        starts = self.canvas.grid.starts
        bar = (np.searchsorted(starts, steps, side="right") - 1).clip(0, len(starts) - 2)
        usual: Array = self.habit[(steps - starts[bar]) % v.STEPS_PER_Q] / max(float(self.habit.max()), LEAST)
        return usual

    def plain(self, candidate: int, task: CellTask) -> tuple[Played, ...]:
        """The notes of a cell that stand out, without any rule but its range."""
        chances, _ = self.cell(candidate, task.part, task.bar)
        allowed = (task.pitches > NEVER / 2).any(0)
        found = []
        for onset, pitch in zip(*np.nonzero((chances > SEEN) & allowed), strict=True):
            length = v.LENGTHS[int(self.lasting(candidate, Found(task.part, task.bar, onset, pitch)).argmax())]
            found.append((int(onset), int(pitch), int(length), 80))
        return tuple(found)


def _surer(chances: Array) -> Array:
    """Chances drawn apart: a hold of 0.9 at each of twelve places is meant to last."""
    odds = LONGER * (chances / (1 - chances)) ** SURER
    out: Array = odds / (1 + odds)
    return out


def sketch_of(canvas: Canvas, roll: Array, tasks: Mapping[tuple[str, int], CellTask]) -> Cells:
    """The notes that stand out of a roll (parts, beats, `PATCH`) so far, for those who watch."""
    rolls = Rolls(canvas, roll[None])
    return {key: rolls.plain(0, task) if task.given is None else task.given for key, task in tasks.items()}
