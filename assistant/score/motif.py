"""A motif that a person gave: hummed, played, or typed; a few bars of one voice.

Conventions: positions and lengths in quarter notes from the start of the motif's first bar, pitches MIDI numbers.
Written out, a note is its name and, after a colon, its length in quarters (one where none is said), ``r`` a rest:
``"C4 D4:0.5 Eb4:1.5 r G4:2"``; C4 is middle C.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from assistant.errors import InputError
from assistant.records import STRICT
from assistant.score.keys import names_in, pitch_class

MOST_Q, MOST_NOTES = 16.0, 48
"""A motif is at most so long: four bars of four quarters."""
SHORTEST_Q = 0.01
NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
LEGAL = 'notes such as "C4 D4:0.5 Eb4 r G4:2"'

_LENGTH = r"(?::(\d{1,3}(?:\.\d{1,6})?|\d{1,3}/[1-9]\d?))?"
_NAME = re.compile(r"([A-Ga-g][#b♯♭]?)(-?\d)")
_NOTE = re.compile(rf"([A-Ga-g][#b♯♭]?-?\d){_LENGTH}|[rR]{_LENGTH}")


@dataclass(frozen=True, order=True)
class MotifNote:
    """One note of a motif."""

    __pydantic_config__ = STRICT

    start_q: float
    length_q: float
    pitch: int

    def __post_init__(self) -> None:
        if not (self.start_q >= 0 and self.length_q > 0 and 0 <= self.pitch <= 127):
            raise InputError(f"motif note {self}", "a start from 0, a length above 0, a pitch 0..127", "correct it")

    @property
    def end_q(self) -> float:
        """Where it is over."""
        return self.start_q + self.length_q


@dataclass(frozen=True)
class Motif:
    """Notes of one voice, in order, none inside another; ``key`` and ``tempo_bpm`` where they are known.

    Examples
    --------
    >>> parse_motif("C4 D4:0.5 E4:1.5").text
    'C4 D4:0.5 E4:1.5'
    """

    __pydantic_config__ = STRICT

    notes: tuple[MotifNote, ...]
    key: str | None = None
    tempo_bpm: float | None = None

    def __post_init__(self) -> None:
        if not self.notes or list(self.notes) != sorted(self.notes) or len(self.notes) > MOST_NOTES:
            raise InputError(f"motif of {len(self.notes)} notes", f"1 to {MOST_NOTES} notes in order", "sort or cut it")
        if any(note.start_q >= after.start_q for note, after in zip(self.notes, self.notes[1:], strict=False)):
            raise InputError("motif with two notes at once", "one note at a time", "leave one of them out")
        if self.notes[-1].start_q >= 4 * MOST_Q:
            raise InputError(f"motif of {self.notes[-1].end_q:g} quarters", f"{4 * MOST_Q:g} at most", "cut it")

    @property
    def length_q(self) -> float:
        """From the start of its first bar to the end of its last note."""
        return max(note.end_q for note in self.notes)

    @property
    def text(self) -> str:
        """Written out as people type it."""
        words, at_q = [], 0.0
        tonic, _, mode = (self.key or "").partition(" ")
        place = pitch_class(tonic)
        names = NAMES if place is None else names_in(place, is_minor=mode == "minor")
        for note in self.notes:
            if note.start_q - at_q > 1e-6:
                words.append("r" + _length(note.start_q - at_q))
            words.append(name_of(note.pitch, names) + _length(note.length_q))
            at_q = note.end_q
        return " ".join(words)

    def moved(self, semitones: int) -> Motif:
        """The same motif higher or lower; its key is no longer known."""
        notes = tuple(replace(note, pitch=note.pitch + semitones) for note in self.notes)
        return replace(self, notes=notes, key=self.key if not semitones else None)


def name_of(pitch: int, names: Sequence[str] = NAMES) -> str:
    """A pitch as people write it, with the names of a key.

    Examples
    --------
    >>> name_of(60), name_of(70)
    ('C4', 'Bb4')
    """
    return f"{names[pitch % 12]}{pitch // 12 - 1}"


def pitch_of(name: str) -> int | None:
    """The MIDI number of a note's name, C4 = 60 and B#3 as well; None where it is none.

    Examples
    --------
    >>> pitch_of("C4"), pitch_of("Bb2"), pitch_of("b♭2"), pitch_of("H4")
    (60, 46, 46, None)
    """
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    plain = found[1][0].upper() + found[1][1:].replace("♯", "#").replace("♭", "b")
    place = pitch_class(plain)
    assert place is not None
    return 12 * (int(found[2]) + 1) + place + 12 * (plain == "B#") - 12 * (plain == "Cb")


def is_motif(text: str) -> bool:
    """Whether a text is notes and nothing else."""
    words = text.replace(",", " ").split()
    return bool(words) and all(_NOTE.fullmatch(word) for word in words)


def parse_motif(text: str) -> Motif:
    """The motif that somebody typed.

    Raises
    ------
    InputError
        If a word of it is no note, or nothing sounds.
    """
    notes: list[MotifNote] = []
    at_q = 0.0
    for word in text.replace(",", " ").split():
        found = _NOTE.fullmatch(word)
        if found is None:
            raise InputError(f"motif with {word!r:.40}", LEGAL, "correct that note")
        name, length, rest = found.groups()
        length_q = float(Fraction(length or rest or "1"))
        if not SHORTEST_Q <= length_q <= MOST_Q:
            raise InputError(f"note {word!r:.40}", f"a length of {SHORTEST_Q:g} to {MOST_Q:g} quarters", "correct it")
        if name and (pitch := pitch_of(name)) is not None:
            notes.append(MotifNote(at_q, length_q, pitch))
        at_q = round(at_q + length_q, 6)
    if not notes:
        raise InputError(f"motif {text!r:.40}", LEGAL, "name at least one note")
    return Motif(tuple(notes))


def _length(length_q: float) -> str:
    return "" if abs(length_q - 1) < 1e-6 else f":{round(max(length_q, SHORTEST_Q), 6):g}"
