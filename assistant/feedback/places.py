"""Where in the cue a clause speaks of: beginning, middle, end, or a stretch of time.

Conventions: seconds from the start of the cue. "The first half" is a stretch; "the start" is a word of its own.
"""

from __future__ import annotations

import re
from itertools import pairwise

from assistant.constraints import Span, Where
from assistant.feedback.clauses import Clause
from assistant.interpret.numbers import find_numbers
from assistant.interpret.quantities import Moment
from assistant.interpret.times import read_times

_BETWEEN = re.compile(r"\b(?:between|zwischen|entre|tra|fra|между|بين|के बीच)\b|介于|在|arasi|사이|間")
_UNIT = (
    r"(?:\.|º|ª|°|eme|er|e|st|nd|rd|th|-?(?:й|я|ой|ю|ую)|seconds?|secondi|secondes?|secs?|segundos?|seg|sekunden?|sek\.?|s|"
    r"секунд\w*|сек\w*|с|秒|초|saniye\w*|sn|ثاني\w*|ثوان\w*|सेकंड|सेकेंड|sec)"
)
_ARTICLES = (
    r"(?:(?:the|la|las|los|il|i|gli|le|les|l'|el|o|os|a|as|zum|zur|zu|der|die|second|segundo|secondo|seconde|sekunde|"
    r"секунд\w*|sec|к|about|circa|ال?ثاني\w*|ال)\s*){0,2}"
)
_TO = re.compile(
    rf"\s*{_UNIT}?\s*(?:-|–|—|~|to|till|until|through|up to|bis|zu|al|ao|aos|as|a|alla|ai|alle|ate|aux|au|jusqu'a|à|до|"
    r"по|到|至|から|에서|부터|से|se|الي|حتي|لل?|hasta|fino a[il]?|fino|ile|'?d[ae]n|d[ae]n|का)"
    rf"\s*{_ARTICLES}"
)
_FROM = re.compile(r"[dt][ae]n$")
_AND = re.compile(rf"\s*{_UNIT}?\s*(?:and|und|et|y|e|и|و|ve|ile|と|和|और|과|와)\s*{_ARTICLES}")


def moments_in(clause: Clause) -> tuple[Moment, ...]:
    """Every time that a clause names, in the order of the words."""
    times = read_times(clause.text)
    found = [*times.moments, *times.others, *([times.duration] if times.duration else [])]
    return tuple(sorted({(m.start, m.end): m for m in found}.values(), key=lambda moment: moment.start))


def range_in(clause: Clause) -> tuple[Span, int, int] | None:
    """A stretch between two times, and where its words stand."""
    moments = list(moments_in(clause))
    taken = [(moment.start, moment.end) for moment in moments]
    for number in find_numbers(clause.text):
        if (number.in_digits or number.value >= 2) and all(
            number.end <= start or number.start >= end for start, end in taken
        ):
            moments.append(Moment(number.value, number.start, number.end))
    moments.sort(key=lambda moment: moment.start)
    for first, second in pairwise(moments):
        between = clause.plain[first.end : second.start]
        if (first.start, first.end) not in taken and (second.start, second.end) not in taken:
            continue
        paired = bool(_TO.fullmatch(between))
        if not paired and _AND.fullmatch(between):
            around = clause.plain[max(0, first.start - 14) : first.start] + clause.plain[second.end : second.end + 14]
            paired = bool(_BETWEEN.search(around))
        if not paired and not between.strip() and clause.text.language == "tr":
            # "20. saniyeden 33. saniyeye": the ending of the first says "from".
            paired = bool(_FROM.search(clause.plain[first.start : first.end]))
        if paired and 0 <= first.at_s < second.at_s:
            return Span(float(first.at_s), float(second.at_s)), first.start, second.end
    return None


def before_that(clause: Clause, from_s: float | None) -> Span | None:
    """ "Don't touch anything before that": from the beginning to where the stretch named last begins."""
    return Span(0.0, from_s) if from_s and clause.has("time", "before_that") and not moments_in(clause) else None


def where_in(clause: Clause, length_s: float) -> Where | None:
    """The place that a clause names."""
    if found := range_in(clause):
        return found[0]
    if edge := edge_in(clause, length_s):
        return edge
    for key, low, high in (("first_half", 0.0, 0.5), ("second_half", 0.5, 1.0)):
        if clause.has("where", key):
            return Span(low * length_s, high * length_s)
    for name in ("start", "middle", "end"):
        if clause.has("where", name):
            return name
    return "all" if clause.has("where", "all") else None


def edge_in(clause: Clause, length_s: float) -> Span | None:
    """ "The first ten seconds", "the last 5 s", "after 0:20", "until 12 s"."""
    if found := _counted(clause, length_s):
        return found
    for moment in moments_in(clause):
        mark = next(
            (
                item
                for item in clause.find("time")
                if 0 <= moment.start - item.end <= 3
                or (item.value.endswith("_post") and 0 <= item.start - moment.end <= 2)
            ),
            None,
        )
        if mark is None or not moment.at_s > 0:
            continue
        key = mark.value.removesuffix("_post")
        if key == "first" or key == "until":
            return Span(0.0, min(float(moment.at_s), length_s))
        if key == "last":
            return Span(max(0.0, length_s - moment.at_s), float(length_s))
        if key == "after" and moment.at_s < length_s:
            return Span(float(moment.at_s), float(length_s))
    return None


def _counted(clause: Clause, length_s: float) -> Span | None:
    """ "Les dix premières secondes": the number before the word for first or last, its unit after it."""
    units = {"s": 1.0, "min": 60.0}
    marks = [*clause.find("time", "first", "last"), *clause.find("where", "start", "end")]
    for mark in marks:
        number = next((item for item in find_numbers(clause.text) if 0 < mark.start - item.end <= 2), None)
        unit = next(
            (
                item
                for item in clause.text.find("units")
                if mark.start < item.end <= mark.end + 14 and item.value in units
            ),
            None,
        )
        if number is None or unit is None or unit.start < number.end or number.value <= 0:
            continue
        span_s = min(number.value * units[unit.value], length_s)
        if mark.value in ("first", "start"):
            return Span(0.0, float(span_s))
        return Span(float(length_s - span_s), float(length_s))
    return None


def times_in(clause: Clause) -> tuple[float, ...]:
    """Single times that a clause names, none when it names a stretch."""
    return () if range_in(clause) else tuple(float(moment.at_s) for moment in moments_in(clause))
