"""The manner of a cue: which moves, lengths and places its lines are fond of, as one real piece is, from first to last.

A piece has its own vocabulary. One never plays sixteenths, one leaps, one repeats its notes; drawn bar by bar, a cue
would have a little of everything and sound like no piece in particular. So every cue takes on the shares of one stretch
of a training work that is near to its plan, and the network's logits lean on them. Only shares are taken, no order of
notes. A cue of a region has none: the region's own data and habits lead.

Conventions: shares are counts over 16 bars of one work by role; leanings are natural-log weights added to logits.
`models.transformer.manners` writes the table, which is checked by hash.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import EngineError
from models.published import digest_of
from models.transformer import vocabulary as v

Array = npt.NDArray[Any]

FOLDER = Path(__file__).parent / "weights"
HEAD, FILE = "manners.toml", "manners.safetensors"
ROLES = ("lead", "counter", "harmony", "bass")
WIDEST = 12
"""Moves are counted up to so many semitones; wider ones with these."""
REACH = 21
"""Moves that a leaning is given for, in semitones either way."""
STRENGTH = 0.9
"""How much of the logarithm of a piece's shares over those of all pieces is leaned on."""
PRIOR = 25.0
"""How many notes of the common shares are mixed with a piece's own."""
OFTEN = 40
"""From so many moves on a part of a work says how it moves."""
STRONGEST = 2.5
OCTAVE = {"lead": 1.6, "counter": 1.5, "bass": 0.7}
"""What a move by an octave is worth besides: under the rules the network leaps to the octave far less often than the
training works do (counters 0.7 % of moves for 2.7 %)."""
TRITONE = -0.3
"""What a move by a tritone is worth besides: leaning on shares made it half as frequent again as in the works."""
TIRED = {"lead": 0.25, "counter": 0.25, "harmony": 0.5, "bass": 0.7}
"""What each repetition of a pitch beyond the first costs, by role."""
FINE_SHARE = 0.004
"""A piece with fewer notes off sixteenths and triplets has none."""
ORNAMENTS = (1, 2, 7, 10)
"""Twelfths of a quarter at which notes of thirty-seconds and ornaments stand on the corpus's grid."""
SPREAD = 0.35
"""How much farther a work may lie from the plan to be taken, in the units of `_distance`, for an e-fold of chance:
about two dozen works share what chance there is; at 0.15 rare wishes had one or two."""
UNLIKE = {"collection": 1.0, "metre": 0.7, "beat": 0.8, "mode": 1.0}
"""How far apart two that differ in these are; *beat* is halves against thirds."""


@dataclass(frozen=True)
class Wish:
    """What a manner should be near to.

    Parameters
    ----------
    source : int
        A collection of the corpus, ``vocabulary.SOURCES`` for any.
    steps : int
        Length of a bar in steps.
    onsets : float
        Onsets of the lead in a quarter note.
    is_minor : bool
    """

    source: int
    steps: int
    onsets: float
    is_minor: bool


@dataclass(frozen=True)
class Leaning:
    """One role's leanings: for moves by -`REACH` to `REACH`, classes of length, and the twelve places in a quarter."""

    moves: Array
    lengths: Array
    places: Array
    tired: float


@dataclass(frozen=True)
class Manner:
    """The leanings of each role, the class of polyphony of chords, and whether notes of fine grids occur."""

    roles: dict[str, Leaning]
    polyphony: int
    is_fine: bool


def manner_of(wish: Wish, *, seed: int) -> Manner:
    """The manner of one training work near to what is wished; a wish that changes a little mostly keeps it.

    Raises
    ------
    EngineError
        If the table is absent or is not the one that was published.

    Examples
    --------
    >>> wish = Wish(2, 48, 2.0, False)
    >>> manner_of(wish, seed=3).polyphony == manner_of(wish, seed=3).polyphony
    True
    """
    table = _table(FOLDER)
    chance = np.random.default_rng((seed, 78)).gumbel(size=len(table["works"]))
    at = int(np.argmax(chance - _distance(table["works"], wish) / SPREAD))
    roles = {role: _leaning(table, number, role, at) for number, role in enumerate(ROLES)}
    places = table["places"][at].sum(0)
    fine = places[list(ORNAMENTS)].sum() / max(1.0, places.sum())
    polyphony = int(np.searchsorted(v.POLYPHONIES, table["works"][at, 4] - 0.01).clip(1, len(v.POLYPHONIES) - 1))
    return Manner(roles, polyphony, bool(fine > FINE_SHARE))


def moves_of(role: str, *, seed: int) -> Array | None:
    """Shares of moves by 0 to `WIDEST` semitones, each way alike, in some training work's part of a role.

    Parameters
    ----------
    role : str
        Of `ROLES`.
    seed : int
        Which work; any work whose part moves often enough may be taken.

    Returns
    -------
    array, shape (WIDEST + 1,), or None
        The share of staying, then half the share of the moves of each width; None for those who play chords.
    """
    counts = _table(FOLDER)["moves"][:, ROLES.index(role)] if role in ROLES else np.zeros((1, 2 * WIDEST + 1))
    often = counts[counts.sum(1) >= OFTEN].astype(float)
    if not len(often):
        return None
    shares = _smoothed(often, int(np.random.default_rng((seed, 79)).integers(len(often))))
    both: Array = (shares[WIDEST:] + shares[WIDEST::-1]) / 2
    return both


def _distance(works: Array, wish: Wish) -> Array:
    """How far each work lies from a wish: columns are collection, steps of a bar, onsets, minor, notes of a chord."""
    other = (works[:, 0] != wish.source) & (wish.source < v.SOURCES)
    beat = (works[:, 1] % (3 * v.STEPS_PER_Q) == 0) != (wish.steps % (3 * v.STEPS_PER_Q) == 0)
    distance: Array = (
        2 * np.abs(np.log(np.maximum(works[:, 2], 0.1) / max(wish.onsets, 0.1)))
        + UNLIKE["collection"] * other
        + UNLIKE["metre"] * (works[:, 1] != wish.steps)
        + UNLIKE["beat"] * beat
        + UNLIKE["mode"] * (works[:, 3] != wish.is_minor)
    )
    return distance


def _leaning(table: dict[str, Array], number: int, role: str, at: int) -> Leaning:
    """What a role leans on in the manner of work ``at``."""
    moves, lengths, places = (
        _leaned(table[name][:, number], at) for name in ("moves", "lengths", "places")
    )  # fmt: skip
    reach = np.arange(-REACH, REACH + 1)
    wide = moves[np.clip(reach, -WIDEST, WIDEST) + WIDEST]
    wide[np.abs(reach) == WIDEST] += OCTAVE.get(role, 0.0)
    wide[np.abs(reach) == WIDEST // 2] += TRITONE
    return Leaning(wide, lengths, places, TIRED[role])


def _leaned(counts: Array, at: int) -> Array:
    """Log of one row's shares over those of all rows, smoothed and held within bounds; 0 where nothing is known."""
    total = counts.sum(0).astype(float)
    if not total.sum():
        return np.zeros(len(total))
    common, own = total / total.sum(), _smoothed(counts, at)
    leaned: Array = np.clip(STRENGTH * np.log((own + 1e-4) / (common + 1e-4)), -STRONGEST, STRONGEST)
    return leaned


def _smoothed(counts: Array, at: int) -> Array:
    """The shares of one row, mixed with those of all rows."""
    total = counts.sum(0).astype(float)
    shares: Array = (counts[at] + PRIOR * total / total.sum()) / (counts[at].sum() + PRIOR)
    return shares


def record(folder: Path = FOLDER) -> dict[str, Any]:
    """What ``manners.toml`` says; empty where there is none."""
    head = folder / HEAD
    return tomllib.loads(head.read_text("utf-8")) if head.is_file() else {}


@lru_cache(maxsize=2)
def _table(folder: Path) -> dict[str, Array]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    path = folder / FILE
    cure = "fetch it with this copy, or write it anew with models.transformer.manners"
    if not path.is_file():
        raise EngineError(f"the composer's table of manners, not at {path}", FILE, cure)
    if digest_of(path) != record(folder).get("sha256"):
        raise EngineError(f"{path}, which is not the one that was published", f"the file that {HEAD} names", cure)
    try:
        return load(path.read_bytes())
    except SafetensorError as error:
        raise EngineError(f"{path}, which cannot be read", "safetensors", cure) from error
