"""Reads a curve instead of a clip: a table of times and values that drives arousal.

Conventions: two columns, the time first unless the heading says otherwise, in seconds, or as minutes:seconds; rising.
Columns are parted by tabs, semicolons, commas or spaces; a decimal comma is understood wherever it is not what parts
them. What comes out is -1..1: a curve within 0..1 as if drawn by hand, one that goes below 0 but stays within -1..1 as
it stands, anything else (heart rate, intensity of a game) from its 5th to its 95th hundredth, so that one false beat of
a sensor does not flatten the rest.
"""

from __future__ import annotations

import math
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.clip.reading import describe, read_text
from assistant.clip.values import Clip, Sample
from assistant.errors import ClipError
from assistant.remark import Remark

Numbers = npt.NDArray[np.float64]

CURVES = (".csv", ".tsv")
LEGAL = "a table of times and values, such as 0;0.2 and 1.5;0.8, one pair a line"
MOST_BYTES = 4 * 2**20
MOST_SAMPLES = 2000
USUAL_SPAN = 0.8
"""How far from 0 the 5th and 95th hundredth of a curve of no known scale are laid."""

_TIMES = re.compile(
    r"^(t|x|at|time|times?tamp|sec(onds?|s)?|s|ms|zeit|temps|tiempo|tempo|zaman|время|时间|時間|시간|समय|الوقت)\b"
)
_CLOCK = re.compile(r"^(?:(\d{1,2}):)?(\d{1,3}):(\d{1,2}(?:[.,]\d+)?)$")
_NUMBER = re.compile(r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$", re.IGNORECASE)
_PARTS = ("\t", ";", ",", " ")


def measure_curve(path: Path, *, max_s: float) -> Clip:
    """Read a curve.

    Parameters
    ----------
    path : Path
    max_s : float
        Longest curve, in seconds; what comes later is left out and said so.

    Raises
    ------
    ClipError
        If it has fewer than two rows, one that is no pair of numbers, or times that do not rise.
    """
    path = Path(path)
    times_s, values = _read(path)
    remarks: tuple[Remark, ...] = ()
    if times_s[-1] > max_s:
        remarks = (Remark.of("clip_too_long", name=path.name, length_s=round(float(times_s[-1]), 2), limit_s=max_s),)
        inside = times_s <= max_s
        if inside.sum() < 2:
            raise ClipError(f"{describe(path)} of {times_s[-1]:g} s", f"{max_s:g} s at most", "give times in seconds")
        times_s, values = times_s[inside], values[inside]
    arousal = normalise(values)
    places = times_s
    if len(times_s) > MOST_SAMPLES:
        places = np.linspace(times_s[0], times_s[-1], MOST_SAMPLES)
        arousal = np.interp(places, times_s, arousal)
    samples = tuple(Sample(float(at), float(value)) for at, value in zip(places, arousal, strict=True))
    return Clip(str(path), float(times_s[-1]), kind="curve", arousal=samples, remarks=remarks)


def normalise(values: Numbers) -> Numbers:
    """Values of any scale as arousal, -1..1.

    Examples
    --------
    >>> normalise(np.array([0.0, 0.5, 1.0])).tolist()
    [-1.0, 0.0, 1.0]
    >>> normalise(np.array([70.0, 70.0])).tolist()
    [0.0, 0.0]
    """
    low, high = float(values.min()), float(values.max())
    if high == low and not -1 <= low <= 1:
        return np.zeros_like(values)
    if low >= 0 and high <= 1:
        return np.asarray(2 * values - 1)
    if low >= -1 and high <= 1:
        return values
    bottom, top = (float(each) for each in np.quantile(values, (0.05, 0.95)))
    if top - bottom < 1e-9 * max(1.0, abs(top)):
        bottom, top = low, high
    middle, half = bottom / 2 + top / 2, top / 2 - bottom / 2
    return np.asarray(np.clip((values - middle) / half * USUAL_SPAN, -1.0, 1.0))


def _read(path: Path) -> tuple[Numbers, Numbers]:
    """Times and values of a file, checked."""
    lines = [(number, line.strip()) for number, line in enumerate(read_text(path, most=MOST_BYTES).splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line and not line.startswith("#")]
    if not lines:
        raise ClipError(f"{describe(path)} without a line", LEGAL, "write times and values into it")
    part = _part_of([line for _, line in lines[:50]])
    first = _cells(lines[0][1], part)
    headed = not any(_is_number(cell) for cell in first)
    heads = [cell.casefold() for cell in first] if headed else []
    at = next((index for index, head in enumerate(heads) if _TIMES.match(head)), 0)
    scale = 0.001 if heads and re.search(r"\bms\b|millisec", heads[at]) else 1.0
    rows = [_row(path, number, _cells(line, part), at) for number, line in lines[1 if headed else 0 :]]
    if len(rows) < 2:
        raise ClipError(f"{describe(path)} of {len(rows)} row", f"two rows at least: {LEGAL}", "add rows")
    for (_, before, _), (number, after, _) in pairwise(rows):
        if after <= before:
            given = f"{describe(path)}, line {number}, where {after:g} follows {before:g}"
            raise ClipError(given, "times that rise", "sort its lines by time")
    table = np.array(rows, np.float64)
    return table[:, 1] * scale, table[:, 2]


def _part_of(lines: list[str]) -> str:
    """What parts the columns: the first sign that parts every line into the same number of them, two or more."""
    for part in _PARTS:
        counts = {len(_cells(line, part)) for line in lines}
        if len(counts) == 1 and counts.pop() > 1 and not (part == "," and any(";" in line for line in lines)):
            return part
    return max(_PARTS, key=lambda part: min(len(_cells(line, part)) for line in lines))


def _cells(line: str, part: str) -> list[str]:
    cells = line.split() if part == " " else line.split(part)
    return [cell.strip().strip("\"'").strip() for cell in cells]


def _is_number(cell: str) -> bool:
    return bool(_NUMBER.match(cell) or _CLOCK.match(cell)) or cell.casefold() in ("nan", "inf", "-inf")


def _row(path: Path, number: int, cells: list[str], at: int) -> tuple[int, float, float]:
    """Number, time and value of a line."""
    cells = [*cells, ""]
    value = next((cell for index, cell in enumerate(cells) if index != at), "") if at < len(cells) else ""
    pair = (_number(cells[min(at, len(cells) - 1)]), _number(value))
    if pair[0] is None or pair[1] is None or pair[0] < 0:
        raise ClipError(f"{describe(path)}, line {number}: {', '.join(cells[:-1])!r:.60}", LEGAL, "correct that line")
    return number, pair[0], pair[1]


def _number(cell: str) -> float | None:
    """A number or a time; None where it is neither, or not finite."""
    if clock := _CLOCK.match(cell):
        hours, minutes, seconds = clock.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))
    if not _NUMBER.match(cell):
        return None
    value = float(cell.replace(",", "."))
    return value if math.isfinite(value) and abs(value) < 1e12 else None
