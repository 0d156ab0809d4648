"""From chosen cells to performed parts: the network's players and those who play by rule, whole or as far as written.

Conventions: cells are what `models.transformer.engine` chose, by part and bar; a beginning is performed exactly as the
take will be, up to where `Players.final_q` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from assistant.generator import Progress
from assistant.plan import Phrase, PlannedPart
from assistant.score import Part, Score
from models.rules import generator as rules
from models.rules import leads
from models.rules.context import Context, Tone
from models.rules.weaves import handed_over
from models.transformer import vocabulary as v
from models.transformer.cells import Played

Cells = dict[tuple[str, int], tuple[Played, ...]]
WRITTEN = 0.7
"""Share of the work that is done when the network has written; the rest is played by rule and performed."""


class Players:
    """Everybody who plays a take: the network's parts, whose notes are written, and those who play by rule.

    What the rules play and nobody's tune decides is written once, so that a beginning costs little.

    Parameters
    ----------
    context : Context
    parts : sequence of PlannedPart
        Those of the network.
    """

    def __init__(self, context: Context, parts: Sequence[PlannedPart]) -> None:
        self.context, self.parts = context, tuple(parts)
        self.order = sorted(context.plan.parts, key=lambda part: rules.ORDER.index(part.role))
        self._by_rule: dict[str, Part] = {}
        self._answers: dict[str, list[Tone]] = {}

    def take(self, cells: Cells, progress: Progress) -> Score:
        """Every part with its hits, ending and performance."""
        tones = self._tones(cells)
        written: dict[str, Part] = {}
        for index, part in enumerate(self.order):
            progress(WRITTEN + (1 - WRITTEN) * index / max(1, len(self.order)), part.id)
            written[part.id] = self._part(part, tones, written)
        score = rules.score_of(self.context, written)
        progress(1.0, "score", score)
        return score

    def beginning(self, cells: Cells) -> Score:
        """The same, of the cells that are there."""
        tones = self._tones(cells)
        written: dict[str, Part] = {}
        for part in self.order:
            written[part.id] = self._part(part, tones, written)
        return rules.score_of(self.context, written)

    def final_q(self, bars: int) -> float:
        """Up to where nothing changes any more when all cells before bar ``bars`` are chosen, in quarter notes.

        A bar is held back: its last notes wait for the next ones. So is a phrase that is doubled, whose octave is
        chosen for the whole, and everything where a part that hears the tune is played by rule.
        """
        own = {part.id for part in self.parts}
        if any(part.role == "counter" and part.id not in own for part in self.context.plan.parts):
            return 0.0
        for phrase, _, span in self._doubled():
            if span.start < bars < span.stop:
                bars = phrase.start_bar
        return self.context.plan.bars[bars - 1].start_q if bars > 1 else 0.0

    def _part(self, part: PlannedPart, tones: Mapping[str, list[Tone]], written: Mapping[str, Part]) -> Part:
        if part.id in tones:
            return rules.finish_part(self.context, part, tones[part.id])
        if part.id not in self._by_rule or part.role == "counter":
            heard = [note for lead in self.context.plan.parts if lead.role == "lead" and lead.id in written
                     for note in written[lead.id].notes]  # fmt: skip
            own = rules.write_part(self.context, part, heard, self._answers)
            self._by_rule[part.id] = rules.finish_part(self.context, part, own)
        return self._by_rule[part.id]

    def _tones(self, cells: Cells) -> dict[str, list[Tone]]:
        """The network's tones; leads that play beside the one that has the tune double it, a group may answer them."""
        context = self.context
        tones = {part.id: tones_of(context, part, cells) for part in self.parts}
        for _, playing, span in self._doubled():
            own = [tone for tone in tones[playing[0].id] if context.bar(tone.start_q).index in span]
            own += [Tone(note.start_q, note.length_q, note.pitch)
                    for bar in span for note in context.kept.notes(playing[0].id, context.plan.bars[bar])]  # fmt: skip
            own.sort(key=lambda tone: tone.start_q)
            for other in playing[1:]:
                tones[other.id] += leads.for_player(context, other, own, span)
        tunes, self._answers = handed_over(context, {part.id: tones[part.id] for part in self.parts
                                                     if part.role == "lead"})  # fmt: skip
        return tones | tunes

    def _doubled(self) -> Iterator[tuple[Phrase, list[PlannedPart], range]]:
        """The phrases that more than one lead plays: these leads, and the bars."""
        singers = [part for part in self.context.plan.parts if part.role == "lead"]
        for _, phrase in self.context.phrases:
            span = range(phrase.start_bar, min(phrase.start_bar + phrase.bars, self.context.plan.bar_count))
            playing = [part for part in singers if any(part.bars[bar].active for bar in span)]
            if len(playing) > 1 and phrase.motif != "rest":
                yield phrase, playing, span


def tones_of(context: Context, part: PlannedPart, cells: Cells) -> list[Tone]:
    """A part's cells as written tones; a line's notes end where the next begins."""
    tones: list[Tone] = []
    for (part_id, index), notes in sorted(cells.items()):
        if part_id != part.id or context.kept.holds(part_id, index):
            continue
        bar = context.plan.bars[index]
        asked = 32 + 76 * part.bars[index].dynamics
        for onset, pitch, length, velocity in notes:
            weight = max(-0.5, min(0.5, (velocity - asked) / 60)) * 0.4
            tones.append(Tone(bar.start_q + onset / v.STEPS_PER_Q, length / v.STEPS_PER_Q, pitch, weight))
    tones.sort(key=lambda tone: (tone.start_q, tone.pitch))
    if part.role in ("lead", "counter", "bass"):
        return _one_at_a_time(tones)
    return tones


def _one_at_a_time(tones: Sequence[Tone]) -> list[Tone]:
    out: list[Tone] = []
    for index, tone in enumerate(tones):
        until = tones[index + 1].start_q if index + 1 < len(tones) else tone.end_q
        if until > tone.start_q:
            out.append(replace(tone, length_q=min(tone.length_q, until - tone.start_q)))
    return out
