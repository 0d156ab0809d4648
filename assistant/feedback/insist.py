"""What an engine left as it was is done to its notes: fewer, more, lower, higher, of all, of one part or in one place.

An engine reads density and register as it reads everything of a plan, in steps of its own: a pad of one chord a bar has
nothing between its notes to leave out. A person who said "fewer notes in the strings" must find fewer all the same.

Conventions: cells are looked at one by one, so that a sketch of a take is changed as the take is; only those that the
reply freed. Fewer: offbeat onsets go first, then inner voices, then every second bar; hits and the ending stay. More:
the widest gaps are played again at their middle. Lower and higher: by an octave, within the instrument. Sadder and
happier where the key stays as it was (it was named, or is as dark as can be): lower and higher, the bass apart, in the
middle of the ear's range. ``_q`` is quarter notes.

Sources: Eerola, Friberg and Bresin 2013 (register carries valence, after mode and tempo).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast

from assistant.audio import Waveform
from assistant.feedback.keep import is_called
from assistant.feedback.values import Change, Reply, span_of
from assistant.generator import NOTHING_KEPT, Generator, Keep, Progress, no_progress
from assistant.library import Library
from assistant.plan import Plan
from assistant.score import Bar, Cell, Note, Part, Score
from assistant.session import TakeRecord

FEWER, MORE = 0.75, 1.3
"""Notes of a cell after a wish for fewer or more, as a share of those before."""
SHORTEST_GAP_Q = 0.5
"""A shorter gap is not played again."""
ECHO = 0.85
"""Velocity of what is played again, as a share."""
SAME_Q = 0.05
"""Notes that start within this are one onset."""
OCTAVE = 12
FELT = 3
"""Semitones by which a feeling must move a bar at least."""
MIDDLE = (48, 86)
"""Pitches between which a feeling moves notes: below is mud, above is shrill."""
COLOURED = ("lead", "counter", "harmony", "pulse", "pad", "colour")
"""Roles whose register tells a feeling."""

Onset = tuple[Note, ...]


@dataclass(frozen=True)
class Insisting:
    """An engine whose takes go the way that a reply names, in the cells that it freed.

    Parameters
    ----------
    engine : Generator
    changes : tuple of Change
        The wishes about density, register and valence.
    before : TakeRecord
        The take that the reply is about.
    library : Library
        Knows how low and how high an instrument goes.
    """

    engine: Generator
    changes: tuple[Change, ...]
    before: TakeRecord
    library: Library

    @property
    def name(self) -> str:
        """The engine's name."""
        return self.engine.name

    def generate(
        self, plan: Plan, *, keep: Keep = NOTHING_KEPT, seed: int = 0, progress: Progress = no_progress
    ) -> Score | Waveform:
        """The engine's take, and its sketches, with what was named done to them."""

        def heard(share: float, what: str, sketch: Score | None = None) -> None:
            progress(share, what, self._done(sketch, plan, keep) if sketch is not None else None)

        score = self.engine.generate(plan, keep=keep, seed=seed, progress=heard)
        return self._done(score, plan, keep) if isinstance(score, Score) else score

    def _done(self, score: Score, plan: Plan, keep: Keep) -> Score:
        kept = set(keep.cells)
        parts = tuple(self._part(part, plan, kept) for part in score.parts)
        return replace(score, parts=parts)

    def _part(self, part: Part, plan: Plan, kept: set[Cell]) -> Part:
        """A part with every free cell as the changes want it."""
        wishes = [change for change in self.changes if is_called(part, change.part or "all", change.members)]
        if self.before.score.part(part.id) is None or not wishes:
            return part
        notes: list[Note] = []
        hits = tuple(hit.at_q for hit in plan.hits if hit.feasible)
        for bar in plan.bars:
            cell = part.between(bar.start_q, bar.end_q)
            if cell and bar.start_q < plan.final_q - SAME_Q and Cell(part.id, bar.index) not in kept:
                for change in wishes:
                    if self._is_about(change, part, bar, plan):
                        cell = self._cell(cell, bar, change, part, hits)
            notes += cell
        ringing = part.between(plan.bars[-1].end_q, math.inf)
        return replace(part, notes=(*notes, *ringing))

    def _is_about(self, change: Change, part: Part, bar: Bar, plan: Plan) -> bool:
        """Whether a change asks for something of a part in a bar that the plan does not do already."""
        return change.field != "valence" or (part.role in COLOURED and self._is_uncoloured(change, bar, plan))

    def _is_uncoloured(self, change: Change, bar: Bar, plan: Plan) -> bool:
        """Whether a bar lies in the place of a feeling that moved, and its key is the one it had."""
        middle_s = plan.tempo_map.seconds_at((bar.start_q + bar.end_q) / 2)
        low_s, high_s = span_of(change.where, plan.length_s)
        earlier = self.before.plan
        same = bar.index < earlier.bar_count and plan.section_of(bar.index).key == earlier.section_of(bar.index).key
        return low_s <= middle_s <= high_s and same and bar.start_q < plan.final_q - SAME_Q

    def _cell(self, cell: Onset, bar: Bar, change: Change, part: Part, hits: tuple[float, ...]) -> Onset:
        earlier = self.before.score.cell(Cell(part.id, bar.index))
        if not earlier:
            return cell
        if change.field in ("register", "valence"):
            return self._moved(cell, earlier, change, part)
        if change.sign < 0:
            return fewer(cell, math.floor(FEWER * len(earlier)) if _is_local(change) else len(earlier) - 1, bar, hits)
        return more(cell, math.ceil(MORE * len(earlier)) if _is_local(change) else len(earlier) + 1, bar)

    def _moved(self, cell: Onset, earlier: Onset, change: Change, part: Part) -> Onset:
        """The notes an octave further where they have not moved, as far as the instrument goes."""
        player, step = self.library.instruments.get(part.instrument), change.sign * OCTAVE
        moved = change.sign * (_mean_pitch(cell) - _mean_pitch(earlier))
        if player is None or part.is_drums or moved > (FELT if change.field == "valence" else 0):
            return cell
        low, high = MIDDLE if change.field == "valence" else (player.low, player.high)
        low, high = max(low, player.low), min(high, player.high)
        return tuple(
            replace(note, pitch=note.pitch + step) if low <= note.pitch + step <= high else note for note in cell
        )


def insisting(engine: Generator, reply: Reply | None, before: TakeRecord | None, library: Library) -> Generator:
    """The engine itself, or one that insists on what a reply says of density, register and valence."""
    changes = tuple(
        change
        for change in (reply.changes if reply else ())
        if change.sign and change.field in ("density", "register", "valence")
    )
    if not changes or before is None:
        return engine
    return cast(Generator, Insisting(engine, changes, before, library))


def _is_local(change: Change) -> bool:
    return change.part not in (None, "all") or change.where not in (None, "all")


def fewer(cell: Onset, most: int, bar: Bar, hits: Iterable[float]) -> Onset:
    """A bar with at most so many notes; where there was one, every second bar rests."""
    onsets = _onsets(cell)
    free = [onset for onset in onsets if not any(abs(onset[0].start_q - at_q) < 2 * SAME_Q for at_q in hits)]
    for onset in sorted(free, key=lambda onset: _weight(onset[0].start_q - bar.start_q, bar)):
        if sum(map(len, onsets)) <= most or len(onsets) == 1:
            break
        onsets.remove(onset)
    if len(onsets) == 1 and onsets[0] in free and len(onsets[0]) > max(most, 1):
        outer = sorted(onsets[0], key=lambda note: note.pitch)
        onsets = [tuple([outer[0], *outer[1:-1][: max(0, most - 2)], outer[-1]][: max(most, 1)])]
    if most < 1 and len(onsets) == 1 and onsets[0] in free and bar.index % 2:
        return ()
    return tuple(note for onset in onsets for note in onset)


def more(cell: Onset, least: int, bar: Bar) -> Onset:
    """A bar with at least so many notes, as far as its gaps allow."""
    notes = list(cell)
    while len(notes) < least:
        onsets = _onsets(tuple(notes))
        starts = [*(onset[0].start_q for onset in onsets), bar.end_q]
        gap_q, index = max((starts[index + 1] - starts[index], -index) for index in range(len(onsets)))
        if gap_q < SHORTEST_GAP_Q:
            break
        onset, at_q = onsets[-index], round(onsets[-index][0].start_q + gap_q / 2, 6)
        for note in onset:
            end_q = note.start_q + note.length_q
            softer = max(1, round(ECHO * note.velocity))
            length_q = end_q - at_q if end_q > at_q + SAME_Q else note.length_q
            notes.append(replace(note, start_q=at_q, length_q=length_q, velocity=softer))
            notes[notes.index(note)] = replace(note, length_q=min(note.length_q, at_q - note.start_q))
    return tuple(sorted(notes))


def _onsets(cell: Onset) -> list[Onset]:
    """The notes of a bar by when they start."""
    onsets: list[list[Note]] = []
    for note in sorted(cell):
        if onsets and note.start_q - onsets[-1][0].start_q < SAME_Q:
            onsets[-1].append(note)
        else:
            onsets.append([note])
    return [tuple(onset) for onset in onsets]


def _weight(at_q: float, bar: Bar) -> tuple[int, float]:
    """How much a place in a bar carries: the first beat most, beats before what lies between, early before late."""
    strength = next(
        (
            3 - level
            for level, step_q in enumerate((bar.length_q, 2 * bar.meter.beat_q, bar.meter.beat_q))
            if abs(at_q / step_q - round(at_q / step_q)) * step_q < SAME_Q
        ),
        0,
    )
    return strength, -at_q


def _mean_pitch(cell: Onset) -> float:
    return sum(note.pitch * note.length_q for note in cell) / max(1e-9, sum(note.length_q for note in cell))
