"""Write a score as MusicXML 4.0 (partwise), which notation programs open.

Conventions: concert pitch; one part a player, keyboards and harps on two staves; drums on a percussion staff. Tempi,
sections and hits stand above the first part. A reading copy: quantised, without nudges; the exact performance is in the
MIDI file.

Source: W3C Music Notation Community Group, MusicXML 4.0.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from assistant.errors import OutputError
from assistant.score.musicxml.element import add
from assistant.score.musicxml.notes import write_bar
from assistant.score.musicxml.player import MIDDLE_C, Player, instrument_id, make_player
from assistant.score.musicxml.quantise import DIVISIONS
from assistant.score.musicxml.spelling import Spelling
from assistant.score.tempo import Bar
from assistant.score.values import Part, Score

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 '
    'Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">\n'
)


GUITARS = frozenset(range(24, 32))


OCTAVE_DOWN = frozenset((*GUITARS, *range(32, 40), 43))
"""Guitars, basses and the double bass: written an octave higher than they sound."""


DYNAMICS = ((36, "pp"), (52, "p"), (66, "mp"), (82, "mf"), (100, "f"), (128, "ff"))
"""Mean velocity below which a passage has that marking."""


NEWS_SHARE = 0.03
"""A change of tempo above this share is printed; smaller ones are only played."""


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
    add(add(root, "work"), "work-title", title or "Cue")
    identification = add(root, "identification")
    add(identification, "creator", "Cuewright", type="composer")
    add(add(identification, "encoding"), "software", "Cuewright")
    players = [make_player(part, number, score) for number, part in enumerate(score.parts, start=1)]
    listing = add(root, "part-list")
    for player in players:
        _list(listing, player)
    for player in players:
        _write_part(root, player, score)
    return root


def _list(listing: ElementTree.Element, player: Player) -> None:
    """A player in the list of parts, with what a program needs to play it."""
    part = player.part
    entry = add(listing, "score-part", id=player.id)
    add(entry, "part-name", part.id)
    keys = sorted({note.pitch for note in part.notes}) if part.is_drums else [None]
    for key in keys:
        add(
            add(entry, "score-instrument", id=instrument_id(player, key)), "instrument-name", part.instrument or part.id
        )
    for key in keys:
        midi = add(entry, "midi-instrument", id=instrument_id(player, key))
        add(midi, "midi-channel", 10 if part.is_drums else 1 + (player.number - 1) % 9)
        add(midi, "midi-program", part.program + 1)
        if key is not None:
            add(midi, "midi-unpitched", key + 1)


def _write_part(root: ElementTree.Element, player: Player, score: Score) -> None:
    """Every bar of a player."""
    element = add(root, "part", id=player.id)
    spelling = Spelling.of(score.key)
    loud = _dynamics(player.part, score)
    before: Bar | None = None
    for bar in score.bars:
        measure = add(element, "measure", number=str(bar.index + 1))
        _attributes(measure, player, bar, before, spelling)
        if player.number == 1:
            _directions(measure, bar, score)
        if bar.index in loud:
            marks = add(add(add(measure, "direction", placement="below"), "direction-type"), "dynamics")
            add(marks, loud[bar.index])
        write_bar(measure, player, bar, spelling)
        before = bar
    if len(element):
        add(add(element[-1], "barline", location="right"), "bar-style", "light-heavy")


def _attributes(measure: ElementTree.Element, player: Player, bar: Bar, before: Bar | None, spelling: Spelling) -> None:
    """Key, metre and clefs where they change."""
    if before is not None and before.meter == bar.meter:
        return
    attributes = add(measure, "attributes")
    if before is None:
        add(attributes, "divisions", DIVISIONS)
        key = add(attributes, "key")
        add(key, "fifths", 0 if player.part.is_drums else spelling.fifths)
        add(key, "mode", "minor" if spelling.is_minor else "major")
    time = add(attributes, "time")
    add(time, "beats", bar.meter.beats)
    add(time, "beat-type", bar.meter.unit)
    if before is None:
        if len(player.staves) > 1:
            add(attributes, "staves", len(player.staves))
        for staff in range(len(player.staves)):
            _clef(attributes, player, staff)


def _clef(attributes: ElementTree.Element, player: Player, staff: int) -> None:
    """The clef that needs the fewest ledger lines."""
    part = player.part
    number = {"number": str(staff + 1)} if len(player.staves) > 1 else {}
    clef = add(attributes, "clef", **number)
    if part.is_drums:
        add(clef, "sign", "percussion")
        return
    pitches = [note.pitch for note in part.notes]
    low = staff == 1 if len(player.staves) > 1 else bool(pitches) and sum(pitches) / len(pitches) < MIDDLE_C - 3
    low = low and part.program not in GUITARS
    add(clef, "sign", "F" if low else "G")
    add(clef, "line", 4 if low else 2)
    if part.program in OCTAVE_DOWN:
        add(clef, "clef-octave-change", -1)


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
            direction = add(measure, "direction", placement="above")
            name = "rehearsal" if marker.kind == "section" else "words"
            add(add(direction, "direction-type"), name, marker.text or marker.kind)
            _offset(direction, bar, marker.at_q)


def _tempo(measure: ElementTree.Element, bar: Bar, at_q: float, quarter_bpm: float, *, shown: bool) -> None:
    """A metronome mark, or only its effect."""
    if not shown:
        _offset(add(measure, "sound", tempo=f"{quarter_bpm:.3f}"), bar, at_q)
        return
    direction = add(measure, "direction", placement="above")
    metronome = add(add(direction, "direction-type"), "metronome")
    add(metronome, "beat-unit", "quarter")
    dotted = bar.meter.is_compound and bar.meter.unit == 8
    if dotted:
        add(metronome, "beat-unit-dot")
    add(metronome, "per-minute", round(quarter_bpm / 1.5 if dotted else quarter_bpm))
    _offset(direction, bar, at_q)
    add(direction, "sound", tempo=f"{quarter_bpm:.3f}")


def _offset(direction: ElementTree.Element, bar: Bar, at_q: float) -> None:
    """How far into the bar a direction stands."""
    offset = round((at_q - bar.start_q) * DIVISIONS)
    if offset:
        add(direction, "offset", offset)


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
