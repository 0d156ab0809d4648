"""Stretches of time that a clause is about: "no drums until 0:20", "for the first ten seconds", "after 0:40".

Conventions: seconds from the start of the cue. Words that say *until* and *from* stand in the words files' table
``passage``: ``until``, ``from``, ``last``, ``until_last`` and ``only_from`` ("strings only from 0:30") before the time,
``until_after`` and ``from_after`` behind it; who ``enters`` at a time rests until then. A passage to the end ends at
the cue's length, or at `LONGEST_S` where the brief names none.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.constraints import Span
from assistant.interpret.quantities import Moment
from assistant.interpret.text import Piece, Text
from assistant.interpret.times import Times
from assistant.settings import LONGEST_S

_BESIDE = 14
"""Characters between a player and the verb that lets it enter, the time left out."""
_NEAR = 2
"""Characters between a time and the word that makes it the end of a passage."""


@dataclass(frozen=True)
class Passage:
    """A stretch of the cue, with the words that are about it; ``of_wanted`` when those they want rest in it."""

    span: Span
    piece: Piece
    of_wanted: bool = False


def read_passages(text: Text, times: Times) -> tuple[Passage, ...]:
    """Every passage that a clause limits itself to."""
    end_s = times.duration.at_s if times.duration else LONGEST_S
    passages = [Passage(Span(a.at_s, b.at_s), _about(text, a)) for a, b in times.ranges(text)]
    for moment in (*times.moments, *times.others):
        side = _side(text, moment)
        if side == "until" and moment.at_s > 0:
            passages.append(Passage(Span(0.0, moment.at_s), _about(text, moment)))
        elif side == "from" and moment.at_s < end_s:
            passages.append(Passage(Span(moment.at_s, end_s), _about(text, moment)))
        elif side == "only_from" and moment.at_s > 0:
            passages.append(Passage(Span(0.0, moment.at_s), _about(text, moment), of_wanted=True))
        elif side == "until_last" and moment.at_s < end_s < LONGEST_S:
            passages.append(Passage(Span(0.0, end_s - moment.at_s), _about(text, moment)))
        elif side == "last" and moment.at_s < end_s < LONGEST_S:
            passages.append(Passage(Span(end_s - moment.at_s, end_s), _about(text, moment)))
    for moment in times.moments:
        if 0 < moment.at_s < end_s and (player := _entering(text, moment)) is not None:
            passages.append(Passage(Span(0.0, moment.at_s), player, of_wanted=True))
    return tuple(passages)


def _entering(text: Text, moment: Moment) -> Piece | None:
    """The player that "enters at 0:12", or "at 0:12 entra la batería"."""
    clause = text.clause(moment.start)
    for verb in (find for find in text.find("passage", "enters") if find.start in clause):
        for player in (find for find in text.find("instruments") if find.start in clause and not find.negated):
            if player.end <= verb.start:
                between = text.between(player.end, verb.start).replace(text.between(moment.start, moment.end), "")
            else:
                between = text.between(verb.end, player.start) if moment.end <= verb.start else text.plain
            if len(between) <= _BESIDE:
                return Piece(player.start, player.end)
    return None


def _about(text: Text, moment: Moment) -> Piece:
    """What a passage limits: its clause, with the next one where only that names players ("until 0:20, no drums")."""
    clause = text.clause(moment.start)
    if any(find.start in clause for find in text.find("instruments")):
        return clause
    following = text.clause(clause.end)
    return Piece(clause.start, following.end if following.start >= clause.end else clause.end)


def _side(text: Text, moment: Moment) -> str | None:
    """Which way from a time the clause looks."""
    for find in text.find("passage"):
        if moment.start < find.start < moment.end:
            return find.value
        behind = find.value.endswith("_after")
        first, then = (moment.end, find.start) if behind else (find.end, moment.start)
        if 0 <= then - first <= _NEAR and not text.between(first, then).strip(" '-"):
            return find.value.removesuffix("_after")
    return None
