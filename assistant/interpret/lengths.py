"""Which of the times of a brief is its length.

Conventions: seconds. A label wins ("30 seconds long"), then the longest time that no word places, then a placed time
that says after how long the music loops or ends, then one that only a weak word places ("30秒で", "in 40 seconds") and
nothing happens at. Words files: table ``at``, key ``weak``; ``length``, key ``ends``; ``[grammar]`` keys ``spans``, the
forms in which a placing word states a length ("на 25 секунд", not "на 25-й секунде"), and ``ends_of``, what may stand
before the word for an end where it is the music's: "she walks out at 0:22" is a moment.
"""

from __future__ import annotations

import re

from assistant.interpret.quantities import Moment
from assistant.interpret.text import Text
from assistant.interpret.words import Found, is_unspaced, listed, words_file
from assistant.language import READ_LANGUAGES
from assistant.settings import LONGEST_S

_NEAR_LOOP = 14
"""Characters between a word for a loop and the time after which it loops."""


def choose_length(text: Text, times: list[Moment]) -> Moment | None:
    """The length of the cue among its times, None when no time can be it."""
    labelled = [moment for moment in times if moment.labelled and not moment.partial]
    unmarked = [moment for moment in times if not moment.marked and not moment.partial]
    whole_s = max((moment.at_s for moment in unmarked), default=0.0)
    labelled = [moment for moment in labelled if moment.at_s >= whole_s or not _is_of_event(text, moment)]
    if labelled:
        return max(labelled, key=lambda moment: moment.at_s)
    units = [moment for moment in unmarked if not moment.is_clock]
    usable = [moment for moment in units if moment.at_s <= LONGEST_S]
    if chosen := max(usable or units or unmarked, key=lambda moment: moment.at_s, default=None):
        return chosen
    placed = [moment for moment in times if not moment.from_end]
    last = max(placed, key=lambda moment: moment.at_s, default=None)
    if last is None:
        return None
    beside = len(placed) == 2 and _stands_apart(text, last)
    return last if _loops_or_ends(text, last) or _is_weak(text, last) or beside else None


def _is_of_event(text: Text, moment: Moment) -> bool:
    """Whether a label says how long something in the picture lasts: "each cut lasts 4 seconds"."""
    start = text.clause(moment.start).start
    return any(start <= find.start < moment.start for find in text.find("hits"))


def _stands_apart(text: Text, moment: Moment) -> bool:
    """Whether a time is an item of its own behind a placed one: "the door slams at 12 seconds, 30 seconds of piano"."""
    clause = text.clause(moment.start)
    leads = not text.between(clause.start, moment.start).strip(" ,.;:!?、。")
    alone = not text.between(moment.end, clause.end).strip(" ,.;:!?、。")
    of_music = any(find.start in clause for field in ("styles", "instruments", "music") for find in text.wanted(field))
    eventful = any(find.start in clause for find in text.find("hits"))
    return leads and (alone or (of_music and not eventful)) and clause.start > 0 and not moment.is_clock


def states_length(text: Text, moment: Moment) -> bool:
    """Whether the words form of a time states how long, though a placing word stands before it: "на 25 секунд"."""
    if text.language not in READ_LANGUAGES or moment.is_clock:
        return False
    forms = words_file(text.language, text.prompts_dir).get("grammar", {}).get("spans", [])
    clause = text.clause(moment.start)
    words = text.between(clause.start, moment.end)
    return any(re.search(rf"{form}$", words) for form in forms)


def _loops_or_ends(text: Text, moment: Moment) -> bool:
    """Whether a word for a loop or for the end stands beside a time: "loops every 64 seconds", "fin à 50 secondes"."""
    clause = text.clause(moment.start)
    finds = (*text.wanted("loop"), *text.find("length", "ends"))
    beside = any(_is_beside(text, find, moment) and not _is_of_another(text, find, moment) for find in finds)
    return beside and (not moment.is_clock or not any(find.start in clause for find in text.find("hits")))


def ends_another(text: Text, moment: Moment) -> bool:
    """Whether a time is when something in the picture ends or leaves: "she walks out at 0:22"."""
    return any(
        _is_beside(text, find, moment) and _is_of_another(text, find, moment) for find in text.find("length", "ends")
    )


def _is_beside(text: Text, find: Found, moment: Moment) -> bool:
    clause = text.clause(moment.start)
    return find.start in clause and max(find.start - moment.end, moment.start - find.end) <= _NEAR_LOOP


def _is_of_another(text: Text, find: Found, moment: Moment) -> bool:
    """Whether the clause before a word for the end speaks of something else than music, film or nothing."""
    words = listed("ends_of", text.language, text.prompts_dir)
    place = min(find.start, moment.start)
    clause = text.clause(place)
    of_music = (each for field in ("styles", "instruments", "music", "loop", "uses") for each in text.wanted(field))
    if not words or any(each.start in clause and each.start <= place for each in of_music):
        return False
    longest_first = sorted(map(re.escape, words), key=len, reverse=True)
    rest = re.sub("|".join(map(_apart, longest_first)), "", text.between(clause.start, place))
    return any(letter.isalpha() for letter in rest)


def _apart(word: str) -> str:
    """A pattern for a word that stands apart, in scripts that part words."""
    return word if is_unspaced(word[0]) else rf"(?<!\w){word}(?!\w)"


def _is_weak(text: Text, moment: Moment) -> bool:
    """Whether only a weak word places a time at which nothing happens: "30秒でお願いします"."""
    clause = text.clause(moment.start)
    eventful = any(find.start in clause for find in text.find("hits"))
    weak = any(
        (find.start >= moment.end and not text.between(moment.end, find.start).strip())
        or (find.end <= moment.start and not text.between(find.end, moment.start).strip(" ~"))
        for find in text.find("at", "weak")
    )
    return weak and not eventful and not moment.partial and not moment.is_clock
