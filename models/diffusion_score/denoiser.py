"""The network: noisy patches and what is asked of them in, the patches without noise out.

Conventions: a patch is seen as `Shape.latent` numbers, a fixed linear view of its roll (principal components, partly
whitened, of deviation `SPREAD`); noise is added there. The network says for each place of the roll how probable it is
(logits), and the view of these probabilities is the clean patch that the sampler goes on from. Given tokens are seen
clean. Blocks are diffusers' (``ada_norm_single``: one set of modulations from the time, a table in each block).

Sources: Peebles and Xie 2023 (DiT); Chen et al. 2023 (PixArt, adaLN-single); Dieleman et al. 2022 (cross-entropy for
continuous diffusion of categories); Chen, Zhang and Hinton 2023 (self-conditioning).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from models.diffusion_score.roll import PATCH
from models.diffusion_score.tokens import CLASSES

SPREAD = 0.5
"""Standard deviation of clean latents: below 1, so that the schedule's middle is where there is most to decide."""
HELD = 0.5
"""What a wrong hold costs against a wrong beginning."""
WHITENED = 0.25
"""Power of its variance that each component is divided by: 0.5 would make all alike."""


@dataclass(frozen=True)
class Shape:
    """How large the network is."""

    width: int = 224
    layers: int = 5
    heads: int = 7
    inner: int = 672
    latent: int = 96

    def as_dict(self) -> dict[str, int]:
        """For the file of weights."""
        return asdict(self)


class PlainAttention:
    """Attention as two products of matrices, for training: torch's own runs backwards in half precision on a processor
    several times slower (105 of 260 ms a step).
    """

    def __call__(self, attn: Any, hidden_states: Tensor, **unused: Any) -> Tensor:
        """What diffusers' processors return: the values of all tokens, mixed."""
        batch, count, width = hidden_states.shape

        def heads(x: Tensor) -> Tensor:
            return x.view(batch, count, attn.heads, -1).transpose(1, 2).reshape(batch * attn.heads, count, -1)

        query, key, value = (heads(each(hidden_states)) for each in (attn.to_q, attn.to_k, attn.to_v))
        scores = torch.bmm(query * attn.scale, key.transpose(1, 2))
        mixed = torch.bmm(torch.softmax(scores, -1, dtype=torch.float32).to(value.dtype), value)
        out: Tensor = attn.to_out[0](
            mixed.view(batch, attn.heads, count, -1).transpose(1, 2).reshape(batch, count, width)
        )
        return out


class Denoiser(nn.Module):
    """Noisy windows (batch, tokens, latent) to logits (batch, tokens, `PATCH`)."""

    view: Tensor
    mean: Tensor

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        from diffusers.models.attention import BasicTransformerBlock
        from diffusers.models.normalization import AdaLayerNormSingle

        super().__init__()
        self.shape = shape
        width = shape.width
        self.table = nn.EmbeddingBag(CLASSES, width, mode="sum")
        self.enter = nn.Linear(2 * shape.latent, width)
        self.time = AdaLayerNormSingle(width)
        self.blocks = nn.ModuleList(
            BasicTransformerBlock(
                width, shape.heads, width // shape.heads, dropout=dropout, norm_type="ada_norm_single",
                activation_fn="gelu-approximate", attention_bias=True, ff_inner_dim=shape.inner,
                norm_elementwise_affine=False,
            )
            for _ in range(shape.layers)
        )  # fmt: skip
        self.norm = nn.LayerNorm(width)
        self.leave = nn.Linear(width, PATCH)
        self.register_buffer("view", torch.zeros(PATCH, shape.latent))
        self.register_buffer("mean", torch.zeros(PATCH))
        nn.init.normal_(self.table.weight, std=0.1)
        nn.init.normal_(self.leave.weight, std=0.01)

    def attend_plainly(self) -> None:
        """Use `PlainAttention` from now on: the same function, to rounding."""
        for block in self.blocks:
            attention: Any = block.attn1
            attention.set_processor(PlainAttention())

    def look(self, roll: Tensor) -> Tensor:
        """The latents of patches, or of their probabilities."""
        return (roll - self.mean) @ self.view

    def forward(self, noisy: Tensor, before: Tensor, tokens: Tensor, time: Tensor) -> Tensor:
        """Logits of the clean roll.

        Parameters
        ----------
        noisy : Tensor
            Latents (batch, tokens, latent): clean where given.
        before : Tensor
            The clean latents as they were last thought to be; zeros at first.
        tokens : Tensor
            Numbers of `models.diffusion_score.tokens` (batch, tokens, fields).
        time : Tensor
            Step of the schedule (batch,), 0..999.
        """
        batch, count, fields = tokens.shape
        asked = self.table(tokens.reshape(batch * count, fields)).view(batch, count, -1)
        x = self.enter(torch.cat([noisy, before], -1)) + asked
        modulation, _ = self.time(time, batch_size=batch, hidden_dtype=x.dtype)
        for block in self.blocks:
            x = block(x, timestep=modulation)
        logits: Tensor = self.leave(self.norm(x))
        return logits

    def fit_view(self, rolls: Tensor) -> None:
        """Find the view from many patches (n, `PATCH`), and begin with their mean as what is thought probable."""
        weight = torch.ones(PATCH)
        weight[: PATCH // 2] = 2.0
        self.mean.copy_(rolls.mean(0))
        centred = (rolls - self.mean) * weight
        spread, found = np.linalg.eigh((centred.T @ centred / len(rolls)).double().numpy())
        values = torch.from_numpy(spread).float().flip(0)[: self.shape.latent]
        vectors = torch.from_numpy(found).float().flip(1)[:, : self.shape.latent]
        view = weight[:, None] * vectors / values.clamp(min=1e-6) ** WHITENED * (values > 1e-6)
        self.view.copy_(view * SPREAD / ((rolls - self.mean) @ view).pow(2).mean().sqrt())
        with torch.no_grad():
            self.leave.bias.copy_(torch.logit(self.mean.clamp(1e-4, 0.5)))


def losses(model: Denoiser, noisy: Tensor, roll: Tensor, before: Tensor, tokens: Tensor, time: Tensor) -> Tensor:
    """Nats of each token (batch, tokens): all its beginnings, and its holds at their price."""
    logits = model(noisy, before, tokens, time)
    nats = F.binary_cross_entropy_with_logits(logits.float(), roll, reduction="none")
    begins, holds = nats.chunk(2, -1)
    return begins.sum(-1) + HELD * holds.sum(-1)
