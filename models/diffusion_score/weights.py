"""The trained weights: found, checked by hash, loaded once.

Conventions: `weights/weights.toml` names the file and its SHA-256; the environment variable ``CUEWRIGHT_DIFFUSION``
names another file instead, unchecked, for those who train. Tensors are half precision in the file and single in memory.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import EngineError

if TYPE_CHECKING:
    from models.diffusion_score.denoiser import Denoiser

FOLDER = Path(__file__).parent / "weights"
VARIABLE = "CUEWRIGHT_DIFFUSION"


def weights_path() -> Path:
    """The file that would be loaded, there or not."""
    named = os.environ.get(VARIABLE, "")
    if named:
        return Path(named)
    return FOLDER / str(_record().get("file", "diffusion.safetensors"))


def missing() -> str:
    """Why the weights cannot be loaded; empty when they can."""
    path = weights_path()
    if path.is_file():
        return ""
    return f"its weights are not at {path}" if os.environ.get(VARIABLE) else "its weights are not part of this copy"


def about() -> tuple[str, tuple[str, ...]]:
    """Name and hash of the published weights, and what they learned from, each with its licence.

    Examples
    --------
    >>> about()[0].split()[0]
    'diffusion.safetensors'
    """
    record = _record()
    sources = tuple(f"{each['name']} ({each['licence']})" for each in record.get("learned_from", ()))
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE]).name, ()
    return f"{record.get('file', '')} (SHA-256 {str(record.get('sha256', ''))[:16]})", sources


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
    if not os.environ.get(VARIABLE):
        _check(path)
    from safetensors import SafetensorError, safe_open

    from models.diffusion_score.denoiser import Denoiser, Shape

    try:
        with safe_open(str(path), "pt") as file:
            head: dict[str, str] = file.metadata() or {}
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - not a mapping
        model = Denoiser(Shape(**json.loads(head["shape"])))
        model.load_state_dict(tensors)
    except (SafetensorError, KeyError, TypeError, RuntimeError) as error:
        raise EngineError(
            f"{path.name}: {error}", "weights that models.diffusion_score.train wrote", "train anew"
        ) from error
    model.eval()
    return model


def _check(path: Path) -> None:
    """The file is the one whose hash is on record."""
    wanted = str(_record().get("sha256", ""))
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != wanted:
        raise EngineError(
            f"{path.name} with SHA-256 {found[:12]}", f"{wanted[:12]}", "fetch this copy's own file again"
        )


def _record() -> dict[str, Any]:
    table = FOLDER / "weights.toml"
    return tomllib.loads(table.read_text("utf-8")) if table.is_file() else {}
