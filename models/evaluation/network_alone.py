"""The network alone: cells drawn from it under a work's own controls, with none of the sampler's musical rules.

Conventions: every cell of the excerpt is asked for exactly as `models.transformer.windows` would ask in training, but
with nothing hidden and nothing given; the only law is that steps do not go back. Drawn at temperature 1. Where the
window is full, the latest half is read again. Only `models.transformer.network` is used, not the engine's decoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.evaluation.held_out import Excerpt, outer
from models.transformer import vocabulary as v
from models.transformer.network import Composer, rotary
from models.transformer.windows import RANK, Corpus, Windows

Array = npt.NDArray[Any]

BATCH = 8
FULLEST = 64
"""Notes after which a cell is ended."""


@dataclass
class Player:
    """One excerpt in the making: fields of its cells in order, what is written, rows shown to the network."""

    fields: Array
    cell: int = 0
    last: int = -1
    written: list[list[tuple[int, int, int]]] = field(default_factory=list)
    rows: list[Array] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether every cell is written."""
        return self.cell >= len(self.fields)

    def show(self, event: Sequence[int]) -> None:
        """A row for the network: what the last event was, and what its cell is asked to be."""
        self.rows.append(np.concatenate([event, self.fields[min(self.cell, len(self.fields) - 1)]]))

    def open(self) -> None:
        """The header of a cell."""
        self.last = -1
        self.written.append([])
        self.show((1, *(v.NOTHING[name] for name in ("onset", "pitch", "length", "velocity"))))


def controls(corpus: Corpus, windows: Windows, excerpt: Excerpt) -> tuple[Array, list[tuple[str, int]]]:
    """Fields (cells, fields) of the excerpt's sounding cells in training's order, and each one's voice and bar."""
    voices = sorted(excerpt.voices, key=lambda voice: RANK[corpus.role[corpus.part_start[excerpt.piece] + voice.place]])
    count, parts = int(corpus.piece[excerpt.piece, 2]), int(corpus.piece[excerpt.piece, 3])
    order = [(voice, bar) for bar in range(excerpt.bars) for voice in voices]
    places = np.array([voice.place for voice, _ in order])
    bars = excerpt.first + np.array([bar for _, bar in order])
    cells = corpus.cell_start[excerpt.piece] + bars * parts + places
    sounding = np.flatnonzero(corpus.cell_notes[cells])
    nothing = np.zeros(len(sounding), bool)
    fields = windows.controls(
        excerpt.piece, cells[sounding], bars[sounding], places[sounding], nothing, count, 0, nothing
    )
    return fields.astype(np.int64), [(order[at][0].id, order[at][1]) for at in sounding]


def compose(
    model: Composer, corpus: Corpus, chosen: Sequence[Excerpt], *, seed: int = 0, temperature: float = 1.0
) -> list[dict[str, Array]]:
    """A sheet for each excerpt, drawn from the network alone."""
    windows = Windows(corpus, 1, augment=False)
    asked = [controls(corpus, windows, excerpt) for excerpt in chosen]
    order = sorted(range(len(chosen)), key=lambda at: len(asked[at][0]))
    out: list[dict[str, Array]] = [{} for _ in chosen]
    for start in range(0, len(order), BATCH):
        batch = order[start : start + BATCH]
        players = [Player(asked[at][0]) for at in batch]
        _play(model, players, np.random.default_rng((seed, start)), temperature)
        for at, player in zip(batch, players, strict=True):
            out[at] = _sheet(chosen[at], asked[at][1], player)
    return out


def _sheet(excerpt: Excerpt, cells: Sequence[tuple[str, int]], player: Player) -> dict[str, Array]:
    rows: dict[str, list[tuple[int, int, int, int]]] = {voice.id: [] for voice in excerpt.voices}
    for (voice, bar), notes in zip(cells, player.written, strict=True):
        rows[voice] += [(bar, *note) for note in notes]
    return {voice.id: outer(np.array(rows[voice.id], np.int64).reshape(-1, 4), voice.role) for voice in excerpt.voices}


def _play(model: Composer, players: Sequence[Player], random: np.random.Generator, temperature: float) -> None:
    """Write every player's cells; all of them take a step at once."""
    for player in players:
        player.open()
    past: list[Any] = [None] * len(model.blocks)
    filled = 0
    with torch.inference_mode():
        while not all(player.done for player in players):
            if filled >= model.shape.context:
                past, filled = [None] * len(model.blocks), 0
            back = max(1, min(model.shape.context // 2, len(players[0].rows))) if filled == 0 else 1
            rows = torch.from_numpy(np.stack([np.stack(player.rows[-back:]) for player in players]))
            hidden = _feed(model, rows, past, filled)
            filled += back
            _draw(model, hidden, rows[:, -1], players, random, temperature)


def _feed(model: Composer, rows: Tensor, past: list[Any], filled: int) -> Tensor:
    """Hidden states (players, width) after new rows; ``past`` is brought up to date."""
    x = model.embed(rows)
    places = torch.arange(filled, filled + rows.shape[1])
    cos, sin = rotary(places, model.shape.width // model.shape.heads)
    for at, block in enumerate(model.blocks):
        x, past[at] = block(x, cos, sin, past[at])
    hidden: Tensor = model.norm(x[:, -1])
    return hidden


def _draw(
    model: Composer, hidden: Tensor, rows: Tensor, players: Sequence[Player], random: np.random.Generator, heat: float
) -> None:
    """One event for every player."""
    logits = model.onset(hidden).numpy() / heat
    last = np.array([player.last for player in players])
    logits[:, :-1][np.arange(v.ONSETS - 1)[None] < last[:, None]] = -1e9
    onset = _pick(logits, random)
    inside = torch.from_numpy(np.minimum(onset, v.LONGEST_BAR - 1))
    by_pitch, state = model.pitch_logits(hidden, inside, rows)
    pitch = _pick(by_pitch.numpy()[:, :128] / heat, random)
    by_length, state = model.length_logits(state, torch.from_numpy(pitch))
    length = _pick(by_length.numpy() / heat, random)
    velocity = _pick(model.velocity_logits(state, torch.from_numpy(length)).numpy() / heat, random)
    for at, player in enumerate(players):
        event = (2, int(onset[at]), int(pitch[at]), int(length[at]), int(velocity[at]))
        if player.done:
            player.show(event)
        elif onset[at] == v.ONSET_END or len(player.written[-1]) >= FULLEST:
            player.cell += 1
            if player.done:
                player.show((1, *event[1:]))
            else:
                player.open()
        else:
            player.last = int(onset[at])
            player.written[-1].append((int(onset[at]), int(pitch[at]), int(v.LENGTHS[length[at]])))
            player.show(event)


def _pick(logits: Array, random: np.random.Generator) -> Array:
    """One class a row, by chance."""
    share = np.exp(logits - logits.max(1, keepdims=True))
    reached = np.cumsum(share / share.sum(1, keepdims=True), 1)
    drawn: Array = (reached < random.random(len(logits))[:, None] * reached[:, -1:]).sum(1)
    return np.minimum(drawn, logits.shape[1] - 1)
