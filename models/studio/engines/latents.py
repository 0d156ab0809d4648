"""Painting that begins in the midst: what of an earlier sound stays in the latents, and schedules cut short.

Conventions: latents of shape (candidates, ...) with one axis of time. Noise over what stays is drawn once for each
candidate, from a generator of its own, and is the same at every level.

Sources: Meng et al. 2021, SDEdit; Lugmayr et al. 2022, RePaint.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.studio.engines.craft import draws

_OTHER = 0x5EED
"""Sets this noise apart from what the same seed draws elsewhere."""


class Held:
    """What must stay of an earlier sound.

    Parameters
    ----------
    clean : Tensor
        The latents of the whole earlier sound, shape (1, ...).
    columns : Tensor of bool
        Along the axis of time: what stays.
    seeds : tuple of int
    axis : int
        That of time.
    """

    def __init__(self, clean: Any, columns: Any, seeds: tuple[int, ...], *, axis: int) -> None:
        from diffusers.utils.torch_utils import randn_tensor

        shape = (len(seeds), *clean.shape[1:])
        chance = draws(tuple(seed ^ _OTHER for seed in seeds), clean.device)
        self.clean = clean.expand(shape)
        self.noise = randn_tensor(shape, generator=chance, device=clean.device, dtype=clean.dtype)
        facing = [1] * clean.dim()
        facing[axis] = -1
        self.stays = columns.to(clean.device).reshape(facing)

    def put_into(self, latents: Any, noised: Callable[[Any, Any], Any]) -> None:
        """Put it back into latents, in place, as it is at their level of noise (``noised`` of clean and noise)."""
        import torch

        kept = noised(self.clean, self.noise).to(latents.dtype)
        latents.copy_(torch.where(self.stays, kept, latents))


def held_columns(count: int, renewed_s: tuple[float, float], rate_hz: float) -> Any:
    """Which of ``count`` columns of latents lie wholly outside a span, shape (count,)."""
    import torch

    places = torch.arange(count)
    return (places + 1 <= renewed_s[0] * rate_hz) | (places >= renewed_s[1] * rate_hz)


def cut_short(scheduler: Any, share: float) -> Any:
    """A scheduler of its own for one request that takes only the last ``share`` of the steps it is told to set."""
    fresh = type(scheduler).from_config(scheduler.config)
    set_all = fresh.set_timesteps

    def set_last(steps: int, device: Any = None) -> None:
        set_all(steps, device=device)
        fresh.timesteps = fresh.timesteps[steps - steps_of(steps, share) :]

    fresh.set_timesteps = set_last
    return fresh


def steps_of(steps: int, share: float) -> int:
    """How many steps are left of all of them, one at least."""
    return max(1, min(steps, round(steps * share)))
