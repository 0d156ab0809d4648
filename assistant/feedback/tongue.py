"""The language of a reply: replies are short, so the words of replies themselves decide before letters do.

Conventions: BCP-47 tags. Scripts of one language decide alone; among languages in Latin letters the one whose words
cover most of the text wins, what the detector of briefs says breaks near ties. Arabic in Latin letters and digits
("3ayez el tempo abta2") is put into its own script before it is read.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from assistant.feedback.lexicon import TAIL, latin_spellings, lexicon
from assistant.feedback.marks import marked
from assistant.interpret.text import read_text
from assistant.language import detect_language
from assistant.language.detect import LATIN

TRUST = 0.12
"""Share of the text that the detector's word is worth; a sure detector is worth twice as much."""
HINTED = 0.04
LONGEST = 400
SURE = 2.5
"""What a letter of Arabic in Latin letters counts: no other language has such words."""
SHORT = 2
"""Letters of words that say nothing about a language: "el" is Arabic and Spanish."""
ROMANISED = "hi"
"""A language that people also write in Latin letters ("thoda slow karo"); its words file has those spellings too."""

CHATTED = "ar"
"""A language that people type with Latin letters and digits: its letters stand under ``[latin]``."""
_TYPED = re.compile(r"[a-z0-9']+", re.IGNORECASE)


def language_of(text: str, *, hint: str | None, prompts_dir: Path) -> str:
    """The language that a reply is read in; ``hint`` decides where nothing else does."""
    found = detect_language(text, prompts_dir=prompts_dir)
    if found.tag not in LATIN and found.is_read:
        return found.tag
    shown = text[:LONGEST]
    letters = sum(char.isalpha() for char in shown)
    if not letters:
        return hint or found.tag
    scores = {tag: _covered(shown, tag, prompts_dir) / letters for tag in (*LATIN, ROMANISED)}
    scores[CHATTED] = sum(SURE * len(word) for word in _typed(shown) if _is_chatted(word, prompts_dir)) / letters
    if found.tag in scores:
        scores[found.tag] += TRUST * (2 if found.confidence > 0.6 else 1)
    if hint in scores:
        scores[str(hint)] += HINTED
    return max(scores, key=lambda tag: scores[tag])


def _covered(text: str, tag: str, prompts_dir: Path) -> int:
    """Letters of a text that are part of known words."""
    read = read_text(text, tag, prompts_dir)
    spans = [(mark.start, mark.end) for mark in marked(read, lexicon(tag, prompts_dir)) if mark.field != TAIL]
    spans += [(find.start, find.end) for find in read.finds if find.field not in ("instruments", "styles", "places")]
    known = {place for start, end in spans for place in range(start, end)}
    return sum(read.plain[place].isalpha() for place in known)


def in_its_script(text: str, tag: str, prompts_dir: Path) -> str:
    """The text with words that are typed in Latin letters in the script of their language."""
    if tag != CHATTED:
        return text
    spelled, bones = latin_spellings(tag, prompts_dir), _by_bones(prompts_dir)

    def written(match: re.Match[str]) -> str:
        word = match[0].lower()
        bare = _bones(word)
        return spelled.get(word) or bones.get(bare) or bones.get(bare.removesuffix("h")) or match[0]

    return _TYPED.sub(written, text)


@cache
def _by_bones(prompts_dir: Path) -> dict[str, str]:
    """The words of chats by their consonants, as vowels are left out at will: "tsr3ha" for "tsarre3ha"."""
    named = {_bones(spelling): word for spelling, word in latin_spellings(CHATTED, prompts_dir).items()}
    return {bones: word for bones, word in named.items() if len(bones) > SHORT}


def _bones(word: str) -> str:
    for digit, letter in (("7", "h"), ("5", "kh"), ("2", ""), ("8", "gh"), ("6", "t"), ("9", "s")):
        word = word.replace(digit, letter)
    return re.sub(r"(.)\1", r"\1", re.sub(r"[aeiouy']", "", word))


def _typed(text: str) -> list[str]:
    return [match[0].lower() for match in _TYPED.finditer(text)]


def _is_chatted(word: str, prompts_dir: Path) -> bool:
    """Whether a word is one of chats, and no article that other languages have too."""
    sure = len(word) > SHORT + 1 or not word.isalpha()
    return sure and word in latin_spellings(CHATTED, prompts_dir)
