"""The tuned upper layers of MiniLM with their heads: what a text says in English.

Conventions: `Upper` gives a dict: ``go`` 28 logits (GoEmotions' order), ``xed`` 9 logits (`data.PLUTCHIK`), ``felt``
(2) valence and arousal as the public sets place them, ``scene`` (4) valence and arousal at the beginning and the end
of a scene as music should feel; -1..1.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from models.emotion.minilm import WIDTH, pooled

GO, XED = 28, 9
DROP = 0.1


class Upper(nn.Module):
    """Upper layers, their mean, heads."""

    def __init__(self, layers: nn.ModuleList) -> None:
        super().__init__()
        self.layers = copy.deepcopy(layers).requires_grad_(True)
        self.go = nn.Linear(WIDTH, GO)
        self.xed = nn.Linear(WIDTH, XED)
        self.felt = nn.Linear(WIDTH, 2)
        self.scene = nn.Sequential(nn.Linear(WIDTH, 64), nn.GELU(), nn.Dropout(2 * DROP), nn.Linear(64, 4))

    def embed(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """The mean of the tuned layers' states: (texts, 384)."""
        for layer in self.layers:
            hidden = layer(hidden, mask, DROP)
        return nn.functional.dropout(pooled(hidden, mask), DROP, self.training)

    def heads(self, vector: Tensor) -> dict[str, Tensor]:
        """What the heads make of the mean."""
        scene = torch.tanh(self.scene(vector))
        return {"go": self.go(vector), "xed": self.xed(vector), "felt": torch.tanh(self.felt(vector)), "scene": scene}

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """The heads' answers, and the mean itself as ``vector``."""
        vector = self.embed(hidden, mask)
        return self.heads(vector) | {"vector": vector}
