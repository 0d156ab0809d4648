"""What moves: the quantities of a clause as changes of the parts and the place that it is about.

Conventions: a clause without parts or a place of its own goes on about those before it; a complaint after a wish is its
reason; a word that only describes a newcomer moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.constraints import Where
from assistant.feedback.clauses import Clause
from assistant.feedback.context import ALL, Context
from assistant.feedback.quantities import FIELDS, Move, changes_of, is_push
from assistant.feedback.values import EMOTION_FIELDS, PART_FIELDS, Change

OF_IT = 14
"""Characters of a clause whose verb has its object as an ending ("قوّيها")."""


def moved_changes(
    clause: Clause,
    context: Context,
    moves: tuple[Move, ...],
    parts: tuple[str, ...],
    where: Where | None,
    known: Sequence[Change],
) -> list[Change]:
    """Changes of quantities, but for those that a number already settles."""
    settled = {change.field for change in known}
    about = parts or _inherited_parts(clause, context)
    moves = tuple(_pitched(clause, move, context) for move in moves)
    moves = _one_sense(moves, bool(about))
    changes: list[Change] = []
    for move in moves:
        if _is_used_by_name(clause, move, known) or _is_reason(clause, move, context):
            continue
        if _pushes_the_same(clause, move, context):
            continue
        if move.mark.value == "too_little" and _is_absent(clause, context):
            continue  # "Where is the violin?": what does not play can't be made louder.
        if clause.has("interval") and move.quantity in ("loudness", "register"):
            continue
        # The energy of the cue is only one player's where that player is named in the same breath.
        if move.quantity == "arousal" and about and not parts and _is_said_of_it(clause, context):
            parts = about
        subject = _culprits(clause, move, context, parts if move.quantity in EMOTION_FIELDS else about)
        subject = subject or _same_subject(clause, move, context)
        made = changes_of(clause, move, context=context, parts=subject, where=where)
        changes += [
            change
            for change in made
            if change.field not in settled and not (move.strength == 1 and _contradicts(change, clause, context))
        ]
    return changes


def _is_said_of_it(clause: Clause, context: Context) -> bool:
    """Whether a clause of a word or two goes on about the player just named: "the drums are shy, boost them"."""
    fresh = (
        context.changed_in != clause.sentence or context.topic == "loudness"
    ) and context.parts_sentence == clause.sentence
    return fresh and len(clause.plain.strip(" .!,،")) <= OF_IT and clause.text.language == "ar"


def _pushes_the_same(clause: Clause, move: Move, context: Context) -> bool:
    """Whether a mere "less" goes on about the complaint before it: "too many notes, bring it down"."""
    pushed = move.quantity == "loudness" and is_push(clause, move.mark) and not clause.has("loudness", "topic")
    about = clause.find("instruments") or context.complained_in != clause.sentence
    return (
        pushed
        and not about
        and any(
            change.field in ("density", "tempo_bpm", "arousal") and change.sign == move.sign
            for change in context.changes
        )
    )


def _pitched(clause: Clause, move: Move, context: Context) -> Move:
    """ "The violin is too high, bring it down": the push is that of the complaint before."""
    pushes = move.quantity == "loudness" and clause.has("direction") and clause.has("speech", "here")
    near = clause.sentence - context.changed_in <= 1 and not clause.find("instruments")
    same = any(item.field == "register" and item.sign == move.sign for item in context.changes)
    return replace(move, quantity="register") if pushes and near and same else move


def _is_absent(clause: Clause, context: Context) -> bool:
    named = [name for _, name in context.instruments(clause)]
    return bool(named) and all(item not in context.present for name in named for item in (name, *context.members(name)))


def _one_sense(moves: tuple[Move, ...], has_parts: bool) -> tuple[Move, ...]:
    """Of a word that means less loudness and less energy ("más suave"): the level of parts, the energy of the cue."""
    levels = {(move.mark.start, move.mark.end) for move in moves if move.quantity == "loudness"}
    energies = {(move.mark.start, move.mark.end) for move in moves if move.quantity == "arousal"}
    paces = {(move.mark.start, move.mark.end) for move in moves if move.quantity == "tempo"}
    pitches = {move.mark.start for move in moves if move.quantity == "register"}
    moves = tuple(move for move in moves if move.quantity != "loudness" or move.mark.start not in pitches)
    slow = "tempo" if has_parts else "loudness"
    moves = tuple(
        move for move in moves if move.quantity != slow or (move.mark.start, move.mark.end) not in levels & paces
    )
    both = levels & energies
    dropped = "arousal" if has_parts else "loudness"
    return tuple(move for move in moves if move.quantity != dropped or (move.mark.start, move.mark.end) not in both)


def _contradicts(change: Change, clause: Clause, context: Context) -> bool:
    """Whether a complaint speaks against the wish just before it: "happier, it's a kids' party" only says why."""
    return context.changed_in == clause.sentence and any(
        (item.field, item.part, item.where) == (change.field, change.part, change.where) and item.sign * change.sign < 0
        for item in context.changes
    )


def _same_subject(clause: Clause, move: Move, context: Context) -> tuple[str, ...]:
    """The parts of the complaint just before: "the sax is too loud. turn it down" is one wish."""
    if clause.has("parts", "all") or clause.has("where", "all") or clause.has("verbs", "everything"):
        return ()
    return tuple(
        change.part
        for change in context.changes
        if change.part is not None
        and (change.field == move.quantity or (move.quantity == "arousal" and _calms(clause, change, context)))
        and change.sign == move.sign
        and change.part != ALL
        and clause.sentence - context.changed_in <= 1
    )


def _calms(clause: Clause, change: Change, context: Context) -> bool:
    """ "The drums fight with my voice, calm them down": a player cannot carry the cue's energy."""
    return change.field == "loudness" and clause.has("speech", "here") and clause.sentence == context.changed_in


def _culprits(clause: Clause, move: Move, context: Context, parts: tuple[str, ...]) -> tuple[str, ...]:
    """Of the parts of a complaint, those named before it: "the drums drown the piano" is about the drums."""
    if move.mark.value not in ("too_much", "too_little"):
        return parts
    first = tuple(name for find, name in context.instruments(clause) if find.end <= move.mark.start and name in parts)
    return first or parts


def _is_used_by_name(clause: Clause, move: Move, known: Sequence[Change]) -> bool:
    """Whether a weak word only colours a named change: "add a gentle flute", "bass out"."""
    named = any(change.add or change.remove for change in known)
    if move.strength == 1 and move.quantity in EMOTION_FIELDS and any(change.remove for change in known):
        return True  # "Via lo xilofono che fa troppo asilo": why the player goes.
    return named and move.mark.value in ("much", "little") and not clause.has("degree", "more", "less", "too", "lack")


def _is_reason(clause: Clause, move: Move, context: Context) -> bool:
    """Whether a bare word only says why: "slow it down to 84. Underwater level, should feel floaty"."""
    if move.mark.value in ("too_much", "too_little") and context.changed_in == clause.sentence:
        own = clause.has("where") or clause.find("instruments") or clause.has("parts") or clause.has("speech", "also")
        gone = move.quantity in EMOTION_FIELDS and any(change.remove for change in context.changes)
        return not own and (gone or (not clause.joined and not clause.has("degree", "less", "too")))
    stated = clause.has("speech", "judge") and move.mark.value in ("much", "little")
    plain = not clause.has("degree", "more", "less", "too", "lack") and not clause.has("where")
    return stated and plain and bool(context.topic) and not clause.has("negation", "not")


def _inherited_parts(clause: Clause, context: Context) -> tuple[str, ...]:
    """The parts of the clause before, within a sentence or when a pronoun points back to them."""
    if clause.has("parts", "all") or clause.has("where", "all") or clause.has("verbs", "everything"):
        return ()
    goes_on = clause.sentence == context.parts_sentence or clause.has("speech", "here")
    return context.parts if goes_on else ()


def pushed(clause: Clause, context: Context, parts: tuple[str, ...], where: Where | None) -> list[Change]:
    """ "Raise it at the end", "drums up a bit": a direction alone moves what was moved last, or the level of a part."""
    pushes = clause.find("direction")
    parts = parts or (_inherited_parts(clause, context) if clause.has("speech", "here") else ())
    parts = tuple(name for name in parts if name in context.present or name not in context.library.instruments)
    if not pushes or clause.has("negation", "not"):
        return []
    topic = context.topic if context.changed_in == clause.sentence else ""
    field = "loudness" if parts else topic
    if parts and any(mark.start == pushes[0].start for mark in clause.find("register", "pitch")):
        field = "register"  # "The violin higher": of one player that is its pitch.
    if not topic and not parts and clause.sentence == context.parts_sentence and context.sentence == clause.sentence:
        # "La batería está altísima, bájala": what was named just before.
        parts, field = tuple(name for name in context.parts if name in context.present), "loudness"
    if field not in (*PART_FIELDS, *EMOTION_FIELDS) or not (parts or clause.has("speech", "here")):
        return []
    mark = replace(pushes[0], field=field, value="higher" if pushes[0].value == "up" else "lower")
    move = Move(field, 1 if pushes[0].value == "up" else -1, mark, 2)
    return list(changes_of(clause, move, context=context, parts=parts, where=where))


def without_pushes(
    clause: Clause, moves: tuple[Move, ...], known: Sequence[Change], parts: tuple[str, ...]
) -> tuple[Move, ...]:
    """Without a mere "up" or "down" that a number explains: "bring it up to 124 bpm", "down to -23 LUFS"."""
    exact = {change.field for change in known if change.value is not None}
    if not exact & {"tempo_bpm", "loudness_lufs", "duration_s", "key", "hits"} or parts:
        return moves
    # The beats of "92 beats a minute" are no notes.
    beats = {"density"} if "tempo_bpm" in exact and not clause.has("degree") else set()
    pushes = {"loudness", "register"} | ({"tempo", "length"} if exact != {"key"} else set())
    return tuple(move for move in moves if move.quantity not in pushes | beats)


def sorted_by_force(
    moves: Sequence[Move], changes: Sequence[Change], context: Context
) -> tuple[Context, list[Change], tuple[Change, ...]]:
    """A plain wish goes before what was only said: "this is a squirrel on espresso. Much calmer.".

    Returns the context with both kinds told apart, the changes without those that speak against a wish before, and
    those of the clauses before that speak against this clause's wishes.
    """
    plain = {move.quantity for move in moves if move.mark.value in ("higher", "lower")}
    strong = [change for change in changes if change.to and change.field in EMOTION_FIELDS and change.field in plain]
    weak = [change for change in changes if change.to and change.field in EMOTION_FIELDS and change.field not in plain]
    against = [change for change in weak if any(_is_against(change, item) for item in context.wished)]
    fallen = tuple(item for item in context.felt if any(_is_against(item, change) for change in strong))
    context = replace(context, felt=(*context.felt, *weak), wished=(*context.wished, *strong))
    return context, [change for change in changes if change not in against], fallen


def _is_against(weak: Change, strong: Change) -> bool:
    """Whether two changes of one feeling go opposite ways in the same place."""
    same = weak.field == strong.field and weak.sign * strong.sign < 0
    return same and (weak.where == strong.where or weak.where in (None, ALL))


def cures(clause: Clause, context: Context, changes: Sequence[Change]) -> tuple[list[Change], tuple[Change, ...]]:
    """Changes with the place of the complaint that they cure, and those complaints.

    "The middle gets too busy, thin out the chords there" asks for thinner chords there, and for nothing else.
    """
    if clause.sentence - context.complained_in > 1 or context.complained_in < 0:
        return list(changes), ()
    general = {
        (item.field, item.to): item for item in context.changes if item.part == ALL and item.field in PART_FIELDS
    }
    cured: list[Change] = []
    mended: list[Change] = []
    if not clause.find("instruments") and not clause.has("speech", "same"):
        # "The timpani hammer away, fewer hits please": the complaint is the reason for the wish about the same part.
        wished = {(item.part, item.where) for item in changes if item.field in PART_FIELDS and item.part != ALL}
        cured += [item for item in context.changes if item.field in PART_FIELDS and (item.part, item.where) in wished]
    for change in changes:
        complaint = general.get((change.field, change.to))
        if complaint is not None and change.part != ALL and change.where in (None, complaint.where):
            cured.append(complaint)
            change = replace(change, where=complaint.where)
        mended.append(change)
    return mended, tuple(cured)


def without_statements(
    clause: Clause, moves: Sequence[Move], changes: Sequence[Change], context: Context
) -> tuple[list[Change], tuple[Change, ...], tuple[Change, ...]]:
    """Without what a bare word only says of how it is: "it's empty, fill it up", "gloomy, like a funeral".

    Returns
    -------
    tuple
        The changes that are left, those of them that may turn out to be statements, and those of the clause before
        that have turned out to be.
    """
    degree = clause.has("degree", "more", "less", "too", "lack")
    bare = {
        FIELDS.get(move.quantity, move.quantity)
        for move in moves
        if move.mark.value in ("much", "little") and not degree and not clause.has("speech", "wish")
    }
    goes_on = context.changed_in == clause.sentence
    left = [
        change
        for change in changes
        if not (goes_on and change.field in bare and any(_are_opposite(change, other) for other in context.changes))
    ]
    told = tuple(other for other in context.stated if goes_on and any(_are_opposite(change, other) for change in left))
    return left, tuple(change for change in left if change.field in bare), told


def _are_opposite(one: Change, other: Change) -> bool:
    same = (one.field, one.part, one.where) == (other.field, other.part, other.where)
    return same and one.sign * other.sign < 0
