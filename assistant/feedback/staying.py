"""What must stay: "keep the melody", "don't touch the drums", "the rest is fine", "0:00-0:15 locked".

Conventions: a place by word (the intro) becomes the stretch of time that it stands for; the contract knows no other.
"""

from __future__ import annotations

from assistant.constraints import Span
from assistant.feedback.clauses import Clause
from assistant.feedback.context import Context
from assistant.feedback.places import before_that, where_in
from assistant.feedback.senses import spared
from assistant.feedback.values import KeepWish, span_of
from assistant.interpret.words import Found

NEAR_HIT_S = 0.25
BACK = 2
"""Sentences that "leave it" may look back: "the djembe? love it. leave it."."""


def _only_keeps(clause: Clause) -> bool:
    """Whether a clause says "leave it" and no more: what it is about was said before."""
    known = {place for mark in clause.find("verbs", "keep") for place in range(mark.start, mark.end)}
    known |= {place for mark in clause.find("speech") for place in range(mark.start, mark.end)}
    return not any(char.isalnum() for place, char in enumerate(clause.plain) if place not in known)


def says_to_keep(clause: Clause) -> bool:
    """Whether a clause asks for something to stay as it is."""
    if clause.has("verbs", "keep"):
        keep = clause.find("verbs", "keep")[0]
        refused = clause.before(keep, "negation", "not", within=8)
        return refused is None or clause.has("verbs", "change")
    if _praises_the_rest(clause):
        return True
    nots = {(mark.start, mark.end) for mark in clause.find("negation", "not")}
    takes = [verb for verb in clause.find("verbs", "remove", "out", "out_end") if (verb.start, verb.end) not in nots]
    if (
        takes
        and clause.find("instruments")
        and {verb.start for verb in takes} <= {verb.start for verb in spared(clause)}
    ):
        return True  # "Don't remove the piano."
    return any(
        clause.before(mark, "negation", "not", within=18) or clause.after(mark, "negation", "not", within=10)
        for mark in clause.find("verbs", "change")
    )


def _praises_the_rest(clause: Clause) -> bool:
    """ "The rest works great": what is left after the wishes is as it should be."""
    praise = [(mark.start, mark.end) for mark in clause.find("praise")]
    moved = [mark for mark in clause.quantities if (mark.start, mark.end) not in praise]
    return clause.has("verbs", "rest") and bool(praise) and not moved


def read_keep(clause: Clause, context: Context, times: tuple[float, ...]) -> tuple[list[KeepWish], list[Found]]:
    """What a clause asks to keep, and the marks that say so.

    Parameters
    ----------
    clause : Clause
    context : Context
    times : tuple of float
        Single times that the clause names; a time of a hit is that hit, which stays by itself.
    """
    words = clause.text.raw.strip()
    if clause.has("verbs", "except") and clause.has("verbs", "everything", "rest"):
        # "Everything but the drums stays": the drums are what the next clause is about.
        return [KeepWish("everything", (), words)], [find for find, _ in context.instruments(clause)]
    wishes: list[KeepWish] = []
    used: list[Found] = []
    where = before_that(clause, context.from_s) or where_in(clause, context.length_s)
    for find, name in context.instruments(clause):
        what = find.value if find.field == "parts" else name
        wishes.append(KeepWish(what, context.members(name), words))
        used.append(find)
    for find in clause.find("parts", "melody", "chords"):
        wishes.append(KeepWish(find.value, (), words))
        used.append(find)
    for find in clause.find("tempo", "topic"):
        wishes.append(KeepWish("tempo", (), words))
        used.append(find)
    if isinstance(where, Span):
        wishes.append(KeepWish(where, (), words))
    elif where is not None and where != "all" and not wishes:
        wishes.append(KeepWish(Span(*(round(at_s, 2) for at_s in span_of(where, context.length_s))), (), words))
    if any(wish.what == "melody" for wish in wishes):
        # "The flute's melody" is the melody, whoever plays it.
        wishes = [wish for wish in wishes if wish.what not in context.library.instruments]
    if wishes:
        return wishes, used
    if clause.has("verbs", "everything", "rest") or clause.has("parts", "all"):
        return [KeepWish("everything", (), words)], list(clause.find("verbs", "everything", "rest"))
    if context.has_just_kept and _only_keeps(clause):
        return [], []  # "The rest is lovely, leave it": said already.
    shown = isinstance(context.where, Span) or _only_keeps(clause)
    if context.where not in (None, "all") and clause.sentence == context.sentence and where is None and shown:
        # "The first ten seconds are perfect, leave them."
        span = Span(*(round(at_s, 2) for at_s in span_of(context.where, context.length_s)))
        return [KeepWish(span, (), words)], []
    if context.praised and clause.sentence - context.praised_in <= 1 and _only_keeps(clause):
        return [KeepWish(context.praised, (), words)], []
    hit = any(abs(hit.at_s - at_s) <= NEAR_HIT_S for hit in context.constraints.hits for at_s in times)
    if hit or clause.has("length", "topic"):
        return [], []
    same = clause.sentence - context.parts_sentence <= (BACK if _only_keeps(clause) else 0)
    if context.parts and (same or clause.has("speech", "here")):
        return [KeepWish(part, context.members(part), words) for part in context.parts], []
    return [], []
