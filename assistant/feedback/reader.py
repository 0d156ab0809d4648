"""Reads a reply clause by clause and puts the changes together.

Conventions: numbers win over words; what is asked twice is asked once; a wish goes before a complaint about the same.
Nothing here knows a word of any language: those stand in ``prompts/feedback/`` and ``prompts/directions.toml``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.clip import Cut
from assistant.constraints import Constraints, Span, Where
from assistant.feedback.actions import FIRST_OF, is_question, read_action, version_in
from assistant.feedback.clauses import Clause, cut
from assistant.feedback.context import ALL, USUAL_LENGTH_S, Context
from assistant.feedback.details import read_hits, read_length_number, read_names, read_tempo_number, times_in
from assistant.feedback.lexicon import lexicon
from assistant.feedback.places import where_in
from assistant.feedback.players import read_players, read_replacements
from assistant.feedback.quantities import Move, changes_of, moves_in
from assistant.feedback.settling import LONGEST_REPLY, concluded, settle
from assistant.feedback.staying import read_keep, says_to_keep
from assistant.feedback.tongue import language_of
from assistant.feedback.values import EMOTION_FIELDS, PART_FIELDS, Change, KeepWish, Reply
from assistant.feedback.versions import read_version_wish
from assistant.interpret.on_cuts import choose, wish_for_cuts, words_beside
from assistant.library import Library
from assistant.settings import ROOT

PROMPTS_DIR = ROOT / "prompts"
COLOUR_GAP = 6
"""Characters between an adjective and the instrument that it describes."""
FEW_WORDS = 3
"""Words beside "on the cut" up to which a clause says no more than that."""


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
    if (wish := read_version_wish(text[:LONGEST_REPLY], tag, constraints.language)) is not None:
        return wish
    clauses = cut(text[:LONGEST_REPLY], tag, PROMPTS_DIR)
    context = Context(
        constraints,
        library,
        sounding=tuple(sounding),
        length_s=constraints.duration_s or duration_s or USUAL_LENGTH_S,
    )
    landing = _landing(clauses, text[:LONGEST_REPLY], (tag, constraints.language), context, cuts)
    heard = [clause for clause in clauses if not (landing and _only_lands(clause, (tag, constraints.language)))]
    changes, keep = _listen(heard, context)
    if landing is not None:
        changes = [*(change for change in changes if change.field != "hits"), landing]
    return concluded(clauses, changes, keep, tag, cut_short=len(text) > LONGEST_REPLY)


def _landing(
    clauses: Sequence[Clause], text: str, languages: Sequence[str], context: Context, cuts: Sequence[Cut]
) -> Change | None:
    """Hits on cuts, where the reply asks for them: the nearest to each time it names, else the strongest or all."""
    wishes = (wish_for_cuts(text, language, PROMPTS_DIR) for language in dict.fromkeys(languages))
    wish = next(filter(None, wishes), "")
    if not (wish and cuts):
        return None
    named = [at_s for clause in clauses for at_s in times_in(clause)]
    hits = {hit.at_s for hit in context.constraints.hits} | {cut.at_s for cut in choose(cuts, wish, named)}
    return Change("hits", value=tuple(sorted(hits)), words=text.strip()[:80])


def _only_lands(clause: Clause, languages: Sequence[str]) -> bool:
    """Whether a clause says little more than "on the cut": its other words are then no wishes."""
    raw = clause.text.raw
    return any(
        wish_for_cuts(raw, language, PROMPTS_DIR) and words_beside(raw, language, PROMPTS_DIR) <= FEW_WORDS
        for language in languages
    )


def _listen(clauses: Sequence[Clause], context: Context) -> tuple[list[Change], list[KeepWish]]:
    """Changes and wishes of all clauses, in order, each understood in the light of those before it."""
    asked = [clause for clause in clauses if is_question(clause)]
    action = read_action([clause for clause in clauses if clause not in asked])
    changes: list[Change] = []
    keep: list[KeepWish] = []
    for index, clause in enumerate(clauses):
        if clause in asked or (action is not None and _speaks_of_takes(clause)):
            continue
        context, heard = _hear(clause, context, clauses[index + 1] if index + 1 < len(clauses) else None)
        changes += heard.changes
        keep += heard.keep
    if action is not None:
        changes.insert(0, action)
    elif asked and not changes:
        changes.append(Change("action", value="explain", words=asked[0].text.raw.strip()))
    elif not changes and not keep:
        keep += _left_alone(clauses)
    return settle(changes), list({wish.what: wish for wish in keep}.values())


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
    return (clause.has("action", *FIRST_OF) and not moves) or version_in(clause) is not None


@dataclass(frozen=True)
class Said:
    """What one clause says: changes and wishes."""

    changes: tuple[Change, ...] = ()
    keep: tuple[KeepWish, ...] = ()


def _hear(clause: Clause, context: Context, following: Clause | None) -> tuple[Context, Said]:
    """One clause, and the context for the next."""
    if clause.sentence != context.sentence:
        context = replace(context, where=None, where_alone=False, topic=context.topic if context.sentence >= 0 else "")
    moves = tuple(move for move in moves_in(clause) if not _is_colour(clause, move, context))
    if clause.sentence == context.meant_in:
        # "I meant sad, not slow": what is ruled out was not asked for.
        moves = tuple(move for move in moves if not _is_ruled_out(clause, move))
    where = where_in(clause, context.length_s)
    if where in (None, ALL, "end"):
        where = _thereafter(clause, context) or where
    if isinstance(where, Span):
        context = replace(context, until_s=where.to_s)
    swapped = bool(read_replacements(clause, context, lexicon(clause.text.language, PROMPTS_DIR)).changes)
    if says_to_keep(clause) and not swapped and not any(move.strength == 2 for move in moves):
        wishes, used = read_keep(clause, context, times_in(clause))
        if wishes or not _has_wish(clause):
            named = tuple(name for find, name in context.instruments(clause) if find in used)
            number = clause.sentence
            context = replace(context, sentence=number, parts_sentence=number if named else context.parts_sentence)
            return replace(context, parts=named or context.parts), Said((), tuple(wishes))
        if read_hits(clause, context, keeps=True) == [] and times_in(clause):
            return replace(context, sentence=clause.sentence), Said()
    changes, parts = _named_changes(clause, context, moves)
    moves = _without_pushes(clause, moves, changes, parts)
    where = where or _inherited_where(clause, context, parts, following, moves)
    changes = [_only_there(change, where_in(clause, context.length_s)) for change in changes]
    changes += _moved_changes(clause, context, moves, parts, where, changes)
    changes += _pushed(clause, context, parts, where) if not moves and not changes else []
    return _next(clause, context, changes, parts, where), Said(tuple(changes))


def _is_ruled_out(clause: Clause, move: Move) -> bool:
    return clause.has("negation", "not") and not clause.has("degree", "too", "less", "lack") and move.strength == 1


def _thereafter(clause: Clause, context: Context) -> Span | None:
    """ "After that": from the end of the stretch named last to the end of the cue."""
    if context.until_s is None or not clause.has("time", "thereafter") or context.until_s >= context.length_s:
        return None
    return Span(context.until_s, float(context.length_s))


def _is_colour(clause: Clause, move: Move, context: Context) -> bool:
    """Whether a word only says what a newcomer is like: "add a soft harp", "добавь нежную арфу"."""
    if not clause.has("verbs", "add") or move.mark.value not in ("much", "little", "higher", "lower"):
        return False
    verbs = {(mark.start, mark.end) for mark in clause.find("verbs")}
    degrees = clause.find("degree", "more", "less", "too", "lack")
    if any((mark.start, mark.end) not in verbs and mark.end <= move.mark.start for mark in degrees):
        return False
    for find, name in context.instruments(clause):
        gap = min(abs(find.start - move.mark.end), abs(move.mark.start - find.end))
        if gap <= COLOUR_GAP and name not in context.present:
            return True
    return False


def _without_pushes(
    clause: Clause, moves: tuple[Move, ...], known: Sequence[Change], parts: tuple[str, ...]
) -> tuple[Move, ...]:
    """Without a mere "up" or "down" that a number explains: "bring it up to 124 bpm", "down to -23 LUFS"."""
    exact = {change.field for change in known if change.value is not None}
    if not exact & {"tempo_bpm", "loudness_lufs", "duration_s", "key", "hits"} or parts:
        return moves
    return tuple(move for move in moves if move.quantity not in ("loudness", "register", "tempo", "length"))


def _pushed(clause: Clause, context: Context, parts: tuple[str, ...], where: Where | None) -> list[Change]:
    """ "Raise it at the end", "drums up a bit": a direction alone moves what was moved last, or the level of a part."""
    pushes = clause.find("direction")
    parts = tuple(name for name in parts if name in context.present or name not in context.library.instruments)
    if not pushes or clause.has("negation", "not"):
        return []
    topic = context.topic if context.changed_in == clause.sentence else ""
    field = "loudness" if parts else topic
    if field not in (*PART_FIELDS, *EMOTION_FIELDS) or not (parts or clause.has("speech", "here")):
        return []
    mark = replace(pushes[0], field=field, value="higher" if pushes[0].value == "up" else "lower")
    move = Move(field, 1 if pushes[0].value == "up" else -1, mark, 2)
    return list(changes_of(clause, move, context=context, parts=parts, where=where))


def _only_there(change: Change, where: Where | None) -> Change:
    """An instrument that is to be silent in one place stays in the cue and rests there."""
    local = where is not None and where != ALL
    if change.field != "instruments.include" or len(change.remove) != 1 or change.add or not local:
        return change
    return Change("density", "lower", part=change.remove[0], where=where, amount=2.5, words=change.words)


def _has_wish(clause: Clause) -> bool:
    asked = clause.has("verbs", "add", "remove", "no") or clause.has("hits") or clause.has("loop")
    return bool(clause.quantities) or asked or clause.has("target") or clause.has("mode") or clause.has("styles")


def _named_changes(clause: Clause, context: Context, moves: tuple[Move, ...]) -> tuple[list[Change], tuple[str, ...]]:
    """Changes of names and numbers in a clause, and the parts it speaks of."""
    words = lexicon(clause.text.language, PROMPTS_DIR)
    swapped = read_replacements(clause, context, words)
    part_moves = any(move.quantity in (*PART_FIELDS, "arousal") for move in moves)
    players = read_players(clause, context, free=swapped.used, moved=part_moves)
    used = swapped.used | players.used
    changes = [*swapped.changes, *players.changes]
    changes += read_names(clause, context, used)
    changes += read_tempo_number(clause, context, moves)
    changes += read_length_number(clause, context, moves)
    changes += read_hits(clause, context, keeps=False)
    left = tuple(name for find, name in context.instruments(clause) if find not in used)
    layers = tuple(find.value for find in clause.find("parts", "melody", "chords"))
    named = tuple(dict.fromkeys((*left, *layers))) or swapped.parts
    return changes, named


def _inherited_where(
    clause: Clause, context: Context, parts: tuple[str, ...], following: Clause | None, moves: tuple[Move, ...]
) -> Where | None:
    """The place of the clause before, when this one goes on about it; else that of the next, where it says no more."""
    if context.where is not None and (context.where_alone or not parts):
        return context.where
    if following is None or following.sentence != clause.sentence or not moves:
        return None
    there = where_in(following, context.length_s)
    if there is None or there == ALL or where_in(clause, context.length_s) is not None:
        return None
    same_kind = following.joined and not following.find("instruments") and not following.has("verbs", "add", "remove")
    emotional = all(move.quantity in EMOTION_FIELDS for move in (*moves, *moves_in(following)))
    alone = not _has_wish(following) and not following.find("instruments") and not following.has("verbs", "keep")
    return there if (same_kind and emotional and not parts) or (alone and not says_to_keep(following)) else None


def _moved_changes(
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
    moves = _one_sense(moves, bool(about))
    changes: list[Change] = []
    for move in moves:
        if _is_used_by_name(clause, move, known) or _is_reason(clause, move, context):
            continue
        if clause.has("interval") and move.quantity in ("loudness", "register"):
            continue
        # The energy of the cue is only one player's where that player is named in the same breath.
        subject = _culprits(clause, move, context, parts if move.quantity in EMOTION_FIELDS else about)
        subject = subject or _same_subject(clause, move, context)
        made = changes_of(clause, move, context=context, parts=subject, where=where)
        changes += [
            change
            for change in made
            if change.field not in settled and not (move.strength == 1 and _contradicts(change, clause, context))
        ]
    return changes


def _one_sense(moves: tuple[Move, ...], has_parts: bool) -> tuple[Move, ...]:
    """Of a word that means less loudness and less energy ("más suave"): the level of parts, the energy of the cue."""
    levels = {(move.mark.start, move.mark.end) for move in moves if move.quantity == "loudness"}
    energies = {(move.mark.start, move.mark.end) for move in moves if move.quantity == "arousal"}
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
        and change.field == move.quantity
        and change.sign == move.sign
        and change.part != ALL
        and clause.sentence - context.changed_in <= 1
    )


def _culprits(clause: Clause, move: Move, context: Context, parts: tuple[str, ...]) -> tuple[str, ...]:
    """Of the parts of a complaint, those named before it: "the drums drown the piano" is about the drums."""
    if move.mark.value not in ("too_much", "too_little"):
        return parts
    first = tuple(name for find, name in context.instruments(clause) if find.end <= move.mark.start and name in parts)
    return first or parts


def _is_used_by_name(clause: Clause, move: Move, known: Sequence[Change]) -> bool:
    """Whether a weak word only colours a named change: "add a gentle flute", "bass out"."""
    named = any(change.add or change.remove for change in known)
    return named and move.mark.value in ("much", "little") and not clause.has("degree", "more", "less", "too", "lack")


def _is_reason(clause: Clause, move: Move, context: Context) -> bool:
    """Whether a bare word only says why: "slow it down to 84. Underwater level, should feel floaty"."""
    if move.mark.value in ("too_much", "too_little") and context.changed_in == clause.sentence:
        own = clause.has("where") or clause.find("instruments") or clause.has("parts") or clause.has("speech", "also")
        return not own and not clause.joined and not clause.has("degree", "less", "too")
    stated = clause.has("speech", "judge") and move.mark.value in ("much", "little")
    plain = not clause.has("degree", "more", "less", "too", "lack") and not clause.has("where")
    return stated and plain and bool(context.topic) and not clause.has("negation", "not")


def _inherited_parts(clause: Clause, context: Context) -> tuple[str, ...]:
    """The parts of the clause before, within a sentence or when a pronoun points back to them."""
    if clause.has("parts", "all") or clause.has("where", "all") or clause.has("verbs", "everything"):
        return ()
    goes_on = clause.sentence == context.parts_sentence or clause.has("speech", "here")
    return context.parts if goes_on else ()


def _next(
    clause: Clause, context: Context, changes: Sequence[Change], parts: tuple[str, ...], where: Where | None
) -> Context:
    """The context after a clause."""
    gone = {name for change in changes for name in change.remove}
    came = tuple(name for change in changes if change.field == "instruments.include" for name in change.add)
    stay = tuple(name for name in (parts or came) if name not in gone)
    general = clause.has("parts", "all") or clause.has("where", "all")
    before = () if gone or general else tuple(name for name in context.parts if name not in gone)
    alone = not changes and where is not None
    return replace(
        context,
        parts=stay or before,
        parts_sentence=clause.sentence if stay else context.parts_sentence,
        where=where if where is not None else context.where,
        where_alone=alone or (context.where_alone and where == context.where),
        sentence=clause.sentence,
        changed_in=clause.sentence if changes else context.changed_in,
        topic=changes[-1].field if changes else context.topic,
        changes=tuple(changes) if changes else context.changes,
        meant_in=clause.sentence if clause.has("speech", "meant") else context.meant_in,
    )
