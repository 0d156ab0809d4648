"""A brief as every reader of a field sees it: folded, searched, cut into clauses, negations marked.

Conventions: places are characters of the folded text until `Text.evidence` turns them into characters of the brief. A
clause ends at punctuation; a negation reaches to the end of its clause, over a list that ends with "or", and not past a
word of contrast ("but", "use", "而是").
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from assistant.constraints import Evidence
from assistant.interpret.words import Found, vocabulary, words_file
from assistant.language import READ_LANGUAGES, Folded, fold

_SENTENCE = re.compile(r"[.!?](?=[\s\"')]|$)|[。！？｡।؟\n!?](?!\S?$)|[。।]|\n|\s[-–—]+>?\s|[—–]")
_COMMA = re.compile(r",(?!\d)|(?<=\d),(?=\d{2}\s?\D*$)|[;；，、،؛()\[\]…|]|:(?!\d)|\.\.\.")
_LIST_SIGNS = ("、", ",", "，", "،")
_LISTED = re.compile(
    r"\s*(?:,|、|\b(?:and|or|und|oder|et|ou|y|o|e|ve)\b|и|или|و|和|与|跟|と|や|और|या)\s*"
    r"(?:the |a |an |des |les |la |le |los |las |der |die |das )?"
)
_NAMED = ("instruments", "styles", "emotion", "tempo", "places")
"""Tables whose words can stand for another."""
_LINKS = "とやも和及跟、,"
"""Characters that tie what follows a space to what stands before it."""
_LONGEST_LISTED = 28
"""Characters of one item of a list that a negation runs over."""


@dataclass(frozen=True)
class Piece:
    """A stretch of the folded text, half-open."""

    start: int
    end: int

    def __contains__(self, place: int) -> bool:
        return self.start <= place < self.end


@dataclass(frozen=True)
class Text:
    """One brief, ready to be read.

    Parameters
    ----------
    raw : str
        What was typed.
    folded : Folded
    language : str
    finds : tuple of Found
        Every known word, in order, with its negation.
    sentences, clauses : tuple of Piece
    prompts_dir : Path
    """

    raw: str
    folded: Folded
    language: str
    finds: tuple[Found, ...]
    sentences: tuple[Piece, ...]
    clauses: tuple[Piece, ...]
    prompts_dir: Path

    @property
    def plain(self) -> str:
        """The folded text."""
        return self.folded.text

    @cached_property
    def _by_field(self) -> dict[str, tuple[Found, ...]]:
        return {field: tuple(find for find in self.finds if find.field == field) for field in self.fields}

    @property
    def fields(self) -> frozenset[str]:
        """The tables that have a find."""
        return frozenset(find.field for find in self.finds)

    def find(self, field: str, *values: str) -> tuple[Found, ...]:
        """Finds of one table, of the named values only if any are named."""
        finds = self._by_field.get(field, ())
        return tuple(find for find in finds if find.value in values) if values else finds

    def wanted(self, field: str, *values: str) -> tuple[Found, ...]:
        """Finds that are not negated."""
        return tuple(find for find in self.find(field, *values) if not find.negated)

    def clause(self, place: int) -> Piece:
        """The clause around a place."""
        return self._piece(self.clauses, place)

    def sentence(self, place: int) -> Piece:
        """The sentence around a place."""
        return self._piece(self.sentences, place)

    def _piece(self, pieces: tuple[Piece, ...], place: int) -> Piece:
        index = bisect_right(pieces, place, key=lambda piece: piece.start) - 1
        return pieces[index] if index >= 0 else Piece(0, len(self.plain))

    @cached_property
    def _marks(self) -> dict[str, list[int]]:
        return {value: [find.start for find in self.find("negation", value)] for value in ("or", "contrast", "except")}

    def next_place(self, mark: str, place: int) -> int:
        """Where the next "or", contrast or exception begins from a place on; the end of the text when none does."""
        starts = self._marks[mark]
        index = bisect_left(starts, place)
        return starts[index] if index < len(starts) else len(self.plain)

    @cached_property
    def closings(self) -> list[tuple[int, int]]:
        """Words that close what came before a negation at the end of a clause: (start, end)."""
        return [(find.start, find.end) for find in self.find("negation", "cut", "contrast", "except")]

    def between(self, start: int, end: int) -> str:
        """The folded characters of a stretch."""
        return self.plain[max(start, 0) : max(end, 0)]

    def evidence(self, field: str, start: int, end: int, confidence: float = 1.0) -> Evidence:
        """The words of the brief that a value came from."""
        origin = self.folded.origin
        first, last = origin[start], origin[end - 1] + 1
        return Evidence(field, self.raw[first:last], first, last, confidence)


def read_text(raw: str, language: str, prompts_dir: Path, *, blanked: tuple[tuple[int, int], ...] = ()) -> Text:
    """``raw`` folded, searched and cut; stretches in ``blanked`` (raw characters) are read as spaces."""
    shown = list(raw)
    for start, end in blanked:
        shown[start:end] = [" "] * (end - start)
    folded = fold("".join(shown), simplify=language != "ja")
    sentences = _cut(folded.text, _SENTENCE, Piece(0, len(folded.text)))
    clauses = tuple(clause for sentence in sentences for clause in _cut(folded.text, _COMMA, sentence))
    finds = vocabulary(language, prompts_dir).find(folded.text)
    text = Text(raw, folded, language, finds, sentences, clauses, prompts_dir)
    return _with_negations(text)


def _cut(plain: str, boundary: re.Pattern[str], whole: Piece) -> tuple[Piece, ...]:
    """The pieces of a stretch between boundaries; each keeps the boundary that ends it."""
    pieces, start = [], whole.start
    for match in boundary.finditer(plain, whole.start, whole.end):
        if match.end() > start:
            pieces.append(Piece(start, match.end()))
            start = match.end()
    return (*pieces, Piece(start, whole.end)) if start < whole.end else tuple(pieces)


def _with_negations(text: Text) -> Text:
    """The text with every find inside the reach of a negation marked."""
    reaches = [reach for find in text.find("negation") for reach in _reaches(text, find)]
    reaches += _around(text)
    if not reaches:
        return text
    covered = bytearray(len(text.plain) + 1)
    for reach in reaches:
        covered[reach.start : reach.end] = b"\1" * (reach.end - reach.start)
    finds = tuple(
        replace(find, negated=find.negated or (find.field != "negation" and bool(covered[find.start])))
        for find in text.finds
    )
    return replace(text, finds=finds)


def _reaches(text: Text, negation: Found) -> list[Piece]:
    """What one negation covers."""
    if negation.value in ("before", "after") and text.between(negation.end, negation.end + 2).strip().startswith(":"):
        return [_labelled(text, negation)]
    if negation.value == "before":
        return [_forward(text, negation)]
    if negation.value == "after":
        return [_backward(text, negation)]
    if negation.value == "instead":
        return [_named_next(text, negation)]
    if negation.value == "next":
        index = bisect_left(text.finds, negation.end, key=lambda find: find.start)
        following = text.finds[index] if index < len(text.finds) else None
        near = following is not None and following.start - negation.end <= 2
        return [Piece(negation.end, following.end)] if near and following else []
    return []


def _labelled(text: Text, negation: Found) -> Piece:
    """The list behind a negation that is its heading, to the end of its sentence: "Avoid: drums, brass."."""
    end = min(text.sentence(negation.start).end, text.next_place("contrast", negation.end))
    parted = text.plain.find(";", negation.end, end)
    return Piece(negation.end, end if parted < 0 else parted)


def _forward(text: Text, negation: Found) -> Piece:
    """From a negation to the end of its clause or list, or to a word of contrast."""
    index = bisect_right(text.clauses, negation.start, key=lambda clause: clause.start) - 1
    end = reached = text.clauses[index].end
    sentence_end = text.sentence(negation.start).end
    for clause in text.clauses[index + 1 :]:
        listed = text.between(reached - 1, reached) in _LIST_SIGNS and clause.end <= sentence_end
        if not listed or clause.end - clause.start > _LONGEST_LISTED:
            break
        enumerated = text.between(reached - 1, reached) == "、" and end == reached
        reached = clause.end
        if enumerated or text.next_place("or", clause.start) < clause.end:
            end = reached
    return Piece(
        negation.end, min(end, text.next_place("contrast", negation.end), text.next_place("except", negation.end))
    )


def _named_next(text: Text, negation: Found) -> Piece:
    """From an "instead of" over what is named next, and what is listed with it, to its end."""
    reach = _forward(text, negation)
    end = None
    for find in text.finds[bisect_left(text.finds, negation.end, key=lambda find: find.start) :]:
        if find.start >= reach.end:
            break
        if find.field not in _NAMED or (end is not None and find.start < end):
            continue
        if end is not None and not _LISTED.fullmatch(text.between(end, find.start)):
            break
        end = find.end
    return Piece(negation.end, reach.end if end is None else end)


def _backward(text: Text, negation: Found) -> Piece:
    """From the start of the clause, or from the last word that closes what came before, to a negation at its end."""
    start = text.clause(negation.start).start
    closing = text.closings[: bisect_left(text.closings, (negation.start, 0))]
    reach = max(start, closing[-1][1]) if closing else start
    if reach > start and not any(reach <= find.start < negation.start and find.field in _NAMED for find in text.finds):
        reach = min([reach, *_topics(text, start, reach)])
    return Piece(max(reach, _last_gap(text, reach, negation.start)), negation.end)


def _last_gap(text: Text, start: int, end: int) -> int:
    """Where the last word group begins in a script that has no spaces but where people part things with them."""
    if text.language not in ("ja", "zh"):
        return start
    named = [find.start for find in text.find("instruments") if start <= find.start < end]
    gap = max(text.plain.rfind(sign, start, named[-1] + 1) for sign in " \u3000") if named else -1
    linked = gap > 0 and text.plain[gap - 1] in _LINKS
    return start if gap < 0 or linked else gap


def _topics(text: Text, start: int, end: int) -> list[int]:
    """Where instruments begin that a stretch makes its topic: "鐘は目が覚めるからやめて" bans across its reason."""
    particle = words_file(text.language, text.prompts_dir).get("grammar", {}).get("topic")
    if not particle:
        return []
    return [
        find.start
        for find in text.find("instruments")
        if start <= find.start < end and re.match(particle, text.between(find.end, end))
    ]


def _around(text: Text) -> list[Piece]:
    """Negations in two halves: "leave the piano out", "if I hear an accordion I will scream"."""
    if text.language not in READ_LANGUAGES:
        return []
    pairs = words_file(text.language, text.prompts_dir).get("grammar", {}).get("around", [])
    patterns = [re.compile(rf"{first}([^,.;:!?，。；！？\n]{{1,40}}?){second}") for first, second in pairs]
    return [Piece(*match.span()) for pattern in patterns for match in pattern.finditer(text.plain)]
