"""What a synthesiser is told: strokes and controller values of one part, in seconds.

Conventions: times in seconds from the start of the performance, which is the cue's but where a slow instrument must
speak at once: then it begins ``lead_s`` before the cue, and what sounds in that time is not heard. Strokes of one key
never overlap, so a release can only end its own stroke. Both renderers play the same performance.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from assistant.score import Control, Note, Part, Score
from assistant.score.values import PITCH_BEND

EXPRESSION, SUSTAIN = 11, 64
SHORTEST_S = 0.03
"""No stroke is shorter: a release before the attack is through would be a click."""

LEAD_STEP_S = 0.008
"""A lead is a multiple of this: whole blocks of a synthesiser, so that what comes later falls where it would."""

_SAME_S = 1e-3
"""Strokes of one key that begin this near to each other are one."""

GLIDE_S, GLIDE_STEP_S, JUMP = 0.03, 0.003, 8
"""A controller that jumps by more than `JUMP` glides there in `GLIDE_S`: a jump is a click."""


@dataclass(frozen=True)
class Stroke:
    """One key, down and up."""

    start_s: float
    end_s: float
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Turn:
    """A controller set to a value."""

    at_s: float
    number: int
    value: int


@dataclass(frozen=True)
class Performance:
    """All that one player does, from ``lead_s`` before the cue on.

    ``instrument`` is said where it is known, since a program may stand for several.
    """

    program: int
    is_drums: bool
    strokes: tuple[Stroke, ...]
    turns: tuple[Turn, ...] = ()
    instrument: str = ""
    lead_s: float = 0.0

    @property
    def end_s(self) -> float:
        """When the last key goes up."""
        return max((stroke.end_s for stroke in self.strokes), default=0.0)

    def lead_frames(self, rate_hz: int) -> int:
        """How many samples it plays before the cue begins."""
        return round(self.lead_s * rate_hz)


@dataclass(frozen=True)
class Fermata:
    """The final chord: from ``from_s`` on, notes longer than ``longer_s`` are held until ``until_s``."""

    from_s: float
    longer_s: float
    until_s: float

    def held_s(self, start_s: float, end_s: float) -> float:
        """When a note that is written to end at ``end_s`` is released."""
        is_final = start_s >= self.from_s and end_s - start_s >= self.longer_s
        return max(end_s, self.until_s) if is_final else end_s


NO_FERMATA = Fermata(math.inf, math.inf, 0.0)


def perform(
    score: Score,
    part: Part,
    *,
    early_s: Callable[[Note], float] = lambda note: 0.0,
    may_lead: Callable[[Note], bool] = lambda note: False,
    fermata: Fermata = NO_FERMATA,
    loop: bool = False,
) -> Performance:
    """The performance of one part, each key struck ``early_s(note)`` before it is to be heard.

    What would be struck before the beginning is struck at the beginning, unless it may lead. In a loop, it is struck
    before the end, and the pedal goes up there.
    """
    strokes: list[Stroke] = []
    moved: list[Stroke] = []
    for note in part.notes:
        start_s = score.start_s(note)
        if start_s >= score.length_s:
            continue
        shift_s = score.length_s if loop and start_s < early_s(note) else 0.0
        begin_s = start_s - early_s(note) + shift_s
        begin_s = begin_s if may_lead(note) else max(0.0, begin_s)
        end_s = max(fermata.held_s(start_s, score.end_s(note)) + shift_s, begin_s + SHORTEST_S)
        (moved if shift_s else strokes).append(Stroke(begin_s, end_s, note.pitch, note.velocity))
    strokes += moved
    turns = _glides(part.controls, score)
    if loop:
        turns = [*(turn for turn in turns if turn.at_s < score.length_s), Turn(score.length_s, SUSTAIN, 0)]
    lead_s = _lead_s(strokes)
    if lead_s:
        strokes = [replace(each, start_s=each.start_s + lead_s, end_s=each.end_s + lead_s) for each in strokes]
        turns = [replace(each, at_s=each.at_s + lead_s if each.at_s else 0.0) for each in turns]
    strokes = _apart(_not_overtaken(strokes))
    return Performance(part.program, part.is_drums, tuple(strokes), tuple(turns), part.instrument, lead_s)


def _lead_s(strokes: list[Stroke]) -> float:
    """How long before the cue the first of them begins, in whole steps."""
    earliest_s = min((stroke.start_s for stroke in strokes), default=0.0)
    return math.ceil(max(0.0, -earliest_s) / LEAD_STEP_S - 1e-9) * LEAD_STEP_S


def _not_overtaken(strokes: list[Stroke]) -> list[Stroke]:
    """Strokes in the order of writing, without those whose key a later note, early for a hit, has taken already."""
    begins: dict[int, float] = {}
    kept: list[Stroke] = []
    for stroke in reversed(strokes):
        if stroke.start_s <= begins.get(stroke.pitch, math.inf) + _SAME_S:
            begins[stroke.pitch] = min(stroke.start_s, begins.get(stroke.pitch, math.inf))
            kept.append(stroke)
    return kept[::-1]


def _apart(strokes: list[Stroke]) -> list[Stroke]:
    """Strokes by time, each ended before its key is struck again; of two at once the louder stays."""
    sounding: dict[int, int] = {}
    kept: list[Stroke] = []
    for stroke in sorted(strokes, key=lambda item: (item.start_s, item.pitch, -item.velocity)):
        before = sounding.get(stroke.pitch)
        if before is not None:
            last = kept[before]
            if stroke.start_s - last.start_s < _SAME_S:
                continue
            if last.end_s > stroke.start_s:
                kept[before] = Stroke(last.start_s, stroke.start_s, last.pitch, last.velocity)
        sounding[stroke.pitch] = len(kept)
        kept.append(stroke)
    return kept


def _glides(controls: tuple[Control, ...], score: Score) -> list[Turn]:
    """Controller values in seconds, large jumps as short glides (switches such as the pedal jump)."""
    turns: list[Turn] = []
    now: dict[int, int] = {}
    for control in controls:
        at_s = max(0.0, score.tempo_map.seconds_at(control.at_q))
        before = now.get(control.number)
        leap = 0 if before is None or control.number == SUSTAIN else control.value - before
        if abs(leap) > JUMP * (128 if control.number == PITCH_BEND else 1) and before is not None:
            steps = round(GLIDE_S / GLIDE_STEP_S)
            turns += [
                Turn(at_s + step * GLIDE_STEP_S, control.number, before + round(leap * step / steps))
                for step in range(1, steps)
            ]
            at_s += GLIDE_S
        turns.append(Turn(at_s, control.number, control.value))
        now[control.number] = control.value
    return sorted(turns, key=lambda turn: turn.at_s)
