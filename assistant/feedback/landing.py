"""Hits on the cuts of the clip, where a reply asks for them: "land on the cut", "on the cuts"."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.clip import Cut
from assistant.feedback.clauses import Clause
from assistant.feedback.context import Context
from assistant.feedback.places import times_in
from assistant.feedback.values import Change
from assistant.interpret.on_cuts import choose, wish_for_cuts, words_beside
from assistant.settings import ROOT

PROMPTS_DIR = ROOT / "prompts"
FEW_WORDS = 3
"""Words beside "on the cut" up to which a clause says no more than that."""


def landing_in(
    clauses: Sequence[Clause], text: str, languages: Sequence[str], context: Context, cuts: Sequence[Cut]
) -> Change | None:
    """Hits on cuts, where the reply asks for them: the nearest to each time it names, else the strongest or all."""
    wishes = (wish_for_cuts(text, language, PROMPTS_DIR) for language in dict.fromkeys(languages))
    wish = next(filter(None, wishes), "")
    if not (wish and cuts):
        return None
    named = [at_s for clause in clauses for at_s in times_in(clause)]
    hits = {hit.at_s for hit in context.constraints.hits} | {cut.at_s for cut in choose(cuts, wish, named)}
    return Change("hits", value=tuple(sorted(hits)), words=text.strip()[:80])


def only_lands(clause: Clause, languages: Sequence[str]) -> bool:
    """Whether a clause says little more than "on the cut": its other words are then no wishes."""
    raw = clause.text.raw
    return any(
        wish_for_cuts(raw, language, PROMPTS_DIR) and words_beside(raw, language, PROMPTS_DIR) <= FEW_WORDS
        for language in languages
    )
