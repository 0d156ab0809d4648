"""What the composer is measured against: a GRU of equal size, and a Markov chain of third order.

Conventions: the GRU reads the same rows, has the same embeddings and heads and is trained by the same script (``python
-m models.transformer.train --kind gru``). The chain is counted on the training split; ``python -m
models.transformer.baselines --corpus FILE`` prints its bits a note on the windows that the networks are measured on.

Sources: Cho et al. 2014 (GRU); Witten and Bell 1991, and Jelinek and Mercer 1980 (interpolation of orders).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from models.transformer.network import Composer, Shape

GRU_LAYERS, GRU_OF_WIDTH = 3, 2.055
"""Layers, and cells of each layer as a multiple of the composer's width: equal in parameters to six blocks."""


class Recurrent(Composer):
    """The composer with its blocks of attention replaced by a stack of GRU layers."""

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__(shape, dropout)
        cells = round(shape.width * GRU_OF_WIDTH)
        self.blocks = nn.ModuleList()
        self.gru = nn.GRU(shape.width, cells, GRU_LAYERS, batch_first=True, dropout=dropout)
        self.back = nn.Linear(cells, shape.width)

    def forward(self, rows: Tensor) -> Tensor:
        """Hidden states (batch, time, width) of whole windows; in single precision, which autocast would halve."""
        x = self.drop(self.embed(rows))
        with torch.autocast(x.device.type, enabled=False):
            mixed: Any = self.gru(x.float())[0]
            hidden: Tensor = self.drop(self.norm(x.float() + self.back(mixed)))
        return hidden
