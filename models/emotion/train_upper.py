"""Tunes the upper layers of MiniLM: first on the public sets, then with our own scenes among them.

Conventions: the lower layers' states are computed once and kept in half precision; a batch mixes the sets, each text
speaks only to the heads that its set has labels for. The same seed gives the same weights on the same machine.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.emotion import data
from models.emotion.minilm import published
from models.emotion.present import package_dir
from models.emotion.upper import Upper

BATCH = 96
RATE = 2e-4
LONGEST = 48
"""Tokens kept in training: almost all texts of the sets are shorter."""

WEIGHTS = {"go": 1.0, "xed": 0.6, "felt": 1.5, "scene": 4.0}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cached:
    """Lower states of texts, end to end: text i is ``states[starts[i] : starts[i + 1]]``; and their targets."""

    states: Tensor
    starts: Tensor
    targets: dict[str, Tensor]

    def __len__(self) -> int:
        return len(self.starts) - 1


def cached(lines: Sequence[data.Line]) -> Cached:
    """The lower layers' states of every line, computed once."""
    folder = package_dir()
    assert folder is not None
    tokens, lower, _ = published(folder)
    order = sorted(range(len(lines)), key=lambda index: len(lines[index].text))
    kept: dict[int, Tensor] = {}
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for at in range(0, len(order), 128):
            chosen = order[at : at + 128]
            ids, mask = tokens([lines[index].text for index in chosen])
            ids, mask = ids[:, :LONGEST], mask[:, :LONGEST]
            hidden = lower(ids, mask).to(torch.bfloat16)
            for row, index in enumerate(chosen):
                kept[index] = hidden[row, : int(mask[row].sum())].clone()
    lengths = torch.tensor([0, *(len(kept[index]) for index in range(len(lines)))])
    states = torch.cat([kept[index] for index in range(len(lines))])
    return Cached(states, lengths.cumsum(0), targets_of(lines))


def targets_of(lines: Sequence[data.Line]) -> dict[str, Tensor]:
    """The heads' targets, NaN where a line says nothing."""
    nothing = float("nan")
    names = list(data.coordinates()["goemotions"])
    rows: dict[str, list[list[float]]] = {"go": [], "xed": [], "felt": [], "scene": []}
    for line in lines:
        is_go, is_xed, is_scene = (line.source == name for name in ("goemotions", "xed", "scenes"))
        rows["go"].append([float(name in line.labels) if is_go else nothing for name in sorted_go(names)])
        rows["xed"].append([float(name in line.labels) if is_xed else nothing for name in data.PLUTCHIK])
        start = (_or_nan(line.valence), _or_nan(line.arousal))
        rows["felt"].append([nothing] * 2 if is_scene else list(start))
        rows["scene"].append([*start, *(line.end or start)] if is_scene else [nothing] * 4)
    return {name: torch.tensor(values) for name, values in rows.items()}


def sorted_go(names: Sequence[str]) -> list[str]:
    """GoEmotions' labels in the order of the heads: by name."""
    return sorted(names)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def batches(texts: Cached, *, repeats: Tensor, seed: int) -> Iterator[tuple[Tensor, Tensor, dict[str, Tensor]]]:
    """One epoch: hidden states, mask and targets of texts of about the same length."""
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.repeat_interleave(torch.arange(len(texts)), repeats)
    lengths = (texts.starts[1:] - texts.starts[:-1])[chosen].float()
    order = chosen[(lengths + 4 * torch.rand(len(chosen), generator=generator)).argsort()]
    groups = order.split(BATCH)  # type: ignore[no-untyped-call]
    for number in torch.randperm(len(groups), generator=generator).tolist():
        yield batch_of(texts, groups[number])


def batch_of(texts: Cached, chosen: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """Some texts, padded."""
    pieces = [texts.states[texts.starts[index] : texts.starts[index + 1]] for index in chosen.tolist()]
    hidden = nn.utils.rnn.pad_sequence(pieces, batch_first=True)
    lengths = torch.tensor([len(piece) for piece in pieces])
    mask = (torch.arange(hidden.shape[1])[None, :] < lengths[:, None]).long()
    return hidden, mask, {name: target[chosen] for name, target in texts.targets.items()}


def loss_of(answers: dict[str, Tensor], targets: dict[str, Tensor]) -> Tensor:
    """The heads' losses, each over the texts that have labels for it."""
    total = torch.zeros(())
    for name, weight in WEIGHTS.items():
        told = ~targets[name].isnan()
        if not told.any():
            continue
        answer, target = answers[name].float()[told], targets[name][told]
        if name in ("go", "xed"):
            part = nn.functional.binary_cross_entropy_with_logits(answer, target, reduction="sum") / told.shape[0]
        else:
            part = nn.functional.mse_loss(answer, target, reduction="sum") / told.shape[0]
        total = total + weight * part
    return total


def tune(model: Upper, texts: Cached, *, repeats: Tensor, epochs: int, rate: float = RATE, seed: int = 0) -> None:
    """Tune in place, with a linear warm-up and a linear decline."""
    torch.manual_seed(seed)
    steps = epochs * -(-int(repeats.sum()) // BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / (0.06 * steps + 1), max(0.0, 1 - step / steps))
    )
    model.train()
    for epoch in range(epochs):
        lost = 0.0
        for number, (hidden, mask, targets) in enumerate(batches(texts, repeats=repeats, seed=seed + epoch)):
            with torch.autocast("cpu", torch.bfloat16):
                answers = model(hidden, mask)
            loss = loss_of(answers, targets)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            lost += float(loss.detach())
            if number % 200 == 0:
                log.info("epoch %d, batch %d, loss %.4f", epoch, number, lost / (number + 1))
    model.eval()


def public_lines() -> list[data.Line]:
    """The public English texts to learn from."""
    every = [*data.goemotions(), *data.xed(frozenset({"en"})), *data.atomic(), *data.vader(), *data.own_words(["en"])]
    return [line for line in every if line.split == "train"]
