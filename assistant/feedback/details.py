"""Numbers and names in a clause: tempo, length, hits, key, mode, metre, region, style, loop, loudness.

Conventions: numbers win over words such as "slower". N bpm is N - 2 to N + 2. A time is a length only when the clause
says so; "three seconds" alone may be anything.
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.feedback.actions import FIRST_OF
from assistant.feedback.clauses import Clause
from assistant.feedback.context import Context
from assistant.feedback.lexicon import TAIL
from assistant.feedback.places import edge_in, moments_in, range_in
from assistant.feedback.players import style_changes
from assistant.feedback.quantities import Move
from assistant.feedback.values import Change
from assistant.interpret.keys import read_key, read_meter
from assistant.interpret.loudness import read_loudness
from assistant.interpret.numbers import Number, find_numbers
from assistant.interpret.quantities import Moment
from assistant.interpret.tempo import SPREAD_BPM, read_tempo
from assistant.interpret.words import Found
from assistant.score.keys import key_name, key_signature, pitch_class
from assistant.settings import SHORTEST_S

PLAUSIBLE_BPM = (30.0, 260.0)
BARE = 18
"""Characters besides a time in a clause that is nothing but a length: "20 seconds pls"."""

TARGETS = {"youtube": -14.0, "spotify": -14.0, "broadcast": -23.0, "atsc": -24.0, "podcast": -16.0}
_PERCENT = re.compile(
    r"\s*(?:%|٪|percent|per cent|prozent|por ?ciento|por ?cento|pour ?cent|per cento|процент\w*|パーセント|퍼센트|프로|"
    r"بالم[ئي][هة]|في الم[ئي][هة]|प्रतिशत|फीसदी|परसेंट)"
)
_BPM = re.compile(r"\s*(?:bpm|%)")
_PERCENT_BEFORE = re.compile(r"(?:yuzde|百分之|%)\s*$")
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
    for key, factor in (("twice", 2.0), ("half", 0.5)):
        if clause.has("tempo", key):
            return [_tempo(middle * factor, words)]
    if move is not None and (share := _percent(clause)) is not None:
        return [_tempo(middle * (1 + move.sign * share / 100), words)]
    stated = read_tempo(clause.text)
    exact = stated is not None and any(char.isdigit() for char in stated.evidence.words)
    if stated is not None and exact:
        centre = (stated.bpm[0] + stated.bpm[1]) / 2
        wide = stated.bpm[1] - stated.bpm[0] > 2 * SPREAD_BPM + 0.01
        if move is not None and centre < 30 and not clause.has("length", "to"):
            return [_tempo(middle + move.sign * centre, words)]
        if move is not None and centre >= 30 and _is_stated_fact(clause, move, centre):
            return []
        return [Change("tempo_bpm", value=stated.bpm, words=words)] if wide else [_tempo(centre, words)]
    pushed = clause.has("direction") and not clause.find("instruments") and not clause.has("loudness", "topic")
    if move is None and not clause.has("tempo") and context.topic != "tempo_bpm" and not pushed:
        return []
    for number in find_numbers(clause.text):
        bare = not _TIME_UNIT.match(clause.plain[number.end : number.end + 8]) and not _has_unit(clause, number)
        if bare and number.in_digits and PLAUSIBLE_BPM[0] <= number.value <= PLAUSIBLE_BPM[1]:
            if move is not None and _is_stated_fact(clause, move, number.value):
                return []
            return [_tempo(number.value, words)]
    return []


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


def _tempo(centre: float, words: str) -> Change:
    centre = float(round(centre))
    return Change("tempo_bpm", value=(centre - SPREAD_BPM, centre + SPREAD_BPM), words=words)


def _percent(clause: Clause) -> float | None:
    for number in find_numbers(clause.text):
        if _PERCENT.match(clause.plain[number.end : number.end + 12]) or _PERCENT_BEFORE.search(
            clause.plain[: number.start]
        ):
            return number.value
    return None


def read_length_number(clause: Clause, context: Context, moves: tuple[Move, ...]) -> list[Change]:
    """A length in numbers: "make it 45 s", "10 s longer", "trim 5 s", "twice as long"."""
    before, words = context.length_s, clause.text.raw.strip()
    for key, factor in (("twice", 2.0), ("half", 0.5)):
        if clause.has("length", key):
            return [Change("duration_s", value=_tidy(before * factor), words=words)]
    cut_off = next((item for item in clause.find("time", "last", "first")), None)
    if cut_off is not None and clause.has("length", "lower") and (times := moments_in(clause)):
        return [Change("duration_s", value=_tidy(max(1.0, before - times[-1].at_s)), words=words)]
    if range_in(clause) or edge_in(clause, before) or clause.has("hits", "add", "stop", "reveal", "swell"):
        return []
    move = next((item for item in moves if item.quantity == "length"), None)
    if move is not None and (share := _percent(clause)) is not None:
        return [Change("duration_s", value=_tidy(before * (1 + move.sign * share / 100)), words=words)]
    found = [moment for moment in moments_in(clause) if moment.at_s > 0]
    if (total := _lengthened(clause, before, [moment.at_s for moment in found])) is not None:
        return [Change("duration_s", value=_tidy(total), words=words)]
    asked = clause.has("length", "higher", "lower", "much", "little", "topic", "only") or context.topic == "duration_s"
    if not found or not (asked or _is_bare_length(clause, found)):
        return []
    moment = found[-1]
    mark = next((item for item in clause.find("time") if 0 <= moment.start - item.end <= 3), None)
    if mark is not None and mark.value == "within" and move is None:
        return []
    to = [item for item in clause.find("length", "to", "only") if 0 <= moment.start - item.end <= 16]
    if move is not None and not to and not _ends_in_to(clause, moment.start) and move.mark.value in ("higher", "lower"):
        by = before + move.sign * moment.at_s
        if by > 1 and moment.at_s < before:
            return [Change("duration_s", value=_tidy(by), words=words)]
    return [Change("duration_s", value=_tidy(moment.at_s), words=words)]


def _is_bare_length(clause: Clause, found: list[Moment]) -> bool:
    """Whether a clause is a length and little else: "20 seconds pls", "mach lieber 75 Sekunden draus"."""
    around = len(clause.plain.strip(" .!?")) - (found[0].end - found[0].start)
    others = ("instruments", "hits", "where", "time", "praise", "question", "target", "version", "parts")
    plain = not any(clause.has(table) for table in others) and not clause.quantities
    plain = plain and not clause.has("action", *FIRST_OF, "ask", "explain") and not clause.has("verbs", "keep")
    return len(found) == 1 and around <= BARE and plain and not found[0].marked and found[0].at_s >= SHORTEST_S


def _lengthened(clause: Clause, before: float, times: list[float]) -> float | None:
    """The length after "add 10 seconds" or "lose 5 seconds", where a clause speaks of nothing else."""
    signs = [sign for key, sign in (("plus", 1), ("minus", -1)) if clause.has("length", key)]
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


def _tidy(seconds: float) -> float:
    """Whole seconds as whole numbers, as people write them."""
    return int(seconds) if float(seconds).is_integer() else round(seconds, 3)


def read_hits(clause: Clause, context: Context, *, keeps: bool) -> list[Change]:
    """Hits that come, go or move; the value is every hit of the cue afterwards."""
    have = [hit.at_s for hit in context.constraints.hits]
    words = clause.text.raw.strip()
    if clause.has("hits", "none"):
        return [Change("hits", value=(), words=words)]
    nouns = clause.find("hits", "add", "stop", "reveal", "swell")
    times = [float(moment.at_s) for moment in moments_in(clause)]
    if not times and nouns and (context.topic == "hits" or clause.has("hits", "move")):
        times = _stated(clause)
    known = [at_s for at_s in times if any(abs(at_s - old) < 0.26 for old in have)]
    if not times or keeps or (not nouns and not known and context.topic != "hits"):
        return _without_time(clause, have, bool(nouns), words)
    if nouns and clause.has("hits", "move"):
        # "From 12 to 14": the first number has no unit of its own.
        times = _stated(clause) or times
        known = [at_s for at_s in times if any(abs(at_s - old) < 0.26 for old in have)]
    if range_in(clause) and not known and not (nouns and clause.has("hits", "move")):
        return []
    if _moves_a_hit(clause, times, known) and (known or have) and len(times) <= 2:
        return [_moved(clause, have, times, known, words)]
    if clause.has("verbs", "remove", "no") and known:
        left = [old for old in have if all(abs(old - at_s) >= 0.26 for at_s in known)]
        return [Change("hits", value=tuple(left), words=words)]
    if clause.has("verbs", "remove", "no"):
        return []
    new = [at_s for at_s in times if at_s not in known]
    if not new or (not nouns and context.topic != "hits") or clause.has("loudness") or clause.has("density"):
        return []
    kind = next((mark.value for mark in nouns if mark.value != "add"), "hit")
    return [Change("hits", value=tuple(sorted({*have, *new})), kind=kind, words=words)]


def _moves_a_hit(clause: Clause, times: list[float], known: list[float]) -> bool:
    """Whether a hit changes its place; "put an accent at 20 s" adds one, where the verb may mean both."""
    both = {(mark.start, mark.end) for mark in clause.find("verbs", "add")}
    moves = [mark for mark in clause.find("hits", "move") if (mark.start, mark.end) not in both]
    return bool(moves) or (clause.has("hits", "move") and (len(times) > 1 or bool(known)))


def _stated(clause: Clause) -> list[float]:
    """Every time in a clause about hits, numbers without a unit included, in the order of the words."""
    moments = [(moment.start, moment.end, float(moment.at_s)) for moment in moments_in(clause)]
    for number in find_numbers(clause.text):
        inside = any(start < number.end and number.start < end for start, end, _ in moments)
        if number.in_digits and not inside and not _BPM.match(clause.plain[number.end : number.end + 6]):
            moments.append((number.start, number.end, number.value))
    return [at_s for _, _, at_s in sorted(moments)]


def _without_time(clause: Clause, have: list[float], named: bool, words: str) -> list[Change]:
    """ "Lose the hit": without a time it is the only one."""
    if named and have and clause.has("verbs", "remove", "no") and not clause.has("instruments"):
        return [Change("hits", value=(), words=words)]
    return []


def _moved(clause: Clause, have: list[float], times: list[float], known: list[float], words: str) -> Change:
    """A hit that moves: from a time that is one, or the nearest one, to the other time."""
    target = next((at_s for at_s in reversed(times) if at_s not in known), times[-1])
    source = known[0] if known else min(have, key=lambda old: abs(old - target))
    left = [old for old in have if abs(old - source) >= 0.26]
    return Change("hits", value=tuple(sorted({*left, target})), words=words)


def read_names(clause: Clause, context: Context, free: frozenset[Found]) -> list[Change]:
    """Key, mode, metre, region, styles, loop and loudness of a clause."""
    asked, words = context.constraints, clause.text.raw.strip()
    changes: list[Change] = []
    key = read_key(clause.text)
    if key is None and (moved := transposed(clause, asked.key)) is not None:
        changes.append(Change("key", value=moved, words=words))
    if key is not None and key.name != asked.key:
        changes.append(Change("key", value=key.name, words=words))
    elif key is None and (modes := clause.find("mode")):
        mode = modes[-1].value
        if asked.key is None or not asked.key.endswith(f" {mode}"):
            changes.append(Change("mode", value=mode, words=words))
    meter = read_meter(clause.text)
    spelled = meter is not None and not any(meter.evidence.start <= f.start for f in clause.find("styles"))
    if meter is not None and spelled and meter.name != asked.meter:
        changes.append(Change("meter", value=meter.name, words=words))
    changes += _region(clause, context, free) + _styles(clause, context, free)
    if clause.has("loop", "off"):
        changes.append(Change("loop", value=False, words=words))
    elif clause.has("loop", "on"):
        loop = clause.find("loop", "on")[0]
        negated = clause.before(loop, "negation", "not", within=14) or clause.before(loop, "verbs", "remove", within=14)
        if clause.text.language in ("zh", "ja", "ko", "hi", "tr"):
            negated = negated or clause.after(loop, "verbs", "remove", within=8)
        changes.append(Change("loop", value=negated is None, words=words))
    return changes + _loudness(clause, words)


def transposed(clause: Clause, key: str | None) -> str | None:
    """The key that "down a semitone" leads to from a known one."""
    steps = clause.find("interval")
    if not steps or key is None:
        return None
    down = clause.has("direction", "down") or clause.has("loudness", "lower") or clause.has("register", "lower")
    tonic, _, mode = key.partition(" ")
    place = pitch_class(tonic)
    if place is None:
        return None
    moved = (place + (-1 if down else 1) * int(steps[0].value)) % 12
    return key_name(moved, mode or "major", is_minor=(key_signature(key) or "").endswith("m"))


def _loudness(clause: Clause, words: str) -> list[Change]:
    said = read_loudness(clause.text)
    if said is not None and "lu" in said.evidence.words.lower():
        return [Change("loudness_lufs", value=_tidy(said.lufs), words=words)]
    targets = [mark for mark in clause.find("target") if mark.value in TARGETS]
    if not targets and (clause.has("target", "level") or clause.has("loudness", "topic")):
        targets = [mark for mark in clause.find("target") if mark.value.removesuffix("_name") in TARGETS]
    if not targets:
        return []
    return [Change("loudness_lufs", value=TARGETS[targets[0].value.removesuffix("_name")], words=words)]


def _region(clause: Clause, context: Context, free: frozenset[Found]) -> list[Change]:
    """A place that the music is to sound of; one that is only mentioned ("our office in Tokyo") is not read."""
    styles = {(find.start, find.end) for find in clause.find("styles")}
    finds = [
        find
        for find in clause.find("places")
        if find not in free and find.value != "elsewhere" and (find.start, find.end) not in styles
    ]
    if not finds or (
        not clause.has("sound") and not clause.has("verbs", "add", "remove", "no") and not _is_short(clause, finds[0])
    ):
        return []
    find, words = finds[0], clause.text.raw.strip()
    gone = clause.before(find, "verbs", "remove", "no") or clause.before(find, "degree", "less", within=8)
    if gone or clause.before(find, "negation", "not", within=16):
        return [Change("region", value=None, words=words)] if context.constraints.region == find.value else []
    return [Change("region", value=find.value, words=words)] if context.constraints.region != find.value else []


def _is_short(clause: Clause, find: Found) -> bool:
    """Whether a name is most of its clause: "more Balkan", "irish please"."""
    return len(clause.plain.strip()) - (find.end - find.start) <= 16


def _styles(clause: Clause, context: Context, free: frozenset[Found]) -> list[Change]:
    new: list[str] = [mark.value for mark in clause.find("restyle")]
    old: list[str] = []
    named = {(find.start, find.end) for find in (*clause.find("instruments"), *clause.quantities)}
    for find in clause.find("styles"):
        if find in free or (find.start, find.end) in named:
            continue
        gone = (
            clause.before(find, "verbs", "remove", "no", within=24)
            or clause.before(find, "negation", "not", within=20)
            or clause.before(find, "degree", "less", within=8)
            or clause.before(find, "degree", "too", within=8)
            or (
                clause.text.language in ("zh", "ja", "ko", "hi", "tr")
                and clause.after(find, "verbs", "remove", within=6)
            )
            or clause.after(find, "verbs", "out", within=6)
        )
        (old if gone else new).append(find.value)
    if (
        clause.has("speech", "judge")
        and not clause.has("restyle")
        and not clause.has("speech", "wish")
        and not clause.has("degree")
        and not old
    ):
        new = []
    return style_changes(new, old, context, clause)


def times_in(clause: Clause) -> tuple[float, ...]:
    """Single times that a clause names, none when it names a stretch."""
    return () if range_in(clause) else tuple(float(moment.at_s) for moment in moments_in(clause))
