"""The head that learned from EmoBank, apart from all others: ``python -m models.emotion.adapt_emobank``.

Conventions: valence and arousal as EmoBank's readers and writers gave them, -1..1. It reads the tuned layers' mean,
the published encoder's mean and the multilingual encoder's vector; nothing else needs it. EmoBank is CC BY-SA 4.0,
and so is ``weights/emobank.safetensors``. Trained on EmoBank's train split; how long was chosen on its dev split.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from models.emotion import data, minilm, present, use, weights
from models.emotion.model import SceneModel

MEMBERS, INNER, EPOCHS = 4, 192, 10
RECORD = """# Written by `python -m models.emotion.adapt_emobank`; share-alike weights, which nothing else needs.
[files."{name}"]
sha256 = "{digest}"
licence = "CC BY-SA 4.0"
learned_from = "EmoBank (Buechel and Hahn 2017, EACL), github JULIELab/EmoBank 248ce2a4, CC BY-SA 4.0"
"""
log = logging.getLogger(__name__)


class Head(nn.Module):
    """The mean of a few small networks."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.members = nn.ModuleList(
            nn.Sequential(nn.Dropout(0.3), nn.Linear(width, INNER), nn.GELU(), nn.Dropout(0.5), nn.Linear(INNER, 2))
            for _ in range(MEMBERS)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Valence and arousal: (texts, 2)."""
        return torch.stack([member(features) for member in self.members]).mean(0)


def features(model: SceneModel, texts: Sequence[str]) -> Tensor:
    """What the head reads of English texts, each part of about one a number."""
    parts = []
    for at in range(0, len(texts), 64):
        some = texts[at : at + 64]
        tokens, lower, upper = model.english
        _, _, layers = minilm.published(_package())
        with torch.inference_mode():
            ids, mask = tokens(some)
            hidden = lower(ids, mask)
            answers = upper(hidden, mask)
            for layer in layers:
                hidden = layer(hidden, mask)
            own = [answers["vector"], minilm.pooled(hidden, mask), torch.from_numpy(use.embed(some))]
            scaled = [nn.functional.normalize(part, dim=1) * part.shape[1] ** 0.5 for part in own]
            parts.append(torch.cat([*scaled, answers["go"].sigmoid() * 4, answers["scene"] * 3], 1))
    return torch.cat(parts)


def _package() -> Path:
    folder = present.package_dir()
    assert folder is not None
    return folder


def train(inputs: Tensor, wished: Tensor, *, epochs: int = EPOCHS, seed: int = 0) -> Head:
    """A head for these."""
    torch.manual_seed(seed)
    head = Head(inputs.shape[1])
    mean, spread = wished.mean(0), wished.std(0)
    steps = epochs * -(-len(inputs) // 64)
    optimizer = torch.optim.AdamW(head.parameters(), lr=7e-4, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0.02, 1 - step / steps))
    for _ in range(epochs):
        for chosen in torch.randperm(len(inputs)).split(64):  # type: ignore[no-untyped-call]
            told = (wished[chosen] - mean) / spread
            loss = sum(((member(inputs[chosen]) - told) ** 2).mean() for member in head.members)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[union-attr]
            optimizer.step()
            schedule.step()
    with torch.no_grad():  # answers in EmoBank's own scale
        for member in head.members:
            last = list(member.children())[-1]
            assert isinstance(last, nn.Linear)
            last.weight.mul_(spread[:, None])
            last.bias.mul_(spread).add_(mean)
    return head.eval()


def pearson(answers: Tensor, wished: Tensor) -> tuple[float, float]:
    """Correlation of valence and of arousal."""
    answers = answers.detach()
    one, two = (float(torch.corrcoef(torch.stack([answers[:, axis], wished[:, axis]]))[0, 1]) for axis in (0, 1))
    return round(one, 3), round(two, 3)


def main() -> None:
    """Train and write the head; print the correlations on dev."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    lines = list(data.emobank())
    inputs = features(SceneModel(), [line.text for line in lines])
    wished = torch.tensor([[line.valence or 0.0, line.arousal or 0.0] for line in lines])
    parts = {name: torch.tensor([line.split == name for line in lines]) for name in ("train", "dev")}
    head = train(inputs[parts["train"]], wished[parts["train"]])
    log.info("dev: %s", pearson(head(inputs[parts["dev"]]), wished[parts["dev"]]))
    write(head.state_dict())


def write(state: dict[str, Tensor]) -> None:
    """Write the head and its record."""
    narrow = frozenset(name for name, tensor in state.items() if tensor.dim() == 2)
    digest = weights.save(present.EMOBANK, weights.packed(state, narrow=narrow))
    (present.FOLDER / "emobank.toml").write_text(RECORD.format(name=present.EMOBANK, digest=digest), "utf-8")


if __name__ == "__main__":
    main()
