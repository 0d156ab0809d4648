"""Bars that a reply names by their numbers, as times: "only bars 5 to 8 sadder" is "only 0:10-0:18 sadder".

Conventions: people count bars from 1; the plan of the take that is replied to says when they are. What is said in times
is understood by every reader of replies in every language, so the words are changed before they are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.errors import InputError
from assistant.interpret.lexicon import table
from assistant.interpret.on_cuts import clock
from assistant.plan import Plan

NO_MORE = r"(?![\d/:.,]*\d)"
"""What may not follow the number of a bar: "bar 5:20" is none, nor is "3/4"."""
Patterns = tuple[re.Pattern[str], ...]


@dataclass(frozen=True)
class Forms:
    """The patterns: stretches of bars, a bar at or from which something is, one by itself, one after which it is."""

    stretch: Patterns
    since: Patterns
    one: Patterns
    past: re.Pattern[str]


def with_bars_as_times(words: str, plan: Plan, prompts_dir: Path) -> str:
    """The words of a reply with the numbers of bars as times of the take.

    Raises
    ------
    InputError
        If the take has no such bar, or the stretch is named from its end to its start.
    """
    forms = _forms(prompts_dir)

    def stretch(match: re.Match[str]) -> str:
        first, last = (int(group) for group in match.groups() if group is not None)
        return f"{_at(plan, first, match[0])}-{_at(plan, last, match[0], first=first, is_end=True)}"

    def since(match: re.Match[str]) -> str:
        return match[0].replace(match["bar"], _at(plan, int(match["number"]), match["bar"]))

    def past(match: re.Match[str]) -> str:
        return match[0].replace(match["bar"], _at(plan, int(match["number"]), match["bar"], is_end=True))

    def one(match: re.Match[str]) -> str:
        number = int(next(group for group in match.groups() if group is not None))
        return f"{_at(plan, number, match[0])}-{_at(plan, number, match[0], is_end=True)}"

    for patterns, worded in ((forms.stretch, stretch), (forms.since, since), ((forms.past,), past), (forms.one, one)):
        for pattern in patterns:
            words = pattern.sub(worded, words)
    return words


def _at(plan: Plan, number: int, said: str, *, first: int = 1, is_end: bool = False) -> str:
    """When a bar begins or ends, as people write it."""
    count = len(plan.bars)
    if not first <= number <= count:
        raise InputError(f"{said.strip():.40}", f"bars 1 to {count}, the earlier one first", "name bars of this take")
    bar = plan.bars[number - 1]
    at_s = plan.tempo_map.seconds_at(bar.end_q if is_end else bar.start_q)
    return clock(min(plan.length_s, max(0.0, at_s)))


@cache
def _forms(prompts_dir: Path) -> Forms:
    data = table("bars", prompts_dir)
    article, before, after, to, since, past, onwards = (
        f"(?:{'|'.join(data[name])})" for name in ("article", "before", "after", "to", "since", "past", "onwards")
    )
    named = rf"(?<!\w)(?:{article} )?{before}\s*(?:no\.?|nr\.?)?\s*"
    bar, placed = rf"(?P<bar>{named}(?P<number>\d{{1,4}}){NO_MORE})", rf"(?P<bar>第?\s*(?P<number>\d{{1,4}})\s*{after})"
    stretch = (
        rf"{named}(\d{{1,4}})\s*{to}\s*(?:{before}\s*)?(\d{{1,4}}){NO_MORE}",
        rf"(?<!\d)第?\s*(\d{{1,4}})\.?\s*{after}?\s*{to}\s*第?\s*(\d{{1,4}})\s*{after}",
    )
    from_on = (rf"(?<!\w){since}\s+{bar}", rf"{since}\s*{placed}", rf"{bar}{onwards}", rf"{placed}\s*{onwards}")
    one = (rf"{named}(\d{{1,4}}){NO_MORE}", *data["one"])
    first, second, third = (
        tuple(re.compile(form, re.IGNORECASE) for form in forms) for forms in (stretch, from_on, one)
    )
    return Forms(first, second, third, re.compile(rf"(?<!\w){past}\s+{bar}", re.IGNORECASE))
