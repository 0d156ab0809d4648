"""The trained weights: found, checked by hash, loaded once.

Conventions: `weights/weights.toml` names the file and its SHA-256; the environment variable ``CUEWRIGHT_COMPOSER``
names another file instead: whole weights, unchecked, for those who train, or what `models.tuning` learned beside the
published ones, which are then checked and read first. Tensors are half precision in the file and single in memory.
"""

from __future__ import annotations

import json
import os
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import EngineError
from models.tuning.provenance import Provenance, digest_of, of_head

if TYPE_CHECKING:
    from torch import Tensor

    from models.transformer.network import Composer

FOLDER = Path(__file__).parent / "weights"
VARIABLE = "CUEWRIGHT_COMPOSER"


def weights_path() -> Path:
    """The file that would be loaded, there or not."""
    named = os.environ.get(VARIABLE, "")
    if named:
        return Path(named)
    return FOLDER / str(_record().get("file", "composer.safetensors"))


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
    'composer.safetensors'
    """
    record = _record()
    sources = tuple(f"{each['name']} ({each['licence']})" for each in record.get("learned_from", ()))
    name = f"{record.get('file', '')} (SHA-256 {str(record.get('sha256', ''))[:16]})"
    if not os.environ.get(VARIABLE):
        return name, sources
    path = Path(os.environ[VARIABLE])
    tuning = of_head(_read(path)[0]) if path.is_file() else None
    if tuning is None:
        return path.name, ()
    return f"{name}, tuned by {path.name} (SHA-256 {digest_of(path)[:16]})", (*sources, tuning.sources())


def load_composer() -> Composer:
    """The trained network, in evaluation mode.

    Raises
    ------
    EngineError
        If the file is absent, is not the one that was published, or is of another shape.
    """
    reason = missing()
    if reason:
        raise EngineError(f"the composer: {reason}", "composer.safetensors", "choose the engine rules")
    path = weights_path()
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _load(path: Path, changed: int) -> Composer:
    del changed  # a new file at the same place is loaded anew
    if not os.environ.get(VARIABLE):
        _check(path)
    head, tensors = _read(path)
    if (tuning := of_head(head)) is not None:
        head, tensors = _tuned(path, tuning, tensors)
    return _built(path, head, tensors).eval()


def published(*, dropout: float = 0.0) -> tuple[Path, Composer]:
    """The published weights, whatever the environment names, in a network of their own to go on learning.

    Raises
    ------
    EngineError
        If they are absent, or are not the ones that were published.
    """
    path = FOLDER / str(_record().get("file", "composer.safetensors"))
    if not path.is_file():
        raise EngineError(f"the composer's weights, not at {path}", "composer.safetensors", "fetch them with this copy")
    _check(path)
    return path, _built(path, *_read(path), dropout=dropout)


def _read(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    """Head and tensors of a file; neither where it is no safetensors file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), "pt") as file:
            return file.metadata() or {}, {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise _unfit(path, error) from error


def _tuned(path: Path, tuning: Provenance, learned: dict[str, Tensor]) -> tuple[dict[str, str], dict[str, Tensor]]:
    """The published weights with what was learned beside them folded in."""
    wanted = str(_record().get("sha256", ""))
    if tuning.engine != "composer" or tuning.base != wanted:
        raise EngineError(
            f"{path.name}, learned beside {tuning.engine} {tuning.base[:12]}", f"beside the composer {wanted[:12]}",
            "tune anew with models.tuning.composer, or leave CUEWRIGHT_COMPOSER out",
        )  # fmt: skip
    base = FOLDER / str(_record().get("file", ""))
    _check(base)
    head, tensors = _read(base)
    from models.tuning.lowrank import folded

    try:
        return head, folded(tensors, learned)
    except (KeyError, RuntimeError) as error:
        raise _unfit(path, error) from error


def _built(path: Path, head: dict[str, str], tensors: dict[str, Tensor], *, dropout: float = 0.0) -> Composer:
    """The network that a file describes."""
    from models.transformer.network import Composer, Shape

    try:
        model = Composer(Shape(**json.loads(head["shape"])), dropout)
        model.load_state_dict(tensors)
    except (KeyError, TypeError, RuntimeError) as error:
        raise _unfit(path, error) from error
    return model


def _unfit(path: Path, error: Exception) -> EngineError:
    """That a file is none that can be loaded."""
    return EngineError(f"{path.name}: {error}", "weights that models.transformer.train wrote", "train anew")


def _check(path: Path) -> None:
    """The file is the one whose hash is on record."""
    wanted = str(_record().get("sha256", ""))
    found = digest_of(path)
    if found != wanted:
        raise EngineError(
            f"{path.name} with SHA-256 {found[:12]}", f"{wanted[:12]}", "fetch this copy's own file again"
        )


def _record() -> dict[str, Any]:
    table = FOLDER / "weights.toml"
    return tomllib.loads(table.read_text("utf-8")) if table.is_file() else {}
