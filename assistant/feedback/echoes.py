"""What is wished of one player and then of another in half a sentence: "drums louder, guitar too", "ditto the flute".

Conventions: a clause of names with a word for "also" and no wish of its own repeats the wishes of the clause before; so
does the last item of a list ("turn down the drums, the guitar"). Words stand under ``[speech] same``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.feedback.clauses import VERBS, Clause
from assistant.feedback.context import Context
from assistant.feedback.players import going
from assistant.feedback.quantities import Move
from assistant.feedback.senses import is_bare
from assistant.feedback.values import PART_FIELDS, Change, KeepWish

LAYERS = ("melody", "chords")


def echoed(
    clause: Clause, following: Clause | None, context: Context, moves: Sequence[Move]
) -> tuple[tuple[Change, ...], tuple[KeepWish, ...]] | None:
    """The wishes of the clause before for the players of this one; None where it says something of its own.

    Parameters
    ----------
    clause : Clause
    following : Clause or None
        A clause without names may say what is wished of these: "drums: louder, piano: quieter".
    context : Context
        Its changes and wishes to keep are those of the clause before.
    moves : sequence of Move
    """
    named = [(find, name) for find, name in context.instruments(clause)]
    names = tuple(dict.fromkeys([*(name for _, name in named), *(f.value for f in clause.find("parts", *LAYERS))]))
    if not names or moves or not _goes_on(clause, following, context):
        return None
    words = clause.text.raw.strip()
    if context.has_just_kept and context.kept_in >= clause.sentence - 1:
        return (), tuple(KeepWish(name, context.members(name), words) for name in names)
    if clause.sentence - context.changed_in > 1:
        return None
    players = [name for name in names if name not in LAYERS]
    changes: list[Change] = []
    seen: set[tuple[str, str | None, str]] = set()
    for change in context.changes:
        kind = (change.field, change.to, str(change.where))
        if change.field in PART_FIELDS and change.part not in (None, "all") and kind not in seen:
            seen.add(kind)
            changes += [
                replace(change, part=name, members=context.members(name), words=words)
                for name in names
                if name != change.part
            ]
        elif change.field == "instruments.include" and players and kind not in seen:
            seen.add(kind)
            if change.remove:
                changes += going(players, context, clause)
            else:
                new = tuple(name for name in players if name not in context.constraints.instruments.include)
                changes += [replace(change, add=new, words=words)] if new else []
    return (tuple(changes), ()) if changes else None


def _goes_on(clause: Clause, following: Clause | None, context: Context) -> bool:
    """Whether a clause of names has nothing of its own to say."""
    same = {(mark.start, mark.end) for mark in clause.find("speech", "same")}
    own = [
        mark
        for mark in clause.marks
        if (mark.start, mark.end) not in same
        and (
            (mark.field == "verbs" and mark.value in VERBS)
            or mark.field in ("hits", "loop", "direction", "negation", "question", "styles_new", "praise")
            or (mark.field == "action" and mark.value != "ask")
            or (mark.field == "degree" and mark.value in ("more", "less", "too", "lack"))
        )
    ]
    if own or clause.quantities:
        return False
    if same:
        return True
    last = following is None or following.sentence != clause.sentence
    listed = clause.sentence == context.sentence and clause.sentence == context.changed_in
    return last and listed and is_bare(clause) and not clause.is_question and clause.has("speech", "join")
