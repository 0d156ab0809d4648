"""The few strokes that every picture is made of.

Conventions: pictures are `WIDTH` units wide, whatever the screen; coordinates have one decimal; ``x`` grows with time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 1000.0
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
"""Distances between time labels, in seconds."""


def num(value: float) -> str:
    """A coordinate, as short as it can be.

    Examples
    --------
    >>> num(12.04), num(0.25), num(-0.01)
    ('12', '0.2', '0')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def tag(name: str, inside: str = "", /, **attributes: str | float | None) -> str:
    """One element; underscores in names become hyphens, and attributes that are None are left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{num(value) if isinstance(value, float) else escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"


def words(at: tuple[float, float], text: str, **attributes: str | float | None) -> str:
    """A text at a place; escaped."""
    style: dict[str, str | float | None] = {"font_size": 11.0, "fill": "currentColor"}
    return tag("text", escape(text), x=at[0], y=at[1], **(style | attributes))


def line(start: tuple[float, float], end: tuple[float, float], **attributes: str | float | None) -> str:
    """A straight line in the colour of the surroundings."""
    style: dict[str, str | float | None] = {"stroke": "currentColor", "stroke_width": 1.0}
    return tag("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], **(style | attributes))


def polyline(points: Iterable[tuple[float, float]]) -> str:
    """The path through points."""
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in points)


def diamond(x: float, y: float, size: float, **attributes: str | float | None) -> str:
    """A small square on its corner."""
    path = f"M{num(x)} {num(y - size)}l{num(size)} {num(size)} {num(-size)} {num(size)} {num(-size)} {num(-size)}z"
    return tag("path", d=path, **attributes)


def clock(at_s: float) -> str:
    """Minutes and seconds.

    Examples
    --------
    >>> clock(62.0), clock(9.5), clock(59.96)
    ('1:02', '0:09.5', '1:00')
    """
    tenths = round(at_s * 10)
    minutes, rest = divmod(tenths, 600)
    seconds, tenth = divmod(rest, 10)
    return f"{minutes}:{seconds:02d}" + (f".{tenth}" if tenth else "")


@dataclass(frozen=True)
class Frame:
    """Where the time line of a picture lies, in the picture's units."""

    length_s: float
    height: float
    left: float = 46.0
    right: float = WIDTH - 14.0

    def x(self, at_s: float) -> float:
        """Across, at a time."""
        return self.left + (self.right - self.left) * at_s / self.length_s

    def axis(self, y: float) -> str:
        """Times written below ``y``."""
        step = next((step for step in STEPS_S if self.length_s / step <= 16), STEPS_S[-1])
        labels = []
        for count in range(math.floor(self.length_s / step + 1e-9) + 1):
            x = self.x(count * step)
            labels.append(line((x, y), (x, y + 4), stroke_opacity="0.5"))
            labels.append(words((x, y + 15), clock(count * step), text_anchor="middle", opacity="0.65"))
        return "".join(labels)

    def playhead(self, top: float, bottom: float) -> str:
        """The line that a page moves while the music plays."""
        return line((self.left, top), (self.left, bottom), class_="playhead", stroke_width=1.5, visibility="hidden")

    def picture(self, title: str, *shapes: str, kind: str, sounds: bool = True) -> str:
        """The whole picture; one whose music can't be heard yet says of no time line that a page could play along."""
        return tag(
            "svg",
            tag("title", escape(title)) + "".join(shapes),
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {num(WIDTH)} {num(self.height)}",
            class_=f"cue-picture {kind}",
            role="img",
            font_family="inherit",
            data_left=self.left if sounds else None,
            data_right=self.right if sounds else None,
            data_length_s=str(self.length_s) if sounds else None,
        )


def legend(entries: Sequence[tuple[str, str]], y: float, *, left: float = 46.0) -> str:
    """Colour patches with their names, in one row."""
    shapes, x = [], left
    for name, colour in entries:
        shapes.append(tag("rect", x=x, y=y - 8, width=10.0, height=10.0, rx=2.0, fill=colour))
        shapes.append(words((x + 15, y + 1), name, opacity="0.85"))
        x += 36 + sum(14.0 if ord(letter) > 0x2E80 else 8.0 for letter in name)
    return "".join(shapes)
