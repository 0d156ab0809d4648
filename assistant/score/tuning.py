"""Tuning: by how many cents the notes of a part lie beside twelve equal steps.

A part is tuned by pitch class, as a keyboard of a gamelan or the strings of a kora are: controls of the numbers `TUNED`
to ``TUNED + 11`` say what holds from there on, in the steps of a pitch bend. A note is tuned as it is struck and stays
so, whatever comes; notes that sound at once may differ, which a pitch bend cannot do.

Conventions: cents from the equal step, -200 to 200; a step of a control is 1/41 of a cent. Positions in quarter notes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import replace

from assistant.score.tempo import EPSILON_Q
from assistant.score.values import IN_TUNE, PITCH_BEND, TUNED, Control, Note, Part

BEND_CENTS = 200.0
"""How far a pitch bend reaches to either side."""


def bend_of(cents: float) -> int:
    """The value of a control that bends or tunes by so much.

    Examples
    --------
    >>> bend_of(0.0), bend_of(-50.0), round(cents_in(bend_of(31.0)), 1)
    (8192, 6144, 31.0)
    """
    return max(0, min(2 * IN_TUNE - 1, round(IN_TUNE * (1 + cents / BEND_CENTS))))


def cents_in(value: int) -> float:
    """The cents of a control's value."""
    return (value - IN_TUNE) / IN_TUNE * BEND_CENTS


def is_tuning(control: Control) -> bool:
    """Whether a control tunes a pitch class."""
    return TUNED <= control.number < TUNED + 12


def tuning_controls(at_q: float, cents: Mapping[int, float]) -> tuple[Control, ...]:
    """What tunes the pitch classes named, 0 to 11, from ``at_q`` on."""
    return tuple(Control(at_q, TUNED + place, bend_of(each)) for place, each in sorted(cents.items()))


def cents_of(part: Part) -> Callable[[Note], float]:
    """How each note of a part is tuned, by where it is written; exact equal steps where nothing says otherwise."""
    said: dict[int, tuple[list[float], list[float]]] = {}
    for control in part.controls:
        if is_tuning(control):
            places, values = said.setdefault(control.number - TUNED, ([], []))
            places.append(control.at_q)
            values.append(cents_in(control.value))

    def cents(note: Note) -> float:
        places, values = said.get(note.pitch % 12, ([], []))
        count = bisect_right(places, note.start_q + EPSILON_Q)
        return values[count - 1] if count else 0.0

    return cents


def is_bendable(part: Part) -> bool:
    """Whether one pitch bend at a time can say the tuning: no two notes sound at once that are tuned differently."""
    cents = cents_of(part)
    sounding: list[tuple[float, float]] = []
    for note in sorted(part.notes, key=lambda note: note.played_q):
        end_q, mine = note.played_q + note.length_q, cents(note)
        sounding = [(end, theirs) for end, theirs in sounding if end > note.played_q + EPSILON_Q]
        # What overlaps by a hair is a slur.
        if any(theirs != mine and min(end, end_q) - note.played_q > 0.12 for end, theirs in sounding):
            return False
        sounding.append((end_q, mine))
    return True


def as_bends(part: Part) -> Part:
    """The part for files that know no tuning: pitch bends where they can say it, equal steps where they cannot."""
    if not any(is_tuning(control) for control in part.controls):
        return part
    plain = [control for control in part.controls if not is_tuning(control)]
    if not is_bendable(part):
        return replace(part, controls=tuple(plain))
    cents, now = cents_of(part), 0.0
    for note in sorted(part.notes, key=lambda note: note.played_q):
        if cents(note) != now:
            now = cents(note)
            plain.append(Control(note.played_q, PITCH_BEND, bend_of(now)))
    return replace(part, controls=tuple(plain))
