"""How noise is added and taken away: diffusers' schedulers, with the settings that training and sampling share.

Conventions: `STEPS` steps of a squared cosine; the network says what the clean latents are (``prediction_type``
"sample").
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

STEPS = 1000
BETAS = "squaredcos_cap_v2"


def noise_schedule() -> Tensor:
    """How much of the signal's power is left at each step (`STEPS`,)."""
    from diffusers.schedulers.scheduling_ddim import DDIMScheduler

    kept: Tensor = DDIMScheduler(num_train_timesteps=STEPS, beta_schedule=BETAS).alphas_cumprod
    return kept


def sampler(steps: int) -> Any:
    """A scheduler that takes so many steps from noise to music (second-order DPM-Solver++)."""
    from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler

    found = DPMSolverMultistepScheduler(
        num_train_timesteps=STEPS, beta_schedule=BETAS, prediction_type="sample", algorithm_type="sde-dpmsolver++",
        solver_order=2, lower_order_final=True, timestep_spacing="trailing",
    )  # fmt: skip
    found.alphas_cumprod = found.alphas_cumprod.numpy()  # it makes an array of it in a way that numpy 2 warns of
    found.set_timesteps(steps)
    return found
