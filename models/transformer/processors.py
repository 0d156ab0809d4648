"""What bends the network's logits: named rules over what each sequence has written so far.

Conventions: rules are functions ``(logits, state)`` that return new logits (sequences, classes) in nats; they add
`NEVER` for what must not be and small weights for what had better be. Times are steps of a twelfth of a quarter note,
pitches MIDI numbers, intervals semitones. The field calls such functions logits processors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.transformer import vocabulary as v
from models.transformer.cells import FOREIGN, NEVER
from models.transformer.manner import REACH, Leaning

Array = npt.NDArray[Any]
END = v.ONSET_END
BASS = v.ROLES.index("bass")
WIDE = 12
"""The widest leap of a line, in semitones."""
TIRED = 0.5
"""What each repetition of a pitch beyond the first costs."""
SLOPE = 0.05
"""What each semitone of a leap beyond a fifth costs."""
WIDE_BASS = 21
"""The widest leap of a bass that has a manner."""
TRIPLETS, SIXTEENTHS = (4, 8), (3, 6, 9)
EIGHTH = v.STEPS_PER_Q // 2
PASSING = 0.8
"""What a note outside the scale is worth where it passes by step."""
OPENED = 9999
PLAIN = Leaning(
    -SLOPE * np.maximum(np.abs(np.arange(-REACH, REACH + 1)) - 7, 0),
    np.zeros(len(v.LENGTHS)), np.zeros(v.STEPS_PER_Q), TIRED,
)  # fmt: skip
"""The leanings of a cell without a manner."""


@dataclass
class State:
    """What the rules look at: one entry for each sequence."""

    onsets: Array
    pitches: Array
    longest: Array
    like: Array
    last: Array
    """Step of the last note of the cell, -1 before the first."""
    top: Array
    """Its pitch, and how many notes stand on its step."""
    voices: Array
    polyphony: Array
    count: Array
    fewest: Array
    most: Array
    must: Array
    line: Array
    """The last pitch of the same part, -1 where there is none; and how often it came in a row."""
    again: Array
    onset: Array
    """The step that was just drawn."""
    bound: Array
    """Whether the last note lies outside the scale and must be resolved; and the pitch that it came from."""
    origin: Array
    left: Array
    """How many steps must still be struck."""
    room: Array
    """Whether another note may follow the one that is being drawn."""
    moves: Array
    """What each move is worth, by `manner.REACH` semitones down to as many up; the widest that is allowed."""
    widest: Array
    tired: Array
    """What each repetition of a pitch beyond the first costs."""
    lengths: Array
    """What each class of length is worth."""
    spoken: Array | None = None
    """What each pitch is worth to a region's tunes; None where no sequence speaks."""


Rule = Callable[[Array, State], Array]
STEPS = np.arange(v.ONSETS)
PITCHES = np.arange(128)


def stay_in_cell(logits: Array, state: State) -> Array:
    """The cell's own table: grid, bar length, breath, what it takes after."""
    return logits + state.onsets


def move_on(logits: Array, state: State) -> Array:
    """No step before the last; the last again only while a chord may still grow."""
    full = (state.voices >= state.polyphony)[:, None]
    early = (state.last[:, None] > STEPS) | ((state.last[:, None] == STEPS) & full)
    early[:, END] = False
    return np.where(early, NEVER, logits)


def strike_hits(logits: Array, state: State) -> Array:
    """Nothing beyond the next hit, and no end, before it is struck."""
    return np.where(state.must[:, None] < STEPS, NEVER, logits)


def keep_to_density(logits: Array, state: State) -> Array:
    """No end before the fewest onsets, nothing new after the most."""
    out = logits.copy()
    short = (state.count < state.fewest) & (out[:, :END].max(1) > NEVER / 2)
    out[short, END] = NEVER
    enough = state.count + state.left >= state.most
    new = (STEPS[None, :END] > state.last[:, None]) & (STEPS[None, :END] != state.must[:, None])
    out[:, :END] = np.where(enough[:, None] & new, NEVER, out[:, :END])
    return out


def leave_room(logits: Array, state: State) -> Array:
    """No step so late that the fewest onsets would not fit after it, in eighths where they suffice, else sixteenths."""
    open_ = state.onsets[:, :END] > NEVER / 2
    last = np.where(open_.any(1), END - 1 - open_[:, ::-1].argmax(1), 0)
    missing = state.fewest - state.count - 1
    gap = np.where(missing * EIGHTH <= last - np.maximum(state.last, 0), EIGHTH, EIGHTH // 2)
    latest = last - np.maximum(missing, 0) * gap
    late = (STEPS[None, :END] > latest[:, None]) & (STEPS[None, :END] > state.last[:, None])
    out = logits.copy()
    out[:, :END] -= np.where(late & (missing > 0)[:, None], 6.0, 0.0)
    return out


def one_grid(logits: Array, state: State) -> Array:
    """Within a beat sixteenths or triplets, not both."""
    last = np.maximum(state.last, 0)[:, None]
    beat = (STEPS[None, :END] // v.STEPS_PER_Q == last // v.STEPS_PER_Q) & (state.last >= 0)[:, None]
    place, within = last % v.STEPS_PER_Q, STEPS[None, :END] % v.STEPS_PER_Q
    mixed = (np.isin(place, TRIPLETS) & np.isin(within, SIXTEENTHS)) | (
        np.isin(place, SIXTEENTHS) & np.isin(within, TRIPLETS)
    )
    out = logits.copy()
    out[:, :END] -= np.where(beat & mixed & (STEPS[None, :END] != state.must[:, None]), 30.0, 0.0)
    return out


def resolve_soon(logits: Array, state: State) -> Array:
    """After a note outside the scale another follows, within a beat where it may."""
    ahead = logits[:, :END] > NEVER / 2
    bound = state.bound & ahead.any(1)
    late = STEPS[None, :END] > state.last[:, None] + v.STEPS_PER_Q
    out = logits.copy()
    out[:, :END] -= np.where(bound[:, None] & late, 30.0, 0.0)
    out[bound, END] = NEVER
    return out


def sing_in_range(logits: Array, state: State) -> Array:
    """The cell's own table: range, scale, chord."""
    return logits + state.pitches


def pass_by_step(logits: Array, state: State) -> Array:
    """A note outside the scale, if another can follow, is entered by step; then on by step, or back to the last."""
    apart = np.abs(PITCHES - state.line[:, None])
    near = (apart == 1) | (apart == 2)
    marked = (state.pitches < FOREIGN / 2) & (state.pitches > NEVER / 2)
    may = (state.polyphony == 1) & (state.line >= 0) & ~state.bound & state.room
    lifted = logits - (FOREIGN - PASSING) * (marked & near & may[:, None])
    onwards = (PITCHES - state.line[:, None]) * (state.line - state.origin)[:, None] > 0
    good = near & (onwards | (state.origin[:, None] == PITCHES))
    resolved: Array = lifted - np.where(state.bound[:, None] & ~good, 30.0, 0.0)
    return resolved


def build_upwards(logits: Array, state: State) -> Array:
    """Notes of one chord from the lowest up, no seconds between them."""
    same = (state.voices > 0) & (state.onset == state.last)
    return np.where(same[:, None] & (state.top[:, None] + 2 >= PITCHES), NEVER, logits)


def no_wild_leaps(logits: Array, state: State) -> Array:
    """A line moves by an octave at most (a bass may go farther), each move as gladly as its manner has it."""
    line = (state.line >= 0) & (state.polyphony == 1)
    away = PITCHES - state.line[:, None]
    worth = np.take_along_axis(state.moves, np.clip(away, -REACH, REACH) + REACH, 1)
    worth = np.where(np.abs(away) > state.widest[:, None], NEVER / 10, worth)
    return np.where(line[:, None], logits + worth, logits)


def no_hammering(logits: Array, state: State) -> Array:
    """The same pitch again and again tires."""
    tired = -(state.tired * np.maximum(state.again - 1, 0))[:, None] * (state.line[:, None] == PITCHES)
    return np.where((state.polyphony == 1)[:, None], logits + tired, logits)


def speak(logits: Array, state: State) -> Array:
    """The moves that the tunes of a region make, where they were learned."""
    return logits if state.spoken is None else logits + state.spoken


def end_in_time(logits: Array, state: State) -> Array:
    """No length beyond what the cell allows at this step; the length it takes after, where it does."""
    room = state.longest[np.arange(len(logits)), state.onset]
    out = np.where(np.maximum(room, 2)[:, None] < v.LENGTHS, NEVER, logits)
    like = state.like[np.arange(len(logits)), state.onset]
    liked: Array = out + state.lengths + 2.5 * (like[:, None] == np.arange(len(v.LENGTHS)))
    return liked


ONSET_RULES: tuple[Rule, ...] = (
    stay_in_cell,
    move_on,
    strike_hits,
    keep_to_density,
    leave_room,
    one_grid,
    resolve_soon,
)
PITCH_RULES: tuple[Rule, ...] = (sing_in_range, pass_by_step, build_upwards, no_wild_leaps, no_hammering, speak)
LENGTH_RULES: tuple[Rule, ...] = (end_in_time,)
