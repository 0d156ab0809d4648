"""From noise to a roll: several canvases of one cue, denoised together through windows that overlap.

Conventions: at each step every window is judged by itself, and where two see the same beat the mean of their
probabilities counts, so that there is no seam. What is given is put in clean at every step and never moves. All chance
comes from one generator of the processor, so a seed gives the same roll again.

Sources: Bar-Tal et al. 2023 (MultiDiffusion); Lugmayr et al. 2022 (inpainting by diffusion).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.diffusion_score.canvas import Canvas, Window
from models.diffusion_score.denoiser import Denoiser
from models.diffusion_score.schedule import noise_schedule, sampler

Array = npt.NDArray[Any]
AT_ONCE = 4096
"""Tokens of a batch, about: more would only take memory."""


def denoise(
    model: Denoiser,
    canvas: Canvas,
    *,
    candidates: int,
    steps: int,
    seed: int,
    step: Callable[[float, Array], None] = lambda share, roll: None,
) -> Array:
    """Probabilities (candidates, parts, beats, `PATCH`) of a roll.

    Parameters
    ----------
    model : Denoiser
    canvas : Canvas
    candidates : int
        How many are drawn.
    steps : int
        Of the sampler.
    seed : int
    step : callable
        Told after each step what share is done, and how the first candidate stands.
    """
    chance = torch.Generator().manual_seed(seed)
    given = torch.from_numpy(canvas.given)
    roll = torch.from_numpy(canvas.roll)
    clean = model.look(roll)
    shape = (candidates, *clean.shape)
    noisy = torch.randn(shape, generator=chance)
    before = torch.zeros(shape)
    found = roll.expand(candidates, *roll.shape)
    scheduler, kept = sampler(steps), noise_schedule()
    hint = roll if canvas.hint is None else torch.from_numpy(canvas.hint)
    follows = torch.zeros(given.shape) if canvas.follows is None else torch.from_numpy(canvas.follows)
    leant = model.look(hint)
    for number, time in enumerate(scheduler.timesteps):
        led = (number < follows * steps)[..., None] & ~given[..., None]
        alpha = kept[int(time)]
        if bool(led.any()):
            noise = torch.randn(shape, generator=chance)
            noisy = torch.where(led, alpha.sqrt() * leant + (1 - alpha).sqrt() * noise, noisy)
        noisy = torch.where(given[..., None], clean, noisy)
        found = torch.where(given[..., None], roll, _judged(model, canvas, noisy, before, int(time)))
        found = torch.where(led, hint, found)
        before = torch.where(given[..., None], clean, model.look(found))
        noisy = scheduler.step(before, time, noisy, generator=chance).prev_sample
        step((number + 1) / steps, found[0].numpy())
    return found.numpy()


def _judged(model: Denoiser, canvas: Canvas, noisy: Tensor, before: Tensor, time: int) -> Tensor:
    """What all windows think, on average."""
    candidates, parts, beats, _ = noisy.shape
    total = torch.zeros(candidates, parts, beats, canvas.roll.shape[-1])
    seen = torch.zeros(beats, 1)
    alike: dict[int, list[Window]] = defaultdict(list)
    for window in canvas.windows:
        alike[len(window.beats)].append(window)
    for length, windows in alike.items():
        group = max(1, AT_ONCE // (candidates * parts * length))
        for first in range(0, len(windows), group):
            some = windows[first : first + group]
            for window, roll in zip(some, _batch(model, some, noisy, before, time), strict=True):
                span = slice(window.beats.start, window.beats.stop)
                total[:, :, span] += roll
                seen[span] += 1
    return total / seen.clamp(min=1)


def _batch(model: Denoiser, windows: list[Window], noisy: Tensor, before: Tensor, time: int) -> Tensor:
    """Probabilities (windows, candidates, parts, beats, `PATCH`) of windows of one length."""
    candidates, parts = noisy.shape[:2]
    length = len(windows[0].beats)
    count = len(windows) * candidates

    def cut(whole: Tensor) -> Tensor:
        rows = [whole[:, :, window.beats.start : window.beats.stop] for window in windows]
        return torch.stack(rows).reshape(count, parts * length, -1)

    numbers = np.stack([window.tokens.reshape(parts * length, -1) for window in windows])
    tokens = torch.from_numpy(numbers).repeat_interleave(candidates, 0)
    logits = model(cut(noisy), cut(before), tokens, torch.full((count,), time))
    return torch.sigmoid(logits).view(len(windows), candidates, parts, length, -1)
