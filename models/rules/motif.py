"""The motif: one or two bars with a rhythm and a contour of their own, and what can be made of them.

Conventions: offsets and lengths are quarter notes from the start of a motif's bar; ``step`` is scale steps from the
motif's first note. A motif is invented once from the seed; phrases restate and transform it.

Sources: rhythm cells are the common divisions of two, three and one beats (dotted, tresillo, siciliano, anapaest);
proportions of steps and leaps, gap-fill and the single summit after Huron, *Sweet Anticipation* (2006).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import TYPE_CHECKING

from assistant.score import Meter
from models.rules.context import groups
from models.rules.motions import moving

if TYPE_CHECKING:
    from models.idiom.speaking import Speech

CELLS: dict[float, tuple[tuple[float, ...], ...]] = {
    1.0: ((1.0,), (0.5, 0.5), (0.75, 0.25), (0.5, 0.25, 0.25)),
    1.5: ((1.5,), (1.0, 0.5), (0.5, 0.5, 0.5), (0.75, 0.25, 0.5), (0.5, 1.0)),
    2.0: (
        (2.0,), (1.0, 1.0), (1.5, 0.5), (1.0, 0.5, 0.5), (0.5, 0.5, 1.0), (0.5, 1.0, 0.5), (0.5, 1.5),
        (0.75, 0.25, 1.0), (0.5, 0.5, 0.5, 0.5), (0.75, 0.75, 0.5), (1.0, 0.75, 0.25),
    ),
    3.0: (
        (3.0,), (2.0, 1.0), (1.0, 2.0), (1.0, 1.0, 1.0), (1.5, 0.5, 1.0), (1.0, 0.5, 0.5, 1.0), (2.0, 0.5, 0.5),
        (1.0, 1.0, 0.5, 0.5), (1.5, 0.5, 0.5, 0.5),
    ),
}  # fmt: skip
"""Rhythms that fill a group of beats, by the group's length in quarter notes."""

CLOSES: dict[float, tuple[tuple[float, ...], ...]] = {
    1.0: ((1.0,),),
    1.5: ((1.5,), (0.5, 1.0)),
    2.0: ((2.0,), (0.5, 1.5), (1.0, 1.0)),
    3.0: ((3.0,), (1.0, 2.0)),
}
"""Rhythms that come to rest."""

TRIES = 240
Fit = Callable[[float, int], float]
"""What a step costs at an offset, in quarter notes from the start of a motif."""
CALM = 4.0
"""How much more the number of notes weighs where a region's tune sings instead of running."""
SPOKEN = 8
"""Walks in its habits of which the best is taken: of many the best would be nobody's."""


@dataclass(frozen=True)
class Figure:
    """One note of a motif."""

    offset_q: float
    length_q: float
    step: int


@dataclass(frozen=True)
class Mood:
    """What shapes an invention: valence and arousal -1..1, notes wanted a bar, syncopation 0..1, whether it runs on."""

    valence: float
    arousal: float
    notes_per_bar: float
    syncopation: float
    flows: bool = False


@dataclass(frozen=True)
class Motif:
    """Figures bar by bar, an upbeat of negative offsets, and the ``degree`` of the first note where a mode has it."""

    meter: Meter
    bars: tuple[tuple[Figure, ...], ...]
    upbeat: tuple[Figure, ...] = ()
    degree: int | None = None

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure but the upbeat, offsets counted from the first bar."""
        return tuple(
            replace(figure, offset_q=figure.offset_q + index * self.meter.bar_q)
            for index, bar in enumerate(self.bars)
            for figure in bar
        )


def invent(
    meter: Meter,
    bars: int,
    mood: Mood,
    chance: random.Random,
    motion: tuple[int, ...] = (),
    fit: Fit | None = None,
    speech: Speech | None = None,
) -> Motif:
    """A new motif: a rhythm, then a contour for it, each the best of many; in a region's habits where it has any.

    Where a mode's ``motion`` is given, the contour makes it; ``fit`` prices a step on a strong note of it.
    """
    rhythm = _rhythm(meter, bars, mood, chance, speech)
    offsets = [sum(lengths[:index]) for lengths in rhythm for index in range(len(lengths))]
    strong = [_is_group_start(meter, offset) for offset in offsets]
    flat = [length for lengths in rhythm for length in lengths]

    def price(walk: Sequence[int]) -> float:
        total = sum(each(walk, strong, flat, mood) for each in CONTOUR_PRICES)
        return total + sum(fit(at, step) for at, step, on in zip(places, walk, strong, strict=True) if fit and on)

    places = [sum(flat[:index]) for index in range(len(flat))]
    steps = iter(
        moving(motion, strong, flat, chance, price) if motion else _contour(strong, flat, mood, chance, speech)
    )
    made = tuple(
        tuple(Figure(sum(lengths[:index]), length, next(steps)) for index, length in enumerate(lengths))
        for lengths in rhythm
    )
    return Motif(meter, made, _upbeat(meter, mood, chance), motion[0] if motion else None)


def _upbeat(meter: Meter, mood: Mood, chance: random.Random) -> tuple[Figure, ...]:
    """One or two short notes that lead into the first, or none."""
    if chance.random() > 0.5 + 0.25 * mood.arousal or meter.bar_q < 2:
        return ()
    if chance.random() < 0.5 or mood.arousal < -0.3:
        return (Figure(-0.5, 0.5, chance.choice((-1, -1, -3))),)
    return (Figure(-1.0, 0.5, -2), Figure(-0.5, 0.5, -1))


def _is_group_start(meter: Meter, offset_q: float) -> bool:
    edges = [sum(groups(meter)[:index]) for index in range(len(groups(meter)))]
    return any(abs(offset_q - edge) < 1e-3 for edge in edges)


def _rhythm(
    meter: Meter, bars: int, mood: Mood, chance: random.Random, speech: Speech | None = None
) -> list[list[float]]:
    """Lengths bar by bar: the first bar has the character, the last one answers and rests."""
    spans = groups(meter)
    head = min(
        _bars_of(spans, speech),
        key=lambda parts: _rhythm_price(parts, mood, mood.notes_per_bar, speech) + 1.2 * chance.random(),
    )
    bodies = [head]
    if bars > 1:
        answer = min(
            _bars_of(spans, speech, closing=not mood.flows),
            key=lambda parts: (
                _rhythm_price(parts, mood, (1.0 if mood.flows else 0.75) * mood.notes_per_bar, speech)
                + (0.0 if parts[0] == head[0] and len(parts) > 1 else 0.7)
                + 0.8 * chance.random()
            ),
        )
        bodies.append(answer)
    lines = [[length for cell in body for length in cell] for body in bodies]
    lines[-1] = _with_breath(lines[-1], meter) if bars > 1 and not mood.flows else lines[-1]
    return lines


def _bars_of(
    spans: Sequence[float], speech: Speech | None, *, closing: bool = False
) -> list[tuple[tuple[float, ...], ...]]:
    """The rhythms that a bar of such groups may have; ``closing`` ones come to rest."""
    if speech is not None and not closing and (known := speech.rhythms(spans)):
        return list(known)
    last = closes_for(spans[-1]) if closing else cells_for(spans[-1], speech)
    return list(product(*(cells_for(span, speech) for span in spans[:-1]), last))


def cells_for(span: float, speech: Speech | None = None) -> tuple[tuple[float, ...], ...]:
    """Rhythms for a group of beats of any length; those of the region where it has any."""
    known = speech.rhythms((span,)) if speech else ()
    return tuple(rhythm[0] for rhythm in known) or CELLS.get(span, ((span,),))


def closes_for(span: float) -> tuple[tuple[float, ...], ...]:
    """Closing rhythms for a group of beats of any length."""
    return CLOSES.get(span, ((span,),))


def _with_breath(lengths: list[float], meter: Meter) -> list[float]:
    """The last note gives way for a beat of rest, or leaves its place to it."""
    beat = min(meter.beat_q, meter.bar_q / 2)
    room = lengths[-1] - beat
    if room >= 0.5:
        return [*lengths[:-1], room]
    kept = lengths[:-1]
    return kept if kept and sum(lengths) - sum(kept) >= beat - 1e-6 else lengths


def _rhythm_price(parts: Sequence[tuple[float, ...]], mood: Mood, notes: float, speech: Speech | None = None) -> float:
    """How far a bar's rhythm is from what is wanted: number of notes, syncopation, and a shape to remember; where a
    region speaks, its own rhythms before both."""
    lengths = [length for part in parts for length in part]
    kinds = len(set(lengths))
    price = 0.9 * abs(len(lengths) - notes)
    if speech is not None:
        price *= 1.0 if mood.flows else CALM
        return price + speech.strength * speech.surprise(tuple(tuple(part) for part in parts))
    price += 2.6 * abs(_syncopation(parts) - mood.syncopation)
    price += 1.2 if kinds == 1 and len(lengths) > 2 else 0.0
    price += 0.5 if kinds > 3 else 0.0
    price += 0.6 if lengths[0] == min(lengths) and kinds > 1 and mood.syncopation < 0.3 else 0.0
    return price


def _syncopation(parts: Sequence[tuple[float, ...]]) -> float:
    """Share of the notes that start off the beat and last longer than the note before them."""
    late = total = 0
    for part in parts:
        at = 0.0
        for before, length in zip((0.0, *part), part, strict=False):
            total += 1
            late += at % 1.0 != 0.0 and length > before
            at += length
    return min(1.0, 2.0 * late / max(1, total))


def _contour(
    strong: Sequence[bool], lengths: Sequence[float], mood: Mood, chance: random.Random, speech: Speech | None = None
) -> list[int]:
    """Steps from the first note, the best of many walks."""
    if speech is not None:
        spoken = (speech.walk(len(strong), chance) for _ in range(SPOKEN))
        return min(spoken, key=lambda walk: sum(price(walk, strong, lengths, mood) for price in SPOKEN_PRICES))
    lift = 0.5 * mood.valence + 0.25 * mood.arousal + chance.uniform(-0.5, 0.5)
    walks = (_walk(len(strong), lift, mood, chance) for _ in range(TRIES))
    return min(walks, key=lambda walk: sum(price(walk, strong, lengths, mood) for price in CONTOUR_PRICES))


def _walk(count: int, lift: float, mood: Mood, chance: random.Random) -> list[int]:
    """A walk of scale steps that rises and then turns, more or less as ``lift`` says."""
    steps, turn = [0], chance.uniform(0.3, 0.85) * count
    wide = 0.10 + 0.05 * max(0.0, mood.arousal)
    for index in range(1, count):
        size = chance.choices((0, 1, 2, 3, 4, 5), (0.14, 0.56, 0.16, wide, 0.6 * wide, 0.35 * wide))[0]
        rising = chance.random() < (0.5 + 0.35 * (1 if index < turn else -1) + 0.15 * lift)
        steps.append(steps[-1] + (size if rising else -size))
    return steps


def _price_of_motion(walk: Sequence[int], strong: Sequence[bool], lengths: Sequence[float], mood: Mood) -> float:
    """About seven moves in ten by step or repetition, one leap that makes the face of the motif."""
    moves = [b - a for a, b in pairwise(walk)]
    if not moves:
        return 0.0
    small = sum(abs(move) <= 1 for move in moves) / len(moves)
    leaps = sum(abs(move) >= 3 for move in moves)
    if len(moves) <= 3:  # too short to leap and recover
        return 3.0 * (1 - small) + 0.8 * leaps - (0.5 if len(moves) == 3 and 0.6 < small < 0.7 else 0.0)
    return 4 * abs(small - 0.7) + 0.8 * abs(leaps - (1 if mood.arousal > -0.5 or len(moves) > 4 else 0))


def _price_of_leaps(walk: Sequence[int], strong: Sequence[bool], lengths: Sequence[float], mood: Mood) -> float:
    """A leap is answered by step the other way."""
    moves = [b - a for a, b in pairwise(walk)]
    return sum(1.0 for a, b in pairwise(moves) if abs(a) >= 3 and not (a * b < 0 and abs(b) <= 2))


def _price_of_range(walk: Sequence[int], strong: Sequence[bool], lengths: Sequence[float], mood: Mood) -> float:
    """A small range when calm, a wider one when excited."""
    return 0.5 * abs((max(walk) - min(walk)) - (4.0 + 2.0 * mood.arousal))


def _price_of_summit(walk: Sequence[int], strong: Sequence[bool], lengths: Sequence[float], mood: Mood) -> float:
    """One highest note, not the first nor a passing one."""
    top = max(walk)
    at = walk.index(top)
    return 1.2 * (list(walk).count(top) - 1) + 0.5 * (at == 0 and mood.valence > -0.2) + 0.4 * (lengths[at] < 0.5)


def _price_of_hammering(walk: Sequence[int], strong: Sequence[bool], lengths: Sequence[float], mood: Mood) -> float:
    """No note three times in a row, no see-saw."""
    moves = [b - a for a, b in pairwise(walk)]
    held = sum(a == 0 and b == 0 for a, b in pairwise(moves))
    seesaw = sum(a == -b and b == -c and a != 0 for a, b, c in zip(moves, moves[1:], moves[2:], strict=False))
    return 0.8 * held + 0.8 * seesaw


def _price_of_harmony(walk: Sequence[int], strong: Sequence[bool], lengths: Sequence[float], mood: Mood) -> float:
    """Strong notes outline a chord: thirds and fifths from the first."""
    return sum(0.5 for step, on in zip(walk, strong, strict=True) if on and step % 7 not in (0, 2, 4, 5))


def _price_of_direction(walk: Sequence[int], strong: Sequence[bool], lengths: Sequence[float], mood: Mood) -> float:
    """Hope rises, grief falls."""
    return max(0.0, -0.4 * (walk[-1] - walk[0]) * mood.valence)


CONTOUR_PRICES: tuple[Callable[[Sequence[int], Sequence[bool], Sequence[float], Mood], float], ...] = (
    _price_of_motion, _price_of_leaps, _price_of_range, _price_of_summit, _price_of_hammering, _price_of_harmony,
    _price_of_direction,
)  # fmt: skip

SPOKEN_PRICES = (_price_of_range, _price_of_summit, _price_of_harmony, _price_of_direction)
"""What is left to weigh where a region's habits decide on steps and leaps."""
