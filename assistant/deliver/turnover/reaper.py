"""A REAPER project: stems and MIDI placed on a time line with the cue's tempo map, sections and hits.

Conventions: positions in seconds, files relative to the project. Sections are regions, hits are markers. Every part has
a track with its stem and, in a folder of their own, one with its notes, which sounds once an instrument is put on it;
the finished mix is there to compare with, muted. A square tempo point holds until the next, as ours do.

Source: the text that REAPER writes itself (``.rpp``: nested ``<NAME value ...`` to ``>``).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.deliver.pictures import part_colours
from assistant.deliver.turnover.values import Turnover
from assistant.score import Part
from assistant.score.midi import TICKS_PER_Q
from assistant.score.midi.write import to_midi
from assistant.settings import RATE_HZ

Value = str | int | float
_SPACE = uuid.UUID("8f1d2a52-4d58-5a0b-9d1e-6f6f2d0c7a11")
_SQUARE = 1
_NO_COLOUR = 16576


@dataclass
class Node:
    """One block of a project: its head and what is in it."""

    head: tuple[Value, ...]
    inside: list[Node | tuple[Value, ...]] = field(default_factory=list)

    def add(self, *values: Value) -> None:
        """One line more."""
        self.inside.append(values)

    def open(self, *values: Value) -> Node:
        """A block more."""
        node = Node(values)
        self.inside.append(node)
        return node

    def lines(self, depth: int = 0) -> Iterator[str]:
        """As text."""
        margin = "  " * depth
        yield f"{margin}<{_line(self.head)}"
        for item in self.inside:
            if isinstance(item, Node):
                yield from item.lines(depth + 1)
            else:
                yield f"{margin}  {_line(item)}"
        yield f"{margin}>"


def _line(values: Sequence[Value]) -> str:
    return " ".join(quoted(value) if isinstance(value, str) else _number(value) for value in values)


def _number(value: float) -> str:
    return f"{value:.12f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def quoted(text: str) -> str:
    """A word as it is, anything else in whichever quotation mark is not in it.

    Examples
    --------
    >>> quoted("NAME"), quoted("a b"), quoted('the "end"'), quoted("")
    ('NAME', '"a b"', '\\'the "end"\\'', '""')
    """
    text = " ".join(text.split())
    if text and not set(text) & set(" \"'`|<>#;"):
        return text
    mark = next((mark for mark in "\"'`" if mark not in text), None)
    return f"{mark}{text}{mark}" if mark else "`" + text.replace("`", "'") + "`"


def project_text(turnover: Turnover, *, stems: Sequence[str], mix: str = "mix.wav", film: str | None = None) -> str:
    """The text of a project.

    Parameters
    ----------
    turnover : Turnover
    stems : sequence of str
        The ids of the parts that have a file ``stems/<id>.wav``.
    mix : str
        The file of the finished mix.
    film : str or None
        A film to see above it, where there is one; its sound is off.
    """
    root = Node(("REAPER_PROJECT", 0.1, "6.82", int(turnover.made.timestamp())))
    root.add("RIPPLE", 0)
    base = turnover.timebase
    exact = base.rate_hz.denominator == 1
    root.add("PROJOFFS", base.seconds_at(turnover.start_frame), 0, 0)
    root.add("TIMEMODE", 1, 5, -1, base.base, 1 if base.drop else 0 if exact else 2, 0, -1)
    root.add("SAMPLERATE", RATE_HZ, 1, 0)
    tempo_map = turnover.score.tempo_map
    meter = tempo_map.first_meter
    root.add("TEMPO", tempo_map.tempos[0].quarter_bpm, meter.beats, meter.unit)
    _tempo_points(root, turnover)
    _markers(root, turnover)
    if film is not None:
        _film(root, turnover, film)
    _sound(root, turnover, "mix (to compare)", mix, muted=True)
    colours = part_colours(turnover.score.parts)
    parts = {part.id: part for part in turnover.score.parts}
    with_sound = [part_id for part_id in stems if part_id in parts]
    _folder(root, "Stems", len(with_sound))
    for part_id in with_sound:
        last = part_id == with_sound[-1]
        _sound(root, turnover, part_id, f"stems/{part_id}.wav", colour=colours[part_id], closes=last)
    _folder(root, "MIDI", len(parts))
    tracks = to_midi(turnover.score).tracks[1:]
    for place, (part, events) in enumerate(zip(parts.values(), tracks, strict=True), start=1):
        _notes(root, turnover, part, events, colour=colours[part.id], closes=place == len(parts))
    return "\n".join(root.lines()) + "\n"


def write_reaper(turnover: Turnover, path: Path) -> Path:
    """Write a project beside the files of a take that it finds there."""
    folder = path.parent
    stems = [part.id for part in turnover.score.parts if (folder / "stems" / f"{part.id}.wav").is_file()]
    film = next((found.name for found in sorted(folder.glob("scored.*"))), None)
    path.write_text(project_text(turnover, stems=stems, film=film), encoding="utf-8", newline="\r\n")
    return path


def _id(*names: str) -> str:
    """An id that is the same for the same thing."""
    return "{" + str(uuid.uuid5(_SPACE, "/".join(names))).upper() + "}"


def _colour(hexadecimal: str) -> int:
    """``#rrggbb`` as REAPER keeps it."""
    red, green, blue = (int(hexadecimal[place : place + 2], 16) for place in (1, 3, 5))
    return 0x1000000 | blue << 16 | green << 8 | red


def _tempo_points(root: Node, turnover: Turnover) -> None:
    """Every change of tempo and metre, each held until the next."""
    tempo_map = turnover.score.tempo_map
    meters = {change.at_q: change.meter for change in tempo_map.meters}
    points = root.open("TEMPOENVEX")
    points.add("ACT", 1, -1)
    points.add("VIS", 1, 0, 1)
    points.add("LANEHEIGHT", 0, 0)
    points.add("ARM", 0)
    points.add("DEFSHAPE", _SQUARE, -1, -1)
    for at_q in sorted({*(tempo.at_q for tempo in tempo_map.tempos), *meters}):
        meter = meters.get(at_q)
        packed = (meter.unit << 16 | meter.beats,) if meter else ()
        points.add("PT", tempo_map.seconds_at(at_q), tempo_map.tempo_at(at_q), _SQUARE, *packed)


def _markers(root: Node, turnover: Turnover) -> None:
    for number, moment in enumerate(turnover.moments, start=1):
        if moment.is_hit:
            root.add("MARKER", number, moment.start_s, moment.name, 0, 0, 1, "B", _id("marker", str(number)), 0)
        elif moment.end_s > moment.start_s:
            root.add("MARKER", number, moment.start_s, moment.name, 1, 0, 1, "R", _id("region", str(number)), 0)
            root.add("MARKER", number, moment.end_s, "", 1)


def _track(root: Node, name: str, *, colour: str = "", muted: bool = False, bus: tuple[int, int] = (0, 0)) -> Node:
    track = root.open("TRACK", _id("track", name, str(len(root.inside))))
    track.add("NAME", name)
    track.add("PEAKCOL", _colour(colour) if colour else _NO_COLOUR)
    track.add("VOLPAN", 1, 0, -1, -1, 1)
    track.add("MUTESOLO", int(muted), 0, 0)
    track.add("ISBUS", *bus)
    track.add("NCHAN", 2)
    track.add("MAINSEND", 1, 0)
    return track


def _folder(root: Node, name: str, count: int) -> None:
    _track(root, name, bus=(1, 1) if count else (0, 0))


def _item(track: Node, turnover: Turnover, name: str, *, volume: float = 1.0) -> Node:
    item = track.open("ITEM")
    item.add("POSITION", 0)
    item.add("SNAPOFFS", 0)
    item.add("LENGTH", turnover.length_s)
    item.add("LOOP", 0)
    item.add("ALLTAKES", 0)
    item.add("FADEIN", 1, 0, 0, 1, 0, 0)
    item.add("FADEOUT", 1, 0, 0, 1, 0, 0)
    item.add("MUTE", 0, 0)
    item.add("IGUID", _id("item", name))
    item.add("NAME", name)
    item.add("VOLPAN", volume, 0, 1, -1)
    item.add("SOFFS", 0)
    item.add("PLAYRATE", 1, 1, 0, -1, 0, 0.0025)
    item.add("CHANMODE", 0)
    item.add("GUID", _id("take", name))
    return item


def _sound(
    root: Node, turnover: Turnover, name: str, file: str, *, colour: str = "", muted: bool = False, closes: bool = False
) -> None:
    """A track with a sound file from the first frame on; beats move, sound does not."""
    track = _track(root, name, colour=colour, muted=muted, bus=(2, -1) if closes else (0, 0))
    track.add("BEAT", 0)
    _item(track, turnover, name).open("SOURCE", "WAVE").add("FILE", file)


def _film(root: Node, turnover: Turnover, file: str) -> None:
    """The picture, without its sound."""
    _item(_track(root, "picture"), turnover, file, volume=0.0).open("SOURCE", "VIDEO").add("FILE", file)


def _notes(root: Node, turnover: Turnover, part: Part, events: Sequence[object], *, colour: str, closes: bool) -> None:
    """A track with a part's notes, program and controllers."""
    name = f"{part.id} (MIDI)"
    track = _track(root, name, colour=colour, bus=(2, -1) if closes else (0, 0))
    source = _item(track, turnover, name).open("SOURCE", "MIDI")
    source.add("HASDATA", 1, TICKS_PER_Q, "QN")
    source.add("CCINTERP", 32)
    waited = 0
    for message in events:
        waited += int(getattr(message, "time", 0))
        if not getattr(message, "is_meta", True):
            source.add("E", waited, *(f"{byte:02x}" for byte in message.bytes()))  # type: ignore[attr-defined]
            waited = 0
    source.add("E", waited, "b0", "7b", "00")
    source.add("GUID", _id("source", part.id))
    source.add("IGNTEMPO", 0, 120, 4, 4)
