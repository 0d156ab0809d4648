"""The bounds of a section of the evaluation, and a bound that is missed.

Conventions: a section that has bounds begins with a table of them: what is asked, what was measured, met or not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass


class MissedError(Exception):
    """A bound was missed; its text is the section all the same, so that the figure is printed and `make eval` fails."""


@dataclass(frozen=True)
class Bound:
    """What is asked of a figure, what was measured, and whether that is enough."""

    what: str
    asked: str
    measured: str
    met: bool

    @property
    def row(self) -> str:
        """A row of the table."""
        return f"| {self.what} | {self.asked} | {self.measured} | {'met' if self.met else '**missed**'} |"


def held(text: str, *, met: bool) -> str:
    """The section, raised as `MissedError` where its bound is not met.

    Examples
    --------
    >>> held("| all well |", met=True)
    '| all well |'
    """
    if not met:
        raise MissedError(text)
    return text


def printed(report: Callable[[], str]) -> int:
    """Print a section by itself; 1 where a bound is missed, for the command line."""
    try:
        text, code = report(), 0
    except MissedError as missed:
        text, code = f"{str(missed).strip()}\n\nA bound is missed.", 1
    sys.stdout.write(text.strip() + "\n")
    return code


def bounded(bounds: Sequence[Bound], text: str) -> str:
    """The section under the table of its bounds, raised as `MissedError` where one of them is missed.

    Examples
    --------
    >>> print(bounded([Bound("hits on the frame", "all", "76 of 76", True)], "More."))
    | bound | asked | measured | |
    |---|---|---|---|
    | hits on the frame | all | 76 of 76 | met |
    <BLANKLINE>
    More.
    """
    table = ("| bound | asked | measured | |", "|---|---|---|---|", *(each.row for each in bounds))
    return held("\n".join((*table, "", text)), met=all(each.met for each in bounds))
