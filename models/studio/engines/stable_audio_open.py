"""Stable Audio Open 1.0, through diffusers: words to sound, a guide painted over, a span made anew.

A guide is noised to a level that freedom chooses, and denoised from there (SDEdit). diffusers adds noise of the full
level, under which nothing of a guide is left, so the scheduler of a request begins at the level wanted instead. A span
is renewed in the latents: after each step, all that lies outside the span is put back as the earlier sound is at that
level of noise (RePaint without its resampling); then the earlier samples themselves go back outside the span.

Conventions: levels are standard deviations of noise beside latents of about 1. The model hears and paints its whole
47.6 s whatever is asked for. The published sampler needs the package torchsde, which nothing else here does; the same
solver with noise drawn by each candidate's own generator takes its place.

Sources: Evans et al. 2024, Stable Audio Open; Meng et al. 2021, SDEdit; Lugmayr et al. 2022, RePaint; the checkpoint's
scheduler_config.json (noise from 0.3 to 500, v-prediction, time as the arc tangent of the level).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from assistant.audio import Waveform
from assistant.generator import Progress, no_progress
from models.studio.engines.craft import draws, exactly, laid_out, memory_told, put_back
from models.studio.engines.latents import Held, held_columns
from models.studio.engines.loaded import Loaded, quietly
from models.studio.values import GUIDE, REPAINT, TEXT, Request

STEPS, GUIDANCE = 100, 7.0
"""As its card recommends."""
CLOSEST = 0.5
"""The level of noise over a guide at freedom 0; at 1 it is the model's highest."""


class StableAudioOpen(Loaded):
    """Stable Audio Open as an `AudioModel`."""

    name = "stable-audio-open"
    longest_s = 47.0
    abilities = frozenset({TEXT, GUIDE, REPAINT})
    steps = STEPS

    def load(self, folder: Path) -> Any:
        """The pipeline on its device."""
        import torch
        from diffusers import StableAudioPipeline

        quietly()
        scheduler = _scheduler_class().from_pretrained(folder, subfolder="scheduler", algorithm_type="sde-dpmsolver++")
        dtype = getattr(torch, self.dtype)
        pipeline = StableAudioPipeline.from_pretrained(
            folder, scheduler=scheduler, torch_dtype=dtype, local_files_only=True
        )
        pipeline.set_progress_bar_config(disable=True)
        return pipeline.to(self.device)

    def paint(self, request: Request, *, progress: Progress = no_progress) -> tuple[Waveform, ...]:
        """One sound for each seed; see `models.studio.values.AudioModel`."""
        with self._lock, memory_told(self.name):
            pipeline = self.model()
            rate_hz = int(pipeline.vae.config.sampling_rate)
            usual = pipeline.scheduler
            try:
                pipeline.scheduler = _beginning_at(usual, _level(request, float(usual.config.sigma_max)))
                sounds = self._denoised(pipeline, request, progress)
            finally:
                pipeline.scheduler = usual
        made = tuple(exactly(sound, rate_hz, request.length_s) for sound in sounds)
        if request.before is None or request.renewed_s is None:
            return made
        return tuple(put_back(request.before, each, request.renewed_s) for each in made)

    def _denoised(self, pipeline: Any, request: Request, progress: Progress) -> Any:
        """The model's sounds, shape (seeds, channels, n) or longer."""
        count = len(request.seeds)
        chance = draws(request.seeds, pipeline.device)
        held = self._held(pipeline, request)

        def each_step(step: int, moment: Any, latents: Any) -> None:
            del moment
            if held is not None:
                level = float(pipeline.scheduler.sigmas[step + 1])
                held.put_into(latents, lambda clean, noise: clean + level * noise)
            progress((step + 1) / (self.steps + 1), self.name)

        progress(0.0, self.name)
        most_s = pipeline.transformer.config.sample_size * pipeline.vae.hop_length / pipeline.vae.config.sampling_rate
        start = self._begun_from(pipeline, request)
        return pipeline(
            [request.prompt] * count,
            negative_prompt=[request.negative] * count if request.negative else None,
            audio_end_in_s=min(most_s, request.length_s + 0.01),
            num_inference_steps=self.steps, guidance_scale=GUIDANCE, generator=chance, callback=each_step,
            initial_audio_waveforms=start, output_type="np",
            initial_audio_sampling_rate=None if start is None else pipeline.vae.sampling_rate,
        ).audios  # fmt: skip

    def _begun_from(self, pipeline: Any, request: Request) -> Any:
        """The guide for each seed, as the pipeline takes it; None without one."""
        if request.guide is None or request.freedom >= 1:
            return None
        return _heard(pipeline, request.guide).repeat(len(request.seeds), 1, 1)

    def _held(self, pipeline: Any, request: Request) -> Held | None:
        """What must stay of an earlier sound, in latents; None where all is new."""
        if request.before is None or request.renewed_s is None:
            return None
        import torch

        with torch.inference_mode():
            clean = pipeline.vae.encode(_heard(pipeline, request.before)).latent_dist.mode()
        rate_hz = pipeline.vae.config.sampling_rate / pipeline.vae.hop_length
        columns = held_columns(clean.shape[-1], request.renewed_s, rate_hz)
        return Held(clean, columns, request.seeds, axis=-1)


def _heard(pipeline: Any, sound: Waveform) -> Any:
    """A sound as the autoencoder takes it, as long as the model, shape (1, channels, n)."""
    import torch

    vae = pipeline.vae
    frames = int(pipeline.transformer.config.sample_size) * vae.hop_length
    channels = int(vae.config.audio_channels)
    samples = laid_out(sound, rate_hz=int(vae.config.sampling_rate), channels=channels, frames=frames)
    return torch.from_numpy(samples)[None].to(device=pipeline.device, dtype=vae.dtype)


def _level(request: Request, highest: float) -> float:
    """The level of noise to begin at."""
    if request.guide is None:
        return highest
    return float(CLOSEST * (highest / CLOSEST) ** min(1.0, max(0.0, request.freedom)))


def _beginning_at(scheduler: Any, level: float) -> Any:
    """A scheduler of its own for one request, whose first step is at a level of noise."""
    return type(scheduler).from_config(scheduler.config, sigma_max=level)


@cache
def _scheduler_class() -> Any:
    """diffusers' solver for this kind of noise, with the model's own clock."""
    import math

    from diffusers import EDMDPMSolverMultistepScheduler

    class ArcTangent(EDMDPMSolverMultistepScheduler):  # type: ignore[misc]
        """Tells the model the level of noise as an angle, as CosineDPMSolverMultistepScheduler does."""

        def precondition_noise(self, sigma: Any) -> Any:
            import torch

            return torch.as_tensor(sigma).atan() * (2 / math.pi)

    return ArcTangent
