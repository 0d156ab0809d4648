"""Reads a reply clause by clause and puts the changes together.

Conventions: numbers win over words; what is asked twice is asked once; a wish goes before a complaint about the same.
Nothing here knows a word of any language: those stand in ``prompts/feedback/`` and ``prompts/directions.toml``. One
clause is heard in `hearing`; what it says of one matter is read in the file of that name (`tempo`, `length`, `hits`,
`names`, `players`, `quantities`, `places`, `staying`, `actions`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.clip import Cut
from assistant.constraints import Constraints
from assistant.feedback.actions import FIRST_OF, doubts, is_question, named_version, read_action
from assistant.feedback.clauses import Clause, cut
from assistant.feedback.context import USUAL_LENGTH_S, Context
from assistant.feedback.corrections import take_back
from assistant.feedback.delight import is_delighted, only_delights, praises_tempo
from assistant.feedback.hearing import hear
from assistant.feedback.landing import landing_in, only_lands
from assistant.feedback.lexicon import lexicon
from assistant.feedback.quantities import moves_in
from assistant.feedback.settling import LONGEST_REPLY, concluded, settle, until_the_end
from assistant.feedback.staying import says_to_keep
from assistant.feedback.tongue import in_its_script, language_of
from assistant.feedback.unheard import with_unheard
from assistant.feedback.values import Change, KeepWish, Reply
from assistant.feedback.versions import read_version_wish
from assistant.library import Library
from assistant.remark import Remark
from assistant.settings import ROOT

PROMPTS_DIR = ROOT / "prompts"


def read_reply(
    text: str,
    *,
    constraints: Constraints,
    library: Library,
    language: str | None = None,
    sounding: Sequence[str] = (),
    duration_s: float | None = None,
    cuts: Sequence[Cut] = (),
) -> Reply:
    """What a reply to a take asks for.

    Parameters
    ----------
    text : str
        The person's words.
    constraints : Constraints
        What the take was made from.
    library : Library
        Families of instruments, and what there is to play.
    language : str or None
        BCP-47 tag, where it is known; it decides only where the words do not.
    sounding : sequence of str
        Instruments that sound in the take, asked for or not.
    duration_s : float or None
        Length of the take in seconds, where the constraints name none.
    cuts : sequence of Cut
        Of the clip that the take was made for: "on the cut" makes hits of them.

    Returns
    -------
    Reply
        Never fails: a reply that says nothing we know has no changes and a question as its remark.
    """
    tag = language_of(text[:LONGEST_REPLY], hint=language or constraints.language, prompts_dir=PROMPTS_DIR)
    text = in_its_script(text[: LONGEST_REPLY + 1], tag, PROMPTS_DIR)
    if (wish := read_version_wish(text[:LONGEST_REPLY], tag, constraints.language)) is not None:
        return wish
    context = Context(
        constraints,
        library,
        sounding=tuple(sounding),
        length_s=constraints.duration_s or duration_s or USUAL_LENGTH_S,
        cuts_s=tuple(cut.at_s for cut in cuts),
    )
    said, corrected = take_back(text[:LONGEST_REPLY], tag, context, lexicon(tag, PROMPTS_DIR))
    clauses = cut(said, tag, PROMPTS_DIR)
    context = replace(context, named=frozenset(mark.value for item in clauses for mark in item.find("instruments")))
    context = replace(context, is_delighted=is_delighted(clauses))
    landing = landing_in(clauses, text[:LONGEST_REPLY], (tag, constraints.language), context, cuts)
    heard = [clause for clause in clauses if not (landing and only_lands(clause, (tag, constraints.language)))]
    changes, keep, remarks = _listen(heard, context, corrected)
    if changes or not only_delights(clauses, context):
        changes = with_unheard(said, clauses, changes, keep, lexicon(tag, PROMPTS_DIR), PROMPTS_DIR)
    if landing is not None:
        changes = [*(change for change in changes if change.field != "hits"), landing]
    return concluded(clauses, changes, keep, tag, remarks=remarks, cut_short=len(text) > LONGEST_REPLY)


def _listen(
    clauses: Sequence[Clause], context: Context, corrected: Sequence[Change]
) -> tuple[list[Change], list[KeepWish], list[Remark]]:
    """Changes, wishes and remarks of all clauses, in order, each understood in the light of those before it."""
    wondered = doubts(clauses, context.is_there)
    asked = [clause for clause in clauses if clause in wondered or is_question(clause)]
    action = read_action([clause for clause in clauses if clause not in asked])
    changes: list[Change] = list(corrected)
    keep: list[KeepWish] = []
    remarks: list[Remark] = []
    for index, clause in enumerate(clauses):
        if clause in asked or (action is not None and _speaks_of_takes(clause)):
            continue
        context, heard = hear(clause, context, clauses[index + 1] if index + 1 < len(clauses) else None)
        changes = [change for change in changes if change not in heard.cured]
        changes += heard.changes
        keep += heard.keep
        remarks += heard.remarks
    if action is not None:
        changes.insert(0, action)
    elif asked and not changes:
        changes.append(Change("action", value="explain", words=asked[0].text.raw.strip()))
    elif not changes and not keep:
        keep += _left_alone(clauses)
    keep += _tempo_left(clauses, changes)
    return until_the_end(settle(changes), context.length_s), list({wish.what: wish for wish in keep}.values()), remarks


def _tempo_left(clauses: Sequence[Clause], changes: Sequence[Change]) -> list[KeepWish]:
    """ "Don't speed it up, the tempo is right": a refused change of the tempo beside its praise keeps it."""
    if any(change.field == "tempo_bpm" for change in changes):
        return []
    praised = next((clause for clause in clauses if praises_tempo(clause)), None)
    refused = any(
        clause.has("tempo", "stay") or (clause.find("tempo", "higher", "lower") and clause.has("negation", "not"))
        for clause in clauses
    )
    return [KeepWish("tempo", (), praised.text.raw.strip())] if praised and refused else []


def _left_alone(clauses: Sequence[Clause]) -> list[KeepWish]:
    """ "Perfect, leave it like this": a wish to keep that names nothing, in a reply that asks for nothing else."""
    said = [clause for clause in clauses if _keeps_more_than_it_praises(clause)]
    named = any(clause.find("instruments") or clause.quantities for clause in said)
    return [KeepWish("everything", (), said[0].text.raw.strip())] if said and not named else []


def _keeps_more_than_it_praises(clause: Clause) -> bool:
    praised = {(mark.start, mark.end) for mark in clause.find("praise")}
    kept = {(mark.start, mark.end) for mark in clause.find("verbs", "keep")}
    return bool(kept - praised) and says_to_keep(clause)


def _speaks_of_takes(clause: Clause) -> bool:
    moves = any(move.strength == 2 and move.mark.value in ("higher", "lower") for move in moves_in(clause))
    told = clause.has("aside", "past")  # "The earlier one had more heart."
    return (clause.has("action", *FIRST_OF) and (told or not moves)) or named_version(clause) is not None
