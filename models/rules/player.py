"""A chord player at work: its part, its voicings, and what it asks of the plan.

Conventions: what a section repeats is drawn once for that section (`Player.draw`), so that it is a figure, not noise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.plan import PlannedPart
from assistant.score import Bar
from models.rules.context import Context


@dataclass(frozen=True)
class Player:
    """One chord player at work: the part, its voicings, and the plan around it."""

    context: Context
    part: PlannedPart
    voicings: Sequence[tuple[int, ...]]
    polyphonic: bool

    def voicing(self, at_q: float) -> tuple[int, ...]:
        """The notes of the chord at a position."""
        return self.voicings[self.context.chord_index(at_q)]

    def density(self, bar: Bar) -> float:
        """How dense the plan wants a bar."""
        return self.part.bars[bar.index].density

    def spans(self, bar: Bar) -> Iterator[tuple[float, float]]:
        """The stretches of a bar with one chord each."""
        at_q = bar.start_q
        while at_q < bar.end_q - 1e-6:
            end_q = min(self.context.chord(at_q).end_q, bar.end_q)
            end_q = end_q if end_q > at_q + 1e-6 else bar.end_q
            yield at_q, end_q
            at_q = end_q

    def ends_phrase(self, bar: Bar) -> bool:
        """Whether a bar is the last of its phrase."""
        phrase = self.context.phrase(bar.index)
        return bar.index == phrase.start_bar + phrase.bars - 1

    def draw(self, what: str, bar: Bar, options: Sequence[str]) -> str:
        """A choice that holds for the section."""
        start = self.context.section(bar.index).start_bar
        return self.context.stream(self.part.id, what, start).choice(list(options))


def stretches(bars: Sequence[Bar]) -> list[list[Bar]]:
    """Bars that follow each other without a gap, together."""
    out: list[list[Bar]] = []
    for bar in bars:
        if out and out[-1][-1].index == bar.index - 1:
            out[-1].append(bar)
        else:
            out.append([bar])
    return out
