"""What every player knows: the plan, the library, the seed, and answers to questions about them.

Conventions: positions and lengths are quarter notes; *strength* is the metric weight of a position, 1 on a downbeat,
0.7 on the start of a group of beats, 0.4 on another beat, 0.1 elsewhere. A *position* in a scale is the number of
scale steps above MIDI pitch 0, so that a step is 1 in any scale.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from assistant.library import Library
from assistant.plan import Chord, Key, Phrase, Plan, PlannedHit, PlannedPart, Section
from assistant.score import Bar, Meter
from models.rules.keeping import Kept

if TYPE_CHECKING:
    from models.idiom.speaking import Speech

RING_S = 0.85
"""How long before the end of the cue the final chord is let go, so that the room can decay, in seconds."""


@dataclass(frozen=True)
class Tone:
    """A written note before it is performed.

    ``weight`` -1..1 is how much it stands out. ``manner`` is ``""`` (as the mood says), ``legato``, ``staccato``,
    ``ring`` (its written length, exactly), ``grace``, ``strike`` (on a hit) or ``final``. ``late_s`` is a wanted delay
    in seconds (strums, the note after a grace).
    """

    start_q: float
    length_q: float
    pitch: int
    weight: float = 0.0
    manner: str = ""
    late_s: float = 0.0

    @property
    def end_q(self) -> float:
        """Where it ends as written."""
        return self.start_q + self.length_q


def groups(meter: Meter) -> tuple[float, ...]:
    """How the beats of a bar group together, in quarter notes.

    Examples
    --------
    >>> groups(Meter(4, 4)), groups(Meter(6, 8)), groups(Meter(7, 8)), groups(Meter(7, 8, (3, 2, 2)))
    ((2.0, 2.0), (1.5, 1.5), (1.0, 1.0, 1.5), (1.5, 1.0, 1.0))
    """
    unit_q = 4 / meter.unit
    if meter.groups:
        return tuple(count * unit_q for count in meter.groups)
    if meter.is_compound:
        return (3 * unit_q,) * (meter.beats // 3)
    if meter.unit <= 2:
        return (unit_q,) * meter.beats
    if meter.beats <= 3:
        return (meter.beats * unit_q,)
    if meter.unit == 4 and meter.beats in (5, 6):
        return (3.0, 3.0) if meter.beats == 6 else (3.0, 2.0)
    twos, odd = divmod(meter.beats, 2)
    return (2 * unit_q,) * (twos - odd) + (3 * unit_q,) * odd


def strength(bar: Bar, at_q: float) -> float:
    """Metric weight of a position, 0.1..1."""
    offset = at_q - bar.start_q
    if abs(offset) < 1e-3:
        return 1.0
    edge = 0.0
    for length in groups(bar.meter):
        edge += length
        if abs(offset - edge) < 1e-3:
            return 0.7
    beat = min(bar.meter.beat_q, 1.0) if not bar.meter.is_compound else bar.meter.beat_q
    share = offset / beat
    return 0.4 if abs(share - round(share)) < 1e-3 else 0.1


def position(key: Key, pitch: int) -> int:
    """Scale steps from MIDI 0 to a pitch; a note outside the scale counts as the one that it alters."""
    octave, step = divmod(pitch - key.tonic, 12)
    index = bisect_right(key.scale, step) - 1
    return octave * len(key.scale) + index


def pitch_at(key: Key, place: int) -> int:
    """The pitch at a position of the scale (inverse of `position` on scale notes)."""
    octave, index = divmod(place, len(key.scale))
    return key.tonic + 12 * octave + key.scale[index]


def melodic_classes(key: Key, chord: Chord) -> frozenset[int]:
    """The pitch classes that a melody may use over a chord: the scale, bent where the chord alters it."""
    scale = key.pitch_classes
    if len(key.scale) < 7:
        return scale
    altered = {pitch for pitch in chord.pitch_classes if pitch not in scale}
    bent = {pitch for pitch in scale if any((pitch - other) % 12 in (1, 11) for other in altered)}
    return frozenset((scale - (bent - set(chord.pitch_classes))) | altered)


def chord_classes(key: Key, chord: Chord) -> frozenset[int]:
    """The pitch classes of a chord that a melody may rest on (those of the scale, where the scale is a gapped one)."""
    tones = frozenset(chord.pitch_classes)
    if len(tones) < 3:  # a bare fifth takes the third of the scale
        tones |= {pitch for pitch in key.pitch_classes if (pitch - chord.root) % 12 in (3, 4)}
    if len(key.scale) >= 7:
        return tones
    return tones & key.pitch_classes or frozenset({(key.tonic + key.scale[0]) % 12})


@dataclass(frozen=True)
class Context:
    """The plan with everything that a player looks up in it."""

    plan: Plan
    library: Library
    seed: int
    kept: Kept
    speech: Speech | None = None
    """How the region's tunes go, where that was learned."""

    def stream(self, *names: object) -> random.Random:
        """A stream of chance of its own for these names: what one player draws never shifts another's."""
        return random.Random(":".join(str(name) for name in (self.seed, *names)))

    @cached_property
    def hits(self) -> tuple[PlannedHit, ...]:
        """The hits that can be struck."""
        return tuple(hit for hit in self.plan.hits if hit.feasible and hit.at_q < self.end_q - 0.1)

    @cached_property
    def end_q(self) -> float:
        """The end of the last bar, or of the cue where that comes first."""
        return min(self.plan.bars[-1].end_q, self.plan.tempo_map.quarters_at(self.plan.length_s))

    @cached_property
    def release_q(self) -> float:
        """Where the final chord is let go."""
        if self.plan.loop:
            return self.end_q
        start_s = self.plan.tempo_map.seconds_at(self.plan.final_q)
        tail_s = min(RING_S, 0.4 * max(0.2, self.plan.length_s - start_s))
        return max(
            self.plan.final_q + 0.2,
            min(self.plan.tempo_map.quarters_at(self.plan.length_s - tail_s), self.plan.bars[-1].end_q),
        )

    @cached_property
    def _chord_starts(self) -> tuple[float, ...]:
        return tuple(chord.start_q for chord in self.plan.chords)

    @cached_property
    def _bar_starts(self) -> tuple[float, ...]:
        return tuple(bar.start_q for bar in self.plan.bars)

    def chord_index(self, at_q: float) -> int:
        """Which chord sounds at a position."""
        return max(0, bisect_right(self._chord_starts, at_q + 1e-6) - 1)

    def chord(self, at_q: float) -> Chord:
        """The chord that sounds at a position."""
        return self.plan.chords[self.chord_index(at_q)]

    def clashes(self, start_q: float, length_q: float) -> frozenset[int]:
        """Pitch classes a semitone above a note of the chords under a held note (the minor ninth), less their own."""
        first, last = self.chord_index(start_q), self.chord_index(max(start_q, start_q + length_q - 0.4))
        tones = {pitch for chord in self.plan.chords[first : last + 1] for pitch in chord.pitch_classes}
        return frozenset({(pitch + 1) % 12 for pitch in tones} - tones)

    def bar(self, at_q: float) -> Bar:
        """The bar of a position (the last one for what lies beyond)."""
        return self.plan.bars[max(0, bisect_right(self._bar_starts, at_q + 1e-6) - 1)]

    def section(self, bar: int) -> Section:
        """The section of a bar."""
        return self.plan.section_of(bar)

    def key(self, at_q: float) -> Key:
        """The key at a position."""
        return self.section(self.bar(at_q).index).key

    @cached_property
    def phrases(self) -> tuple[tuple[Section, Phrase], ...]:
        """Every phrase with its section, in order."""
        return tuple((section, phrase) for section in self.plan.sections for phrase in section.phrases)

    def phrase(self, bar: int) -> Phrase:
        """The phrase of a bar (of its whole section, where the section names none)."""
        for _, phrase in self.phrases:
            if phrase.start_bar <= bar < phrase.start_bar + phrase.bars:
                return phrase
        section = self.section(bar)
        return Phrase(section.start_bar, section.bars)

    def seconds(self, length_q: float, at_q: float) -> float:
        """A short length at a position, in seconds."""
        return length_q * 60 / self.plan.tempo_map.tempo_at(at_q)

    def quarters(self, length_s: float, at_q: float) -> float:
        """A short length in seconds at a position, in quarter notes."""
        return length_s * self.plan.tempo_map.tempo_at(at_q) / 60

    def is_final(self, bar: Bar) -> bool:
        """Whether a bar holds the final chord."""
        return not self.plan.loop and bar.end_q > self.plan.final_q + 1e-6

    def playing(self, part: PlannedPart) -> tuple[Bar, ...]:
        """The bars that a part plays, less the one of the final chord."""
        return tuple(bar for bar in self.plan.bars if part.bars[bar.index].active and not self.is_final(bar))

    @cached_property
    def home_meter(self) -> Meter:
        """The metre that most bars have."""
        meters = [bar.meter for bar in self.plan.bars]
        return max(meters, key=lambda meter: (meters.count(meter), -meters.index(meter)))
