"""What a reply takes back: "110, not 101", "not the trombone", "scratch that", "even if we cut it one day".

Conventions: a thing that is ruled out for another of its kind is read no more. A number ruled out names its field where
the take has that value there: "110 not 101" to a take at 101 is a tempo. What is dropped becomes blanks, so that the
rest keeps its place. Words stand under ``[aside]`` of ``prompts/feedback/<language>.toml``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.feedback.clauses import with_slots
from assistant.feedback.context import Context
from assistant.feedback.lexicon import SLOT, Lexicon
from assistant.feedback.marks import marked
from assistant.feedback.tempo import PLAUSIBLE_BPM, tempo_of
from assistant.feedback.values import Change
from assistant.interpret.numbers import find_numbers
from assistant.interpret.text import Piece, Text, read_text
from assistant.interpret.times import read_times
from assistant.interpret.words import Found

NEAR_BPM, NEAR_S = 3.0, 0.3
LIKELY_BPM = 50.0
"""The least bare number that a correction of nothing known takes for a tempo."""
REST = 2
"""Characters at least that follow what takes a wish back: "鼓算了吧" takes the drums out."""
_COMMAS = ",，、;"


@dataclass(frozen=True)
class Thing:
    """A number, a time or an instrument, and where it stands."""

    kind: str
    value: float | str
    start: int
    end: int
    bare: bool = False


def take_back(raw: str, language: str, context: Context, words: Lexicon) -> tuple[str, tuple[Change, ...]]:
    """The reply without what it takes back, and the values that it puts right.

    Parameters
    ----------
    raw : str
    language : str
    context : Context
        The take; its tempo, length and hits say what a corrected number is.
    words : Lexicon
    """
    text = read_text(raw, language, context.prompts_dir)
    marks = marked(text, words)
    gone = [
        *_denied(text, marks),
        *_retracted(text, marks),
        *_supposed(text, marks),
        *_courtesies(text, marks),
        *_misread(text, marks),
    ]
    changes: list[Change] = []
    for right, wrong, span in _contrasts(text, words, marks):
        change = _corrected(right, wrong, context, raw)
        gone.append(span)
        if swap := _exchanged(right, wrong, context, text, marks, raw):
            changes += swap
            gone.append(Piece(right.start, right.end))
        if change is not None:
            changes.append(change)
            gone.append(Piece(right.start, right.end))
    return _blanked(raw, text, gone), tuple(changes)


def _blanked(raw: str, text: Text, gone: Sequence[Piece]) -> str:
    shown, origin = list(raw), text.folded.origin
    for piece in gone:
        if piece.start < piece.end:
            for place in range(origin[piece.start], origin[piece.end - 1] + 1):
                shown[place] = " "
    return "".join(shown)


def _retracted(text: Text, marks: Sequence[Found]) -> Iterator[Piece]:
    """What stands before "scratch that": its sentence so far, or the sentence before."""
    for mark in marks:
        if (mark.field, mark.value) != ("aside", "retract") or len(text.plain[mark.end :].strip(" .,!。，…")) < REST:
            continue
        start = text.sentence(mark.start).start
        if not text.plain[start : mark.start].strip(" ,.…"):
            start = text.sentence(max(start - 1, 0)).start
        yield Piece(start, mark.end)


def _denied(text: Text, marks: Sequence[Found]) -> Iterator[Piece]:
    """ "Too many drums? No, too few": the question that is answered no, save the names that the answer is about."""
    for mark in marks:
        if (mark.field, mark.value) != ("aside", "denial"):
            continue
        sentence = text.sentence(mark.start)
        rest = text.plain[mark.end : sentence.end]
        opens = not text.plain[sentence.start : mark.start].strip() and sentence.start > 0
        if not opens or rest.lstrip()[:1] not in tuple(_COMMAS):
            continue
        before = text.sentence(sentence.start - 1)
        if not text.plain[before.start : sentence.start].rstrip().endswith(("?", "？", "؟")):
            continue
        of_names = any(item.field == "instruments" and item.start >= mark.end for item in marks)
        kept = [item for item in marks if item.field == "instruments" and item.start in before and not of_names]
        at = before.start
        for item in kept:
            yield Piece(at, item.start)
            at = item.end
        yield Piece(at, mark.end + len(rest) - len(rest.lstrip(" " + _COMMAS)))


def _supposed(text: Text, marks: Sequence[Found]) -> Iterator[Piece]:
    """A clause that only supposes: "even if we make it longer one day"."""
    for mark in marks:
        if (mark.field, mark.value) == ("aside", "even_if"):
            yield Piece(mark.start, text.clause(mark.start).end)


def _misread(text: Text, marks: Sequence[Found]) -> Iterator[Piece]:
    """ "When I said bigger I meant louder": what was said before stands no more."""
    for mark in marks:
        if (mark.field, mark.value) != ("aside", "said"):
            continue
        sentence = text.sentence(mark.start)
        meant = [item for item in marks if (item.field, item.value) == ("speech", "meant") and item.start in sentence]
        after = [item.start for item in meant if item.start >= mark.end]
        if after:
            yield Piece(mark.start, after[0])


def _courtesies(text: Text, marks: Sequence[Found]) -> Iterator[Piece]:
    """The commas around "please", which would cut a wish in two."""
    for mark in marks:
        if (mark.field, mark.value) != ("aside", "polite"):
            continue
        before = len(text.plain[: mark.start].rstrip())
        after = mark.end + len(text.plain[mark.end :]) - len(text.plain[mark.end :].lstrip())
        if text.plain[before - 1 : before] in tuple(_COMMAS) and text.plain[after : after + 1] in tuple(_COMMAS):
            yield Piece(before - 1, before)
            yield Piece(after, after + 1)


def _things(text: Text) -> list[Thing]:
    """Times, bare numbers and instruments, none inside another."""
    times = read_times(text)
    moments = [*times.moments, *times.others, *([times.duration] if times.duration else [])]
    things = [Thing("number", float(item.at_s), item.start, item.end) for item in moments if item.at_s > 0]
    named = [Thing("instruments", find.value, find.start, find.end) for find in text.find("instruments")]
    for number in find_numbers(text):
        if number.in_digits:
            things.append(Thing("number", number.value, number.start, number.end, bare=True))
    kept: list[Thing] = []
    for thing in sorted((*things, *named), key=lambda item: (item.start - item.end, item.bare)):
        if all(thing.end <= other.start or thing.start >= other.end for other in kept):
            kept.append(thing)
    return sorted(kept, key=lambda item: item.start)


def _contrasts(text: Text, words: Lexicon, marks: Sequence[Found]) -> Iterator[tuple[Thing, Thing, Piece]]:
    """What is right, what is ruled out for it, and the stretch that rules it out."""
    things = _things(text)
    finds = [Found(thing.kind, str(thing.value), thing.start, thing.end) for thing in things]
    slotted, starts = with_slots(text.plain, finds)
    by_start = {thing.start: thing for thing in things}
    ends = _ends(slotted, starts, by_start)
    for pattern in words.contrasts:
        for match in pattern.finditer(slotted):
            slot = slotted.index(SLOT, match.start(), match.end())
            wrong = by_start[starts[slot]]
            span = Piece(ends[match.start()], ends[match.end()])
            if wrong.kind != "number" and any(_keeps(mark, span) for mark in marks):
                continue  # "Don't touch the drums, but the sax out": nothing is ruled out.
            right = _partner(wrong, span, things, text)
            if right is not None and (wrong.kind == "number" or _is_choice(text, wrong, marks, span)):
                yield right, wrong, span


def _keeps(mark: Found, span: Piece) -> bool:
    return (mark.field, mark.value) == ("verbs", "keep") and mark.start < span.end and span.start < mark.end


def _ends(slotted: str, starts: dict[int, int], by_start: dict[int, Thing]) -> list[int]:
    """The place in the text of every place in the text with slots."""
    places, at = [], 0
    for index in range(len(slotted)):
        places.append(at)
        at = by_start[starts[index]].end if index in starts else at + 1
    return [*places, at]


def _partner(wrong: Thing, span: Piece, things: Sequence[Thing], text: Text) -> Thing | None:
    """The nearest other thing of the same kind in the sentence."""
    sentence = text.sentence(wrong.start)
    near = [
        thing
        for thing in things
        if thing.kind == wrong.kind
        and thing.start in sentence
        and thing.value != wrong.value
        and (thing.end <= span.start or thing.start >= span.end)
    ]
    return min(near, key=lambda thing: abs(thing.start - wrong.start), default=None)


def _is_choice(text: Text, wrong: Thing, marks: Sequence[Found], span: Piece) -> bool:
    """Whether an instrument is ruled out as the one that was meant: its sentence takes one away, or puts right."""
    sentence = text.sentence(wrong.start)
    return any(
        mark.start in sentence
        and (
            (mark.field == "verbs" and mark.value in ("remove", "out") and not span.start <= mark.start < span.end)
            or (mark.field, mark.value) == ("speech", "meant")
        )
        for mark in marks
    )


def _exchanged(
    right: Thing, wrong: Thing, context: Context, text: Text, marks: Sequence[Found], raw: str
) -> list[Change]:
    """ "I meant an oboe, not a flute": the one that plays goes, the one that was meant comes."""
    if wrong.kind != "instruments" or wrong.value not in context.present or right.value in context.present:
        return []
    sentence = text.sentence(wrong.start)
    if any(mark.field == "verbs" and mark.value in ("remove", "out") and mark.start in sentence for mark in marks):
        return []
    words = raw.strip()
    gone = Change("instruments.include", remove=(str(wrong.value),), words=words)
    return [gone, Change("instruments.include", add=(str(right.value),), words=words)]


def _corrected(right: Thing, wrong: Thing, context: Context, raw: str) -> Change | None:
    """The field that has the wrong number now, with the right one."""
    if not isinstance(right.value, float) or not isinstance(wrong.value, float):
        return None
    asked, words = context.constraints, raw.strip()
    hits = [hit.at_s for hit in asked.hits]
    if any(abs(at_s - wrong.value) <= NEAR_S for at_s in hits):
        left = [at_s for at_s in hits if abs(at_s - wrong.value) > NEAR_S]
        return Change("hits", value=tuple(sorted({*left, right.value})), words=words)
    if asked.duration_s is not None and abs(asked.duration_s - wrong.value) <= NEAR_S and not wrong.bare:
        return Change("duration_s", value=right.value, words=words)
    middle = sum(asked.tempo_bpm) / 2 if asked.tempo_bpm else None
    likely = min(right.value, wrong.value) >= LIKELY_BPM and right.value <= PLAUSIBLE_BPM[1]
    if right.bare and wrong.bare and ((middle is not None and abs(middle - wrong.value) <= NEAR_BPM) or likely):
        return tempo_of(right.value, words)
    return None
