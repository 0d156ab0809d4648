"""How pitches are written in a key: letters and accidentals along the line of fifths.

Conventions: places on the line of fifths count from C (G is 1, F is -1, B flat is -2). A key reaches from five fifths
below its major tonic to six above; minor keys reach three further up, for their raised sixth and seventh.

Source: Temperley 2001, "The Cognition of Basic Musical Structures", chapter 5 (spelling by the line of fifths).
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.score.keys import key_signature

_LETTERS = "FCGDAEB"


@dataclass(frozen=True)
class Spelling:
    """A key as notation needs it: fifths of its signature, and whether it is minor.

    Examples
    --------
    >>> Spelling.of("D minor").spell(70), Spelling.of("E major").spell(70), Spelling.of("A minor").spell(68)
    (('B', -1, 4), ('A', 1, 4), ('G', 1, 4))
    """

    fifths: int
    is_minor: bool

    @classmethod
    def of(cls, key: str) -> Spelling:
        """The spelling of a key's name; C major where the name says no key."""
        signature = key_signature(key) or "C"
        is_minor = signature.endswith("m")
        tonic = signature.removesuffix("m")
        place = _LETTERS.index(tonic[0]) - 1 + 7 * (tonic.count("#") - tonic[1:].count("b"))
        return cls(place - 3 if is_minor else place, is_minor)

    def spell(self, pitch: int) -> tuple[str, int, int]:
        """Letter, alteration in semitones, and octave of a MIDI pitch."""
        lowest = self.fifths - (3 if self.is_minor else 5)
        place = next(place for place in range(lowest, lowest + 12) if place * 7 % 12 == pitch % 12)
        letter, alter = _LETTERS[(place + 1) % 7], (place + 1) // 7
        return letter, alter, (pitch - alter) // 12 - 1
