"""A part, ready to be written: its chords in voices, its voices on staves.

Conventions: keyboards and harps that play on both sides of middle C get two staves, everybody else one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assistant.score.musicxml.quantise import Chord, chords, voices
from assistant.score.values import Part, Score

MIDDLE_C = 60


TWO_STAVES = frozenset((*range(8), *range(16, 21), 46))
"""General MIDI programs of keyboards and the harp."""


@dataclass(frozen=True)
class Player:
    """A part, ready to be written: voices by staff."""

    part: Part
    number: int
    staves: tuple[tuple[tuple[Chord, ...], ...], ...]

    @property
    def id(self) -> str:
        """Its id in the file."""
        return f"P{self.number}"


def make_player(part: Part, number: int, score: Score) -> Player:
    """A part with its notes in voices."""
    triplets = not any(change.meter.is_compound or change.meter.unit > 8 for change in score.tempo_map.meters)
    heard = chords(part.notes, end_q=score.bars[-1].end_q, triplets=triplets)
    pitches = [note.pitch for note in part.notes]
    wide = bool(pitches) and min(pitches) < MIDDLE_C - 5 and max(pitches) > MIDDLE_C + 5
    if part.program in TWO_STAVES and not part.is_drums and wide:
        halves = [_half(heard, upper=True), _half(heard, upper=False)]
        return Player(part, number, tuple(tuple(map(tuple, voices(half))) for half in halves))
    return Player(part, number, (tuple(map(tuple, voices(heard))),))


def _half(heard: Iterable[Chord], *, upper: bool) -> list[Chord]:
    """What one hand plays."""
    split = [(chord, tuple(pitch for pitch in chord.pitches if (pitch >= MIDDLE_C) is upper)) for chord in heard]
    return [Chord(chord.start, chord.end, pitches) for chord, pitches in split if pitches]


def instrument_id(player: Player, key: int | None) -> str:
    """What an instrument of a part is called in the file; a drum part has one for every drum."""
    return f"{player.id}-I{1 if key is None else key}"
