"""An engine that paints a score out of noise with a small denoiser of its own, trained on rights-clean music.

Read it in this order: `roll` (notes as patches), `tokens` (what is asked of each), `examples` (what is learned from),
`schedule`, `denoiser`, `train`; then `canvas` (a plan as patches), `denoising`, `rolls` (what it found), `rhythms`,
`lines`, `reading` (notes, under the composer's rules) and `engine` (the one method).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.diffusion_score.engine import DiffusionGenerator

__all__ = ["DiffusionGenerator"]


def __getattr__(name: str) -> Any:
    """The engine, imported when it is asked for: training and listing do without it."""
    if name == "DiffusionGenerator":
        from models.diffusion_score.engine import DiffusionGenerator

        return DiffusionGenerator
    raise AttributeError(name)
