"""FluidSynth in this process: one part, dry, as float samples.

Each part gets a synthesiser of its own with its preset alone (`assistant.render.loops`): 4 ms, against 20 to 40 with
samples loaded on demand and seconds for a whole SoundFont. A fresh synthesiser gives the same samples for the same
performance every time; a used one does not, not even after a reset. While it plays, Python's lock is free, so parts
play in parallel on threads.

Conventions: times are rounded to FluidSynth's own blocks of 64 samples (1.3 ms at 48 kHz; 0.7 ms at most off). Reverb
and chorus are off: the room is ours.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from assistant.audio.shelf import LONG_FRAMES, let_go, zeros
from assistant.audio.waveform import Samples
from assistant.errors import EngineError, Fault
from assistant.render.loops import preset_font
from assistant.render.performance import Performance
from assistant.score.values import PITCH_BEND

BLOCK = 64
_GAIN = 0.5
_POLYPHONY = 256
_MELODY_CHANNEL, _DRUM_CHANNEL, _DRUM_BANK = 0, 9, 128
_CHUNK_BLOCKS = 4096
_LET_GO_CHUNKS = 8
_LOG_KINDS = (1, 2, 3)
"""Errors, warnings, information."""


@cache
def library() -> Any | None:
    """The pyfluidsynth module over the system's libfluidsynth, or None where there is none."""
    try:
        import fluidsynth
    except (ImportError, OSError, AttributeError):
        return None
    write = fluidsynth._fl.fluid_synth_write_float
    pointer, number = ctypes.c_void_p, ctypes.c_int
    write.argtypes = [pointer, number, pointer, number, number, pointer, number, number]
    write.restype = number
    # It writes to stderr about kits that a SoundFont lacks, which is not the person's concern: the standard kit plays.
    for kind in _LOG_KINDS:
        fluidsynth._fl.fluid_set_log_function(kind, None, None)
    # The first synthesiser of a process fills FluidSynth's own tables; two threads must not do that at once.
    settings = fluidsynth.new_fluid_settings()
    fluidsynth.delete_fluid_synth(fluidsynth.new_fluid_synth(settings))
    fluidsynth.delete_fluid_settings(settings)
    return fluidsynth


class FluidSynth:
    """A player; see `assistant.render.player.Player`."""

    name = "fluidsynth"

    def __init__(self, soundfont: Path, rate_hz: int) -> None:
        self.soundfont = soundfont
        self.rate_hz = rate_hz

    def play(self, performance: Performance, frames: int) -> Samples:
        """The performance from its start, ``frames`` long, shape (2, frames)."""
        blocks = -(-frames // BLOCK)
        sound = zeros(2, blocks * BLOCK)
        with self.begun(performance.program, is_drums=performance.is_drums) as sounding:
            sounding.play_on(performance, sound, blocks)
        return sound[:, :frames]

    @contextmanager
    def begun(self, program: int, *, is_drums: bool) -> Iterator[Sounding]:
        """A fresh synthesiser with a program on its channel."""
        module = library()
        if module is None:
            raise EngineError("renderer fluidsynth", "libfluidsynth installed", "install it, or use the fallback")
        settings = module.new_fluid_settings()
        for name, value in (
            ("synth.reverb.active", 0),
            ("synth.chorus.active", 0),
            ("synth.dynamic-sample-loading", 1),
            ("synth.polyphony", _POLYPHONY),
            ("synth.lock-memory", 0),
            ("synth.threadsafe-api", 0),
        ):
            module.fluid_settings_setint(settings, name.encode(), value)
        module.fluid_settings_setnum(settings, b"synth.sample-rate", float(self.rate_hz))
        module.fluid_settings_setnum(settings, b"synth.gain", _GAIN)
        synth = module.new_fluid_synth(settings)
        try:
            bank = _DRUM_BANK if is_drums else 0
            path = (None if is_drums else preset_font(self.soundfont, program)) or self.soundfont
            font = module.fluid_synth_sfload(synth, str(path).encode(), 0)
            if font < 0:
                raise EngineError(f"SoundFont {self.soundfont}", "an sf2 or sf3 file", "name one that can be read")
            channel = _DRUM_CHANNEL if is_drums else _MELODY_CHANNEL
            select = module.fluid_synth_program_select
            if all(select(synth, channel, font, bank, choice) != 0 for choice in (program, 0)):
                raise Fault(f"program {program} is not in {self.soundfont.name}", "use a GM SoundFont")
            yield Sounding(module, synth, channel, self.rate_hz)
        finally:
            module.delete_fluid_synth(synth)
            module.delete_fluid_settings(settings)


class Sounding:
    """A synthesiser at work: its voices ring on from one stretch of blocks to the next."""

    def __init__(self, module: Any, synth: int, channel: int, rate_hz: int) -> None:
        self._module, self._synth, self._channel, self._rate_hz = module, synth, channel, rate_hz
        self.block = 0
        """The next block that it will play."""

    def play_on(self, performance: Performance, sound: Samples, until: int) -> None:
        """Play into ``sound`` (2, n) from where it is to before block ``until``; what comes before is in the past."""
        for block, events in _schedule(performance, self._rate_hz, self.block):
            if block >= until:
                break
            _write(self._module, self._synth, sound, self.block, block)
            self.block = block
            for kind, first, second in events:
                _send(self._module, self._synth, self._channel, kind, first, second)
        _write(self._module, self._synth, sound, self.block, until)
        self.block = max(self.block, until)


_OFF, _TURN, _ON = 0, 1, 2
"""Kinds of event, in the order in which those of one block are sent."""


def _schedule(performance: Performance, rate_hz: int, first: int) -> Iterator[tuple[int, list[tuple[int, int, int]]]]:
    """Events by block, from block ``first`` on, each block once, in time."""

    def block(at_s: float) -> int:
        return round(at_s * rate_hz / BLOCK)

    table: dict[int, list[tuple[int, int, int]]] = {}
    for stroke in performance.strokes:
        start = block(stroke.start_s)
        end = max(start + 1, block(stroke.end_s))
        if end >= first:
            table.setdefault(start, []).append((_ON, stroke.pitch, stroke.velocity))
            table.setdefault(end, []).append((_OFF, stroke.pitch, 0))
    for turn in performance.turns:
        table.setdefault(block(turn.at_s), []).append((_TURN, turn.number, turn.value))
    for place in sorted(place for place in table if place >= first):
        yield place, sorted(table[place], key=lambda event: event[0])


def _send(module: Any, synth: int, channel: int, kind: int, first: int, second: int) -> None:
    if kind == _ON:
        module.fluid_synth_noteon(synth, channel, first, second)
    elif kind == _OFF:
        module.fluid_synth_noteoff(synth, channel, first)
    elif first == PITCH_BEND:
        module.fluid_synth_pitch_bend(synth, channel, second)
    else:
        module.fluid_synth_cc(synth, channel, first, second)


def _write(module: Any, synth: int, sound: Samples, start: int, end: int) -> None:
    """Let the synthesiser play blocks ``start`` to ``end`` into ``sound``."""
    write = module._fl.fluid_synth_write_float
    for first in range(start, end, _CHUNK_BLOCKS):
        count = (min(end, first + _CHUNK_BLOCKS) - first) * BLOCK
        left, right = sound[0, first * BLOCK :], sound[1, first * BLOCK :]
        write(synth, count, left.ctypes.data, 0, 1, right.ctypes.data, 0, 1)
        if sound.shape[1] > LONG_FRAMES and first // _CHUNK_BLOCKS % _LET_GO_CHUNKS == 0:
            let_go()
