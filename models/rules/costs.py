"""What makes a line good or bad, one named cost each.

Conventions: as in `models.rules.search`: a cost of 1 is a flaw that a listener notices, 20 forbids. Steps before leaps,
leaps recovered, chord notes on strong beats, dissonance resolved by step, one summit, a landing on the chord.

Sources: Huron, *Sweet Anticipation* (2006); Jeppesen, *Counterpoint* (1939), for leaps and their recovery.
"""

from __future__ import annotations

from models.idiom.speaking import Speech
from models.rules.search import Cost, Move

SPOKEN = 0.5
"""What a move costs for each e-fold that it is rarer in the region's tunes than the most usual one."""


def follow_contour(move: Move) -> float:
    """The interval that the motif wants."""
    if move.last is None:
        return 0.4 * abs(move.here.places[move.pitch] - move.here.want)
    wanted = move.here.want - move.last.want
    turned = 0.6 if wanted * move.steps < 0 else 0.0
    return move.here.fidelity * (0.8 * abs(move.steps - wanted) + turned)


def stay_in_register(move: Move) -> float:
    """Near the wanted position, whatever the intervals add up to."""
    return 0.16 * abs(move.here.places[move.pitch] - move.here.want)


def rest_on_the_chord(move: Move) -> float:
    """Chord notes on strong beats; elsewhere what is not in the chord comes by step."""
    inside = move.pitch % 12 in move.here.chord
    if move.here.lean:
        return 1.5 if inside else 0.0
    if inside:
        return 0.0
    by_step = abs(move.steps) <= 1 and bool(move.before)
    felt = max(move.here.strength, 0.45 if move.here.length_q >= 1.0 else 0.0)  # long off-beats weigh too
    weight = felt * min(1.5, max(0.6, move.here.length_q))
    return 1.9 * weight + (0.0 if by_step else 1.2)


def avoid_clashes(move: Move) -> float:
    """No minor ninth held against the chord, on whatever beat it begins."""
    if move.pitch % 12 not in move.here.clashes or move.here.length_q < 0.7:
        return 0.0
    return 0.6 if move.here.lean else 1.1 * min(2.0, move.here.length_q)


def resolve_dissonance(move: Move) -> float:
    """After a note outside the chord, a step; down rather than up."""
    if move.last is None or move.before[-1] % 12 in move.last.chord:
        return 0.0
    if abs(move.steps) > 1:
        return 2.2
    return 0.6 if move.steps == 0 else (0.0 if move.steps < 0 else 0.15)


def prefer_steps(move: Move) -> float:
    """The smaller the better, an octave at most."""
    size = abs(move.steps)
    if abs(move.interval) > 12:
        return 20.0
    return (0.35, 0.0, 0.32, 0.65, 1.0, 1.4, 2.4, 2.0)[min(size, 7)]


def no_wild_leaps(move: Move) -> float:
    """An octave at most."""
    return 20.0 if abs(move.interval) > 12 else 0.0


def avoid_ugly_leaps(move: Move) -> float:
    """No tritone, no seventh."""
    return 1.6 if abs(move.interval) in (6, 10, 11) else 0.0


def recover_leaps(move: Move) -> float:
    """After a fourth or more, a step the other way."""
    before = move.interval_before
    if abs(before) < 5:
        return 0.0
    if before * move.interval < 0:
        return 0.0 if abs(move.interval) <= 4 else 1.0
    return 0.7 if move.interval == 0 else 1.6


def one_summit(move: Move) -> float:
    """One highest note, where it is wanted."""
    if not move.before:
        return 0.0
    top = max(move.before)
    if move.here.summit:
        return 0.0 if move.pitch > top else 1.2
    return 0.7 if move.pitch == top and move.interval != 0 else 0.0


def no_hammering(move: Move) -> float:
    """Not the same note three times, not two notes back and forth."""
    before = move.before
    if len(before) > 1 and before[-1] == before[-2] == move.pitch:
        return 1.0
    seesaw = len(before) > 2 and before[-2] == move.pitch and before[-3] == before[-1]
    return 0.9 if seesaw else 0.0


def land(move: Move) -> float:
    """A phrase ends where the ear can rest."""
    return 6.0 if move.here.target and move.pitch % 12 not in move.here.target else 0.0


def idiomatic(speech: Speech) -> Cost:
    """The moves that the region's tunes make."""

    def price(move: Move) -> float:
        return SPOKEN * speech.strength * speech.price(move.before, move.pitch)

    return price
