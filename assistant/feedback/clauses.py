"""A reply cut into clauses, each with what was found in it.

Conventions: a clause ends at punctuation, and at a word such as "and" or "but" when there is a wish on both sides; it
remembers whether it was cut at such a word (``joined``), because then it shares its subject with its neighbour. Places
are characters of the folded text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from assistant.feedback.lexicon import QUANTITIES, TAIL, Lexicon, lexicon
from assistant.interpret.text import Text, read_text
from assistant.interpret.words import Found

NAMES = ("instruments", "styles", "places")
"""Tables of named things, from the words of briefs."""

OPERATIVE = (*QUANTITIES, "where", "action", "loop", "hits")
VERBS = ("add", "remove", "no", "out", "keep", "ban", "allow", "change", "back")
_DASH = re.compile(r"(?<=\d)\s?[–—~～〜]\s?(?=\d)")
_TIGHT = re.compile(r"[，、；。！](?=\d)")
_STRETCHED = re.compile(r"([a-z])\1{2,}", re.IGNORECASE)


@dataclass(frozen=True)
class Clause:
    """One stretch of a reply with one wish."""

    text: Text
    marks: tuple[Found, ...]
    sentence: int
    joined: bool = False
    is_question: bool = False

    @property
    def plain(self) -> str:
        """Its folded characters."""
        return self.text.plain

    def find(self, table: str, *keys: str) -> tuple[Found, ...]:
        """Marks of one table, of the named keys only if any are named."""
        return tuple(mark for mark in self.marks if mark.field == table and (not keys or mark.value in keys))

    def has(self, table: str, *keys: str) -> bool:
        """Whether there is such a mark."""
        return bool(self.find(table, *keys))

    def before(self, mark: Found, table: str, *keys: str, within: int = 60) -> Found | None:
        """The nearest such mark that ends before ``mark``."""
        near = [item for item in self.find(table, *keys) if item.end <= mark.start and mark.start - item.end <= within]
        return max(near, key=lambda item: item.end, default=None)

    def after(self, mark: Found, table: str, *keys: str, within: int = 60) -> Found | None:
        """The nearest such mark that starts after ``mark``."""
        near = [item for item in self.find(table, *keys) if item.start >= mark.end and item.start - mark.end <= within]
        return min(near, key=lambda item: item.start, default=None)

    @property
    def quantities(self) -> tuple[Found, ...]:
        """Marks that move a quantity, its topics left out."""
        return tuple(mark for mark in self.marks if mark.field in QUANTITIES and mark.value != "topic")


def cut(raw: str, language: str, prompts_dir: Path) -> tuple[Clause, ...]:
    """The clauses of a reply."""
    plain_raw = _TIGHT.sub(r"\g<0> ", _DASH.sub("-", _STRETCHED.sub(r"\1", raw)))
    whole = read_text(plain_raw, language, prompts_dir)
    words = lexicon(language, prompts_dir)
    clauses: list[Clause] = []
    for number, sentence in enumerate(whole.sentences):
        question = "?" in whole.between(sentence.end - 2, sentence.end + 1) or "？" in whole.between(
            sentence.end - 2, sentence.end + 1
        )
        for piece in whole.clauses:
            if piece.start in sentence:
                for part, joined in _parts(whole, piece.start, piece.end, words):
                    clauses.append(_clause(part, number, joined, question, language, prompts_dir, words))
    return tuple(clause for clause in clauses if clause.plain.strip())


def marked(text: Text, words: Lexicon) -> tuple[Found, ...]:
    """Every word of replies, and every named thing, that is inside no longer one."""
    mine = words.find(text.plain)
    named = [find for find in text.finds if find.field in (*NAMES, "decoy", "people")]
    kept = _outermost([*mine, *named])
    tails = {mark.value for mark in kept if mark.field == TAIL}
    halves = words.halves(text.plain) - set(words.vocabulary.find(text.plain))
    return tuple(mark for mark in kept if mark not in halves or str(mark.start) in tails)


def _outermost(finds: Iterable[Found]) -> tuple[Found, ...]:
    """Without those that lie inside or across a longer one; several meanings of the same words all stay."""
    kept: list[Found] = []
    for find in sorted(set(finds), key=lambda item: (item.start - item.end, item.start)):
        if all(
            find.end <= other.start or find.start >= other.end or (find.start, find.end) == (other.start, other.end)
            for other in kept
        ):
            kept.append(find)
    return tuple(sorted(kept, key=lambda item: (item.start, item.end)))


def _parts(whole: Text, start: int, end: int, words: Lexicon) -> list[tuple[str, bool]]:
    """A clause as (raw words, whether it was cut off at a word), cut where both sides hold a wish."""
    raw_of = whole.folded.origin
    text = whole.between(start, end)
    finds = [Found(f.field, f.value, f.start - start, f.end - start) for f in whole.finds if start <= f.start < end]
    marks = _outermost([*words.find(text), *(find for find in finds if find.field in NAMES)])
    places, left = [], 0
    joints = [mark for mark in marks if mark.field == "speech" and mark.value in ("split", "join")]
    if words.endings is not None:
        joints += [Found("speech", "split", match.end(), match.end()) for match in words.endings.finditer(text)]
    for mark in sorted(joints, key=lambda item: item.start):
        before = [item for item in marks if left <= item.start < mark.start]
        after = [item for item in marks if item.start >= mark.end]
        if _is_wish(before) and _is_wish(after) and (mark.value == "split" or _opens(after, mark)):
            places.append(mark.start)
            left = mark.start
    edges = [0, *places, len(text)]
    parts = []
    for index, (first, last) in enumerate(pairwise(edges)):
        if first < last:
            raw_start, raw_end = raw_of[start + first], raw_of[start + last - 1] + 1
            parts.append((whole.raw[raw_start:raw_end], index > 0))
    return parts


def _is_wish(marks: list[Found]) -> bool:
    """Whether marks hold more than one name."""
    names = [mark for mark in marks if mark.field == "instruments"]
    return len(names) > 1 or any(
        mark.field in OPERATIVE or (mark.field == "verbs" and mark.value in VERBS) for mark in marks
    )


def _opens(after: list[Found], join: Found) -> bool:
    """Whether a wish, and not the next name of a list, follows an "and"."""
    following = [mark for mark in after if mark.field not in ("speech", "degree", TAIL)]
    return (bool(following) and following[0].field not in ("instruments", "styles")) or _is_wish(after[1:4])


def _clause(
    raw: str, sentence: int, joined: bool, question: bool, language: str, prompts_dir: Path, words: Lexicon
) -> Clause:
    text = read_text(raw.rstrip(": "), language, prompts_dir)
    return Clause(text, marked(text, words), sentence, joined, question)
