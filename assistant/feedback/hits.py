"""Hits that come, go or move: "a bang at 0:12", "lose the hit", "move it from 12 to 14".

Conventions: the value of a change is every hit of the cue afterwards, in seconds; a time that lies within `NEAR_HIT_S`
of a hit is that hit.
"""

from __future__ import annotations

import re

from assistant.feedback.clauses import Clause
from assistant.feedback.context import Context
from assistant.feedback.places import moments_in, range_in
from assistant.feedback.values import Change
from assistant.interpret.numbers import find_numbers
from assistant.interpret.words import Found

NEAR_HIT_S = 0.26
_BPM = re.compile(r"\s*(?:bpm|%)")


def read_hits(clause: Clause, context: Context, *, keeps: bool) -> list[Change]:
    """Hits that come, go or move; the value is every hit of the cue afterwards."""
    have = [hit.at_s for hit in context.constraints.hits]
    words = clause.text.raw.strip()
    if clause.has("hits", "none"):
        return [Change("hits", value=(), words=words)]
    nouns = clause.find("hits", "add", "stop", "reveal", "swell")
    times = [float(moment.at_s) for moment in moments_in(clause)]
    if not times and nouns and (context.topic == "hits" or clause.has("hits", "move")):
        times = _stated(clause)
    known = [at_s for at_s in times if any(abs(at_s - old) < NEAR_HIT_S for old in have)]
    if range_in(clause) and not nouns and not clause.has("hits", "move"):
        return []
    if not times or keeps or (not nouns and not known and context.topic != "hits"):
        return _without_time(clause, have, bool(nouns), words)
    if nouns and (clause.has("hits", "move") or known):
        # "From 12 to 14": the first number has no unit of its own.
        times = _stated(clause) or times
        known = [at_s for at_s in times if any(abs(at_s - old) < NEAR_HIT_S for old in have)]
    if range_in(clause) and not known and not (nouns and clause.has("hits", "move")):
        return []
    if _moves_a_hit(clause, times, known) and (known or have) and len(times) <= 2:
        moved = _moved(clause, have, times, known, words)
        return [moved] if moved.value != tuple(sorted(have)) else []
    if clause.has("verbs", "remove", "no") and known:
        left = [old for old in have if all(abs(old - at_s) >= NEAR_HIT_S for at_s in known)]
        return [Change("hits", value=tuple(left), words=words)]
    if clause.has("verbs", "remove", "no"):
        return []
    new = [at_s for at_s in times if at_s not in known]
    if not new or (not nouns and context.topic != "hits") or _speaks_of_parts(clause, nouns):
        return []
    kind = next((mark.value for mark in nouns if mark.value != "add"), "hit")
    return [Change("hits", value=tuple(sorted({*have, *new})), kind=kind, words=words)]


def _speaks_of_parts(clause: Clause, nouns: tuple[Found, ...]) -> bool:
    """Whether a clause is about levels or notes, and no adjective of the hit: "a loud hit at 20 s" is one."""
    marks = [*clause.find("loudness"), *clause.find("density")]
    return any(all(max(mark.start - noun.end, noun.start - mark.end) > 4 for noun in nouns) for mark in marks)


def _moves_a_hit(clause: Clause, times: list[float], known: list[float]) -> bool:
    """Whether a hit changes its place; "put an accent at 20 s" adds one, where the verb may mean both."""
    both = {(mark.start, mark.end) for mark in clause.find("verbs", "add")}
    moves = [mark for mark in clause.find("hits", "move") if (mark.start, mark.end) not in both]
    if len(times) == 2 and known == times[:1]:
        return True  # "The bang at 12 you put at 15": from one that is there to a time that is none.
    return bool(moves) or (clause.has("hits", "move") and (len(times) > 1 or bool(known)))


def _stated(clause: Clause) -> list[float]:
    """Every time in a clause about hits, numbers without a unit included, in the order of the words."""
    moments = [(moment.start, moment.end, float(moment.at_s)) for moment in moments_in(clause)]
    for number in find_numbers(clause.text):
        inside = any(start < number.end and number.start < end for start, end, _ in moments)
        if number.in_digits and not inside and not _BPM.match(clause.plain[number.end : number.end + 6]):
            moments.append((number.start, number.end, number.value))
    return [at_s for _, _, at_s in sorted(moments)]


def _without_time(clause: Clause, have: list[float], named: bool, words: str) -> list[Change]:
    """ "Lose the hit": without a time it is the only one."""
    if named and have and clause.has("verbs", "remove", "no") and not clause.has("instruments"):
        return [Change("hits", value=(), words=words)]
    return []


def _moved(clause: Clause, have: list[float], times: list[float], known: list[float], words: str) -> Change:
    """A hit that moves: from a time that is one, or the nearest one, to the other time."""
    target = next((at_s for at_s in reversed(times) if at_s not in known), times[-1])
    source = known[0] if known else min(have, key=lambda old: abs(old - target))
    left = [old for old in have if abs(old - source) >= NEAR_HIT_S]
    return Change("hits", value=tuple(sorted({*left, target})), words=words)
