"""Shapes of phrases: how a sentence is built from the motif, so that no two neighbours are built alike.

Conventions: a shape is a row of `Step`; their bars add up to the phrase. ``source`` is what of the motif is said:
``whole``, ``head`` (its first bar), ``tail`` (its second bar), ``turned`` (second bar first), ``halves`` (the first
half bar said twice), ``slow`` (the first bar at half speed) or ``""`` (silence). ``shift`` counts sequences: 1 is one
sequence in the direction of the phrase.

Sources: Caplin, *Classical Form* (1998): sentence, period, extension; Berliner, *Thinking in Jazz* (1994): call and
answer with the rhythm section.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One unit of a shape: what it does, how many bars, with what of the motif, how far shifted."""

    kind: str
    bars: int
    source: str
    shift: int = 0


def _shape(text: str) -> tuple[Step, ...]:
    """A shape from ``kind bars source shift`` separated by commas."""
    steps = []
    for item in text.split(","):
        kind, bars, source, *shift = item.split()
        steps.append(Step(kind, int(bars), "" if source == "-" else source, int(shift[0]) if shift else 0))
    return tuple(steps)


SUNG: dict[int, tuple[tuple[Step, ...], ...]] = {
    4: (
        _shape("state 2 whole, cadence 2 whole"),
        _shape("state 1 head, sequence 1 head 1, cadence 2 turned"),
        _shape("state 2 whole, drive 1 halves 1, cadence 1 whole"),
        _shape("state 2 slow, cadence 2 whole"),
        _shape("state 1 head, drive 1 halves, cadence 2 tail"),
    ),
    6: (
        _shape("state 2 whole, sequence 2 whole 1, cadence 2 turned"),
        _shape("state 2 whole, drive 1 head 1, drive 1 halves 2, cadence 2 whole"),
        _shape("state 1 head, sequence 1 head 1, state 2 whole, cadence 2 tail"),
    ),
    8: (
        _shape("state 2 whole, sequence 2 whole 1, drive 1 head 2, drive 1 halves 2, cadence 2 whole"),
        _shape("state 2 whole, cadence 2 turned, state 2 whole, cadence 2 tail"),
        _shape("state 2 whole, sequence 2 whole 1, sequence 2 whole 2, cadence 2 turned"),
        _shape("state 1 head, sequence 1 head 1, cadence 2 tail, state 2 whole 1, drive 1 halves 1, cadence 1 whole"),
    ),
}
"""Shapes of a tune that sings, by bars of the phrase, for a motif of two bars; the first is the plainest."""

CALLED: dict[int, tuple[tuple[Step, ...], ...]] = {
    4: (
        _shape("state 1 head, rest 1 -, cadence 2 whole"),
        _shape("state 1 head, cadence 1 tail, state 1 head 1, rest 1 -"),
        _shape("state 2 whole, cadence 2 tail"),
        _shape("state 1 head, sequence 1 head 1, cadence 2 tail"),
    ),
    6: (
        _shape("state 1 head, rest 1 -, state 2 whole, cadence 2 tail"),
        _shape("state 2 whole, rest 1 -, drive 1 head 1, cadence 2 turned"),
    ),
    8: (
        _shape("state 1 head, rest 1 -, sequence 1 head 1, rest 1 -, state 2 whole, cadence 2 tail"),
        _shape("state 2 whole, cadence 2 tail, state 1 head 1, rest 1 -, cadence 2 whole"),
        _shape("state 2 whole, rest 1 -, drive 1 head, sequence 2 whole 1, cadence 2 turned"),
    ),
}
"""Shapes of a hook over a groove: it calls, the band answers."""


def shape_of(bars: int, use: str, *, before: int, time: int, turn: int, called: bool) -> tuple[Step, ...]:
    """The shape of a phrase; none where its length has no table.

    ``before`` counts the earlier phrases of this length, ``time`` those of the same use; ``turn`` is drawn once a cue,
    so that not every cue begins with the same shape. A return is built as the statement was.
    """
    shapes = (CALLED if called else SUNG).get(bars, ())
    if not shapes:
        return ()
    first = turn % min(2, len(shapes))
    if use == "state" or (use == "return" and time == 0):
        return shapes[first]
    if use == "repeat":  # it begins as the statement did, and ends in another way
        others = [shape for shape in shapes if shape != shapes[first]]
        alike = [shape for shape in others if shape[0] == shapes[first][0]] or others
        return alike[time % len(alike)]
    return shapes[(first + max(1, before + (use == "contrast"))) % len(shapes)]
