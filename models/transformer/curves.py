"""Loss curves as a picture: ``python -m models.transformer.curves NAME=log.jsonl ... > losses.svg``.

Conventions: bits a note on validation against minutes of training, one line a run; a plain SVG of 640 by 320 units.
`models.transformer.train` draws its own run into ``losses.svg`` each time that it measures.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

WIDE, HIGH, LEFT, LOW = 640, 320, 48, 280
LEAST, MOST = 1.5, 4.0
"""Bits a note at the foot and the head of the picture; what lies above is cut off, what lies below runs along it."""
TICKS = (1, 2, 5, 10, 20, 30, 60, 120, 240)
"""Minutes from one label to the next: the first that gives at most ten labels."""
INKS = ("#1f6f8b", "#b5651d", "#6b8e23", "#7a4f8f")


def picture(runs: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """The SVG of runs, each a list of (minutes, bits a note)."""
    longest = max(0.1, *(minutes for points in runs.values() for minutes, _ in points))
    tick = next((each for each in TICKS if longest / each <= 10), TICKS[-1])

    def at(minutes: float, bits: float) -> tuple[float, float]:
        across = LEFT + minutes / longest * (WIDE - LEFT - 16)
        return round(across, 1), round(LOW - (min(max(bits, LEAST), MOST) - LEAST) / (MOST - LEAST) * (LOW - 24), 1)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDE}" height="{HIGH}" fill="#fff"/>',
    ]
    for bits in (1.5, 2.0, 2.5, 3.0, 3.5, 4.0):
        y = at(0, bits)[1]
        out.append(f'<path d="M{LEFT} {y}H{WIDE - 16}" stroke="#ddd"/><text x="16" y="{y + 4}">{bits:.1f}</text>')
    for minutes in range(0, int(longest) + 1, tick):
        out.append(f'<text x="{at(minutes, LEAST)[0]}" y="{LOW + 18}" text-anchor="middle">{minutes}</text>')
    out.append(f'<text x="{WIDE // 2}" y="{HIGH - 6}" text-anchor="middle">minutes; bits a note on validation</text>')
    for (name, points), ink in zip(runs.items(), INKS, strict=False):
        line = " ".join(f"{x},{y}" for x, y in (at(*point) for point in points if point[1] <= MOST))
        x, y = at(*points[-1])
        out.append(f'<polyline points="{line}" fill="none" stroke="{ink}" stroke-width="2"/>')
        out.append(f'<text x="{x}" y="{y - 6}" text-anchor="end" fill="{ink}">{name} {points[-1][1]:.2f}</text>')
    return "\n".join([*out, "</svg>", ""])


def read(path: Path) -> list[tuple[float, float]]:
    """Minutes and bits a note of a run's log."""
    lines = map(json.loads, path.read_text("utf-8").splitlines())
    return [(float(line["minutes"]), float(line["bits_a_note"])) for line in lines]


def main() -> int:
    """The command."""
    named = (each.split("=", 1) for each in sys.argv[1:])
    sys.stdout.write(picture({name: read(Path(path)) for name, path in named}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
