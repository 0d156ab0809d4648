"""Which notes of a motif carry it: the first, the last, the peaks, long ones on strong beats.

*Conventions*: a weight from 0 (passing) to 1 (an anchor) for each note; positions in quarters from the first bar. The
metre of a motif is not given: it is the one whose downbeats meet the long notes, four quarters where none stands out.

Sources: Dowling 1978 and Jones 1987 (contour and accents carry a melody); Lerdahl and Jackendoff 1983 (length is an
accent).
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from assistant.score import Meter
from assistant.score.motif import MotifNote

ANCHOR = 0.7
"""From this weight on a note is an anchor."""
METERS = ("4/4", "3/4")
"""Metres that a motif may be in; the first where both fit. Six eighths given as notes count as three quarters."""
CLEARLY = 1.25
"""How much more length a quarter of a waltz must have on its downbeats than one of a march."""


def meter_of(notes: Sequence[MotifNote]) -> Meter:
    """The metre whose downbeats carry most of the length.

    Examples
    --------
    >>> from assistant.score.motif import parse_motif
    >>> str(meter_of(parse_motif("C4:2 E4 D4:2 F4 E4:2 G4 C4:3").notes))
    '3/4'
    """
    four, three = (_carried(notes, Meter.parse(name).bar_q) for name in METERS)
    end_q = max(note.end_q for note in notes)
    whole = abs(end_q / 3 - round(end_q / 3)) < 1e-6 and abs(end_q / 4 - round(end_q / 4)) > 1e-6
    return Meter.parse("3/4" if three > four * (1.0 if whole else CLEARLY) and end_q > 3 else "4/4")


def _carried(notes: Sequence[MotifNote], bar_q: float) -> float:
    """Mean length of what begins on downbeats, a downbeat on which nothing begins counting as nothing."""
    bars = max(1, round(max(note.start_q for note in notes) // bar_q) + 1)
    return sum(note.length_q for note in notes if _on(note.start_q, bar_q)) / bars


def _on(at_q: float, every_q: float) -> bool:
    return abs(at_q / every_q - round(at_q / every_q)) < 1e-6


def anchor_weights(notes: Sequence[MotifNote], meter: Meter) -> tuple[float, ...]:
    """How much each note carries the motif."""
    lengths = [note.length_q for note in notes]
    usual, top = median(lengths), max(note.pitch for note in notes)
    weights = []
    for index, note in enumerate(notes):
        weight = 0.15
        long = note.length_q >= 1.5 * usual or note.length_q >= 2.0
        if _on(note.start_q, meter.bar_q):
            weight = 0.8 if long else 0.55
        elif long:
            weight = 0.7 if _on(note.start_q, 1.0) else 0.5
        if note.pitch == top:
            weight = max(weight, 0.75)
        if index in (0, len(notes) - 1):
            weight = 1.0
        weights.append(weight)
    return tuple(weights)
