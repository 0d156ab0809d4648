"""From notes that are played to notes that can be read: a grid for every beat, voices that do not overlap.

Conventions: positions in divisions, `DIVISIONS` to a quarter note. Written positions (``start_q``) are quantised, the
player's nudges are left out. Every beat of a part has one grid: sixteenths, triplet eighths, thirty-seconds or triplet
sixteenths, the coarsest that fits; in compound metres and in sixteenths (5/16) sixteenths alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.score.values import Note

DIVISIONS = 24
"""Divides by 8 (thirty-seconds) and by 3 (triplets)."""

GRIDS = (6, 8, 3, 4)
"""Sixteenths, triplet eighths, thirty-seconds, triplet sixteenths."""

CLOSE = 1.0
"""Divisions that a note may be off a grid and still belong to it."""

VOICES = 4
"""Voices that one staff can hold."""


@dataclass(frozen=True)
class Chord:
    """Notes that begin and end together: start and end in divisions, and their pitches from below."""

    start: int
    end: int
    pitches: tuple[int, ...]


def grids(notes: Iterable[Note], *, triplets: bool = True) -> dict[int, int]:
    """The grid of every quarter note in which something begins; always sixteenths where triplets have no place.

    Examples
    --------
    >>> grids([Note(0.5, 60, 0.5, 80), Note(1.333, 60, 0.3, 80)])
    {0: 6, 1: 8}
    """
    places: dict[int, list[float]] = defaultdict(list)
    for note in notes:
        at = note.start_q * DIVISIONS
        places[int((at + CLOSE) // DIVISIONS)].append(at % DIVISIONS)
    return {beat: _grid(offsets) if triplets else GRIDS[0] for beat, offsets in places.items()}


def _grid(offsets: list[float]) -> int:
    """The first grid that all offsets are close to, else the closest."""
    off = {grid: max(abs(offset - grid * round(offset / grid)) for offset in offsets) for grid in GRIDS}
    return next((grid for grid in GRIDS if off[grid] < CLOSE), min(GRIDS, key=lambda grid: off[grid]))


def snap(at_q: float, beats: dict[int, int]) -> int:
    """The nearest place on the grid of its beat, in divisions."""
    at = at_q * DIVISIONS
    beat = int((at + CLOSE) // DIVISIONS)
    grid = beats.get(beat, GRIDS[0])
    return beat * DIVISIONS + grid * round((at - beat * DIVISIONS) / grid)


def chords(notes: Iterable[Note], *, end_q: float, triplets: bool = True) -> list[Chord]:
    """Notes gathered into chords, in order; nothing sounds beyond ``end_q``."""
    listed = [note for note in notes if note.start_q < end_q]
    beats = grids(listed, triplets=triplets)
    last = round(end_q * DIVISIONS)
    gathered: dict[tuple[int, int], set[int]] = defaultdict(set)
    for note in listed:
        start = snap(note.start_q, beats)
        if start >= last:
            start = max(0, last - GRIDS[0])
        shortest = beats.get(start // DIVISIONS, GRIDS[0])
        end = max(start + shortest, snap(note.start_q + note.length_q, beats))
        gathered[start, min(end, last)].add(note.pitch)
    return [Chord(start, end, tuple(sorted(pitches))) for (start, end), pitches in sorted(gathered.items())]


def voices(events: Iterable[Chord]) -> list[list[Chord]]:
    """Chords spread over as few voices as hold them without overlap.

    Where more than `VOICES` would sound at once, the note that ends first gives way; what begins together in that case
    becomes one chord.
    """
    lanes: list[list[Chord]] = []
    for event in sorted(events, key=lambda chord: (chord.start, -chord.pitches[-1])):
        free = next((lane for lane in lanes if lane[-1].end <= event.start), None)
        if free is not None:
            free.append(event)
        elif len(lanes) < VOICES:
            lanes.append([event])
        else:
            _squeeze(lanes, event)
    return lanes


def _squeeze(lanes: list[list[Chord]], event: Chord) -> None:
    """Make room for one more chord."""
    lane = min(lanes, key=lambda lane: lane[-1].end)
    before = lane[-1]
    if before.start < event.start:
        lane[-1] = Chord(before.start, event.start, before.pitches)
        lane.append(event)
    else:
        lane[-1] = Chord(before.start, before.end, tuple(sorted({*before.pitches, *event.pitches})))


PLAIN = {
    144: ("whole", 1),
    96: ("whole", 0),
    72: ("half", 1),
    48: ("half", 0),
    36: ("quarter", 1),
    24: ("quarter", 0),
    18: ("eighth", 1),
    12: ("eighth", 0),
    9: ("16th", 1),
    6: ("16th", 0),
    3: ("32nd", 0),
}
"""Divisions to the name of a note value and its dots."""

TRIPLET = {16: "quarter", 8: "eighth", 4: "16th"}
"""Divisions to the name of a note value played three in the time of two."""


def note_values(start: int, length: int, *, beat: int) -> list[int]:
    """Lengths, each of which one note can have, that fill ``length`` from ``start`` (counted from the bar line).

    Values show the beat: one that begins on a beat may last whole beats, one that begins between beats ends with its
    beat, except for a quarter note between two beats.

    Examples
    --------
    >>> note_values(0, 60, beat=24), note_values(12, 36, beat=24), note_values(0, 72, beat=36)
    ([48, 12], [24, 12], [72])
    """
    filled = []
    while length > 0:
        value = _value(start, length, beat)
        filled.append(value)
        start, length = start + value, length - value
    return filled


def _value(start: int, length: int, beat: int) -> int:
    """The longest value that may stand there."""
    to_beat = beat - start % beat
    if to_beat == beat and length >= beat:
        return max(value for value in PLAIN if value <= length and value % beat == 0)
    if start % beat == DIVISIONS // 2 and beat == DIVISIONS and length >= DIVISIONS:
        return DIVISIONS
    room = min(length, to_beat)
    table = PLAIN if room % 3 == 0 else TRIPLET
    return max((value for value in table if value <= room), default=room)
