"""Lengths and moments: which stretch of words says how long the cue is, and which say when something happens.

Conventions: seconds from the start of the cue. A *marked* time is one that the words place ("at 0:22", "第20秒",
"на 48-й секунде"); an unmarked one with a unit is a length. What is counted from the end ("ten seconds before the end")
or from the whole ("halfway") is placed once the length is known (table ``relative``). Timecodes with frames are read at the stated rate, the
clip's, or 24 frames a second; a reel that starts at hour one is read from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from assistant.interpret.numbers import Number, find_numbers
from assistant.interpret.text import Piece, Text
from assistant.interpret.words import Found

FILM_RATE_HZ = 24.0
SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
RATIOS = {"9:16", "16:9", "4:3", "3:4", "1:1", "21:9", "4:5", "5:4", "2:1", "3:2", "1:2"}

_TIMECODE = re.compile(r"(?<![\d:])(\d{1,2}):([0-5]\d):([0-5]\d)(?:([:;.])(\d{1,3}))?(?![\d:])")
_CLOCK = re.compile(r"(?<![\d:/.])(\d{1,3}):([0-5]\d(?:\.\d{1,3})?)(?![\d:])(?!\s?(?:am|pm|a\.m|p\.m|uhr\b))")
_PRIMES = re.compile(r"(?<!\d)(?:(\d{1,3})'\s?([0-5]?\d)\"|(\d{1,4})\")(?![\w])")
_SHORT_PRIMES = re.compile(r"(?<![\d.,])(\d{1,2})'\s?([0-5]\d)(?![\d\"'])")
_COMPACT = re.compile(r"(?<![\d:.])(\d{1,3})\s?m(?:in)?\s?(\d{1,2})\s?s(?:ec)?(?![a-z])")
_FRAME_RATE = re.compile(r"(\d{2,3}(?:\.\d+)?)\s?(?:fps|frames? per second|帧|コマ|i/s|к/с)")
_GAP = re.compile(
    r"\s*(?:-|–|de|d'|di|of|of a|a|个|個|の|premieres?|premiers|dernieres?|derniers|primeros|ultimos|primi|ultimi)?\s*"
)
_ORDINAL = re.compile(r"\s*(?:-?(?:й|я|ю|ой|ей|th|st|nd|rd|e|eme|º|ª|°|a|o|वें|वे|वीं|'?inci|'?nci|'?uncu|'?uncu)|\.)\s*")
_LIST_GAP = re.compile(r"\s*(?:,|、|，|;|/|&|\+|and|und|et|y|e|и|ve|和|跟|と|और|و|または)+\s*")
RANGE_GAP = re.compile(
    r"\s*(?:-|–|—|~|to|until|till|through|bis|a|al|à|ate|hasta|fino a|до|по|到|至|から|부터|에서|से|الي|حتي|ile|den|dan)\s*"
)
"""What stands between the two ends of a stretch of time."""
_SHORTEST_WORD = 2
"""Letters of a unit that is only a sign ("s", "min" is longer) and never stands before its number."""

_DECADES = {50, 60, 70, 80, 90}


@dataclass(frozen=True)
class Moment:
    """A time and its words; ``marked`` says that the words place it, ``labelled`` that they call it the length.

    ``from_end`` says that it is counted back from the end.
    """

    at_s: float
    start: int
    end: int
    is_clock: bool = False
    marked: bool = False
    labelled: bool = False
    partial: bool = False
    from_end: bool = False


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
    """The length and the moments of a text; without a length in words, what is counted from the end needs ``clip_s``."""
    numbers = find_numbers(text)
    quantities = list(_quantities(text, numbers))
    fixed = [_fixed(text, numbers, quantities, find) for find in text.find("fixed_length")]
    found = [*_clocks(text, frame_rate_hz), *quantities, *fixed]
    times = sorted(_without_overlaps(found), key=lambda moment: moment.start)
    times = _mark(text, times)
    duration = _choose_duration(_without_stretches(text, times))
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
    """The times that may be the length: not the ends of a stretch that begins later than the cue."""
    pairs = Times(None, tuple(times)).ranges(text)
    ends = {moment for pair in pairs if pair[0].at_s > 0 for moment in pair}
    first = {pair[0] for pair in pairs}
    return [moment for moment in times if moment not in first and (moment not in ends or len(ends) == 2 * len(times))]


def _is_stretch(text: Text, first: Moment, then: Moment) -> bool:
    """Whether the words between two times make them the ends of a stretch; "and" does so after "between" only."""
    gap = text.between(first.end, then.start)
    if gap.strip() in ("and", "y", "et", "und", "e", "и", "ve"):
        before = text.between(first.start - 12, first.start).strip()
        return before.endswith(("between", "entre", "zwischen", "tra", "fra", "между"))
    return bool(RANGE_GAP.fullmatch(gap))


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


def _without_overlaps(moments: list[Moment]) -> list[Moment]:
    kept: list[Moment] = []
    for moment in sorted(moments, key=lambda moment: (moment.start - moment.end, moment.start)):
        if all(moment.end <= other.start or moment.start >= other.end for other in kept):
            kept.append(moment)
    return kept


def _clocks(text: Text, frame_rate_hz: float | None) -> list[Moment]:
    """Every time written with colons or primes."""
    stated = _FRAME_RATE.search(text.plain)
    rate_hz = float(stated[1]) if stated else frame_rate_hz or FILM_RATE_HZ
    codes = []
    for match in _TIMECODE.finditer(text.plain):
        hours, minutes, seconds = (int(part) for part in match.group(1, 2, 3))
        fraction = int(match[5]) / rate_hz if match[4] in (":", ";") else float(f"0.{match[5]}") if match[5] else 0.0
        codes.append((hours, Moment(minutes * 60 + seconds + fraction, *match.span(), is_clock=True)))
    first_hour = min((hours for hours, _ in codes), default=0)
    moments = [replace(moment, at_s=moment.at_s + (hours - first_hour) * 3600) for hours, moment in codes]
    for match in _CLOCK.finditer(text.plain):
        if match[0] not in RATIOS or text.between(match.start() - 3, match.start()).strip() in ("at", "@"):
            moments.append(Moment(int(match[1]) * 60 + float(match[2]), *match.span(), is_clock=True))
    for match in _PRIMES.finditer(text.plain):
        at_s = float(match[3]) if match[3] else int(match[1]) * 60 + float(match[2])
        moments.append(Moment(at_s, *match.span()))
    for match in (*_SHORT_PRIMES.finditer(text.plain), *_COMPACT.finditer(text.plain)):
        moments.append(Moment(int(match[1]) * 60 + int(match[2]), *match.span()))
    return moments


def _quantities(text: Text, numbers: tuple[Number, ...]) -> Iterator[Moment]:
    """Every number with a unit of time, minutes joined with the seconds after them."""
    pieces = [read for unit in text.find("units", *SECONDS) if (read := _quantity(text, numbers, unit))]
    index = 0
    while index < len(pieces):
        piece, unit_s = pieces[index]
        following = pieces[index + 1] if index + 1 < len(pieces) else None
        if following and following[1] < unit_s and _joined(text, piece.end, following[0].start):
            piece = replace(piece, at_s=piece.at_s + following[0].at_s, end=following[0].end)
            index += 1
        elif unit_s == 60 and (number := _loose_seconds(text, numbers, piece.end)):
            piece = replace(piece, at_s=piece.at_s + number.value, end=number.end)
        yield piece
        index += 1


def _fixed(text: Text, numbers: tuple[Number, ...], quantities: list[Moment], find: Found) -> Moment:
    """A length in one word, with a half or with seconds after it: "دقيقتان ونصف", "دقيقة وعشرون ثانية"."""
    moment = Moment(float(find.value), find.start, find.end)
    if moment.at_s % 60 or not moment.at_s:
        return moment
    if tail := _half_after(text, numbers, find.end):
        return replace(moment, at_s=moment.at_s + 30, end=tail)
    for other in quantities:
        if other.at_s < 60 and _joined(text, find.end, other.start):
            return replace(moment, at_s=moment.at_s + other.at_s, end=other.end)
    number = _loose_seconds(text, numbers, find.end)
    return replace(moment, at_s=moment.at_s + number.value, end=number.end) if number else moment


def _joined(text: Text, end: int, start: int) -> bool:
    return (
        bool(re.fullmatch(r"\s*(?:,|-|and|und|et|y|e|и|و|ve|और|零|又)?\s*", text.between(end, start))) and start >= end
    )


def _quantity(text: Text, numbers: tuple[Number, ...], unit: Found) -> tuple[Moment, float] | None:
    """One number with its unit, and the unit's length in seconds."""
    unit_s = SECONDS[unit.value]
    halves = text.find("and_half")
    anchor, extra = unit.start, 0.0
    for half in halves:
        if half.end <= unit.start and text.between(half.end, unit.start).strip() in ("", "-"):
            anchor, extra = half.start, 0.5
    before = next((number for number in reversed(numbers) if number.end <= anchor), None)
    if before and (gap := _gap(text.between(before.end, anchor))):
        end, value = unit.end, before.value + extra
        if not extra and (tail := _half_after(text, numbers, unit.end)):
            end, value = tail, value + 0.5
        moment = Moment(value * unit_s, before.start, end, marked=gap == "ordinal" or before.ordinal)
        if before.end - before.start == 1 and not before.in_digits and unit.end - unit.start <= len("min"):
            return None if text.between(before.start, before.end) == "a" else (moment, unit_s)
        return None if _is_decade(text, before, unit) else (moment, unit_s)
    if not text.between(unit.start, unit.end).isascii() or unit.end - unit.start > _SHORTEST_WORD:
        after = next((number for number in numbers if number.start >= unit.end), None)
        if after and _follows(text, unit, after, unit_s):
            marked = after.in_digits or after.value > 1
            return Moment(after.value * unit_s, unit.start, after.end, marked=marked), unit_s
    if (tail := _half_after(text, numbers, unit.end)) and text.between(unit.end, tail).strip():
        return Moment(1.5 * unit_s, unit.start, tail), unit_s
    if unit_s == 60 and unit.end - unit.start > len("min") and (number := _loose_seconds(text, numbers, unit.end)):
        return Moment(unit_s + number.value, unit.start, number.end), unit_s
    return None


def _follows(text: Text, unit: Found, number: Number, unit_s: float) -> bool:
    """Whether a number after its unit belongs to it: "segundo 27", "دقيقة واحدة", but not "second half"."""
    if text.between(unit.end, number.start).strip() not in ("", "#", "n", "№") or number.value < 1:
        return False
    return number.value == 1 or not (_has_unit(text, number) or (unit_s == 60 and not number.in_digits))


def _gap(between: str) -> str:
    """How a number is tied to the unit after it: "plain", "ordinal", or not at all."""
    if _GAP.fullmatch(between):
        return "plain"
    return "ordinal" if _ORDINAL.fullmatch(between) else ""


def _half_after(text: Text, numbers: tuple[Number, ...], place: int) -> int | None:
    """Where an "and a half" that follows a unit ends."""
    for half in text.find("and_half"):
        if half.start >= place and not text.between(place, half.start).strip():
            return half.end
    for number in numbers:
        if number.value == 0.5 and not number.in_digits and number.start == place:
            return number.end
    return None


def _loose_seconds(text: Text, numbers: tuple[Number, ...], place: int) -> Number | None:
    """Seconds said without their unit: "1 min 20", "a minute 40", "3 min e 20"."""
    for number in numbers:
        if number.start >= place:
            near = _joined(text, place, number.start) and "," not in text.between(place, number.start)
            near = near and (number.in_digits or number.value > 1)
            whole = 0 < number.value < 60 and number.value == int(number.value)
            return number if near and whole and not _has_unit(text, number) else None
    return None


def _has_unit(text: Text, number: Number) -> bool:
    """Whether a unit follows a number."""
    return any(unit.start >= number.end and _gap(text.between(number.end, unit.start)) for unit in text.find("units"))


def _is_decade(text: Text, number: Number, unit: Found) -> bool:
    """Whether "80s" means the decade: after "the", or before a style or an instrument."""
    if not (number.in_digits and text.between(unit.start, unit.end) == "s" and unit.start == number.end):
        return False
    if 1800 <= number.value < 2100:
        return True
    after = any(0 <= find.start - unit.end <= 1 and find.field in ("styles", "instruments") for find in text.finds)
    before = text.between(number.start - 4, number.start).endswith(("the ", "'", "early ", "late "))
    return number.value in _DECADES and (after or before)


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
        marked.append(
            replace(
                moment,
                labelled=labelled and not from_end,
                marked=placed and not (labelled and not moment.is_clock),
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


def _choose_duration(times: list[Moment]) -> Moment | None:
    """The length: what is labelled as it, else the longest unmarked time with a unit, else an unmarked clock."""
    labelled = [moment for moment in times if moment.labelled and not moment.partial]
    if labelled:
        return max(labelled, key=lambda moment: moment.at_s)
    unmarked = [moment for moment in times if not moment.marked and not moment.partial]
    units = [moment for moment in unmarked if not moment.is_clock]
    return max(units or unmarked, key=lambda moment: moment.at_s, default=None)


def _bare(text: Text, numbers: tuple[Number, ...], times: list[Moment]) -> list[Moment]:
    """Bare numbers after "at" in a clause that speaks of something happening: "the buzzer is bang on 30"."""
    moments = []
    for number in numbers:
        moment = Moment(number.value, number.start, number.end, marked=True)
        apart = all(number.end <= time.start or number.start >= time.end for time in times)
        tied = _has_unit(text, number) or re.match(
            r"[\w/:%°]|\s?[%°/]", text.between(number.end, number.end + 2) or " "
        )
        clause = text.clause(number.start)
        eventful = any(find.start in clause for find in text.find("hits"))
        if apart and not tied and eventful and number.in_digits and _before(text, moment, "at", "before"):
            moments.append(moment)
    return moments
