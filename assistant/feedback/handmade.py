"""Changes made by hand: plain values of a card or a time line, checked, as the changes that a reply would ask for.

Conventions: an `Edit` names a field and its new value. The fields are those of `EDITORS` and `PLACED`: a number, an id,
a list of times in seconds, an arc as (at, valence, arousal); ``instruments.add``, ``.remove`` and ``.allow`` take ids;
``hits[1]`` is the time of the second hit, ``hits.add`` that of a new one; ``adjust[2]`` is the amount of the third wish
for a part; ``arc.arousal`` and ``arc.valence`` are curves drawn freely as (at, value). None takes a wish back. What is
illegal raises `InputError`; nothing is clamped, for a hand can see what it does. Ranges are those of
`assistant.feedback.limits`. `assistant.feedback.handwords` says what was done.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assistant.brief import Brief, Edit, Given
from assistant.constraints import USES, Constraints
from assistant.errors import InputError
from assistant.feedback import limits
from assistant.feedback.drawn import arc_from, redrawn
from assistant.feedback.values import Change, Reply
from assistant.interpret.keys import METERS
from assistant.interpret.tempo import SPREAD_BPM
from assistant.library import Library
from assistant.library.catalogue import find
from assistant.plan.keys import parse_key
from assistant.session import TakeRecord

LARGEST = 1e9
"""No number of a card comes near this one."""
SAME_S = 0.0006
"""Times nearer than this are one: a page writes milliseconds."""


@dataclass(frozen=True)
class Desk:
    """What an edit is checked against: the take that lies there, and the ids that there are."""

    asked: Constraints
    length_s: float
    library: Library


Editor = Callable[[Given, Desk], Change | None]


def edit_of(field: object, value: object) -> Edit:
    """An edit from what a page or a program sent: lists become tuples, everything else must be plain.

    Raises
    ------
    InputError
        If the field is unknown or the value is neither a word, a number, a list of them, nor a list of points.

    Examples
    --------
    >>> edit_of("hits", [3, 4.5])
    Edit(field='hits', value=(3.0, 4.5))
    """
    if not isinstance(field, str):
        raise InputError(f"change of {field!r:.60}", LEGAL_FIELDS, "choose one of these")
    _editor(field)
    if value is None or isinstance(value, bool | str):
        return Edit(field, value[:80] if isinstance(value, str) else value)
    if _is_number(value):
        return Edit(field, float(value))  # type: ignore[arg-type]
    if isinstance(value, list | tuple) and len(value) <= 400:
        if all(isinstance(item, str) for item in value):
            return Edit(field, tuple(str(item)[:80] for item in value))
        if all(_is_number(item) for item in value):
            return Edit(field, tuple(float(item) for item in value))
        if all(isinstance(item, list | tuple) and 2 <= len(item) <= 3 and all(map(_is_number, item)) for item in value):
            return Edit(field, tuple(tuple(float(number) for number in item) for item in value))
    raise InputError(f"{field} {value!r:.60}", "a word, a number, a list of them, or of points", "send one of these")


def reply_by_hand(brief: Brief, take: TakeRecord, library: Library) -> Reply:
    """What the edits of a brief ask of a take, as a reply that names just that.

    Raises
    ------
    InputError
        What was given, the legal form, and the cure.
    """
    changes = changes_by_hand(brief.edits, Desk(take.constraints, take.plan.length_s, library))
    return Reply(changes, language=brief.language or take.constraints.language)


def changes_by_hand(edits: tuple[Edit, ...], desk: Desk) -> tuple[Change, ...]:
    """The changes that edits ask for; none for what is so already."""
    changes = (_editor(edit.field)(edit.value, desk) for edit in edits)
    return tuple(change for change in changes if change is not None)


def _editor(field: str) -> Editor:
    """Who checks a field; one with a place in a list needs the place, and no other has one."""
    base = _base(field)
    if field in EDITORS:
        return EDITORS[field]
    if base != field and base in PLACED:
        place = int(field[len(base) + 1 : -1])
        return lambda value, desk: PLACED[base](place, value, desk)
    raise InputError(f"change of {field!r:.60}", LEGAL_FIELDS, "choose one of these")


def _base(field: str) -> str:
    """A field without its place in a list."""
    return re.sub(r"\[\d{1,3}\]$", "", field)


def _is_number(value: object) -> bool:
    """Whether something is a number that a person could mean: neither NaN nor beyond all measure."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST


def _number(name: str, value: Given, legal: tuple[float, float], unit: str) -> float:
    """A number within its limits."""
    if not _is_number(value) or not legal[0] <= value <= legal[1]:  # type: ignore[operator]
        given = f"{value:g}" if _is_number(value) else repr(value)[:40]
        raise InputError(f"{name} {given}", f"{legal[0]:g} to {legal[1]:g} {unit}".strip(), "bring it into range")
    return float(value)  # type: ignore[arg-type]


def _ids(value: Given) -> tuple[str, ...]:
    """One id or several."""
    given = (value,) if isinstance(value, str) else value
    if not isinstance(given, tuple) or not given or not all(isinstance(item, str) for item in given):
        raise InputError(f"ids {value!r:.60}", "an id or a list of ids", "choose from the list")
    return tuple(dict.fromkeys(str(item) for item in given))


def _length(value: Given, desk: Desk) -> Change | None:
    if value is None:
        return Change("duration_s") if desk.asked.duration_s is not None else None
    seconds = round(_number("length", value, limits.LENGTH_S, "s"), 3)
    return None if seconds == desk.asked.duration_s else Change("duration_s", value=seconds)


def _tempo(value: Given, desk: Desk) -> Change | None:
    """One number is asked as a reply asks it: with two beats a minute to either side."""
    if value is None:
        return Change("tempo_bpm") if desk.asked.tempo_bpm is not None else None
    bpm = round(_number("tempo", value, limits.TEMPO_BPM, "BPM"), 1)
    low, high = (
        min(max(each, limits.TEMPO_BPM[0]), limits.TEMPO_BPM[1]) for each in (bpm - SPREAD_BPM, bpm + SPREAD_BPM)
    )
    return None if (low, high) == desk.asked.tempo_bpm else Change("tempo_bpm", value=(low, high))


def _key(value: Given, desk: Desk) -> Change | None:
    if value is None:
        return Change("key") if desk.asked.key is not None else None
    name = parse_key(str(value), desk.library.modes).name
    return None if name == desk.asked.key else Change("key", value=name)


def _meter(value: Given, desk: Desk) -> Change | None:
    if value is not None and value not in METERS:
        raise InputError(f"metre {value!r:.40}", ", ".join(METERS), "choose one of these")
    return None if value == desk.asked.meter else Change("meter", value=None if value is None else str(value))


def _region(value: Given, desk: Desk) -> Change | None:
    name = None if value is None else str(value)
    if name is not None:
        desk.library.region(name)
    return None if name == desk.asked.region else Change("region", value=name)


def _use(value: Given, desk: Desk) -> Change | None:
    name = "other" if value is None else str(value)
    if name not in USES:
        raise InputError(f"use {value!r:.40}", ", ".join(USES), "choose one of these")
    return None if name == desk.asked.use else Change("use", value=name)


def _styles(value: Given, desk: Desk) -> Change | None:
    """The styles that are wanted now, the leading one first; None for none."""
    names = () if value is None else _ids(value)
    for name in names:
        desk.library.style(name)
    if names == desk.asked.styles:
        return None
    return Change("styles", add=names, remove=tuple(name for name in desk.asked.styles if name not in names))


def _loop(value: Given, desk: Desk) -> Change | None:
    if not isinstance(value, bool):
        raise InputError(f"loop {value!r:.40}", "true or false", "send one of these")
    return None if value == desk.asked.loop else Change("loop", value=value)


def _loudness(value: Given, desk: Desk) -> Change | None:
    if value is None:
        return Change("loudness_lufs") if desk.asked.loudness_lufs is not None else None
    lufs = round(_number("loudness", value, limits.LOUDNESS_LUFS, "LUFS"), 1)
    return None if lufs == desk.asked.loudness_lufs else Change("loudness_lufs", value=lufs)


def _known(value: Given, desk: Desk) -> tuple[str, ...]:
    """Ids of instruments or families."""
    names = _ids(value)
    for name in names:
        find("instrument", name, {**desk.library.instruments, **desk.library.families})
    return names


def _add(value: Given, desk: Desk) -> Change | None:
    new = tuple(name for name in _known(value, desk) if name not in desk.asked.instruments.include)
    return Change("instruments.include", add=new) if new else None


def _remove(value: Given, desk: Desk) -> Change | None:
    gone = tuple(name for name in _known(value, desk) if name not in desk.asked.instruments.exclude)
    members = (item for name in gone for item in desk.library.family_members(name))
    others = tuple(dict.fromkeys(item for item in members if item not in gone))
    return Change("instruments.include", remove=gone, members=others) if gone else None


def _allow(value: Given, desk: Desk) -> Change | None:
    """What was ruled out may play again."""
    freed = tuple(name for name in _ids(value) if name in desk.asked.instruments.exclude)
    return Change("instruments.exclude", remove=freed) if freed else None


def _hits(value: Given, desk: Desk) -> Change | None:
    """All hits that are wanted now, in seconds; one that moved stays of its kind."""
    given = () if value is None else value
    if not isinstance(given, tuple) or not all(_is_number(at_s) for at_s in given) or len(given) > limits.MOST_HITS:
        raise InputError(f"hits {value!r:.60}", f"at most {limits.MOST_HITS} times in seconds", "correct the list")
    known = [hit.at_s for hit in desk.asked.hits]
    times = []
    for at_s in given:
        seconds = _number("hit at", at_s, (0.0, desk.length_s), "s")  # type: ignore[arg-type]
        near = min(known, key=lambda old: abs(old - seconds), default=math.inf)
        times.append(near if abs(near - seconds) < SAME_S else round(seconds, 3))
    wanted = tuple(sorted(set(times)))
    if wanted == tuple(sorted(known)):
        return None
    gone = [hit for hit in desk.asked.hits if hit.at_s not in wanted]
    return Change("hits", value=wanted, kind=gone[0].kind if len(gone) == 1 else None)


def _one_hit(place: int, value: Given, desk: Desk) -> Change | None:
    """Another time for one hit; None takes it away."""
    hits = [hit.at_s for hit in desk.asked.hits]
    if place >= len(hits):
        raise InputError(f"hit {place + 1}", f"1 to {len(hits)}", "choose one that is there")
    others = [at_s for index, at_s in enumerate(hits) if index != place]
    return _hits(tuple(others) if value is None else (*others, value), desk)  # type: ignore[arg-type]


def _new_hit(value: Given, desk: Desk) -> Change | None:
    return _hits((*(hit.at_s for hit in desk.asked.hits), value), desk)  # type: ignore[arg-type]


def _arc(value: Given, desk: Desk) -> Change | None:
    """The whole arc, in triples."""
    arc = arc_from(value)
    return None if arc == desk.asked.arc else Change("arc", arc=arc)


def _arousal(value: Given, desk: Desk) -> Change | None:
    return Change("arc", arc=redrawn(desk.asked, "arousal", value))


def _valence(value: Given, desk: Desk) -> Change | None:
    return Change("arc", arc=redrawn(desk.asked, "valence", value))


def _adjusted(place: int, value: Given, desk: Desk) -> Change | None:
    """Another amount for a wish about a part; 0 or None takes it back."""
    if place >= len(desk.asked.adjust):
        given = f"wish {place + 1} for a part"
        raise InputError(given, f"1 to {len(desk.asked.adjust)}", "choose one that is there")
    wish = desk.asked.adjust[place]
    amount = 0.0 if value is None else round(_number("amount", value, limits.PART, ""), 2)
    if amount == wish.amount:
        return None
    to = "higher" if amount > wish.amount else "lower"
    return Change(wish.field, to, value=amount, part=wish.part, where=wish.where)  # type: ignore[arg-type]


EDITORS: Mapping[str, Editor] = {
    "duration_s": _length,
    "use": _use,
    "styles": _styles,
    "region": _region,
    "tempo_bpm": _tempo,
    "meter": _meter,
    "key": _key,
    "loop": _loop,
    "loudness_lufs": _loudness,
    "instruments.add": _add,
    "instruments.remove": _remove,
    "instruments.allow": _allow,
    "hits": _hits,
    "hits.add": _new_hit,
    "arc": _arc,
    "arc.arousal": _arousal,
    "arc.valence": _valence,
}
"""Who checks the edits of each field."""
PLACED: Mapping[str, Callable[[int, Given, Desk], Change | None]] = {"hits": _one_hit, "adjust": _adjusted}
"""Who checks one item of a list, by its place from 0."""
LEGAL_FIELDS = ", ".join((*EDITORS, "hits[0]", "adjust[0]"))
