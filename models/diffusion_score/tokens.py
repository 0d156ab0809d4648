"""What each beat of each part is asked to be, as the numbers that the denoiser embeds and adds up.

Conventions: a token is one beat of one part; its numbers are classes of `SIZES`, offset into one table. They come from
the composer's own columns of a cell (`models.transformer.vocabulary.FIELDS` from ``role`` on), with everything that
has a pitch told from the tonic and the base of the part's rows.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from models.diffusion_score.roll import BASES, BEATS, PITCHES, Grid
from models.transformer import vocabulary as v

Array = npt.NDArray[Any]

BARS = 8
"""Bars of a window."""
SLOTS = 8
"""Parts of a window."""
COLUMN = {name: index - 5 for index, name in enumerate(v.FIELDS) if index >= 5}
HEIGHTS = PITCHES // 4
"""Classes of where in its rows a part shall lie, of four semitones each."""
SIZES = {
    "role": len(v.ROLES), "family": v.FAMILIES, "source": v.SOURCES + 1, "meter": len(v.METERS), "mode": 2,
    "key": 12, "chord": 12 * len(v.QUALITIES), "next_chord": 12 * len(v.QUALITIES), "density": len(v.DENSITIES) + 1,
    "height": HEIGHTS + 1, "dynamics": len(v.VELOCITIES) + 1, "polyphony": len(v.POLYPHONIES) + 1,
    "relation": len(v.RELATIONS) + 1, "bar_mod": 4, "to_end": 6, "given": 2, "octave": BASES,
    "bar": BARS, "beat": BEATS, "slot": SLOTS, "left": BEATS,
}  # fmt: skip
"""Classes of every number: *key* is the bar's tonic above that of the window, *left* how many beats of the bar follow,
*slot* the part, in an order that means nothing."""
OFFSETS = np.array(list(accumulate(SIZES.values(), initial=0)))
CLASSES = int(OFFSETS[-1])


def tokens(fields: Array, grid: Grid, bases: Array, *, tonic: int, given: Array) -> Array:
    """Indices into the table (parts, beats, len(`SIZES`)).

    Parameters
    ----------
    fields : Array
        Columns of every cell (parts, bars, columns).
    grid : Grid
        The bars.
    bases : Array
        Lowest pitch of the rows of each part.
    tonic : int
        Tonic that the rows are counted from, 0..11.
    given : Array
        Which cells (parts, bars) are given or silent.
    """
    bar, beat = grid.bar, grid.beat
    here = fields[:, bar]
    count = grid.beats[bar]
    key = (here[..., COLUMN["tonic"]] - tonic) % 12
    second = (beat * 2 >= count)[None]
    names = (("root_a", "quality_a"), ("root_b", "quality_b"), ("root_c", "quality_c"))
    chords = [(here[..., COLUMN[r]] + key) % 12 * len(v.QUALITIES) + here[..., COLUMN[q]] for r, q in names]
    register = here[..., COLUMN["register"]]
    above = (v.REGISTERS[np.minimum(register, len(v.REGISTERS) - 1)] - bases[:, None]) // 4
    numbers = {
        "key": key,
        "chord": np.where(second, chords[1], chords[0]),
        "next_chord": np.where(second, chords[2], chords[1]),
        "height": np.where(register == len(v.REGISTERS), HEIGHTS, above.clip(0, HEIGHTS - 1)),
        "given": given[:, bar].astype(np.int64),
        "octave": np.broadcast_to((bases // 12)[:, None].clip(0, BASES - 1), key.shape),
        "bar": np.broadcast_to(bar % BARS, key.shape),
        "beat": np.broadcast_to(beat, key.shape),
        "slot": np.broadcast_to(np.arange(len(fields))[:, None] % SLOTS, key.shape),
        "left": np.broadcast_to(count - 1 - beat, key.shape),
    }
    columns = [numbers[name] if name in numbers else here[..., COLUMN[name]] for name in SIZES]
    indices: Array = np.stack(columns, -1) + OFFSETS[:-1]
    return indices
