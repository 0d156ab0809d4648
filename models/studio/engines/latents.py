"""Painting that begins in the midst: what of an earlier sound stays in the latents, and schedules cut short.

Conventions: latents of shape (candidates, ...) with one axis of time. Noise over what stays is drawn once for each
candidate, from a source of its own, and is the same at every level.

Sources: Meng et al. 2021, SDEdit; Lugmayr et al. 2022, RePaint (without its resampling).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.studio.engines.base import chances

_OTHER = 0x5EED
"""Sets this noise apart from what the same seed draws elsewhere."""


def noise_like(clean: Any, seeds: tuple[int, ...]) -> Any:
    """Noise for each seed, in the shape, the numbers and on the device of one candidate's latents (1, ...)."""
    from diffusers.utils.torch_utils import randn_tensor

    shape = (len(seeds), *clean.shape[1:])
    return randn_tensor(shape, generator=chances(seeds), device=clean.device, dtype=clean.dtype)


class Held:
    """What must stay of an earlier sound.

    Parameters
    ----------
    clean : Tensor
        The latents of the whole earlier sound, shape (1, ...).
    stays : Tensor of bool
        Along the axis of time.
    seeds : tuple of int
    axis : int
        That of time.
    """

    def __init__(self, clean: Any, stays: Any, seeds: tuple[int, ...], *, axis: int) -> None:
        facing = [1] * clean.dim()
        facing[axis] = -1
        self._stays = stays.to(clean.device).reshape(facing)
        self._noise = noise_like(clean, tuple(seed ^ _OTHER for seed in seeds))
        self._clean = clean.expand(self._noise.shape)

    def put_into(self, latents: Any, noised: Callable[[Any, Any], Any]) -> None:
        """Put it back into latents, in place, at their level of noise: ``noised`` of what is clean, and of noise."""
        import torch

        kept = noised(self._clean, self._noise).to(latents.dtype)
        latents.copy_(torch.where(self._stays, kept, latents))


def outside(count: int, renewed_s: tuple[float, float], columns_per_s: float) -> Any:
    """Which of ``count`` columns of latents lie wholly outside a span, shape (count,)."""
    import torch

    places = torch.arange(count)
    return (places + 1 <= renewed_s[0] * columns_per_s) | (places >= renewed_s[1] * columns_per_s)


def cut_short(scheduler: Any, share: float) -> Any:
    """A scheduler for one request that takes only the last ``share`` of the steps it is told to set."""
    fresh = type(scheduler).from_config(scheduler.config)
    set_all = fresh.set_timesteps

    def set_last(steps: int, device: Any = None) -> None:
        set_all(steps, device=device)
        fresh.timesteps = fresh.timesteps[len(fresh.timesteps) - max(1, round(share * len(fresh.timesteps))) :]

    fresh.set_timesteps = set_last
    return fresh
