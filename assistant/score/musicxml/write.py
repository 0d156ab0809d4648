"""Write a score as MusicXML 4.0 (partwise), which notation programs open.

Conventions: concert pitch; one part a player, keyboards and harps on two staves; drums on a percussion staff. Tempi,
sections and hits stand above the first part. A reading copy: quantised, without nudges; the exact performance is in the
MIDI file.

Source: W3C Music Notation Community Group, MusicXML 4.0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from assistant.errors import OutputError
from assistant.score.musicxml.quantise import DIVISIONS, PLAIN, TRIPLET, Chord, chords, note_values, voices
from assistant.score.musicxml.spelling import Spelling
from assistant.score.tempo import Bar
from assistant.score.values import Part, Score

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 '
    'Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">\n'
)
MIDDLE_C = 60
TWO_STAVES = frozenset((*range(8), *range(16, 21), 46))
"""General MIDI programs of keyboards and the harp."""

GUITARS = frozenset(range(24, 32))
OCTAVE_DOWN = frozenset((*GUITARS, *range(32, 40), 43))
"""Guitars, basses and the double bass: written an octave higher than they sound."""

DYNAMICS = ((36, "pp"), (52, "p"), (66, "mp"), (82, "mf"), (100, "f"), (128, "ff"))
"""Mean velocity below which a passage has that marking."""

DRUM_LINES = {
    35: "F4",
    36: "F4",
    38: "C5",
    40: "C5",
    37: "C5",
    41: "A4",
    43: "A4",
    45: "D5",
    47: "D5",
    48: "E5",
    50: "E5",
}
DRUM_LINES |= {42: "G5", 44: "D4", 46: "G5", 49: "A5", 57: "A5", 51: "F5", 59: "F5", 53: "F5", 54: "B5", 56: "E5"}
"""Where drums of General MIDI are written (Weinberg 1998, "Guide to Standardized Drumset Notation")."""

CROSSED = frozenset((37, 42, 44, 46, 49, 51, 52, 53, 55, 57, 59))
"""Drums written with a cross: cymbals, hats, side stick."""

NEWS_SHARE = 0.03
"""A change of tempo above this share is printed; smaller ones are only played."""


@dataclass(frozen=True)
class _Player:
    """A part, ready to be written: voices by staff."""

    part: Part
    number: int
    staves: tuple[tuple[tuple[Chord, ...], ...], ...]

    @property
    def id(self) -> str:
        """Its id in the file."""
        return f"P{self.number}"


def write_musicxml(score: Score, path: Path, *, title: str = "") -> Path:
    """Write ``score`` to ``path``.

    Raises
    ------
    OutputError
        If the place cannot be written.
    """
    text = HEAD + ElementTree.tostring(to_musicxml(score, title=title), encoding="unicode") + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"file {str(path)!r}", "a place that can be written", "choose another folder") from error
    return path


def to_musicxml(score: Score, *, title: str = "") -> ElementTree.Element:
    """The document of a score."""
    root = ElementTree.Element("score-partwise", version="4.0")
    _add(_add(root, "work"), "work-title", title or "Cue")
    identification = _add(root, "identification")
    _add(identification, "creator", "Cuewright", type="composer")
    _add(_add(identification, "encoding"), "software", "Cuewright")
    players = [_player(part, number, score) for number, part in enumerate(score.parts, start=1)]
    listing = _add(root, "part-list")
    for player in players:
        _list(listing, player)
    for player in players:
        _write_part(root, player, score)
    return root


def _add(parent: ElementTree.Element, name: str, text: str | int | None = None, **about: str) -> ElementTree.Element:
    """One more element."""
    child = ElementTree.SubElement(parent, name, about)
    child.text = None if text is None else _legal(str(text))
    return child


def _legal(text: str) -> str:
    """Text without the characters that XML forbids."""
    return "".join(letter for letter in text if letter in "\t\n\r" or (letter >= " " and letter not in "\ufffe\uffff"))


def _end_q(score: Score) -> float:
    return score.bars[-1].end_q


def _player(part: Part, number: int, score: Score) -> _Player:
    """A part with its notes in voices."""
    triplets = not any(change.meter.is_compound or change.meter.unit > 8 for change in score.tempo_map.meters)
    heard = chords(part.notes, end_q=_end_q(score), triplets=triplets)
    pitches = [note.pitch for note in part.notes]
    wide = bool(pitches) and min(pitches) < MIDDLE_C - 5 and max(pitches) > MIDDLE_C + 5
    if part.program in TWO_STAVES and not part.is_drums and wide:
        halves = [_half(heard, upper=True), _half(heard, upper=False)]
        return _Player(part, number, tuple(tuple(map(tuple, voices(half))) for half in halves))
    return _Player(part, number, (tuple(map(tuple, voices(heard))),))


def _half(heard: Iterable[Chord], *, upper: bool) -> list[Chord]:
    """What one hand plays."""
    split = [(chord, tuple(pitch for pitch in chord.pitches if (pitch >= MIDDLE_C) is upper)) for chord in heard]
    return [Chord(chord.start, chord.end, pitches) for chord, pitches in split if pitches]


def _list(listing: ElementTree.Element, player: _Player) -> None:
    """A player in the list of parts, with what a program needs to play it."""
    part = player.part
    entry = _add(listing, "score-part", id=player.id)
    _add(entry, "part-name", part.id)
    keys = sorted({note.pitch for note in part.notes}) if part.is_drums else [None]
    for key in keys:
        _add(
            _add(entry, "score-instrument", id=_instrument(player, key)), "instrument-name", part.instrument or part.id
        )
    for key in keys:
        midi = _add(entry, "midi-instrument", id=_instrument(player, key))
        _add(midi, "midi-channel", 10 if part.is_drums else 1 + (player.number - 1) % 9)
        _add(midi, "midi-program", part.program + 1)
        if key is not None:
            _add(midi, "midi-unpitched", key + 1)


def _instrument(player: _Player, key: int | None) -> str:
    return f"{player.id}-I{1 if key is None else key}"


def _write_part(root: ElementTree.Element, player: _Player, score: Score) -> None:
    """Every bar of a player."""
    element = _add(root, "part", id=player.id)
    spelling = Spelling.of(score.key)
    loud = _dynamics(player.part, score)
    before: Bar | None = None
    for bar in score.bars:
        measure = _add(element, "measure", number=str(bar.index + 1))
        _attributes(measure, player, bar, before, spelling)
        if player.number == 1:
            _directions(measure, bar, score)
        if bar.index in loud:
            marks = _add(_add(_add(measure, "direction", placement="below"), "direction-type"), "dynamics")
            _add(marks, loud[bar.index])
        _write_bar(measure, player, bar, spelling)
        before = bar
    if len(element):
        _add(_add(element[-1], "barline", location="right"), "bar-style", "light-heavy")


def _attributes(
    measure: ElementTree.Element, player: _Player, bar: Bar, before: Bar | None, spelling: Spelling
) -> None:
    """Key, metre and clefs where they change."""
    if before is not None and before.meter == bar.meter:
        return
    attributes = _add(measure, "attributes")
    if before is None:
        _add(attributes, "divisions", DIVISIONS)
        key = _add(attributes, "key")
        _add(key, "fifths", 0 if player.part.is_drums else spelling.fifths)
        _add(key, "mode", "minor" if spelling.is_minor else "major")
    time = _add(attributes, "time")
    _add(time, "beats", bar.meter.beats)
    _add(time, "beat-type", bar.meter.unit)
    if before is None:
        if len(player.staves) > 1:
            _add(attributes, "staves", len(player.staves))
        for staff in range(len(player.staves)):
            _clef(attributes, player, staff)


def _clef(attributes: ElementTree.Element, player: _Player, staff: int) -> None:
    """The clef that needs the fewest ledger lines."""
    part = player.part
    number = {"number": str(staff + 1)} if len(player.staves) > 1 else {}
    clef = _add(attributes, "clef", **number)
    if part.is_drums:
        _add(clef, "sign", "percussion")
        return
    pitches = [note.pitch for note in part.notes]
    low = staff == 1 if len(player.staves) > 1 else bool(pitches) and sum(pitches) / len(pitches) < MIDDLE_C - 3
    low = low and part.program not in GUITARS
    _add(clef, "sign", "F" if low else "G")
    _add(clef, "line", 4 if low else 2)
    if part.program in OCTAVE_DOWN:
        _add(clef, "clef-octave-change", -1)


def _directions(measure: ElementTree.Element, bar: Bar, score: Score) -> None:
    """Tempi, sections and hits of a bar."""
    tempos = score.tempo_map.tempos
    for place, tempo in enumerate(tempos):
        if bar.start_q - 1e-6 <= tempo.at_q < bar.end_q - 1e-6:
            before = tempos[place - 1].quarter_bpm if place else 0.0
            shown = abs(tempo.quarter_bpm - before) > NEWS_SHARE * before
            _tempo(measure, bar, tempo.at_q, tempo.quarter_bpm, shown=shown)
    for marker in score.markers:
        if bar.start_q - 1e-6 <= marker.at_q < bar.end_q - 1e-6:
            direction = _add(measure, "direction", placement="above")
            name = "rehearsal" if marker.kind == "section" else "words"
            _add(_add(direction, "direction-type"), name, marker.text or marker.kind)
            _offset(direction, bar, marker.at_q)


def _tempo(measure: ElementTree.Element, bar: Bar, at_q: float, quarter_bpm: float, *, shown: bool) -> None:
    """A metronome mark, or only its effect."""
    if not shown:
        _offset(_add(measure, "sound", tempo=f"{quarter_bpm:.3f}"), bar, at_q)
        return
    direction = _add(measure, "direction", placement="above")
    metronome = _add(_add(direction, "direction-type"), "metronome")
    _add(metronome, "beat-unit", "quarter")
    dotted = bar.meter.is_compound and bar.meter.unit == 8
    if dotted:
        _add(metronome, "beat-unit-dot")
    _add(metronome, "per-minute", round(quarter_bpm / 1.5 if dotted else quarter_bpm))
    _offset(direction, bar, at_q)
    _add(direction, "sound", tempo=f"{quarter_bpm:.3f}")


def _offset(direction: ElementTree.Element, bar: Bar, at_q: float) -> None:
    """How far into the bar a direction stands."""
    offset = round((at_q - bar.start_q) * DIVISIONS)
    if offset:
        _add(direction, "offset", offset)


def _dynamics(part: Part, score: Score) -> dict[int, str]:
    """Bar to marking, where a section begins and the loudness is news."""
    starts = sorted({score.tempo_map.bar_at(marker.at_q).index for marker in score.markers if marker.kind == "section"})
    marks: dict[int, str] = {}
    said = ""
    for place, first in enumerate(starts or [0]):
        last = starts[place + 1] if place + 1 < len(starts) else len(score.bars)
        if first >= len(score.bars):
            break
        played = part.between(score.bars[first].start_q, score.bars[min(last, len(score.bars)) - 1].end_q)
        if played:
            mean = sum(note.velocity for note in played) / len(played)
            mark = next(name for below, name in DYNAMICS if mean < below)
            if mark != said:
                marks[first] = said = mark
    return marks


def _write_bar(measure: ElementTree.Element, player: _Player, bar: Bar, spelling: Spelling) -> None:
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
                _add(_add(measure, "backup"), "duration", end - start)
            _write_voice(_Pen(measure, player, bar, spelling, voice, staff), inside, start, end)


@dataclass(frozen=True)
class _Pen:
    """Where and how notes are written."""

    measure: ElementTree.Element
    player: _Player
    bar: Bar
    spelling: Spelling
    voice: int
    staff: int

    @property
    def beat(self) -> int:
        """Divisions of a beat that notation should show."""
        return round(1.5 * DIVISIONS) if self.bar.meter.is_compound and self.bar.meter.unit == 8 else DIVISIONS


def _write_voice(pen: _Pen, inside: list[Chord], start: int, end: int) -> None:
    """One voice of one bar, rests included."""
    if not inside:
        note = _add(pen.measure, "note")
        _add(note, "rest", measure="yes")
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
        note = _add(pen.measure, "note")
        _add(note, "rest")
        _finish(pen, note, value)


def _sound(pen: _Pen, chord: Chord, length: int, *, tied_from: bool, tied_to: bool) -> None:
    """The notes of a chord, for one note value."""
    for place, pitch in enumerate(chord.pitches):
        note = _add(pen.measure, "note")
        if place:
            _add(note, "chord")
        if pen.player.part.is_drums:
            line = DRUM_LINES.get(pitch, "C5")
            unpitched = _add(note, "unpitched")
            _add(unpitched, "display-step", line[0])
            _add(unpitched, "display-octave", line[1])
        else:
            _write_pitch(note, pen.spelling.spell(pitch))
        _finish(pen, note, length, drum=pitch if pen.player.part.is_drums else None, ties=(tied_from, tied_to))


def _write_pitch(note: ElementTree.Element, spelt: tuple[str, int, int]) -> None:
    """A pitch as it is spelt."""
    letter, alter, octave = spelt
    pitch = _add(note, "pitch")
    _add(pitch, "step", letter)
    if alter:
        _add(pitch, "alter", alter)
    _add(pitch, "octave", octave)


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
    _add(note, "duration", length)
    for tied, kind in zip(ties, ("stop", "start"), strict=True):
        if tied:
            _add(note, "tie", type=kind)
    if drum is not None:
        _add(note, "instrument", id=_instrument(pen.player, drum))
    _add(note, "voice", pen.voice)
    if not whole_bar:
        name, dots = PLAIN.get(length, (TRIPLET.get(length, "32nd"), 0))
        _add(note, "type", name)
        for _ in range(dots):
            _add(note, "dot")
        if length in TRIPLET:
            ratio = _add(note, "time-modification")
            _add(ratio, "actual-notes", 3)
            _add(ratio, "normal-notes", 2)
    if drum in CROSSED:
        _add(note, "notehead", "x")
    if len(pen.player.staves) > 1:
        _add(note, "staff", pen.staff + 1)
    if any(ties):
        notations = _add(note, "notations")
        for tied, kind in zip(ties, ("stop", "start"), strict=True):
            if tied:
                _add(notations, "tied", type=kind)
