"""The one model that is in memory: loaded the way that is asked for, and gone before another takes its place.

Conventions: a way is one of `models.studio.dispatch`. Making a model by its engine's own file loads nothing yet; its
weights are loaded when it first paints.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from importlib import import_module

from models.studio.dispatch import Way
from models.studio.values import AudioModel


class Loaded:
    """The one model that is in memory; another takes its place only when it's gone."""

    def __init__(self, load: Callable[[Way], AudioModel]) -> None:
        self._load = load
        self._way: tuple[object, ...] | None = None
        self._model: AudioModel | None = None

    def __call__(self, way: Way) -> AudioModel:
        """The model of a way, loaded unless it's there."""
        if self._model is None or self._way != way.loaded_alike:
            self.clear()
            self._model, self._way = self._load(way), way.loaded_alike
        return self._model

    def clear(self) -> None:
        """Let go of what is loaded, on the device too."""
        if self._model is None:
            return
        self._model = None
        gc.collect()
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_available():
            torch.cuda.empty_cache()


def load(way: Way) -> AudioModel:
    """The model of a way, by its engine's own file; its weights are loaded when it first paints."""
    module = import_module(f"models.studio.engines.{way.engine.replace('-', '_')}")
    made: AudioModel = module.load(
        way.weights, device=way.device, dtype=way.dtype, offload=way.offload, compiled=way.compiled
    )
    return made


loaded = Loaded(load)
"""Weights in memory, of this process."""
