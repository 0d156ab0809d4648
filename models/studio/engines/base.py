"""What every engine of sound shares: weights loaded once onto a device, a request checked, painted, told, and shaped.

Conventions: nothing is imported that is heavy, and nothing loaded, before the first request. Sounds come back in stereo
at the rate of the guide (or of what is renewed; else at ours), exactly as long as asked. One request at a time for each
engine. Chance comes from a generator for each seed, on the CPU, so that a seed means the same on every device.

An engine says how it loads (`Engine.load_from`) and what it draws (`Engine.draw`). It does not know which device to
choose for what (`models.studio.dispatch`), and it never downloads.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from assistant.audio import Waveform
from assistant.errors import AssistantError, EngineError
from assistant.generator import Progress, no_progress
from assistant.settings import RATE_HZ
from models.studio import checkpoints
from models.studio.engines.shaping import out_of, put_back
from models.studio.engines.steps import Steps, free_memory, is_too_little_memory
from models.studio.values import DeviceMemoryError, Request
from models.tuning.adapters import card, wear


class Engine(ABC):
    """A network that makes sound, loaded from the files of a checkpoint.

    Parameters
    ----------
    weights : str
        Of `models.studio.checkpoints`; empty for those that are named as the engine is.
    device : str
        Such as ``cuda:1``; empty for the one that accelerate finds.
    dtype : str
        Such as ``bfloat16``; empty for what the device does best.
    offload : bool
        Parts that are not at work wait in main memory (accelerate's hooks); slower, and needs a GPU.
    compiled : bool
        Compile the network that takes the steps.
    """

    name: ClassVar[str]
    can: ClassVar[frozenset[str]]
    denoiser: ClassVar[str] = "transformer"
    """The part of a pipeline that takes the steps."""

    def __init__(
        self, weights: str = "", *, device: str = "", dtype: str = "", offload: bool = False, compiled: bool = False
    ) -> None:
        self.checkpoint = checkpoints.checkpoint(weights or self.name)
        self.offload, self.compiled = offload, compiled
        self._device, self._dtype = device, dtype
        self.adapter: tuple[str, str] | None = None
        """Name of what was learned beside the weights that are loaded, and from what; None for these alone."""
        self._model: Any = None
        self._lock = threading.RLock()

    @property
    def abilities(self) -> frozenset[str]:
        """What it can do."""
        return self.can

    @property
    def longest_s(self) -> float:
        """What it can paint at once."""
        return self.checkpoint.longest_s

    @property
    def device(self) -> str:
        """Where it works: as named, else where accelerate would put it."""
        if not self._device:
            from accelerate import PartialState

            self._device = str(PartialState().device)
        return self._device

    @property
    def dtype(self) -> str:
        """In which numbers it works: as named, else half precision on a GPU of Nvidia's and single elsewhere."""
        if not self._dtype:
            import torch

            half = "bfloat16" if self.device.startswith("cuda") and torch.cuda.is_bf16_supported() else "float16"
            self._dtype = half if self.device.startswith("cuda") else "float32"
        return self._dtype

    def warm(self) -> None:
        """Load what the first request would wait for."""
        self.loaded()

    def loaded(self) -> Any:
        """The model on its device, loaded at the first call.

        Raises
        ------
        EngineError
            If its files are not here, not whole, or can't be loaded.
        DeviceMemoryError
            If the device has no room for them.
        """
        with self._lock:
            if self._model is None:
                reason = checkpoints.missing(self.checkpoint.name)
                where = checkpoints.folder(self.checkpoint.name)
                if reason or where is None:
                    raise EngineError(f"engine {self.name!r}: {reason}", "its weights, whole", "choose another engine")
                self._model = self.attempt(f"its weights in {where}", lambda: self.load_from(where))
            return self._model

    def paint(self, request: Request, *, progress: Progress = no_progress) -> tuple[Waveform, ...]:
        """One sound for each seed; see `models.studio.values.AudioModel`."""
        self._check(request)
        steps = Steps(progress, self.name)
        steps.say(0.0)
        what = f"{len(request.seeds)} x {request.length_s:.0f} s"
        with self._lock:
            model = self.loaded()
            try:
                drawn, rate_hz = self.attempt(what, lambda: self.draw(model, request, steps), steps)
            finally:
                self.restore(model)
        sounds = tuple(self._shaped(each, rate_hz, request) for each in drawn)
        steps.say(1.0)
        return sounds

    @abstractmethod
    def load_from(self, where: Path) -> Any:
        """The model that a folder holds, on the device."""

    @abstractmethod
    def draw(self, model: Any, request: Request, steps: Steps) -> tuple[Any, int]:
        """What the network gives, shape (seeds, channels, n) or (seeds, n), on the CPU, and its rate."""

    def restore(self, model: Any) -> None:
        """Leave the model as it was before a request, also where that was broken off."""
        free = getattr(model, "maybe_free_model_hooks", None)
        if free is not None:
            free()

    def pipeline(self, where: Path, kind: str, **parts: Any) -> Any:
        """A pipeline of diffusers from a folder, on the device, without its bars on the terminal.

        ``parts`` are given in place of those that the folder names.
        """
        import diffusers
        import torch
        from diffusers.utils import logging as of_diffusers
        from transformers.utils import logging as of_transformers

        of_diffusers.disable_progress_bar()
        of_transformers.disable_progress_bar()  # type: ignore[no-untyped-call,unused-ignore]
        made = getattr(diffusers, kind).from_pretrained(
            str(where), dtype=getattr(torch, self.dtype), local_files_only=True, use_safetensors=True, **parts
        )
        made.set_progress_bar_config(disable=True)
        self.adapter = card(self.name) if wear(getattr(made, self.denoiser), self.name) is not None else None
        if self.offload and not self.device.startswith("cpu"):
            made.enable_model_cpu_offload(device=self.device)
        else:
            made.to(self.device)
        if self.compiled:
            getattr(made, self.denoiser).compile()
        return made

    def attempt(self, what: str, work: Callable[[], Any], steps: Steps | None = None) -> Any:
        """What some work gives; what a library raises becomes an error of ours, what the listener raised does not.

        The error is raised when the library's own is gone: its frames hold what filled the device.
        """
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - raised below, as itself or as what it means
            problem = self._meant(error, what, steps)
        if isinstance(problem, DeviceMemoryError):
            free_memory()
        raise problem

    def _meant(self, error: Exception, what: str, steps: Steps | None) -> Exception:
        """What an exception means to whoever asked."""
        if isinstance(error, AssistantError) or (steps is not None and steps.raised is error):
            return error
        if is_too_little_memory(error):
            given = f"engine {self.name!r} on {self.device}: too little memory for {what}"
            return DeviceMemoryError(
                given, "what the device has room for", "ask for fewer, shorter ones, or a smaller model"
            )
        reason = " ".join(str(error).split())[:160]
        given = f"engine {self.name!r}, {what} ({type(error).__name__}: {reason})"
        problem = EngineError(
            given, "weights and a request that fit", "fetch the weights again, or choose another engine"
        )
        problem.__cause__ = error
        return problem

    def _check(self, request: Request) -> None:
        """Refuse what no network could paint at once."""
        if not 0 < request.length_s <= self.longest_s or not request.seeds:
            given = f"engine {self.name!r}: {len(request.seeds)} sounds of {request.length_s:g} s"
            raise EngineError(given, f"one or more, up to {self.longest_s:g} s", "paint it in windows")

    def _shaped(self, given: Any, rate_hz: int, request: Request) -> Waveform:
        """What the network gave, as it was asked for."""
        if not np.isfinite(given).all():
            given_words = f"engine {self.name!r}: sound that is not a number, in {self.dtype}"
            raise EngineError(given_words, "finite samples", "use float32, or other weights")
        if request.before is not None and request.renewed_s is not None:
            made = out_of(given, rate_hz, request.before.rate_hz, request.length_s)
            return put_back(request.before, made, request.renewed_s)
        wanted_hz = RATE_HZ if request.guide is None else request.guide.rate_hz
        return out_of(given, rate_hz, wanted_hz, request.length_s)


def chances(seeds: tuple[int, ...]) -> list[Any]:
    """A source of chance for each seed, on the CPU."""
    import torch

    return [torch.Generator("cpu").manual_seed(seed) for seed in seeds]


@contextmanager
def same_chance(device: str) -> Iterator[None]:
    """Within, torch's own chance, which some networks use unasked, is the same each time; after it, as it was."""
    import torch

    with torch.random.fork_rng([device] if device.startswith("cuda") else []):
        torch.manual_seed(0)
        yield
