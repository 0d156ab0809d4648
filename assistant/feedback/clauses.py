"""A reply cut into clauses, each with what was found in it.

Conventions: a clause ends at punctuation, and at a word such as "and" or "but" when there is a wish on both sides; it
remembers whether it was cut at such a word (``joined``), because then it shares its subject with its neighbour. Places
are characters of the folded text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from assistant.feedback.lexicon import QUANTITIES, SLOT, TAIL, Lexicon, lexicon
from assistant.feedback.marks import NAMES, marked, outermost
from assistant.interpret.text import Piece, Text, read_text
from assistant.interpret.words import Found

OPERATIVE = (*QUANTITIES, "where", "action", "loop", "hits")
VERBS = ("add", "remove", "no", "out", "keep", "ban", "allow", "change", "back", "rest")
PARTLY = ("loudness", "density", "register")
"""Quantities that single players have."""
LED = 5
"""Characters between a mover and the name that it leads."""
_DASH = re.compile(r"(?<=\d)\s?[–—~～〜]\s?(?=\d)")
_TIGHT = re.compile(r"[，、；。！](?=\d)")
_TICKED = re.compile(r"(?<=[초분])(?=부터|까지|쯤|동안|이후|짜리|정도|지점|경|대에|간|로|만)")
"""Between a Korean unit of time and the particle glued to it."""
VERB_LAST = ("ja", "ko", "tr", "hi")
_BETWEEN = re.compile(r"\b(?:between|zwischen|entre|tra|fra|между|بين)\b[^\d]*\d\S*(?:\s\w{1,9}\.?)?\s*$")
_LAUGHTER = re.compile(
    r"[ㅋㅎㅠㅜ]{2,}|[wｗ]{2,}(?!\S)|\){2,}|(?<![^\W\d_])(?:(?:ja|ha|he|ah|xa|rs){2,}h?|k{3,}|ه{3,}|х?(?:ах|ха){2,}а?)(?!\w)"
)
"""Laughter and tears: they end what was said like a comma, and are no word."""
_SPACED = re.compile(r"(?<=[一-鿿])[ \u3000](?=[一-鿿])")
"""A blank between Chinese words parts clauses: "口琴太响了 小声一点"."""
_STRETCHED = re.compile(r"([a-z])\1{2,}", re.IGNORECASE)


@dataclass(frozen=True)
class Clause:
    """One stretch of a reply with one wish."""

    text: Text
    marks: tuple[Found, ...]
    sentence: int
    joined: bool = False
    is_question: bool = False
    compared: frozenset[int] = frozenset()
    """Where words of "more" begin, those inside longer words included: "çok daha güçlü" is "much stronger"."""

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
    words = lexicon(language, prompts_dir)
    plain_raw = _TIGHT.sub(r"\g<0> ", _DASH.sub("-", _STRETCHED.sub(r"\1", _LAUGHTER.sub(", ", raw))))
    plain_raw = _TICKED.sub(" ", plain_raw)
    if language == "zh":
        plain_raw = _SPACED.sub("，", plain_raw)
    if words.ordinals is not None:
        # "12. Sekunde" is one thing: without its blank the full stop ends no sentence.
        plain_raw = words.ordinals.sub(r"\1", plain_raw)
    whole = read_text(plain_raw, language, prompts_dir)
    together = _together(whole, words)
    whole = replace(whole, clauses=_unbroken(whole, together))
    clauses: list[Clause] = []
    number = -1
    for sentence in whole.sentences:
        # "Louder!! The bass too!!": a sign of its own is no sentence.
        number += any(char.isalnum() for char in whole.between(sentence.start, sentence.end)) or number < 0
        question = "?" in whole.between(sentence.end - 2, sentence.end + 1) or "？" in whole.between(
            sentence.end - 2, sentence.end + 1
        )
        for piece in whole.clauses:
            if piece.start in sentence:
                for part, joined in _parts(whole, piece.start, piece.end, words, together):
                    clauses.append(_clause(part, number, joined, question, language, prompts_dir, words))
    return tuple(clause for clause in clauses if clause.plain.strip())


def _together(whole: Text, words: Lexicon) -> tuple[Piece, ...]:
    """Stretches that no clause may be cut in: "A instead of B", "a minute and a half", "twenty and two"."""
    finds = [*words.find(whole.plain), *(find for find in whole.finds if find.field in NAMES)]
    outer = outermost(finds)
    named = [find for find in outer if find.field in ("instruments", "styles") and find.value != "all"]
    things = list({find.start: find for find in named}.values())
    kept = [find for find in outer if (find.field, find.value) == ("verbs", "keep")]
    text, starts = with_slots(whole.plain, things)
    edges = dict(zip(starts, sorted(things, key=lambda item: item.start), strict=False))
    pieces = [Piece(find.start, find.end) for find in whole.find("and_half")]
    for pattern in words.replacements:
        for match in pattern.finditer(text):
            places = [edges[place] for place in range(match.start(), match.end()) if place in edges]
            moved = any(
                places[0].end <= find.start and find.end <= places[-1].start
                for find in finds
                if find.field in QUANTITIES and find.value in ("higher", "lower")
            )
            # "Don't touch the piano but lose the drums": what stays is in nobody's place.
            opens = places[0].start - (text.index(SLOT, match.start()) - match.start())
            stays = any(opens < find.end and find.start < places[-1].start for find in kept)
            if len(places) > 1 and not moved and not stays:
                pieces.append(Piece(places[0].start, places[-1].end))
    numbers = whole.find("numbers")
    pieces += [
        Piece(first.start, second.end) for first, second in pairwise(numbers) if 0 < second.start - first.end <= 4
    ]
    return tuple(pieces)


def _unbroken(whole: Text, together: Sequence[Piece]) -> tuple[Piece, ...]:
    """The clauses of a text, those joined that a stretch reaches across."""
    kept: list[Piece] = []
    for piece in whole.clauses:
        if kept and any(item.start < piece.start < item.end for item in together):
            kept[-1] = Piece(kept[-1].start, piece.end)
        else:
            kept.append(piece)
    return tuple(kept)


def with_slots(plain: str, finds: Iterable[Found]) -> tuple[str, dict[int, int]]:
    """The text with a slot for every named thing, and where each slot came from."""
    text, starts, end = "", {}, 0
    for find in sorted(finds, key=lambda item: item.start):
        if find.start < end:
            continue
        text += plain[end : find.start]
        starts[len(text)] = find.start
        text += SLOT
        end = find.end
    return text + plain[end:], starts


def _parts(whole: Text, start: int, end: int, words: Lexicon, together: Sequence[Piece]) -> list[tuple[str, bool]]:
    """A clause as (raw words, whether it was cut off at a word), cut where both sides hold a wish."""
    raw_of = whole.folded.origin
    text = whole.between(start, end)
    finds = [Found(f.field, f.value, f.start - start, f.end - start) for f in whole.finds if start <= f.start < end]
    language = whole.language
    marks = outermost([*words.find(text), *(find for find in finds if find.field in NAMES)])
    places, left = [], 0
    joints = [mark for mark in marks if mark.field == "speech" and mark.value in ("split", "join")]
    joints += _second_places(marks, language)
    buts = {(mark.start, mark.end) for mark in marks if (mark.field, mark.value) == ("aside", "but")}
    buts -= {(mark.start, mark.end) for mark in marks if (mark.field, mark.value) == ("verbs", "except")}
    joints += _bare_joints(marks)
    if words.endings is not None:
        joints += [Found("speech", "split", match.end(), match.end()) for match in words.endings.finditer(text)]
    for mark in sorted(joints, key=lambda item: item.start):
        if any(item.start < start + mark.start < item.end or item.start == start + mark.start for item in together):
            continue
        if language == "hi" and any(unit.end == start + mark.start - 1 for unit in whole.find("units")):
            continue  # "15 सेकंड पर": the word for "but" is also "at".
        if _is_between(text, mark):
            continue
        before = [item for item in marks if left <= item.start < mark.start]
        after = [item for item in marks if item.start >= mark.end]
        contrast = mark.value == "split" and (mark.start, mark.end) in buts and bool(before)
        told = (
            contrast
            and any(item.field == "instruments" for item in before)
            and any(item.field == "instruments" for item in after)
        )
        if (
            (_is_wish(before) or contrast)
            and (_is_wish(after) or told)
            and (mark.value == "split" or _opens(after, mark))
        ):
            places.append(mark.start)
            left = mark.start
    edges = [0, *places, len(text)]
    parts = []
    for index, (first, last) in enumerate(pairwise(edges)):
        if first < last:
            raw_start, raw_end = raw_of[start + first], raw_of[start + last - 1] + 1
            parts.append((whole.raw[raw_start:raw_end], index > 0))
    return parts


def _second_places(marks: Sequence[Found], language: str) -> list[Found]:
    """Where the second of two places begins, each with its wish, in languages whose verbs come last.

    "처음엔 차분하게 끝에는 에너지를 올려줘" has no "and".
    """
    named = [mark for mark in marks if mark.field == "where" and mark.value in ("start", "middle", "end")]
    if language not in VERB_LAST or len(named) < 2:
        return []
    joints = []
    for first, second in pairwise(named):
        between = [mark for mark in marks if first.end <= mark.start and mark.end <= second.start]
        after = [mark for mark in marks if mark.start >= second.end]
        if first.value != second.value and _moves(between) and _moves(after):
            joints.append(Found("speech", "split", second.start, second.start))
    return joints


def _moves(marks: Sequence[Found]) -> bool:
    return any(mark.field in QUANTITIES and mark.value != "topic" for mark in marks)


def _is_between(text: str, joint: Found) -> bool:
    """Whether an "and" stands between the two times of a stretch: "between 0:40 and 0:55"."""
    before, after = text[max(0, joint.start - 32) : joint.start], text[joint.end :].lstrip()
    return after[:1].isdigit() and bool(_BETWEEN.search(before))


def _bare_joints(marks: Sequence[Found]) -> list[Found]:
    """Where the next wish begins without any word between: "louder violin quieter drums"."""
    movers = [mark for mark in marks if mark.field in PARTLY and mark.value in ("higher", "lower")]
    names = [mark for mark in marks if mark.field == "instruments"]
    joints: list[Found] = []
    for mover in movers:
        before = [name for name in names if name.end <= mover.start]
        led = any(0 <= name.start - other.end <= LED for other in movers for name in before[-1:])
        leads = any(0 <= name.start - mover.end <= LED for name in names)
        if before and led and leads:
            joints.append(Found("speech", "split", mover.start, mover.start))
    return joints


def _is_wish(marks: list[Found]) -> bool:
    """Whether marks hold more than one name."""
    names = [mark for mark in marks if mark.field == "instruments"]
    return len(names) > 1 or any(
        (mark.field in OPERATIVE and mark.value != "request") or (mark.field == "verbs" and mark.value in VERBS)
        for mark in marks
    )


def _opens(after: list[Found], join: Found) -> bool:
    """Whether a wish, and not the next name of a list, follows an "and"."""
    following = [mark for mark in after if mark.field not in ("speech", "degree", TAIL)]
    if following and following[0].field not in ("instruments", "styles"):
        return True
    joint = next(
        (i for i, mark in enumerate(after) if mark.field == "speech" and mark.value in ("split", "join")), None
    )
    return _is_wish(after[1:joint])


def _clause(
    raw: str, sentence: int, joined: bool, question: bool, language: str, prompts_dir: Path, words: Lexicon
) -> Clause:
    text = read_text(raw.rstrip(": "), language, prompts_dir)
    more = frozenset(find.start for find in words.find(text.plain) if (find.field, find.value) == ("degree", "more"))
    return Clause(text, marked(text, words), sentence, joined, question, more)
