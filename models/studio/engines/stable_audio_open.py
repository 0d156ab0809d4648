"""Stable Audio Open 1.0 (Stability AI), through diffusers: words, a guide painted over, spans made anew.

A guide is noised to a level that freedom chooses, and denoised from there (SDEdit). diffusers adds noise of the full
level, under which nothing of a guide is left, so that the scheduler of a request begins at the level wanted. A span is
made anew in the latents: after each step, all that lies outside it is put back as the earlier sound is at that level.

Conventions: levels are standard deviations of noise beside latents of about 1. It paints all of its 47.6 s, whatever is
asked for. The published sampler needs the package torchsde; the same solver, with noise drawn for each candidate from
its own seed, takes its place here.

Sources: Evans et al. 2024, Stable Audio Open; Meng et al. 2021, SDEdit; the checkpoint's scheduler_config.json (levels
0.3 to 500, v-prediction, time as the arc tangent of the level). How freedom becomes noise was not heard: weights were
not at hand.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

from assistant.audio import Waveform
from models.studio.engines.base import Engine, chances
from models.studio.engines.latents import Held, outside
from models.studio.engines.shaping import alike, into, laid_over
from models.studio.engines.steps import Steps
from models.studio.values import GUIDE, REPAINT, TEXT, Request

STEPS, GUIDANCE = 100, 7.0
"""As its card has them."""
CLOSEST = 0.5
"""The level of noise over a guide at freedom 0; towards 1 it nears the model's highest."""


class StableAudioOpen(Engine):
    """The engine."""

    name = "stable-audio-open"
    can = frozenset({TEXT, GUIDE, REPAINT})
    step_count = STEPS

    def load_from(self, where: Path) -> Any:
        """The pipeline, with the scheduler described above."""
        scheduler = _arc_tangent().from_pretrained(
            str(where), subfolder="scheduler", algorithm_type="sde-dpmsolver++", local_files_only=True
        )
        made = self.pipeline(where, "StableAudioPipeline", scheduler=None)  # the class it names may not be there
        made.register_modules(scheduler=scheduler)
        return made

    def draw(self, model: Any, request: Request, steps: Steps) -> tuple[Any, int]:
        """Sounds of shape (seeds, channels, n), at the rate of its autoencoder."""
        count, rate_hz = len(request.seeds), int(model.vae.config.sampling_rate)
        follows = request.guide is not None and request.freedom < 1
        held, shown = self._held(model, request), self._shown(model, request) if follows else None
        usual = model.scheduler
        highest = float(usual.config.sigma_max)
        level = CLOSEST * (highest / CLOSEST) ** request.freedom if follows else highest
        scheduler = type(usual).from_config(usual.config, sigma_max=level)

        def after_step(step: int, moment: Any, latents: Any) -> None:
            del moment
            steps.tell(step + 1, self.step_count)
            if held is not None:
                noise_level = float(scheduler.sigmas[step + 1])
                held.put_into(latents, lambda clean, noise: clean + noise_level * noise)

        try:
            model.scheduler = scheduler
            made = model(
                [request.prompt] * count,
                negative_prompt=[request.negative] * count if request.negative else None,
                audio_end_in_s=min(request.length_s + 2 / rate_hz, _whole(model) / rate_hz),
                num_inference_steps=self.step_count,
                guidance_scale=GUIDANCE,
                generator=chances(request.seeds),
                callback=after_step,
                initial_audio_waveforms=None if shown is None else shown.repeat(count, 1, 1),
                initial_audio_sampling_rate=None if shown is None else model.vae.sampling_rate,
            )
        finally:
            model.scheduler = usual
        return made.audios.float().cpu().numpy(), rate_hz

    def _shown(self, model: Any, request: Request) -> Any:
        """What it paints over: the guide, or the earlier sound with the guide's in the span."""
        assert request.guide is not None
        sound = request.guide
        if request.before is not None and request.renewed_s is not None:
            sound = laid_over(request.before, alike(sound, request.before), request.renewed_s)
        return _heard(model, sound)

    def _held(self, model: Any, request: Request) -> Held | None:
        """What stays of an earlier sound; None where all is new."""
        if request.before is None or request.renewed_s is None:
            return None
        import torch

        with torch.no_grad():
            clean = model.vae.encode(_heard(model, request.before)).latent_dist.mode()
        columns_per_s = model.vae.config.sampling_rate / model.vae.hop_length
        stays = outside(clean.shape[-1], request.renewed_s, columns_per_s)
        return Held(clean, stays, request.seeds, axis=-1)


def load(weights: str = "", **how: Any) -> StableAudioOpen:
    """The engine with some weights; `engines.base.Engine` says how."""
    return StableAudioOpen(weights, **how)


def _whole(model: Any) -> int:
    """How many samples it paints."""
    return int(model.transformer.config.sample_size) * int(model.vae.hop_length)


def _heard(model: Any, sound: Waveform) -> Any:
    """A sound as the autoencoder takes it, shape (1, channels, n)."""
    import torch

    vae = model.vae
    rate_hz = int(vae.config.sampling_rate)
    samples = into(sound, rate_hz, _whole(model) / rate_hz, int(vae.config.audio_channels))
    return torch.from_numpy(samples)[None].to(device=model._execution_device, dtype=vae.dtype)


@cache
def _arc_tangent() -> Any:
    """diffusers' solver for noise of such levels, with the clock of this model."""
    from diffusers import EDMDPMSolverMultistepScheduler

    class ArcTangentScheduler(EDMDPMSolverMultistepScheduler):  # type: ignore[misc,unused-ignore]
        """Tells the network the level of noise as an angle, as CosineDPMSolverMultistepScheduler does."""

        def precondition_noise(self, sigma: Any) -> Any:
            """The level as a share of a right angle."""
            import torch

            return torch.as_tensor(sigma).atan() * (2 / math.pi)

    return ArcTangentScheduler
