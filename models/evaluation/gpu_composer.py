"""How fast the composer's network trains and writes on a device: steps of training, and many sequences at once.

Conventions: rows are events of the score; a step of training is a batch of windows, as ``make train`` takes them on a
GPU, of rows drawn by chance (what they say costs nothing). Writing feeds each of many sequences one row at a time, keys
and values kept, as the engine does it; what the engine does between (rules, drawing, other parts) stays on the
processor and is measured as whole takes there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.transformer import vocabulary as v
from models.transformer.decoding import Array, Decoder
from models.transformer.network import Composer, Shape, losses
from models.transformer.train import PRESETS


@dataclass(frozen=True)
class Size:
    """What is measured: windows of a training batch, their rows, sequences at once, their rows, repetitions."""

    batch: int = int(PRESETS["cuda"]["batch"])
    window: int = int(PRESETS["cuda"]["window"])
    sequences: int = 256
    written: int = 512
    times: int = 10
    shape: Shape = field(default_factory=Shape)


TINY = Size(batch=2, window=16, sequences=2, written=4, times=1, shape=Shape(width=24, layers=1, heads=2, context=16))


class OnDevice(Decoder):
    """A decoder whose keys and values lie on a device."""

    def __init__(self, model: Composer, batch: int, device: torch.device, precision: torch.dtype) -> None:
        self._device = device
        with device:
            super().__init__(model, batch, precision)

    def feed(self, rows: Sequence[Array]) -> Tensor:
        """As `Decoder.feed`."""
        with self._device:
            return super().feed(rows)

    def _run(self, rows: Tensor, blank: Tensor, count: int) -> Tensor:
        return super()._run(rows.to(self._device), blank.to(self._device), count)


def training_s(device: str, size: Size, *, compiled: str = "") -> float:
    """Seconds for a step of training, in bfloat16; ``compiled`` names torch.compile's backend, empty for none."""
    torch.manual_seed(0)
    model = Composer(size.shape, 0.1).to(device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    rows, targets, weights = (each.to(device) for each in _batch(size))
    measured = torch.compile(losses, backend=compiled) if compiled else losses
    kind = torch.device(device).type

    def step() -> None:
        with torch.autocast(kind, torch.bfloat16):
            found = measured(model, rows, targets, weights)
            loss = found["onset"] + found["pitch"] + 0.5 * found["length"] + 0.2 * found["velocity"]
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    step()
    return _each(step, size.times, device)


def writing_s(device: str, size: Size) -> float:
    """Seconds that many sequences take together for one row each, until each has the rows of a cue."""
    torch.manual_seed(0)
    model = Composer(size.shape).to(device).eval()
    precision = torch.bfloat16 if device.startswith("cuda") else torch.float32
    rows = _batch(size)[0][0, :1].numpy()
    with torch.inference_mode():
        decoder = OnDevice(model, size.sequences, torch.device(device), precision)
        decoder.feed([rows] * size.sequences)
        decoder.forget()
        return _each(lambda: decoder.feed([rows] * size.sequences), size.written, device)


def composing_s(length_s: float, takes: int) -> float:
    """Seconds of whole takes of the composer on the processor: the middle one."""
    from assistant.constraints import Constraints
    from assistant.library import load
    from assistant.plan import make_plan
    from models.transformer import TransformerGenerator

    plan = make_plan(Constraints(duration_s=length_s, styles=("classical",)), library=load(), seed=11)
    composer = TransformerGenerator()
    composer.warm()
    taken = []
    for seed in range(takes):
        began = time.perf_counter()
        composer.generate(plan, seed=seed)
        taken.append(time.perf_counter() - began)
    return float(np.median(taken))


def _batch(size: Size) -> tuple[Tensor, Tensor, Tensor]:
    """Windows of rows by chance: rows, targets, weights, as `models.transformer.windows` gives them."""
    random = np.random.default_rng(0)
    many = (size.batch, size.window)
    rows = np.stack([random.integers(0, v.SIZES[name], many) for name in v.FIELDS], axis=-1)
    highest = (v.ONSETS, v.PITCHES, len(v.LENGTHS), len(v.VELOCITIES))
    targets = np.stack([random.integers(0, most, many) for most in highest], axis=-1)
    weights = np.ones((*many, 2), np.float32)
    return torch.from_numpy(rows), torch.from_numpy(targets), torch.from_numpy(weights)


def _each(work: Any, times: int, device: str) -> float:
    """Seconds for each time."""
    _wait(device)
    began = time.perf_counter()
    for _ in range(times):
        work()
    _wait(device)
    return (time.perf_counter() - began) / times


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()
