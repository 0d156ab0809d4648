"""Lengths and moments: which stretch of words says how long the cue is, and which say when something happens.

Conventions: seconds from the start of the cue. A *marked* time is one that the words place ("at 0:22", "第20秒",
"на 48-й секунде"); an unmarked one with a unit is a length. What is counted from the end ("ten seconds before the end")
or from the whole ("halfway") is placed once the length is known (table ``relative``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from assistant.interpret.happenings import is_named, mark_happening
from assistant.interpret.lengths import choose_length, ends_another, states_length
from assistant.interpret.numbers import Number, find_numbers
from assistant.interpret.quantities import Moment, has_unit, written_times
from assistant.interpret.text import Piece, Text

_LIST_GAP = re.compile(r"\s*(?:,|、|，|;|/|&|\+|and|und|et|y|e|и|ve|和|跟|と|और|و|または)+\s*")
_RANGE_GAP = re.compile(
    r"\s*(?:-|–|—|~|to|until|till|through|bis|a|al|à|ate|hasta|fino a|до|по|到|至|から|부터|에서|से|الي|حتي|ile|den|dan)"
    r"\s*"
)
"""What stands between the two ends of a stretch of time."""


@dataclass(frozen=True)
class Times:
    """What a brief says about time: its length, the marked moments, and bare numbers that follow "at"."""

    duration: Moment | None
    moments: tuple[Moment, ...]
    others: tuple[Moment, ...] = ()

    def ranges(self, text: Text) -> tuple[tuple[Moment, Moment], ...]:
        """Pairs of clock times that are the two ends of a stretch: "0:10-0:20", "from 0:10 to 0:20"."""
        known = (*self.moments, *self.others, *((self.duration,) if self.duration else ()))
        clocks = sorted((moment for moment in known if moment.is_clock), key=lambda moment: moment.start)
        return tuple(
            (first, then)
            for first, then in pairwise(clocks)
            if first.at_s < then.at_s and _is_stretch(text, first, then)
        )


def read_times(text: Text, *, frame_rate_hz: float | None = None, clip_s: float | None = None) -> Times:
    """The length and the moments of a text; ``clip_s`` is what is counted from the end of when no length is named."""
    numbers = find_numbers(text)
    times = written_times(text, numbers, frame_rate_hz)
    times = _mark(text, times)
    duration = choose_length(text, _without_stretches(text, times))
    times = [mark_happening(text, moment, duration) for moment in times]
    whole_s = duration.at_s if duration else clip_s
    times = _placed(text, times, whole_s)
    rest = [moment for moment in times if moment is not duration]
    marked = [moment for moment in rest if moment.marked or (moment.is_clock and not moment.partial)]
    bare = _bare(text, numbers, times) if duration else []
    return Times(
        duration,
        tuple(sorted([*marked, *bare], key=lambda moment: moment.at_s)),
        tuple(moment for moment in rest if moment not in marked),
    )


def _without_stretches(text: Text, times: list[Moment]) -> list[Moment]:
    """The times that may be the length: no end of a stretch, but for stretches that cover the cue from its start."""
    reached_s = 0.0
    inner: set[Moment] = set()
    for first, then in Times(None, tuple(times)).ranges(text):
        inner.add(first)
        if first.at_s > reached_s:
            inner.add(then)
        reached_s = max(reached_s, then.at_s)
    return [moment for moment in times if moment not in inner]


def _is_stretch(text: Text, first: Moment, then: Moment) -> bool:
    """Whether the words between two times make them the ends of a stretch; "and" does so after "between" only."""
    gap = text.between(first.end, then.start)
    if gap.strip() in ("and", "y", "et", "und", "e", "и", "ve"):
        before = text.between(first.start - 12, first.start).strip()
        return before.endswith(("between", "entre", "zwischen", "tra", "fra", "между"))
    return bool(_RANGE_GAP.fullmatch(gap))


def _placed(text: Text, times: list[Moment], whole_s: float | None) -> list[Moment]:
    """The times with those placed that need the whole length; without it they are left out."""
    if whole_s is None:
        return [moment for moment in times if not moment.from_end]
    placed = [
        replace(moment, at_s=whole_s - moment.at_s, marked=True, partial=False) if moment.from_end else moment
        for moment in times
        if not moment.from_end or moment.at_s < whole_s
    ]
    for find in text.find("relative", "half"):
        clause = text.clause(find.start)
        if not text.between(find.end, clause.end).strip(" ,.;:，、。"):
            clause = Piece(clause.start, text.clause(clause.end).end)
        eventful = any(hit.start in clause and hit.start != find.start for hit in text.find("hits"))
        own = all(moment.start not in clause or not moment.marked for moment in times)
        if eventful and own:
            placed.append(Moment(whole_s / 2, find.start, find.end, marked=True))
    return sorted(placed, key=lambda moment: moment.start)


def _mark(text: Text, times: list[Moment]) -> list[Moment]:
    """The times with what stands around them: "at" before, "long" after, "the first" before, a list of marked ones."""
    marked: list[Moment] = []
    for moment in times:
        last = marked[-1] if marked else None
        alike = last is not None and last.is_clock == moment.is_clock
        listed = (
            last is not None and alike and last.marked and _LIST_GAP.fullmatch(text.between(last.end, moment.start))
        )
        labelled = _near(text, moment, "length", "total")
        from_end = _counts_back(text, moment)
        placed = moment.marked or _before(text, moment, "at", "before") or _after(text, moment) or bool(listed)
        placed = placed or is_named(text, moment) or ends_another(text, moment)
        marked.append(
            replace(
                moment,
                labelled=labelled and not from_end,
                marked=placed and not (labelled and not moment.is_clock) and not states_length(text, moment),
                partial=from_end or _before(text, moment, "length", "part") or _inside(text, moment),
                from_end=from_end,
            )
        )
    return marked


def _before(text: Text, moment: Moment, field: str, value: str) -> bool:
    return any(
        find.end <= moment.start and not text.between(find.end, moment.start).strip(" ~:")
        for find in text.find(field, value)
    )


def _after(text: Text, moment: Moment) -> bool:
    return any(
        find.start >= moment.end and not text.between(moment.end, find.start).strip(" ")
        for find in text.find("at", "after")
    ) or any(
        find.start >= moment.end
        and not text.between(moment.end, find.start).strip(" ")
        and not text.between(find.end, text.clause(find.start).end).strip(" ,.;:!?)-")
        for find in text.find("at", "closing")
    )


def _inside(text: Text, moment: Moment) -> bool:
    """Whether a word for a part stands between a number and its unit: "les quinze premières secondes"."""
    return any(moment.start < find.start < moment.end for find in text.find("length", "part"))


def _counts_back(text: Text, moment: Moment) -> bool:
    """Whether a time is counted back from the end: "ten seconds before the end", "结束前五秒"."""
    return any(
        (
            find.value == "to_end"
            and find.start - moment.end >= 0
            and not text.between(moment.end, find.start).strip(" '")
        )
        or (
            find.value == "end_to"
            and find.end <= moment.start
            and not text.between(find.end, moment.start).strip(" 'ب")
        )
        for find in text.find("relative")
    )


def _near(text: Text, moment: Moment, field: str, value: str) -> bool:
    """Whether a label stands right before or after a time, in its clause."""
    clause = text.clause(moment.start)
    return any(
        (find.start in clause or find.end - 1 in clause or 0 <= moment.start - find.end <= 2)
        and (-1 < moment.start - find.end <= 12 or -1 < find.start - moment.end <= 6)
        for find in text.find(field, value)
    )


def _bare(text: Text, numbers: tuple[Number, ...], times: list[Moment]) -> list[Moment]:
    """Bare numbers after "at" in a clause that speaks of something happening: "the buzzer is bang on 30"."""
    moments = []
    for number in numbers:
        moment = Moment(number.value, number.start, number.end, marked=True)
        apart = all(number.end <= time.start or number.start >= time.end for time in times)
        tied = has_unit(text, number) or re.match(r"[\w/:%°]|\s?[%°/]", text.between(number.end, number.end + 2) or " ")
        clause = text.clause(number.start)
        eventful = any(find.start in clause for find in text.find("hits"))
        if apart and not tied and eventful and number.in_digits and _before(text, moment, "at", "before"):
            moments.append(moment)
    return moments
