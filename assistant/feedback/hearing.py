"""One clause of a reply: its changes and wishes to keep, and the context that the next clause is heard in.

Conventions: a clause that asks to keep something changes nothing else; names and numbers are read before quantities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.constraints import Span, Where
from assistant.feedback.clauses import Clause
from assistant.feedback.context import ALL, Context
from assistant.feedback.delight import is_delight, praises_tempo
from assistant.feedback.echoes import echoed
from assistant.feedback.hits import hit_named, read_hits
from assistant.feedback.length import read_length_number
from assistant.feedback.lexicon import lexicon
from assistant.feedback.moments import entering, event_s, from_then, leaving, moment_in, taken, without_layers
from assistant.feedback.moving import (
    cures,
    moved_changes,
    pushed,
    sorted_by_force,
    without_pushes,
    without_statements,
)
from assistant.feedback.names import read_names
from assistant.feedback.places import times_in, where_in
from assistant.feedback.players import read_players, read_replacements
from assistant.feedback.quantities import Move, moves_in
from assistant.feedback.staying import read_keep, says_to_keep
from assistant.feedback.steps import TOPICS, moved_by, steps_in
from assistant.feedback.tempo import read_tempo_number
from assistant.feedback.values import EMOTION_FIELDS, PART_FIELDS, RESTS, Change, KeepWish
from assistant.interpret.keys import read_key, read_meter
from assistant.interpret.tempo import read_tempo
from assistant.interpret.words import Found
from assistant.remark import Remark
from assistant.settings import ROOT

PROMPTS_DIR = ROOT / "prompts"
BESIDE = 5
"""Characters between "under" and the name of what it is under."""
EXCEPTED = 6
"""Characters between "except" and whom it spares."""
WHOLE = frozenset({"tempo_bpm", "key", "mode", "meter", "styles", "region"})
"""Fields that hold for the whole cue; "from the start" says just that."""
BESIDE_HIT = 4
"""Characters between a hit and its adjective: "a big hit"."""
INSISTING = 2
"""Sentences after a wish in which it is said again."""
ALONE = 14
"""Letters besides known words in a clause that only says where: "right there at the end"."""
COLOUR_GAP = 6
"""Characters between an adjective and the instrument that it describes."""


@dataclass(frozen=True)
class Said:
    """What one clause says: changes and wishes."""

    changes: tuple[Change, ...] = ()
    keep: tuple[KeepWish, ...] = ()
    cured: tuple[Change, ...] = ()
    """Complaints of the clause before that this clause makes a wish of: they fall away."""
    remarks: tuple[Remark, ...] = ()


def hear(clause: Clause, context: Context, following: Clause | None) -> tuple[Context, Said]:
    """One clause, and the context for the next."""
    if clause.sentence != context.sentence:
        context = replace(context, where=None, where_alone=False, topic=context.topic if context.sentence >= 0 else "")
    moves = tuple(move for move in moves_in(clause) if not _is_colour(clause, move, context))
    moves = tuple(move for move in moves if not is_delight(clause, move, context))
    moves = tuple(_under_speech(clause, move) for move in moves)
    if clause.sentence == context.meant_in:
        # "I meant sad, not slow": what is ruled out was not asked for.
        moves = tuple(move for move in moves if not _is_ruled_out(clause, move))
    where = where_in(clause, context.length_s)
    if where in (None, ALL, "end"):
        where = _thereafter(clause, context) or where
    if isinstance(where, Span):
        context = replace(context, from_s=where.from_s, until_s=where.to_s)
    swapped = bool(read_replacements(clause, context, lexicon(clause.text.language, PROMPTS_DIR)).changes)
    kept = says_to_keep(clause) and not _makes(clause, context, moves)
    if kept and not swapped and not any(move.strength == 2 for move in moves):
        wishes, used = read_keep(clause, context, times_in(clause))
        if wishes or not _has_wish(clause):
            named = tuple(name for find, name in context.instruments(clause) if find in used)
            number = clause.sentence
            context = replace(context, sentence=number, parts_sentence=number if named else context.parts_sentence)
            times = times_in(clause)
            context = replace(context, moment_s=times[0] if len(times) == 1 else context.moment_s)
            return replace(context, parts=named or context.parts, kept_in=number, has_just_kept=True), Said(
                (), tuple(wishes)
            )
        if read_hits(clause, context, keeps=True) == [] and times_in(clause):
            return replace(context, sentence=clause.sentence, moment_s=times_in(clause)[-1]), Said()
    if entered := entering(clause, context):
        names = tuple(change.part for change in entered if change.part is not None)
        return _next(clause, context, entered, names, None), Said(tuple(entered))
    if left := leaving(clause, context):  # what is said next is not of those who are gone
        return _next(clause, context, left, (ALL,), None), Said(tuple(left))
    if (struck := read_event(clause, context)) is not None:
        return replace(context, sentence=clause.sentence), struck
    if (again := echoed(clause, following, context, moves)) is not None:
        names = tuple(name for _, name in context.instruments(clause))
        context = replace(context, sentence=clause.sentence, changed_in=clause.sentence)
        return replace(context, parts=names or context.parts, parts_sentence=clause.sentence), Said(*again)
    changes, parts = _named_changes(clause, context, moves)
    if silent := without_layers(clause, where):
        changes += silent
        parts = tuple(part for part in parts if part not in {change.part for change in silent}) or (ALL,)
    steps = steps_in(clause)
    bounds: list[Remark] = []
    if steps is not None:
        moves, changes = (), [change for change in changes if change.field not in TOPICS]
        stepped, bounds = moved_by(steps, clause, context, parts, where)
        changes += stepped
    moves = without_pushes(clause, moves, changes, parts)
    if any(change.field == "key" for change in changes):
        moves = tuple(move for move in moves if not _is_of_key(clause, move))
    if any(change.field == "colour" for change in changes) and not parts:
        # "Tone the Turkish flavour down": the word for less is no wish for volume.
        moves = tuple(move for move in moves if move.quantity not in PART_FIELDS)
    if any(change.field == "hits" for change in changes):
        # "A slam at 14 s, hit it there": the words for the hit are no wish for energy.
        moves = tuple(move for move in moves if not _is_hit_word(clause, move))
    remark = None
    if where is None and moves and not {change.field for change in changes} & {"duration_s", "hits"}:
        where, remark = moment_in(clause, context)
    where = where or _inherited_where(clause, context, parts, following, moves)
    here = where_in(clause, context.length_s)
    if here is None and not any(change.field == "hits" for change in changes):
        here = from_then(clause, context)
    changes = [local for change in changes for local in _only_there(change, here, context)]
    changes += moved_changes(clause, context, moves, parts, where, changes)
    if where_in(clause, context.length_s) is None:
        changes = [_insisted(change, clause, context) for change in changes]
    changes += pushed(clause, context, parts, where) if not moves and not changes else []
    changes, stated, told = without_statements(clause, moves, changes, context)
    changes, cured = cures(clause, context, changes)
    cured = (*cured, *told)
    context, changes, fallen = sorted_by_force(moves, changes, context)
    remarks = [*([remark] if remark else []), *bounds, *_bounds_of(clause, changes, here)]
    cured = (*cured, *fallen)
    complained = clause.sentence if moves and all(move.strength == 1 for move in moves) else -1
    context = replace(_next(clause, context, changes, parts, where), complained_in=complained, stated=stated)
    return context, Said(tuple(changes), cured=cured, remarks=tuple(remarks))


def _bounds_of(clause: Clause, changes: Sequence[Change], here: Where | None) -> list[Remark]:
    """What must be said of the changes: a value that was brought into range, a place that a wish can't be held to."""
    fields = {change.field for change in changes}
    stated = read_tempo(clause.text) if "tempo_bpm" in fields else None
    meter = read_meter(clause.text) if "meter" in fields else None
    remarks = [*(stated.remarks if stated else ()), *(meter.remarks if meter else ())]
    if fields & WHOLE and here not in (None, ALL, "start"):
        remarks.append(Remark.of("feedback_whole_cue"))
    return remarks


def _makes(clause: Clause, context: Context, moves: tuple[Move, ...]) -> bool:
    """Whether the word for "keep" means "make", as a number follows that is not so now: "خلي السرعة 120"."""
    wishes = {(mark.start, mark.end) for mark in (*clause.find("length", "only"), *clause.find("speech", "wish"))}
    kept = clause.find("verbs", "keep")
    if not kept or any((mark.start, mark.end) not in wishes for mark in kept):
        return False
    now = (context.constraints.tempo_bpm, context.length_s)
    made = [*read_tempo_number(clause, context, moves), *read_length_number(clause, context, moves)]
    return any(change.value not in now for change in made)


def read_event(clause: Clause, context: Context) -> Said | None:
    """ "A hit when the door opens": at the one moment that it can be, else a question for its time."""
    asks = clause.has("hits", "add", "stop", "reveal", "swell") and not clause.has("verbs", "remove", "no", "keep")
    if not asks or not clause.has("aside", "event") or times_in(clause) or clause.quantities:
        return None
    have = {hit.at_s for hit in context.constraints.hits}
    at_s = event_s(replace(context, constraints=replace(context.constraints, hits=())))
    if at_s is None:
        return Said(remarks=(Remark.of("feedback_moment_unknown"),))
    kind = next((mark.value for mark in clause.find("hits", "stop", "reveal", "swell")), "hit")
    change = Change("hits", value=tuple(sorted({*have, at_s})), kind=kind, words=clause.text.raw.strip())
    return Said((change,), remarks=(taken(at_s),))


def _is_of_key(clause: Clause, move: Move) -> bool:
    """Whether a word belongs to the name of a key: "sol maior" is no wish for anything bigger."""
    key = read_key(clause.text)
    return key is not None and key.evidence.start <= clause.text.folded.origin[move.mark.start] < key.evidence.end


def _is_hit_word(clause: Clause, move: Move) -> bool:
    return any(
        mark.start < move.mark.end + BESIDE_HIT and move.mark.start < mark.end + BESIDE_HIT
        for mark in clause.find("hits")
    )


def _is_ruled_out(clause: Clause, move: Move) -> bool:
    refused = clause.before(move.mark, "negation", "not", within=60)
    if refused is not None and clause.before(move.mark, "speech", "meant"):
        # "No no I meant sad": what stands before those words refuses what was understood.
        refused = refused if any(mark.end <= refused.start for mark in clause.find("speech", "meant")) else None
    if refused is not None and not clause.has("degree", "too", "less", "lack"):
        return True  # "I wasn't talking about the number of notes."
    return clause.has("negation", "not") and not clause.has("degree", "too", "less", "lack") and move.strength == 1


def _thereafter(clause: Clause, context: Context) -> Span | None:
    """ "After that": from the end of the stretch named last to the end of the cue."""
    if context.until_s is None or context.until_s >= context.length_s:
        return None
    rest = (
        context.from_s == 0
        and context.kept_in >= clause.sentence - 1
        and clause.has("verbs", "rest")
        and not says_to_keep(clause)
    )
    if not clause.has("time", "thereafter") and not rest:
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


def _insisted(change: Change, clause: Clause, context: Context) -> Change:
    """ "A huge ending! Like, HUGE": a wish said again is about the same place."""
    if change.to is None or change.part not in (None, ALL) or clause.sentence - context.changed_in > INSISTING:
        return change
    for item in context.changes:
        same = (item.field, item.to) == (change.field, change.to) and item.part in (None, ALL)
        if same and item.where not in (None, ALL):
            return replace(change, where=item.where)
    return change


def _only_there(change: Change, where: Where | None, context: Context) -> list[Change]:
    """Who is to be silent in one place stays in the cue and rests there; who comes in one place plays there alone."""
    if not change.field.startswith("instruments") or where is None or where == ALL:
        return [change]
    gone = change.remove if change.field == "instruments.include" else change.add
    if change.add and change.field == "instruments.include":
        return [change if set(change.add) & set(context.sounding) else replace(change, where=where)]
    return [
        Change("density", "lower", part=name, where=where, amount=RESTS, members=change.members, words=change.words)
        for name in gone
    ] or [change]


def _has_wish(clause: Clause) -> bool:
    asked = clause.has("verbs", "add", "remove", "no") or clause.has("hits") or clause.has("loop")
    return bool(clause.quantities) or asked or clause.has("target") or clause.has("mode") or clause.has("styles")


def _others_than(names: tuple[str, ...], clause: Clause, context: Context) -> tuple[str, ...]:
    """Who is meant where the named ones are excepted: "everything louder except the drums"; else the named ones."""
    spared = {
        name for find, name in context.instruments(clause) if clause.before(find, "verbs", "except", within=EXCEPTED)
    }
    return tuple(sorted(context.present - spared)) if names and spared.issuperset(names) else names


def _named_changes(clause: Clause, context: Context, moves: tuple[Move, ...]) -> tuple[list[Change], tuple[str, ...]]:
    """Changes of names and numbers in a clause, and the parts it speaks of."""
    words = lexicon(clause.text.language, PROMPTS_DIR)
    swapped = read_replacements(clause, context, words)
    part_moves = any(move.quantity in (*PART_FIELDS, "arousal") for move in moves)
    players = read_players(clause, context, free=swapped.used, moved=part_moves)
    used = swapped.used | players.used
    changes = [*swapped.changes, *players.changes]
    changes += read_names(clause, context, used)
    hits = read_hits(clause, context, keeps=False)
    changes += read_tempo_number(clause, context, moves) if not hits or clause.text.find("units", "bpm") else []
    changes += hits or read_length_number(clause, context, moves)
    left = tuple(
        name
        for find, name in context.instruments(clause)
        if find not in used and not _is_reference(clause, find, name in context.present)
    )
    left = _others_than(left, clause, context)
    layers = tuple(find.value for find in clause.find("parts", "melody", "chords"))
    named = tuple(dict.fromkeys((*left, *layers))) or swapped.parts
    return changes, named


def _under_speech(clause: Clause, move: Move) -> Move:
    """ "The voiceover is hard to hear": the music is what is turned down."""
    unheard = move.quantity == "loudness" and move.mark.value == "too_little" and not clause.find("instruments")
    return replace(move, sign=-1) if unheard and clause.has("aside", "speaker") else move


def _is_reference(clause: Clause, find: Found, plays: bool) -> bool:
    """Whether a name only says where another is: "tuck the guitar under the piano", "too loud under the voice"."""
    beside = clause.before(find, "aside", "beside", within=BESIDE)
    spoken = find.value == "voice" and not plays
    return beside is not None and (spoken or any(item.end <= beside.start for item in clause.find("instruments")))


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
    alone = (
        _unknown_letters(following) <= ALONE
        and not _has_wish(following)
        and not following.find("instruments")
        and not following.has("verbs", "keep")
    )
    return there if (same_kind and emotional and not parts) or (alone and not says_to_keep(following)) else None


def _unknown_letters(clause: Clause) -> int:
    known = {place for mark in clause.marks for place in range(mark.start, mark.end)}
    return sum(char.isalpha() for place, char in enumerate(clause.plain) if place not in known)


def _next(
    clause: Clause, context: Context, changes: Sequence[Change], parts: tuple[str, ...], where: Where | None
) -> Context:
    """The context after a clause."""
    gone = {name for change in changes for name in change.remove}
    came = tuple(name for change in changes if change.field == "instruments.include" for name in change.add)
    stay = tuple(name for name in (parts or came) if name not in gone)
    hits = next((change.value for change in changes if change.field == "hits"), None)
    named_hit = hit_named(clause, context) if not changes else None
    times = times_in(clause)
    general = clause.has("parts", "all") or clause.has("where", "all")
    before = () if gone or general else tuple(name for name in context.parts if name not in gone)
    alone = not changes and where is not None
    return replace(
        context,
        parts=stay or before,
        gone=tuple(sorted(gone)) or context.gone,
        parts_sentence=clause.sentence if stay else context.parts_sentence,
        where=where if where is not None else context.where,
        where_alone=alone or (context.where_alone and where == context.where),
        sentence=clause.sentence,
        has_just_kept=False,
        praised="tempo" if praises_tempo(clause) else context.praised,
        praised_in=clause.sentence if praises_tempo(clause) else context.praised_in,
        changed_in=clause.sentence if changes else context.changed_in,
        topic=changes[-1].field if changes else "hits" if named_hit is not None else context.topic,
        hits_s=hits if isinstance(hits, tuple) else context.hits_s,
        moment_s=named_hit if named_hit is not None else times[0] if len(times) == 1 else context.moment_s,
        changes=tuple(changes) if changes else context.changes,
        meant_in=clause.sentence if clause.has("speech", "meant") else context.meant_in,
    )
