"""Two small readers of any language: one on the vectors of a multilingual encoder, one on hashed pieces of words.

Conventions: both answer with the heads of `models.emotion.upper`: ``go``, ``xed``, ``felt``, ``scene``.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from models.emotion.ngrams import BUCKETS, buckets
from models.emotion.upper import GO, XED

ENCODED, INNER, PIECE, MEMBERS = 512, 192, 24, 4


class Heads(nn.Module):
    """The four answers from one vector."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.go = nn.Linear(width, GO)
        self.xed = nn.Linear(width, XED)
        self.felt = nn.Linear(width, 2)
        self.scene = nn.Linear(width, 4)

    def forward(self, vector: Tensor) -> dict[str, Tensor]:
        """Logits of emotions, valence and arousal."""
        felt, scene = torch.tanh(self.felt(vector)), torch.tanh(self.scene(vector))
        return {"go": self.go(vector), "xed": self.xed(vector), "felt": felt, "scene": scene}


class EncodedReader(nn.Module):
    """Reads vectors of the multilingual encoder: (texts, 512). Scenes have small networks of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Dropout(0.1), nn.Linear(ENCODED, INNER), nn.GELU(), nn.Dropout(0.3))
        self.heads = Heads(INNER)
        self.members = nn.ModuleList(
            nn.Sequential(nn.Dropout(0.2), nn.Linear(ENCODED, 128), nn.GELU(), nn.Dropout(0.5), nn.Linear(128, 4))
            for _ in range(MEMBERS)
        )

    def forward(self, vectors: Tensor) -> dict[str, Tensor]:
        """The heads' answers; the vectors are scaled to about one a number."""
        scaled = vectors * ENCODED**0.5
        answers: dict[str, Tensor] = self.heads(self.inner(scaled))
        return answers | {"scene": torch.stack([member(scaled) for member in self.members]).mean(0).clamp(-1, 1)}


class PieceReader(nn.Module):
    """Reads hashed pieces of words."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.EmbeddingBag(BUCKETS + 1, PIECE, mode="mean", padding_idx=0)
        nn.init.normal_(self.table.weight, std=0.3)
        self.inner = nn.Sequential(nn.Dropout(0.2), nn.Linear(PIECE, 64), nn.GELU(), nn.Dropout(0.2))
        self.heads = Heads(64)

    def forward(self, pieces: Tensor, starts: Tensor) -> dict[str, Tensor]:
        """The heads' answers for texts laid end to end, each from its start."""
        answers: dict[str, Tensor] = self.heads(self.inner(self.table(pieces, starts)))
        return answers


def laid(texts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Buckets of several texts end to end, and where each starts."""
    starts: list[int] = []
    flat: list[int] = []
    for pieces in texts:
        starts.append(len(flat))
        flat += pieces
    return torch.tensor(flat), torch.tensor(starts)


def laid_texts(texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """The same of the texts themselves."""
    return laid([buckets(text) for text in texts])
