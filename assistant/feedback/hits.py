"""Hits that come, go or move: "a bang at 0:12", "lose the hit", "move it from 12 to 14".

Conventions: the value of a change is every hit of the cue afterwards, in seconds; a time that lies within `NEAR_HIT_S`
of a hit is that hit.
"""

from __future__ import annotations

import re

from assistant.feedback.clauses import Clause
from assistant.feedback.context import Context
from assistant.feedback.places import moments_in, range_in
from assistant.feedback.quantities import PLAIN
from assistant.feedback.values import Change
from assistant.interpret.numbers import find_numbers
from assistant.interpret.words import Found

NEAR_HIT_S = 0.26
SHIFT_GAP = 3
"""Characters between an amount of time and the word that says which way: "half a second earlier"."""
_BPM = re.compile(r"\s*(?:bpm|%)")


def read_hits(clause: Clause, context: Context, *, keeps: bool) -> list[Change]:
    """Hits that come, go or move; the value is every hit of the cue afterwards."""
    have = context.hits_now
    words = clause.text.raw.strip()
    if clause.has("hits", "none"):
        return [Change("hits", value=(), words=words)]
    nouns = clause.find("hits", "add", "stop", "reveal", "swell")
    if (shifted := _shifted(clause, context, have, bool(nouns))) is not None:
        return [Change("hits", value=shifted, words=words)]
    times = [float(moment.at_s) for moment in moments_in(clause)]
    goes_on = context.topic == "hits" and _says_no_more(clause)
    if nouns and not times:
        times = _placed(clause) or _there(clause, context)
    if not times and not nouns and goes_on and clause.has("length", "plus"):
        times = _placed(clause)  # "Add another at 40."
    if not times and clause.has("version", "one") and clause.has("verbs", "remove"):
        # "Drop the one at 48": a hit, where there is one.
        times = [at_s for at_s in _placed(clause) if any(abs(at_s - old) < NEAR_HIT_S for old in have)]
    if not times and ((nouns and (goes_on or clause.has("hits", "move"))) or _is_move(clause, have, goes_on)):
        times = _stated(clause)
    known = [at_s for at_s in times if any(abs(at_s - old) < NEAR_HIT_S for old in have)]
    if range_in(clause) and not nouns and not clause.has("hits", "move") and not goes_on:
        return []
    if not times or keeps or (not nouns and not known and not goes_on):
        return _without_time(clause, context, have, bool(nouns), words)
    if nouns and (clause.has("hits", "move") or known):
        # "From 12 to 14": the first number has no unit of its own.
        times = _stated(clause) or times
        known = [at_s for at_s in times if any(abs(at_s - old) < NEAR_HIT_S for old in have)]
    if range_in(clause) and not (nouns and (known or clause.has("hits", "move"))) and not (goes_on and not known):
        return []
    spans = {(mark.start, mark.end) for mark in nouns}
    removes = [mark for mark in clause.find("verbs", "remove", "no") if (mark.start, mark.end) not in spans]
    out = bool(removes) or (clause.joined and any(change.remove for change in context.changes))
    if _moves_a_hit(clause, times, known) and (known or have) and len(times) <= 2 and not (out and len(times) < 2):
        moved = _moved(clause, context, have, times, known, words)
        return [moved] if moved.value != tuple(sorted(have)) else []
    if out and known and (nouns or not clause.find("instruments")):  # "No piano at 12": the hit there stays.
        left = [old for old in have if all(abs(old - at_s) >= NEAR_HIT_S for at_s in known)]
        return [Change("hits", value=tuple(left), words=words)]
    if removes:
        return []
    new = [at_s for at_s in times if at_s not in known]
    if not new or (not nouns and not goes_on) or _speaks_of_parts(clause, nouns):
        return []
    kind = next((mark.value for mark in nouns if mark.value != "add"), "hit")
    return [Change("hits", value=tuple(sorted({*have, *new})), kind=kind, words=words)]


def _says_no_more(clause: Clause) -> bool:
    """Whether a clause without a word for a hit may go on about one: it moves nothing and sets no length."""
    others = clause.has("length", "only", "topic") and not clause.has("hits", "move")
    moved = any(mark.value in PLAIN and mark.value != "topic" for mark in clause.quantities)
    return not moved and not others and not clause.find("instruments") and not clause.has("tempo")


def hit_named(clause: Clause, context: Context) -> float | None:
    """The hit that a clause speaks of without a wish: "the hit at 12 is late"."""
    have = context.hits_now
    nouns = clause.find("hits", "add", "stop", "reveal", "swell")
    times = [float(moment.at_s) for moment in moments_in(clause)] or _placed(clause)
    known = [at_s for at_s in times if any(abs(at_s - old) < NEAR_HIT_S for old in have)]
    if not nouns or len(times) > 1:
        return None
    return known[0] if known else (have[0] if len(have) == 1 and not times else None)


def _shifted(clause: Clause, context: Context, have: list[float], named: bool) -> tuple[float, ...] | None:
    """ "Half a second earlier": every hit afterwards, where the clause says by how much one of them moves."""
    sign = 1 if clause.has("hits", "later") else -1 if clause.has("hits", "earlier") else 0
    marks = clause.find("hits", "later", "earlier")
    if not sign or not have or not (named or context.topic == "hits"):
        return None
    steps = [item for item in moments_in(clause) if not item.is_clock and 0 <= marks[0].start - item.end <= SHIFT_GAP]
    if len(steps) != 1:
        return None
    told = [float(item.at_s) for item in moments_in(clause) if item is not steps[0]] or _placed(clause)
    known = [old for old in have for at_s in told if abs(at_s - old) < NEAR_HIT_S]
    source = known[0] if known else context.moment_s if context.moment_s in have else None
    if source is None and len(have) == 1:
        source = have[0]
    if source is None:
        return None
    moved = source + sign * float(steps[0].at_s)
    return tuple(sorted({*(old for old in have if old != source), round(moved, 3)})) if moved >= 0 else None


def _placed(clause: Clause) -> list[float]:
    """Bare numbers that a word of place puts: "the hit at 12"."""
    words = clause.find("time", "within")
    return [
        number.value
        for number in find_numbers(clause.text)
        if number.in_digits
        and any(0 <= number.start - mark.end <= 2 for mark in words)
        and not _BPM.match(clause.plain[number.end : number.end + 6])
    ]


def _there(clause: Clause, context: Context) -> list[float]:
    """ "The gate opens at 0:20, a hit there please"."""
    found = context.moment_s is not None and clause.has("speech", "there")
    return [context.moment_s] if found and context.moment_s is not None else []


def _is_move(clause: Clause, have: list[float], goes_on: bool) -> bool:
    """ "Move it to 11.5" after a word of a hit, "move it from 20 to 18.5" where 20 is one."""
    if not clause.has("hits", "move"):
        return False
    stated = _stated(clause)
    return goes_on or (len(stated) == 2 and any(abs(stated[0] - old) < NEAR_HIT_S for old in have))


def _speaks_of_parts(clause: Clause, nouns: tuple[Found, ...]) -> bool:
    """Whether a clause is about levels or notes, and no adjective of the hit: "a loud hit at 20 s" is one."""
    marks = [*clause.find("loudness"), *clause.find("density")]
    return any(all(max(mark.start - noun.end, noun.start - mark.end) > 4 for noun in nouns) for mark in marks)


def _moves_a_hit(clause: Clause, times: list[float], known: list[float]) -> bool:
    """Whether a hit changes its place; "put an accent at 20 s" adds one, where the verb may mean both."""
    both = {(mark.start, mark.end) for mark in clause.find("verbs", "add")}
    moves = [mark for mark in clause.find("hits", "move") if (mark.start, mark.end) not in both]
    if len(times) == 2 and known == times[:1] and not clause.has("verbs", "remove", "no"):
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


def _without_time(clause: Clause, context: Context, have: list[float], named: bool, words: str) -> list[Change]:
    """ "Lose the hit": without a time it is the only one, or the one spoken of."""
    if not named or not have or not clause.has("verbs", "remove", "no") or clause.has("instruments"):
        return []
    if moments_in(clause):
        return []
    spoken = [old for old in have if context.topic == "hits" and old == context.moment_s]
    return [Change("hits", value=tuple(old for old in have if old not in spoken) if spoken else (), words=words)]


def _moved(
    clause: Clause, context: Context, have: list[float], times: list[float], known: list[float], words: str
) -> Change:
    """A hit that moves: from a time that is one, the one spoken of, or the nearest one, to the other time."""
    target = next((at_s for at_s in reversed(times) if at_s not in known), times[-1])
    spoken = context.moment_s if context.topic == "hits" and context.moment_s in have else None
    nearest = min(have, key=lambda old: abs(old - target))
    source = known[0] if known else nearest if spoken is None else spoken
    left = [old for old in have if abs(old - source) >= NEAR_HIT_S]
    return Change("hits", value=tuple(sorted({*left, target})), words=words)
