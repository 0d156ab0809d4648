"""The tempo map: between quarter notes, bars and seconds.

Conventions: ``_q`` is a position or length in quarter notes from the start of the cue; ``_s`` is seconds; bars count
from 0. Tempo is in quarter notes per minute and constant between changes. What a listener calls the beat of 6/8 is
three eighths: `Meter.beat_q` says so.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from assistant.errors import InputError
from assistant.records import STRICT

EPSILON_Q = 1e-6
"""Positions closer than this are the same position: far below a MIDI tick, far above rounding error."""


@dataclass(frozen=True)
class Meter:
    """A time signature; ``groups`` is how its beats go together where that is not as usual (aksak: 2 2 2 3).

    Examples
    --------
    >>> Meter.parse("6/8").bar_q, Meter.parse("6/8").beat_q
    (3.0, 1.5)
    >>> Meter(9, 8, (2, 2, 2, 3)).is_compound
    False
    """

    __pydantic_config__ = STRICT

    beats: int
    unit: int
    groups: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.groups and (min(self.groups) < 1 or sum(self.groups) != self.beats):
            raise InputError(f"groups {self.groups} of {self.beats}/{self.unit}", "as many as beats", "correct them")
        if not 1 <= self.beats <= 32 or self.unit not in (1, 2, 4, 8, 16):
            raise InputError(f"metre {self.beats}/{self.unit}", "1/4 to 32/16", "give a metre such as 4/4 or 7/8")

    @classmethod
    def parse(cls, text: str) -> Meter:
        """A metre from ``"4/4"``; raises `InputError` on anything else."""
        beats, _, unit = text.partition("/")
        if not (beats.strip().isdigit() and unit.strip().isdigit()):
            raise InputError(f"metre {text!r}", "a fraction such as 4/4", "give a metre such as 4/4 or 7/8")
        return cls(int(beats), int(unit))

    @property
    def bar_q(self) -> float:
        """Length of a bar in quarter notes."""
        return self.beats * 4 / self.unit

    @property
    def is_compound(self) -> bool:
        """Whether beats are felt in threes (6/8, 9/8, 12/8)."""
        return self.unit >= 8 and self.beats % 3 == 0 and self.beats > 3 and set(self.groups) <= {3}

    @property
    def beat_q(self) -> float:
        """Length of the felt beat in quarter notes."""
        return (3 if self.is_compound else 1) * 4 / self.unit

    @property
    def count_q(self) -> float:
        """Length of the beat that a tempo counts, in quarter notes: "7/8 at 140" means quarters, not eighths.

        Examples
        --------
        >>> Meter(7, 8).count_q, Meter(6, 8).count_q, Meter(2, 2).count_q
        (1.0, 1.5, 2.0)
        """
        return self.beat_q if self.is_compound or self.unit <= 4 else 8 / self.unit

    def __str__(self) -> str:
        return f"{self.beats}/{self.unit}"


@dataclass(frozen=True)
class TempoChange:
    """From ``at_q`` on, ``quarter_bpm`` quarter notes a minute."""

    __pydantic_config__ = STRICT

    at_q: float
    quarter_bpm: float


@dataclass(frozen=True)
class MeterChange:
    """From ``at_q`` on, which is a bar line, this metre."""

    __pydantic_config__ = STRICT

    at_q: float
    meter: Meter


@dataclass(frozen=True)
class Bar:
    """One bar: its number from 0, where it starts, how long it is, and its metre."""

    __pydantic_config__ = STRICT

    index: int
    start_q: float
    length_q: float
    meter: Meter

    @property
    def end_q(self) -> float:
        """Where the next bar starts."""
        return self.start_q + self.length_q


@dataclass(frozen=True)
class TempoMap:
    """Tempo and metre along a cue.

    Parameters
    ----------
    tempos : tuple of TempoChange
        Sorted, the first at 0.
    meters : tuple of MeterChange
        Sorted, the first at 0, each on a bar line of the one before.

    Examples
    --------
    >>> tempo_map = TempoMap.steady(120.0, Meter(4, 4))
    >>> tempo_map.seconds_at(4.0), tempo_map.quarters_at(2.0), tempo_map.bar_at(5.0).index
    (2.0, 4.0, 1)
    """

    __pydantic_config__ = STRICT

    tempos: tuple[TempoChange, ...]
    meters: tuple[MeterChange, ...]

    def __post_init__(self) -> None:
        for name, changes in (("tempos", self.tempos), ("meters", self.meters)):
            places = [change.at_q for change in changes]
            if not places or places[0] != 0 or any(b <= a for a, b in pairwise(places)):
                raise InputError(f"{name} at {places[:6]}", "rising places, the first at 0", "sort the changes")
        for tempo in self.tempos:
            if not 10 <= tempo.quarter_bpm <= 500:
                raise InputError(f"tempo {tempo.quarter_bpm:g}", "10 to 500 quarter notes a minute", "correct it")
        for before, after in zip(self.meters, self.meters[1:], strict=False):
            bars = (after.at_q - before.at_q) / before.meter.bar_q
            if abs(bars - round(bars)) > 1e-4:
                raise InputError(f"metre change at {after.at_q:g}", "a bar line", "move it to a bar line")

    @classmethod
    def steady(cls, quarter_bpm: float, meter: Meter) -> TempoMap:
        """One tempo and one metre throughout."""
        return cls((TempoChange(0.0, quarter_bpm),), (MeterChange(0.0, meter),))

    @cached_property
    def _tempo_starts_s(self) -> tuple[float, ...]:
        starts = [0.0]
        for before, after in zip(self.tempos, self.tempos[1:], strict=False):
            starts.append(starts[-1] + (after.at_q - before.at_q) * 60 / before.quarter_bpm)
        return tuple(starts)

    @cached_property
    def _tempo_starts_q(self) -> tuple[float, ...]:
        return tuple(tempo.at_q for tempo in self.tempos)

    def seconds_at(self, at_q: float) -> float:
        """Seconds at a position in quarter notes (negative positions run on at the first tempo)."""
        index = max(0, bisect_right(self._tempo_starts_q, at_q) - 1)
        tempo = self.tempos[index]
        return self._tempo_starts_s[index] + (at_q - tempo.at_q) * 60 / tempo.quarter_bpm

    def quarters_at(self, at_s: float) -> float:
        """Position in quarter notes at a time in seconds."""
        index = max(0, bisect_right(self._tempo_starts_s, at_s) - 1)
        tempo = self.tempos[index]
        return tempo.at_q + (at_s - self._tempo_starts_s[index]) * tempo.quarter_bpm / 60

    def tempo_at(self, at_q: float) -> float:
        """Quarter notes per minute at a position."""
        return self.tempos[max(0, bisect_right(self._tempo_starts_q, at_q + EPSILON_Q) - 1)].quarter_bpm

    def meter_at(self, at_q: float) -> Meter:
        """The metre at a position; the first one before the start."""
        return next(
            (change.meter for change in reversed(self.meters) if change.at_q <= at_q + EPSILON_Q), self.first_meter
        )

    @property
    def first_meter(self) -> Meter:
        """The metre that the cue begins in."""
        return self.meters[0].meter

    @cached_property
    def counted_meter(self) -> Meter:
        """The metre that beats are counted in: the first that lasts more than one bar, else the last.

        A single odd bar before a hit changes no one's count.

        Examples
        --------
        >>> odd = MeterChange(0.0, Meter(21, 16)), MeterChange(5.25, Meter(4, 4))
        >>> str(TempoMap((TempoChange(0.0, 63.0),), odd).counted_meter)
        '4/4'
        """
        for change, following in pairwise(self.meters):
            if following.at_q - change.at_q > change.meter.bar_q + EPSILON_Q:
                return change.meter
        return self.meters[-1].meter

    @cached_property
    def felt_bpm(self) -> tuple[float, ...]:
        """Every tempo in beats a minute, as a musician counts them (`counted_meter`)."""
        return tuple(tempo.quarter_bpm / self.counted_meter.count_q for tempo in self.tempos)

    def iterate_bars(self) -> Iterator[Bar]:
        """Every bar from the first, without end."""
        index, at_q = 0, 0.0
        for change, following in zip(self.meters, (*self.meters[1:], None), strict=True):
            meter, at_q = change.meter, change.at_q
            count = 0
            while following is None or at_q < following.at_q - EPSILON_Q:
                yield Bar(index, at_q, meter.bar_q, meter)
                index, count = index + 1, count + 1
                at_q = change.at_q + count * meter.bar_q

    def bars_until(self, end_q: float) -> tuple[Bar, ...]:
        """The bars that start before ``end_q``."""
        bars: list[Bar] = []
        for bar in self.iterate_bars():
            if bar.start_q >= end_q - EPSILON_Q:
                break
            bars.append(bar)
        return tuple(bars)

    def bar_at(self, at_q: float) -> Bar:
        """The bar that sounds at a position (positions before 0 belong to the first bar)."""
        for bar in self.iterate_bars():
            if at_q < bar.end_q - EPSILON_Q:
                return bar
        raise AssertionError("bars have no end")
