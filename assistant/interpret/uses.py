"""What the music is for.

Conventions: one of `assistant.constraints.USES`. Telling words ("podcast", "VR") outweigh weak ones ("video",
"scene"), which the words files keep in the table ``uses_weak``; of equals the first of `_RANK` wins. What another use
is about is no use ("a podcast about films"): the table ``about`` and the order of words in `_SUBJECT_FIRST`. Compounds
that no list holds are read by their last part, where ``[grammar]`` of a words file has ``use_forms``. "It is not a sad
film" is a film all the same: the denial is of the sadness.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.constraints import Evidence
from assistant.interpret.text import Text
from assistant.interpret.words import Found, words_file
from assistant.language import READ_LANGUAGES

_RANK = ("vr", "game", "podcast", "wellness", "ad", "event", "film", "dance", "other")
"""Which use wins when a brief names several: "trailer for our game" is for a game."""
_SUBJECT_FIRST = ("ja", "ko", "hi", "tr")
"""Languages that name the subject before the word "about"."""
_NEAR = 12
"""Characters between a use and the word "about" that belongs to it."""


@dataclass(frozen=True)
class Use:
    """A use with its words."""

    use: str
    evidence: Evidence


def read_use(text: Text) -> Use | None:
    """The use that the words name."""
    named = sorted([*text.wanted("uses"), *_compounds(text)], key=lambda find: find.start)
    for finds, confidence in ((_subjects_out(text, named), 1.0), (text.wanted("uses_weak"), 0.6), (_denied(text), 0.5)):
        if finds:
            find = min(finds, key=lambda find: (_RANK.index(find.value), find.start))
            return Use(find.value, text.evidence("use", find.start, find.end, confidence))
    return None


def _compounds(text: Text) -> Iterator[Found]:
    """Words read by their last part: "Dorffest" is a feast, "Krimipodcast" a podcast."""
    if text.language not in READ_LANGUAGES:
        return
    negated = [find for find in text.finds if find.negated]
    for use, form in words_file(text.language, text.prompts_dir).get("grammar", {}).get("use_forms", {}).items():
        for match in re.finditer(form, text.plain):
            written = text.raw[text.folded.origin[match.start()]].isupper() or text.language != "de"
            if written and not any(find.start < match.end() and match.start() < find.end for find in negated):
                yield Found("uses", use, match.start(), match.end())


def _subjects_out(text: Text, named: list[Found]) -> list[Found]:
    """Without the uses that another one is about, as long as one is left."""
    about = [find.start for find in text.find("about")]
    if not about or len(named) < 2:
        return named
    kept = [find for find in named if not _is_subject(text, find, named, about)]
    return kept or named


def _is_subject(text: Text, find: Found, named: list[Found], about: list[int]) -> bool:
    """Whether a use stands on the far side of an "about" from another use of its sentence."""
    for place in about:
        if place not in text.sentence(find.start):
            continue
        if text.language in _SUBJECT_FIRST:
            close = 0 <= place - find.end <= _NEAR
            others = any(place < other.start for other in named if other.start in text.sentence(place))
        elif text.language == "zh":
            close = 0 <= find.start - place <= _NEAR
            others = any(find.end <= other.start for other in named if other.start in text.sentence(place))
        else:
            close = place < find.start and find.start in text.clause(place)
            others = any(0 <= place - other.end <= _NEAR for other in named)
        if close and others:
            return True
    return False


def _denied(text: Text) -> list[Found]:
    """Uses in a denial that is about how they feel or sound: "not a sad film", "no es un anuncio épico"."""
    qualities = [find for field in ("emotion", "styles") for find in text.find(field) if find.negated]
    return [
        find
        for find in text.find("uses")
        if find.negated
        and any(0 <= max(quality.start - find.end, find.start - quality.end) <= _NEAR for quality in qualities)
    ]
