"""One moment of the cue in a wish: "happier at 0:15", "when the door opens", "the drums enter at 0:12".

Conventions: seconds. A wish at a moment holds for `MOMENT_S` from there. An event of the picture without a time is the
one hit of the cue, or its one cut; the reply says which was taken, or asks for the time where there are several.
"""

from __future__ import annotations

from assistant.constraints import Span, Where
from assistant.feedback.clauses import Clause
from assistant.feedback.context import ALL, Context
from assistant.feedback.places import moments_in, range_in
from assistant.feedback.values import RESTS, Change
from assistant.interpret.on_cuts import clock
from assistant.remark import Remark

MOMENT_S = 6.0
"""How long a moment is that has no end: about two bars."""
EDGE_S = 0.5
"""Cuts nearer to the beginning or the end of the cue are no event."""
BESIDE = 14
"""Characters between a player and the verb that lets it enter, the time left out."""


def moment_in(clause: Clause, context: Context) -> tuple[Span | None, Remark | None]:
    """The stretch from the moment that a clause names, and what must be said of it."""
    if clause.has("hits") or range_in(clause):
        return None, None
    named = [item for item in moments_in(clause) if item.is_clock or item.marked or _is_placed(clause, item.start)]
    if len(named) == 1 and 0 < named[0].at_s < context.length_s:
        return _from(float(named[0].at_s), context), None
    if moments_in(clause) or not clause.has("aside", "event"):
        return None, None
    at_s = event_s(context)
    return (None, None) if at_s is None else (_from(at_s, context), taken(at_s))


def event_s(context: Context) -> float | None:
    """When the event happens that a reply speaks of without a time: at the only hit, else at the only cut."""
    hits = [hit.at_s for hit in context.constraints.hits]
    cuts = [at_s for at_s in context.cuts_s if EDGE_S <= at_s <= context.length_s - EDGE_S]
    found = hits or cuts
    return found[0] if len(found) == 1 else None


def taken(at_s: float) -> Remark:
    """Which moment was taken for the one that was meant."""
    return Remark.of("feedback_moment_taken", at_s=round(at_s, 2), time=clock(at_s))


def _from(at_s: float, context: Context) -> Span:
    return Span(at_s, float(min(at_s + MOMENT_S, context.length_s)))


def _is_placed(clause: Clause, start: int) -> bool:
    return any(0 <= start - mark.end <= 3 for mark in clause.find("time", "within"))


def from_then(clause: Clause, context: Context) -> Span | None:
    """ "Remove the piano at 5 s": from the one time that a clause names to the end of the cue."""
    times = [item.at_s for item in moments_in(clause) if 0 < item.at_s < context.length_s]
    named = [item for item in moments_in(clause) if _is_placed(clause, item.start)]
    return Span(float(times[0]), float(context.length_s)) if len(times) == 1 and named else None


def without_layers(clause: Clause, where: Where | None) -> list[Change]:
    """Layers that are to be silent, for the whole cue or in a place of it: "no melody"."""
    words = clause.text.raw.strip()
    return [
        Change("density", "lower", part=find.value, where=None if where == ALL else where, amount=RESTS, words=words)
        for find in clause.text.wanted("tacet")[:1]
    ]


def leaving(clause: Clause, context: Context) -> list[Change]:
    """Who is told to stop at a time rests from then on: "stop the drums at 0:20" is no stop of everybody."""
    times = [item for item in moments_in(clause) if 0 < item.at_s < context.length_s]
    stops = clause.find("hits", "stop")
    if (
        len(times) != 1
        or len(stops) != 1
        or clause.find("hits", "add", "reveal", "swell")
        or clause.has("verbs", "add")
    ):
        return []
    rests, words = Span(float(times[0].at_s), float(context.length_s)), clause.text.raw.strip()
    return [
        Change("density", "lower", part=name, where=rests, amount=RESTS, words=words)
        for find, name in context.instruments(clause)
        if name in context.present and max(stops[0].start - find.end, find.start - stops[0].end) <= BESIDE
    ]


def entering(clause: Clause, context: Context) -> list[Change]:
    """Who enters at a time rests until then: "the drums come in at 0:12"."""
    times = [item for item in moments_in(clause) if 0 < item.at_s < context.length_s]
    verbs = clause.text.find("passage", "enters")
    if len(times) != 1 or not verbs or clause.has("hits") or range_in(clause) or clause.is_question:
        return []
    moment, verb, words = times[0], verbs[0], clause.text.raw.strip()
    changes: list[Change] = []
    for find, name in context.instruments(clause):
        low, high = sorted((find, verb), key=lambda item: item.start)
        between = clause.plain[low.end : high.start]
        if low.end <= moment.start and moment.end <= high.start:
            between = between.replace(clause.plain[moment.start : moment.end], "")
        if len(between) > BESIDE:
            continue
        if name not in context.present:
            changes.append(Change("instruments.include", add=(name,), words=words))
        rests = Span(0.0, float(moment.at_s))
        changes.append(Change("density", "lower", part=name, where=rests, amount=RESTS, words=words))
    return changes
