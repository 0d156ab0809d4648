"""Wishes about takes instead of music: undo, redo, choose, compare, export, explain, start over.

Conventions: a take has a number from 1. "Version 2" without another verb means: make it current. A question about the
cue asks for an explanation; a question that asks for a change ("could you ...?") is a wish.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from assistant.feedback.clauses import Clause
from assistant.feedback.lexicon import QUANTITIES
from assistant.feedback.values import Change
from assistant.interpret.numbers import find_numbers
from assistant.interpret.words import Found

_COUNTING = re.compile(r"\s*(?:[.-]|-?(?:й|я|ю|ая|ую|ый)|번|번째|ª|º|°|'?(?:inci|nci|uncu|ncu|uncü|ncü))?\s*")
"""What may stand between the number of a take and the word for take."""

MOVERS = ("higher", "lower", "much", "little", "too_much", "too_little", "plus", "minus", "twice", "half")
"""Words of a quantity that may ask for a change of it."""

OPENS = 2
"""Where a question begins at the latest that asks for a reason and nothing else."""
ARTICLE = 2
"""Letters of an article, which is no number of a take."""
CHOOSING = 24
"""The longest clause that does no more than choose a take."""

FIRST_OF = ("redo", "compare", "export", "restart", "choose", "undo")
"""Which action is meant where several are named: "undo the undo" is a redo, "back to take 2" a choice."""


def read_action(clauses: Sequence[Clause]) -> Change | None:
    """The action that a reply asks for."""
    found: dict[str, Clause] = {}
    version = None
    for clause in clauses:
        number = named_version(clause)
        version = version if number is None else number
        if number is not None:
            found.setdefault("choose", clause)
        for mark in clause.find("action", "undo", "redo", "compare", "export", "restart"):
            if not _is_about_music(clause, mark) and not _goes_on(clause, mark, clauses):
                found.setdefault(mark.value, clause)
    for action in FIRST_OF:
        if action in found:
            if action == "choose" and version is None:
                continue
            with_number = action in ("choose", "compare", "export")
            words = found[action].text.raw.strip()
            return Change("action", value=action, version=version if with_number else None, words=words)
    return None


def named_version(clause: Clause) -> int | None:
    """The number of the take that a clause is about."""
    number = version_in(clause)
    return _chosen(clause) if number is None else number


def _chosen(clause: Clause) -> int | None:
    """ "Choose 99": a verb of choosing with a bare number is the number of a take."""
    verb = next(iter(clause.find("version", "choose")), None)
    whole = [number for number in find_numbers(clause.text) if number.value == int(number.value) and number.in_digits]
    if verb is None or len(whole) != 1 or len(clause.plain.strip()) > CHOOSING:
        return None
    unit = clause.plain[whole[0].end :].strip(" .!?。")
    return int(whole[0].value) if not unit or clause.text.language in ("zh", "ja", "ko", "hi", "tr") else None


def _is_about_music(clause: Clause, mark: Found) -> bool:
    """Whether an action word stands in a wish about players or quantities ("drop back the drums")."""
    if clause.before(mark, "negation", "not", within=8):
        return True
    moved = any(item.field in QUANTITIES and item.value in ("higher", "lower") for item in clause.marks)
    named = bool(clause.find("instruments")) or clause.has("verbs", "everything")
    if mark.value == "export" and any(
        item.start < mark.end and mark.start < item.end for item in clause.find("direction")
    ):
        # "نزّلها" is "download it" and "bring it down".
        return named or clause.has("tempo", "topic") or bool(find_numbers(clause.text))
    return mark.value in ("undo", "compare", "redo") and (named or moved)


def _goes_on(clause: Clause, mark: Found, clauses: Sequence[Clause]) -> bool:
    """Whether "نزلها" brings down what another clause complains of, and downloads nothing."""
    pushed = any(item.start < mark.end and mark.start < item.end for item in clause.find("direction"))
    return pushed and any(other.quantities for other in clauses if other is not clause)


def is_question(clause: Clause) -> bool:
    """Whether a clause asks about the cue, and not for a change."""
    if clause.has("question", "rights") and not clause.find("instruments"):
        return True
    if any(mark.start <= OPENS for mark in clause.find("question", "why")) and not clause.has("action", "request"):
        return True
    stated = clause.quantities or clause.has("verbs", "add", "remove", "keep")
    if clause.has("question") and clause.is_question and not stated:
        return True
    if clause.has("action", "request"):
        return False
    if clause.has("action", "explain") or (clause.has("question") and _is_all_question(clause)):
        return True
    asks = [*clause.find("action", "ask"), *(clause.find("action", "ask_marked") if clause.is_question else ())]
    opens = any(mark.start <= 16 or clause.text.language in ("zh", "ja", "ko", "hi", "tr", "ar") for mark in asks)
    if asks and (
        clause.is_question or (opens and asks[0].start <= 2 and clause.text.language not in ("zh", "ja", "ko"))
    ):
        return opens or clause.is_question
    yes = clause.has("action", "ask_yes") and clause.is_question
    if yes and _only_states(clause):
        return True
    sized = clause.has("length", "to", "only") and bool(find_numbers(clause.text))  # "可以缩短到30秒吗？"
    return yes and not sized and not any(mark.field in QUANTITIES and mark.value in MOVERS for mark in clause.marks)


def _only_states(clause: Clause) -> bool:
    """Whether a question names how something may be, and no change of it: "is it slow?"."""
    named = {mark.value for mark in clause.quantities}
    turned = clause.has("degree") or clause.has("negation") or clause.has("verbs") or clause.has("action", "request")
    return bool(named) and named <= {"much", "little"} and not turned and not clause.find("instruments")


def doubts(clauses: Sequence[Clause], is_there: Callable[[str], bool]) -> list[Clause]:
    """ "No drums? Really?": questions that wonder at what is missing, or is taken for missing."""
    wondered: list[Clause] = []
    for clause, following in zip(clauses, [*clauses[1:], None], strict=False):
        named = {mark.value for mark in clause.find("instruments")}
        missing = clause.is_question and clause.has("verbs", "no") and not clause.has("verbs", "add", "remove", "keep")
        really = following is not None and following.is_question and following.has("aside", "doubt")
        missing = missing and not clause.has("action", "request") and bool(named)
        wonders = clause.is_question and clause.has("aside", "doubt") and not clause.quantities
        if wonders or (missing and (really or not any(map(is_there, named)))):
            wondered.append(clause)
    return wondered


def _is_all_question(clause: Clause) -> bool:
    """Whether a clause with a turn of a question ("what key", "几拍子") asks for no change besides."""
    return clause.is_question or not (clause.quantities or clause.has("verbs", "add", "remove", "keep"))


def version_in(clause: Clause) -> int | None:
    """The number of the take that a clause names."""
    nouns = clause.find("version", "noun", "one")
    for noun in nouns:
        for number in find_numbers(clause.text):
            tied = clause.plain[number.end : number.end + 1] in ("/", ":", "%", ".") and number.in_digits
            if not number.in_digits and number.end - number.start <= ARTICLE and clause.text.language == "en":
                continue  # "Can the piano take a back seat".
            if any(0 <= unit.start - number.end <= 2 for unit in clause.text.find("units") if unit.value != "other"):
                continue  # "Take 20 bpm off."
            tied = tied and clause.plain[number.end + 1 : number.end + 2].isdigit()
            whole = number.value == int(number.value) and 1 <= number.value <= 99 and not tied
            after = noun.end <= number.start and not clause.plain[noun.end : number.start].strip(" .:#n°")
            before = bool(_COUNTING.fullmatch(clause.plain[number.end : noun.start])) and number.end <= noun.start
            ordinal = before and clause.text.language in ("zh", "ja", "ko", "de", "tr", "ru", "hi")
            if whole and (
                (after and noun.value == "noun") or (ordinal and _is_ordinal(clause, number.start, number.end))
            ):
                return int(number.value)
        for mark in clause.find("version"):
            if mark.value.startswith("ordinal_") and _beside(clause, mark, noun) and not _is_unit(clause, mark):
                return int(mark.value.removeprefix("ordinal_"))
    return None


def _is_ordinal(clause: Clause, start: int, end: int) -> bool:
    """Whether a number counts ("第3版", "3. Version") and does not measure ("3 versions")."""
    before, after = clause.plain[max(0, start - 2) : start], clause.plain[end : end + 3]
    if clause.text.language == "zh":
        return "第" in before or (after[:1] in ("号", "版") and clause.plain[start:end].isdigit())
    if clause.text.language == "ja":
        return "第" in before or "番" in after or "目" in after or "つ目" in after or after[:1] == "版"
    if clause.text.language == "ko":
        return "번" in after or "째" in after or "차" in after
    return bool(after.strip()) and not after.startswith("  ")


def _is_unit(clause: Clause, mark: Found) -> bool:
    """Whether an ordinal is the unit of a number: "a 15 second version"."""
    return any(0 <= mark.start - number.end <= 2 for number in find_numbers(clause.text))


def _beside(clause: Clause, mark: Found, noun: Found) -> bool:
    """Whether an ordinal belongs to a noun: right before or after it."""
    between = clause.plain[mark.end : noun.start] if mark.end <= noun.start else clause.plain[noun.end : mark.start]
    limit = 2 if clause.text.language in ("zh", "ja") else 8
    return (mark.end <= noun.start or noun.end <= mark.start) and len(between) <= limit and " to " not in between
