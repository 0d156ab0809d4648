"""What is made of a reply in which no word of ours says what to change: scenes, then a model of vague wishes.

Conventions: asked only after the words; at most one change comes of it, and never against what the words said.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assistant.feedback.clauses import Clause
from assistant.feedback.lexicon import Lexicon
from assistant.feedback.scenes import read_scenes
from assistant.feedback.values import EMOTION_FIELDS, Change, KeepWish

VAGUE = (*EMOTION_FIELDS, "density", "loudness", "tempo_bpm")
"""Fields that a word of a scene may be mistaken for: "my eyelids got heavy"."""


def with_unheard(
    said: str,
    clauses: Sequence[Clause],
    changes: Sequence[Change],
    keep: Sequence[KeepWish],
    words: Lexicon,
    prompts_dir: Path,
) -> list[Change]:
    """The changes of a reply, with the wish that its scenes tell.

    Parameters
    ----------
    said : str
        The reply without what it takes back.
    clauses : sequence of Clause
    changes : sequence of Change
        What the words say.
    keep : sequence of KeepWish
    words : Lexicon
    prompts_dir : Path
    """
    vague = [change for change in changes if _is_vague(change)]
    if len(vague) < len(changes):
        return list(changes)
    wish, is_contrast = read_scenes(said, words.language, words, prompts_dir)
    if wish is None or (vague and not is_contrast):
        return list(changes)
    if any(change.field not in EMOTION_FIELDS for change in vague) and not is_contrast:
        return list(changes)
    if {change.field for change in vague} >= set(EMOTION_FIELDS):
        return list(changes)  # "Darker and calmer": the words have said it.
    return [wish]


def _is_vague(change: Change) -> bool:
    """Whether a change is of the whole cue and of no number: a scene may be meant by its word."""
    return (
        change.field in VAGUE
        and change.value is None
        and change.part in (None, "all")
        and change.where in (None, "all")
    )
