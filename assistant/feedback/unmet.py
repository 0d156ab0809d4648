"""Says which named changes of notes could not be made: what is at its limit, or held by what must stay.

Conventions: the place is that of the change; notes a beat, mean pitch by length, valence and arousal as
`assistant.check.emotion` hears them. A change counts as made when its measure moved the named way at all.
"""

from __future__ import annotations

from collections.abc import Callable

from assistant.feedback.feeling import bars_in_place, felt
from assistant.feedback.keep import is_called
from assistant.feedback.values import EMOTION_FIELDS, Change, Reply
from assistant.plan import Plan
from assistant.remark import Remark
from assistant.score import Note, Score
from assistant.session import TakeRecord

MOVED = 1e-4
"""A measure that moved by less stayed."""


def unmet(reply: Reply | None, before: TakeRecord | None, plan: Plan, score: Score) -> tuple[Remark, ...]:
    """A remark for each named change of density, register or feeling that the next take does not make.

    Parameters
    ----------
    reply, before : Reply, TakeRecord or None
        What was said, and the take that it was about; nothing is said of a first take.
    plan, score : Plan, Score
        The next take.
    """
    if reply is None or before is None:
        return ()
    remarks = [
        _said(change)
        for change in reply.changes
        if change.sign and change.field in MEASURES and not _went(change, before, plan, score)
    ]
    return tuple(dict.fromkeys(remarks))


def _said(change: Change) -> Remark:
    if change.field in EMOTION_FIELDS:
        return Remark.of("feedback_emotion_at_limit", field=change.field)
    return Remark.of("feedback_part_at_limit", field=change.field, part=change.part or "all")


def _went(change: Change, before: TakeRecord, plan: Plan, score: Score) -> bool:
    measure = MEASURES[change.field]
    one, two = measure(change, before.plan, before.score), measure(change, plan, score)
    return one is None or two is None or (two - one) * change.sign > MOVED


def _notes(change: Change, plan: Plan, score: Score) -> list[Note]:
    """The notes of the parts that a change names, in its place."""
    bars = bars_in_place(change, plan, ending=True)
    return [
        note
        for part in score.parts
        if is_called(part, change.part or "all", change.members)
        for note in (part.between(bars[0].start_q, bars[-1].end_q) if bars else ())
    ]


def _density(change: Change, plan: Plan, score: Score) -> float | None:
    length_q = sum(bar.length_q for bar in bars_in_place(change, plan, ending=True))
    return len(_notes(change, plan, score)) / length_q if length_q else None


def _register(change: Change, plan: Plan, score: Score) -> float | None:
    notes = _notes(change, plan, score)
    weight = sum(note.length_q for note in notes)
    return sum(note.pitch * note.length_q for note in notes) / weight if weight else None


def _emotion(change: Change, plan: Plan, score: Score) -> float | None:
    bars = bars_in_place(change, plan, ending=True)
    return felt(score, plan, bars, change.field) if bars else None


MEASURES: dict[str, Callable[[Change, Plan, Score], float | None]] = {
    "density": _density,
    "register": _register,
    **dict.fromkeys(EMOTION_FIELDS, _emotion),
}
