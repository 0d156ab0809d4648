"""A feeling that the engine's take did not move the named way is moved in its notes, bar by bar.

An engine reads valence and arousal as it reads everything of a plan; composed anew, a place may come out brighter
although "sadder" was asked. Each bar of the place is therefore heard as it was and as it is, and what is free in it is
changed, mildest means first, until the bar has moved.

Conventions: bars are judged in their order, each with those of the place that led to it, so that the beginning of a
take is changed as the whole is. Sadder and happier: the upper lines an octave lower or higher, a line as a whole and of
chords the notes that have room; then the sixth and seventh degree in their dark or bright form, as film music borrows
them, where the chord bears it; then what was played before comes back, and that is moved. Calmer and livelier: softer
or louder, then fewer or more notes. Hits and kept cells stay.

It does not know whether a person feels it: the ear is that of `assistant.check.emotion`.

Sources: Eerola, Friberg and Bresin 2013 (mode > tempo > register > dynamics); Lehman, *Hollywood Harmony* (borrowed
sixths); Temperley and Tan 2013 (dorian is happier than minor).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from assistant.check.emotion import hear
from assistant.feedback.thinning import FEWER, MORE, SAME_Q, Onset, fewer, more
from assistant.feedback.values import Change, span_of
from assistant.library import Library
from assistant.plan import Plan
from assistant.score import Bar, Cell, Note, Part, Score, shifted
from assistant.session import TakeRecord

LEAST = 0.04
"""How far valence or arousal must move to count as moved."""
REMEMBERED = 8
"""Bars that are heard together: what a listener still has in the ear."""
MIDDLE = (48, 86)
"""Pitches between which a feeling moves notes: below is mud, above is shrill."""
COLOURED = ("lead", "counter", "harmony", "pulse", "pad", "colour")
"""Roles whose register tells a feeling."""
LINES = ("lead", "counter")
"""Roles that are moved as a whole, whoever plays."""
OCTAVE = 12
LOUDER = 14
"""Velocity by which a bar is played softer or louder."""
SOFTEST, LOUDEST = 24, 118
FORMS = ((9, 8), (11, 10))
"""Bright and dark form of the sixth and the seventh, in semitones above the tonic."""

Cells = Mapping[str, Onset]


@dataclass(frozen=True)
class Feeling:
    """One wish about valence or arousal, done to the notes of a take where the engine left it."""

    change: Change
    before: TakeRecord
    library: Library

    def done(self, score: Score, plan: Plan, kept: set[Cell], *, until_q: float = math.inf) -> Score:
        """The score with the place moved the named way, as far as its free notes allow."""
        bars = bars_in_place(self.change, plan, ending=True)
        for place, bar in enumerate(bars):
            if bar.end_q <= until_q + SAME_Q:
                score = self._bar(score, plan, bars[max(0, place + 1 - REMEMBERED) : place + 1], kept)
        return score

    def _bar(self, score: Score, plan: Plan, led: Sequence[Bar], kept: set[Cell]) -> Score:
        """The score with the last of some bars changed, where they have not moved yet."""
        bar, earlier = led[-1], self._earlier(led, plan)
        if earlier is None:
            return score

        def moved(made: Score) -> float:
            return self.change.sign * (felt(made, plan, led, self.change.field) - earlier)

        reached = moved(score)
        for means in self._means(plan, bar):
            if reached >= LEAST:
                break
            free = {
                part.id: part.between(bar.start_q, bar.end_q)
                for part in score.parts
                if Cell(part.id, bar.index) not in kept
            }
            made = _with(score, bar, means(score, free))
            if (now := moved(made)) > reached + 1e-9:
                score, reached = made, now
        return score

    def _earlier(self, led: Sequence[Bar], plan: Plan) -> float | None:
        """What the same place felt like in the take before; None where nothing sounded."""
        old, stretch = self.before.plan, plan.length_s / self.before.plan.length_s
        low_s, high_s = (_middle_s(bar, plan) / stretch for bar in (led[0], led[-1]))
        bars = [bar for bar in old.bars if _holds(bar, low_s, high_s, old)]
        if not any(part.between(bars[0].start_q, bars[-1].end_q) for part in self.before.score.parts if bars):
            return None
        return felt(self.before.score, old, bars, self.change.field)

    def _means(self, plan: Plan, bar: Bar) -> Iterator[Callable[[Score, Cells], Cells]]:
        """What can be done to a bar's free cells, mildest first."""
        if self.change.field == "valence":

            def coloured(score: Score, cells: Cells) -> Cells:
                return self._coloured(score, cells, plan, bar)

            def returned(score: Score, cells: Cells) -> Cells:
                return self._returned(cells, bar)

            yield from (self._shifted, coloured, self._shifted)
            if self._is_as_before(plan, bar):
                yield lambda score, cells: self._shifted(score, returned(score, cells))
                yield coloured
                yield lambda score, cells: coloured(score, returned(score, cells))
            return
        hits = tuple(hit.at_q for hit in plan.hits if hit.feasible)
        yield self._played
        yield lambda score, cells: self._thinned(cells, bar, hits)
        yield self._played

    def _is_as_before(self, plan: Plan, bar: Bar) -> bool:
        """Whether a bar has the length and the key that it had."""
        old = self.before.plan
        if bar.index >= old.bar_count or abs(old.bars[bar.index].length_q - bar.length_q) > SAME_Q:
            return False
        return old.section_of(bar.index).key == plan.section_of(bar.index).key

    def _returned(self, cells: Cells, bar: Bar) -> Cells:
        """What the same players played there before; who is new plays on."""
        old = self.before.score
        return {
            name: tuple(shifted(old.cell(Cell(name, bar.index)), bar.start_q)) if old.part(name) else cell
            for name, cell in cells.items()
        }

    def _shifted(self, score: Score, cells: Cells) -> Cells:
        """The upper lines an octave lower or higher."""
        return {part.id: self._octave(cells[part.id], part) for part in score.parts if part.id in cells}

    def _octave(self, cell: Onset, part: Part) -> Onset:
        player, step = self.library.instruments.get(part.instrument), self.change.sign * OCTAVE
        if player is None or part.is_drums or part.role not in COLOURED or not cell:
            return cell
        low, high = max(MIDDLE[0], player.low), min(MIDDLE[1], player.high)
        fits = [low <= note.pitch + step <= high for note in cell]
        if not all(fits) and (part.role in LINES or not player.polyphonic):
            return cell
        return tuple(
            replace(note, pitch=note.pitch + step) if fit and not _is_struck(cell, note, note.pitch + step) else note
            for note, fit in zip(cell, fits, strict=True)
        )

    def _coloured(self, score: Score, cells: Cells, plan: Plan, bar: Bar) -> Cells:
        """Sixths and sevenths in the other form, in every part at once; none where a part that stays has them."""
        tonic = plan.section_of(bar.index).key.tonic
        pitched = [part for part in score.parts if not part.is_drums and part.role not in ("drums", "percussion")]
        for bright, dark in FORMS:
            here, there = (bright, dark) if self.change.sign < 0 else (dark, bright)
            held = any(
                (note.pitch - tonic) % 12 == here
                for part in pitched
                for note in part.notes
                if note.start_q < bar.end_q
                and note.start_q + note.length_q > bar.start_q + SAME_Q
                and (part.id not in cells or note.start_q < bar.start_q - SAME_Q)
            )
            if not held and self._is_borne(plan, bar, here, tonic):
                cells = {
                    **cells,
                    **{
                        part.id: tuple(
                            replace(note, pitch=note.pitch + there - here)
                            if (note.pitch - tonic) % 12 == here
                            else note
                            for note in cells[part.id]
                        )
                        for part in pitched
                        if part.id in cells
                    },
                }
        return cells

    def _is_borne(self, plan: Plan, bar: Bar, degree: int, tonic: int) -> bool:
        """Whether every chord of a bar bears another form of a degree: it is no chord's root, and no chord breaks."""
        chords = [chord for chord in plan.chords if chord.start_q < bar.end_q - SAME_Q and chord.end_q > bar.start_q]
        roots = {(chord.root - tonic) % 12 for chord in chords}
        if degree in (9, 8):
            doubly = any(
                (chord.root + 4) % 12 in chord.pitch_classes for chord in chords if chord.root == (tonic + 2) % 12
            )
            return not roots & {8, 9, 10} and not doubly
        return roots == {7}

    def _played(self, score: Score, cells: Cells) -> Cells:
        """Everything softer or louder."""
        by = self.change.sign * LOUDER

        def velocity(before: int) -> int:
            return max(min(SOFTEST, before), min(max(LOUDEST, before), before + by))

        return {
            name: tuple(replace(note, velocity=velocity(note.velocity)) for note in cell)
            for name, cell in cells.items()
        }

    def _thinned(self, cells: Cells, bar: Bar, hits: tuple[float, ...]) -> Cells:
        """Fewer notes, or more."""
        if self.change.sign < 0:
            return {name: fewer(cell, math.floor(FEWER * len(cell)), bar, hits) for name, cell in cells.items()}
        return {name: more(cell, math.ceil(MORE * len(cell)), bar) for name, cell in cells.items() if cell}


def bars_in_place(change: Change, plan: Plan, *, ending: bool = False) -> tuple[Bar, ...]:
    """The bars whose middle lies in the place of a change; the ending if wanted, or where it is all of the place."""
    low_s, high_s = span_of(change.where, plan.length_s)
    inside = [bar for bar in plan.bars if low_s - SAME_Q <= _middle_s(bar, plan) <= high_s + SAME_Q]
    return tuple(bar for bar in inside if ending or bar.start_q < plan.final_q - SAME_Q) or tuple(inside)


def felt(score: Score, plan: Plan, bars: Sequence[Bar], field: str) -> float:
    """Valence or arousal of some bars, each stretch of one key heard from its own tonic."""
    total = weight = 0.0
    for tonic, group in groupby(bars, lambda bar: plan.section_of(bar.index).key.tonic):
        stretch = list(group)
        start_q, end_q = stretch[0].start_q, stretch[-1].end_q
        total += (end_q - start_q) * float(getattr(hear(score, start_q, end_q, tonic=tonic), field))
        weight += end_q - start_q
    return total / max(weight, 1e-9)


def _holds(bar: Bar, low_s: float, high_s: float, plan: Plan) -> bool:
    """Whether some of a bar sounds between two times, or at one."""
    start_s, end_s = (plan.tempo_map.seconds_at(at_q) for at_q in (bar.start_q, bar.end_q))
    return start_s <= high_s + 1e-6 and end_s > low_s + 1e-6


def _with(score: Score, bar: Bar, cells: Cells) -> Score:
    """The score with other notes in some cells of a bar."""

    def changed(part: Part) -> Part:
        if part.id not in cells:
            return part
        here = set(part.between(bar.start_q, bar.end_q))
        return replace(part, notes=tuple(sorted((*(note for note in part.notes if note not in here), *cells[part.id]))))

    return replace(score, parts=tuple(changed(part) for part in score.parts))


def _middle_s(bar: Bar, plan: Plan) -> float:
    return plan.tempo_map.seconds_at((bar.start_q + bar.end_q) / 2)


def _is_struck(cell: Onset, note: Note, pitch: int) -> bool:
    """Whether a key is down already while a note sounds."""
    return any(
        other.pitch == pitch
        and other.start_q < note.start_q + note.length_q - SAME_Q
        and note.start_q < other.start_q + other.length_q - SAME_Q
        for other in cell
    )
