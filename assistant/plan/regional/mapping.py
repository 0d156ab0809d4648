"""A motif mapped to a region: to a key in one of its scales, to its metre or cycle, as the dial of colour says.

*Conventions*: a motif keeps its tonic as the tonic, or, in its own key's relative, where that costs clearly less.
Nothing here knows of a cue: `assistant.plan.motif` asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from assistant.library import Region
from assistant.plan.regional.anchors import anchor_weights, meter_of
from assistant.plan.regional.dial import Dial
from assistant.plan.regional.pitch import Fitted, fit_pitches
from assistant.plan.regional.rhythm import Grid, fit_rhythm
from assistant.plan.values import Key
from assistant.score import Meter
from assistant.score.keys import pitch_class
from assistant.score.motif import Motif, MotifNote

RELATIVE = 6.0
"""How much cheaper a motif must be in the relative key to leave its tonic, in semitones of displacement."""


@dataclass(frozen=True)
class Task:
    """Where a motif goes: a key, a grid, and how strongly; ``own`` is the key that it is in.

    ``room_q`` is how many quarters there are for it.
    """

    key: Key
    grid: Grid
    dial: Dial
    own: Key
    room_q: float = inf


@dataclass(frozen=True)
class Mapped:
    """A mapped motif: how many notes changed their step, how many their place, by how many semitones all moved."""

    motif: Motif
    moved: int
    shifted: int
    up: int


def map_motif(motif: Motif, task: Task) -> Mapped:
    """The motif in the key and cycle of a task.

    Examples
    --------
    >>> from assistant.plan.regional.dial import DIALS
    >>> from assistant.plan.regional.rhythm import grid_of
    >>> from assistant.score.motif import parse_motif
    >>> in_scale = Key(0, "miyako-bushi", (0, 1, 5, 7, 8))
    >>> task = Task(in_scale, grid_of(Meter(4, 4)), DIALS["balanced"], Key(0, "major", (0, 2, 4, 5, 7, 9, 11)))
    >>> map_motif(parse_motif("C4 D4 E4 G4 C4:4"), task).motif.text
    'C4 C#4 F4 G4 C4:4'
    """
    notes, meter = motif.notes, meter_of(motif.notes)
    weights = anchor_weights(notes, meter)
    up, fitted = _fitted(notes, weights, task)
    pitches = fitted.pitches if task.dial.in_scale else tuple(note.pitch + up for note in notes)
    sung = tuple(replace(note, pitch=pitch) for note, pitch in zip(notes, pitches, strict=True))
    placed = _placed(sung, weights, meter, task)
    moved = sum(new.pitch != old.pitch + up for new, old in zip(placed, notes, strict=False))
    shifted = sum(abs(new.start_q - old.start_q) > 1e-6 for new, old in zip(placed, notes, strict=False))
    return Mapped(replace(motif, notes=placed, key=task.key.name), moved, shifted, up)


def nearest_scale(
    motif: Motif, own: Key, region: Region, *, is_minor: bool | None = None, bright: float = 1.0
) -> tuple[str, tuple[int, ...]]:
    """The region's scale that the motif fits at the least cost; of equals the one of the mood.

    Parameters
    ----------
    motif : Motif
    own : Key
        The key that it is in.
    region : Region
        Its scales stand from the brightest to the darkest.
    is_minor : bool or None
        Which third is wanted; None where either will do.
    bright : float
        How bright a scale is wanted, 0..1.
    """
    weights = anchor_weights(motif.notes, meter_of(motif.notes))
    pitches = [note.pitch for note in motif.notes]
    wanted = (1.0 - bright) * (len(region.scales) - 1)

    def price(place: int) -> tuple[float, bool, float]:
        name, steps = region.scales[place]
        cost = round(fit_pitches(pitches, weights, own.tonic, steps).cost, 6)
        other = is_minor is not None and Key(own.tonic, name, steps).is_minor != is_minor
        return cost, other, abs(place - wanted)

    return region.scales[min(range(len(region.scales)), key=price)]


def own_key(motif: Motif, modes: Mapping[str, tuple[int, ...]]) -> Key:
    """The key of a motif; where it is not known, its last note is the tonic and the longer third tells the mode."""
    if motif.key is not None:
        tonic, _, mode = motif.key.partition(" ")
        place = pitch_class(tonic)
        if place is not None and mode in modes:
            return Key(place, mode, tuple(modes[mode]))
    home = motif.notes[-1].pitch % 12
    third = {step: sum(n.length_q for n in motif.notes if (n.pitch - home) % 12 == step) for step in (3, 4)}
    mode = "minor" if third[3] > third[4] else "major"
    return Key(home, mode, tuple(modes[mode]))


def _fitted(notes: Sequence[MotifNote], weights: Sequence[float], task: Task) -> tuple[int, Fitted]:
    """By how many semitones the motif is moved as it is, and its pitches in the scale from there."""
    tries = []
    for up, dear in _ways(task):
        fitted = fit_pitches([note.pitch + up for note in notes], weights, task.key.tonic, task.key.scale)
        tries.append((round(fitted.cost + dear, 6), abs(up), up, fitted))
    best = min(tries, key=lambda each: each[:3])
    return best[2], best[3]


def _ways(task: Task) -> list[tuple[int, float]]:
    """How the motif may be moved before its notes go to the scale, and what each way costs."""
    tonic, own = task.key.tonic, task.own
    relative = -3 if own.is_minor else 3  # minor on the sixth step of major, major on the third of minor
    return [(_short(tonic - own.tonic), 0.0), (_short(tonic - own.tonic - relative), RELATIVE)]


def _short(semitones: int) -> int:
    """The same move by less than an octave, the shorter way."""
    return (semitones + 6) % 12 - 6


def _placed(notes: tuple[MotifNote, ...], weights: Sequence[float], meter: Meter, task: Task) -> tuple[MotifNote, ...]:
    """The notes in the cycle, where the dial wants them there."""
    same = abs(meter.bar_q - task.grid.bar_q) < 1e-6 and not task.grid.meter.is_compound
    if task.dial.on_cycle or (task.dial.in_meter and not same):
        return fit_rhythm(notes, weights, meter, task.grid, task.room_q)
    return notes
