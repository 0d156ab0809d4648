"""What AudioLDM 2 and MusicLDM share: spectrograms painted by diffusion, and a vocoder that makes them sound.

Neither has a pipeline for guides. Theirs begin from the latents of the guide's own spectrogram, noised to a level, with
the schedule cut to the steps that are left (SDEdit); a span is made anew by putting back, after each step, the latents
of all that lies outside it.

Conventions: log-mel spectrograms of shape (frames, bands), natural logarithm of magnitudes, 1,024 samples a frame; hop,
rate and bands are the vocoder's; bands as Slaney's, up to 8 kHz. Sounds are levelled to a peak of 0.5 first, as these
models were trained.

Sources: Liu et al. 2023, AudioLDM, and its code (``audioldm/audio``: TacotronSTFT, ``wav_to_fbank``); Meng et al. 2021,
SDEdit. How freedom becomes noise was not heard: weights were not at hand.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from assistant.audio import Waveform
from models.studio.engines.base import Engine, chances
from models.studio.engines.latents import Held, cut_short, noise_like, outside
from models.studio.engines.shaping import alike, into, laid_over
from models.studio.engines.steps import Steps
from models.studio.values import GUIDE, REPAINT, TEXT, Request

FRAME, TOP_HZ = 1024, 8000.0
FLOOR, PEAK = 1e-5, 0.5
CLOSEST = 0.3
"""The share of the steps that a guide goes through at freedom 0; at 1 all of them, without it."""


class MelEngine(Engine):
    """An engine that paints spectrograms."""

    can = frozenset({TEXT, GUIDE, REPAINT})
    denoiser = "unet"
    step_count = 200
    """As their cards have it."""
    guidance: ClassVar[float]
    """How much the words weigh, as its pipeline has it."""

    def draw(self, model: Any, request: Request, steps: Steps) -> tuple[Any, int]:
        """Sounds of shape (seeds, n), at the rate of the vocoder."""
        rate_hz = int(model.vocoder.config.sampling_rate)
        frames = _frames(model, request.length_s)
        usual = model.scheduler
        scheduler, latents = self._start(model, request, frames)
        held = self._held(model, request, frames)

        def after_step(step: int, moment: Any, drawn: Any) -> None:
            del moment
            steps.tell(step + 1, len(scheduler.timesteps))
            if held is None:
                return
            if step + 1 < len(scheduler.timesteps):
                ahead = scheduler.timesteps[step + 1].reshape(1)
                held.put_into(drawn, lambda clean, noise: scheduler.add_noise(clean, noise, ahead))
            else:
                held.put_into(drawn, lambda clean, noise: clean)

        try:
            model.scheduler = scheduler
            made = model(
                **self.words(model, request),
                audio_length_in_s=frames * _hop(model) / rate_hz,
                num_inference_steps=self.step_count,
                guidance_scale=self.guidance,
                generator=chances(request.seeds),
                latents=latents,
                callback=after_step,
            )
        finally:
            model.scheduler = usual
        return made.audios, rate_hz

    def words(self, model: Any, request: Request) -> dict[str, Any]:
        """The words for each seed, as the pipeline takes them.

        Not several sounds of one prompt: those it would put into an order of its own.
        """
        del model
        count = len(request.seeds)
        return {
            "prompt": [request.prompt] * count,
            "negative_prompt": [request.negative] * count if request.negative else None,
        }

    def _start(self, model: Any, request: Request, frames: int) -> tuple[Any, Any]:
        """The schedule of a request, and the latents that it begins with; None for noise alone."""
        if request.guide is None or request.freedom >= 1:
            return cut_short(model.scheduler, 1.0), None
        sound = request.guide
        if request.before is not None and request.renewed_s is not None:
            sound = laid_over(request.before, alike(sound, request.before), request.renewed_s)
        clean = _latents(model, sound, frames)
        scheduler = cut_short(model.scheduler, CLOSEST + (1 - CLOSEST) * request.freedom)
        scheduler.set_timesteps(self.step_count, device=clean.device)
        noised = scheduler.add_noise(clean, noise_like(clean, request.seeds), scheduler.timesteps[:1])
        return scheduler, noised / scheduler.init_noise_sigma

    def _held(self, model: Any, request: Request, frames: int) -> Held | None:
        """What stays of an earlier sound; None where all is new."""
        if request.before is None or request.renewed_s is None:
            return None
        clean = _latents(model, request.before, frames)
        columns_per_s = model.vocoder.config.sampling_rate / _hop(model) / model.vae_scale_factor
        return Held(clean, outside(clean.shape[2], request.renewed_s, columns_per_s), request.seeds, axis=2)


def log_mel(samples: Any, *, rate_hz: int, hop: int, bands: int) -> Any:
    """The spectrogram of samples (n,), shape (1 + n // hop, bands).

    Examples
    --------
    >>> log_mel(np.zeros(1600), rate_hz=16_000, hop=160, bands=64).shape
    torch.Size([11, 64])
    """
    import torch
    from transformers.audio_utils import mel_filter_bank

    sound = torch.tensor(np.asarray(samples, np.float32))
    sound = sound - sound.mean()
    sound = sound * (PEAK / max(float(sound.abs().max()), 1e-8))
    magnitude = torch.stft(sound, FRAME, hop, window=torch.hann_window(FRAME), return_complex=True).abs()
    filters = mel_filter_bank(
        FRAME // 2 + 1, bands, 0.0, min(TOP_HZ, rate_hz / 2), rate_hz, norm="slaney", mel_scale="slaney"
    )
    return (magnitude.T @ torch.as_tensor(filters, dtype=torch.float32)).clamp_min(FLOOR).log()


def _latents(model: Any, sound: Waveform, frames: int) -> Any:
    """A sound in the latents of the model, shape (1, channels, columns, rows)."""
    import torch

    rate_hz, hop, bands = int(model.vocoder.config.sampling_rate), _hop(model), int(model.vocoder.config.model_in_dim)
    samples = into(sound, rate_hz, frames * hop / rate_hz, 1)[0]
    seen = log_mel(samples, rate_hz=rate_hz, hop=hop, bands=bands)[:frames]
    with torch.no_grad():
        shown = seen[None, None].to(device=model._execution_device, dtype=model.vae.dtype)
        return model.vae.encode(shown).latent_dist.mode() * model.vae.config.scaling_factor


def _hop(model: Any) -> int:
    """Samples that the vocoder makes of a frame."""
    return int(math.prod(model.vocoder.config.upsample_rates))


def _frames(model: Any, length_s: float) -> int:
    """Frames that a length needs, in whole latents."""
    needed = math.ceil(length_s * model.vocoder.config.sampling_rate / _hop(model)) + 1
    grain = int(model.vae_scale_factor)
    return int(math.ceil(needed / grain) * grain)
