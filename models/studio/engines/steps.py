"""How far an engine is, told at every step, and what may go wrong on a device.

Conventions: the share never falls; it reaches 1 only when sounds are given back, so a step is worth its part of what
is left for decoding too. Whoever listens may raise, and that very exception comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from assistant.generator import Progress

DECODING = 0.1
"""The share of the work that comes after the last step."""


@dataclass
class Steps:
    """The steps of one request, told to whoever asked.

    Parameters
    ----------
    progress : Progress
    name : str
        Of the engine.
    """

    progress: Progress
    name: str
    raised: BaseException | None = field(default=None, init=False)
    """What the listener raised."""
    _share: float = field(default=0.0, init=False)

    def tell(self, done: int, total: int) -> None:
        """Say that so many steps of so many are done."""
        self.say((1 - DECODING) * min(1.0, done / max(1, total)))

    def say(self, share: float) -> None:
        """Say how much is done in all."""
        self._share = max(self._share, share)
        try:
            self.progress(self._share, self.name)
        except BaseException as error:
            self.raised = error
            raise

    def at_end_of_step(self, pipe: Any, index: int, moment: Any, given: dict[str, Any]) -> dict[str, Any]:
        """What a pipeline of diffusers calls after each step."""
        del moment
        self.tell(index + 1, pipe.num_timesteps)
        return given


def is_too_little_memory(error: BaseException) -> bool:
    """Whether a library says that a device, or the machine, has no room."""
    import torch

    words = str(error).lower()
    told = "out of memory" in words or "can't allocate memory" in words
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (isinstance(error, RuntimeError) and told)


def free_memory() -> None:
    """Give back what no one holds any more."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
