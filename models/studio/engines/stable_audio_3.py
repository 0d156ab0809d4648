"""Stable Audio 3 (Stability AI), small and medium: words, a guide, and spans made anew.

A guide is followed as Stability's own audio-to-audio does it: its latents are mixed with noise, and the steps begin
there; how much noise is what freedom means. A span is made anew by the inpainting of the network, which is shown what
lies around it; where the score's own sound is given too, the first steps are held to it, as if they had begun there.

Conventions: a level of noise is 0 to 1. The distilled weights take 8 steps, the others 100 by default. It keeps what
lies outside a span only nearly (through its autoencoder), so `engines.base` puts the very samples back. Negative words
mean something to weights that are not distilled alone, and to text alone: the other two pipelines don't take them.

It knows no keys, no tempo and no parts but in words.

Sources: diffusers 0.42, pipelines/stable_audio_3; huggingface.co/docs/diffusers/api/pipelines/stable_audio_3. How
freedom becomes noise was worked out from the schedule there, not heard: weights were not at hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.studio.engines.base import Engine, chances
from models.studio.engines.shaping import alike, into, laid_over
from models.studio.engines.steps import Steps
from models.studio.values import GUIDE, REPAINT, TEXT, Request

CLOSEST, FREEST = 0.25, 0.7
"""Noise that a guide begins with at freedom 0, and just below 1; the schedule's next step has 0.45 and 0.95."""
CLOSEST_HELD, FREEST_HELD = 0.45, 0.95
"""The same for a span, whose schedule always begins with noise alone: until where its steps are held to the score."""
GUIDED = 4.0
"""How much weights that are not distilled heed the words; distilled ones have that within them."""


class StableAudio3(Engine):
    """The engine."""

    name = "stable-audio-3"
    can = frozenset({TEXT, GUIDE, REPAINT})

    def load_from(self, where: Path) -> Any:
        """The pipeline for text; the others share its parts."""
        return self.pipeline(where, "StableAudio3Pipeline")

    def draw(self, model: Any, request: Request, steps: Steps) -> tuple[Any, int]:
        """Sounds of shape (seeds, 2, n), at the rate of its autoencoder."""
        rate_hz = int(model.vae.config.sampling_rate)
        count, distilled = len(request.seeds), bool(model.scheduler.config.stochastic_sampling)
        asked: dict[str, Any] = {
            "prompt": [request.prompt] * count,
            "duration": request.length_s + 1 / rate_hz,  # it rounds down
            "generator": chances(request.seeds),
            "num_inference_steps": 8 if distilled else 100,
            "callback_on_step_end": steps.at_end_of_step,
        }
        follows = request.guide is not None and request.freedom < 1
        if request.before is not None and request.renewed_s is not None:
            asked |= self._span(model, request, rate_hz, steps, follows)
            pipe = _twin(model, "StableAudio3InpaintPipeline")
        elif follows:
            asked |= {"audio": self._heard(model, request.guide, rate_hz, request.length_s)}
            asked |= {"init_noise_level": CLOSEST + (FREEST - CLOSEST) * request.freedom}
            pipe = _twin(model, "StableAudio3AudioToAudioPipeline")
        else:
            if not distilled:
                asked |= {"guidance_scale": GUIDED, "negative_prompt": request.negative or None}
            pipe = model
        return pipe(**asked).audios.float().cpu().numpy(), rate_hz

    def _heard(self, model: Any, sound: Any, rate_hz: int, length_s: float) -> Any:
        """A sound as the autoencoder takes it, shape (1, 2, n), whole latents long."""
        import torch

        ratio = int(model.vae.downsampling_ratio)
        frames = math.ceil((length_s + 1 / rate_hz) * rate_hz / ratio) * ratio
        return torch.from_numpy(into(sound, rate_hz, frames / rate_hz)).unsqueeze(0)

    def _span(self, model: Any, request: Request, rate_hz: int, steps: Steps, follows: bool) -> dict[str, Any]:
        """What inpainting is asked for besides."""
        import torch

        assert request.before is not None and request.renewed_s is not None
        start_s, end_s = request.renewed_s
        grain_s = int(model.vae.downsampling_ratio) / rate_hz
        asked: dict[str, Any] = {
            "audio": self._heard(model, request.before, rate_hz, request.length_s),
            "mask_start_seconds": math.floor(start_s / grain_s + 1e-6) * grain_s + grain_s / 2,
            "mask_end_seconds": math.ceil(end_s / grain_s - 1e-6) * grain_s + grain_s / 2,
        }
        if follows and request.guide is not None:
            shown = laid_over(request.before, alike(request.guide, request.before), request.renewed_s)
            heard = self._heard(model, shown, rate_hz, request.length_s)
            with torch.no_grad():
                vae = model.vae
                latents = vae.encode(heard.to(device=model._execution_device, dtype=vae.dtype)).latents
            level = CLOSEST_HELD + (FREEST_HELD - CLOSEST_HELD) * request.freedom
            asked |= {"num_inference_steps": 16 if model.scheduler.config.stochastic_sampling else 100}
            asked |= {"callback_on_step_end": _held(latents, level, chances(request.seeds), steps)}
        return asked


def load(weights: str = "", **how: Any) -> StableAudio3:
    """The engine with some weights; `engines.base.Engine` says how."""
    return StableAudio3(weights, **how)


def _twin(model: Any, kind: str) -> Any:
    """Another pipeline over the same parts, which stay where they are."""
    import diffusers

    made = getattr(diffusers, kind)(**model.components)
    made.set_progress_bar_config(disable=True)
    return made


def _held(latents: Any, level: float, sources: list[Any], steps: Steps) -> Callable[..., dict[str, Any]]:
    """What is called after each step: while the noise is above a level, the latents are those of the score."""

    def at_end_of_step(pipe: Any, index: int, moment: Any, given: dict[str, Any]) -> dict[str, Any]:
        from diffusers.utils.torch_utils import randn_tensor

        steps.at_end_of_step(pipe, index, moment, given)
        noise_level = float(pipe.scheduler.sigmas[index + 1])
        drawn = given["latents"]
        if noise_level < level:
            return given
        noise = randn_tensor(drawn.shape, generator=sources, device=drawn.device, dtype=drawn.dtype)
        shown = latents[..., : drawn.shape[-1]].to(drawn.dtype)
        return {**given, "latents": (1 - noise_level) * shown + noise_level * noise}

    return at_end_of_step
