"""Which words of the brief mean the music, and which only its scene: "he sells violins", "a rock falls", "niece Viola".

Conventions: places are characters of the folded text. What surrounds a word decides: patterns for the words before and
after it stand in ``[grammar]`` of the words files, as ``scene`` (instruments), ``scene_styles`` and ``scene_uses``
("she dances"): pairs of what ends right before and what begins right after, either may be empty. An instrument that
another only resembles ("a synth that sounds like a cello") is not meant either (``simile``), unless it is the only one
of its sentence. A name is told by a capital inside a sentence; German writes all nouns so and tells names by the words
before them only.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

from assistant.interpret.text import Text
from assistant.interpret.words import Found, words_file
from assistant.language import READ_LANGUAGES

_AROUND = 48
"""Characters before and after a word that may say what it means."""
_SCENERY = {"instruments": "scene", "styles": "scene_styles", "uses": "scene_uses", "uses_weak": "scene_uses"}
"""Field to its list of pairs."""
_GIVEN_NAMES = frozenset({"viola", "celeste", "harper", "piper", "melody", "carol", "pan", "oud", "kora"})
"""Words for instruments that people are called by, in any language that spells them so."""
_CASED = ("en", "es", "pt", "fr", "it", "tr")
"""Languages in which a capital inside a sentence tells a name."""

Pair = tuple[re.Pattern[str], re.Pattern[str]]


def of_music(text: Text) -> Text:
    """The text without the finds of instruments and styles that belong to the scene only."""
    if text.language not in READ_LANGUAGES:
        return text
    kept = tuple(find for find in text.finds if not _is_scenery(text, find))
    kept = tuple(find for find in kept if not (find.field == "instruments" and _is_simile(text, find, kept)))
    return text if len(kept) == len(text.finds) else replace(text, finds=kept)


def _is_scenery(text: Text, find: Found) -> bool:
    """Whether what stands around a word makes it a thing or a person of the scene."""
    if find.field not in _SCENERY or find.value == "all":
        return False
    if _stands_in(text, find, _SCENERY[find.field]):
        return True
    return text.between(find.start, find.end) in _GIVEN_NAMES and _is_name(text, find)


def _is_name(text: Text, find: Found) -> bool:
    """Whether a word that may be a given name is written as one: a capital, and no list of instruments around it."""
    if text.language not in _CASED or not text.raw[text.folded.origin[find.start]].isupper():
        return False
    sentence = text.sentence(find.start)
    inside = bool(text.between(sentence.start, find.start).strip(" \"'-(¿¡"))
    after = text.between(find.end, sentence.end)
    if not inside:
        return bool(re.match(r"(?:'s)? [^\W\d_]+", after)) and not re.match(r" (?:solo|and|y|e|et|ve|with|in)\b", after)
    words = re.findall(r"[^\W\d_]{3,}", text.raw[text.folded.origin[sentence.start] : text.folded.origin[find.start]])
    return not words or sum(word[0].isupper() for word in words[1:]) <= len(words) / 3


def _is_simile(text: Text, find: Found, finds: tuple[Found, ...]) -> bool:
    """Whether an instrument only says what another one of its sentence sounds like."""
    if not _stands_in(text, find, "simile"):
        return False
    sentence = text.sentence(find.start)
    return any(
        other.field == "instruments"
        and other.value != find.value
        and other.start in sentence
        and other.end <= find.start
        for other in finds
    )


def _stands_in(text: Text, find: Found, name: str) -> bool:
    """Whether a pair of patterns fits what stands before and after a word; look-behinds of the second see the word."""
    before, end = text.between(find.start - _AROUND, find.start), min(find.end + _AROUND, len(text.plain))
    return any(
        first.search(before) and then.match(text.plain, find.end, end)
        for first, then in _pairs(name, text.language, text.prompts_dir)
    )


@cache
def _pairs(name: str, language: str, prompts_dir: Path) -> tuple[Pair, ...]:
    """One list of pairs of a words file, ready to be held against what stands before and after a word."""
    listed = words_file(language, prompts_dir).get("grammar", {}).get(name, [])
    return tuple((re.compile(rf"(?:{before})$"), re.compile(after)) for before, after in listed)
