"""A tempo in numbers: "90 bpm", "slow it down to 84", "10 bpm faster", "20 % slower", "twice as fast".

Conventions: numbers win over words such as "slower"; N bpm is N - 2 to N + 2; beats a minute.
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.constraints import Evidence
from assistant.feedback.clauses import Clause
from assistant.feedback.context import Context
from assistant.feedback.places import range_in
from assistant.feedback.quantities import Move
from assistant.feedback.shares import percent
from assistant.feedback.values import Change
from assistant.interpret.keys import read_meter
from assistant.interpret.numbers import Number, find_numbers
from assistant.interpret.tempo import FASTEST_BPM, SLOWEST_BPM, SPREAD_BPM, read_tempo

PLAUSIBLE_BPM = (30.0, FASTEST_BPM)
"""Bare numbers that may be a tempo; slower ones are seconds more often."""
LARGEST_SHIFT_BPM = 29.0
"""Beats a minute that are a step and no tempo of their own."""
NEAR_BPM = 3.0
_TIME_UNIT = re.compile(
    r"\s*-?\s?(?:s\b|sec|秒|초|сек|с\b|m\b|min|分|분|мин|ثا|दक|से|sn\b|saniye|takt|bar|小节|:|/|lufs|db|st\b|nd\b|rd\b|th\b|版|号)"
)


def read_tempo_number(clause: Clause, context: Context, moves: tuple[Move, ...]) -> list[Change]:
    """A tempo in numbers: "90 bpm", "slow it down to 84", "10 bpm faster", "20 % slower"."""
    move = next((item for item in moves if item.quantity == "tempo"), None)
    if move is None and clause.has("tempo", "topic"):
        # "Shave ten percent off the speed": the push may be a word for length.
        shift = next((item for item in moves if item.quantity == "length"), None)
        move = shift and replace(shift, quantity="tempo")
    words = clause.text.raw.strip()
    low, high = context.constraints.tempo_bpm or (98.0, 102.0)
    middle = (low + high) / 2
    if move is None and not clause.text.find("units", "bpm") and read_meter(clause.text) is not None:
        return []  # "حولها لإيقاع 3/4": numbers of a metre.
    for key, factor in (("twice", 2.0), ("half", 0.5)):
        if clause.has("tempo", key):
            return [tempo_of(middle * factor, words)]
    if move is not None and (share := percent(clause)) is not None:
        return [tempo_of(middle * (1 + move.sign * share / 100), words)]
    if (by := _shift(clause, move)) is not None:
        return [tempo_of(middle + by, words)]
    if (target := _after_the_old(clause, middle, move)) is not None:
        return [tempo_of(target, words)]
    stated = read_tempo(clause.text)
    exact = stated is not None and _holds_number(clause, stated.evidence) and not _is_meter(clause, stated.evidence)
    if stated is not None and exact:
        centre = (stated.bpm[0] + stated.bpm[1]) / 2
        wide = stated.bpm[1] - stated.bpm[0] > 2 * SPREAD_BPM + 0.01
        if move is not None and centre >= 30 and _is_stated_fact(clause, move, centre):
            return []
        return [Change("tempo_bpm", value=stated.bpm, words=words)] if wide else [tempo_of(centre, words)]
    pushed = clause.has("direction") and not clause.find("instruments") and not clause.has("loudness", "topic")
    if move is None and not clause.has("tempo") and context.topic != "tempo_bpm" and not pushed:
        return []
    for number in find_numbers(clause.text):
        if _is_in_range(clause, number):
            continue
        bare = not _TIME_UNIT.match(clause.plain[number.end : number.end + 8]) and not _has_unit(clause, number)
        if bare and number.in_digits and PLAUSIBLE_BPM[0] <= number.value <= PLAUSIBLE_BPM[1]:
            if move is not None and _is_stated_fact(clause, move, number.value):
                return []
            return [tempo_of(number.value, words)]
    return []


def _holds_number(clause: Clause, evidence: Evidence) -> bool:
    """Whether the words of a tempo hold a number, in digits or spoken: "fifty beats per minute"."""
    origin = clause.text.folded.origin
    return any(
        evidence.start <= origin[number.start] < evidence.end
        for number in find_numbers(clause.text)
        if number.in_digits or number.value >= SLOWEST_BPM
    )


def _is_meter(clause: Clause, evidence: Evidence) -> bool:
    """Whether the number is that of a metre: "3/4拍"."""
    meter = read_meter(clause.text)
    return meter is not None and meter.evidence.start <= evidence.start < meter.evidence.end


def _is_in_range(clause: Clause, number: Number) -> bool:
    """Whether a number belongs to a stretch of time: "from second 30 to second 36"."""
    found = range_in(clause)
    return found is not None and found[1] <= number.start < found[2]


def _shift(clause: Clause, move: Move | None) -> float | None:
    """Beats a minute more or fewer: "10 bpm slower", "8 bpm de plus", "drop it by 5"."""
    sign = move.sign if move is not None else _pushed(clause)
    if not sign:
        return None
    beats = clause.text.find("units", "bpm")
    topics = clause.find("tempo", "topic")
    for number in find_numbers(clause.text):
        counted = any(-1 <= unit.start - number.end <= 3 for unit in beats)
        named = bool(topics or beats) and not _has_unit(clause, number)
        named = named and not _TIME_UNIT.match(clause.plain[number.end : number.end + 8])
        if _is_in_range(clause, number) or "/" in clause.plain[max(0, number.start - 1) : number.end + 1]:
            continue
        named = named and (number.in_digits or number.value > 2)  # "再快一点": no number.
        if (counted or named) and 0 < number.value <= LARGEST_SHIFT_BPM:
            return sign * number.value
    return None


def _pushed(clause: Clause) -> int:
    """1 for more, -1 for less, 0 where no word says either."""
    for table, up, down in (("direction", "up", "down"), ("degree", "more", "less"), ("length", "plus", "minus")):
        found = [mark for mark in clause.find(table, up, down) if mark.value in (up, down)]
        if found:
            return 1 if found[-1].value == up else -1
    return 0


def _after_the_old(clause: Clause, middle: float, move: Move | None) -> float | None:
    """The second of two numbers of which the first is the tempo now: "from 100 down to 92"."""
    if move is None and not clause.text.find("units", "bpm") and not clause.has("tempo"):
        return None
    numbers = [
        number.value
        for number in find_numbers(clause.text)
        if number.in_digits
        and PLAUSIBLE_BPM[0] <= number.value <= PLAUSIBLE_BPM[1]
        and not _TIME_UNIT.match(clause.plain[number.end : number.end + 8])
    ]
    if len(numbers) == 2 and abs(numbers[0] - middle) <= NEAR_BPM < abs(numbers[1] - middle):
        return numbers[1]
    return None


def _has_unit(clause: Clause, number: Number) -> bool:
    """Whether a unit of time follows a number."""
    return any(
        0 <= unit.start - number.end <= 2 and unit.value != "bpm"
        for unit in clause.text.find("units")
        if unit.value != "other"
    )


def _is_stated_fact(clause: Clause, move: Move, bpm: float) -> bool:
    """Whether a number is the tempo complained about: "140 is way too fast"."""
    return (
        move.strength == 1 and move.mark.value in ("much", "little") and clause.plain.find(f"{bpm:g}") < move.mark.start
    )


def tempo_of(centre: float, words: str) -> Change:
    """A tempo around a number of beats a minute."""
    centre = float(round(centre))
    return Change("tempo_bpm", value=(centre - SPREAD_BPM, centre + SPREAD_BPM), words=words)
