"""Tempo: numbers with "bpm" in any wording, and words such as slow, fast, andante.

Conventions: beats a minute as (low, high). One number n reads as n - 2 to n + 2. Ranges of words come from
``prompts/lexicon/tempo.toml``. Tempi outside `SLOWEST_BPM`..`FASTEST_BPM` are brought into range and said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.constraints import Evidence
from assistant.interpret.lexicon import table
from assistant.interpret.numbers import Number, find_numbers
from assistant.interpret.quantities import has_unit
from assistant.interpret.text import Text
from assistant.interpret.words import Found
from assistant.remark import Remark

SLOWEST_BPM, FASTEST_BPM = 20.0, 300.0
SPREAD_BPM = 2.0
_LABEL_NEAR = 16
"""Characters between a word such as "tempo" and the word that says which."""

_RANGE_GAP = re.compile(r"\s*(?:-|–|—|~|to|and|bis|und|a|et|à|y|e|до|到|至|から|에서|से|الى|ile)\s*")


_ABOUT = re.compile(
    r"[\s:=~]*(?:of|is|为|是|在|约|大约|约为|de|di|a|at|von|um|bei|etwa|um die|so um die|sui|sugli|intorno ai|verso i|"
    r"sobre los|por los|rondando los|dans les|по|в районе|circa|ca\.?|environ|autour de|unos|unas|sobre|"
    r"cerca de|por volta de|intorno a|around|about|roughly|около|примерно|где-то|yaklasik|लगभग|करीब|حوالي|نحو|"
    r"약|대략|는|은|は|約|およそ)?\s*"
)
"""What may stand between "tempo" and its number."""


_UNIT_GAP = re.compile(r"\s*(?:[-+]|-?ish|odd|or so|-?er|-?ies)?\s*")
"""What may stand between a number and its "bpm": "70ish bpm"."""

_BARE_LOWEST, _BARE_HIGHEST = 60, 220
_DECADE = 10
_LOWEST_ROUND = 100
"""A bare number behind a style is a tempo from here on, or when it can be no decade ("techno 128", not "rock 80")."""


@dataclass(frozen=True)
class Tempo:
    """A tempo range with its words, and what must be said about it."""

    bpm: tuple[float, float]
    evidence: Evidence
    remarks: tuple[Remark, ...] = ()


def read_tempo(text: Text) -> Tempo | None:
    """The tempo that the words ask for, None when they ask for none."""
    return _from_numbers(text) or _from_style(text) or _from_words(text)


def _from_numbers(text: Text) -> Tempo | None:
    meters = text.find("meter")
    numbers = [n for n in find_numbers(text) if not any(m.start <= n.start < m.end for m in meters)]
    for index, number in enumerate(numbers):
        unit_end = _unit_end(text, number)
        if unit_end is None and not _labelled(text, number):
            continue
        low, start = number, number.start
        previous = numbers[index - 1] if index else None
        if previous and _RANGE_GAP.fullmatch(text.between(previous.end, number.start)):
            low, start = previous, previous.start
        following = numbers[index + 1] if index + 1 < len(numbers) else None
        if unit_end is None and following and _RANGE_GAP.fullmatch(text.between(number.end, following.start)):
            return _legal(text, number.value, following.value, start, following.end)
        return _legal(text, low.value, number.value, start, unit_end or number.end)
    return None


def _from_style(text: Text) -> Tempo | None:
    """A bare number right behind a style that has no unit and can be no decade: "drum and bass 174"."""
    for number in find_numbers(text):
        whole = number.in_digits and number.value == int(number.value)
        if not whole or not _BARE_LOWEST <= number.value <= _BARE_HIGHEST or has_unit(text, number):
            continue
        round_one = number.value < _LOWEST_ROUND and number.value % _DECADE == 0
        apart = not re.match(r"[\w/:%°'.,-]*[\w/:%°]", text.between(number.end, number.end + 2))
        if (
            not round_one
            and apart
            and any(
                style.end <= number.start and not text.between(style.end, number.start).strip(" (@")
                for style in text.wanted("styles")
            )
        ):
            return _legal(text, number.value, number.value, number.start, number.end)
    return None


def _unit_end(text: Text, number: Number) -> int | None:
    """Where the "bpm" after a number ends."""
    for unit in text.find("units", "bpm"):
        if unit.start >= number.end and _UNIT_GAP.fullmatch(text.between(number.end, unit.start)):
            return unit.end
    return None


def _labelled(text: Text, number: Number) -> bool:
    """Whether "tempo" or its like stands right before a number that has no other unit."""
    if any(
        unit.start >= number.end and not text.between(number.end, unit.start).strip(" -") for unit in text.find("units")
    ):
        return False
    return any(
        label.end <= number.start and _ABOUT.fullmatch(between)
        for label in text.find("tempo_label")
        for between in [text.between(label.end, number.start)]
    )


def _legal(text: Text, low: float, high: float, start: int, end: int) -> Tempo:
    """The range that two numbers ask for, brought into what can be played."""
    asked, played = sorted((low, high)), sorted(_playable(value) for value in (low, high))
    evidence = text.evidence("tempo_bpm", start, end)
    spread = SPREAD_BPM if low == high else 0.0
    bpm = (max(played[0] - spread, SLOWEST_BPM / 2), played[1] + spread)
    if asked == played:
        return Tempo(bpm, evidence)
    return Tempo(bpm, evidence, (Remark.of("tempo_clamped", asked=evidence.words, used_bpm=round(played[0], 2)),))


def _playable(bpm: float) -> float:
    """The nearest tempo that can be played; a minus sign is taken for a slip."""
    return min(max(abs(bpm) or 60.0, SLOWEST_BPM), FASTEST_BPM)


def _weight(text: Text, find: Found) -> tuple[bool, bool]:
    """What goes first: words that speak of the tempo itself ("medium tempo" before "fast fingers"), then exact ones."""
    clause = text.clause(find.start)
    labels = text.find("tempo_label")
    of_tempo = any(
        find.start <= label.start < find.end or (label.start in clause and abs(label.start - find.start) <= _LABEL_NEAR)
        for label in labels
    ) or "tempo" in text.between(find.start, find.end)
    return not of_tempo, find.value in ("slow", "fast", "moderate")


def _from_words(text: Text) -> Tempo | None:
    ranges = table("tempo", text.prompts_dir)["ranges"]
    finds = text.find("tempo")
    if not finds:
        return None
    wanted = [find for find in finds if not find.negated]
    find = min(wanted, key=lambda find: _weight(text, find)) if wanted else finds[0]
    name = find.value if wanted else f"not_{find.value}"
    if name not in ranges:
        return None
    low, high = ranges[name]
    return Tempo((float(low), float(high)), text.evidence("tempo_bpm", find.start, find.end, 0.8))
