"""Who plays: what a clause adds, removes, bans, allows or puts in another's place; styles the same way.

Conventions: an instrument that is there and must go is removed from what is included, one that is not there is banned;
asking for a banned one lifts the ban. A family goes with its members.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.feedback.clauses import Clause, with_slots
from assistant.feedback.context import ALL, Context, Heard
from assistant.feedback.lexicon import SLOT, Lexicon
from assistant.feedback.places import where_in
from assistant.feedback.quantities import PLAIN
from assistant.feedback.senses import IN, LESS, MORE, OUT, sense_of
from assistant.feedback.values import RESTS, Change
from assistant.interpret.numbers import find_numbers
from assistant.interpret.words import Found

ALONE = 10
"""Letters besides known words in a clause that says who plays alone."""


def read_replacements(clause: Clause, context: Context, words: Lexicon) -> Heard:
    """ "A instead of B" as A removed and B added."""
    things = {
        find.start: (find, context.instrument(find) if find.field == "instruments" else find.value)
        for find in sorted(clause.marks, key=lambda mark: mark.field == "instruments")
        if find.field in ("instruments", "styles") and find.value != "all"
    }
    pronoun = next(iter(clause.find("speech", "here")), None)
    before = context.parts or context.gone
    if len(things) == 1 and pronoun is not None and len(before) == 1:
        things[pronoun.start] = (replace(pronoun, field="instruments"), before[0])
    if len(things) < 2:
        return Heard()
    text, starts = with_slots(clause.plain, [find for find, _ in things.values()])
    for pattern in words.replacements:
        if match := pattern.search(text):
            old = [things[starts[place]] for place in _slots(text, *match.span("A"))]
            new = [things[starts[place]] for place in _slots(text, *match.span("B"))]
            if not old or not new or {name for _, name in old} == {name for _, name in new}:
                continue
            if _moved_between(clause, [find for find, _ in (*old, *new)]) or _is_backward(old, new, context):
                continue
            there = [name for f, name in old if f.field == "instruments" and context.is_there(name)]
            changes = [*_out(there, context, clause, banning=False)]
            changes += _in([name for f, name in new if f.field == "instruments"], context, clause)
            changes += style_changes(
                [name for f, name in new if f.field == "styles"],
                [name for f, name in old if f.field == "styles"],
                context,
                clause,
            )
            used = [find for find, _ in (*old, *new)]
            return Heard(parts=tuple(name for _, name in new)).plus(changes, used=used)
    return Heard()


def _is_backward(old: Sequence[tuple[Found, str]], new: Sequence[tuple[Found, str]], context: Context) -> bool:
    """Whether what would go is not there and what would come plays already."""
    players = [*old, *new]
    if any(find.field != "instruments" for find, _ in players):
        return False
    return not any(context.is_there(name) for _, name in old) and all(context.is_there(name) for _, name in new)


def _moved_between(clause: Clause, finds: Sequence[Found]) -> bool:
    """Whether a quantity moves between two names: "could the strings be softer and the piano louder"."""
    first, last = min(find.end for find in finds), max(find.start for find in finds)
    movers = [mark for mark in clause.quantities if mark.value in ("higher", "lower")]
    return any(first <= mark.start and mark.end <= last for mark in movers)


def _slots(text: str, start: int, end: int) -> list[int]:
    return [place for place in range(start, end) if text[place] == SLOT]


def read_players(clause: Clause, context: Context, *, free: frozenset[Found], moved: bool) -> Heard:
    """What a clause says about who plays.

    Parameters
    ----------
    clause : Clause
    context : Context
    free : frozenset of Found
        Names that are already understood and not to be read again.
    moved : bool
        Whether the clause moves a quantity; then its names are what it moves, unless a verb stands right at them.
    """
    named = [(find, name) for find, name in context.instruments(clause) if find not in free]
    if not named:
        return _pronoun(clause, context, moved)
    if clause.has("verbs", "except") and clause.has("verbs", "remove", "no", "out", "out_end"):
        spared = {name for _, name in named}
        rest = [name for name in context.constraints.instruments.include if name not in spared]
        return Heard().plus(_out(rest, context, clause, banning=False), used=[find for find, _ in named])
    if not moved and _is_alone(clause):
        return _alone(clause, context, named)
    groups: dict[str, list[str]] = {IN: [], OUT: [], MORE: [], LESS: []}
    banning = clause.has("verbs", "ban")
    last = ""
    for find, name in named:
        sense = sense_of(clause, find, name, context, moved) or (last if _is_listed(clause, find, named) else "")
        if sense == MORE and name in context.gone and clause.has("verbs", "add", "back"):
            sense = IN  # "No piano. Oh well, add the piano."
        last = sense
        if sense == IN and find.field == "instruments" and find.value in context.library.instruments:
            name = find.value  # What is asked for is what was named, not what plays under a like name.
        if sense:
            groups[sense].append(name)
    changes = _out(groups[OUT], context, clause, banning=banning)
    if clause.has("verbs", "allow") and not moved and not groups[OUT]:
        groups[IN] += [name for _, name in named if name not in groups[IN]]
    changes += _in(groups[IN], context, clause)
    where = where_in(clause, context.length_s)
    for name in (*groups[MORE], *groups[LESS]):
        changes.append(
            Change(
                "loudness",
                "higher" if name in groups[MORE] else "lower",
                part=name,
                where=None if where == ALL else where,
                members=context.members(name),
                words=clause.text.raw.strip(),
            )
        )
    used = [find for find, name in named if any(name in names for names in groups.values())]
    return Heard().plus(changes, used=used)


def _is_alone(clause: Clause) -> bool:
    """Whether a clause names who is to play alone, and little else: "only drums", "just piano and strings"."""
    only = clause.find("verbs", "only")
    others = clause.has("verbs", "remove", "no", "keep", "out", "allow", "change")
    others = others or any(mark.value in PLAIN for mark in clause.quantities)
    tables = ("speech", "where", "time", "instruments", "parts", "praise")
    marks = [*only, *clause.find("verbs", "add"), *(mark for name in tables for mark in clause.find(name))]
    known = {place for mark in marks for place in range(mark.start, mark.end)}
    rest = sum(char.isalpha() for place, char in enumerate(clause.plain) if place not in known)
    free = not clause.has("hits") and not clause.has("degree") and not clause.has("direction")
    free = free and not clause.has("negation") and not find_numbers(clause.text)
    return bool(only) and not others and free and not clause.is_question and rest <= ALONE


def _alone(clause: Clause, context: Context, named: Sequence[tuple[Found, str]]) -> Heard:
    """Everyone else out; in a place that is named they only rest."""
    spared = {item for _, name in named for item in (name, *context.members(name))}
    playing = dict.fromkeys((*context.constraints.instruments.include, *context.sounding))
    rest = [name for name in playing if name not in spared]
    where, words = where_in(clause, context.length_s), clause.text.raw.strip()
    changes = _in([name for _, name in named if not context.is_there(name)], context, clause)
    if where is None or where == "all":
        changes += _out(rest, context, clause, banning=False)
    else:
        changes += [Change("density", "lower", part=name, where=where, amount=RESTS, words=words) for name in rest]
    return Heard().plus(changes, used=[find for find, _ in named])


def _is_listed(clause: Clause, find: Found, named: Sequence[tuple[Found, str]]) -> bool:
    """Whether an instrument follows another one in a list."""
    previous = [item for item, _ in named if item.end <= find.start]
    return bool(previous) and find.start - previous[-1].end <= 14


def _pronoun(clause: Clause, context: Context, moved: bool) -> Heard:
    """ "Bin it", "去掉": a verb without a name goes on about what was named last."""
    if clause.has("verbs", "everything") and clause.has("verbs", "remove", "no") and context.parts and not moved:
        rest = [name for name in context.constraints.instruments.include if name not in context.parts]
        return Heard().plus(_out(rest, context, clause, banning=False))
    if moved or not context.parts or clause.has("verbs", "keep") or context.sentence < 0:
        return Heard()
    names = [part for part in context.parts if part in context.library.instruments or context.members(part)]
    out = clause.find("verbs", "remove") or (_is_all_verb(clause, "out", "no") and clause.find("verbs", "out", "no"))
    others = [mark for mark in clause.marks if mark.field in ("styles", "places", "action", "hits", "loop", "parts")]
    refused = [mark for mark in clause.find("negation", "not") if not _is_all_verb(clause, "no")]
    others = [mark for mark in others if mark.field != "action" or not mark.value.startswith("ask")]
    if names and out and not others and not refused:
        return Heard().plus(_out(names, context, clause, banning=False))
    missing = [name for name in names if name not in context.present]
    if missing and clause.has("verbs", "back") and clause.has("speech", "here") and not out:
        return replace(Heard(parts=tuple(missing)), changes=tuple(_in(missing, context, clause)))
    return Heard()


def _is_all_verb(clause: Clause, *keys: str) -> bool:
    """Whether a clause is one verb and nothing besides: "the sax is killing me. out."."""
    known = {place for verb in clause.find("verbs", *keys, "only") for place in range(verb.start, verb.end)}
    return bool(known) and not any(char.isalnum() for at, char in enumerate(clause.plain) if at not in known)


def going(names: Sequence[str], context: Context, clause: Clause) -> list[Change]:
    """Instruments that go as those before them did."""
    return _out(names, context, clause, banning=False)


def _out(names: Sequence[str], context: Context, clause: Clause, *, banning: bool) -> list[Change]:
    """Instruments that go: removed where they are there, banned where they are not."""
    include, words = context.constraints.instruments.include, clause.text.raw.strip()
    gone: list[str] = []
    banned: list[str] = []
    for name in dict.fromkeys(names):
        members = context.members(name)
        there = [item for item in (name, *members) if item in include]
        heard = [item for item in (name, *members) if item in context.sounding]
        if there or heard:
            gone += there or ([name] if name in heard or not heard else heard)
        elif name not in context.constraints.instruments.exclude:
            banned.append(name)
    changes = []
    for field, items in (("instruments.include", gone), ("instruments.exclude", banned)):
        if not items:
            continue
        members = tuple(dict.fromkeys(item for name in names for item in context.members(name) if item not in items))
        ids = tuple(dict.fromkeys(items))
        if field == "instruments.include":
            changes.append(Change(field, remove=ids, members=members, words=words))
        else:
            changes.append(Change(field, add=ids, members=members, words=words))
    return changes


def _in(names: Sequence[str], context: Context, clause: Clause) -> list[Change]:
    """Instruments that come: a ban on them is lifted, and they are asked for."""
    have, words = context.constraints.instruments, clause.text.raw.strip()
    new = tuple(name for name in dict.fromkeys(names) if name not in have.include or name in context.gone)
    freed = tuple(name for name in dict.fromkeys(names) if name in have.exclude)
    changes = [Change("instruments.exclude", remove=freed, words=words)] if freed else []
    return changes + ([Change("instruments.include", add=new, words=words)] if new else [])


def style_changes(new: Sequence[str], old: Sequence[str], context: Context, clause: Clause) -> list[Change]:
    """Styles that come and go; a style that is there already does not come again."""
    have, words = context.constraints.styles, clause.text.raw.strip()
    add = tuple(name for style in new for name in style.split("+") if name not in have)
    gone = tuple(name for style in old for name in style.split("+") if name in have)
    changes = [Change("styles", remove=tuple(dict.fromkeys(gone)), words=words)] if gone else []
    return changes + ([Change("styles", add=tuple(dict.fromkeys(add)), words=words)] if add else [])
