"""The trained weights: found, checked by hash, loaded once (`models.published`).

Conventions: the environment variable ``CUEWRIGHT_DIFFUSION`` names another file instead, unchecked, for those who
train.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import EngineError
from models.published import Published

if TYPE_CHECKING:
    from models.diffusion_score.denoiser import Denoiser

FOLDER = Path(__file__).parent / "weights"
VARIABLE = "CUEWRIGHT_DIFFUSION"


def _published() -> Published:
    return Published(FOLDER, VARIABLE, "models.diffusion_score.train")


def weights_path() -> Path:
    """The file that would be loaded, there or not."""
    return _published().path


def missing() -> str:
    """Why the weights cannot be loaded; empty when they can."""
    return _published().missing()


def about() -> tuple[str, tuple[str, ...]]:
    """Name and hash of the published weights, and what they learned from, each with its licence.

    Examples
    --------
    >>> about()[0].split()[0]
    'diffusion.safetensors'
    """
    other = _published().other
    return (other.name, ()) if other else _published().about()


def load_denoiser() -> Denoiser:
    """The trained network, in evaluation mode.

    Raises
    ------
    EngineError
        If the file is absent, is not the one that was published, or is of another shape.
    """
    reason = missing()
    if reason:
        raise EngineError(f"diffusion-score: {reason}", "diffusion.safetensors", "choose the engine composer or rules")
    path = weights_path()
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _load(path: Path, changed: int) -> Denoiser:
    del changed  # a new file at the same place is loaded anew
    known = _published()
    if known.other is None:
        known.check()
    head, tensors = known.read(path)
    from models.diffusion_score.denoiser import Denoiser, Shape

    try:
        model = Denoiser(Shape(**json.loads(head["shape"])))
        model.load_state_dict(tensors)
    except (KeyError, TypeError, RuntimeError) as error:
        raise known.unfit(path, error) from error
    return model.eval()
