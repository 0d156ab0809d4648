"""A model of others that is loaded at its first request and kept, from a folder of weights or from where they lie here.

Conventions: nothing is loaded, and torch is not imported, before `Loaded.model` is first asked for. One request at a
time per model. What was loaded stays usable after an error. Nothing here reaches the network.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from assistant.errors import EngineError
from models.studio import checkpoints


class Loaded:
    """Weights on a device.

    Parameters
    ----------
    source : Path or None
        Their folder; None for where `models.studio.checkpoints` finds those of ``name``.
    device : str
        Such as ``cuda:0``; empty for a GPU where there is one.
    dtype : str
        Such as ``float16``; empty for half precision on a GPU and ``float32`` elsewhere.
    """

    name = ""
    half = "float16"
    """What half precision is for this model."""

    def __init__(self, source: Path | None = None, *, device: str = "", dtype: str = "") -> None:
        self.source, self._device, self._dtype = source, device, dtype
        self._lock = threading.RLock()
        self._model: Any = None

    @property
    def device(self) -> str:
        """Where it works."""
        if not self._device:
            import torch

            self._device = "cuda" if torch.cuda.is_available() else "cpu"
        return self._device

    @property
    def dtype(self) -> str:
        """In which precision."""
        return self._dtype or (self.half if self.device.startswith("cuda") else "float32")

    def warm(self) -> None:
        """Load now what the first request would wait for."""
        self.model()

    def model(self) -> Any:
        """What was loaded; raises `EngineError` with the cure where the weights are not there or can't be read."""
        with self._lock:
            if self._model is None:
                folder = self._folder()
                try:
                    self._model = self.load(folder)
                except EngineError:
                    raise
                except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
                    self._fail(folder, error)
            return self._model

    def load(self, folder: Path) -> Any:
        """Load from a folder; what an engine fills in."""
        raise NotImplementedError

    def _folder(self) -> Path:
        if self.source is not None:
            if not self.source.is_dir():
                given = f"engine {self.name!r}: no folder {str(self.source)!r}"
                raise EngineError(given, "a folder with its weights", "name another")
            return self.source
        why_not, found = checkpoints.missing(self.name), checkpoints.folder(self.name)
        if why_not or found is None:
            raise EngineError(f"engine {self.name!r}: {why_not}", "weights on this machine", "fetch them first")
        return found

    def _fail(self, folder: Path, error: Exception) -> None:
        import torch

        if isinstance(error, torch.cuda.OutOfMemoryError):
            from models.studio.values import DeviceMemoryError

            given = f"engine {self.name!r}: too little memory on {self.device} to load it"
            raise DeviceMemoryError(given, "a device that holds it", "choose a smaller engine") from error
        given = f"engine {self.name!r}: its weights in {str(folder)!r} can't be read ({type(error).__name__})"
        raise EngineError(f"{given}: {str(error)[:120]}", "weights as they were published", "fetch them again") from error


def quietly() -> None:
    """Keep the bars of loading, which are no one's progress here, out of the terminal."""
    from diffusers.utils import logging as of_diffusers
    from transformers.utils import logging as of_transformers

    of_diffusers.disable_progress_bar()
    of_transformers.disable_progress_bar()
