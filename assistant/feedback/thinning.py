"""Fewer or more notes in a bar, by what its places weigh.

Conventions: a *cell* is what one part plays in one bar, an *onset* its notes that start together. Fewer: offbeat onsets
go first, then inner voices, then every second bar; hits stay. More: the widest gaps are played again at their middle.
``_q`` is quarter notes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from assistant.score import Bar, Note

FEWER, MORE = 0.75, 1.3
"""Notes of a cell after a wish for fewer or more, as a share of those before."""
SHORTEST_GAP_Q = 0.5
"""A shorter gap is not played again."""
ECHO = 0.85
"""Velocity of what is played again, as a share."""
SAME_Q = 0.05
"""Notes that start within this are one onset."""

Onset = tuple[Note, ...]


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
