"""Every word of a reply that is known, each in the sense that it has where it stands.

Conventions: places are characters of the folded text. A longer find hides the shorter ones in it; words that only frame
a wish hide none that they merely touch.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from assistant.feedback.lexicon import LIKENED, QUANTITIES, TAIL, Lexicon
from assistant.interpret.text import Text
from assistant.interpret.words import Found

NAMES = ("instruments", "styles", "places")
"""Tables of named things, from the words of briefs."""
LIKE_BEFORE, LIKE_AFTER = 16, 2
"""Characters between a thing and the word that likens the music to it: before it, and after it."""
_NOTHING = (("verbs", "no"), ("negation", "not"), ("degree", "lack"))
"""What "no" is all at once."""


def marked(text: Text, words: Lexicon) -> tuple[Found, ...]:
    """Every word of replies, and every named thing, that is inside no longer one."""
    mine = words.find(text.plain)
    named = [find for find in text.finds if find.field in (*NAMES, "decoy", "people")]
    decoys = {(find.start, find.end) for find in mine if find.field == "decoy"}
    named = [find for find in named if find.field == "decoy" or (find.start, find.end) not in decoys]
    kept = [find for find in outermost([*mine, *named]) if not _is_shadow(find, [*mine, *named], text)]
    tails = {mark.value for mark in kept if mark.field == TAIL}
    halves = words.halves(text.plain) - set(words.vocabulary.find(text.plain))
    kept = [mark for mark in kept if mark not in halves or str(mark.start) in tails]
    joints = {(mark.start, mark.end) for mark in kept if mark.field == "speech" and mark.value in ("split", "join")}
    first = len(text.plain) - len(text.plain.lstrip())
    more = {mark.start for mark in mine if (mark.field, mark.value) == ("degree", "more")}
    # "Çok daha" is "much more": a "too" right before a "more" is none.
    kept = [mark for mark in kept if (mark.field, mark.value) != ("degree", "too") or mark.end + 1 not in more]
    kept = _likened(_without_doubles(text, _without_exclamations(kept)))
    # "और" at the head of a clause is "and", not "more".
    return tuple(
        mark for mark in kept if not (mark.field == "degree" and mark.start == first and (first, mark.end) in joints)
    )


def _without_exclamations(marks: Sequence[Found]) -> list[Found]:
    """Without a "no" that is only called out before a wish: "ugh no undo that", "no make it sadder"."""
    begins = {
        mark.start
        for mark in marks
        if (mark.field == "verbs" and mark.value in ("add", "remove", "keep"))
        or (mark.field, mark.value) in (("speech", "wish"), ("speech", "meant"), ("length", "only"))
        or (mark.field == "action" and mark.value in ("undo", "redo", "restart", "compare", "request"))
    }
    spans = Counter((mark.start, mark.end) for mark in marks if (mark.field, mark.value) in _NOTHING)
    called = {span for span, count in spans.items() if count == len(_NOTHING) and span[1] + 1 in begins}
    return [mark for mark in marks if (mark.start, mark.end) not in called]


def _likened(marks: Sequence[Found]) -> list[Found]:
    """Complaints by a thing ("a supermarket") where the music is likened to it or judged, and no others."""
    before = [mark.end for mark in marks if (mark.field, mark.value) == ("aside", "like")]
    judged = (("speech", "judge"), ("degree", "too"), ("degree", "small"))
    beside = [mark.end for mark in marks if (mark.field, mark.value) in judged]
    after = [mark.start for mark in marks if (mark.field, mark.value) == ("aside", "like_post")]
    kept: list[Found] = []
    for mark in marks:
        if mark.value.endswith(LIKENED):
            likened = any(0 <= mark.start - end <= LIKE_BEFORE for end in before)
            # "It's robotic" judges, "the client is a tax office" does not.
            likened = likened or any(0 <= mark.start - end <= 1 for end in beside)
            if not likened and not any(0 <= start - mark.end <= LIKE_AFTER for start in after):
                continue
            mark = replace(mark, value=mark.value.removesuffix(LIKENED))
        kept.append(mark)
    return kept


def _without_doubles(text: Text, marks: Sequence[Found]) -> list[Found]:
    """A word for "also" that is one for "too much" too means the former where it ends its clause: "quieter too"."""
    same = {(mark.start, mark.end) for mark in marks if (mark.field, mark.value) == ("speech", "same")}
    both = {(mark.start, mark.end) for mark in marks if (mark.field, mark.value) == ("degree", "too")} & same
    if not both:
        return list(marks)
    courteous = {
        place
        for mark in marks
        if (mark.field, mark.value) == ("aside", "polite")
        for place in range(mark.start, mark.end)
    }
    words = [place for place, char in enumerate(text.plain) if char.isalnum() and place not in courteous]
    kept: list[Found] = []
    for mark in marks:
        if (mark.start, mark.end) in both and mark.field in ("speech", "degree"):
            following = bisect_left(words, mark.end)
            ends = following == len(words) or words[following] >= text.clause(mark.start).end
            if (mark.field == "speech") != ends:
                continue
        kept.append(mark)
    return kept


def _is_shadow(find: Found, finds: Sequence[Found], text: Text) -> bool:
    """Whether another meaning of the same words is the one that is meant."""
    same = [item for item in finds if (item.start, item.end) == (find.start, find.end)]
    if find.field in QUANTITIES and find.value in ("much", "little"):
        return any(item.field == find.field and item.value in ("higher", "lower") for item in same)
    no_name = any((item.field, item.value) == ("aside", "no_name") for item in same)
    if find.field == "verbs" and find.value in ("remove", "add") and any(item.field == "instruments" for item in same):
        return not no_name  # The stem of a verb that begins a name ("تشيلو").
    if find.field == "instruments" and no_name:
        return True  # "شيلوا" is "take out" and no cello.
    if find.field == "styles" and any(item.field == "degree" for item in same):
        return True  # "Minimal langsamer".
    if find.field == "places" and any(item.field == "instruments" for item in same):
        # A tabla is an instrument that also sounds of a place: whoever takes it out speaks of no place.
        return True
    if (find.field, find.value) == ("instruments", "voice"):
        # "Ses", "صوت": the word for sound and loudness is also that for a voice.
        return any(item.field == "loudness" for item in same)
    if text.language == "tr" and any(item.field == "where" for item in same):
        # Folding makes one word of "baş" (beginning) and "bas" (bass).
        raw = text.raw[text.folded.origin[find.start] : text.folded.origin[find.end - 1] + 1]
        return find.field == ("instruments" if "ş" in raw.lower() else "where") and any(
            item.field == "instruments" for item in same
        )
    return False


def outermost(finds: Iterable[Found]) -> tuple[Found, ...]:
    """Without those that lie inside or across a longer one; several meanings of the same words all stay."""
    kept: list[Found] = []
    for find in sorted(set(finds), key=lambda item: (item.start - item.end, item.field not in NAMES, item.start)):
        if all(
            find.end <= other.start
            or find.start >= other.end
            or (find.start, find.end) == (other.start, other.end)
            or (_crosses(find, other) and (_is_inert(find) or _is_inert(other)))
            for other in kept
        ):
            kept.append(find)
    return tuple(sorted(kept, key=lambda item: (item.start, item.end)))


def _crosses(first: Found, second: Found) -> bool:
    """Whether two words share letters and neither holds the other."""
    return not (first.start <= second.start and second.end <= first.end) and not (
        second.start <= first.start and first.end <= second.end
    )


def _is_inert(find: Found) -> bool:
    """Whether a word only frames a wish ("please", "could you"): it hides no wish that it merely touches."""
    lacks = find.field == "degree" and find.value == "lack"  # "Needs more" + "more drive".
    return find.field == "speech" or (find.field, find.value) == ("action", "request") or lacks
