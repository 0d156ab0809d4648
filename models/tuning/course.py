"""One course of learning, whatever is learned: steps, measurements, early stopping, checkpoints, interruption.

Conventions: every step draws from a generator seeded by the course's seed and the step's number, so that a course that
was stopped goes on as if it had not been. What is kept is what measured best on what is held out, and never worse than
the beginning. A lesson computes within ``accelerator.autocast()`` batch by batch: one such context around more than one
step would go on using the weights that it cast at the first.
"""

from __future__ import annotations

import json
import logging
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from assistant.errors import InputError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Course:
    """How long and how fast to learn.

    Parameters
    ----------
    steps : int
        Batches at most.
    every : int
        Steps between two measurements.
    patience : int
        Measurements without a better one after which it ends.
    rate : float
        The highest learning rate; warmed up over ``warm`` steps, then falling along a cosine.
    warm, seed : int
    """

    steps: int
    every: int
    patience: int
    rate: float
    warm: int = 10
    seed: int = 1

    def rate_at(self, step: int) -> float:
        """The learning rate of a step."""
        falling = 0.55 + 0.45 * math.cos(math.pi * min(1.0, step / self.steps))
        return self.rate * min(1.0, (step + 1) / self.warm) * falling


class Lesson(Protocol):
    """What is learned."""

    def parameters(self) -> list[torch.nn.Parameter]:
        """What may change."""
        ...

    def loss(self, step: int) -> Tensor:
        """The loss of a step's batch; the same step gives the same batch."""
        ...

    def measure(self) -> float:
        """The loss on what is held out, always on the same of it."""
        ...

    def taken(self) -> dict[str, Tensor]:
        """A copy of what was learned."""
        ...

    def given(self, tensors: Mapping[str, Tensor]) -> None:
        """Put a copy back."""
        ...


@dataclass(frozen=True)
class Learned:
    """What a course came to.

    Parameters
    ----------
    before, after : float
        Loss on what is held out, at the beginning and at its best.
    best : int
        The step after which it was best; 0 where nothing was better than the beginning.
    steps : int
        How many were taken.
    stopped : bool
        Whether the person stopped it.
    """

    before: float
    after: float
    best: int
    steps: int
    stopped: bool


def follow(lesson: Lesson, course: Course, accelerator: Any, checkpoint: Path, *, about: str) -> Learned:
    """Take a course; the lesson holds what was best when it returns.

    Parameters
    ----------
    checkpoint : Path
        Written at every measurement; gone on from where it is there.
    about : str
        What the course is about (its data and settings); a checkpoint about something else is refused.

    Raises
    ------
    InputError
        If the checkpoint belongs to another course.
    """
    optimizer = accelerator.prepare(torch.optim.AdamW(lesson.parameters(), lr=course.rate, weight_decay=0.0))
    state = _found(checkpoint, about)
    if state is None:
        first = lesson.measure()
        state = {"step": 0, "before": first, "after": first, "best": 0, "kept": lesson.taken(), "waited": 0}
        _say(0, first, None)
    else:
        lesson.given(state["now"])
        optimizer.load_state_dict(state["optimizer"])
        log.warning("going on after step %d of %s", state["step"], checkpoint.name)
    stopped, loss = False, math.nan
    began, first_step = time.monotonic(), state["step"]
    try:
        while state["step"] < course.steps and state["waited"] < course.patience:
            step = state["step"]
            for group in optimizer.param_groups:
                group["lr"] = course.rate_at(step)
            torch.manual_seed(course.seed * 1_000_003 + step)
            loss = _step(lesson, step, optimizer, accelerator)
            state["step"] = step + 1
            if (step + 1) % course.every == 0 or step + 1 == course.steps:
                _measured(lesson, state, optimizer, checkpoint, about)
                _say(step + 1, state["measure"], loss, (time.monotonic() - began) / (step + 1 - first_step))
    except KeyboardInterrupt:
        stopped = True
        log.warning("stopped at step %d; what was learned is kept, the same command goes on", state["step"])
        _measured(lesson, state, optimizer, checkpoint, about)
    lesson.given(state["kept"])
    return Learned(state["before"], state["after"], state["best"], state["step"], stopped)


def _step(lesson: Lesson, step: int, optimizer: Any, accelerator: Any) -> float:
    """One batch; its loss."""
    loss = lesson.loss(step)
    accelerator.backward(loss)
    accelerator.clip_grad_norm_(lesson.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return float(loss.detach())


def _measured(lesson: Lesson, state: dict[str, Any], optimizer: Any, checkpoint: Path, about: str) -> None:
    """Measure, keep what is best, and write everything that is needed to go on."""
    state["measure"] = lesson.measure()
    if state["measure"] < state["after"]:
        state |= {"after": state["measure"], "best": state["step"], "kept": lesson.taken(), "waited": 0}
    else:
        state["waited"] += 1
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    unfinished = checkpoint.with_name(checkpoint.name + ".tmp")
    torch.save(state | {"about": about, "now": lesson.taken(), "optimizer": optimizer.state_dict()}, unfinished)
    os.replace(unfinished, checkpoint)


def _found(checkpoint: Path, about: str) -> dict[str, Any] | None:
    """The state that a checkpoint holds; None where there is none."""
    if not checkpoint.is_file():
        return None
    state: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if state["about"] != about:
        raise InputError(
            f"checkpoint {str(checkpoint)!r}, of other files or settings", "one of this very run",
            "delete it to begin anew, or choose another --out",
        )  # fmt: skip
    return state


def _say(step: int, measure: float, loss: float | None, seconds: float = 0.0) -> None:
    """One line of progress."""
    line: dict[str, float] = {"step": step, "held_out": round(measure, 4)}
    if loss is not None:
        line |= {"train": round(loss, 4), "seconds_a_step": round(seconds, 2)}
    log.warning("%s", json.dumps(line))
