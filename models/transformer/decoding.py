"""The network, one row at a time: keys and values are kept, so that each step costs one row for every sequence.

Conventions: all sequences of a batch share a time axis; a step feeds ``count`` new rows to each, where the first
`blank` of a sequence's are padding and never attended to. Rotary positions count a sequence's own rows only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from models.transformer import vocabulary as v
from models.transformer.network import Composer, rotary

Array = npt.NDArray[Any]

GROWTH = 256
"""Room for keys and values grows by so many rows."""


class Decoder:
    """A batch of sequences in the making."""

    def __init__(self, model: Composer, batch: int) -> None:
        self.model, self.batch = model, batch
        self.filled = 0
        shape = model.shape
        self._size = shape.width // shape.heads
        self._cache = torch.zeros(shape.layers, 2, batch, shape.heads, GROWTH, self._size)
        self._valid = torch.zeros(batch, 1, 1, GROWTH, dtype=torch.bool)
        self._lengths = torch.zeros(batch, dtype=torch.long)
        self._cos, self._sin = rotary(torch.arange(2 * shape.context), self._size)

    def feed(self, rows: Sequence[Array]) -> Tensor:
        """Take each sequence's new rows (n, fields); the hidden state (batch, width) after the last of each."""
        count = max(len(each) for each in rows)
        block = np.zeros((self.batch, count, len(v.FIELDS)), np.int64)
        for index, each in enumerate(rows):
            if len(each):
                block[index, count - len(each) :] = each
        blank = torch.tensor([count - len(each) for each in rows])
        self._grow(count)
        return self._run(torch.from_numpy(block), blank, count)

    def _run(self, rows: Tensor, blank: Tensor, count: int) -> Tensor:
        model, start, end = self.model, self.filled, self.filled + count
        place = torch.arange(count) - blank[:, None]
        self._valid[:, 0, 0, start:end] = place >= 0
        at = (self._lengths[:, None] + place).clamp(min=0)
        cos, sin = self._cos[at][:, None], self._sin[at][:, None]
        mask = self._valid[..., :end]
        if count > 1:
            causal = torch.ones(count, end, dtype=torch.bool).tril(start)
            mask = (mask & causal) | (torch.arange(end) == torch.arange(start, end)[:, None])
        elif not bool((blank == 0).all()):
            mask = mask | (torch.arange(end) == start)
        x = model.embed(rows)
        for block, cache in zip(model.blocks, self._cache, strict=True):
            x = _through(block, x, cache, start, end, cos, sin, mask)
        self.filled = end
        self._lengths += count - blank
        hidden: Tensor = model.norm(x[:, -1])
        return hidden

    def _grow(self, count: int) -> None:
        """Room for more rows."""
        if self.filled + count <= self._cache.shape[4]:
            return
        more = max(GROWTH, count)
        self._cache = F.pad(self._cache, (0, 0, 0, more))
        self._valid = F.pad(self._valid, (0, more))

    def forget(self) -> None:
        """Begin anew, with nothing fed."""
        self.filled = 0
        self._valid.zero_()
        self._lengths.zero_()


def _through(
    block: Any, x: Tensor, cache: Tensor, start: int, end: int, cos: Tensor, sin: Tensor, mask: Tensor
) -> Tensor:
    """One layer; its keys and values are put into the cache."""
    batch, count, width = x.shape
    q, k, value = block.qkv(block.norm_a(x)).view(batch, count, 3, block.heads, -1).permute(2, 0, 3, 1, 4)
    cache[0, :, :, start:end] = _turned(k, cos, sin)
    cache[1, :, :, start:end] = value
    mixed = F.scaled_dot_product_attention(_turned(q, cos, sin), cache[0, :, :, :end], cache[1, :, :, :end], mask)
    x = x + block.out(mixed.transpose(1, 2).reshape(batch, count, width))
    gate, up = block.gate(block.norm_b(x)).chunk(2, -1)
    out: Tensor = x + block.down(F.silu(gate) * up)
    return out


def _turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    even, odd = x.chunk(2, dim=-1)
    return torch.cat([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
