"""How melodies move and close in a mode of the plan's region: motions, closes and tones of rest, from its profile.

Conventions: degrees as in `assistant.library.profiles`: 1 is the tonic, 2 the step above it, 0 the step below it. A
*place* is a position of the scale as in `models.rules.context`. What the profile says of the scale itself goes before
what it says of all; of a scale that it says nothing of, it is taken that it moves as the one that shares most of its
steps. Where styles from elsewhere stand beside the region, or the key is none of its scales, there is
no mode, and everything stays as it is without a region.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from assistant.library import Region
from assistant.library.profiles import Move, Turning
from assistant.plan import Chord, Key, Phrase, PlannedPart
from assistant.plan.own_music import MODAL
from assistant.tuned import scale_name, tuning_region
from models.rules.context import Context, chord_classes, pitch_at, position

REACHED = 0.7
"""Share of a motif that must lie within a part's reach, for it to begin where its mode has it."""
CLOSING = ("full", "plagal")
"""Cadences of the plan at which a melody closes; at the others it rests elsewhere."""


@dataclass(frozen=True)
class Mode:
    """What a region's profile says of melodies in one key.

    Parameters
    ----------
    key : Key
    motions : tuple of tuple of int
        How phrases move, in degrees; the first is the one most at home.
    closes : tuple of tuple of int
        How they come to their end, in degrees.
    rests : tuple of int
        Degrees 1..n to stop at on the way, the mode's dominant first, the tonic never.
    turning : tuple of Turning
        Steps that are others on the way up or down.
    """

    key: Key
    motions: tuple[tuple[int, ...], ...] = ()
    closes: tuple[tuple[int, ...], ...] = ()
    rests: tuple[int, ...] = ()
    turning: tuple[Turning, ...] = ()

    def tonics(self) -> tuple[int, ...]:
        """The places of all tonics."""
        return tuple(position(self.key, self.key.tonic + 12 * octave) for octave in range(10))

    def pitch(self, tonic: int, degree: int) -> int:
        """The pitch of a degree above the tonic at a place."""
        return pitch_at(self.key, tonic + degree - 1)

    def pitch_class(self, degree: int) -> int:
        """The pitch class of a degree."""
        return self.pitch(self.tonics()[1], degree) % 12

    def full_close(self, chord: Chord) -> tuple[int, ...]:
        """The close whose last tone the chord carries, one that ends on the tonic first; empty if there is none."""
        tones = chord_classes(self.key, chord)
        fitting = [close for close in self.closes if self.pitch_class(close[-1]) in tones]
        return min(fitting, key=lambda close: self.pitch_class(close[-1]) != self.key.tonic, default=())

    def rest(self, chord: Chord) -> int:
        """The degree to rest on over a chord; 0 if it carries none of them."""
        tones = chord_classes(self.key, chord)
        return next((degree for degree in self.rests if self.pitch_class(degree) in tones), 0)


def mode_of(context: Context, key: Key) -> Mode | None:
    """What is known of melodies in a key of the plan; None where nothing is."""
    region = tuning_region(context.plan, context.library)
    name = scale_name(region, key) if region is not None else None
    return None if region is None or name is None else _mode(region, name, key)


def is_modal(context: Context) -> bool:
    """Whether a cue is of a region's own music that stands on a mode or a drone, and not on triads."""
    region = tuning_region(context.plan, context.library)
    return region is not None and region.harmony in MODAL


def _mode(region: Region, name: str, key: Key) -> Mode | None:
    motions = _degrees(region, region.profile.motions, name)
    closes = _degrees(region, region.profile.cadences, name)
    if not closes:  # a motion that comes home is a close
        closes = tuple(motion[-3:] for motion in motions if motion[-1] == 1)
    turning = tuple(each for each in region.profile.turning if name in each.scales)
    mode = Mode(key, motions, closes, _rests(motions, len(key.scale)), turning)
    return mode if motions or closes or turning else None


def _degrees(region: Region, moves: Sequence[Move], scale: str) -> tuple[tuple[int, ...], ...]:
    """The degrees of the moves of a scale, its own before those of all; where it has none, those of its sister."""
    known = [move for move in moves if move.degrees and (scale in move.scales or not move.scales)]
    if not known:
        sister = _sister(region, scale, {name for move in moves if move.degrees for name in move.scales})
        known = [move for move in moves if move.degrees and sister in move.scales]
    return tuple(move.degrees for move in sorted(known, key=lambda move: not move.scales))


def _sister(region: Region, scale: str, others: Collection[str]) -> str:
    """The scale of a region with as many steps as another, most of them shared; empty if two or more differ."""
    steps = dict(region.scales)
    shared = {
        name: len(set(steps[name]) & set(steps[scale]))
        for name, _ in region.scales
        if name in others and len(steps[name]) == len(steps[scale])
    }
    best = max(shared, key=lambda name: shared[name], default="")
    return best if best and shared[best] >= len(steps[scale]) - 2 else ""


def _rests(motions: Sequence[tuple[int, ...]], count: int) -> tuple[int, ...]:
    """The dominant of each motion and its other ends, then the fifth, fourth and second of the scale."""
    dwelt = [degree for motion in motions for degree in (dominant(motion, count), motion[-1], motion[0])]
    rests = [(degree - 1) % count + 1 for degree in (*dwelt, *((5, 4, 2) if count > 5 else (4, 3, 2)))]
    return tuple(degree for degree in dict.fromkeys(rests) if degree != 1)


def dominant(motion: Sequence[int], count: int = 7) -> int:
    """The degree that a motion dwells on: where it comes down from, or the highest that it rises to.

    Examples
    --------
    >>> dominant((1, 2, 3, 4, 5)), dominant((4, 3, 2, 1)), dominant((0, 1, 2, 3, 2)), dominant((5, 6, 5, 4, 5))
    (5, 4, 3, 5)
    """
    inner = [degree for degree in motion if (degree - 1) % count]
    if not inner:
        return motion[0]
    return motion[0] if motion[0] in inner and motion[0] > 1 and motion[0] >= motion[-1] else max(inner)


def motion_of(context: Context, mode: Mode, *, contrast: bool = False) -> tuple[int, ...]:
    """The motion that the cue's theme is made of, or the one of what contrasts with it."""
    if not mode.motions:
        return ()
    first = context.stream("motion").randrange(min(2, len(mode.motions))) if len(mode.motions) > 2 else 0
    return mode.motions[(first + contrast) % len(mode.motions)]


def before_the_end(context: Context, phrase: Phrase, *, here: bool = False) -> bool:
    """Whether the last chord of the cue follows a phrase, so that its close has its last tone there; or is its own."""
    end = phrase.start_bar + (0 if here else phrase.bars)
    return not context.plan.loop and end == context.plan.bar_count - 1


def sung(part: PlannedPart, phrase: Phrase) -> Phrase:
    """The phrase up to the last bar in which a part plays: where it falls silent before the end, it closes there."""
    bars = range(phrase.start_bar, min(phrase.start_bar + phrase.bars, len(part.bars)))
    last = max((bar for bar in bars if part.bars[bar].active), default=bars.stop - 1)
    return replace(phrase, bars=last - phrase.start_bar + 1)


def close_of(context: Context, mode: Mode, phrase: Phrase, chord: Chord) -> tuple[int, ...]:
    """The last degrees of a phrase that lands on a chord: a close, a tone of rest, or nothing."""
    if before_the_end(context, phrase):
        final = mode.full_close(context.plan.chord_at(context.plan.final_q))
        return final[:-1] if final and final[-2] != final[-1] else final[:-2]
    if phrase.cadence in CLOSING:
        return mode.full_close(chord)
    rest = mode.rest(chord) if phrase.cadence != "none" else 0
    return (rest,) if rest else ()


def tonic_near(
    mode: Mode, degrees: Sequence[int], centre: float, low: int, high: int, *, inside: float = 1.0
) -> int | None:
    """The place of the tonic from which degrees lie nearest to the centre of a range, a share of them ``inside`` it.

    None if there is no such place.
    """

    def outside(tonic: int) -> int:
        return sum(not low <= mode.pitch(tonic, degree) <= high for degree in degrees)

    def price(tonic: int) -> float:
        pitches = [mode.pitch(tonic, degree) for degree in degrees]
        return 100.0 * outside(tonic) + abs((min(pitches) + max(pitches)) / 2 - centre)

    best = min(mode.tonics(), key=price)
    return best if outside(best) <= (1.0 - inside) * len(degrees) else None
