"""The notes of one bar: every voice of every staff, with ties and rests.

Conventions: positions and lengths in divisions; a chord that lasts beyond its bar is tied over the bar line.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

from assistant.score.musicxml.element import add
from assistant.score.musicxml.player import Player, instrument_id
from assistant.score.musicxml.quantise import DIVISIONS, PLAIN, TRIPLET, Chord, note_values
from assistant.score.musicxml.spelling import Spelling
from assistant.score.tempo import Bar

DRUM_LINES = {
    **dict.fromkeys((35, 36), "F4"),
    **dict.fromkeys((37, 38, 40), "C5"),
    **dict.fromkeys((41, 43), "A4"),
    **dict.fromkeys((45, 47), "D5"),
    **dict.fromkeys((48, 50, 56), "E5"),
    **dict.fromkeys((42, 46), "G5"),
    **dict.fromkeys((49, 57), "A5"),
    **dict.fromkeys((51, 53, 59), "F5"),
    44: "D4",
    54: "B5",
}
"""Where drums of General MIDI are written (Weinberg 1998, "Guide to Standardized Drumset Notation")."""

CROSSED = frozenset((37, 42, 44, 46, 49, 51, 52, 53, 55, 57, 59))
"""Drums written with a cross: cymbals, hats, side stick."""


@dataclass(frozen=True)
class _Pen:
    """Where and how notes are written."""

    measure: ElementTree.Element
    player: Player
    bar: Bar
    spelling: Spelling
    voice: int
    staff: int

    @property
    def beat(self) -> int:
        """Divisions of a beat that notation should show."""
        return round(1.5 * DIVISIONS) if self.bar.meter.is_compound and self.bar.meter.unit == 8 else DIVISIONS


def write_bar(measure: ElementTree.Element, player: Player, bar: Bar, spelling: Spelling) -> None:
    """Every voice of every staff, one after the other."""
    start, end = round(bar.start_q * DIVISIONS), round(bar.end_q * DIVISIONS)
    voice = 0
    for staff, lanes in enumerate(player.staves):
        for lane in lanes or ((),):
            inside = [chord for chord in lane if chord.start < end and chord.end > start]
            voice += 1
            if not inside and lane is not (lanes or ((),))[0]:
                continue
            if voice > 1 and len(measure.findall("note")):
                add(add(measure, "backup"), "duration", end - start)
            _write_voice(_Pen(measure, player, bar, spelling, voice, staff), inside, start, end)


def _write_voice(pen: _Pen, inside: list[Chord], start: int, end: int) -> None:
    """One voice of one bar, rests included."""
    if not inside:
        note = add(pen.measure, "note")
        add(note, "rest", measure="yes")
        _finish(pen, note, end - start, whole_bar=True)
        return
    now = start
    for chord in inside:
        first, last = max(start, chord.start), min(end, chord.end)
        _rest(pen, now - start, first - now)
        lengths = note_values(first - start, last - first, beat=pen.beat)
        for place, length in enumerate(lengths):
            begins = place == 0 and chord.start >= start
            ends = place == len(lengths) - 1 and chord.end <= end
            _sound(pen, chord, length, tied_from=not begins, tied_to=not ends)
        now = last
    _rest(pen, now - start, end - now)


def _rest(pen: _Pen, start: int, length: int) -> None:
    """Silence in one voice."""
    for value in note_values(start, length, beat=pen.beat):
        note = add(pen.measure, "note")
        add(note, "rest")
        _finish(pen, note, value)


def _sound(pen: _Pen, chord: Chord, length: int, *, tied_from: bool, tied_to: bool) -> None:
    """The notes of a chord, for one note value."""
    for place, pitch in enumerate(chord.pitches):
        note = add(pen.measure, "note")
        if place:
            add(note, "chord")
        if pen.player.part.is_drums:
            line = DRUM_LINES.get(pitch, "C5")
            unpitched = add(note, "unpitched")
            add(unpitched, "display-step", line[0])
            add(unpitched, "display-octave", line[1])
        else:
            _write_pitch(note, pen.spelling.spell(pitch))
        _finish(pen, note, length, drum=pitch if pen.player.part.is_drums else None, ties=(tied_from, tied_to))


def _write_pitch(note: ElementTree.Element, spelt: tuple[str, int, int]) -> None:
    """A pitch as it is spelt."""
    letter, alter, octave = spelt
    pitch = add(note, "pitch")
    add(pitch, "step", letter)
    if alter:
        add(pitch, "alter", alter)
    add(pitch, "octave", octave)


def _finish(
    pen: _Pen,
    note: ElementTree.Element,
    length: int,
    *,
    drum: int | None = None,
    ties: tuple[bool, bool] = (False, False),
    whole_bar: bool = False,
) -> None:
    """Length, ties, voice, value and staff, in the order that the schema wants."""
    add(note, "duration", length)
    for tied, kind in zip(ties, ("stop", "start"), strict=True):
        if tied:
            add(note, "tie", type=kind)
    if drum is not None:
        add(note, "instrument", id=instrument_id(pen.player, drum))
    add(note, "voice", pen.voice)
    if not whole_bar:
        name, dots = PLAIN.get(length, (TRIPLET.get(length, "32nd"), 0))
        add(note, "type", name)
        for _ in range(dots):
            add(note, "dot")
        if length in TRIPLET:
            ratio = add(note, "time-modification")
            add(ratio, "actual-notes", 3)
            add(ratio, "normal-notes", 2)
    if drum in CROSSED:
        add(note, "notehead", "x")
    if len(pen.player.staves) > 1:
        add(note, "staff", pen.staff + 1)
    if any(ties):
        notations = add(note, "notations")
        for tied, kind in zip(ties, ("stop", "start"), strict=True):
            if tied:
                add(notations, "tied", type=kind)
