"""Drawing notes cell by cell: the network's logits, bent by named rules, for many sequences at once.

Conventions: a sequence is one candidate for one stretch: a past (rows that are given), then cells in order. The rules
are those of `models.transformer.processors`. All chance comes from one generator, so a seed gives the same notes again.
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
from models.transformer.network import Composer
from models.transformer.processors import (
    BASS,
    END,
    LENGTH_RULES,
    ONSET_RULES,
    OPENED,
    PITCH_RULES,
    PLAIN,
    TIRED,
    WIDE,
    WIDE_BASS,
    State,
)

Array = npt.NDArray[Any]
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


@dataclass(frozen=True)
class Taste:
    """Temperature and nucleus of the heads."""

    onset: tuple[float, float] = (0.9, 0.97)
    pitch: tuple[float, float] = (1.0, 0.95)
    length: tuple[float, float] = (0.8, 0.95)
    velocity: tuple[float, float] = (0.8, 0.95)


MANNERED = Taste(pitch=(1.0, 0.995), length=(0.95, 0.99))
"""For cues with a manner, whose leanings say what is rare: less of the tails is cut off."""


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
