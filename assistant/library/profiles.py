"""What is known of a region's music, statement by statement: tunings, motions, ornaments, cycles, players, the present.

Conventions: ``source`` repeats the beginning of exactly one line of the region's ``sources``; ``rule`` says in plain
words what is the case. Cents count from the tonic, so that the octave is 1200. Degrees count the steps of the scale:
1 is the tonic, 2 the step above it, 0 the step below it, and one more than the scale has steps is the octave. A motion
or cadence is a fact of the mode, never the line of a tune. What is not known to the cent is ``approximate``.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.errors import DataError
from assistant.records import STRICT
from assistant.score import ROLES
from assistant.score.motif import pitch_of

CERTAINTIES = ("measured", "theory", "practice", "approximate")
"""Where cents come from: instruments that were measured, a theory of the place, what players do, or a near figure."""

PLACES = ("long", "close", "strong", "repeated", "leap", "fall", "high", "low")
"""Tones that bear an ornament: held, last of a phrase, on a strong beat, said again, after a leap, before a lower one,
highest or lowest around."""

FARTHEST_CENTS = 70.0
"""How far a degree may lie from the semitone that it is composed with."""


def checked_pitch(name: str) -> int:
    """The MIDI number of a note's name; raises `DataError` where it is none."""
    pitch = pitch_of(name)
    if pitch is None:
        raise DataError(f"note {name!r}", "use a letter, b or # where needed, and the octave: Bb2, C4 (middle C)")
    return pitch


def check_said(what: str, rule: str, source: str) -> None:
    """Raise `DataError` unless a statement says something and whose word it is."""
    if not rule.strip() or not source.strip():
        raise DataError(
            f"{what} with rule {rule!r:.40}, source {source!r:.40}", "say what is so, and which source has it"
        )


@dataclass(frozen=True)
class Tuning:
    """How the steps of some scales are tuned; without ``cents`` in twelve equal steps."""

    __pydantic_config__ = STRICT

    scales: tuple[str, ...]
    certainty: str
    source: str
    note: str
    cents: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        check_said(f"tuning of {', '.join(self.scales) or 'no scale'}", self.note, self.source)
        if self.certainty not in CERTAINTIES or not self.scales:
            raise DataError(
                f"tuning of {len(self.scales)} scales, certainty {self.certainty!r}",
                f"name at least one scale and one of {', '.join(CERTAINTIES)}",
            )
        if self.cents and (self.cents[0] != 0 or list(self.cents) != sorted(set(self.cents)) or self.cents[-1] >= 1200):
            raise DataError(f"cents {self.cents}", "begin with 0 and rise, below 1200")

    def deviations(self, semitones: tuple[int, ...]) -> tuple[float, ...]:
        """Cents by which each step differs from the semitone that it is composed with.

        Examples
        --------
        >>> Tuning(("rast",), "theory", "Signell", "third", (0, 204, 385)).deviations((0, 2, 4))
        (0.0, 4.0, -15.0)
        """
        if not self.cents:
            return (0.0,) * len(semitones)
        return tuple(float(cents - 100 * step) for cents, step in zip(self.cents, semitones, strict=True))


@dataclass(frozen=True)
class Move:
    """A motion or cadence of some scales (of all, if none is named); ``degrees`` where it can be put in steps."""

    __pydantic_config__ = STRICT

    rule: str
    source: str
    scales: tuple[str, ...] = ()
    degrees: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_said("motion or cadence", self.rule, self.source)
        if len(self.degrees) == 1 or len(self.degrees) > 7 or any(not -7 <= step <= 15 for step in self.degrees):
            raise DataError(f"degrees {self.degrees}", "use 2 to 7 degrees from -7 to 15: more would be a tune")


@dataclass(frozen=True)
class Turning:
    """A step of some scales that is another on the way up or on the way down, in semitones above the tonic."""

    __pydantic_config__ = STRICT

    scales: tuple[str, ...]
    step: int
    becomes: int
    going: str
    rule: str
    source: str

    def __post_init__(self) -> None:
        check_said(f"turning step {self.step}", self.rule, self.source)
        if self.going not in ("up", "down") or not self.scales or not 1 <= abs(self.step - self.becomes) <= 2:
            raise DataError(
                f"step {self.step} that becomes {self.becomes} going {self.going!r}", "up or down, one or two semitones"
            )


@dataclass(frozen=True)
class OrnamentName:
    """An ornament by the name that it has there; ``plays`` is the one of `ORNAMENTS` nearest to it, if any is.

    Where the rule says which tones bear it, ``on`` says so in words of `PLACES`, ``tones`` in semitones from the tonic.
    """

    __pydantic_config__ = STRICT

    name: str
    rule: str
    source: str
    plays: str = ""
    on: tuple[str, ...] = ()
    tones: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_said(f"ornament {self.name!r}", self.rule, self.source)
        if set(self.on) - set(PLACES) or any(not 0 <= tone < 12 for tone in self.tones):
            raise DataError(
                f"ornament {self.name!r} on {self.on}, tones {self.tones}", f"use {', '.join(PLACES)}, and tones 0..11"
            )

    @property
    def is_placed(self) -> bool:
        """Whether it is known which tones bear it."""
        return bool(self.on or self.tones)


@dataclass(frozen=True)
class Cycle:
    """A rhythm cycle by its name there: the ``groove`` that plays it, and its beats in groups."""

    __pydantic_config__ = STRICT

    name: str
    groups: tuple[int, ...]
    rule: str
    source: str
    groove: str = ""

    def __post_init__(self) -> None:
        check_said(f"cycle {self.name!r}", self.rule, self.source)
        if not self.groups or min(self.groups) < 1:
            raise DataError(f"cycle {self.name!r} in groups {self.groups}", "give the counts of each group, from 1")

    def limping(self, beats: int) -> tuple[int, ...]:
        """Its groups in a bar of so many beats, where they are twos and threes by turns; empty where they are not.

        Examples
        --------
        >>> Cycle("aksak", (2, 2, 2, 3), "nine, limping", "Signell").limping(9)
        (2, 2, 2, 3)
        >>> Cycle("tresillo", (3, 3, 2), "within two beats", "Mauleon").limping(4)
        ()
        """
        bars = sum(self.groups) // beats
        inside = self.groups[: len(self.groups) // max(1, bars)]
        whole = bars > 0 and inside * bars == self.groups and sum(inside) == beats
        return inside if whole and set(inside) == {2, 3} else ()


@dataclass(frozen=True)
class Weave:
    """How players go together: one of the region's textures, and how it is done there.

    ``hands`` says of an interlocking line, pulse by pulse, which of two players strikes: 1 or 2. ``late_s`` is how far
    one who follows a tune stays behind it, in seconds.
    """

    __pydantic_config__ = STRICT

    kind: str
    rule: str
    source: str
    hands: str = ""
    late_s: float = 0.0

    def __post_init__(self) -> None:
        check_said(f"weave {self.kind!r}", self.rule, self.source)
        if set(self.hands) - set("12") or (self.hands and set(self.hands) != set("12")):
            raise DataError(f"hands {self.hands!r} of weave {self.kind!r}", "use 1 and 2, both of them")
        if not 0 <= self.late_s <= 0.5:
            raise DataError(f"late_s {self.late_s} of weave {self.kind!r}", "0 to half a second")


@dataclass(frozen=True)
class Player:
    """An instrument of the place: what stands for it here, its roles, its sounding range as note names."""

    __pydantic_config__ = STRICT

    name: str
    played_by: str
    roles: tuple[str, ...]
    range: tuple[str, str]
    modern: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        if not self.roles or set(self.roles) - set(ROLES):
            raise DataError(f"player {self.name!r} with roles {self.roles}", f"use some of {', '.join(ROLES)}")
        if checked_pitch(self.range[0]) >= checked_pitch(self.range[1]):
            raise DataError(f"player {self.name!r} from {' to '.join(self.range)}", "put the lower note first")


@dataclass(frozen=True)
class Present:
    """What is modern there: a music by its name, and styles and instruments of the library that come near it."""

    __pydantic_config__ = STRICT

    name: str
    rule: str
    source: str
    styles: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_said(f"modern {self.name!r}", self.rule, self.source)


@dataclass(frozen=True)
class Profile:
    """What is known of a region beyond what composing needs; every part may be empty, none may contradict the rest.

    ``retuned`` names instruments of fixed pitch whose own tuning this is (a gamelan, a kora): they are retuned too.
    ``no_ornaments`` says why fewer than three ornaments are named.
    """

    __pydantic_config__ = STRICT

    tunings: tuple[Tuning, ...] = ()
    retuned: tuple[str, ...] = ()
    motions: tuple[Move, ...] = ()
    cadences: tuple[Move, ...] = ()
    turning: tuple[Turning, ...] = ()
    ornamentation: tuple[OrnamentName, ...] = ()
    no_ornaments: str = ""
    cycles: tuple[Cycle, ...] = ()
    weaves: tuple[Weave, ...] = ()
    players: tuple[Player, ...] = ()
    modern: tuple[Present, ...] = ()

    def tuning(self, scale: str) -> Tuning | None:
        """The tuning of a scale, None where none is known."""
        return next((tuning for tuning in self.tunings if scale in tuning.scales), None)

    @property
    def statements(self) -> tuple[Tuning | Move | Turning | OrnamentName | Cycle | Weave | Present, ...]:
        """Everything that names a source."""
        return (
            *self.tunings, *self.motions, *self.cadences, *self.turning, *self.ornamentation, *self.cycles,
            *self.weaves, *self.modern,
        )  # fmt: skip

    def check(self, scales: tuple[tuple[str, tuple[int, ...]], ...], sources: tuple[str, ...]) -> None:
        """Raise `DataError` unless every statement fits the region's scales and names one of its sources."""
        steps = dict(scales)
        for statement in self.statements:
            named = [source for source in sources if source.startswith(statement.source)]
            if len(named) != 1:
                raise DataError(
                    f"source {statement.source!r}, which begins {len(named)} of the sources",
                    "repeat the beginning of exactly one line of sources",
                )
        named_scales = [item.scales for item in self.tunings]
        named_scales += [item.scales for item in (*self.motions, *self.cadences)]
        named_scales += [item.scales for item in self.turning]
        for names in named_scales:
            unknown = [scale for scale in names if scale not in steps]
            if unknown:
                raise DataError(f"scale {unknown[0]!r}", f"use one of {', '.join(steps)}")
        tuned = [scale for tuning in self.tunings for scale in tuning.scales]
        twice = [scale for scale in tuned if tuned.count(scale) > 1]
        if twice:
            raise DataError(f"two tunings of scale {twice[0]!r}", "give each scale one")
        for tuning in self.tunings:
            for scale in tuning.scales if tuning.cents else ():
                _check_near(scale, steps[scale], tuning)


def _check_near(scale: str, semitones: tuple[int, ...], tuning: Tuning) -> None:
    """Raise `DataError` unless cents and semitones of a scale are as many and close."""
    if len(tuning.cents) != len(semitones):
        raise DataError(
            f"{len(tuning.cents)} cents for the {len(semitones)} steps of scale {scale!r}", "give one for each step"
        )
    for cents, step in zip(tuning.cents, semitones, strict=True):
        if abs(cents - 100 * step) > FARTHEST_CENTS:
            raise DataError(
                f"{cents} cents for semitone {step} of scale {scale!r}",
                f"compose with a semitone that is within {FARTHEST_CENTS:.0f} cents",
            )


NOTHING_MORE = Profile()
"""The profile of a region of which nothing more is known."""
