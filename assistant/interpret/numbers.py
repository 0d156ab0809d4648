"""Numbers, in digits and in words of every language that is read.

Conventions: a number is a value with the stretch of folded text that holds it. "Half" is 0.5; "and a half" is added by
`assistant.interpret.times`, which knows the unit. Chinese, Japanese and Korean number words are read with cn2an.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.interpret.text import Text

_DIGITS = re.compile(r"(?<![\d.:])[-−]?(?:\d{1,3}(?:[,']\d{3})+(?![\d])|\d+(?:[.,]\d+)?|\.\d+)")
_POWER = re.compile(r"e([+-]?\d{1,4})(?![^\W_])")
"""How computers write great and small numbers: "1e3"."""
_HAN = re.compile(r"[负负]?[零一二两三四五六七八九十百千万半点]+")
_SINO_KOREAN = str.maketrans("영공일이삼사오육륙칠팔구십백천만", "零零一二三四五六六七八九十百千万")
_HANGUL = re.compile(r"[일이삼사오육칠팔구십백천]+(?=\s?(?:초|분|박|시간|비피엠))")
_JOINERS = re.compile(r"\s*(?:[-\s]|and|y|e|et|und|و|en|و )?\s*")
_LONGEST_DIGITS = 12
"""Digits of a number that can mean anything in a brief; longer runs are read as this many nines."""


@dataclass(frozen=True)
class Number:
    """A value and where it stands."""

    value: float
    start: int
    end: int
    in_digits: bool = False
    ordinal: bool = False


def find_numbers(text: Text) -> tuple[Number, ...]:
    """Every number of a text, in order."""
    numbers = [*_digits(text.plain), *_from_words(text)]
    if any("一" <= char <= "鿿" for char in text.plain) or text.language == "ko":
        numbers += [*_han(text.plain), *_hangul(text)]
    halves = text.find("relative", "half")
    numbers = [number for number in numbers if not any(half.start <= number.start < half.end for half in halves)]
    kept: list[Number] = []
    for number in sorted(numbers, key=lambda number: (number.start, -number.end)):
        if not kept or number.start >= kept[-1].end:
            kept.append(number)
    return tuple(kept)


def to_float(digits: str) -> float:
    """The value of a number in digits; a comma is a decimal point unless three digits follow it.

    Examples
    --------
    >>> to_float("1,5"), to_float("1,500"), to_float("-0.01")
    (1.5, 1500.0, -0.01)
    """
    plain = digits.replace("−", "-").replace("'", "")
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+", plain):
        plain = plain.replace(",", "")
    plain = plain.replace(",", ".")
    return float(plain) if len(plain) <= _LONGEST_DIGITS else float("9" * _LONGEST_DIGITS)


def _digits(plain: str) -> list[Number]:
    numbers = []
    for match in _DIGITS.finditer(plain):
        minus = match[0][0] == "-" and (match.start() == 0 or plain[match.start() - 1] in " :=(")
        start = match.start() if minus or match[0][0] != "-" else match.start() + 1
        power = _POWER.match(plain, match.end())
        value = to_float(plain[start : match.end()]) * (10.0 ** min(int(power[1]), _LONGEST_DIGITS) if power else 1.0)
        numbers.append(Number(value, start, power.end() if power else match.end(), True))
    return numbers


def _from_words(text: Text) -> list[Number]:
    """Number words, with those that belong together added up: "one hundred and twenty-five", "treinta y cinco"."""
    minus = text.find("minus")
    numbers: list[Number] = []
    for find in sorted((*text.find("numbers"), *text.find("ordinals")), key=lambda find: find.start):
        value, ordinal = float(find.value), find.field == "ordinals"
        last = numbers[-1] if numbers else None
        if (
            last
            and _JOINERS.fullmatch(text.between(last.end, find.start))
            and (joined := _join(last.value, value, text.language))
        ):
            numbers[-1] = Number(joined, last.start, find.end, ordinal=ordinal)
        elif sign := next((sign for sign in minus if text.between(sign.end, find.start).isspace()), None):
            numbers.append(Number(-value, sign.start, find.end))
        else:
            numbers.append(Number(value, find.start, find.end, ordinal=ordinal))
    return numbers


def _join(total: float, value: float, language: str) -> float | None:
    """Two neighbouring number words as one value, or None when they are two numbers."""
    if total <= 0 or total != int(total):
        return None
    if value in (100, 1000) and 1 <= total < 100:
        return total * value
    if (total >= 100 and total % 100 == 0 and 0 < value < 100) or (total >= 20 and total % 10 == 0 and 0 < value < 10):
        return total + value
    if language == "tr" and total == 10 and 0 < value < 10:
        return total + value
    if total in (60, 80) and 10 <= value < 20:
        return total + value
    return None


def _han(plain: str) -> list[Number]:
    """Chinese numerals; a lone 半 is 0.5."""
    numbers = []
    for match in _HAN.finditer(plain):
        if (value := _read_han(match[0])) is not None:
            numbers.append(Number(value, match.start(), match.end()))
    return numbers


def _hangul(text: Text) -> list[Number]:
    """Sino-Korean numerals before a unit."""
    if text.language != "ko":
        return []
    values = [(match, _read_han(match[0].translate(_SINO_KOREAN))) for match in _HANGUL.finditer(text.plain)]
    return [Number(value, match.start(), match.end()) for match, value in values if value is not None]


LONGEST_HAN = 24
"""Signs of the longest run of Chinese numerals that is read as a number."""


def _read_han(words: str) -> float | None:
    """The value of Chinese numerals, None for a run that is no number."""
    if words == "半":
        return 0.5
    plain = words.strip("半点")
    if not plain or len(plain) > LONGEST_HAN:
        return None
    import cn2an

    try:
        return float(cn2an.cn2an(plain, "smart"))
    except (ValueError, KeyError):  # the library fails on some runs of units
        return None
