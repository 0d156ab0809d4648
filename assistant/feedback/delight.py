"""Praise, and what is said in praise: "the bride's dad cried", "so sad and beautiful", "I love how calm it is".

Conventions: what a delighted person says of the music or of the listeners is no complaint and no wish, as long as the
reply takes nothing back ("but", "only") and the clause asks for nothing. Words of mere consent ("ok", "fine") are no
delight. Words stand under ``[praise]`` and ``[aside] but, reaction``.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.feedback.clauses import Clause
from assistant.feedback.context import Context
from assistant.feedback.quantities import PLAIN, Move, moves_in
from assistant.feedback.values import EMOTION_FIELDS
from assistant.interpret.words import Found

NEGATED = 14
"""Characters between a negation and the praise that it denies."""


def praises(clause: Clause) -> bool:
    """Whether a clause praises, and is not "not good"."""
    praise = clause.find("praise", "good")
    if clause.has("aside", "reaction"):
        praise += clause.find("praise", "thanks")
    return any(not clause.before(mark, "negation", "not", within=NEGATED) for mark in praise)


def is_delighted(clauses: Sequence[Clause]) -> bool:
    """Whether a reply praises and takes nothing of it back."""
    taken_back = any(clause.has("aside", "but") and not praises(clause) for clause in clauses)
    moved = any(clause.has("aside", "reaction") for clause in clauses)
    praised = any(praises(clause) or (moved and clause.has("praise", "thanks")) for clause in clauses)
    return praised and not taken_back


def reacts(clause: Clause, mark: Found) -> bool:
    """Whether a word tells what listeners did: "cried", "fell asleep"."""
    return any(item.start < mark.end and mark.start < item.end for item in clause.find("aside", "reaction"))


def is_delight(clause: Clause, move: Move, context: Context) -> bool:
    """Whether a word that may move a quantity is said in praise."""
    if clause.has("speech", "meant") or clause.has("degree", "too", "less", "lack", "more"):
        return False
    if clause.before(move.mark, "speech", "wish", within=24) or clause.has("verbs", "add", "remove"):
        return False
    if reacts(clause, move.mark) and context.is_delighted:
        return True
    if move.mark.value not in PLAIN or move.mark.value in ("higher", "lower", "topic"):
        return False
    if praises(clause) and not clause.has("aside", "but"):
        praised = any(mark.end <= move.mark.start for mark in clause.find("praise", "good"))
        complained = move.mark.value not in ("much", "little")
        return not complained or (praised and move.quantity in EMOTION_FIELDS)
    told = move.mark.value in ("much", "little") and move.quantity in EMOTION_FIELDS
    return told and context.is_delighted and not clause.has("direction") and not clause.has("where")


def only_delights(clauses: Sequence[Clause], context: Context) -> bool:
    """Whether what may be wishes in a reply is said in praise."""
    if not context.is_delighted:
        return False
    return any(
        clause.has("aside", "reaction") or any(is_delight(clause, move, context) for move in moves_in(clause))
        for clause in clauses
    )


def praises_tempo(clause: Clause) -> bool:
    """ "The tempo is right": praise of the tempo itself."""
    return (
        clause.has("tempo", "topic")
        and clause.has("praise")
        and not any(mark.value in PLAIN and mark.value != "topic" for mark in clause.quantities)
    )
