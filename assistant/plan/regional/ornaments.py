"""Which notes of a statement a region ornaments, and with what.

*Conventions*: only long notes that are neither the first nor the last are ornamented, the longest first, so that the
tune is known before it is adorned; the region's ornaments go round in their order. No chance: the same statement has
the same ornaments.

What it does not know: the quick notes themselves; an engine plays them (`models.rules.ornaments`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil

from assistant.score.motif import MotifNote

LONG_S, SHAKEN_S = 0.35, 0.7
"""A note takes a grace or a slide from so many seconds on, a trill or a tremolo from so many."""
SHAKES = ("trill", "tremolo")
REPEATING = ("plucked", "mallets", "strings", "keys", "percussion")
"""Families whose players hold a tone by striking it again; breath does not."""


def playable(names: Sequence[str], family: str) -> tuple[str, ...]:
    """The ornaments that a family of instruments plays: a tremolo needs a plectrum, a mallet or a bow.

    Examples
    --------
    >>> playable(("grace", "tremolo"), "woodwinds"), playable(("grace", "tremolo"), "plucked")
    (('grace',), ('grace', 'tremolo'))
    """
    return tuple(name for name in names if name != "tremolo" or family in REPEATING)


def ornaments_of(
    notes: Sequence[MotifNote], names: Sequence[str], share: float, *, seconds_of: Callable[[float], float]
) -> tuple[str, ...]:
    """One ornament or ``""`` for each note.

    Parameters
    ----------
    notes : sequence of MotifNote
        A statement, where it stands in the cue.
    names : sequence of str
        The region's ornaments, the most usual first.
    share : float
        How many of the long notes are ornamented, 0..1.
    seconds_of : callable
        The second of a place in quarters.

    Examples
    --------
    >>> tune = [MotifNote(0.0, 1.0, 60), MotifNote(1.0, 2.0, 62), MotifNote(3.0, 0.5, 64), MotifNote(3.5, 2.0, 60)]
    >>> ornaments_of(tune, ["trill", "grace"], 0.5, seconds_of=lambda at_q: at_q / 2)
    ('', 'trill', '', '')
    """
    long_s = [seconds_of(note.end_q) - seconds_of(note.start_q) for note in notes]
    able = [index for index in range(1, len(notes) - 1) if long_s[index] >= LONG_S]
    chosen = sorted(able, key=lambda index: (-round(long_s[index], 3), index))[: ceil(share * len(able))]
    out, turn = [""] * len(notes), 0
    for index in sorted(chosen):
        fitting = [name for name in names if name not in SHAKES or long_s[index] >= SHAKEN_S]
        if fitting:
            out[index] = fitting[turn % len(fitting)]
            turn += 1
    return tuple(out)
