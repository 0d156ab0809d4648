"""Puts what the clauses of a reply say together, and decides what must be said or asked about it.

Conventions: numbers win over words; what is asked twice is asked once; ids of the same field are gathered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.constraints import Outcome, Span
from assistant.feedback.clauses import Clause
from assistant.feedback.values import PLACES, Change, KeepWish, Reply
from assistant.remark import Remark

LONGEST_REPLY = 4000
"""Characters of a reply that are read: far more than anyone types about a take."""


def settle(changes: Sequence[Change]) -> list[Change]:
    """Every change once: numbers win over words, ids are gathered, opposite wishes of the same thing fall away."""
    changes = _last_thoughts(changes)
    exact = {change.field for change in changes if change.value is not None and change.to is None}
    settled: list[Change] = []
    gone = {name for change in changes if change.field == "instruments.include" for name in change.remove}
    gone -= {name for change in changes if change.field == "instruments.include" for name in change.add}
    for change in changes:
        if change.to is not None and change.part in gone:
            continue  # "The flute is far too shrill, take it out": why it goes.
        if change.to is not None and change.field in exact:
            continue
        if change.field == "mode" and "key" in exact:
            continue
        if change.add or change.remove:
            _gather(settled, change)
        elif change.value is not None and change.to is None and change.field != "action":
            settled = [item for item in settled if item.field != change.field]
            settled.append(change)
        elif not any(change.same_form(item) for item in settled):
            settled.append(change)
    return settled


def _last_thoughts(changes: Sequence[Change]) -> list[Change]:
    """ "No drums, oh, do have drums": who goes and then comes in one reply comes, and the other way round."""
    kept: list[Change] = []
    coming: set[str] = set()
    going: set[str] = set()
    for change in reversed(changes):
        comes, goes = _moves_players(change)
        if comes & going or goes & coming:
            undone = tuple((comes & going) | (goes & coming))
            change = replace(change, add=_without(change.add, undone), remove=_without(change.remove, undone))
            if not change.add and not change.remove:
                continue
        if change.where is None:
            coming, going = coming | comes, going | goes
        kept.append(change)
    return kept[::-1]


def _moves_players(change: Change) -> tuple[set[str], set[str]]:
    """Who comes and who goes by a change."""
    came, went = set(change.add), set(change.remove)
    return {"instruments.include": (came, went), "instruments.exclude": (went, came)}.get(change.field, (set(), set()))


def _without(names: tuple[str, ...], gone: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in gone)


def until_the_end(changes: Sequence[Change], length_s: float) -> list[Change]:
    """ "Calm, then huge at the end": what is asked of the whole and undone at the end holds until the end begins."""
    ends = {(change.field, change.part, -change.sign) for change in changes if change.where == "end" and change.to}
    until = Span(0.0, round(PLACES["end"][0] * length_s, 2))
    return [
        replace(change, where=until)
        if change.to and change.where in (None, "all") and (change.field, change.part, change.sign) in ends
        else change
        for change in changes
    ]


def _gather(settled: list[Change], change: Change) -> None:
    """Ids of the same field and direction in one change."""
    for index, item in enumerate(settled):
        if (item.field, item.where) == (change.field, change.where) and bool(item.add) == bool(change.add):
            settled[index] = replace(
                item,
                add=tuple(dict.fromkeys((*item.add, *change.add))),
                remove=tuple(dict.fromkeys((*item.remove, *change.remove))),
                members=tuple(dict.fromkeys((*item.members, *change.members))),
            )
            return
    settled.append(change)


def concluded(
    clauses: Sequence[Clause],
    changes: list[Change],
    keep: list[KeepWish],
    language: str,
    *,
    remarks: Sequence[Remark],
    cut_short: bool,
) -> Reply:
    """The reply with its outcome and what must be said."""
    remarks = [*remarks, *([Remark.of("feedback_text_cut", read=LONGEST_REPLY)] if cut_short else [])]
    outcome: Outcome = "accept"
    if clash := _clash(changes, keep):
        outcome = "ask"
        remarks.append(clash)
    elif any(remark.code == "feedback_moment_unknown" for remark in remarks) and not changes:
        outcome = "ask"
    elif not changes and not keep:
        praised = any(clause.has("praise") for clause in clauses)
        outcome = "accept" if praised else "ask"
        remarks.append(Remark.of("feedback_praise" if praised else "feedback_unclear"))
    return Reply(tuple(changes), tuple(keep), outcome, tuple(remarks), language)


def _clash(changes: Sequence[Change], keep: Sequence[KeepWish]) -> Remark | None:
    """Two wishes that exclude each other: the same thing up and down, or kept and changed."""
    for change in changes:
        for other in changes:
            same = (change.field, change.part, change.where) == (other.field, other.part, other.where)
            if same and change.sign * other.sign < 0:
                return Remark.of("feedback_both_ways", field=change.field)
        for wish in keep:
            if wish.what in change.remove or (wish.what == "tempo" and change.field == "tempo_bpm"):
                return Remark.of("feedback_kept_and_changed", what=str(wish.what))
    return None
