"""A groove: strokes on a grid, by intensity.

Conventions: ``steps_per_q`` steps to a quarter note; one character a step; tempo in quarter notes a minute.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.errors import DataError
from assistant.library.ranges import check_share, check_swing, check_tempo
from assistant.records import STRICT
from assistant.score import Meter

BASS_MARKS = "RFTSOANrftsoan"
"""Root, fifth, third, seventh, octave, approach to the next root, the next root itself; small ones are soft."""
COMP_MARKS = "goxX"
"""A scratch of one short note, a soft, a normal and an accented chord."""
FIGURE_MARKS = "01234567x"
"""Places in the chord from below (3 is the first note an octave up in a triad), or the whole chord."""


@dataclass(frozen=True)
class GrooveLine:
    """One stroke of a groove: the stroke's name, and its pattern, one character a step.

    ``.`` rest, ``g`` ghost, ``o`` soft, ``x`` normal, ``X`` accent.
    """

    __pydantic_config__ = STRICT

    stroke: str
    pattern: str

    def __post_init__(self) -> None:
        if set(self.pattern) - set(".goxX"):
            raise DataError(f"pattern {self.pattern!r}", "use . g o x X")


@dataclass(frozen=True)
class Groove:
    """A rhythm: metre, steps to a quarter note, bars, and lines by intensity.

    ``lines`` plays always; ``more`` joins at high density; ``fill`` is one whole bar that replaces the last bar of a
    phrase (lines and more are silent in it). Every pattern of lines and more is ``bars`` long, of fill one bar; a
    shorter one in the file is repeated when it is loaded. ``made_for`` names the instruments whose strokes it was
    written with; any struck instrument can play it (`assistant.library.Library.strokes`).

    ``bass`` are figures of which a section draws one; ``comp`` are rhythms of the chord players, the first for the
    first of them, and so on; ``figure`` are running figures, likewise. Marks are `BASS_MARKS`, `COMP_MARKS` and
    `FIGURE_MARKS`; ``-`` goes on sounding, ``.`` is silence. All are ``bars`` long when loaded. ``enters``
    is the arousal that a cue must reach somewhere before this groove is taken for it; one that is ``at_home`` is
    only taken where a style or region names it. ``dance`` are the quarter notes a minute at which its own region
    dances it, where that is another tempo than counts and moods tell.
    """

    __pydantic_config__ = STRICT

    id: str
    meter: str
    steps_per_q: int
    bars: int
    lines: tuple[GrooveLine, ...]
    more: tuple[GrooveLine, ...] = ()
    fill: tuple[GrooveLine, ...] = ()
    swing: float = 0.5
    sources: tuple[str, ...] = ()
    made_for: tuple[str, ...] = ()
    tempo: tuple[float, float] = (40.0, 240.0)
    bass: tuple[str, ...] = ()
    comp: tuple[str, ...] = ()
    figure: tuple[str, ...] = ()
    enters: float = -1.0
    at_home: bool = False
    dance: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        for name, lines, bars in (
            ("lines", self.lines, self.bars),
            ("more", self.more, self.bars),
            ("fill", self.fill, 1),
        ):
            for line in lines:
                if len(line.pattern) != self.bar_steps * bars:
                    raise DataError(
                        f"{name}.{line.stroke} with {len(line.pattern)} steps",
                        f"give it {self.bar_steps * bars}, or a part of that which repeats evenly",
                    )
        for name, marks in (("bass", BASS_MARKS), ("comp", COMP_MARKS), ("figure", FIGURE_MARKS)):
            for pattern in getattr(self, name):
                self._check_pattern(name, pattern, marks)
        if not self.lines:
            raise DataError("no lines", "give at least one stroke")
        check_share("enters", self.enters, low=-1.0)
        check_swing(self.swing)
        check_tempo(self.tempo)

    def _check_pattern(self, name: str, pattern: str, marks: str) -> None:
        """Raise `DataError` unless a pattern of pitched players fills the groove, in its marks, and begins with one."""
        if len(pattern) != self.bar_steps * self.bars:
            raise DataError(
                f"{name} with {len(pattern)} steps",
                f"give it {self.bar_steps * self.bars}, or a part that repeats evenly",
            )
        if set(pattern) - set(marks + "-.") or not set(pattern) & set(marks) or pattern.startswith("-"):
            raise DataError(f"{name} {pattern!r}", f"use . - {' '.join(marks)}, and do not begin with -")

    @property
    def bar_steps(self) -> int:
        """Steps in one bar."""
        steps = Meter.parse(self.meter).bar_q * self.steps_per_q
        if steps != int(steps):
            raise DataError(f"steps_per_q {self.steps_per_q} in {self.meter}", "choose one that fills the bar evenly")
        return int(steps)

    @property
    def stroke_names(self) -> tuple[str, ...]:
        """Every stroke that it uses, each once."""
        return tuple(dict.fromkeys(line.stroke for line in (*self.lines, *self.more, *self.fill)))
