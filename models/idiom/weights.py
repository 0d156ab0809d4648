"""What was learned, on disk: written by `models.idiom.train`, checked by hash and read once.

Conventions: ``weights/idiom.safetensors`` has the classifier and the tables of moves and rhythm in half precision;
``weights/idiom.toml`` has its SHA-256, the cells, and for each region what it was learned from and under which licence.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import EngineError
from models.idiom.habits import Habits, unnamed

Array = npt.NDArray[Any]
FOLDER = Path(__file__).parent / "weights"
HEAD, FILE = "idiom.toml", "idiom.safetensors"


@dataclass(frozen=True)
class Learned:
    """What a region's idiom was learned from: collection, tunes, licence."""

    region: str
    collection: str
    tunes: int
    licence: str


def habits_of(region: str | None) -> Habits | None:
    """A region's habits; None where none were learned.

    Raises
    ------
    EngineError
        If the file is not the one that was published.
    """
    if region is None or region not in _record()["regions"]:
        return None
    return _habits(region)


def learned_of(region: str) -> Learned | None:
    """What a region's idiom was learned from; None where it is spoken by grammar alone.

    Examples
    --------
    >>> learned_of("ireland").licence
    'Unlicense, CC BY 4.0'
    >>> learned_of("china") is None
    True
    """
    found = _record()["regions"].get(region)
    if found is None:
        return None
    return Learned(region, found["collection"], found["tunes"], found["licence"])


@lru_cache(maxsize=16)
def _habits(region: str) -> Habits:
    arrays = tensors()
    cells = {
        unnamed(spans)[0]: {unnamed(rhythm): share for rhythm, share in known.items()}
        for spans, known in json.loads(_record()["regions"][region]["cells"]).items()
    }
    return Habits(arrays[f"{region}.moves"], arrays[f"{region}.rhythm"], cells)


@lru_cache(maxsize=1)
def tensors() -> Mapping[str, Array]:
    """Every array, single precision."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    path, wanted = FOLDER / FILE, _record()["sha256"]
    try:
        content = path.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != wanted:
            raise EngineError(f"{FILE} with SHA-256 {found[:12]}", f"{wanted[:12]}", "fetch this copy's own file again")
        return {name: array.astype(np.float32) for name, array in load(content).items()}
    except (OSError, SafetensorError) as error:
        raise EngineError(f"{FILE}: {error}", "what models.idiom.train wrote", "fetch it again, or train") from error


@lru_cache(maxsize=1)
def _record() -> dict[str, Any]:
    table = FOLDER / HEAD
    return tomllib.loads(table.read_text("utf-8")) if table.is_file() else {"regions": {}, "sha256": ""}
