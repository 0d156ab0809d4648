"""The trained weights: packed small, found, checked by hash, loaded.

Conventions: a tuned layer is the difference to the published one, eight bits a number with a scale a row; heads are
half precision; the table of pieces is eight bits with a scale a row. ``weights/weights.toml`` names every file with
its SHA-256 and what it learned from. The file of EmoBank is share-alike, stands apart, and nothing else needs it.
"""

from __future__ import annotations

import hashlib
import tomllib
from typing import Any

import torch
from torch import Tensor

from assistant.errors import EngineError
from models.emotion.present import FOLDER

LARGEST_BYTES = 8_000_000
"""What all files together may weigh."""

_SCALE = ".scale"


def record() -> dict[str, Any]:
    """What ``weights.toml`` says, the file of ``emobank.toml`` added; empty when they are not there."""
    told: dict[str, Any] = {}
    for name in ("weights.toml", "emobank.toml"):
        if (path := FOLDER / name).is_file():
            each = tomllib.loads(path.read_text("utf-8"))
            told = each | told | {"files": told.get("files", {}) | each["files"]}
    return told


def packed(tensors: dict[str, Tensor], *, narrow: frozenset[str] = frozenset()) -> dict[str, Tensor]:
    """Tensors as they are stored: those named in ``narrow`` as eight bits a number with a scale a row, others half."""
    stored = {}
    for name, tensor in tensors.items():
        if name in narrow:
            scale = tensor.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
            stored[name] = (tensor / scale).round().to(torch.int8)
            stored[name + _SCALE] = scale.half()
        else:
            stored[name] = tensor.half().contiguous()
    return stored


def unpacked(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """What `packed` made, as single precision."""
    return {
        name: tensor.float() * stored[name + _SCALE].float() if name + _SCALE in stored else tensor.float()
        for name, tensor in stored.items()
        if not name.endswith(_SCALE)
    }


def load(name: str) -> dict[str, Tensor]:
    """The tensors of one file.

    Raises
    ------
    EngineError
        If it is absent, damaged or not the one on record.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load as read

    path = FOLDER / name
    try:
        content = path.read_bytes()
        wanted = record().get("files", {}).get(name, {}).get("sha256")
        if hashlib.sha256(content).hexdigest() != wanted:
            raise EngineError(f"{name} is another file", "the file on record in weights.toml", "fetch this copy anew")
        return unpacked(read(content))
    except (OSError, SafetensorError) as error:
        raise EngineError(f"{name}: {error}", "weights that models.emotion.train wrote", "train anew") from error


def save(name: str, tensors: dict[str, Tensor]) -> str:
    """Write one file; its SHA-256."""
    from safetensors.torch import save_file

    FOLDER.mkdir(exist_ok=True)
    save_file(tensors, str(FOLDER / name))
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
