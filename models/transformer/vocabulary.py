"""The numbers that stand for music: grids, bins and classes, each derived from the one before.

Conventions: time within a bar is in twelfths of a quarter note, fine enough for sixteenths and triplets; bins are found
by nearest value; pitches of drums lie above those of pitched parts. This module knows nothing of files or networks.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

STEPS_PER_Q = 12
LONGEST_BAR = 72
"""Steps of the longest bar that is read: six quarter notes."""
ONSET_END = LONGEST_BAR
"""The onset class that ends a cell."""
ONSETS = LONGEST_BAR + 1

LENGTHS = np.array([1, 2, 3, 4, 6, 8, 9, 12, 15, 16, 18, 21, 24, 30, 36, 42, 48, 60, 72, 96, 144])
"""Note lengths in steps; the last stands for all that is longer."""
VELOCITIES = np.array([20, 36, 48, 58, 66, 74, 82, 90, 98, 106, 114, 124])
PITCHES = 256
DRUM_OFFSET = 128

ROLES = ("lead", "counter", "harmony", "bass", "drums")
FAMILIES = 17
"""General MIDI families of eight programs, and drums."""
SOURCES = 9
"""Collections of the corpus, in the order of `models.transformer.corpus.SOURCES`: the nearest thing to a style."""
MODES = ("major", "minor")
QUALITIES = ("maj", "min", "dim", "aug", "sus4", "7", "maj7", "min7", "m7b5", "5", "none")
METERS = (12, 18, 24, 30, 36, 42, 48, 54, 60, 72)
"""Bar lengths in steps with a class of their own; others take the nearest."""

DENSITIES = np.array([0, 1, 2, 3, 4, 6, 8, 10, 13, 17, 22, 30])
"""Onsets a 4/4 bar."""
REGISTERS = np.arange(24, 108, 4)
POLYPHONIES = np.array([1.0, 1.5, 2.2, 3.2])
RELATIONS = ("new", "same", "same rhythm", "varied")
"""How a cell relates to the same part's last eight bars: new material, a literal or transposed repeat, the same rhythm
with other pitches, or mostly the same rhythm."""

FIELDS = (
    "kind", "onset", "pitch", "length", "velocity",
    "role", "family", "source", "meter", "tonic", "mode",
    "root_a", "quality_a", "root_b", "quality_b", "root_c", "quality_c",
    "density", "register", "dynamics", "polyphony", "relation", "bar_mod", "to_end", "fixed",
)  # fmt: skip
"""The columns of a row: what the last event was, then what the cell of the next event is asked to be. Chord *a* sounds
in the first half of the bar, *b* in the second, *c* where the next bar begins."""
ASKED = ("density", "register", "dynamics", "polyphony", "relation")
"""The controls that may be left open."""

SIZES = {
    "kind": 3,  # start, header, note
    "onset": ONSETS + 1,
    "pitch": PITCHES + 1,
    "length": len(LENGTHS) + 1,
    "velocity": len(VELOCITIES) + 1,
    "role": len(ROLES),
    "family": FAMILIES,
    "source": SOURCES + 1,
    "meter": len(METERS),
    "tonic": 12,
    "mode": len(MODES),
    "root_a": 12,
    "quality_a": len(QUALITIES),
    "root_b": 12,
    "quality_b": len(QUALITIES),
    "root_c": 12,
    "quality_c": len(QUALITIES),
    "density": len(DENSITIES) + 1,
    "register": len(REGISTERS) + 1,
    "dynamics": len(VELOCITIES) + 1,
    "polyphony": len(POLYPHONIES) + 1,
    "relation": len(RELATIONS) + 1,
    "bar_mod": 4,
    "to_end": 6,
    "fixed": 2,
}
"""Classes of every field; controls have one more, the last, that means "not asked"."""
NOTHING = {name: SIZES[name] - 1 for name in ("onset", "pitch", "length", "velocity")}
assert set(SIZES) == set(FIELDS)


def nearest(values: npt.ArrayLike, bins: Ints) -> Ints:
    """The index of the nearest bin for each value.

    Examples
    --------
    >>> nearest([0, 5, 200], LENGTHS).tolist()
    [0, 3, 20]
    """
    values = np.asarray(values, dtype=float)
    middles = (bins[1:] + bins[:-1]) / 2
    found: Ints = np.searchsorted(middles, values).astype(np.int64)
    return found
