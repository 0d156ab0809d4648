"""Which cells there are, in which order they are written, and which takes after which.

Conventions: a *stretch* is a phrase, or several in a row, written as one sequence. The first statement of the motif is
a stretch of its own and is written first; the others hear it. Within a bar the order is that of training: what is
given, then lead, bass, harmony, counter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from assistant.plan import Phrase, PlannedPart
from models.rules.context import Context
from models.transformer import vocabulary as v
from models.transformer.cells import CellTask, Played, task_of
from models.transformer.conditions import ROLE_OF as ROLES
from models.transformer.conditions import Conditions

ORDER = ("lead", "bass", "harmony", "counter", "drums")
LONGEST_STRETCH = 10
"""Bars after which a section is divided."""
MOTIF_BARS = 2
FAITH = {"repeat": 1.0, "return": 1.0, "vary": 0.45, "contrast": 0.0, "state": 0.0, "rest": 0.0}
ANSWER = 0.35
"""Faith of a phrase's third bar to its first: a sequence."""


@dataclass(frozen=True)
class Stretch:
    """Phrases that are written together."""

    phrases: tuple[Phrase, ...]

    @property
    def bars(self) -> range:
        """Their bars."""
        last = self.phrases[-1]
        return range(self.phrases[0].start_bar, last.start_bar + last.bars)


@dataclass(frozen=True)
class Form:
    """The parts that the network writes, and the stretches of the cue."""

    context: Context
    parts: tuple[PlannedPart, ...]

    @cached_property
    def conditions(self) -> dict[str, Conditions]:
        """Each part's conditions."""
        return {part.id: Conditions(self.context, part) for part in self.parts}

    @cached_property
    def statement(self) -> Phrase | None:
        """The phrase that states the motif: the first that does, or the first that is sung at all."""
        phrases = [phrase for _, phrase in self.context.phrases if self.singer(phrase)]
        stated = [phrase for phrase in phrases if phrase.motif == "state"]
        return next(iter(stated or phrases), None)

    def stretches(self) -> tuple[Stretch | None, tuple[Stretch, ...]]:
        """The statement, and everything else."""
        rest: list[Stretch] = []
        for section in self.context.plan.sections:
            phrases = section.phrases or (Phrase(section.start_bar, section.bars),)
            row: list[Phrase] = []
            for phrase in phrases:
                full = sum(each.bars for each in row) + phrase.bars > LONGEST_STRETCH
                if row and (full or phrase == self.statement):
                    rest.append(Stretch(tuple(row)))
                    row = []
                if phrase != self.statement:
                    row.append(phrase)
            if row:
                rest.append(Stretch(tuple(row)))
        return (Stretch((self.statement,)) if self.statement else None), tuple(rest)

    def singer(self, phrase: Phrase) -> PlannedPart | None:
        """The lead that has the tune in a phrase: the first that plays in it."""
        span = range(phrase.start_bar, min(phrase.start_bar + phrase.bars, self.context.plan.bar_count))
        leads = (part for part in self.parts if part.role == "lead")
        return next((part for part in leads if any(part.bars[bar].active for bar in span)), None)

    def tasks(self, stretch: Stretch) -> list[CellTask]:
        """The cells of a stretch in the order in which they are written."""
        out: list[CellTask] = []
        for phrase in stretch.phrases:
            singer = self.singer(phrase) if phrase.motif != "rest" else None
            for index in range(phrase.start_bar, min(phrase.start_bar + phrase.bars, self.context.plan.bar_count)):
                bar = self.context.plan.bars[index]
                if self.context.is_final(bar):
                    continue
                cells = [
                    self._task(part, phrase, index, singer)
                    for part in self.parts
                    if part.bars[index].active and (part.role != "lead" or part == singer)
                ]
                out += sorted(cells, key=lambda task: (task.given is None, self._rank(task.part)))
        return out

    def _rank(self, part_id: str) -> int:
        return ORDER.index(self.conditions[part_id].role)

    def _task(self, part: PlannedPart, phrase: Phrase, index: int, singer: PlannedPart | None) -> CellTask:
        """One cell."""
        bar, conditions = self.context.plan.bars[index], self.conditions[part.id]
        if self.context.kept.holds(part.id, index):
            given = self._given(part, index)
            return CellTask(part.id, index, conditions.fields(bar, fixed=True), given=given)
        place = index - phrase.start_bar
        closing = place == phrase.bars - 1 and phrase.bars > 1
        breath = place % 4 == 3
        relation = self._relation(part, phrase, place)
        task = task_of(conditions, bar, relation=relation, closing=closing, breath=breath)
        if conditions.role == "counter" and singer is not None:
            return replace(task, model=(singer.id, index))
        return self._after(task, part, phrase, place) if part.role == "lead" else task

    def _relation(self, part: PlannedPart, phrase: Phrase, place: int) -> str | None:
        """What is said of a cell's likeness to earlier ones: only what begins anew."""
        if part.role == "lead" and phrase.motif in ("state", "contrast") and place < MOTIF_BARS:
            return "new"
        return None

    def _after(self, task: CellTask, part: PlannedPart, phrase: Phrase, place: int) -> CellTask:
        """The cell with the one that it takes after."""
        stated = self.statement
        if stated is None or phrase.motif == "rest":
            return task
        closing = place == phrase.bars - 1 and phrase.bars > MOTIF_BARS
        faith = FAITH[phrase.motif]
        first = phrase.start_bar
        if phrase == stated or not faith:
            if place < MOTIF_BARS or closing or place >= 2 * MOTIF_BARS:
                return task
            source, model, faith = part.id, first + place - MOTIF_BARS, ANSWER
            pairs: tuple[tuple[int, int], ...] = ((task.bar, model),)
        else:
            if place >= stated.bars or closing:
                return task
            if place >= MOTIF_BARS:
                faith *= 0.4
            singer = self.singer(stated)
            assert singer is not None
            source, model = singer.id, stated.start_bar + place
            unit = range(place - place % MOTIF_BARS, min(place - place % MOTIF_BARS + MOTIF_BARS, phrase.bars))
            pairs = tuple((first + at, stated.start_bar + at) for at in unit if at < stated.bars)
        return replace(task, model=(source, model), faith=faith, unit=pairs)

    def _given(self, part: PlannedPart, index: int) -> tuple[Played, ...]:
        """A kept cell in steps."""
        bar = self.context.plan.bars[index]
        rows = []
        for note in self.context.kept.notes(part.id, bar):
            onset = min(v.LONGEST_BAR - 1, max(0, round((note.start_q - bar.start_q) * v.STEPS_PER_Q)))
            rows.append((onset, note.pitch, max(1, round(note.length_q * v.STEPS_PER_Q)), note.velocity))
        return tuple(sorted(set(rows)))


def sung_by(form: Form, parts: Sequence[PlannedPart]) -> dict[int, str]:
    """For each bar, the lead that has the tune."""
    out: dict[int, str] = {}
    for _, phrase in form.context.phrases:
        singer = form.singer(phrase)
        if singer in parts and singer is not None and phrase.motif != "rest":
            for bar in range(phrase.start_bar, phrase.start_bar + phrase.bars):
                out[bar] = singer.id
    return out


__all__ = ["ROLES", "Form", "Stretch", "sung_by"]
