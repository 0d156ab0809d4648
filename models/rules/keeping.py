"""What is fixed note for note: the kept cells of an earlier score, and the statements of a motif that was given.

Conventions: a cell of bar *n* comes back in bar *n*, if the new plan has the part and a bar at least as long. Kept
notes may ring over the bar line as they did; new notes give way to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from assistant.generator import Keep
from assistant.plan import Plan
from assistant.score import Bar, Control, Note, Part, shifted


@dataclass(frozen=True)
class Kept:
    """The kept cells that fit a plan."""

    plan: Plan
    keep: Keep

    @cached_property
    def stated(self) -> Mapping[tuple[str, int], tuple[Note, ...]]:
        """The cells in which a motif that a person gave is said note for note, rests and all."""
        cells: dict[tuple[str, int], tuple[Note, ...]] = {}
        for statement in self.plan.motif.statements if self.plan.motif is not None else ():
            part = self.plan.part(statement.part_id)
            for bar in self.plan.bars if part is not None else ():
                inside = [note for note in statement.notes if _within(note.start_q, [bar])]
                if part is not None and inside:
                    dynamics = part.bars[bar.index].dynamics
                    cells[part.id, bar.index] = tuple(
                        Note(note.start_q, note.pitch, note.length_q, _velocity(dynamics, note.start_q == bar.start_q))
                        for note in inside
                    )
        return cells

    @cached_property
    def bars(self) -> Mapping[str, frozenset[int]]:
        """For each part, the bars whose cells come back."""
        score = self.keep.score
        found: dict[str, set[int]] = {}
        for cell in self.keep.cells if score is not None else ():
            assert score is not None
            fits = (
                score.part(cell.part_id) is not None
                and self.plan.part(cell.part_id) is not None
                and 0 <= cell.bar < min(len(score.bars), self.plan.bar_count)
                and self.plan.bars[cell.bar].length_q >= score.bars[cell.bar].length_q - 1e-6
            )
            if fits:
                found.setdefault(cell.part_id, set()).add(cell.bar)
        return {part_id: frozenset(bars) for part_id, bars in found.items()}

    def _is_kept(self, part_id: str, bar: int) -> bool:
        """Whether a cell of the earlier score comes back."""
        return bar in self.bars.get(part_id, ())

    def holds(self, part_id: str, bar: int) -> bool:
        """Whether the notes of a cell are fixed: it comes back, or a given motif is said in it."""
        return self._is_kept(part_id, bar) or (part_id, bar) in self.stated

    def notes(self, part_id: str, bar: Bar) -> list[Note]:
        """The notes of a fixed cell, where they stand in the new plan."""
        score = self.keep.score
        if score is None or not self._is_kept(part_id, bar.index):
            return list(self.stated.get((part_id, bar.index), ()))
        part, was = score.part(part_id), score.bars[bar.index]
        assert part is not None
        notes = part.between(was.start_q, was.end_q)
        return list(notes) if was.start_q == bar.start_q else shifted(notes, bar.start_q - was.start_q)

    def _controls(self, part_id: str, bar: Bar) -> list[Control]:
        """The controls of a kept cell, where they stand in the new plan."""
        score = self.keep.score
        assert score is not None
        part, was = score.part(part_id), score.bars[bar.index]
        assert part is not None
        return [
            replace(control, at_q=round(control.at_q + bar.start_q - was.start_q, 6))
            for control in part.controls
            if was.start_q <= control.at_q < was.end_q
        ]

    def restored(self, part: Part, *, single: bool) -> Part:
        """A part with its kept cells put back; ``single`` if it plays one note at a time."""
        kept_bars = [bar for bar in self.plan.bars if self.holds(part.id, bar.index)]
        if not kept_bars:
            return part
        kept = [note for bar in kept_bars for note in self.notes(part.id, bar)]
        new = [note for note in part.notes if not _within(note.start_q, kept_bars)]
        new = [_ending_before(note, kept_bars) for note in new]
        new = [note for note in new if not _under(note, kept, single=single)]
        back = [bar for bar in kept_bars if self._is_kept(part.id, bar.index)]
        controls = [control for control in part.controls if not _within(control.at_q, back)]
        controls += [control for bar in back for control in self._controls(part.id, bar)]
        return replace(part, notes=(*new, *kept), controls=tuple(controls))


def _velocity(dynamics: float, on_downbeat: bool) -> int:
    """How hard a note of a given motif is played."""
    return max(1, min(127, round(40 + 68 * dynamics + (6 if on_downbeat else 0))))


def _within(at_q: float, bars: list[Bar]) -> bool:
    return any(bar.start_q - 1e-6 <= at_q < bar.end_q - 1e-6 for bar in bars)


def _ending_before(note: Note, bars: list[Bar]) -> Note:
    """A new note that would ring into a kept bar ends at its bar line."""
    limits = [bar.start_q for bar in bars if note.start_q < bar.start_q - 1e-6 < note.start_q + note.length_q]
    if not limits:
        return note
    return replace(note, length_q=max(0.02, round(min(limits) - 0.01 - note.start_q, 6)))


def _under(note: Note, kept: list[Note], *, single: bool) -> bool:
    """Whether a kept note still sounds where a new one would begin."""
    return any(
        other.start_q < note.start_q < other.start_q + other.length_q - (0.12 if single else 0.02)
        and (single or other.pitch == note.pitch)
        for other in kept
    )
