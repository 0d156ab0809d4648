"""Who helps to read a brief beside the word lists: a model of emotion, a language model. Both may be absent.

Conventions: the protocols stand here, with their reader; plug-ins in ``models/`` answer them (`models.registry`). An
adviser that fails raises `AdviserError`; the word lists then read alone and the person is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from assistant.errors import EngineError


class AdviserError(EngineError):
    """An adviser that cannot answer: absent weights, a server that hangs, prose where data was asked."""


@dataclass(frozen=True)
class Felt:
    """What a model of emotion makes of one sentence.

    Parameters
    ----------
    valence, arousal : float
        -1..1, as in `assistant.constraints.ArcPoint`.
    confidence : float
        0..1: how much the model's word should weigh; near 0 for a language or a kind of text that it does not know.
    emotions : mapping of str to float
        Discrete emotions with their probabilities 0..1, the most probable first; they explain the two numbers.
    end : tuple of float or None
        Valence and arousal that the sentence itself turns to at its end; None where the model does not say.
    """

    valence: float
    arousal: float
    confidence: float
    emotions: Mapping[str, float] = field(default_factory=dict)
    end: tuple[float, float] | None = None


class EmotionModel(Protocol):
    """Emotion of sentences that need not name one."""

    @property
    def name(self) -> str:
        """What evidence and papers call it."""
        ...

    def feel(self, sentences: Sequence[str], *, language: str) -> Sequence[Felt]:
        """One answer a sentence, in order; ``language`` is a BCP-47 primary tag."""
        ...


class LanguageModel(Protocol):
    """A language model that is asked for the Constraints of a brief as JSON."""

    @property
    def name(self) -> str:
        """What evidence and papers call it."""
        ...

    def answer(self, prompt: str, *, schema: Mapping[str, Any]) -> str:
        """What it writes; the caller parses and checks. Raises `AdviserError` when nothing comes in time."""
        ...


class PictureModel(Protocol):
    """A vision-language model that says what pictures show."""

    @property
    def name(self) -> str:
        """What evidence and papers call it."""
        ...

    def describe(self, pictures: Sequence[bytes]) -> Sequence[str]:
        """A sentence in English for each encoded picture, in order; fewer where patience ran out.

        Raises `AdviserError` when it fails.
        """
        ...


@dataclass(frozen=True)
class Advisers:
    """Who is there to ask."""

    emotion: EmotionModel | None = None
    language: LanguageModel | None = None
    picture: PictureModel | None = None


NOBODY = Advisers()
