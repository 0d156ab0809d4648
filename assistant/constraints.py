"""What was understood: every wish as a value, with the words or frames that it came from.

Conventions: field names and vocabulary are the command line's contract (CONTRIBUTING, "The contract"). ``None`` or an
empty tuple means *not asked*; defaults are filled in later by `assistant.plan.defaults`, and said. Valence and arousal
run from -1 to 1, ``at`` from 0 to 1 over the length of the cue, times in seconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from assistant.clip.values import Span as Span
from assistant.errors import InputError
from assistant.records import STRICT, from_data, to_data
from assistant.remark import Remark
from assistant.score.motif import Motif

USES = ("film", "ad", "game", "vr", "dance", "podcast", "wellness", "event", "other")
HIT_KINDS = ("hit", "stop", "reveal", "swell")
Outcome = Literal["accept", "clamp", "ask", "refuse"]
OwnSoundWish = Literal["keep", "replace", "mix"]
"""What becomes of a clip's own sound: in front of the music, gone, or beside it."""
Colour = Literal["hint", "balanced", "full"]
"""How much of a region a cue takes on (`assistant.plan.regional.dial`)."""
COLOURS: tuple[Colour, ...] = ("hint", "balanced", "full")
"""The positions of that dial, from least to most."""


@dataclass(frozen=True)
class ArcPoint:
    """Emotion at a place: ``at`` 0..1 of the length, valence and arousal -1..1."""

    __pydantic_config__ = STRICT

    at: float
    valence: float
    arousal: float

    def __post_init__(self) -> None:
        if not (0 <= self.at <= 1 and -1 <= self.valence <= 1 and -1 <= self.arousal <= 1):
            raise InputError(f"arc point {self}", "at in 0..1, valence and arousal in -1..1", "bring it into range")


@dataclass(frozen=True)
class HitPoint:
    """A moment that the music must land on."""

    __pydantic_config__ = STRICT

    at_s: float
    kind: str = "hit"

    def __post_init__(self) -> None:
        if self.kind not in HIT_KINDS:
            raise InputError(f"hit kind {self.kind!r}", ", ".join(HIT_KINDS), "choose one of these")
        if not (self.at_s >= 0 and math.isfinite(self.at_s)):
            raise InputError(f"hit at {self.at_s} s", "seconds from 0", "give a time within the cue")


@dataclass(frozen=True)
class Instruments:
    """Instrument ids wanted and unwanted; ``alone`` says that nobody plays but the wanted ones ("only drums")."""

    __pydantic_config__ = STRICT

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    alone: bool = False


Where = Literal["start", "middle", "end", "all"] | Span


@dataclass(frozen=True)
class Adjustment:
    """A wish about one part: more or less density, loudness or register, somewhere.

    ``part`` is an instrument id, ``melody``, ``chords``, ``bass``, ``drums`` or ``all``; ``amount`` -1..1.
    """

    __pydantic_config__ = STRICT

    field: Literal["density", "loudness", "register"]
    part: str
    amount: float
    where: Where = "all"

    def __post_init__(self) -> None:
        if not -1 <= self.amount <= 1:
            raise InputError(f"amount {self.amount}", "-1..1", "bring it into range")


@dataclass(frozen=True)
class Evidence:
    """Where a value came from.

    Parameters
    ----------
    field : str
        The field, such as ``"tempo_bpm"`` or ``"hits[0]"``.
    words : str
        The person's words (or a name of what was measured, such as ``"clip: 30.0 s"``).
    start, end : int
        Characters of the brief that hold the words; -1 when they come from elsewhere.
    confidence : float
        0..1.
    assumed : bool
        Whether this is a default of ours.
    source : str
        Which adviser read it from the words; empty when the word lists did.
    """

    __pydantic_config__ = STRICT

    field: str
    words: str
    start: int = -1
    end: int = -1
    confidence: float = 1.0
    assumed: bool = False
    source: str = ""

    @property
    def root(self) -> str:
        """The field of the Constraints that it belongs to, such as ``"hits"`` for ``"hits[0]"``.

        Examples
        --------
        >>> Evidence("instruments.include", "flute").root
        'instruments'
        """
        return self.field.split("[")[0].split(".")[0]


@dataclass(frozen=True)
class Constraints:
    """Everything that was asked.

    Examples
    --------
    >>> asked = Constraints(language="en", duration_s=30.0, arc=(ArcPoint(0.0, -0.5, -0.4), ArcPoint(1.0, 0.7, 0.5)))
    >>> round(asked.emotion_at(0.5).valence, 2)
    0.1
    """

    __pydantic_config__ = STRICT

    language: str = "en"
    duration_s: float | None = None
    use: str = "other"
    arc: tuple[ArcPoint, ...] = (ArcPoint(0.0, 0.0, 0.0),)
    styles: tuple[str, ...] = ()
    region: str | None = None
    tempo_bpm: tuple[float, float] | None = None
    meter: str | None = None
    key: str | None = None
    instruments: Instruments = Instruments()
    hits: tuple[HitPoint, ...] = ()
    loop: bool = False
    adjust: tuple[Adjustment, ...] = ()
    loudness_lufs: float | None = None
    motif: Motif | None = None
    own_sound: OwnSoundWish | None = None
    colour: Colour = "balanced"
    fusion: str | None = None
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        if self.duration_s is not None and not (self.duration_s > 0 and math.isfinite(self.duration_s)):
            raise InputError(f"length {self.duration_s}", "seconds above 0", "say how long the cue should be")
        if not self.arc or list(self.arc) != sorted(self.arc, key=lambda point: point.at):
            raise InputError(f"arc {self.arc}", "at least one point, sorted by at", "sort the points")
        if self.tempo_bpm is not None and not 0 < self.tempo_bpm[0] <= self.tempo_bpm[1]:
            raise InputError(f"tempo {self.tempo_bpm}", "low and high above 0, low first", "swap them")
        if self.loudness_lufs is not None and not -100 <= self.loudness_lufs <= 0:
            raise InputError(f"loudness {self.loudness_lufs:g} LUFS", "-100 to 0", "bring it into range")
        if self.key is not None and not self.key.strip():
            raise InputError(f"key {self.key!r}", "a key such as D minor", "name one, or leave it out")
        if self.use not in USES:
            raise InputError(f"use {self.use!r}", ", ".join(USES), "choose one of these")

    def emotion_at(self, at: float) -> ArcPoint:
        """Valence and arousal at a fraction of the length, in straight lines between the points of the arc.

        What lies before the beginning or behind the end feels as that does.
        """
        at = min(max(at, 0.0), 1.0)
        if at <= self.arc[0].at:
            return ArcPoint(at, self.arc[0].valence, self.arc[0].arousal)
        for left, right in zip(self.arc, self.arc[1:], strict=False):
            if at <= right.at:
                share = (at - left.at) / (right.at - left.at) if right.at > left.at else 1.0
                return ArcPoint(
                    at,
                    left.valence + share * (right.valence - left.valence),
                    left.arousal + share * (right.arousal - left.arousal),
                )
        return ArcPoint(at, self.arc[-1].valence, self.arc[-1].arousal)

    def evidence_for(self, field: str) -> Evidence | None:
        """Where a field came from, or None."""
        return next((item for item in self.evidence if item.field == field), None)

    def to_contract(self) -> dict[str, Any]:
        """The JSON object that the command line prints."""
        return to_data(self)

    @classmethod
    def from_contract(cls, data: dict[str, Any]) -> Constraints:
        """Constraints from the command line's JSON; absent fields are not asked, unknown ones are refused."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise InputError(f"constraints with {unknown}", ", ".join(sorted(known)), "remove what is unknown")
        given = {name: value for name, value in data.items() if value is not None or name in ("region", "key")}
        return from_data(cls, given)


@dataclass(frozen=True)
class Understanding:
    """What a brief means: what to do with it, the wishes, and what must be said or asked.

    ``outcome``: accept; clamp (a value was brought into range); ask (one question first); refuse (that part is not
    done). ``constraints`` holds what was understood whatever the outcome.
    """

    __pydantic_config__ = STRICT

    outcome: Outcome
    constraints: Constraints
    remarks: tuple[Remark, ...] = ()


def arc_of(points: Sequence[tuple[float, float, float]]) -> tuple[ArcPoint, ...]:
    """An arc from (at, valence, arousal) triples.

    Examples
    --------
    >>> arc_of([(0, 0.1, 0.2)])
    (ArcPoint(at=0, valence=0.1, arousal=0.2),)
    """
    return tuple(ArcPoint(*point) for point in points)
