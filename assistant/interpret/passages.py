"""Stretches of time that a clause is about: "no drums until 0:20", "for the first ten seconds", "after 0:40".

Conventions: seconds from the start of the cue. Words that say *until* and *from* stand in the words files' table
``passage``: ``until`` and ``from`` before the time, ``until_after`` and ``from_after`` behind it. A passage to the end
ends at the cue's length, or at `LONGEST_S` where the brief names none.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.constraints import Span
from assistant.interpret.text import Piece, Text
from assistant.interpret.times import Moment, Times
from assistant.settings import LONGEST_S


@dataclass(frozen=True)
class Passage:
    """A stretch of the cue, with the clause that is about it."""

    span: Span
    piece: Piece


def read_passages(text: Text, times: Times) -> tuple[Passage, ...]:
    """Every passage that a clause limits itself to."""
    end_s = times.duration.at_s if times.duration else LONGEST_S
    passages = [Passage(Span(a.at_s, b.at_s), text.clause(a.start)) for a, b in times.ranges(text)]
    for moment in (*times.moments, *times.others):
        side = _side(text, moment)
        if side == "until" and moment.at_s > 0:
            passages.append(Passage(Span(0.0, moment.at_s), text.clause(moment.start)))
        elif side == "from" and moment.at_s < end_s:
            passages.append(Passage(Span(moment.at_s, end_s), text.clause(moment.start)))
        elif side == "last" and moment.at_s < end_s < LONGEST_S:
            passages.append(Passage(Span(end_s - moment.at_s, end_s), text.clause(moment.start)))
    return tuple(passages)


def _side(text: Text, moment: Moment) -> str | None:
    """Which way from a time the clause looks."""
    for find in text.find("passage"):
        gap = (
            text.between(find.end, moment.start)
            if not find.value.endswith("_after")
            else text.between(moment.end, find.start)
        )
        before = find.end <= moment.start if not find.value.endswith("_after") else find.start >= moment.end
        if before and not gap.strip(" '-") and len(gap) <= 2:
            return find.value.removesuffix("_after")
    return None
