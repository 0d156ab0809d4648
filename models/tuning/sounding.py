"""How a person's recordings come out of noise: the lesson that an engine of sound learns.

Conventions: the loss is the mean square of the velocity's error (`flows`); where part of the sound is given, only what
is made counts. Held-out windows are measured at the same noise every time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from models.tuning import adapters
from models.tuning.flows import Conditions, Flow, stacked

SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Places of the schedule at which held-out windows are measured."""


@dataclass(frozen=True)
class Window:
    """A stretch of a recording as the network sees it."""

    latents: Tensor
    told: Conditions


class Sounding:
    """The lesson: how a person's recordings come out of noise."""

    def __init__(
        self, flow: Flow, heard: Sequence[Window], held: Sequence[Window], *, batch: int, seed: int, accelerator: Any
    ) -> None:
        self.flow, self.heard, self.held, self.batch, self.seed = flow, heard, held, batch, seed
        self.accelerator = accelerator
        self.network = flow.pipe.transformer

    def parameters(self) -> list[torch.nn.Parameter]:
        """The bypasses."""
        return [parameter for parameter in self.network.parameters() if parameter.requires_grad]

    def loss(self, step: int) -> Tensor:
        """Some windows at some noise, now and then with a part that is given."""
        random = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        chosen = torch.randint(len(self.heard), (self.batch,), generator=random).tolist()
        shares = torch.rand(self.batch, generator=random)
        renewing = float(torch.rand((), generator=random)) < self.flow.renewing
        self.network.train()
        return self._error([self.heard[index] for index in chosen], shares, random, renewing=renewing)

    def measure(self) -> float:
        """The same windows at the same noise every time."""
        self.network.eval()
        errors = []
        with torch.no_grad():
            for index, window in enumerate(self.held):
                random = torch.Generator().manual_seed(index)
                for share in SHARES:
                    errors.append(float(self._error([window], torch.tensor([share]), random, renewing=False)))
        return sum(errors) / len(errors)

    def taken(self) -> dict[str, Tensor]:
        """The bypasses' matrices."""
        return adapters.taken(self.network)

    def given(self, tensors: Mapping[str, Tensor]) -> None:
        """Put them back."""
        adapters.given(self.network, tensors)

    def _error(self, windows: Sequence[Window], shares: Tensor, random: torch.Generator, *, renewing: bool) -> Tensor:
        """Mean square of the velocity's error, where something is to be made."""
        flow, device = self.flow, self.accelerator.device
        sound = torch.cat([window.latents for window in windows]).float()
        noise = torch.randn(sound.shape, generator=random)
        sigma = flow.sigma(shares)
        level = sigma.view(-1, 1, 1)
        noisy, velocity = (1 - level) * sound + level * noise, noise - sound
        kept = _span(sound.shape[flow.time_axis], random) if renewing else None
        given = None
        if kept is not None:
            mask = kept.expand(len(windows), 1, -1)
            given = torch.cat([mask, sound * mask], 1)
        said = self._said(noisy, sigma, [window.told for window in windows], given)
        error = (said.float() - velocity.to(device)).square()
        if kept is None:
            return error.mean()
        made = (1 - kept).to(device)
        return (error * made).sum() / (made.sum() * error.shape[0] * error.shape[1])

    def _said(self, noisy: Tensor, sigma: Tensor, told: Sequence[Conditions], given: Tensor | None) -> Tensor:
        """The network's answer; windows whose words are of different length are asked one by one."""
        device = self.accelerator.device
        alike = len({tuple(value.shape for value in each.values()) for each in told}) == 1
        spans = [slice(0, len(told))] if alike else [slice(at, at + 1) for at in range(len(told))]
        answers = []
        with self.accelerator.autocast():
            for span in spans:
                conditions = {name: value.to(device) for name, value in stacked(told[span]).items()}
                beside = None if given is None else given[span].to(device)
                answers.append(self.flow.velocity(noisy[span].to(device), sigma[span].to(device), conditions, beside))
        return torch.cat(answers)


def _span(count: int, random: torch.Generator) -> Tensor:
    """Which of so many places are given (1, 1, count): all but a stretch of a fifth to all of them."""
    length = max(1, round(count * (0.2 + 0.8 * float(torch.rand((), generator=random)))))
    start = int(torch.randint(count - length + 1, (), generator=random))
    kept = torch.ones(1, 1, count)
    kept[..., start : start + length] = 0
    return kept
