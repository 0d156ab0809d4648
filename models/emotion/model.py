"""The model of emotion: what English readers and the readers of any language make of a sentence, as one answer.

Conventions: as `assistant.interpret.advisers.EmotionModel`. At most `MOST` sentences are read, later ones get an
answer of no confidence. Weights are loaded on first use. English is read by MiniLM's tuned layers and by the
multilingual encoder where its package is installed; other languages by the latter and by pieces of words. What each
reader's word weighs in a language, and how much all of them can be relied upon there, was measured on scenes held
back for that purpose and stands in ``weights/weights.toml``. The same sentences give the same answers on the same
machine.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from assistant.interpret.advisers import Felt
from models.emotion import data, laid, minilm, present, use, weights
from models.emotion.readers import EncodedReader, PieceReader, laid_texts
from models.emotion.upper import Upper

MOST = 60
LONGEST = 600
"""Sentences that are read, and characters of each."""

UNHEARD = Felt(0.0, 0.0, 0.0)
ENGLISH, ENCODED, PIECES = "minilm", "encoder", "pieces"


@dataclass(frozen=True)
class _Trust:
    """What each reader weighs in a language, and 0..1 how much their mean can be relied upon."""

    shares: Mapping[str, float]
    whole: float


class SceneModel:
    """Emotion of sentences in thirteen languages."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def feel(self, sentences: Sequence[str], *, language: str) -> Sequence[Felt]:
        """One answer a sentence, in order."""
        read = [sentence[:LONGEST] for sentence in sentences[:MOST]]
        if not read:
            return []
        with self._lock, torch.inference_mode():
            answers = self.answers(read, language=language)
        trust = self._trust(language)
        scenes, probabilities = answers["scene"].tolist(), torch.sigmoid(answers["go"])
        felt = [
            _felt(scene, probability, trust.whole, sentence)
            for scene, probability, sentence in zip(scenes, probabilities, read, strict=True)
        ]
        return felt + [UNHEARD] * (len(sentences) - len(read))

    def answers(self, sentences: Sequence[str], *, language: str) -> dict[str, Tensor]:
        """The heads' answers, each reader's weighed: ``scene`` (texts, 4) and ``go`` (texts, 28), logits."""
        shares = self._trust(language).shares
        total = sum(shares.values())
        heard = [(share / total, self.answers_of(name, sentences)) for name, share in shares.items()]
        return {
            head: sum((share * each[head] for share, each in heard), torch.zeros(()))
            for head in ("scene", "go", "felt", "xed")
        }

    def answers_of(self, reader: str, sentences: Sequence[str]) -> dict[str, Tensor]:
        """One reader's answers."""
        if reader == ENCODED:
            answers: dict[str, Tensor] = self._many[0](torch.from_numpy(use.embed(sentences)))
        elif reader == PIECES:
            answers = self._many[1](*laid_texts(sentences))
        else:
            tokens, lower, upper = self.english
            answers = upper.heads(laid.vectors(tokens.numbers(sentences), lower, upper))
        return answers

    def _trust(self, language: str) -> _Trust:
        """What the readers weigh in a language, those left out that cannot run here."""
        table = self._trusted
        row = table.get(language) or table.get("other") or {"whole": 0.1, PIECES: 1.0}
        shares = {name: share for name, share in row.items() if name != "whole" and share}
        if not use.is_here():
            shares.pop(ENCODED, None)
        if not shares:
            return _Trust({PIECES: 1.0}, 0.5 * row["whole"])
        return _Trust(shares, row["whole"])

    @cached_property
    def _trusted(self) -> dict[str, Any]:
        """Language to what its readers weigh."""
        table: dict[str, Any] = weights.record().get("trust", {})
        return table

    @cached_property
    def english(self) -> tuple[minilm.Tokens, minilm.Lower, Upper]:
        """Tokens, published lower layers, our upper layers."""
        folder = present.package_dir()
        assert folder is not None, present.missing()
        tokens, lower, layers = minilm.published(folder)
        upper = Upper(layers)
        stored = weights.load(present.ENGLISH)
        state = upper.state_dict()
        state |= {
            name: tensor + state[name] if name.startswith("layers.") else tensor for name, tensor in stored.items()
        }
        upper.load_state_dict(state)
        upper.eval().requires_grad_(False)
        return tokens, lower, upper

    @cached_property
    def _many(self) -> tuple[EncodedReader, PieceReader]:
        stored = weights.load(present.MANY)
        readers = (EncodedReader(), PieceReader())
        for name, reader in zip((ENCODED, PIECES), readers, strict=True):
            at = f"{name}."
            reader.load_state_dict({key.removeprefix(at): value for key, value in stored.items() if key.startswith(at)})
            reader.eval().requires_grad_(False)
        return readers


def _felt(scene: list[float], probabilities: Tensor, trust: float, sentence: str) -> Felt:
    """One sentence's answer; a word or two say little."""
    letters = sum(char.isalpha() for char in sentence)
    is_dense = any("\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" for char in sentence)
    length = min(1.0, letters * (2.5 if is_dense else 1.0) / 20)
    valence, arousal, end_valence, end_arousal = (round(value, 3) for value in scene)
    return Felt(valence, arousal, round(trust * length, 3), _ekman(probabilities), (end_valence, end_arousal))


def _ekman(probabilities: Tensor) -> dict[str, float]:
    """Ekman's six and neutral, the most probable first."""
    by_name = dict(zip(sorted(data.coordinates()["goemotions"]), probabilities.tolist(), strict=True))
    groups = {name: max(by_name[each] for each in members) for name, members in data.coordinates()["ekman"].items()}
    return {name: round(value, 3) for name, value in sorted(groups.items(), key=lambda item: -item[1])}
