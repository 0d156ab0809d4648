"""AudioLDM 2 (Liu et al.), the weights for music, through diffusers; `models.studio.engines.mels` says how it paints.

Conventions: 10.24 s at most, mono at 16 kHz. The published folder names its language model as a class that no longer
generates in transformers 5; the same weights are loaded as the class that does.

Source: Liu et al. 2023, AudioLDM 2; huggingface.co/cvssp/audioldm2-music.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.studio.engines.mels import MelEngine


class AudioLDM2(MelEngine):
    """The engine."""

    name = "audioldm2"
    guidance = 3.5

    def load_from(self, where: Path) -> Any:
        """The pipeline."""
        import torch
        from transformers import GPT2LMHeadModel

        language = GPT2LMHeadModel.from_pretrained(
            str(where / "language_model"), dtype=getattr(torch, self.dtype), local_files_only=True
        )
        return self.pipeline(where, "AudioLDM2Pipeline", language_model=language)


def load(weights: str = "", **how: Any) -> AudioLDM2:
    """The engine with some weights; `engines.base.Engine` says how."""
    return AudioLDM2(weights, **how)
