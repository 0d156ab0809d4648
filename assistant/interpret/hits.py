"""Moments that the music must land on, and what kind of moment each is.

Conventions: seconds; the kind comes from the words around the time: a stop, a reveal, a swell, else a hit.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.constraints import Evidence, HitPoint
from assistant.interpret.happenings import THEN
from assistant.interpret.quantities import Moment
from assistant.interpret.text import Text
from assistant.interpret.times import Times
from assistant.interpret.words import Found

_NEAR = 2
"""Characters between a time and a word that makes it the border of a passage."""
_KINDS = ("stop", "swell", "reveal", "hit")
"""Which kind wins when the words around a time name several."""


@dataclass(frozen=True)
class Hits:
    """Hit points in order of time, with their words."""

    points: tuple[HitPoint, ...]
    evidence: tuple[Evidence, ...]


def read_hits(text: Text, times: Times) -> Hits:
    """The hit points of a text; a moment at the very start is one only where something is to strike there."""
    borders = {moment for pair in times.ranges(text) for moment in pair}
    moments = {
        moment.at_s: moment
        for moment in times.moments
        if moment not in borders and not _is_border(text, moment) and (moment.at_s > 0 or _strikes(text, moment))
    }
    ordered = [moments[at_s] for at_s in sorted(moments)]
    points = tuple(HitPoint(moment.at_s, _kind(text, moment)) for moment in ordered)
    evidence = tuple(text.evidence(f"hits[{i}]", moment.start, moment.end) for i, moment in enumerate(ordered))
    return Hits(points, evidence)


def _strikes(text: Text, moment: Moment) -> bool:
    """Whether a word for a strike or a stop stands in the clause of a moment, and the moment opens no range."""
    clause = text.clause(moment.start)
    opens = text.between(moment.end, moment.end + 3).strip()[:1] in ("-", "–", "~")
    starts = any(find.start in clause and find.end <= moment.start for find in text.find("stage", "start"))
    struck = any(find.start in clause and find.value in ("hit", "stop") for find in text.find("hits"))
    return struck and not opens and not starts


def _is_border(text: Text, moment: Moment) -> bool:
    """Whether a time only says from when or until when a passage lasts."""
    if moment.from_end:
        return False
    if _bursts(text, moment):
        return False
    if any(_limits(text, find, moment) for find in text.find("passage")):
        return True
    return any(
        find.end <= moment.start and not text.between(find.end, moment.start).strip()
        for find in text.find("at", "until")
    )


def _bursts(text: Text, moment: Moment) -> bool:
    """Whether what happens follows right behind a time that a passage ends at: "grows until 0:27, then a hard stop"."""
    clause = text.clause(moment.start)
    if any(player.negated and player.start in clause for player in text.find("instruments")):
        return False
    return moment.is_clock and any(
        find.start >= moment.end and find.value != "swell" and THEN.fullmatch(text.between(moment.end, find.start))
        for find in text.find("hits")
    )


def _limits(text: Text, find: Found, moment: Moment) -> bool:
    """Whether a word makes a moment the border of a passage; "after 0:40" does so only where something is banned."""
    behind = find.value.endswith("_after")
    first, then = (moment.end, find.start) if behind else (find.end, moment.start)
    if not 0 <= then - first <= _NEAR or text.between(first, then).strip(" '-"):
        return False
    clause = text.clause(moment.start)
    banned = any(player.negated and player.start in clause for player in text.find("instruments"))
    return (
        behind
        or banned
        or find.value in ("until", "until_last", "only_from")
        or (find.value == "last" and not moment.is_clock)
    )


def _kind(text: Text, moment: Moment) -> str:
    """What happens at a moment, by the words of its clause, then of its sentence."""
    named = next((find for find in text.find("hits") if (find.start, find.end) == (moment.start, moment.end)), None)
    if named:
        return named.value
    for piece in (text.clause(moment.start), text.sentence(moment.start)):
        kinds = {find.value for find in text.find("hits") if find.start in piece}
        if kinds:
            return min(kinds, key=_KINDS.index)
    return "hit"
