"""Drawing notes cell by cell: the network's logits, bent by named rules, for many sequences at once.

Conventions: a sequence is one candidate for one stretch: a past (rows that are given), then cells in order. Rules are
functions ``(logits, state)`` that return new logits, one row a sequence; they add `NEVER` for what must not be and
small weights for what had better be. All chance comes from one generator, so a seed gives the same notes again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from models.transformer import vocabulary as v
from models.transformer.cells import FOREIGN, NEVER, CellTask, Played
from models.transformer.decoding import Decoder
from models.transformer.idiom import leaning as spoken_leaning
from models.transformer.manner import REACH, Leaning
from models.transformer.network import Composer

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
SPARSE = 0.7
"""When fewer than this share of the sequences are being written, the others are dropped from the batch."""
KEPT_ROWS = 420
"""How many rows are remembered when the window is full."""


@dataclass
class Draft:
    """One candidate in the making."""

    tasks: Sequence[CellTask]
    past: Array
    written: dict[tuple[str, int], tuple[Played, ...]]
    adapt: Callable[[Draft, CellTask, tuple[Played, ...]], CellTask]
    place: int = 0
    notes: list[Played] = field(default_factory=list)
    lines: dict[str, list[int]] = field(default_factory=dict)
    moves: dict[tuple[str, int], int] = field(default_factory=dict)
    log: list[Array] = field(default_factory=list)


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


@dataclass(frozen=True)
class Taste:
    """Temperature and nucleus of the heads."""

    onset: tuple[float, float] = (0.9, 0.97)
    pitch: tuple[float, float] = (1.0, 0.95)
    length: tuple[float, float] = (0.8, 0.95)
    velocity: tuple[float, float] = (0.8, 0.95)


MANNERED = Taste(pitch=(1.0, 0.995), length=(0.95, 0.99))
"""For cues with a manner, whose leanings say what is rare: less of the tails is cut off."""
PLAIN = Leaning(
    -SLOPE * np.maximum(np.abs(np.arange(-REACH, REACH + 1)) - 7, 0),
    np.zeros(len(v.LENGTHS)), np.zeros(v.STEPS_PER_Q), TIRED,
)  # fmt: skip
"""The leanings of a cell without a manner."""


def pick(logits: Array, chance: Array, temperature: float, nucleus: float) -> Array:
    """One class a row: the least probable ones, beyond the nucleus, are never drawn.

    Examples
    --------
    >>> pick(np.array([[0.0, 5.0, -5.0]]), np.array([0.999]), 1.0, 0.9).tolist()
    [1]
    """
    scaled = (logits - logits.max(1, keepdims=True)) / temperature
    share = np.exp(np.maximum(scaled, -60.0))
    share = np.where(scaled < -59, 0.0, share)
    share /= share.sum(1, keepdims=True)
    order = np.argsort(-share, axis=1, kind="stable")
    ranked = np.take_along_axis(share, order, 1)
    before = np.cumsum(ranked, 1) - ranked
    ranked = np.where(before < nucleus, ranked, 0.0)
    reached = np.cumsum(ranked, 1)
    place = (reached <= chance[:, None] * reached[:, -1:]).sum(1)
    place = np.minimum(place, (ranked > 0).sum(1) - 1)
    drawn: Array = np.take_along_axis(order, place[:, None], 1)[:, 0]
    return drawn


def rows_of(asked: Array, notes: Sequence[Played]) -> Array:
    """A cell as the rows that the network reads: its header, then its notes."""
    rows = np.empty((len(notes) + 1, len(v.FIELDS)), np.int64)
    rows[:, 5:] = asked
    rows[0, :5] = (1, *(v.NOTHING[name] for name in ("onset", "pitch", "length", "velocity")))
    for index, (onset, pitch, length, velocity) in enumerate(notes, start=1):
        rows[index, :5] = (2, onset, pitch, *classes(length, velocity))
    return rows


def classes(length: int, velocity: int) -> tuple[int, int]:
    """Length and velocity as classes."""
    return int(v.nearest([length], v.LENGTHS)[0]), int(v.nearest([velocity], v.VELOCITIES)[0])


class Writer:
    """Writes a batch of sequences to their ends.

    Parameters
    ----------
    model : Composer
    sequences : sequence of Draft
    seed : int
        The same seed, sequences and machine give the same notes.
    taste : Taste
    """

    def __init__(self, model: Composer, sequences: Sequence[Draft], *, seed: int, taste: Taste | None = None) -> None:
        self.model, self.sequences, self.taste = model, list(sequences), taste or Taste()
        self.random = np.random.default_rng(seed)
        self.count = count = len(self.sequences)
        self.alive = np.arange(count)
        self.decoder = self._memory(count)
        self.pending: list[Array] = [each.past for each in self.sequences]
        self.current: list[CellTask | None] = [None] * count
        zeros = np.zeros(count, np.int64)
        self.state = State(
            np.full((count, v.ONSETS), NEVER), np.zeros((count, 128)), np.full((count, v.LONGEST_BAR + 1), 144),
            np.full((count, v.LONGEST_BAR + 1), -1), zeros - 1, zeros.copy(), zeros.copy(), zeros + 1, zeros.copy(),
            zeros.copy(), zeros.copy(), zeros + OPENED, zeros - 1, zeros.copy(), zeros.copy(),
            zeros > 0, zeros - 1, zeros.copy(), zeros > 0, np.tile(PLAIN.moves, (count, 1)), zeros + WIDE,
            zeros + TIRED, np.zeros((count, len(v.LENGTHS))),
        )  # fmt: skip
        for index in range(count):
            self._next_cell(index)

    def run(self, step: Callable[[], None] = lambda: None) -> None:
        """Write everything; ``step`` is called now and then, and whenever a sequence is done."""
        with torch.inference_mode():
            turn, left = 0, self._left()
            while left:
                self._draw(self._feed())
                turn, before, left = turn + 1, left, self._left()
                if turn % 16 == 0 or left < before:
                    step()
                if left < SPARSE * len(self.sequences):
                    self._drop_finished()

    def _memory(self, count: int) -> Decoder:
        """What remembers so many sequences."""
        return Decoder(self.model, count)

    def _left(self) -> int:
        return sum(task is not None for task in self.current)

    def _drop_finished(self) -> None:
        """Go on with the sequences that are not done."""
        chosen = [index for index, task in enumerate(self.current) if task is not None]
        if not chosen:
            return
        self.alive = self.alive[chosen]
        self.sequences = [self.sequences[index] for index in chosen]
        self.current = [self.current[index] for index in chosen]
        self.pending = [self.pending[index] for index in chosen]
        rows = {each.name: getattr(self.state, each.name) for each in fields(State)}
        kept: dict[str, Any] = {name: None if each is None else each[chosen] for name, each in rows.items()}
        self.state = replace(self.state, **kept)
        self.decoder.keep(chosen)

    def _feed(self) -> torch.Tensor:
        """Show the network what is new; where its window is full, only the latest rows are shown again."""
        count = max(len(rows) for rows in self.pending)
        for sequence, rows in zip(self.sequences, self.pending, strict=True):
            sequence.log.append(rows)
        if self.decoder.filled + count > self.model.shape.context:
            self.decoder.forget()
            self.pending = [_recent(sequence.log) for sequence in self.sequences]
        hidden = self.decoder.feed(self.pending)
        empty = np.zeros((0, len(v.FIELDS)), np.int64)
        self.pending = [empty for _ in self.sequences]
        return hidden

    def _next_cell(self, index: int) -> None:
        """Go on to the next cell that is not given."""
        sequence = self.sequences[index]
        while sequence.place < len(sequence.tasks):
            task = sequence.tasks[sequence.place]
            if task.given is None:
                self._open(index, task)
                return
            rows = rows_of(task.fields, task.given)
            self.pending[index] = np.concatenate([self.pending[index], rows])
            sequence.written[task.part, task.bar] = task.given
            sequence.lines.setdefault(task.part, []).extend(note[1] for note in task.given)
            sequence.place += 1
        self.current[index] = None
        self.state.onsets[index] = NEVER

    def _open(self, index: int, task: CellTask) -> None:
        """Set the state to the beginning of a cell."""
        sequence, state = self.sequences[index], self.state
        source = sequence.written.get(task.model) if task.model else None
        if source:
            task = sequence.adapt(sequence, task, source)
        self.current[index] = task
        sequence.notes = []
        self.pending[index] = np.concatenate([self.pending[index], rows_of(task.fields, ())])
        state.onsets[index], state.longest[index], state.like[index] = task.onsets, task.longest, task.like
        state.last[index], state.voices[index], state.count[index], state.bound[index] = -1, 0, 0, False
        state.fewest[index], state.most[index], state.polyphony[index] = task.fewest, task.most, task.polyphony
        state.must[index], state.left[index] = task.musts[0] if task.musts else OPENED, len(task.musts)
        leaning = task.leaning or PLAIN
        state.moves[index], state.lengths[index], state.tired[index] = leaning.moves, leaning.lengths, leaning.tired
        state.widest[index] = WIDE_BASS if task.leaning and task.fields[0] == BASS else WIDE
        line = sequence.lines.get(task.part, [])
        state.line[index] = line[-1] if line else -1
        state.again[index] = _run_length(line)

    def _draw(self, hidden: torch.Tensor) -> None:
        """One event for every sequence that is not done."""
        model, state, taste = self.model, self.state, self.taste
        chance = self.random.random((4, self.count))[:, self.alive]
        logits = model.onset(hidden).numpy().astype(np.float64)
        for rule in ONSET_RULES:
            logits = rule(logits, state)
        state.onset = pick(logits, chance[0], *taste.onset)
        ended = state.onset == END
        active = [index for index, task in enumerate(self.current) if task is not None]
        if any(not ended[index] for index in active):
            notes = self._note(hidden, chance)
        for index in active:
            if ended[index]:
                self._close(index)
            else:
                self._note_written(index, notes[index])

    def _note(self, hidden: torch.Tensor, chance: Array) -> Array:
        """Pitch, length and velocity for the onsets that were drawn."""
        model, state, taste = self.model, self.state, self.taste
        state.onset = np.minimum(state.onset, v.LONGEST_BAR)
        asked = np.stack([task.fields if task else np.zeros(len(v.FIELDS) - 5, np.int64) for task in self.current])
        rows = torch.from_numpy(np.concatenate([np.zeros((len(asked), 5), np.int64), asked], 1))
        for index, task in enumerate(self.current):
            if task is not None:
                onset = state.onset[index]
                state.pitches[index] = task.pitches[task.stretch[onset]]
                more = state.count[index] + 1 < state.most[index] or state.left[index] > (onset == state.must[index])
                state.room[index] = more and bool((state.onsets[index, onset + 1 : END] > NEVER / 2).any())
        state.spoken = self._spoken()
        by_pitch, inner = model.pitch_logits(hidden, torch.from_numpy(state.onset), rows)
        logits = by_pitch[:, :128].numpy().astype(np.float64)
        for rule in PITCH_RULES:
            logits = rule(logits, state)
        pitch = pick(logits, chance[1], *taste.pitch)
        by_length, inner = model.length_logits(inner, torch.from_numpy(pitch))
        logits = by_length.numpy().astype(np.float64)
        for rule in LENGTH_RULES:
            logits = rule(logits, state)
        length = pick(logits, chance[2], *taste.length)
        loud = model.velocity_logits(inner, torch.from_numpy(length)).numpy().astype(np.float64)
        velocity = pick(loud, chance[3], *taste.velocity)
        return np.column_stack([state.onset, pitch, length, velocity])

    def _spoken(self) -> Array | None:
        """`State.spoken` for the notes that are being drawn."""
        rows = [
            spoken_leaning(task, sequence.lines.get(task.part, ())) if task is not None else None
            for task, sequence in zip(self.current, self.sequences, strict=True)
        ]
        if all(row is None for row in rows):
            return None
        return np.stack([np.zeros(128) if row is None else row for row in rows])

    def _note_written(self, index: int, drawn: Array) -> None:
        """Take a note down, and on from there."""
        state, sequence, task = self.state, self.sequences[index], self.current[index]
        assert task is not None
        onset, pitch, length, velocity = (int(value) for value in drawn)
        sequence.notes.append((onset, pitch, int(v.LENGTHS[length]), int(v.VELOCITIES[velocity])))
        fresh = onset != state.last[index]
        state.count[index] += fresh
        state.voices[index] = 1 if fresh else state.voices[index] + 1
        state.last[index], state.top[index] = onset, pitch
        state.bound[index] = NEVER / 2 < state.pitches[index, pitch] < FOREIGN / 2
        state.origin[index] = state.line[index]
        state.again[index] = state.again[index] + 1 if pitch == state.line[index] else 1
        state.line[index] = pitch
        sequence.lines.setdefault(task.part, []).append(pitch)
        ahead = [must for must in task.musts if must > onset]
        state.must[index], state.left[index] = ahead[0] if ahead else OPENED, len(ahead)
        row = np.concatenate([[2, onset, pitch, length, velocity], task.fields])
        self.pending[index] = row[None]

    def _close(self, index: int) -> None:
        """The cell is done."""
        sequence, task = self.sequences[index], self.current[index]
        assert task is not None
        sequence.written[task.part, task.bar] = tuple(sequence.notes)
        sequence.place += 1
        self._next_cell(index)


def _run_length(line: Sequence[int]) -> int:
    """How often the last pitch came in a row."""
    count = 0
    while count < len(line) and line[-1 - count] == line[-1]:
        count += 1
    return count


def _recent(log: Sequence[Array]) -> Array:
    """The latest rows, from the beginning of a cell on."""
    rows = np.concatenate(log)[-KEPT_ROWS:]
    headers = np.flatnonzero(rows[:, 0] == 1)
    return rows[headers[0] :] if len(headers) else rows
