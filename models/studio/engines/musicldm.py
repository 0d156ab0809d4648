"""MusicLDM (Chen et al.), through diffusers; `models.studio.engines.mels` says how it paints.

Conventions: 10.24 s at most, mono at 16 kHz. Its pipeline is no longer kept up, and trips over what CLAP gives in
transformers 5; so it is given what CLAP makes of the words, not the words.

Source: Chen et al. 2023, MusicLDM; huggingface.co/ucsd-reach/musicldm.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.studio.engines.mels import MelEngine
from models.studio.values import Request


class MusicLDM(MelEngine):
    """The engine."""

    name = "musicldm"
    guidance = 2.0

    def load_from(self, where: Path) -> Any:
        """The pipeline; its way to offload parts takes the number of a device, not its name."""
        wanted, self.offload = self.offload, False
        try:
            made = self.pipeline(where, "MusicLDMPipeline")
        finally:
            self.offload = wanted
        if wanted and not self.device.startswith("cpu"):
            made.enable_model_cpu_offload(int(self.device.partition(":")[2] or 0))
        return made

    def words(self, model: Any, request: Request) -> dict[str, Any]:
        """What CLAP makes of the words, for each seed."""
        count = len(request.seeds)
        return {
            "prompt_embeds": _embedded(model, request.prompt).repeat(count, 1),
            "negative_prompt_embeds": _embedded(model, request.negative).repeat(count, 1),
        }


def load(weights: str = "", **how: Any) -> MusicLDM:
    """The engine with some weights; `engines.base.Engine` says how."""
    return MusicLDM(weights, **how)


def _embedded(model: Any, words: str) -> Any:
    """What CLAP makes of words, shape (1, width)."""
    import torch

    most = model.tokenizer.model_max_length
    read = model.tokenizer([words], padding="max_length", max_length=most, truncation=True, return_tensors="pt")
    read = read.to(model._execution_device)
    with torch.no_grad():
        found = model.text_encoder.get_text_features(read.input_ids, attention_mask=read.attention_mask)
    return getattr(found, "pooler_output", found)
