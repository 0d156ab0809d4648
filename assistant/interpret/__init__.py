"""Words to Constraints: what a person's brief asks for, each value with the words it came from.

One file reads one field. All of them work on the same `Text`: the brief folded once, searched once for every word of
``prompts/words/``, with clauses and negations marked. A new word or language is a line or a file of data.
"""

from __future__ import annotations

from assistant.interpret.advisers import NOBODY, AdviserError, Advisers, EmotionModel, Felt, LanguageModel, PictureModel
from assistant.interpret.given_motif import with_beside, with_motif, with_other_motif
from assistant.interpret.places import named_regions, regions_in
from assistant.interpret.reader import read_brief, read_follow, warm
from assistant.interpret.shown import with_clip

__all__ = [
    "NOBODY",
    "AdviserError",
    "Advisers",
    "EmotionModel",
    "Felt",
    "LanguageModel",
    "PictureModel",
    "named_regions",
    "read_brief",
    "read_follow",
    "regions_in",
    "warm",
    "with_beside",
    "with_clip",
    "with_motif",
    "with_other_motif",
]
