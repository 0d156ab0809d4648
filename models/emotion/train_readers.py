"""Trains the two small readers on everything but EmoBank; the reader of pieces also learns the other one's answers.

Conventions: heads and losses are those of `models.emotion.train_upper`. Texts are read by their sets' own labels;
where the encoder's reader has been trained, its ``scene`` and ``felt`` answers on film lines teach the reader of
pieces, which sees far fewer scenes than words. The same seed gives the same weights.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.emotion import data
from models.emotion.ngrams import buckets
from models.emotion.readers import ENCODED, EncodedReader, PieceReader, laid
from models.emotion.train_upper import loss_of, targets_of

BATCH = 256
SCENE_REPEATS = 6
"""How often an epoch sees each of our own scenes; the public sets are many times as large."""

MEMBER_EPOCHS = 15
log = logging.getLogger(__name__)


def _order(lines: Sequence[data.Line], epoch: int, seed: int) -> list[Tensor]:
    """The batches of one epoch."""
    times = torch.tensor([SCENE_REPEATS if line.source == "scenes" else 1 for line in lines])
    chosen = torch.repeat_interleave(torch.arange(len(lines)), times)
    generator = torch.Generator().manual_seed(1000 * seed + epoch)
    return list(chosen[torch.randperm(len(chosen), generator=generator)].split(BATCH))  # type: ignore[no-untyped-call]


def _schedule(
    model: nn.Module, steps: int, rate: float, decay: float, *, fused: bool = False
) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.LambdaLR]:
    """Optimizer and its decline; ``fused`` is five times as quick on a large table, and equal but for rounding."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay, fused=fused)
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0.02, 1 - step / steps))


def train_encoded(
    lines: Sequence[data.Line], vectors: NDArray[np.float16], *, epochs: int = 3, seed: int = 0
) -> EncodedReader:
    """The reader of the encoder's vectors: emotions from every set, then scenes from our own alone."""
    torch.manual_seed(seed)
    model, targets, seen = EncodedReader(), targets_of(lines), torch.from_numpy(vectors)
    is_scene = ~targets["scene"][:, 0].isnan()
    public = torch.arange(len(lines))[~is_scene]
    optimizer, schedule = _schedule(model, epochs * -(-len(public) // BATCH) or 1, 1e-3, 0.02)
    for epoch in range(epochs if len(public) else 0):
        lost = 0.0
        for chosen in public[torch.randperm(len(public))].split(BATCH):  # type: ignore[no-untyped-call]
            answers = model(seen[chosen].float())
            loss = loss_of(answers, {name: target[chosen] for name, target in targets.items()})
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            lost += float(loss.detach())
        log.info("encoded reader, epoch %d, loss %.4f", epoch, lost * BATCH / len(lines))
    if is_scene.any():
        _train_members(model, seen[is_scene].float() * ENCODED**0.5, targets["scene"][is_scene])
    return model.eval()


def _train_members(model: EncodedReader, vectors: Tensor, wished: Tensor) -> None:
    """The small networks that read scenes, each from another beginning."""
    model.train()
    for member in model.members:
        optimizer = torch.optim.AdamW(member.parameters(), lr=1e-3, weight_decay=0.1)
        for epoch in range(MEMBER_EPOCHS):
            optimizer.param_groups[0]["lr"] = 1e-3 * (1 - epoch / MEMBER_EPOCHS)
            for chosen in torch.randperm(len(vectors)).split(128):  # type: ignore[no-untyped-call]
                loss = nn.functional.mse_loss(member(vectors[chosen]), wished[chosen])
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()


def taught(lines: Sequence[data.Line], vectors: NDArray[np.float16], teacher: EncodedReader) -> dict[str, Tensor]:
    """The targets of the lines, with the teacher's ``scene`` answers on film lines and comments that have none."""
    targets = targets_of(lines)
    with torch.inference_mode():
        answers = torch.cat([teacher(part.float())["scene"] for part in torch.from_numpy(vectors).split(4096)])  # type: ignore[no-untyped-call]
    is_film = torch.tensor([line.source in ("xed", "goemotions") for line in lines])
    targets["scene"][is_film] = answers[is_film].clone()
    return targets


def train_pieces(
    lines: Sequence[data.Line],
    targets: dict[str, Tensor],
    *,
    texts: Sequence[Sequence[int]] | None = None,
    epochs: int = 5,
    seed: int = 0,
) -> PieceReader:
    """The reader of hashed pieces; ``texts`` are the lines' buckets, where they are known already."""
    torch.manual_seed(seed)
    model = PieceReader()
    texts = [buckets(line.text) for line in lines] if texts is None else texts
    optimizer, schedule = _schedule(model, epochs * len(_order(lines, 0, seed)), 4e-3, 0.0, fused=True)
    for epoch in range(epochs):
        lost = 0.0
        for chosen in _order(lines, epoch, seed):
            answers = model(*laid([texts[index] for index in chosen.tolist()]))
            loss = loss_of(answers, {name: target[chosen] for name, target in targets.items()})
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            lost += float(loss.detach())
        log.info("reader of pieces, epoch %d, loss %.4f", epoch, lost * BATCH / len(lines))
    return model.eval()
