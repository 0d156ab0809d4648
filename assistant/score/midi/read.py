"""Read a Standard MIDI File as a score: our own without loss, anybody's as well as it can be told.

Conventions: what MIDI holds comes back equal (notes to the tick, with what the player was off the grid inside their
start). In files of others a player is one channel of one track; odd metres and tempi are brought into range; roles and
instruments are told from the General MIDI program.
"""

from __future__ import annotations

import math
import re
import struct
from collections import defaultdict, deque
from dataclasses import dataclass, field
from pathlib import Path

import mido
from mido.midifiles.meta import KeySignatureError

from assistant.errors import ClipError
from assistant.score.keys import key_of_signature
from assistant.score.midi.text import from_wire, read_fact, read_marker
from assistant.score.midi.write import DRUM_CHANNEL
from assistant.score.tempo import Meter, MeterChange, TempoChange, TempoMap
from assistant.score.values import IN_TUNE, PITCH_BEND, ROLES, Control, Marker, Note, Part, Score

SAFE_ID = re.compile(r"[^./\\\0][^/\\\0]*")
"""What a part may be called: a name that is safe in a file name."""

LONGEST_FILE_S = 6 * 3600.0
"""Longest file that is read: longer ones are damaged."""

FAMILIES = (
    "piano",
    "bells",
    "organ",
    "acoustic-guitar",
    "bass",
    "violin",
    "strings",
    "brass",
    "woodwinds",
    "flute",
    "synth",
    "pad",
    "synth",
    "sitar",
    "percussion",
    "synth",
)
"""Instrument ids for the sixteen families of General MIDI programs, eight programs each."""


@dataclass
class _Player:
    """One channel of one track, while it is read."""

    name: str
    is_drums: bool
    role: str = ""
    instrument: str = ""
    program: int | None = None
    notes: list[Note] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    sounding: dict[int, deque[tuple[int, int]]] = field(default_factory=lambda: defaultdict(deque))


@dataclass
class _Conductor:
    """What concerns every player, while it is read."""

    tempos: dict[int, float] = field(default_factory=dict)
    meters: dict[int, Meter] = field(default_factory=dict)
    markers: list[Marker] = field(default_factory=list)
    key: str = ""
    signature: str = ""
    length_s: float | None = None
    end: int = 0


def read_midi(path: Path) -> Score:
    """The score in a MIDI file.

    Raises
    ------
    ClipError
        If the file is missing, damaged, of another kind, or holds no notes.
    """
    file = _open(path)
    conductor, players = _Conductor(), []
    for track in file.tracks:
        players += _read_track(track, file.ticks_per_beat, conductor)
    players = [player for player in players if player.notes or player.role]
    if conductor.length_s is None and not players:
        raise _unreadable(path, "no notes in it")
    tempo_map = _tempo_map(conductor, file.ticks_per_beat)
    end_s = tempo_map.seconds_at(conductor.end / file.ticks_per_beat)
    length_s = conductor.length_s if conductor.length_s is not None else end_s
    if max(end_s, length_s) > LONGEST_FILE_S:
        raise _unreadable(path, f"notes at {max(end_s, length_s):.0f} s")
    key = conductor.key or (key_of_signature(conductor.signature) if conductor.signature else "C major")
    return Score(tempo_map, _parts(players), length_s, key, tuple(conductor.markers))


def is_midi(path: Path) -> bool:
    """Whether a file begins as MIDI does; what cannot be read is left to the reader of sound, which says why."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(4) == b"MThd"
    except (OSError, ValueError):
        return False


def _open(path: Path) -> mido.MidiFile:
    """The file as mido reads it; whatever it stumbles over is one error of ours."""
    try:
        file = mido.MidiFile(path, clip=True)
    except (OSError, EOFError, ValueError, LookupError, TypeError, struct.error, KeySignatureError) as error:
        raise _unreadable(path, str(error) or type(error).__name__) from error
    if file.type not in (0, 1) or file.ticks_per_beat <= 0:
        raise _unreadable(path, "a MIDI file without a common beat")
    return file


def _unreadable(path: Path, why: str) -> ClipError:
    return ClipError(f"file {path.name!r} ({why})", "a Standard MIDI File with notes", "choose a .mid file that plays")


def _read_track(track: mido.MidiTrack, ticks_per_q: int, conductor: _Conductor) -> list[_Player]:
    """The players of one track; what it says for all goes to the conductor."""
    players: dict[int, _Player] = {}
    name, instrument, role, home, now = "", "", "", None, 0
    for message in track:
        now += message.time
        if message.is_meta:
            if message.type == "track_name":
                name = from_wire(message.name)
            elif message.type == "instrument_name":
                instrument = from_wire(message.name)
            elif message.type == "channel_prefix":
                home = message.channel
            elif message.type == "text" and (said := read_fact(message.text)) and said[0] == "role":
                role = said[1] if said[1] in ROLES else ""
            else:
                _conduct(message, now, ticks_per_q, conductor)
        elif hasattr(message, "channel"):
            player = players.setdefault(message.channel, _Player(name, message.channel == DRUM_CHANNEL))
            _perform(message, now, ticks_per_q, player)
    for channel, player in players.items():
        _release_all(player, now, ticks_per_q)
        player.name = name
        if home is None or channel == home:
            player.role, player.instrument = role, instrument
    conductor.end = max(conductor.end, now)
    return [player for _, player in sorted(players.items())]


def _conduct(message: mido.MetaMessage, now: int, ticks_per_q: int, conductor: _Conductor) -> None:
    """Take in an event that concerns every player."""
    if message.type == "set_tempo":
        conductor.tempos[now] = min(500.0, max(10.0, 60e6 / max(1, message.tempo)))
    elif message.type == "time_signature":
        if 1 <= message.numerator <= 32 and message.denominator in (1, 2, 4, 8, 16):
            conductor.meters[now] = Meter(message.numerator, message.denominator)
    elif message.type == "key_signature":
        conductor.signature = conductor.signature or message.key
    elif message.type == "marker":
        conductor.markers.append(read_marker(from_wire(message.text), now / ticks_per_q))
    elif message.type == "text" and (said := read_fact(message.text)):
        if said[0] == "key":
            conductor.key = said[1]
        elif said[0] == "length_s":
            conductor.length_s = _length(said[1])


def _length(text: str) -> float | None:
    """A length in seconds, or None when the text holds none."""
    try:
        length_s = float(text)
    except ValueError:
        return None
    return length_s if math.isfinite(length_s) and length_s > 0 else None


def _perform(message: mido.Message, now: int, ticks_per_q: int, player: _Player) -> None:
    """Take in what one player does."""
    if message.type == "note_on" and message.velocity > 0:
        player.sounding[message.note].append((now, message.velocity))
    elif message.type in ("note_on", "note_off"):
        if player.sounding[message.note]:
            _release(player, message.note, now, ticks_per_q)
    elif message.type == "program_change":
        player.program = message.program if player.program is None else player.program
    elif message.type == "control_change":
        player.controls.append(Control(now / ticks_per_q, message.control, message.value))
    elif message.type == "pitchwheel":
        player.controls.append(Control(now / ticks_per_q, PITCH_BEND, message.pitch + IN_TUNE))


def _release(player: _Player, pitch: int, now: int, ticks_per_q: int) -> None:
    """End the longest-sounding note of a key."""
    start, velocity = player.sounding[pitch].popleft()
    length_q = max(1, now - start) / ticks_per_q
    player.notes.append(Note(start / ticks_per_q, pitch, length_q, velocity))


def _release_all(player: _Player, now: int, ticks_per_q: int) -> None:
    """End what was never released."""
    for pitch, held in player.sounding.items():
        while held:
            _release(player, pitch, now, ticks_per_q)


def _tempo_map(conductor: _Conductor, ticks_per_q: int) -> TempoMap:
    """The tempo map; a metre that begins inside a bar waits for the next bar line."""
    tempos = {0: 120.0} | conductor.tempos
    changes = [MeterChange(0.0, conductor.meters.get(0, Meter(4, 4)))]
    for tick, meter in sorted(conductor.meters.items()):
        before = changes[-1]
        bars = (tick / ticks_per_q - before.at_q) / before.meter.bar_q
        at_q = before.at_q + max(0, math.ceil(bars - 1e-4)) * before.meter.bar_q
        if at_q == before.at_q:
            changes[-1] = MeterChange(at_q, meter)
        else:
            changes.append(MeterChange(at_q, meter))
    rising = tuple(TempoChange(tick / ticks_per_q, bpm) for tick, bpm in sorted(tempos.items()))
    return TempoMap(rising, tuple(changes))


def _parts(players: list[_Player]) -> tuple[Part, ...]:
    """Players as parts, with ids that are unique and safe in a file name."""
    melodic = [player for player in players if not player.role and not player.is_drums and player.notes]
    highest = max(melodic, key=_height, default=None)
    taken: set[str] = set()
    parts: list[Part] = []
    for player in players:
        program = player.program or 0
        instrument = player.instrument or ("drums" if player.is_drums else FAMILIES[program // 8])
        role = player.role or _role(player, program, player is highest)
        ours = player.role and SAFE_ID.fullmatch(player.name) and player.name not in taken
        part_id = player.name if ours else _fresh(player.name, instrument, taken)
        taken.add(part_id)
        notes, controls = tuple(player.notes), tuple(player.controls)
        parts.append(Part(part_id, role, instrument, program, player.is_drums, notes, controls))
    return tuple(parts)


def _height(player: _Player) -> float:
    """Mean pitch."""
    return sum(note.pitch for note in player.notes) / len(player.notes)


def _role(player: _Player, program: int, is_highest: bool) -> str:
    """What a player of somebody's file is there for."""
    if player.is_drums:
        return "drums"
    if 32 <= program < 40:
        return "bass"
    return "lead" if is_highest else "harmony"


def _fresh(name: str, instrument: str, taken: set[str]) -> str:
    """An id that no part has yet."""
    base = re.sub(r"[^\w-]+", "-", name.strip().lower()).strip("-")[:60] or instrument
    number = 1
    while (candidate := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return candidate
