"""Which colour a part has, everywhere.

Conventions: one hue a role, of a middle lightness that reads on white and on black; further parts of a role take
lighter and darker shades of it. Hues after Okabe and Ito 2008, which people with colour-blindness can tell apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from assistant.score import Part

ROLE_COLOURS = {
    "lead": "#e2642f",
    "counter": "#dfa01e",
    "harmony": "#3b8fd4",
    "bass": "#7d66d9",
    "pulse": "#25a487",
    "drums": "#8a919c",
    "percussion": "#b3794d",
    "colour": "#d65c9e",
}

KEPT, REMOVED, ADDED = "#8a919c", "#d9463e", "#2a9d5c"
"""What stayed, went and came between two takes."""

MET, UNMET = "#2a9d5c", "#d9463e"

_SHADES = (0.0, 0.32, -0.28, 0.52)
"""Share of white (or black, below 0) that the first, second ... part of a role has in it."""


def part_colours(parts: Iterable[Part]) -> dict[str, str]:
    """Part id to colour.

    Examples
    --------
    >>> part_colours([Part("a", "lead", "flute", 73), Part("b", "lead", "oboe", 68)])
    {'a': '#e2642f', 'b': '#eb9672'}
    """
    seen: Counter[str] = Counter()
    colours: dict[str, str] = {}
    for part in parts:
        colours[part.id] = _shade(ROLE_COLOURS[part.role], _SHADES[seen[part.role] % len(_SHADES)])
        seen[part.role] += 1
    return colours


def _shade(colour: str, share: float) -> str:
    """A colour with white or black mixed in."""
    goal = 255 if share > 0 else 0
    channels = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(value + abs(share) * (goal - value)):02x}" for value in channels)
