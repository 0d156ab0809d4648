"""Changes to Constraints: every named field moves, every other stays equal.

Conventions: a step of tempo is 12 % (half of it for "a touch"): under 6 % a change is hardly noticed, at 12 % it is
(MUSIC.md, Tempo map). Emotions move by 0.35 of a range of 2, parts by 0.4. What had no value starts from what the
current take has (`Now`), else from the middle of the usual. A value that hits its limit is said by a `Remark`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from assistant.constraints import COLOURS, Adjustment, Constraints, HitPoint, OwnSoundWish, Span
from assistant.feedback import limits
from assistant.feedback.arc import shifted_arc
from assistant.feedback.context import USUAL_LENGTH_S
from assistant.feedback.values import EMOTION_FIELDS, FIELDS, PART_FIELDS, Change, span_of
from assistant.plan import Plan
from assistant.remark import Remark

TEMPO_STEP = 0.12
LENGTH_STEP = 0.25
EMOTION_STEP = 0.35
PART_STEP = 0.4
LOUDNESS_STEP_LU = 3.0
SHORTEST_REST_S = 0.05
USUAL_TEMPO = 100.0
USUAL_LUFS = -14.0


@dataclass(frozen=True)
class Now:
    """What the current take has, for wishes that are relative to it; the tempo in felt beats a minute."""

    key: str | None = None
    tempo_bpm: float | None = None
    duration_s: float | None = None


def now_of(plan: Plan) -> Now:
    """What a planned take has: key, tempo at its start in felt beats a minute, length in seconds."""
    return Now(plan.key.name, round(plan.tempo_map.felt_bpm[0], 1), plan.length_s)


@dataclass(frozen=True)
class Applied:
    """Constraints after changes, and what must be said about them."""

    constraints: Constraints
    remarks: tuple[Remark, ...] = ()


def apply_changes(
    constraints: Constraints,
    changes: Sequence[Change],
    *,
    key: str | None = None,
    tempo_bpm: float | None = None,
    duration_s: float | None = None,
) -> Constraints:
    """The constraints of the next take.

    Parameters
    ----------
    constraints : Constraints
    changes : sequence of Change
        Applied in the order of `FIELDS`, so that the order of clauses does not matter.
    key : str or None
        Key of the current take, such as ``"A minor"``; a change of mode needs a tonic.
    tempo_bpm, duration_s : float or None
        Tempo and length of the current take, where the constraints have none.

    Examples
    --------
    >>> apply_changes(Constraints(tempo_bpm=(98.0, 102.0)), [Change("tempo_bpm", "lower")]).tempo_bpm
    (86.0, 90.0)
    """
    return apply_and_say(constraints, changes, now=Now(key, tempo_bpm, duration_s)).constraints


def apply_and_say(constraints: Constraints, changes: Sequence[Change], *, now: Now | None = None) -> Applied:
    """As `apply_changes`, with remarks for what was clamped, assumed, or falls outside."""
    remarks: list[Remark] = []
    for change in sorted(changes, key=lambda item: FIELDS.index(item.field)):
        if change.field == "action":
            continue
        constraints = _APPLIERS[change.field](constraints, change, now or Now(), remarks)
    if any(change.field in ("duration_s", "hits") for change in changes):
        remarks += _hits_outside(constraints)
    return Applied(constraints, tuple(dict.fromkeys(remarks)))


def _hits_outside(asked: Constraints) -> list[Remark]:
    """A remark for each hit that the cue is too short for; hits stay at their seconds."""
    length_s = asked.duration_s
    if length_s is None:
        return []
    return [
        Remark.of("feedback_hit_outside", at_s=hit.at_s, length_s=length_s) for hit in asked.hits if hit.at_s > length_s
    ]


def _within(value: float, legal: tuple[float, float], code: str, remarks: list[Remark]) -> float:
    """``value`` inside its limits; a remark when it had to be moved."""
    kept = min(max(value, legal[0]), legal[1])
    if kept != value:
        remarks.append(Remark.of(code, asked=round(value, 2), used=kept))
    return kept


def _tempo(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    if isinstance(change.value, tuple) and len(change.value) == 2:
        low, high = sorted(
            _within(value, limits.TEMPO_BPM, "feedback_tempo_clamped", remarks) for value in change.value
        )
        return replace(asked, tempo_bpm=(low, high))
    if change.to is None:
        return replace(asked, tempo_bpm=None)
    low, high = asked.tempo_bpm or ((now.tempo_bpm or USUAL_TEMPO) - 2, (now.tempo_bpm or USUAL_TEMPO) + 2)
    middle, half = (low + high) / 2, min((high - low) / 2, 4.0)
    factor = 1 + change.sign * min(TEMPO_STEP * change.amount, 0.45)
    middle = _within(round(middle * factor), limits.TEMPO_BPM, "feedback_tempo_clamped", remarks)
    return replace(asked, tempo_bpm=(middle - half, middle + half))


def _length(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    if change.to is not None:
        before = asked.duration_s or now.duration_s or USUAL_LENGTH_S
        share = min(LENGTH_STEP * change.amount, 0.5)
        wanted = float(round(before * (1 + share) if change.sign > 0 else before * (1 - share)))
    elif isinstance(change.value, bool) or not isinstance(change.value, int | float):
        return replace(asked, duration_s=None)
    else:
        wanted = float(change.value)
    return replace(asked, duration_s=_within(wanted, limits.LENGTH_S, "feedback_length_clamped", remarks))


def _hits(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    times = change.value if isinstance(change.value, tuple) else ()
    known = {round(hit.at_s, 3): hit for hit in asked.hits}
    kind = change.kind or "hit"
    hits = [known.get(round(at_s, 3), HitPoint(float(at_s), kind)) for at_s in sorted(set(times))]
    return replace(asked, hits=tuple(hits))


def _use(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    return replace(asked, use=change.value if isinstance(change.value, str) else "other")


def _arc(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    return replace(asked, arc=change.arc or asked.arc)


def _key(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    return replace(asked, key=change.value if isinstance(change.value, str) else None)


def _mode(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    """The same tonic in another mode; a tonic of C is assumed, and said, where there is none yet."""
    before = asked.key or now.key
    if before is None:
        remarks.append(Remark.of("feedback_tonic_assumed", tonic="C"))
    tonic = (before or "C major").split()[0]
    return replace(asked, key=f"{tonic} {change.value}")


def _meter(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    return replace(asked, meter=change.value if isinstance(change.value, str) else None)


def _region(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    region = change.value if isinstance(change.value, str) else None
    fusion = asked.fusion if region is not None and asked.fusion != region else None
    gone = () if region == asked.region else ("fusion",) if fusion is None else ()
    evidence = tuple(said for said in asked.evidence if said.field not in gone)
    return replace(asked, region=region, fusion=fusion, evidence=evidence)


def _colour(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    """How much of the region: a position of the dial, or the next one."""
    place = min(max(COLOURS.index(asked.colour) + change.sign, 0), len(COLOURS) - 1)
    named = next((name for name in COLOURS if name == change.value), COLOURS[1])
    evidence = tuple(said for said in asked.evidence if said.field != "colour")
    return replace(asked, colour=COLOURS[place] if change.to is not None else named, evidence=evidence)


def _without(items: tuple[str, ...], gone: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(item for item in items if item not in gone)


def _styles(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    """A new style goes first: the newest word leads, the old ones colour it."""
    stay = _without(asked.styles, (*change.remove, *change.add))
    evidence = tuple(said for said in asked.evidence if said.field != "styles" or not said.assumed)
    return replace(asked, styles=(*change.add, *stay), evidence=evidence)


def _include(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    """Removing also bans: what a reply removes does not come back by itself; adding lifts a ban."""
    have = asked.instruments
    include = (*_without(have.include, (*change.remove, *change.members, *change.add)), *change.add)
    banned = _without((*change.remove, *change.members), change.add)
    exclude = (*_without(have.exclude, (*change.add, *banned)), *banned)
    asked = replace(asked, instruments=replace(have, include=_in_order(include, have.include), exclude=exclude))
    return replace(asked, adjust=(*asked.adjust, *_rests_around(change, asked.duration_s or now.duration_s)))


def _rests_around(change: Change, length_s: float | None) -> list[Adjustment]:
    """Rests before and after the place that a newcomer was asked for in; none where that is the whole cue."""
    length_s = length_s or USUAL_LENGTH_S
    low_s, high_s = span_of(change.where, length_s)
    rests = [Span(*edge) for edge in ((0.0, low_s), (high_s, length_s)) if edge[1] - edge[0] > SHORTEST_REST_S]
    return [Adjustment("density", name, -1.0, rest) for name in change.add for rest in rests]


def _in_order(items: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    """What was there before in its old order, then what is new."""
    return tuple(sorted(items, key=lambda item: before.index(item) if item in before else len(before)))


def _exclude(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    have = asked.instruments
    banned = (*change.add, *_without(change.members, change.add))
    exclude = (*_without(have.exclude, (*change.remove, *banned)), *banned)
    return replace(asked, instruments=replace(have, include=_without(have.include, banned), exclude=exclude))


def _emotion(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    length_s = asked.duration_s or now.duration_s or USUAL_LENGTH_S
    low, high = (share / length_s for share in span_of(change.where, length_s))
    if high - low <= 1e-9:
        remarks.append(Remark.of("feedback_place_outside", length_s=length_s))
        return asked
    by = change.sign * EMOTION_STEP * change.amount
    arc = shifted_arc(asked, change.field, by, low, high)
    if arc == asked.arc:
        remarks.append(Remark.of("feedback_emotion_at_limit", field=change.field))
    return replace(asked, arc=arc)


def _part(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    """A wish about a part joins an earlier one about the same part and place, or takes its place with its value."""
    field, part, where = change.field, change.part or "all", change.where or "all"
    same = [item for item in asked.adjust if (item.field, item.part, item.where) == (field, part, where)]
    before = sum(item.amount for item in same)
    is_set = isinstance(change.value, float)
    wanted = float(cast(float, change.value)) if is_set else before + change.sign * PART_STEP * change.amount
    amount = min(max(wanted, -1.0), 1.0)
    if amount == before:
        remarks.append(Remark.of("feedback_part_at_limit", field=field, part=part))
    rest = tuple(item for item in asked.adjust if item not in same)
    if is_set and not amount:
        return replace(asked, adjust=rest)
    wish = Adjustment(cast(Literal["density", "loudness", "register"], change.field), part, round(amount, 6), where)
    return replace(asked, adjust=(*rest, wish))


def _loop(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    return replace(asked, loop=bool(change.value))


def _lufs(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    if change.to is not None:
        wanted = (asked.loudness_lufs or USUAL_LUFS) + change.sign * LOUDNESS_STEP_LU * change.amount
    elif isinstance(change.value, bool) or not isinstance(change.value, int | float):
        return replace(asked, loudness_lufs=None)
    else:
        wanted = float(change.value)
    return replace(asked, loudness_lufs=_within(wanted, limits.LOUDNESS_LUFS, "feedback_loudness_clamped", remarks))


def _own_sound(asked: Constraints, change: Change, now: Now, remarks: list[Remark]) -> Constraints:
    return replace(asked, own_sound=cast(OwnSoundWish | None, change.value))


Applier = Callable[[Constraints, Change, Now, list[Remark]], Constraints]

_APPLIERS: dict[str, Applier] = {
    "tempo_bpm": _tempo,
    "duration_s": _length,
    "use": _use,
    "hits": _hits,
    "key": _key,
    "mode": _mode,
    "meter": _meter,
    "region": _region,
    "colour": _colour,
    "styles": _styles,
    "instruments.exclude": _exclude,
    "instruments.include": _include,
    "arc": _arc,
    "loop": _loop,
    "loudness_lufs": _lufs,
    "own_sound": _own_sound,
    **dict.fromkeys(EMOTION_FIELDS, _emotion),
    **dict.fromkeys(PART_FIELDS, _part),
}
