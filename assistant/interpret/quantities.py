"""Times as they are written: clocks, timecodes, primes, and numbers with a unit ("1:30", "1'30", "anderthalb Minuten").

Conventions: seconds. Timecodes with frames are read at the stated rate, the clip's, or 24 frames a second; a reel that
starts at hour one is read from there. What a time is for, its length or a moment, `assistant.interpret.times` says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.interpret.numbers import Number
from assistant.interpret.text import Text
from assistant.interpret.words import Found

FILM_RATE_HZ = 24.0
SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
SHARES = {"yes": 0.5, "quarter": 0.25, "three_quarters": 0.75}
"""What the keys of the words files' table ``and_half`` add to a unit."""
RATIOS = {"9:16", "16:9", "4:3", "3:4", "1:1", "21:9", "4:5", "5:4", "2:1", "3:2", "1:2"}

_TIMECODE = re.compile(r"(?<![\d:])(\d{1,2}):([0-5]\d):([0-5]\d)(?:([:;.])(\d{1,3}))?(?![\d:])")
_CLOCK = re.compile(r"(?<![\d:/.])(\d{1,3}):([0-5]\d(?:\.\d{1,3})?)(?![\d:])(?!\s?(?:am|pm|a\.m|p\.m|uhr\b))")
_PRIMES = re.compile(r"(?<!\d)(?:(\d{1,3})'\s?([0-5]?\d)\"|(\d{1,4})\")(?![\w])")
_SHORT_PRIMES = re.compile(r"(?<![\d.,])(\d{1,2})'\s?([0-5]\d)(?![\d\"'])")
_COMPACT = re.compile(r"(?<![\d:.])(\d{1,3})\s?m(?:in)?\s?(\d{1,2})\s?s(?:ec)?(?![a-z])")
_MINUTES_THEN = re.compile(r"(?<![\d:.,])(\d{1,2})\s?m(?:in|n)?([0-5]\d)(?![\w:]|\.\d)")
"""Minutes and seconds with one sign between them: "1m30", "2min05"."""
_FRAME_RATE = re.compile(r"(\d{2,3}(?:\.\d+)?)\s?(?:fps|frames? per second|帧|コマ|i/s|к/с)")
_GAP = re.compile(
    r"\s*(?:-|–|de|d'|di|of|of a|a|个|個|の|premieres?|premiers|dernieres?|derniers|primeros|ultimos|primi|ultimi)?\s*"
)
_ORDINAL = re.compile(r"\s*(?:-?(?:й|я|ю|ой|ей|th|st|nd|rd|e|eme|º|ª|°|a|o|वें|वे|वीं|'?inci|'?nci|'?uncu|'?uncu)|\.)\s*")
_SHORTEST_WORD = 2
"""Letters of a unit that is only a sign ("s", "min" is longer) and never stands before its number."""

_DECADES = {50, 60, 70, 80, 90}
_MACHINES = {303, 505, 606, 707, 808, 909}
"""Drum machines and bass boxes that people call by their numbers: "808s"."""


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


def written_times(text: Text, numbers: tuple[Number, ...], frame_rate_hz: float | None) -> list[Moment]:
    """Every time of a text, in order, none inside a longer one."""
    quantities = list(_quantities(text, numbers))
    fixed = [_fixed(text, numbers, quantities, find) for find in text.find("fixed_length")]
    found = [*_clocks(text, frame_rate_hz), *quantities, *fixed]
    return sorted(_without_overlaps(found), key=lambda moment: moment.start)


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
    for match in (match for form in (_SHORT_PRIMES, _COMPACT, _MINUTES_THEN) for match in form.finditer(text.plain)):
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
    if tail := _share_after(text, numbers, find.end):
        return replace(moment, at_s=moment.at_s + tail[1] * 60, end=tail[0])
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
            anchor, extra = half.start, SHARES[half.value]
    before = next((number for number in reversed(numbers) if number.end <= anchor), None)
    if before and (gap := _gap(text.between(before.end, anchor))):
        end, value = unit.end, before.value + extra
        if not extra and (tail := _share_after(text, numbers, unit.end)):
            end, value = tail[0], value + tail[1]
        moment = Moment(value * unit_s, before.start, end, marked=gap == "ordinal" or before.ordinal)
        if before.end - before.start == 1 and not before.in_digits and unit.end - unit.start <= len("min"):
            return None if text.between(before.start, before.end) == "a" else (moment, unit_s)
        return None if _is_decade(text, before, unit) else (moment, unit_s)
    if not text.between(unit.start, unit.end).isascii() or unit.end - unit.start > _SHORTEST_WORD:
        after = next((number for number in numbers if number.start >= unit.end), None)
        if after and _follows(text, unit, after, unit_s):
            marked = after.in_digits or after.value > 1
            return Moment(after.value * unit_s, unit.start, after.end, marked=marked), unit_s
    if (tail := _share_after(text, numbers, unit.end)) and text.between(unit.end, tail[0]).strip():
        return Moment((1 + tail[1]) * unit_s, unit.start, tail[0]), unit_s
    if unit_s == 60 and unit.end - unit.start > len("min") and (number := _loose_seconds(text, numbers, unit.end)):
        return Moment(unit_s + number.value, unit.start, number.end), unit_s
    return None


def _follows(text: Text, unit: Found, number: Number, unit_s: float) -> bool:
    """Whether a number after its unit belongs to it: "segundo 27", "دقيقة واحدة", but not "second half"."""
    if text.between(unit.end, number.start).strip() not in ("", "#", "n", "№") or number.value < 1:
        return False
    return number.value == 1 or not (has_unit(text, number) or (unit_s == 60 and not number.in_digits))


def _gap(between: str) -> str:
    """How a number is tied to the unit after it: "plain", "ordinal", or not at all."""
    if _GAP.fullmatch(between):
        return "plain"
    return "ordinal" if _ORDINAL.fullmatch(between) else ""


def _share_after(text: Text, numbers: tuple[Number, ...], place: int) -> tuple[int, float] | None:
    """Where an "and a half" or its like that follows a unit ends, and how much of the unit it is."""
    for half in text.find("and_half"):
        if half.start >= place and not text.between(place, half.start).strip():
            return half.end, SHARES[half.value]
    for number in numbers:
        if number.value == SHARES["yes"] and not number.in_digits and number.start == place:
            return number.end, number.value
    return None


def _loose_seconds(text: Text, numbers: tuple[Number, ...], place: int) -> Number | None:
    """Seconds said without their unit: "1 min 20", "a minute 40", "3 min e 20"."""
    for number in numbers:
        if number.start >= place:
            if number.value == 0 and not number.in_digits and _joined(text, place, number.start):
                tail = _loose_seconds(text, numbers, number.end)
                return tail if tail and tail.value < 10 else None
            near = _joined(text, place, number.start) and "," not in text.between(place, number.start)
            near = near and (number.in_digits or number.value > 1)
            whole = 0 < number.value < 60 and number.value == int(number.value)
            return number if near and whole and not has_unit(text, number) else None
    return None


def has_unit(text: Text, number: Number) -> bool:
    """Whether a unit follows a number."""
    return any(unit.start >= number.end and _gap(text.between(number.end, unit.start)) for unit in text.find("units"))


def _is_decade(text: Text, number: Number, unit: Found) -> bool:
    """Whether "80s" means the decade: after "the", or before a style or an instrument."""
    if not (number.in_digits and text.between(unit.start, unit.end) == "s" and unit.start == number.end):
        return False
    if 1800 <= number.value < 2100 or number.value in _MACHINES:
        return True
    after = any(0 <= find.start - unit.end <= 1 and find.field in ("styles", "instruments") for find in text.finds)
    before = text.between(number.start - 4, number.start).endswith(("the ", "'", "early ", "late "))
    return number.value in _DECADES and (after or before)
