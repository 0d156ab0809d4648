"""Emotion of words: valence and arousal of every clause, and of the brief as a whole.

Conventions: -1..1. Words of the tables ``emotion`` name a group whose coordinates stand in
``prompts/lexicon/emotions.toml``. A negated word counts a little the other way, what stands before a "but" less than
what stands after it, scenery (rain, children, a birthday) less than mood. What no word says stays None.

Sources: the weights of negation, degree and "but" follow Hutto and Gilbert 2014, VADER.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.constraints import Evidence
from assistant.interpret.advisers import Felt
from assistant.interpret.lexicon import table
from assistant.interpret.text import Piece, Text
from assistant.interpret.words import Found, words_file
from assistant.language import READ_LANGUAGES

NEGATED = -0.35
"""What a negated word counts: "not sad" is a little less than calm, not happy."""

STRONGER, WEAKER = 1.35, 0.6
SCENERY, BEFORE_BUT = 0.4, 0.4
"""Weights of words that only set the scene, and of words before a "but" (VADER halves those)."""

MODEL_SAYS = (1.5, 1.5)
"""What a model of emotion weighs in valence and in arousal, at full confidence, beside the words of the lists."""

BESIDE_MOOD = 0.3
"""The share of that where a word names the mood: who says "sad" means it."""

STORY_SAYS = 1.0
"""The share of it where a sentence tells a scene at length: there "cold" is the weather, whatever is named."""

MOOD_SAYS = 0.5
"""What the mood that words name elsewhere in the brief weighs in a stretch of which only the model speaks."""

LIKENED = 40
"""Characters before a name in which "it should feel like" may stand."""


@dataclass(frozen=True)
class Feeling:
    """Valence and arousal of a stretch of words; None where no word speaks.

    ``weights`` say how much was said about each; ``has_mood`` whether a word of mood spoke, not only of scenery.
    """

    valence: float | None
    arousal: float | None
    weights: tuple[float, float] = (0.0, 0.0)
    has_mood: bool = False
    evidence: tuple[Evidence, ...] = ()

    def lighter(self, share: float) -> Feeling:
        """The same, with a share of its weights."""
        return replace(self, weights=(share * self.weights[0], share * self.weights[1]))


@dataclass(frozen=True)
class _Vote:
    value: float
    weight: float


def feel(text: Text, piece: Piece) -> Feeling:
    """The feeling of the words in a stretch, each counted by how much it says."""
    lexicon = table("emotions", text.prompts_dir)
    groups, scenery = lexicon["groups"], set(lexicon["scenery"].split())
    valences: list[_Vote] = []
    arousals: list[_Vote] = []
    evidence: list[Evidence] = []
    has_mood = False
    for find in text.find("emotion"):
        if find.start in piece and find.value in groups:
            valence, arousal = groups[find.value]
            factor = _factor(text, find)
            is_scenery = find.value in scenery and not _is_likened(text, find)
            weight = (SCENERY if is_scenery else 1.0) * _weight_before_but(text, find)
            _vote(valences, valence, factor, weight)
            _vote(arousals, arousal, factor, weight)
            has_mood = has_mood or not is_scenery
            evidence.append(text.evidence("arc", find.start, find.end, 0.8))
    weights = (sum(vote.weight for vote in valences), sum(vote.weight for vote in arousals))
    return Feeling(_mean(valences), _mean(arousals), weights, has_mood, tuple(evidence))


def _is_likened(text: Text, find: Found) -> bool:
    """Whether the music is to be like what is named, which names a mood: "it should feel like sunrise"."""
    if text.language not in READ_LANGUAGES:
        return False
    form = words_file(text.language, text.prompts_dir).get("grammar", {}).get("likened")
    return form is not None and re.search(rf"(?:{form})$", text.between(find.start - LIKENED, find.start)) is not None


def blend(feelings: Sequence[Feeling]) -> Feeling:
    """Several feelings as one, each by how much it says."""
    valences = [_Vote(item.valence, item.weights[0]) for item in feelings if item.valence is not None]
    arousals = [_Vote(item.arousal, item.weights[1]) for item in feelings if item.arousal is not None]
    return Feeling(
        _mean(valences),
        _mean(arousals),
        (sum(vote.weight for vote in valences), sum(vote.weight for vote in arousals)),
        any(item.has_mood for item in feelings),
        tuple(said for item in feelings for said in item.evidence),
    )


def fuse(feeling: Feeling, felt: Felt, whole: Feeling, *, is_story: bool) -> Feeling:
    """What the word lists say of a stretch, and what a model of emotion says, each by how much it says.

    ``whole`` is what the lists say of the brief; where it names a mood, a stretch without a word is heard in its light.
    """
    means, weights = [], []
    named = ((whole.valence, whole.weights[0]), (whole.arousal, whole.weights[1]))
    share = STORY_SAYS if is_story else BESIDE_MOOD if feeling.has_mood else 1.0
    for axis, (own, said) in enumerate(((feeling.valence, felt.valence), (feeling.arousal, felt.arousal))):
        votes = [_Vote(said, MODEL_SAYS[axis] * felt.confidence * share)]
        votes += [_Vote(own, feeling.weights[axis])] if own is not None else []
        mood, weight = named[axis]
        if own is None and mood is not None and whole.has_mood:
            votes.append(_Vote(mood, MOOD_SAYS * min(weight, 1.0)))
        means.append(_mean(votes))
        weights.append(sum(vote.weight for vote in votes))
    return Feeling(means[0], means[1], (weights[0], weights[1]), feeling.has_mood, feeling.evidence)


def _vote(votes: list[_Vote], value: float, factor: float, weight: float) -> None:
    """One word's say; a word that is neutral in a dimension says little about it."""
    if value:
        votes.append(_Vote(max(-1.0, min(1.0, value * factor)), abs(value) * min(abs(factor), 1.0) * weight))


def _weight_before_but(text: Text, find: Found) -> float:
    """What stands before a "but" counts less than what stands after it."""
    sentence = text.sentence(find.start)
    turned = any(find.end <= but.start < sentence.end for but in text.find("but"))
    return BEFORE_BUT if turned else 1.0


def _mean(votes: list[_Vote]) -> float | None:
    total = sum(vote.weight for vote in votes)
    return sum(vote.value * vote.weight for vote in votes) / total if total else None


def _factor(text: Text, find: Found) -> float:
    """How much a word counts: negated, made stronger, made weaker."""
    factor = NEGATED if find.negated else 1.0
    for degree in text.find("degree"):
        if 0 <= find.start - degree.end <= 2:
            factor *= STRONGER if degree.value == "more" else WEAKER
    return factor
