"""Shares and sizes in a clause: "20 percent"; seconds as people write them."""

from __future__ import annotations

import re

from assistant.feedback.clauses import Clause
from assistant.interpret.numbers import find_numbers

_PERCENT = re.compile(
    r"\s*(?:%|٪|percent|per cent|prozent|por ?ciento|por ?cento|pour ?cent|per cento|процент\w*|パーセント|퍼센트|프로|"
    r"بالم[ئي][هة]|في الم[ئي][هة]|प्रतिशत|फीसदी|परसेंट)"
)
_PERCENT_BEFORE = re.compile(r"(?:yuzde|百分之|%)\s*$")


def percent(clause: Clause) -> float | None:
    """The share that a clause names, in percent."""
    for number in find_numbers(clause.text):
        if _PERCENT.match(clause.plain[number.end : number.end + 12]) or _PERCENT_BEFORE.search(
            clause.plain[: number.start]
        ):
            return number.value
    return None


def tidy(seconds: float) -> float:
    """Whole seconds as whole numbers, as people write them."""
    return int(seconds) if float(seconds).is_integer() else round(seconds, 3)
