"""The network, one row at a time: keys and values are kept, so that each step costs one row for every sequence.

Conventions: all sequences of a batch share a time axis; a step feeds ``count`` new rows to each, where the first
`blank` of a sequence's are padding and never attended to. Rotary positions count a sequence's own rows only. The big
matrices are multiplied in half precision (bfloat16) where the processor has units for it, else in single; what is
added up between layers is always single.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from models.transformer import vocabulary as v
from models.transformer.network import Block, Composer, rotary

Array = npt.NDArray[Any]

GROWTH = 128
"""Room for keys and values grows by so many rows."""


def best_precision() -> torch.dtype:
    """Bfloat16 where the processor has matrix units for it (AMX): half the memory to read, so half the time."""
    has_tiles = getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    return torch.bfloat16 if has_tiles() else torch.float32


@dataclass(frozen=True)
class Layer:
    """One block's weights, the matrices in the precision of decoding."""

    norm_a: Tensor
    qkv: Tensor
    out: Tensor
    norm_b: Tensor
    gate: Tensor
    down: Tensor

    @classmethod
    def of(cls, block: Block, precision: torch.dtype) -> Layer:
        """The weights of a block."""
        matrices = (module.weight.detach().to(precision) for module in (block.qkv, block.out, block.gate, block.down))
        qkv, out, gate, down = matrices
        return cls(block.norm_a.weight.detach(), qkv, out, block.norm_b.weight.detach(), gate, down)


class Decoder:
    """A batch of sequences in the making.

    Parameters
    ----------
    model : Composer
    batch : int
        How many sequences.
    precision : torch.dtype, optional
        Of matrices, keys and values; `best_precision` unless given.
    """

    def __init__(self, model: Composer, batch: int, precision: torch.dtype | None = None) -> None:
        self.model, self.batch = model, batch
        self.filled = 0
        self._precision = precision or best_precision()
        blocks = [block for block in model.blocks if isinstance(block, Block)]
        self._layers = [Layer.of(block, self._precision) for block in blocks]
        shape = model.shape
        self._size = shape.width // shape.heads
        self._cache = torch.zeros(shape.layers, 2, batch, shape.heads, GROWTH, self._size, dtype=self._precision)
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
        turns = (self._cos[at][:, :, None, None], self._sin[at][:, :, None, None])
        mask = self._valid[..., :end]
        if count > 1:
            causal = torch.ones(count, end, dtype=torch.bool).tril(start)
            mask = (mask & causal) | (torch.arange(end) == torch.arange(start, end)[:, None])
        elif not bool((blank == 0).all()):
            mask = mask | (torch.arange(end) == start)
        x = model.embed(rows)
        for layer, cache in zip(self._layers, self._cache, strict=True):
            x = self._through(layer, x, cache, start, turns, mask)
        self.filled = end
        self._lengths += count - blank
        hidden: Tensor = model.norm(x[:, -1])
        return hidden

    def _through(
        self, layer: Layer, x: Tensor, cache: Tensor, start: int, turns: tuple[Tensor, Tensor], mask: Tensor
    ) -> Tensor:
        """One layer; its keys and values are put into the cache."""
        batch, count, width = x.shape
        end, shape = start + count, (x.shape[-1],)
        own = F.linear(F.rms_norm(x, shape, layer.norm_a).to(self._precision), layer.qkv)
        parts = own.view(batch, count, 3, -1, self._size)
        even, odd = parts[:, :, :2].float().chunk(2, dim=-1)
        cos, sin = turns
        turned = torch.cat([even * cos - odd * sin, even * sin + odd * cos], dim=-1).to(self._precision)
        cache[0, :, :, start:end] = turned[:, :, 1].transpose(1, 2)
        cache[1, :, :, start:end] = parts[:, :, 2].transpose(1, 2)
        query = turned[:, :, 0].transpose(1, 2)
        mixed = F.scaled_dot_product_attention(query, cache[0, :, :, :end], cache[1, :, :, :end], mask)
        x = x + F.linear(mixed.transpose(1, 2).reshape(batch, count, width), layer.out)
        gate, up = F.linear(F.rms_norm(x, shape, layer.norm_b).to(self._precision), layer.gate).chunk(2, -1)
        return x + F.linear(F.silu(gate) * up, layer.down)

    def _grow(self, count: int) -> None:
        """Room for more rows."""
        if self.filled + count <= self._cache.shape[4]:
            return
        more = max(GROWTH, count)
        self._cache = F.pad(self._cache, (0, 0, 0, more))
        self._valid = F.pad(self._valid, (0, more))

    def keep(self, chosen: Sequence[int]) -> None:
        """Go on with these sequences only, in this order."""
        index = torch.tensor(chosen)
        self.batch = len(chosen)
        self._cache = self._cache.index_select(2, index)
        self._valid, self._lengths = self._valid[index], self._lengths[index]

    def forget(self) -> None:
        """Begin anew, with nothing fed."""
        self.filled = 0
        self._valid.zero_()
        self._lengths.zero_()
