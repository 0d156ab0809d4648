"""The trained weights: found, checked by hash, loaded once (`models.published`).

Conventions: the environment variable ``CUEWRIGHT_COMPOSER``
names another file instead: whole weights, unchecked, for those who train, or what `models.tuning` learned beside the
published ones, which are then checked and read first.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import EngineError
from models.published import Published, digest_of
from models.tuning.provenance import Provenance, of_head

if TYPE_CHECKING:
    from torch import Tensor

    from models.transformer.network import Composer

FOLDER = Path(__file__).parent / "weights"
VARIABLE = "CUEWRIGHT_COMPOSER"


def _published() -> Published:
    return Published(FOLDER, VARIABLE, "models.transformer.train")


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
    'composer.safetensors'
    """
    known = _published()
    (name, sources), path = known.about(), known.other
    if path is None:
        return name, sources
    tuning = of_head(known.read(path)[0]) if path.is_file() else None
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
    known = _published()
    if known.other is None:
        known.check()
    head, tensors = known.read(path)
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
    known = _published()
    path = known.own_path
    if not path.is_file():
        raise EngineError(f"the composer's weights, not at {path}", "composer.safetensors", "fetch them with this copy")
    return known.check(), _built(path, *known.read(path), dropout=dropout)


def _tuned(path: Path, tuning: Provenance, learned: dict[str, Tensor]) -> tuple[dict[str, str], dict[str, Tensor]]:
    """The published weights with what was learned beside them folded in."""
    known = _published()
    wanted = known.sha256
    if tuning.engine != "composer" or tuning.base != wanted:
        raise EngineError(
            f"{path.name}, learned beside {tuning.engine} {tuning.base[:12]}", f"beside the composer {wanted[:12]}",
            "tune anew with models.tuning.composer, or leave CUEWRIGHT_COMPOSER out",
        )  # fmt: skip
    head, tensors = known.read(known.check())
    from models.tuning.lowrank import folded

    try:
        return head, folded(tensors, learned)
    except (KeyError, RuntimeError) as error:
        raise _published().unfit(path, error) from error


def _built(path: Path, head: dict[str, str], tensors: dict[str, Tensor], *, dropout: float = 0.0) -> Composer:
    """The network that a file describes."""
    from models.transformer.network import Composer, Shape

    try:
        model = Composer(Shape(**json.loads(head["shape"])), dropout)
        model.load_state_dict(tensors)
    except (KeyError, TypeError, RuntimeError) as error:
        raise _published().unfit(path, error) from error
    return model
