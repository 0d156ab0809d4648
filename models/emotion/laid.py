"""Several texts read as one row of tokens, none of which sees another text: no time is spent on padding.

Conventions: the same answers as reading them padded, but for rounding. A row holds at most `LONGEST_ROW` tokens, or one
text; texts keep their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from models.emotion.minilm import WIDTH, Lower
from models.emotion.upper import Upper

LONGEST_ROW = 256
"""Tokens of a row: attention costs their square."""


def vectors(texts: Sequence[Sequence[int]], lower: Lower, upper: Upper) -> Tensor:
    """The mean of the tuned layers' states for each text of token numbers: (texts, 384)."""
    return torch.cat([_row(row, lower, upper) for row in _rows(texts)])


def _rows(texts: Sequence[Sequence[int]]) -> Iterator[list[Sequence[int]]]:
    """The texts in rows that are not too long."""
    row: list[Sequence[int]] = []
    for text in texts:
        if row and sum(map(len, row)) + len(text) > LONGEST_ROW:
            yield row
            row = []
        row.append(text)
    yield row


def _row(texts: Sequence[Sequence[int]], lower: Lower, upper: Upper) -> Tensor:
    owners = torch.tensor([number for number, text in enumerate(texts) for _ in text])
    places = torch.tensor([place for text in texts for place in range(len(text))])
    ids = torch.tensor([[piece for text in texts for piece in text]])
    seen = (owners[:, None] == owners[None, :])[None, None]
    hidden = lower.embedded(ids, places)
    for layer in (*lower.layers, *upper.layers):
        hidden = layer(hidden, seen)
    sums = torch.zeros(len(texts), WIDTH).index_add_(0, owners, hidden[0])
    return sums / torch.bincount(owners)[:, None]
