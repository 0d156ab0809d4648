"""The network: rows in, the next note out through chained heads.

Conventions: rows (batch, time, len(FIELDS)) of classes; a row's fields are embedded and summed; attention is causal
with rotary positions; the heads say onset (or end), then pitch knowing the onset, then length, then velocity. Pitch
logits are a sum of three: by pitch, by scale degree, and by place in the sounding chord, so that what is learned in one
key holds in all.

Sources: Vaswani et al. 2017; Su et al. 2021 (rotary positions); Zhang and Sennrich 2019 (RMS norm).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import accumulate

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

from models.transformer import vocabulary as v

OFFSETS = tuple(accumulate((v.SIZES[name] for name in v.FIELDS), initial=0))
"""Where each field's rows begin in the one table of embeddings."""
DEGREES = 13
"""Scale degrees of a pitched note, and one for drums or nothing."""
COLUMN = {name: index for index, name in enumerate(v.FIELDS)}


@dataclass(frozen=True)
class Shape:
    """How large the network is."""

    width: int = 288
    layers: int = 6
    heads: int = 6
    context: int = 1024

    def as_dict(self) -> dict[str, int]:
        """For the file of weights."""
        return asdict(self)


def rotary(positions: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines (time, size / 2) of rotary positions."""
    rates = 10_000 ** (-torch.arange(0, size, 2, device=positions.device).float() / size)
    angles = positions.float()[:, None] * rates
    return angles.cos(), angles.sin()


def turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate (..., time, size) by its positions."""
    even, odd = x.chunk(2, dim=-1)
    return torch.cat([even * cos - odd * sin, even * sin + odd * cos], dim=-1).to(x.dtype)


class Block(nn.Module):
    """Attention, then a gated feed-forward, each on a normed branch; ``dropout`` on what each branch adds."""

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads = shape.heads
        self.drop = nn.Dropout(dropout)
        self.norm_a, self.norm_b = nn.RMSNorm(shape.width), nn.RMSNorm(shape.width)
        self.qkv = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.out = nn.Linear(shape.width, shape.width, bias=False)
        hidden = shape.width * 8 // 3 // 32 * 32
        self.gate = nn.Linear(shape.width, 2 * hidden, bias=False)
        self.down = nn.Linear(hidden, shape.width, bias=False)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, past: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """(batch, time, width) to the same, and this layer's keys and values with those of the past."""
        batch, time, width = x.shape
        q, k, value = self.qkv(self.norm_a(x)).view(batch, time, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k = turn(q, cos, sin), turn(k, cos, sin)
        if past is not None:
            k, value = torch.cat([past[0], k], 2), torch.cat([past[1], value], 2)
        mixed = F.scaled_dot_product_attention(q, k, value, is_causal=past is None and time > 1)
        x = x + self.drop(self.out(mixed.transpose(1, 2).reshape(batch, time, width)))
        gate, up = self.gate(self.norm_b(x)).chunk(2, -1)
        return x + self.drop(self.down(F.silu(gate) * up)), (k, value)


class Composer(nn.Module):
    """Rows of a score to what comes next in each cell."""

    offsets: Tensor
    classes: Tensor

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.table = nn.EmbeddingBag(OFFSETS[-1] + 2 * DEGREES, width, mode="sum")
        self.blocks = nn.ModuleList(Block(shape, dropout) for _ in range(shape.layers))
        self.drop = nn.Dropout(dropout)
        self.norm = nn.RMSNorm(width)
        self.onset = nn.Linear(width, v.ONSETS)
        self.after_onset = nn.Embedding(v.ONSETS, width)
        self.mix_pitch = nn.Linear(width, width)
        self.pitch = nn.Linear(width, v.PITCHES)
        self.degree = nn.Linear(width, 12, bias=False)
        self.chord = nn.Linear(width, 12, bias=False)
        self.after_pitch = nn.Embedding(v.PITCHES, width)
        self.mix_length = nn.Linear(width, width)
        self.length = nn.Linear(width, len(v.LENGTHS))
        self.after_length = nn.Embedding(len(v.LENGTHS), width)
        self.velocity = nn.Linear(width, len(v.VELOCITIES))
        self.register_buffer("offsets", torch.tensor(OFFSETS[:-1]), persistent=False)
        self.register_buffer("classes", torch.arange(128), persistent=False)
        self.apply(_begin)

    def embed(self, rows: Tensor) -> Tensor:
        """(batch, time, fields) to (batch, time, width)."""
        batch, time, _ = rows.shape
        pitch, tonic = rows[..., COLUMN["pitch"]], rows[..., COLUMN["tonic"]]
        pitched = pitch < v.DRUM_OFFSET
        degree = torch.where(pitched, (pitch - tonic) % 12, 12)
        in_chord = torch.where(pitched, (pitch - tonic - rows[..., COLUMN["root_a"]]) % 12, 12)
        extra = torch.stack([degree + OFFSETS[-1], in_chord + OFFSETS[-1] + DEGREES], -1)
        index = torch.cat([rows + self.offsets, extra], -1)
        embedded: Tensor = self.table(index.view(batch * time, -1))
        return embedded.view(batch, time, -1)

    def forward(self, rows: Tensor) -> Tensor:
        """Hidden states (batch, time, width) of whole windows."""
        x = self.drop(self.embed(rows))
        cos, sin = rotary(torch.arange(rows.shape[1], device=rows.device), self.shape.width // self.shape.heads)
        for block in self.blocks:
            x, _ = block(x, cos, sin)
        hidden: Tensor = self.drop(self.norm(x))
        return hidden

    def pitch_logits(self, hidden: Tensor, onset: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Logits over pitches given the onset, and the state that the later heads go on from."""
        state = hidden + F.gelu(self.mix_pitch(hidden + self.after_onset(onset)))
        tonic = rows[..., COLUMN["tonic"]]
        bar = torch.tensor(v.METERS, device=rows.device)[rows[..., COLUMN["meter"]]]
        root = torch.where(onset * 2 >= bar, rows[..., COLUMN["root_b"]], rows[..., COLUMN["root_a"]])
        by_degree = self.degree(state).gather(-1, (self.classes - tonic[..., None]) % 12)
        by_chord = self.chord(state).gather(-1, (self.classes - (tonic + root)[..., None]) % 12)
        logits = self.pitch(state)
        return torch.cat([logits[..., :128] + by_degree + by_chord, logits[..., 128:]], -1), state

    def length_logits(self, state: Tensor, pitch: Tensor) -> tuple[Tensor, Tensor]:
        """Logits over lengths given the pitch, and the state for the velocity."""
        state = state + F.gelu(self.mix_length(state + self.after_pitch(pitch)))
        return self.length(state), state

    def velocity_logits(self, state: Tensor, length: Tensor) -> Tensor:
        """Logits over velocities given the length."""
        logits: Tensor = self.velocity(state + self.after_length(length))
        return logits


def _begin(module: nn.Module) -> None:
    """Small normal weights."""
    if isinstance(module, nn.Linear | nn.Embedding | nn.EmbeddingBag):
        nn.init.normal_(module.weight, std=0.02)


def losses(model: Composer, rows: Tensor, targets: Tensor, weights: Tensor) -> dict[str, Tensor]:
    """Mean nats of onset (a row), pitch, length and velocity (a note), where the weights say that they count."""
    hidden = model(rows)
    onset, pitch, length, velocity = targets.clamp(min=0).unbind(-1)
    counts, notes = weights[..., 0], weights[..., 1]
    sounding = notes * (targets[..., 3] >= 0)
    by_pitch, state = model.pitch_logits(hidden, onset, rows)
    by_length, state = model.length_logits(state, pitch)

    def mean(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        nats = F.cross_entropy(logits.flatten(0, 1).float(), target.flatten(), reduction="none")
        return (nats * weight.flatten()).sum() / weight.sum().clamp(min=1)

    return {
        "onset": mean(model.onset(hidden), onset, counts),
        "pitch": mean(by_pitch, pitch, notes),
        "length": mean(by_length, length, notes),
        "velocity": mean(model.velocity_logits(state, length), velocity, sounding),
    }
