"""What an engine left as it was is done to its notes: fewer, more, lower, higher, of all, of one part or in one place.

An engine reads density and register as it reads everything of a plan, in steps of its own: a pad of one chord a bar has
nothing between its notes to leave out. A person who said "fewer notes in the strings" must find fewer all the same.

Conventions: cells are looked at one by one, so that the beginning of a take is changed as the take is; only those that
the reply freed. Lower and higher: by an octave, within the instrument. The ending stays, unless it is all of the place.
Feelings are moved after that (`assistant.feedback.feeling`). ``_q`` is quarter notes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from assistant.feedback.feeling import Feeling, bars_in_place
from assistant.feedback.keep import is_called
from assistant.feedback.thinning import FEWER, MORE, SAME_Q, Onset, fewer, more
from assistant.feedback.values import EMOTION_FIELDS, Change, Reply
from assistant.generator import Generator, Keep, Retouched
from assistant.library import Library
from assistant.plan import Plan
from assistant.score import Bar, Cell, Part, Score
from assistant.session import TakeRecord

OCTAVE = 12


@dataclass(frozen=True)
class Insisting:
    """A touch by which a take goes the way that a reply names, in the cells that it freed.

    Parameters
    ----------
    changes : tuple of Change
        The wishes about density, register, valence and arousal.
    before : TakeRecord
        The take that the reply is about.
    library : Library
        Knows how low and how high an instrument goes.
    """

    changes: tuple[Change, ...]
    before: TakeRecord
    library: Library

    def __call__(self, score: Score, plan: Plan, keep: Keep, until_q: float) -> Score:
        """A score as the changes want it; feelings only up to a place, as they are heard in all parts at once."""
        kept = set(keep.cells)
        score = replace(score, parts=tuple(self._part(part, plan, kept) for part in score.parts))
        for change in self.changes:
            if change.field in EMOTION_FIELDS:
                score = Feeling(change, self.before, self.library).done(score, plan, kept, until_q=until_q)
        return score

    def _part(self, part: Part, plan: Plan, kept: set[Cell]) -> Part:
        """A part with every free cell as the changes want it."""
        wishes = [
            (change, {bar.index for bar in bars_in_place(change, plan)})
            for change in self.changes
            if change.field not in EMOTION_FIELDS and is_called(part, change.part or "all", change.members)
        ]
        if self.before.score.part(part.id) is None or not wishes:
            return part
        notes: Onset = ()
        hits = tuple(hit.at_q for hit in plan.hits if hit.feasible)
        for bar in plan.bars:
            cell = part.between(bar.start_q, bar.end_q)
            if cell and Cell(part.id, bar.index) not in kept:
                for change, bars in wishes:
                    if bar.index in bars or (bar.start_q < plan.final_q - SAME_Q):
                        cell = self._cell(cell, bar, change, part, hits)
            notes += cell
        ringing = part.between(plan.bars[-1].end_q, math.inf)
        return replace(part, notes=(*notes, *ringing))

    def _cell(self, cell: Onset, bar: Bar, change: Change, part: Part, hits: tuple[float, ...]) -> Onset:
        earlier = self.before.score.cell(Cell(part.id, bar.index))
        if not earlier:
            return cell
        if change.field == "register":
            return self._moved(cell, earlier, change, part)
        if change.sign < 0:
            return fewer(cell, math.floor(FEWER * len(earlier)) if _is_local(change) else len(earlier) - 1, bar, hits)
        return more(cell, math.ceil(MORE * len(earlier)) if _is_local(change) else len(earlier) + 1, bar)

    def _moved(self, cell: Onset, earlier: Onset, change: Change, part: Part) -> Onset:
        """The notes an octave further where they have not moved, as far as the instrument goes."""
        player, step = self.library.instruments.get(part.instrument), change.sign * OCTAVE
        if player is None or part.is_drums or change.sign * (_mean_pitch(cell) - _mean_pitch(earlier)) > 0:
            return cell
        return tuple(
            replace(note, pitch=note.pitch + step) if player.low <= note.pitch + step <= player.high else note
            for note in cell
        )


def insisting(engine: Generator, reply: Reply | None, before: TakeRecord | None, library: Library) -> Generator:
    """The engine itself, or one that insists on what a reply says of density, register and feelings."""
    changes = tuple(
        change
        for change in (reply.changes if reply else ())
        if change.sign and change.field in ("density", "register", *EMOTION_FIELDS)
    )
    if not changes or before is None:
        return engine
    return Retouched(engine, Insisting(changes, before, library))


def _is_local(change: Change) -> bool:
    return change.part not in (None, "all") or change.where not in (None, "all")


def _mean_pitch(cell: Onset) -> float:
    return sum(note.pitch * note.length_q for note in cell) / max(1e-9, sum(note.length_q for note in cell))
