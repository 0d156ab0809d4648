"""How the networks of other people's engines are asked while they learn, as their own pipelines ask them.

Conventions: latents are mixed with noise as ``(1 - sigma) * sound + sigma * noise``, and the network says the velocity
``noise - sound``, which is what `FlowMatchEulerDiscreteScheduler.step` of diffusers integrates: ``x + (next - sigma) *
velocity``, and ``x - sigma * velocity`` is the sound. Noise levels are drawn as densely as the pipelines' own schedules
visit them. Shapes are those of the pipelines: (batch, channels, time) for Stable Audio 3, (batch, time, channels) for
ACE-Step.

Sources: diffusers 0.42, ``pipeline_stable_audio_3.py`` (`logsnr_sigma_schedule`, call of the transformer),
``pipeline_stable_audio_3_inpaint.py`` (`_build_local_add_cond`: 1 is given, 0 is renewed), ``pipeline_ace_step.py``
(`_get_timestep_schedule` with a shift of 3, steps 1 to 7 of the call); Liu et al. 2022, rectified flow. Stability AI's
trainers learn the same velocity, beside given spans too, with the loss on what is renewed alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from assistant.errors import EngineError

Conditions = dict[str, Tensor]


class Flow(Protocol):
    """One engine's way; ``pipe`` is its pipeline, whose ``transformer`` learns."""

    pipe: Any
    rate_hz: int
    channels: int
    targets: Sequence[str]
    """Ends of the names of the layers that get a bypass: attention and feed-forward of the blocks."""
    renewing: float
    """Share of the batches in which part of the sound is given and the rest renewed."""
    time_axis: int

    def latents(self, samples: Tensor) -> Tensor:
        """Latents (1, ...) of a window (channels, n)."""
        ...

    def conditions(self, prompt: str, length_s: float, latents: Tensor) -> Conditions:
        """What the network is told of one window, batch of 1."""
        ...

    def sigma(self, share: Tensor) -> Tensor:
        """Noise levels at shares 0..1 of the schedule, (batch,)."""
        ...

    def velocity(self, noisy: Tensor, sigma: Tensor, told: Conditions, given: Tensor | None) -> Tensor:
        """What the network says; ``given`` (batch, 1, time) and the sound there, where a span is renewed."""
        ...


class StableAudio3Flow:
    """Stable Audio 3, all sizes."""

    targets = ("to_qkv", "to_q", "to_kv", "to_out", "ff.proj_in", "ff.proj_out")
    renewing, time_axis = 0.5, 2
    logsnr = (-6.2, 2.0)
    """Where the pipeline's schedule begins and ends."""

    def __init__(self, pipe: Any) -> None:
        self.pipe = pipe
        self.rate_hz, self.channels = int(pipe.vae.config.sampling_rate), int(pipe.vae.config.audio_channels)

    def latents(self, samples: Tensor) -> Tensor:
        """By the pipeline's autoencoder, whole latents only."""
        whole = samples.shape[-1] // self.pipe.vae.downsampling_ratio * self.pipe.vae.downsampling_ratio
        found: Tensor = self.pipe.vae.encode(samples[None, :, :whole]).latents
        return found

    def conditions(self, prompt: str, length_s: float, latents: Tensor) -> Conditions:
        """Words and length, as `encode_prompt`, `encode_duration` and `prepare_cross_attention` make them."""
        device = next(self.pipe.text_encoder.parameters()).device
        words, mask = self.pipe.encode_prompt([prompt], device, 1)
        length = self.pipe.encode_duration(length_s, device, 1, 1)
        words, mask = self.pipe.prepare_cross_attention(words, mask, length)
        return {"encoder_hidden_states": words, "encoder_attention_mask": mask, "global_hidden_states": length}

    def sigma(self, share: Tensor) -> Tensor:
        """Evenly in the logarithm of signal to noise."""
        low, high = self.logsnr
        return torch.sigmoid(-(low + share * (high - low)))

    def velocity(self, noisy: Tensor, sigma: Tensor, told: Conditions, given: Tensor | None) -> Tensor:
        """With ``local_add_cond`` as the inpaint pipeline has it, or without as the others do."""
        time = sigma * self.pipe.scheduler.config.num_train_timesteps
        said: Tensor = self.pipe.transformer(noisy, time, **told, local_add_cond=given, return_dict=False)[0]
        return said


class AceStepFlow:
    """ACE-Step 1.5, from words."""

    targets = ("to_q", "to_k", "to_v", "to_out.0", "gate_proj", "up_proj", "down_proj")
    renewing, time_axis = 0.0, 1
    shift = 3.0

    def __init__(self, pipe: Any) -> None:
        self.pipe = pipe
        self.rate_hz, self.channels = int(pipe.sample_rate), 2

    def latents(self, samples: Tensor) -> Tensor:
        """The likeliest latents of the autoencoder, not a draw."""
        found: Tensor = self.pipe.vae.encode(samples[None]).latent_dist.mode().transpose(1, 2)
        return found

    def conditions(self, prompt: str, length_s: float, latents: Tensor) -> Conditions:
        """Words as the engine gives them, no reference, all to be made: steps 1 to 5 of the pipeline's call."""
        pipe, device = self.pipe, next(self.pipe.text_encoder.parameters()).device
        dtype, count = pipe.text_encoder.dtype, latents.shape[1]
        instruction = pipe._get_task_instruction(task_type="text2music")
        text, text_mask, lyric, lyric_mask = pipe.encode_prompt(
            prompt=[prompt],
            lyrics=["[Instrumental]"],
            device=device,
            vocal_language="unknown",
            audio_duration=length_s,
            instruction=instruction,
        )
        silence, _ = pipe.prepare_src_latents(device=device, dtype=dtype, latent_length=count)
        nobody = pipe.condition_encoder.silence_latent
        frames = math.ceil(30 * pipe.latents_per_second)
        words, _ = pipe.condition_encoder(
            text_hidden_states=text, text_attention_mask=text_mask, lyric_hidden_states=lyric,
            lyric_attention_mask=lyric_mask,
            refer_audio_acoustic_hidden_states_packed=nobody[:, :frames].to(device, dtype),
            refer_audio_order_mask=torch.zeros(1, device=device, dtype=torch.long),
        )  # fmt: skip
        return {"encoder_hidden_states": words, "context_latents": torch.cat([silence, torch.ones_like(silence)], -1)}

    def sigma(self, share: Tensor) -> Tensor:
        """Evenly, then shifted towards noise."""
        even = 1 - share
        return self.shift * even / (1 + (self.shift - 1) * even)

    def velocity(self, noisy: Tensor, sigma: Tensor, told: Conditions, given: Tensor | None) -> Tensor:
        """Both time steps the same, as in the pipeline."""
        said: Tensor = self.pipe.transformer(
            hidden_states=noisy, timestep=sigma, timestep_r=sigma, **told, return_dict=False
        )[0]
        return said


def encoders(pipe: Any) -> list[Any]:
    """The networks of a pipeline that are only needed before it learns."""
    return [
        part for name, part in pipe.components.items() if isinstance(part, torch.nn.Module) and name != "transformer"
    ]


def stacked(told: Sequence[Mapping[str, Tensor]]) -> Conditions:
    """Conditions of single windows, all of one shape, as those of a batch."""
    return {name: torch.cat([each[name] for each in told]) for name in told[0]}


def flow_of(engine: str, base: Path, *, dtype: torch.dtype) -> Flow:
    """An engine's pipeline, from a folder in the layout of diffusers, ready to learn.

    Raises
    ------
    EngineError
        If the engine cannot be tuned, or the folder cannot be loaded.
    """
    if engine not in ENGINES:
        raise EngineError(f"engine {engine!r}", f"one of {', '.join(ENGINES)}", "choose one of these")
    import diffusers

    name, flow = ENGINES[engine]
    try:
        pipe = getattr(diffusers, name).from_pretrained(str(base), torch_dtype=dtype, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        raise EngineError(
            f"weights in {str(base)!r}: {type(error).__name__}: {str(error)[:120]}",
            f"a folder of {name}",
            "correct --base",
        ) from error
    pipe.set_progress_bar_config(disable=True)
    made: Flow = flow(pipe)
    return made


ENGINES: dict[str, tuple[str, Any]] = {
    "stable-audio-3": ("StableAudio3Pipeline", StableAudio3Flow),
    "ace-step": ("AceStepPipeline", AceStepFlow),
}
