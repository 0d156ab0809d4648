"""All pieces of a game's music on one strip of bars, played in one go so that every part keeps its level.

Conventions: the strip begins with one empty bar; then come `PASSES` passes of the loop and its first bar once more;
then each piece, with silence behind it in which it rings out. The last pass is what is cut out: it begins with what
rings on from the pass before and ends as the next one is about to begin, so its end leads into its beginning as it led
into the next pass. Bar lines lie on frames `Grid.bar_frames` apart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.deliver.games.grid import Body
from assistant.deliver.games.pieces import moved
from assistant.deliver.games.values import Grid, Piece
from assistant.plan import Plan
from assistant.score import Control, MeterChange, Note, Part, Score, TempoChange, TempoMap
from assistant.settings import RATE_HZ

PASSES = 2
RELEASE_S = 2.5
"""How long a released key may ring, before the room."""

EARLY_S = 0.5
"""Slow instruments are struck this much before a bar line at most (`assistant.render.attack`)."""

_ASIDE_FRAMES = 0.137
"""The strip lies this much beside the frames, so that no stroke falls in the middle between two of the synthesiser's
blocks, where rounding would let one pass differ from another."""


@dataclass(frozen=True)
class Placed:
    """A piece and the bar of the strip that it begins on."""

    piece: Piece
    bar: int


@dataclass(frozen=True)
class Strip:
    """The strip as a score and a plan that can be played, and where on it everything lies."""

    score: Score
    plan: Plan
    grid: Grid
    body: Body
    placed: tuple[Placed, ...]
    passes: int
    gap_bars: int

    def pass_start(self, number: int) -> int:
        """The frame that pass ``number`` (from 0) of the loop begins on."""
        return (1 + number * self.body.bars) * self.grid.bar_frames

    @property
    def tail_frames(self) -> int:
        """How long a piece may ring before the next one begins to be struck."""
        return self.gap_bars * self.grid.bar_frames - round(EARLY_S * RATE_HZ)


def lay_strip(
    plan: Plan, score: Score, body: Body, pieces: Sequence[Piece], *, room_s: float, passes: int = PASSES
) -> Strip:
    """The strip of a cue: loop ``passes`` times, then the pieces, each with the time that the room needs."""
    grid = body.grid
    bar_s = grid.bar_frames / RATE_HZ
    gap = math.ceil((RELEASE_S + room_s + EARLY_S) / bar_s)
    at = 1 + passes * body.bars + 1 + gap
    placed = []
    for piece in pieces:
        placed.append(Placed(piece, at))
        at += piece.bars + gap
    tempo_map = _tempo_map(grid)
    length_s = at * bar_s
    parts = tuple(_part(part, plan, body, placed, passes) for part in score.parts)
    laid = Score(tempo_map, parts, length_s, score.key)
    return Strip(laid, _plan(plan, body, placed, passes, at, laid), grid, body, tuple(placed), passes, gap)


def _tempo_map(grid: Grid) -> TempoMap:
    """One tempo; the empty bar before is longer by a share of a frame."""
    first = grid.quarter_bpm * grid.bar_frames / (grid.bar_frames + _ASIDE_FRAMES)
    changes = (TempoChange(0.0, first), TempoChange(grid.meter.bar_q, grid.quarter_bpm))
    return TempoMap(changes, (MeterChange(0.0, grid.meter),))


def _part(part: Part, plan: Plan, body: Body, placed: Sequence[Placed], passes: int) -> Part:
    """What a part plays on the strip."""
    bar_q = body.grid.meter.bar_q
    start_q, end_q = plan.bars[body.first].start_q, plan.bars[body.end - 1].end_q
    loop = moved(part, start_q, end_q, kept_to_end=True)
    opening = moved(part, start_q, start_q + bar_q, kept_to_end=True)
    stretches = [(1 + number * body.bars, loop) for number in range(passes)]
    stretches.append((1 + passes * body.bars, opening))
    stretches += [
        (each.bar, (each.piece.notes.get(part.id, ()), each.piece.controls.get(part.id, ()))) for each in placed
    ]
    notes: list[Note] = []
    controls: list[Control] = []
    for bar, (played, turned) in stretches:
        notes += [replace(note, start_q=note.start_q + bar * bar_q) for note in played]
        controls += [replace(control, at_q=control.at_q + bar * bar_q) for control in turned]
    silent_q = (1 + passes * body.bars + 1) * bar_q
    ends_q = [silent_q, *((each.bar + each.piece.bars) * bar_q for each in placed)]
    controls += [Control(at_q, 64, 0) for at_q in ends_q]
    return replace(part, notes=tuple(notes), controls=tuple(controls))


def _plan(plan: Plan, body: Body, placed: Sequence[Placed], passes: int, count: int, laid: Score) -> Plan:
    """The plan of the strip: faders where they were in the bars that are played, no ending to be held."""
    source = {0: body.first}
    for number in range(passes):
        source |= {1 + number * body.bars + bar: body.first + bar for bar in range(body.bars)}
    source[1 + passes * body.bars] = body.first
    for each in placed:
        source |= {each.bar + bar: from_bar for bar, from_bar in enumerate(each.piece.gain_bars)}
    order = _held(source, count)
    parts = tuple(replace(part, bars=tuple(part.bars[bar] for bar in order)) for part in plan.parts)
    end_q = count * body.grid.meter.bar_q
    return replace(
        plan, length_s=laid.length_s, tempo_map=laid.tempo_map, bar_count=count, final_q=end_q, parts=parts,
        hits=(), loop=False, motif=None,
    )  # fmt: skip


def _held(source: Mapping[int, int], count: int) -> list[int]:
    """The bar of the cue for each bar of the strip: silence keeps that of the bar before."""
    order = [source[0]]
    for bar in range(1, count):
        order.append(source.get(bar, order[-1]))
    return order
