"""From a phrase to a rhythm with wanted positions: statement, sequence, drive, cadence, breath.

Conventions: a `Unit` is one or two bars that do one thing with the motif; an `Event` is a note whose pitch is still
only wanted. Sentences (2+2+4 or 1+1+2) and periods (4+4) come from the length of the phrase and of the motif.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.plan import Phrase
from assistant.score import Bar
from models.rules.context import groups
from models.rules.motif import Figure, Motif
from models.rules.shapes import Step
from models.rules.variation import augmented, flattened, fragmented, head, inverted, ornamented


@dataclass(frozen=True)
class Event:
    """A note to be pitched: wanted ``step`` from the unit's reference; only a kept note has its ``pitch`` already."""

    start_q: float
    length_q: float
    step: int
    unit: int = 0
    target: bool = False
    lean: bool = False
    pitch: int = -1

    @property
    def end_q(self) -> float:
        """Where it ends."""
        return self.start_q + self.length_q


@dataclass(frozen=True)
class Unit:
    """Bars that do one thing: state, sequence, repeat, drive or cadence; ``shift`` scale steps from the statement."""

    kind: str
    first: int
    bars: int
    motif: Motif
    shift: int = 0


def units_of(
    phrase: Phrase,
    motif: Motif,
    other: Motif,
    *,
    time: int,
    rising: int,
    chance: random.Random,
    steps: Sequence[Step] = (),
) -> list[Unit]:
    """The units that fill a phrase.

    ``time`` counts the earlier phrases of the same use, so that the third repetition is no longer the first;
    ``rising`` is the direction of sequences: 1 or -1; ``other`` is the contrasting motif; ``steps`` is the shape.
    """
    theme = _theme(phrase.motif, motif, other, time, chance)
    if steps and len(theme.bars) == 2:
        return _shaped(phrase, theme, steps, time, rising)
    size = min(len(theme.bars), phrase.bars)
    if phrase.bars <= size and phrase.bars <= 1:
        return [Unit("cadence", phrase.start_bar, phrase.bars, theme)]
    lift = (0, 2, -1, 1)[time % 4] if phrase.motif in ("repeat", "vary", "contrast") else 0
    units = [Unit("state", phrase.start_bar, size, theme, lift)]
    if phrase.bars == size:
        return units
    at, end = phrase.start_bar + size, phrase.start_bar + phrase.bars
    closing = min(2, end - at) if phrase.bars - size >= 2 and size + 2 <= phrase.bars else end - at
    middle = end - at - closing
    units += _middle(at, middle, size, theme, phrase, rising, chance)
    driven = time % 2 == 1 or chance.random() < 0.3
    units.append(Unit("cadence", end - closing, closing, fragmented(theme, rising) if driven else theme, lift))
    return units


def _shaped(phrase: Phrase, theme: Motif, steps: Sequence[Step], time: int, rising: int) -> list[Unit]:
    """The units of a shape."""
    lift = (0, 2, -1, 1)[time % 4] if phrase.motif in ("repeat", "vary", "contrast") else 0
    units, at = [], phrase.start_bar
    for step in steps:
        if step.source:
            shift = lift + rising * step.shift
            units.append(Unit(step.kind, at, step.bars, _said(theme, step.source, rising), shift))
        at += step.bars
    return units


def _said(theme: Motif, source: str, rising: int) -> Motif:
    """What a step of a shape says of the motif."""
    said: dict[str, Callable[[], Motif]] = {
        "whole": lambda: theme,
        "head": lambda: replace(theme, bars=theme.bars[:1]),
        "tail": lambda: replace(theme, bars=(theme.bars[-1],), upbeat=()),
        "turned": lambda: replace(theme, bars=(theme.bars[-1], theme.bars[0]), upbeat=()),
        "halves": lambda: fragmented(theme, rising),
        "slow": lambda: augmented(theme),
    }
    return said[source]()


def _theme(use: str, motif: Motif, other: Motif, time: int, chance: random.Random) -> Motif:
    """The motif as this phrase says it."""
    if use == "contrast":
        return other
    if use == "return" or (use == "repeat" and time >= 1):
        return ornamented(motif, chance) if chance.random() < 0.6 else motif
    if use == "vary":
        changes: tuple[Callable[[], Motif], ...] = (
            lambda: inverted(motif),
            lambda: ornamented(motif, chance),
            lambda: augmented(motif) if len(motif.bars) == 1 else flattened(motif),
        )
        return changes[time % len(changes)]()
    return motif


def _middle(
    at: int, bars: int, size: int, theme: Motif, phrase: Phrase, rising: int, chance: random.Random
) -> list[Unit]:
    """Sequences first, then the head alone, faster and faster, as a sentence does."""
    units: list[Unit] = []
    shift = 0
    while bars > 0:
        sequenced = bars >= size and len(units) < 2
        span = size if sequenced else 1
        shift += rising * chance.choice((1, 1, 2)) if phrase.motif != "repeat" or units else 0
        if abs(shift) > 4:
            shift -= 5 * rising
        source = theme if sequenced else head(theme)
        if sequenced and chance.random() < 0.4:
            source = ornamented(source, chance)
        units.append(Unit("sequence" if sequenced else "drive", at, span, source, shift))
        at, bars = at + span, bars - span
    return units


def events_of(
    units: Sequence[Unit],
    bars: Sequence[Bar],
    phrase: Phrase,
    *,
    free_q: float,
    sigh: float,
    chance: random.Random,
    every: int = 2,
    runs: bool = False,
) -> list[Event]:
    """The events of a phrase, in order.

    ``sigh`` 0..1 is how likely its end leans on a neighbour; from ``free_q`` on there is silence for an upbeat; it
    breathes ``every`` so many bars. Where it ``runs`` it goes on to the last group of beats.
    """
    events: list[Event] = []
    for index, unit in enumerate(units):
        span = bars[unit.first : unit.first + unit.bars]
        if unit.kind == "cadence":
            made = _cadence(unit, span, phrase, sigh, chance, runs=runs)
        else:
            made = _stated(unit, span)
        upbeat = _upbeat(unit, span[0], max((event.end_q for event in events), default=free_q))
        events += [replace(event, unit=index) for event in (*upbeat, *made)]
    return breathing(events, bars, phrase, every)


def _stated(unit: Unit, span: Sequence[Bar]) -> list[Event]:
    """The motif's figures on these bars; a shorter bar cuts them, a longer one lets the last ring."""
    events = []
    for index, bar in enumerate(span):
        figures = unit.motif.bars[index % len(unit.motif.bars)]
        stretch = bar.length_q / unit.motif.meter.bar_q
        if bar.meter.is_compound != unit.motif.meter.is_compound:
            figures = tuple(Figure(each.offset_q * stretch, each.length_q * stretch, each.step) for each in figures)
        for figure in figures:
            room = bar.length_q - figure.offset_q
            if room > 0.2:
                events.append(Event(bar.start_q + figure.offset_q, min(figure.length_q, room), figure.step))
    return events


def _upbeat(unit: Unit, bar: Bar, free_q: float) -> list[Event]:
    """The upbeat, where there is silence for it."""
    made = [Event(bar.start_q + figure.offset_q, figure.length_q, figure.step) for figure in unit.motif.upbeat]
    rest = 1.0 if bar.meter.is_compound else 0.75
    fits = bool(made) and 0 <= free_q <= made[0].start_q - rest + 1e-6
    return made if fits and unit.kind != "drive" else []


def _cadence(
    unit: Unit, span: Sequence[Bar], phrase: Phrase, sigh: float, chance: random.Random, *, runs: bool = False
) -> list[Event]:
    """The motif's beginning runs into a longer note, followed by a beat of silence at least."""
    last = span[-1]
    events = _stated(Unit("state", unit.first, len(span), unit.motif), span[:-1]) if len(span) > 1 else []
    land_q = _landing(last, alone=len(span) == 1, chance=chance)
    if runs:
        land_q = last.end_q - min(groups(last.meter)[-1], last.length_q / 2)
        events = [event for event in _stated(unit, span) if event.start_q < land_q - 0.2]
    elif len(span) == 1:
        events += [event for event in _stated(unit, span) if event.start_q < land_q - 0.2]
    events = [replace(event, length_q=min(event.length_q, land_q - event.start_q)) for event in events]
    if events:  # nothing rests on the way to the cadence
        events[-1] = replace(events[-1], length_q=min(land_q - events[-1].start_q, last.meter.beat_q * 2))
    room = last.end_q - land_q
    beats = 2 if last.meter.beats >= 4 and not last.meter.is_compound and chance.random() < 0.5 else 1
    breath = min(beats * last.meter.beat_q, room / 2)
    hold = max(room - breath, 0.5 * room)
    lean = hold >= 1.5 and chance.random() < sigh
    if lean:
        leaning = last.meter.beat_q if hold > last.meter.beat_q + 0.4 else hold / 2
        events.append(Event(land_q, leaning, 1, lean=True))
        land_q, hold = land_q + leaning, hold - leaning
    events.append(Event(land_q, hold, 0, target=True))
    return events


def _landing(bar: Bar, *, alone: bool, chance: random.Random) -> float:
    """Where a cadence lands: the downbeat, or the next group of beats when the bar must also carry the way there."""
    spans = groups(bar.meter)
    if not alone:
        return bar.start_q
    if len(spans) > 1:
        return bar.start_q + sum(spans[: len(spans) // 2])
    return bar.start_q + (bar.length_q / 3 if bar.meter.beats == 3 else bar.length_q / 2)


def breathing(events: list[Event], bars: Sequence[Bar], phrase: Phrase, every: int = 2) -> list[Event]:
    """A beat of rest after every second bar (or ``every`` so many): the last note before that bar line gives way."""
    out = list(events)
    for index in range(phrase.start_bar + every - 1, phrase.start_bar + phrase.bars - 1, every):
        bar = bars[index]
        beat = min(bar.meter.beat_q, 1.0)
        inside = [place for place, event in enumerate(out) if bar.start_q <= event.start_q < bar.end_q - 1e-6]
        if not inside:
            continue
        tail = inside[-1]
        following = out[tail + 1].start_q if tail + 1 < len(out) else bar.end_q
        room = following - out[tail].start_q
        if room - beat >= 0.5:
            out[tail] = replace(out[tail], length_q=min(out[tail].length_q, room - beat))
        elif len(inside) > 1 and room >= beat - 1e-6 and not out[tail].target:
            del out[tail]
    return out


def denser(events: Sequence[Event], bar: Bar) -> list[Event]:
    """The same events with the longest notes divided: the second half moves a step."""
    out: list[Event] = []
    for index, event in enumerate(events):
        divisible = event.length_q >= 1.0 and not event.target and not event.lean
        if not divisible or index == len(events) - 1:
            out.append(event)
            continue
        late = 0.5 if event.length_q < 2 else 1.0
        towards = 1 if index + 1 < len(events) and events[index + 1].step > event.step else -1
        out += [
            replace(event, length_q=event.length_q - late),
            replace(event, start_q=event.end_q - late, length_q=late, step=event.step + towards),
        ]
    return out


def sparser(events: Sequence[Event], strength_of: Callable[[float], float]) -> list[Event]:
    """The same events without the weakest; what comes before them is held."""
    out: list[Event] = []
    for event in events:
        weak = strength_of(event.start_q) < 0.3 and not event.target and not event.lean
        if weak and out and abs(out[-1].end_q - event.start_q) < 1e-6:
            out[-1] = replace(out[-1], length_q=event.end_q - out[-1].start_q)
        else:
            out.append(event)
    return out
