"""Replies to a take: what is to change, what must stay, and what became of both.

A reply is read into changes and wishes to keep (`read_reply`); the changes are applied to the Constraints
(`apply_changes`), the line is walked again, and what nobody named comes back note for note (`cells_to_keep`).
`compare_scores` then says what stayed and what changed, `summarise` words it. One file reads one kind of wish; the
words of every language are data in ``prompts/feedback/`` and ``prompts/directions.toml``.
"""

from assistant.feedback.apply import Applied, Now, apply_and_say, apply_changes, now_of
from assistant.feedback.asking import Asked, read_question
from assistant.feedback.bars import with_bars_as_times
from assistant.feedback.compare import Difference, NoteChange, PartDifference, compare_scores
from assistant.feedback.deliverables import deliverable_names, deliverables_in
from assistant.feedback.handmade import edit_of, reply_by_hand
from assistant.feedback.handwords import signed, worded
from assistant.feedback.insist import insisting
from assistant.feedback.keep import cells_to_keep
from assistant.feedback.learning import is_standing, learn
from assistant.feedback.own_sound import with_own_sound
from assistant.feedback.reader import read_reply
from assistant.feedback.skin import SkinWish, skin_wish_in
from assistant.feedback.summary import summarise
from assistant.feedback.unmet import unmet
from assistant.feedback.values import Change, KeepWish, Reply, reply_to_contract
from assistant.feedback.versions import ideas_in, wants_each, without_ideas

__all__ = [
    "Applied",
    "Asked",
    "Change",
    "Difference",
    "KeepWish",
    "NoteChange",
    "Now",
    "PartDifference",
    "Reply",
    "SkinWish",
    "apply_and_say",
    "apply_changes",
    "cells_to_keep",
    "compare_scores",
    "deliverable_names",
    "deliverables_in",
    "edit_of",
    "ideas_in",
    "insisting",
    "is_standing",
    "learn",
    "now_of",
    "read_question",
    "read_reply",
    "reply_by_hand",
    "reply_to_contract",
    "signed",
    "skin_wish_in",
    "summarise",
    "unmet",
    "wants_each",
    "with_bars_as_times",
    "with_own_sound",
    "without_ideas",
    "worded",
]
