"""Write a score as a Standard MIDI File that workstations and notation programs open.

Conventions: type 1, 960 ticks to a quarter; the first track conducts (tempo, metre, key, markers), then one track a
part, named by its id. A note stands where it is *played* (``start_q + nudge_q``): ticks depend on bars and beats only,
never on tempo, so kept material has the same ticks in every take. Drum parts share channel 10 (index 9); pitched parts
have a channel each, and from the sixteenth on a further port. A key never sounds twice at once on a track: the earlier
note gives way. A tuning is a pitch bend where one at a time can say it, and else a scale/octave tuning message
(MIDI Tuning Standard) on the part's channel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import mido

from assistant.errors import OutputError
from assistant.score.keys import key_signature
from assistant.score.midi.text import TICKS_PER_Q, fact, marker_text, to_wire
from assistant.score.tuning import as_bends, cents_in, is_bendable, is_tuning
from assistant.score.values import IN_TUNE, PITCH_BEND, TUNED, Control, Note, Part, Score

DRUM_CHANNEL = 9
PITCHED_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)

_META, _OFF, _SETUP, _ON = range(4)
"""Order within one tick: names and tempo, releases, controllers, strikes."""

_Event = tuple[int, int, "mido.Message | mido.MetaMessage"]


def write_midi(score: Score, path: Path) -> Path:
    """Write ``score`` to ``path``.

    Raises
    ------
    OutputError
        If the place cannot be written.
    """
    file = to_midi(score)
    try:
        file.save(path)
    except OSError as error:
        raise OutputError(f"file {str(path)!r}", "a place that can be written", "choose another folder") from error
    return path


def to_midi(score: Score) -> mido.MidiFile:
    """The file of a score, in memory."""
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_Q)
    end = to_ticks(score.tempo_map.quarters_at(score.length_s))
    file.tracks.append(_track(_conductor(score), end))
    for part, (port, channel) in zip(score.parts, _seats(score.parts), strict=True):
        file.tracks.append(_track(_part_events(part, channel, port), end))
    return file


def to_ticks(at_q: float) -> int:
    """The nearest tick."""
    return max(0, round(at_q * TICKS_PER_Q))


def _conductor(score: Score) -> list[_Event]:
    """Everything that concerns all parts."""
    meta = mido.MetaMessage
    events: list[_Event] = [
        (0, _META, meta("track_name", name="Cuewright")),
        (0, _META, meta("text", text=fact("length_s", repr(score.length_s)))),
        (0, _META, meta("text", text=fact("key", score.key))),
    ]
    signature = key_signature(score.key)
    if signature is not None:
        events.append((0, _META, meta("key_signature", key=signature)))
    for change in score.tempo_map.meters:
        meter = change.meter
        clocks = max(1, round(24 * meter.beat_q))
        message = meta("time_signature", numerator=meter.beats, denominator=meter.unit, clocks_per_click=clocks)
        events.append((to_ticks(change.at_q), _META, message))
    for tempo in score.tempo_map.tempos:
        microseconds = round(60e6 / tempo.quarter_bpm)
        events.append((to_ticks(tempo.at_q), _META, meta("set_tempo", tempo=microseconds)))
    for marker in score.markers:
        events.append((to_ticks(marker.at_q), _META, meta("marker", text=to_wire(marker_text(marker)))))
    return events


def _seats(parts: Iterable[Part]) -> list[tuple[int, int]]:
    """Port and channel of every part."""
    seats: list[tuple[int, int]] = []
    pitched = 0
    for part in parts:
        if part.is_drums:
            seats.append((0, DRUM_CHANNEL))
        else:
            port, place = divmod(pitched, len(PITCHED_CHANNELS))
            seats.append((port, PITCHED_CHANNELS[place]))
            pitched += 1
    return seats


def _part_events(part: Part, channel: int, port: int) -> list[_Event]:
    """One player's track."""
    meta = mido.MetaMessage
    events: list[_Event] = [
        (0, _META, meta("track_name", name=to_wire(part.id))),
        (0, _META, meta("midi_port", port=port)),
        (0, _META, meta("channel_prefix", channel=channel)),
        (0, _META, meta("instrument_name", name=to_wire(part.instrument))),
        (0, _META, meta("text", text=fact("role", part.role))),
        (0, _SETUP, mido.Message("program_change", channel=channel, program=part.program)),
    ]
    for control in as_bends(part).controls:
        events.append((to_ticks(control.at_q), _SETUP, _control(control, channel)))
    events += _tuning_events(part, channel)
    for start, end, note in played_notes(part.notes):
        strike = mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)
        release = mido.Message("note_off", channel=channel, note=note.pitch, velocity=0)
        events += [(start, _ON, strike), (end, _OFF, release)]
    return events


def _tuning_events(part: Part, channel: int) -> Iterator[_Event]:
    """The messages that tune a channel's pitch classes, for a part that pitch bends cannot tune."""
    changes = [control for control in part.controls if is_tuning(control)]
    if not changes or is_bendable(part):
        return
    now = [0.0] * 12
    for at_q, controls in groupby(changes, key=lambda control: control.at_q):
        for control in controls:
            now[control.number - TUNED] = cents_in(control.value)
        steps = [max(0, min(0x3FFF, round(0x2000 * (1 + cents / 100)))) for cents in now]
        channels = ((1 << channel) >> 14 & 3, (1 << channel) >> 7 & 127, 1 << channel & 127)
        data = (0x7F, 0x7F, 8, 9, *channels, *(half for step in steps for half in (step >> 7, step & 127)))
        yield to_ticks(at_q), _SETUP, mido.Message("sysex", data=data)


def _control(control: Control, channel: int) -> mido.Message:
    """A controller, or the pitch wheel."""
    if control.number == PITCH_BEND:
        return mido.Message("pitchwheel", channel=channel, pitch=control.value - IN_TUNE)
    return mido.Message("control_change", channel=channel, control=control.number, value=control.value)


def played_notes(notes: Iterable[Note]) -> list[tuple[int, int, Note]]:
    """Start tick, end tick and note, such that no key is struck while it sounds.

    Of notes that strike one key in the same tick the strongest stays, and the longest of equals; a note that would
    sound into the next strike of its key ends there.
    """
    strikes: dict[tuple[int, int], tuple[int, Note]] = {}
    for note in notes:
        start, length = to_ticks(note.played_q), max(1, round(note.length_q * TICKS_PER_Q))
        held = strikes.get((note.pitch, start))
        if held is None or (note.velocity, length) > (held[1].velocity, held[0]):
            strikes[note.pitch, start] = (length, note)
    played: list[tuple[int, int, Note]] = []
    following: dict[int, int] = {}
    for (pitch, start), (length, note) in sorted(strikes.items(), reverse=True, key=lambda item: item[0]):
        end = min(start + length, following.get(pitch, start + length))
        following[pitch] = start
        played.append((start, end, note))
    return sorted(played, key=lambda item: (item[0], item[2].pitch))


def _track(events: list[_Event], end: int) -> mido.MidiTrack:
    """Events in their order as a track of waits, ending no earlier than the cue."""
    track = mido.MidiTrack()
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(0, end - now)))
    return track
