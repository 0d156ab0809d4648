"""What a clause says of one named player: that it comes, goes, or is to be heard more or less.

Conventions: the nearest verb governs; one that takes away goes before one that adds.
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.feedback.clauses import Clause
from assistant.feedback.context import Context
from assistant.feedback.quantities import PLAIN, pushes_a_topic
from assistant.interpret.words import Found

IN, OUT, MORE, LESS = "in", "out", "more", "less"
REFUSED = 16
"""Characters between a name and the word that refuses it."""
DARE = 12
"""Characters between a negation and the verb that it forbids: "don't you dare add"."""
NEAR = 5
"""Characters between "more" or "less" and the instrument it belongs to."""
NO_IS_NOT = ("zh", "ar")
"""Languages whose word for "none" also forbids."""
_WITHOUT = {"tr": re.compile(r"s[iuü]z\w*$")}


def is_bare(clause: Clause) -> bool:
    """Whether a clause is names and little else: "accordion + tuba", and not "the singer finds it low"."""
    small = [*clause.find("aside", "polite"), *clause.find("negation", "post"), *clause.find("speech", "same")]
    marks = [*clause.find("instruments"), *small]
    known = {place for mark in marks for place in range(mark.start, mark.end)}
    plain = clause.plain.strip(" .!?,，。！？")
    begin = clause.plain.index(plain) if plain else 0
    rest = sum(place not in known for place in range(begin, begin + len(plain)))
    return rest <= (1 if clause.text.language in ("zh", "ja") else 12)


def spared(clause: Clause) -> frozenset[Found]:
    """The verbs that take away and are forbidden right before: "don't remove the piano", "nimm es nicht raus"."""
    takes = clause.find("verbs", "remove", "out", "out_end")
    nots = clause.find("negation", "not")
    if clause.text.language not in NO_IS_NOT:
        # "No, remove the piano" without its comma forbids nothing.
        calls = {(mark.start, mark.end) for mark in clause.find("verbs", "no")}
        nots = tuple(mark for mark in nots if (mark.start, mark.end) not in calls)
    asked = clause.has("action", "request") or clause.has("question")  # "Why not remove the piano?"
    spans = {(mark.start, mark.end) for mark in nots}
    found = {
        verb
        for verb in takes
        if (verb.start, verb.end) not in spans
        and any(0 <= verb.start - mark.end <= 1 for mark in nots)
        and not (asked and clause.is_question)
    }
    # "Don't take the drums out": a verb and the half of it that comes later.
    halves = {(tail.start, int(tail.value)) for tail in clause.find("tail")}
    starts = {verb.start for verb in found}
    starts |= {late for late, head in halves if head in starts} | {head for late, head in halves if late in starts}
    return frozenset(verb for verb in takes if verb.start in starts)


def sense_of(clause: Clause, find: Found, name: str, context: Context, moved: bool) -> str:
    """What the nearest verb, or a suffix that says "without", does to one instrument."""
    suffixed = _WITHOUT.get(clause.text.language)
    if suffixed is not None and suffixed.search(clause.plain[find.start : find.end]):
        return OUT
    verb = _verb(clause, find)
    if verb is not None and any(verb.start == other.start for other in spared(clause)):
        return ""
    forbidden = verb is not None and verb.value == "add" and clause.before(verb, "negation", "not", within=DARE)
    if verb is not None and forbidden and verb.start < find.start and not clause.is_question and not moved:
        return OUT  # "Don't you dare add a trumpet."
    degree = _degree(clause, find)
    if degree and not moved:
        if degree == MORE and name not in context.present:
            return IN
        if degree == LESS and name not in context.present:
            return ""
        return degree
    if verb is None and not moved and (sense := _implied(clause, find, name, context)):
        return sense
    if verb is None:
        if (
            moved
            or any(mark.value != "out_end" for mark in clause.find("verbs"))
            or (clause.is_question and clause.has("question"))
        ):
            return ""
        named = name not in context.present and is_bare(clause) and not clause.has("speech", "meant")
        return IN if named else ""
    near = _distance(verb, find) <= 14
    if verb.value == "no" and clause.before(verb, "negation", "not", within=6):
        return ""  # "Not for no drums."
    if verb.value in ("remove", "no", "ban"):
        return OUT if not moved or near else ""
    if verb.value == "out":
        return OUT if find.end <= verb.start and not moved else ""
    if verb.value in ("add", "allow", "back"):
        if name in context.constraints.instruments.exclude:
            return IN
        if moved and not (near and verb.start < find.start and name not in context.present):
            return ""
        return IN if name not in context.constraints.instruments.include else ""
    return ""


def _implied(clause: Clause, find: Found, name: str, context: Context) -> str:
    """What is wished of a name without a verb of ours: one that is missing comes, one that is refused goes.

    "A bit of cello would be lovely", "the cymbals aren't necessary".
    """
    others = clause.has("verbs") or clause.has("question") or clause.has("speech", "meant") or clause.has("hits")
    others = others or clause.has("action", "ask", "ask_yes", "explain", "undo", "compare", "export")
    if others or any(mark.value in PLAIN for mark in clause.quantities) or clause.has("aside", "like"):
        return ""
    there = any(item in context.present for item in (name, *context.members(name)))
    refused = [mark for mark in clause.find("negation", "not") if _distance(mark, find) <= REFUSED]
    if there and clause.sentence == context.meant_in:
        return ""  # "I meant the piano, not the trumpet."
    if there:
        return OUT if refused and not clause.has("praise") else ""
    wished = clause.has("speech", "wish") or clause.has("action", "request")
    return IN if wished and not refused and not clause.has("negation") else ""


def _verb(clause: Clause, find: Found) -> Found | None:
    """The verb that governs a name: the nearest, those that take away first among equals."""
    verbs = clause.find("verbs", "add", "remove", "no", "out", "ban", "allow", "back")
    if not clause.has("speech", "judge"):
        # "The melody stays, the drums go": only where nothing follows ("the drums go well with it").
        ends = [verb for verb in clause.find("verbs", "out_end") if not _follows(clause, verb)]
        verbs += tuple(replace(verb, value="out") for verb in ends)
    verbs = tuple(verb for verb in verbs if not pushes_a_topic(clause, verb))
    order = {"remove": 0, "no": 0, "out": 0, "ban": 1, "allow": 1, "back": 2, "add": 3}
    return min(verbs, key=lambda verb: (order[verb.value] == 3, order[verb.value], _distance(verb, find)), default=None)


def _follows(clause: Clause, verb: Found) -> bool:
    """Whether words that we do not take for mere courtesy follow."""
    known = {place for mark in clause.find("aside", "polite") for place in range(mark.start, mark.end)}
    return any(char.isalnum() for at, char in enumerate(clause.plain) if at >= verb.end and at not in known)


def _distance(first: Found, second: Found) -> int:
    return max(first.start - second.end, second.start - first.end, 0)


def _degree(clause: Clause, find: Found) -> str:
    """Whether "more" or "less" stands right at a name."""
    verbs = {(verb.start, verb.end) for verb in clause.find("verbs", "remove")}
    verbs |= {(verb.start, verb.end) for verb in (*clause.find("verbs", "no"), *clause.find("negation", "not"))}
    trails = clause.text.language in ("zh", "ja", "ko", "hi", "tr", "ar")
    near = [
        mark
        for mark in clause.find("degree", "more", "less", "too", "lack")
        if (mark.start, mark.end) not in verbs
        and _distance(mark, find) <= NEAR
        and (mark.end <= find.start or (trails and mark.start >= find.end and not _goes_with_more(clause, mark)))
    ]
    if not near:
        return ""
    # Where the degree follows its noun, one that stands before belongs to the noun before it.
    mark = min(near, key=lambda item: (trails and item.end <= find.start, _distance(item, find)))
    return MORE if mark.value in ("more", "lack") else LESS


def _goes_with_more(clause: Clause, mark: Found) -> bool:
    """Whether a "too" is that of an adjective that we do not know: "长笛太难听了"."""
    following = clause.plain[mark.end : mark.end + 1]
    known = any(item.start <= mark.end < item.end for item in clause.marks)
    return (
        clause.text.language == "zh" and mark.value == "too" and following.isalnum() and following != "了" and not known
    )
