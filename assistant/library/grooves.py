"""A groove: strokes on a grid, by intensity.

Conventions: ``steps_per_q`` steps to a quarter note; one character a step; tempo in quarter notes a minute.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.errors import DataError
from assistant.library.ranges import check_swing, check_tempo
from assistant.records import STRICT
from assistant.score import Meter


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
        if not self.lines:
            raise DataError("no lines", "give at least one stroke")
        check_swing(self.swing)
        check_tempo(self.tempo)

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
