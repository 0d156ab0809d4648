"""MusicLDM (Chen et al.), through diffusers; `models.studio.engines.mels` says how it paints.

Conventions: 10.24 s at most, mono at 16 kHz.

Source: Chen et al. 2023, MusicLDM; huggingface.co/ucsd-reach/musicldm.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.studio.engines.mels import MelEngine


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


def load(weights: str = "", **how: Any) -> MusicLDM:
    """The engine with some weights; `engines.base.Engine` says how."""
    return MusicLDM(weights, **how)
