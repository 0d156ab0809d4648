"""Which cells there are, in which order they are written, and which takes after which.

Conventions: a *stretch* is a run of bars of one section that is written as one sequence: phrases, or the halves of one
that is long and full. The lead's first statement of the motif is written first; every stretch hears it, and all are
written at once, so that the longest decides how long it takes. Within a bar the order is that of training: what is
given, then lead, bass, harmony, counter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from assistant.plan import Phrase, PlannedPart
from models.rules.context import Context
from models.transformer import vocabulary as v
from models.transformer.cells import CellTask, Played, task_of
from models.transformer.conditions import Conditions, source, steps_of
from models.transformer.idiom import spoken
from models.transformer.manner import Manner, Wish, manner_of
from models.transformer.modal import in_mode

Cells = Mapping[tuple[str, int], tuple[Played, ...]]
ORDER = ("lead", "bass", "harmony", "counter", "drums")
LONGEST_STRETCH = 10
"""Bars that a stretch has at most, unless one phrase has more."""
FULL = 56
"""Rows (notes and headers) that a stretch should not exceed: a phrase that does is halved, short ones are joined."""
SHORTEST_HALF = 4
"""Bars of the shortest half of a phrase; half of it where the phrase is more than twice too full."""
CHORD_NOTES = 2.6
"""Notes of a chord, on average, for counting rows."""
MOTIF_BARS = 2
FAITH = {"repeat": 1.0, "return": 1.0, "vary": 0.45, "contrast": 0.0, "state": 0.0, "rest": 0.0}
ANSWER = 0.35
"""Faith of a phrase's third bar to its first: a sequence."""


@dataclass(frozen=True)
class Stretch:
    """Bars that are written together, from ``start`` to before ``end``."""

    start: int
    end: int

    @property
    def bars(self) -> range:
        """Their indices."""
        return range(self.start, self.end)


def told_manner(context: Context, parts: Sequence[PlannedPart]) -> Manner | None:
    """The manner of the cue: near to the plan's style, metre, mode and how much its tunes move; None where a region
    leads, whose own data and habits say how its tunes go, or where nobody has a tune."""
    plan = context.plan
    if plan.region is not None:
        return None
    onsets = [
        Conditions(context, part).wanted(bar) / bar.length_q
        for part in parts if part.role == "lead" for bar in plan.bars if part.bars[bar.index].active
    ]  # fmt: skip
    if not onsets:
        return None
    wish = Wish(source(plan.style, None), steps_of(plan.bars[0]), sum(onsets) / len(onsets), plan.key.is_minor)
    return manner_of(wish, seed=context.seed)


@dataclass(frozen=True)
class Form:
    """The parts that the network writes, and the stretches of the cue."""

    context: Context
    parts: tuple[PlannedPart, ...]
    manner: Manner | None = None

    @cached_property
    def conditions(self) -> dict[str, Conditions]:
        """Each part's conditions."""
        return {part.id: Conditions(self.context, part, self.manner) for part in self.parts}

    @cached_property
    def statement(self) -> Phrase | None:
        """The phrase that states the motif: the first that does, or the first that is sung at all."""
        phrases = [phrase for _, phrase in self.context.phrases if self.singer(phrase)]
        stated = [phrase for phrase in phrases if phrase.motif == "state"]
        return next(iter(stated or phrases), None)

    @cached_property
    def kept_bars(self) -> int:
        """How many bars from the start hold nothing that is still to be written."""
        for bar in self.context.plan.bars:
            active = [part for part in self.parts if part.bars[bar.index].active]
            if self.context.is_final(bar) or not all(self.context.kept.holds(part.id, bar.index) for part in active):
                return bar.index
        return self.context.plan.bar_count

    def stretches(self) -> tuple[Stretch, ...]:
        """The cue in stretches, in order."""
        out: list[Stretch] = []
        for section in self.context.plan.sections:
            phrases = section.phrases or (Phrase(section.start_bar, section.bars),)
            row: Stretch | None = None
            for piece in (half for phrase in phrases for half in self._halves(phrase)):
                joined = Stretch(row.start, piece.end) if row else piece
                if row and (len(joined.bars) > LONGEST_STRETCH or self._rows(joined) > FULL):
                    out.append(row)
                    joined = piece
                row = joined
            out += [row] if row else []
        return tuple(out)

    def _halves(self, phrase: Phrase) -> list[Stretch]:
        """A phrase as one stretch; as two or more where it is too full to be written in time."""
        whole = Stretch(phrase.start_bar, min(phrase.start_bar + phrase.bars, self.context.plan.bar_count))
        todo, done = [whole] if whole.bars else [], []
        while todo:
            piece = todo.pop(0)
            full = self._rows(piece)
            half = len(piece.bars) // 2 // MOTIF_BARS * MOTIF_BARS
            if full > FULL and half >= (MOTIF_BARS if full > 2 * FULL else SHORTEST_HALF):
                middle = piece.start + half
                todo[:0] = [Stretch(piece.start, middle), Stretch(middle, piece.end)]
            else:
                done.append(piece)
        return done

    def _rows(self, stretch: Stretch) -> float:
        """About how many rows a stretch takes."""
        total = 0.0
        for index in stretch.bars:
            bar = self.context.plan.bars[index]
            singer = self.singer(self.context.phrase(index))
            for part in self.parts:
                if part.bars[index].active and (part.role != "lead" or part == singer):
                    conditions = self.conditions[part.id]
                    voices = CHORD_NOTES if conditions.polyphony > 1 else 1
                    total += 1 + conditions.wanted(bar) * voices
        return total

    def singer(self, phrase: Phrase) -> PlannedPart | None:
        """The lead that has the tune in a phrase: the first that plays in it."""
        span = range(phrase.start_bar, min(phrase.start_bar + phrase.bars, self.context.plan.bar_count))
        leads = (part for part in self.parts if part.role == "lead")
        return next((part for part in leads if any(part.bars[bar].active for bar in span)), None)

    def statement_tasks(self) -> list[CellTask]:
        """The cells of the lead in the phrase that states the motif."""
        stated = self.statement
        if stated is None:
            return []
        singer = self.singer(stated)
        assert singer is not None
        whole = Stretch(stated.start_bar, min(stated.start_bar + stated.bars, self.context.plan.bar_count))
        return [task for task in self.tasks(whole) if task.part == singer.id]

    def tasks(
        self, stretch: Stretch, known: Mapping[tuple[str, int], tuple[Played, ...]] | None = None
    ) -> list[CellTask]:
        """The cells of a stretch in the order in which they are written; those that are ``known`` are given."""
        out: list[CellTask] = []
        for index in stretch.bars:
            if self.context.is_final(self.context.plan.bars[index]):
                continue
            phrase = self.context.phrase(index)
            singer = self.singer(phrase) if phrase.motif != "rest" else None
            cells = [
                self._task(part, phrase, index, singer, known or {})
                for part in self.parts
                if part.bars[index].active and (part.role != "lead" or part == singer)
            ]
            out += sorted(cells, key=lambda task: (task.given is None, self._rank(task.part)))
        return out

    def _rank(self, part_id: str) -> int:
        return ORDER.index(self.conditions[part_id].role)

    def _task(
        self, part: PlannedPart, phrase: Phrase, index: int, singer: PlannedPart | None,
        known: Cells,
    ) -> CellTask:  # fmt: skip
        """One cell."""
        bar, conditions = self.context.plan.bars[index], self.conditions[part.id]
        given = self._given(part, index) if self.context.kept.holds(part.id, index) else known.get((part.id, index))
        if given is not None:
            return CellTask(part.id, index, conditions.fields(bar, fixed=True), given=given)
        place = index - phrase.start_bar
        closing = place == phrase.bars - 1 and phrase.bars > 1
        breath = place % 4 == 3
        relation = self._relation(part, phrase, place)
        task = spoken(conditions, bar, task_of(conditions, bar, relation=relation, closing=closing, breath=breath))
        if conditions.role == "counter" and singer is not None:
            return replace(task, model=(singer.id, index))
        return in_mode(conditions, bar, self._after(task, part, phrase, place), phrase) if part.role == "lead" else task

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
