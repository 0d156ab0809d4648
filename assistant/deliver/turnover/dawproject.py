"""A DAWproject: one zip with the stems, the notes, the tempo map and the markers, which several studios open.

Conventions: positions in quarter notes ("beats" of the format), sound in seconds. The project and what is known of it
are XML, ``project.xml`` and ``metadata.xml``. The stems lie in it, in ``audio/``, or beside it, where a small file will
do. Sound is never stretched. Note velocity, controllers and pitch bends are 0..1.

Source: DAWproject 1.0, github.com/bitwig/dawproject (Project.xsd, MetaData.xsd; MIT).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

from assistant import __version__
from assistant.deliver.pictures import part_colours
from assistant.deliver.turnover.tags import texts_of
from assistant.deliver.turnover.values import MAKER, Turnover
from assistant.errors import OutputError
from assistant.score import Part
from assistant.score.midi import TICKS_PER_Q
from assistant.score.midi.write import DRUM_CHANNEL, played_notes
from assistant.score.tuning import as_bends
from assistant.score.values import PITCH_BEND
from assistant.settings import RATE_HZ

Element = ElementTree.Element
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MASTER = "master"
_BEND_RANGE = 16383


def write_dawproject(turnover: Turnover, path: Path, stems: Mapping[str, Path], *, whole: bool = True) -> Path:
    """Write a project.

    Parameters
    ----------
    turnover : Turnover
    path : Path
    stems : mapping of str to Path
        Sound files by the id of their part.
    whole : bool
        Whether the stems are in it; else it names them in the folder ``stems`` beside it.

    Raises
    ------
    OutputError
        If the place cannot be written, or a stem cannot be read.
    """
    begun = path.with_name(f".{path.name}.part")
    try:
        with zipfile.ZipFile(begun, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("metadata.xml", _text(metadata_xml(turnover)))
            file.writestr("project.xml", _text(project_xml(turnover, stems=tuple(stems), whole=whole)))
            for part_id, stem in stems.items() if whole else ():
                file.write(stem, f"audio/{part_id}.wav", zipfile.ZIP_STORED)
        begun.replace(path)
    except OSError as error:
        raise OutputError(f"file {str(path)!r}", "a place that can be written", "choose another folder") from error
    finally:
        begun.unlink(missing_ok=True)
    return path


def _text(root: Element) -> str:
    ElementTree.indent(root)
    return HEAD + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add(parent: Element, tag: str, /, **values: str | float) -> Element:
    """An element with its attributes; numbers to nine places."""
    texts = {key: value if isinstance(value, str) else _number(value) for key, value in values.items()}
    return ElementTree.SubElement(parent, tag, {key: _legal(text) for key, text in texts.items()})


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.9f}".rstrip("0").rstrip(".")


def _legal(text: str) -> str:
    """Text without what XML can't hold."""
    return "".join(each for each in text if each.isprintable())


def metadata_xml(turnover: Turnover) -> Element:
    """What is known of the cue."""
    texts = texts_of(turnover)
    root = Element("MetaData")
    for name, text in (
        ("Title", texts["title"]),
        ("Artist", texts["artist"]),
        ("Composer", texts["composer"]),
        ("Year", f"{turnover.made:%Y}"),
        ("Genre", texts["genre"]),
        ("Comment", texts["comment"]),
    ):
        ElementTree.SubElement(root, name).text = _legal(text)
    return root


def project_xml(turnover: Turnover, *, stems: Sequence[str], whole: bool = True) -> Element:
    """The project: a track of sound and one of notes for each part."""
    tempo_map, parts = turnover.score.tempo_map, turnover.score.parts
    root = Element("Project", version="1.0")
    _add(root, "Application", name=MAKER, version=__version__)
    transport = _add(root, "Transport")
    slowest, fastest = 10.0, 500.0
    first = tempo_map.tempos[0].quarter_bpm
    _add(transport, "Tempo", max=fastest, min=slowest, unit="bpm", value=first, id="tempo", name="Tempo")
    meter = tempo_map.first_meter
    _add(transport, "TimeSignature", denominator=meter.unit, numerator=meter.beats, id="meter", name="Time Signature")
    structure = _add(root, "Structure")
    places = {part.id: place for place, part in enumerate(parts)}
    colours = part_colours(parts)
    sounding = [part for part in parts if part.id in stems]
    for part in sounding:
        _track(structure, f"s{places[part.id]}", part.id, colours[part.id], "audio")
    for part in parts:
        _track(structure, f"n{places[part.id]}", f"{part.id} (MIDI)", colours[part.id], "notes")
    _track(structure, MASTER, "Master", "", "audio notes")
    arrangement = _add(root, "Arrangement", id="arrangement")
    lanes = _add(arrangement, "Lanes", timeUnit="beats", id="lanes")
    for part in sounding:
        file = _sound(lanes, turnover, part, f"s{places[part.id]}")
        file.attrib |= (
            {"path": f"audio/{part.id}.wav"} if whole else {"path": f"stems/{part.id}.wav", "external": "true"}
        )
    for part in parts:
        _notes(lanes, turnover, part, f"n{places[part.id]}")
    _markers(arrangement, turnover)
    _tempo(arrangement, turnover)
    return root


def _track(structure: Element, name: str, label: str, colour: str, content: str) -> None:
    """A track with its fader at 0 dB."""
    track = _add(structure, "Track", contentType=content, loaded="true", id=name, name=label)
    if colour:
        track.set("color", colour)
    is_master = name == MASTER
    channel = _add(track, "Channel", audioChannels=2, role="master" if is_master else "regular", solo="false")
    channel.set("id", f"{name}-channel")
    if not is_master:
        channel.set("destination", f"{MASTER}-channel")
    _add(channel, "Mute", value="false", id=f"{name}-mute", name="Mute")
    _add(channel, "Pan", max=1, min=0, unit="normalized", value=0.5, id=f"{name}-pan", name="Pan")
    _add(channel, "Volume", max=2, min=0, unit="linear", value=1, id=f"{name}-volume", name="Volume")


def _length_q(turnover: Turnover) -> float:
    return turnover.score.tempo_map.quarters_at(turnover.length_s)


def _sound(lanes: Element, turnover: Turnover, part: Part, track: str) -> Element:
    """A stem from the first frame to the end, unstretched; its file is yet to be named."""
    clips = _add(_add(lanes, "Lanes", track=track, id=f"{track}-lanes"), "Clips", id=f"{track}-clips")
    clip = _add(clips, "Clip", time=0, duration=_length_q(turnover), contentTimeUnit="seconds", playStart=0)
    clip.set("playStop", _number(turnover.length_s))
    clip.set("name", _legal(part.id))
    audio = _add(clip, "Audio", channels=2, sampleRate=RATE_HZ, duration=turnover.length_s, id=f"{track}-audio")
    return _add(audio, "File")


def _notes(lanes: Element, turnover: Turnover, part: Part, track: str) -> None:
    """Notes where they are played, controllers and bends."""
    channel = DRUM_CHANNEL if part.is_drums else 0
    clips = _add(_add(lanes, "Lanes", track=track, id=f"{track}-lanes"), "Clips", id=f"{track}-clips")
    clip = _add(clips, "Clip", time=0, duration=_length_q(turnover), playStart=0, name=part.id)
    inside = _add(clip, "Lanes", id=f"{track}-inside")
    notes = _add(inside, "Notes", id=f"{track}-notes")
    for start, end, note in played_notes(part.notes):
        place = {"time": start / TICKS_PER_Q, "duration": (end - start) / TICKS_PER_Q}
        _add(notes, "Note", **place, channel=channel, key=note.pitch, vel=note.velocity / 127, rel=0)
    for number, (target, points) in enumerate(_controls(part, channel)):
        lane = _add(inside, "Points", unit="normalized", id=f"{track}-points{number}")
        _add(lane, "Target", **target)
        for at_q, value in points:
            _add(lane, "RealPoint", time=at_q, value=value, interpolation="hold")


def _controls(part: Part, channel: int) -> Iterator[tuple[dict[str, str | float], list[tuple[float, float]]]]:
    """What each controller does, as a target and its points, and the program that the part plays."""
    if not part.is_drums:
        yield {"expression": "programChange", "channel": channel}, [(0.0, part.program / 127)]
    ordered = sorted(as_bends(part).controls, key=lambda control: (control.number, control.at_q))
    for number, controls in groupby(ordered, key=lambda control: control.number):
        if number == PITCH_BEND:
            target: dict[str, str | float] = {"expression": "pitchBend", "channel": channel}
            yield target, [(each.at_q, each.value / _BEND_RANGE) for each in controls]
        else:
            target = {"expression": "channelController", "channel": channel, "controller": number}
            yield target, [(each.at_q, each.value / 127) for each in controls]


def _markers(arrangement: Element, turnover: Turnover) -> None:
    if not turnover.moments:
        return
    markers = _add(arrangement, "Markers", id="markers")
    for moment in turnover.moments:
        at_q = turnover.score.tempo_map.quarters_at(moment.start_s)
        name = f"hit: {moment.name}" if moment.is_hit else moment.name
        _add(markers, "Marker", time=at_q, name=name, color="#d9534f" if moment.is_hit else "#4f7fd9")


def _tempo(arrangement: Element, turnover: Turnover) -> None:
    """Tempo and metre along the cue, each held until the next."""
    tempo_map = turnover.score.tempo_map
    tempos = _add(arrangement, "TempoAutomation", unit="bpm", id="tempo-points")
    _add(tempos, "Target", parameter="tempo")
    for tempo in tempo_map.tempos:
        _add(tempos, "RealPoint", time=tempo.at_q, value=tempo.quarter_bpm, interpolation="hold")
    meters = _add(arrangement, "TimeSignatureAutomation", id="meter-points")
    _add(meters, "Target", parameter="meter")
    for change in tempo_map.meters:
        point = _add(meters, "TimeSignaturePoint", time=change.at_q)
        point.set("numerator", str(change.meter.beats))
        point.set("denominator", str(change.meter.unit))
