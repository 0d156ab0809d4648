"""A length in numbers: "make it 45 s", "10 s longer", "trim 5 s", "twice as long".

Conventions: seconds. A time is a length only when the clause says so; "three seconds" alone may be anything.
"""

from __future__ import annotations

from assistant.feedback.actions import FIRST_OF
from assistant.feedback.clauses import Clause
from assistant.feedback.context import Context
from assistant.feedback.lexicon import TAIL
from assistant.feedback.places import edge_in, moments_in, range_in
from assistant.feedback.quantities import VERB_FINAL, Move
from assistant.feedback.shares import percent, tidy
from assistant.feedback.values import Change
from assistant.interpret.numbers import find_numbers
from assistant.interpret.quantities import Moment
from assistant.interpret.words import Found
from assistant.settings import LONGEST_S, SHORTEST_S

HITS = ("add", "stop", "reveal", "swell")
BARE = 18
"""Characters besides a time in a clause that is nothing but a length: "20 seconds pls"."""


def read_length_number(clause: Clause, context: Context, moves: tuple[Move, ...]) -> list[Change]:
    """A length in numbers: "make it 45 s", "10 s longer", "trim 5 s", "twice as long"."""
    before, words = context.length_s, clause.text.raw.strip()
    for key, factor in (("twice", 2.0), ("half", 0.5)):
        if clause.has("length", key):
            return [Change("duration_s", value=tidy(before * factor), words=words)]
    cut_off = next((item for item in clause.find("time", "last", "first")), None)
    cuts = clause.has("length", "lower") or (
        clause.has("verbs", "remove") and not clause.find("instruments") and not clause.has("hits", *HITS)
    )
    if cut_off is not None and cuts and (times := moments_in(clause)):
        return [Change("duration_s", value=tidy(max(1.0, before - times[-1].at_s)), words=words)]
    if range_in(clause) or clause.has("hits", *HITS):
        return []
    if edge_in(clause, before) and not (clause.has("length", "lower", "higher") and _ends_before(clause)):
        return []
    move = next((item for item in moves if item.quantity == "length"), None)
    if move is not None and (share := percent(clause)) is not None:
        return [Change("duration_s", value=tidy(before * (1 + move.sign * share / 100)), words=words)]
    found = [moment for moment in moments_in(clause) if moment.at_s > 0]
    if (total := _lengthened(clause, before, [moment.at_s for moment in found])) is not None:
        return [Change("duration_s", value=tidy(total), words=words)]
    if (
        not found
        and (total := _bare_target(clause, context)) is not None
        and (move or total == context.moment_s or context.topic == "duration_s")
    ):
        return [Change("duration_s", value=tidy(total), words=words)]
    asked = clause.has("length", "higher", "lower", "much", "little", "topic", "only") or context.topic == "duration_s"
    if clause.text.language in VERB_FINAL and not clause.find("instruments") and not clause.has("loudness", "topic"):
        # "45초로 줄여 주세요": the verb is that of levels too.
        asked = asked or (clause.has("length", "plus", "minus") and clause.has("length", "to"))
    if not found or not (asked or _is_bare_length(clause, found)):
        return []
    moment = found[-1]
    mark = next((item for item in clause.find("time") if 0 <= moment.start - item.end <= 3), None)
    if mark is not None and mark.value == "within" and move is None:
        return []
    to = [item for item in clause.find("length", "to", "only") if 0 <= moment.start - item.end <= 16]
    if move is not None and 0 <= move.mark.start - moment.end <= 2 and move.mark.value in ("higher", "lower"):
        # "Make it ten seconds longer": what follows the number says that it is a step.
        to = [item for item in to if item.value == "to"]
    if move is not None and not to and not _ends_in_to(clause, moment.start) and move.mark.value in ("higher", "lower"):
        by = before + move.sign * moment.at_s
        if by > 1 and moment.at_s < before:
            return [Change("duration_s", value=tidy(by), words=words)]
    return [Change("duration_s", value=tidy(moment.at_s), words=words)]


def _bare_target(clause: Clause, context: Context) -> float | None:
    """The seconds of "trim it to 30", "it's locked at 88 seconds, so make it 88": one number, right after its verb."""
    numbers = find_numbers(clause.text)
    if len(numbers) != 1 or not numbers[0].in_digits or not SHORTEST_S <= numbers[0].value <= LONGEST_S:
        return None
    number = numbers[0]
    led = any(0 <= number.start - mark.end <= 2 for mark in clause.find("length", "to", "only")) or _ends_in_to(
        clause, number.start
    )
    led = led or (context.topic == "duration_s" and clause.has("degree", "enough"))
    ends = clause.has("degree", "enough") or not any(
        char.isalnum() for char in clause.plain[number.end : number.end + 3]
    )
    others = clause.has("tempo") or clause.find("instruments") or clause.has("hits", *HITS) or percent(clause)
    return number.value if led and ends and not others else None


def _is_bare_length(clause: Clause, found: list[Moment]) -> bool:
    """Whether a clause is a length and little else: "20 seconds pls", "mach lieber 75 Sekunden draus"."""
    around = len(clause.plain.strip(" .!?")) - (found[0].end - found[0].start)
    others = ("instruments", "hits", "where", "praise", "question", "target", "parts")
    placed = [mark for mark in clause.find("time") if not _leads_to(clause, mark)]
    plain = not any(clause.has(table) for table in others) and not clause.quantities
    plain = plain and not clause.has("version", "noun") and not placed
    plain = plain and not clause.has("action", *FIRST_OF, "ask", "explain") and not _keeps(clause)
    return len(found) == 1 and around <= BARE and plain and not found[0].is_clock and found[0].at_s >= SHORTEST_S


def _keeps(clause: Clause) -> bool:
    """Whether a clause keeps something; "خليها 45 ثانية" is "make it 45 seconds"."""
    lengths = {(mark.start, mark.end) for mark in clause.find("length", "only")}
    return any((mark.start, mark.end) not in lengths for mark in clause.find("verbs", "keep"))


def _ends_before(clause: Clause) -> bool:
    """Whether "until" says how long it becomes: "сократи до 20 секунд"."""
    ends = {(mark.start, mark.end) for mark in clause.find("length", "to")}
    return any((mark.start, mark.end) in ends for mark in clause.find("time", "until", "until_post"))


def _leads_to(clause: Clause, mark: Found) -> bool:
    """Whether a word of time is that of a length in a clause that says no more: "portalo a 45 secondi"."""
    same = any((item.start, item.end) == (mark.start, mark.end) for item in clause.find("length", "to"))
    return same and mark.value in ("within", "until") and clause.text.language != "en"


def _lengthened(clause: Clause, before: float, times: list[float]) -> float | None:
    """The length after "add 10 seconds" or "lose 5 seconds", where a clause speaks of nothing else."""
    signs = [sign for key, sign in (("plus", 1), ("minus", -1)) if clause.has("length", key)]
    if any(_ends_in_to(clause, moment.start) for moment in moments_in(clause)):
        return None
    alone = not clause.find("instruments") and not clause.has("verbs", "keep") and not clause.has("length", "to")
    if len(times) != 1 or len(signs) != 1 or not alone:
        return None
    total = before + signs[0] * times[0]
    return total if total > 1 else None


def _ends_in_to(clause: Clause, place: int) -> bool:
    """Whether the word right before a time is one such as "cut it to", which holds its own "to"."""
    return any(
        0 <= place - mark.end <= 2 and clause.plain[mark.start : mark.end].endswith((" to", "到", "auf"))
        for mark in (*clause.find("length", "lower", "higher"), *clause.find(TAIL))
    )
