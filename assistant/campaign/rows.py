"""The rows of a campaign: regions x lengths x moods x voice-overs, or the lines of a table.

A table is CSV with a head; columns in any order, all of them optional but one::

    region,length,mood,voice,name,seed
    Türkiye,30,calm,,spring spot,
    日本,6,bold,hello.wav,,

Conventions: lengths in seconds; what a row leaves empty is the campaign's own. Commas, semicolons and tabs separate. A
bad cell is told by its row as a spreadsheet counts them (the head is row 1) and by its column.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.errors import InputError
from assistant.settings import LARGEST_SEED, LONGEST_S, SHORTEST_S

COLUMNS = ("region", "length", "mood", "voice", "name", "seed")
ALL = "all"
MOST = 20_000
"""Variants of one campaign."""
LONGEST_CELL = 300
_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{0,9})?|\.[0-9]{1,9}")


@dataclass(frozen=True)
class Row:
    """One variant as a person asked for it; ``place`` says where, for errors: ``"row 3"``, or empty in a grid."""

    region: str = ""
    length_s: float | None = None
    mood: str = ""
    voice: str = ""
    name: str = ""
    seed: int | None = None
    place: str = ""

    def error(self, column: str, given: str, legal: str, cure: str) -> InputError:
        """An error of one of its cells."""
        where = f"{self.place}, column {column}: " if self.place else f"{column} "
        return InputError(f"{where}{given!r:.80}", legal, cure)


def grid(
    regions: Sequence[str],
    lengths_s: Sequence[float],
    moods: Sequence[str] = (),
    voices: Sequence[str] = (),
    *,
    most: int = MOST,
) -> tuple[Row, ...]:
    """Every combination, regions slowest; a list that is empty leaves its column to the brief.

    Raises
    ------
    InputError
        If there are more than ``most``, before they are built.

    Examples
    --------
    >>> [(row.region, row.length_s) for row in grid(["japan", "brazil"], [30, 6])]
    [('japan', 30), ('japan', 6), ('brazil', 30), ('brazil', 6)]
    """
    columns = [[*dict.fromkeys(values)] or [empty] for values, empty in
               ((regions, ""), (lengths_s, None), (moods, ""), (voices, ""))]  # fmt: skip
    check_count(math.prod(map(len, columns)), most)
    return tuple(Row(*values) for values in itertools.product(*columns))  # type: ignore[arg-type]


def check_count(count: int, most: int = MOST) -> None:
    """Raise `InputError` where a campaign of so many variants can't be."""
    if not 1 <= count <= most:
        raise InputError(f"{count} variants", f"1 to {most}", "ask for fewer regions, lengths, moods or voices")


def parse_lengths(words: str) -> tuple[float, ...]:
    """The lengths that words such as ``"30,15,6"`` name.

    Examples
    --------
    >>> parse_lengths("30, 15s,6.5")
    (30.0, 15.0, 6.5)
    """
    return tuple(
        _length(word, Row()) for word in words.replace("，", ",").replace("、", ",").split(",") if word.strip()
    )


def _length(words: str, row: Row) -> float:
    plain = words.strip().lower().removesuffix("s").strip().replace(",", ".")
    length_s = float(plain) if _NUMBER.fullmatch(plain) else -1.0
    if not SHORTEST_S <= length_s <= LONGEST_S:
        raise row.error("length", words.strip(), f"{SHORTEST_S:g} to {LONGEST_S:g} seconds", "correct it")
    return length_s


def read_table(path: Path) -> tuple[Row, ...]:
    """The rows of a file; raises `InputError` as `parse_table` does, and where it can't be read."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise InputError(f"table {str(path)!r:.200}", "a CSV file in UTF-8", "name one that can be read") from error
    return parse_table(text)


def parse_table(text: str) -> tuple[Row, ...]:
    """The rows of a table.

    Raises
    ------
    InputError
        If a column is unknown, or a cell can't be used: with its row and column.
    """
    text = text.removeprefix("\ufeff")
    lines = csv.reader(io.StringIO(text), delimiter=_separator(text), strict=True)
    try:
        rows = [(number, [cell.strip() for cell in cells]) for number, cells in enumerate(lines, start=1)]
    except csv.Error as error:
        raise InputError(f"table, which is not CSV ({error})", "lines of cells", "correct it") from error
    rows = [(number, cells) for number, cells in rows if any(cells)]
    if len(rows) < 2:
        raise InputError("table without a row", f"a head ({','.join(COLUMNS)}) and rows under it", "add some")
    if len(rows) - 1 > MOST:
        raise InputError(f"table of {len(rows) - 1} rows", f"{MOST} at most", "split it")
    head = _head(rows[0][1])
    return tuple(_row(number, cells, head) for number, cells in rows[1:])


def _separator(text: str) -> str:
    """What stands between cells: whichever is most frequent in the head."""
    head = text.lstrip().partition("\n")[0]
    return max(",;\t", key=head.count)


def _head(cells: Sequence[str]) -> tuple[str, ...]:
    names = tuple(cell.lower() for cell in cells)
    for place, name in enumerate(names, start=1):
        if name not in COLUMNS:
            raise InputError(f"row 1, column {place}: {name!r:.40}", ", ".join(COLUMNS), "rename or remove it")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"row 1: {twice!r} twice", "every column once", "remove one of them")
    return names


def _row(number: int, cells: Sequence[str], head: Sequence[str]) -> Row:
    empty = Row(place=f"row {number}")
    if len(cells) > len(head) and any(cells[len(head) :]):
        raise InputError(f"row {number} of {len(cells)} cells", f"{len(head)}, as the head has", "remove the rest")
    cell = dict(zip(head, cells, strict=False))
    if long := next((name for name, words in cell.items() if len(words) > LONGEST_CELL), None):
        raise empty.error(long, cell[long], f"{LONGEST_CELL} characters at most", "shorten it")
    length, seed = cell.get("length", ""), cell.get("seed", "")
    if seed and not is_seed(seed):
        raise empty.error("seed", seed, f"0 to {LARGEST_SEED}", "correct it, or leave it empty")
    return Row(
        region=cell.get("region", ""),
        length_s=_length(length, empty) if length else None,
        mood=cell.get("mood", ""),
        voice=cell.get("voice", ""),
        name=cell.get("name", ""),
        seed=int(seed) if seed else None,
        place=empty.place,
    )


def is_seed(words: str) -> bool:
    """Whether words are a seed; zeros before it count for nothing.

    Examples
    --------
    >>> is_seed("007"), is_seed("000000000000999999999999"), is_seed("1e3")
    (True, False, False)
    """
    return words.isascii() and words.isdigit() and int(words.lstrip("0")[:12] or "0") <= LARGEST_SEED


def table_of(rows: Sequence[Row]) -> str:
    """Rows as a table that `parse_table` reads again."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(COLUMNS)
    for row in rows:
        length = "" if row.length_s is None else f"{row.length_s:g}"
        writer.writerow([row.region, length, row.mood, row.voice, row.name, "" if row.seed is None else row.seed])
    return target.getvalue()


def expanded(rows: Sequence[Row], regions: Sequence[str]) -> Iterator[Row]:
    """The rows, one whose region is ``all`` once for every region; built as they are asked for."""
    for row in rows:
        if row.region.strip().lower() == ALL:
            yield from (replace(row, region=region) for region in regions)
        else:
            yield row
