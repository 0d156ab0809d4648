"""From the plan to what each cell is asked to be, in the network's own terms.

Conventions: a cell is what one part plays in one bar; places within a bar are steps of a twelfth of a quarter note.
Densities 0..1 become onsets by the table `ONSETS_A_BAR`, measured on the corpus; everything else is looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.plan import Chord, Key, PlannedPart
from assistant.score import Bar
from models.rules.context import Context
from models.rules.melody import TWELFTH, window
from models.rules.themes import running, usual_density
from models.transformer import vocabulary as v
from models.transformer.manner import Leaning, Manner

Array = npt.NDArray[Any]

ROLE_OF = {
    "lead": "lead", "counter": "counter", "harmony": "harmony", "bass": "bass", "pulse": "harmony",
    "colour": "counter", "drums": "drums", "percussion": "drums",
}  # fmt: skip
QUALITY_OF = {
    "6": "maj", "min6": "min", "dim7": "dim", "add9": "maj", "minadd9": "min", "9": "7",
    "min9": "min7", "maj9": "maj7",
}  # fmt: skip
"""Qualities of the plan that the network knows under another name."""
OPEN = ("5", "sus2")

ONSETS_A_BAR = {
    "lead": (1.0, 1.7, 2.5, 3.2, 4.0, 4.8, 5.8, 7.0, 8.0, 10.0, 12.0),
    "counter": (1.0, 1.3, 2.0, 2.7, 3.0, 4.0, 4.5, 6.0, 7.0, 8.0, 10.0),
    "harmony": (1.0, 1.0, 1.5, 2.0, 2.3, 3.0, 4.0, 4.7, 6.0, 7.0, 8.0),
    "bass": (1.0, 1.3, 2.0, 2.7, 3.3, 4.0, 4.5, 6.0, 7.0, 8.0, 9.0),
}
"""Onsets in four quarters for densities 0, 0.1 .. 1: the deciles of sounding cells of the corpus, ends trimmed."""
TWO_OCTAVES = 24
"""Semitones about the middle of its range that a line with a manner may use in a bar: in a twelfth it cannot leap by an
octave and still go on."""
USUAL_BPM = 100.0
CALMER = 0.1
"""A density so far below the usual one was asked, and a dance does not run."""
FASTEST = {"lead": 5.0, "counter": 3.5, "harmony": 3.5, "bass": 4.0}
"""Onsets a second that a role never exceeds."""

SOURCE_OF = {
    "folk": 7, "country": 7, "classical": 2, "baroque": 2, "orchestral": 3, "epic": 3, "cinematic": 1,
    "choral": 0, "lullaby": 1, "waltz": 6, "tango": 6, "march": 3, "metal": 4, "rock": 4, "electronic": 4,
    "synthwave": 4, "techno": 4, "suspense": 3, "horror": 3, "ragtime": 6, "comedy": 2,
}  # fmt: skip
"""The collection of the corpus (by number in `models.transformer.corpus.SOURCES`) that is nearest to a style."""
REGION_SOURCE = {"ireland": 7, "scotland": 7, "appalachia": 7, "persia": 8, "nordic": 7}


@dataclass(frozen=True)
class Conditions:
    """One part of the plan seen through the network's fields."""

    context: Context
    part: PlannedPart
    manner: Manner | None = None

    @cached_property
    def leaning(self) -> Leaning | None:
        """What the part is fond of in the cue's manner; None where the cue has none."""
        return self.manner.roles.get(self.role) if self.manner is not None else None

    @cached_property
    def role(self) -> str:
        """The network's name of the part's role."""
        return ROLE_OF[self.part.role]

    @cached_property
    def _family(self) -> int:
        plan, library = self.context.plan, self.context.library
        instrument = library.instrument(self.part.instrument)
        program = library.program(
            self.part.instrument,
            style=plan.style if plan.style in library.styles else None,
            region=plan.region if plan.region in library.regions else None,
        )
        return 16 if instrument.is_drums else program // 8

    def fields(self, bar: Bar, *, relation: str | None = None, fixed: bool = False) -> Array:
        """The columns from ``role`` on for one cell."""
        key, plan = self.context.key(bar.start_q), self.context.plan
        chords = (bar.start_q, bar.start_q + bar.length_q / 2, bar.end_q)
        phrase = self.context.phrase(bar.index)
        low, high = self.range(bar)
        return np.array(
            [
                v.ROLES.index(self.role),
                self._family,
                source(plan.style, plan.region),
                int(v.nearest([steps_of(bar)], np.array(v.METERS))[0]),
                key.tonic,
                int(key.is_minor),
                *(number for at_q in chords for number in chord_fields(self.context.chord(at_q), key)),
                int(v.nearest([self.wanted(bar) * 4 / bar.length_q], v.DENSITIES)[0]),
                int(v.nearest([(low + high) / 2], v.REGISTERS)[0]),
                int(v.nearest([32 + 76 * self.part.bars[bar.index].dynamics], v.VELOCITIES)[0]),
                self._chords if self.polyphony > 1 else 0,
                len(v.RELATIONS) if relation is None else v.RELATIONS.index(relation),
                (bar.index - phrase.start_bar) % 4,
                min(plan.bar_count - 1 - bar.index, 5),
                int(fixed),
            ],
            np.int64,
        )

    @cached_property
    def _chords(self) -> int:
        """The class of polyphony that chords are asked for; left open without a manner."""
        return len(v.POLYPHONIES) if self.manner is None else self.manner.polyphony

    @cached_property
    def polyphony(self) -> int:
        """The most notes at once."""
        if self.role != "harmony" or not self.context.library.instrument(self.part.instrument).polyphonic:
            return 1
        return 4

    def wanted(self, bar: Bar) -> float:
        """Onsets that the plan wants in a bar: by the corpus's deciles, a little more at slow tempos, fewer at fast."""
        density = self.part.bars[bar.index].density
        bpm = self.context.plan.tempo_map.tempo_at(bar.start_q)
        each = float(np.interp(density, np.linspace(0, 1, 11), ONSETS_A_BAR[self.role]))
        wanted = max(each * bar.length_q / 4 * (USUAL_BPM / bpm) ** 0.5, self._running(bar, density))
        most: float = FASTEST[self.role] * self.context.seconds(bar.length_q, bar.start_q)
        return float(max(1.0, min(wanted, most)))

    def _running(self, bar: Bar, density: float) -> float:
        """Onsets of a bar of a dance whose region's tunes were learned, where nobody asked for fewer; 0 elsewhere."""
        context = self.context
        if self.role != "lead" or context.speech is None or density < usual_density(context) - CALMER:
            return 0.0
        return running(context) * bar.length_q * 2

    def chromatic(self, at_q: float) -> bool:
        """Whether a line may pass outside the scale: in major and minor, whose colour that does not cancel."""
        return self.role in ("lead", "counter") and self.context.key(at_q).mode in v.MODES

    def range(self, bar: Bar) -> tuple[int, int]:
        """Lowest and highest pitch in a bar."""
        if self.role in ("lead", "counter"):
            return window(self.context, self.part, bar, width=TWELFTH if self.manner is None else TWO_OCTAVES)
        if self.role == "bass":
            return self.part.low, min(self.part.high, self.part.low + 19)
        return self.part.low, max(min(self.part.high, 74), min(self.part.high, self.part.low + 12))


def steps_of(bar: Bar) -> int:
    """Length of a bar in steps, as far as the network's grid reaches."""
    return min(v.LONGEST_BAR, round(bar.length_q * v.STEPS_PER_Q))


def chord_fields(chord: Chord, key: Key) -> tuple[int, int]:
    """Root above the tonic, and quality.

    A chord that leaves its third open (a bare fifth, a suspended second) is told with the third of the scale: in the
    corpus, where chords are heard from all notes, those labels mean that nobody sings the third.
    """
    quality = QUALITY_OF.get(chord.quality, chord.quality)
    if quality in OPEN:
        minor, major = ((chord.root + step) % 12 in key.pitch_classes for step in (3, 4))
        quality = "none" if minor == major else "maj" if major else "min"
    return (chord.root - key.tonic) % 12, v.QUALITIES.index(quality)


def source(style: str, region: str | None) -> int:
    """The collection that a style or region sounds like, or that none is told."""
    return REGION_SOURCE.get(region or "", SOURCE_OF.get(style, v.SOURCES))
