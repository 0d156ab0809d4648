"""The language of a reply: replies are short, so the words of replies themselves decide before letters do.

Conventions: BCP-47 tags. Scripts of one language decide alone; among languages in Latin letters the one whose words
cover most of the text wins, what the detector of briefs says breaks near ties.
"""

from __future__ import annotations

from pathlib import Path

from assistant.feedback.lexicon import TAIL, lexicon
from assistant.feedback.marks import marked
from assistant.interpret.text import read_text
from assistant.language import detect_language
from assistant.language.detect import LATIN

TRUST = 0.12
"""Share of the text that the detector's word is worth; a sure detector is worth twice as much."""
HINTED = 0.04
LONGEST = 400
ROMANISED = "hi"
"""A language that people also write in Latin letters ("thoda slow karo"); its words file has those spellings too."""


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
