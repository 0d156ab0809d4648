"""Models of others that are loaded through transformers at their first question and kept.

Conventions: one question at a time. Whatever is wrong with a folder is an `AdviserError` that names the model.
"""

from __future__ import annotations

import threading
from typing import Any

from assistant.interpret import AdviserError


class Lazy:
    """A model and what makes its inputs, from a folder or the hub.

    Parameters
    ----------
    source : str
        A folder that `transformers` can load, or a name on the hub.
    patience_s : float
        Seconds for an answer, loading apart.
    """

    kind, legal, cure = "model", "a model for transformers", "name another"
    auto = ("AutoModel", "AutoTokenizer")
    """Names of the classes of `transformers` that load the model and what makes its inputs."""

    def __init__(self, source: str, *, patience_s: float) -> None:
        self.source, self.patience_s = source, patience_s
        self._loaded: tuple[Any, Any] | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The last part of its source."""
        return self.source.rstrip("/").rsplit("/", 1)[-1]

    def _model(self) -> tuple[Any, Any]:
        """The model, on a GPU where there is one, and what makes its inputs; loaded once."""
        if self._loaded is None:
            try:
                import torch
                import transformers

                of_model, of_inputs = (getattr(transformers, name) for name in self.auto)
                maker = of_inputs.from_pretrained(self.source)
                model = of_model.from_pretrained(self.source, dtype="auto")
                model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
            except Exception as error:  # the words are read without it
                raise self._error(f"{type(error).__name__}: {str(error)[:80]}") from error
            self._loaded = (model, maker)
        return self._loaded

    def _error(self, what: str) -> AdviserError:
        return AdviserError(f"{self.kind} {self.name!r}: {what}", self.legal, self.cure)
