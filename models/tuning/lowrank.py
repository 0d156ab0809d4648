"""Low-rank bypasses around a network's linear layers, and how they are folded into its weights.

Conventions: a layer of weights W (out, in) becomes W + up @ down, with down (rank, in) and up (out, rank); up begins at
nothing, so that an untrained bypass changes nothing. The layers themselves are not trained. This module knows no music.

Source: Hu et al. 2022, LoRA.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

DOWN, UP = ".down", ".up"


class Bypass(nn.Module):
    """A linear layer that is kept as it is, and what is learned beside it."""

    def __init__(self, layer: nn.Linear, rank: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.layer = layer
        self.drop = nn.Dropout(dropout)
        self.down = nn.Parameter(torch.empty(rank, layer.in_features))
        self.up = nn.Parameter(torch.zeros(layer.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, x: Tensor) -> Tensor:
        """As the layer, and the bypass added."""
        beside: Tensor = F.linear(F.linear(self.drop(x), self.down), self.up)
        kept: Tensor = self.layer(x)
        return kept + beside


def put_on(model: nn.Module, rank: int, *, dropout: float = 0.0) -> int:
    """Give every linear layer of a model a bypass, and hold everything else still; how many there are."""
    model.requires_grad_(False)
    places = [
        (parent, name, layer)
        for parent in list(model.modules())
        for name, layer in list(parent.named_children())
        if isinstance(layer, nn.Linear)
    ]
    for parent, name, layer in places:
        setattr(parent, name, Bypass(layer, rank, dropout))
    return len(places)


def bypasses(model: nn.Module) -> Iterator[tuple[str, Bypass]]:
    """Every bypass by the name of its layer."""
    return ((name, module) for name, module in model.named_modules() if isinstance(module, Bypass))


def taken(model: nn.Module) -> dict[str, Tensor]:
    """What was learned, copied: two matrices for each layer that has a bypass."""
    return {
        name + end: matrix.detach().clone().cpu()
        for name, bypass in bypasses(model)
        for end, matrix in ((DOWN, bypass.down), (UP, bypass.up))
    }


def given(model: nn.Module, tensors: Mapping[str, Tensor], *, share: float = 1.0) -> None:
    """Put what was learned back, ``share`` 0 to 1 of its effect."""
    with torch.no_grad():
        for name, bypass in bypasses(model):
            bypass.down.copy_(tensors[name + DOWN])
            bypass.up.copy_(tensors[name + UP] * share)


def folded(weights: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights with what was learned folded in; the same as running the bypasses.

    Raises
    ------
    KeyError
        If a layer is not there.
    RuntimeError
        If it has another shape.
    """
    result = dict(weights)
    for name in sorted(key.removesuffix(DOWN) for key in tensors if key.endswith(DOWN)):
        weight = result[f"{name}.weight"]
        beside = tensors[name + UP].float() @ tensors[name + DOWN].float()
        if beside.shape != weight.shape:
            raise RuntimeError(f"{name} is {tuple(weight.shape)}, what was learned {tuple(beside.shape)}")
        result[f"{name}.weight"] = weight + beside.to(weight.dtype)
    return result
