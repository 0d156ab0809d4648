"""Which engine of sound paints for an effort, and how it goes on when a device has too little memory.

For ``final`` the best engine is taken whose weights are here, which fits a GPU of this machine and whose licence allows
the use; every engine that is passed over says why. An engine is loaded by a `Way`, and
`ways_for` gives the ways in the order in which they are tried: whole, then one candidate at a time, then half
precision, then with the parts that are not at work in main memory (accelerate), then in shorter windows, then its
smaller weights, then a smaller engine. After the last the composer's own rendering stays, which whoever asked has.

Conventions: GiB of device memory, as ``prompts/studio/checkpoints.toml`` has them for half precision. Torch is imported
when a device is looked for, and that only where weights are here: who lists engines waits for neither.

Without a GPU no engine of sound is chosen by itself, for it takes minutes; one that is named paints all the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from assistant.datafile import read_data
from assistant.remark import Remark
from models.lending import is_lent
from models.studio.checkpoints import Checkpoint, checkpoint, checkpoints, missing
from models.studio.prompting import FOLDER

ORDER = ("stable-audio-3", "ace-step", "stable-audio-open", "musicgen-melody", "musicgen", "audioldm2", "musicldm")
"""Best first: long windows, stereo and a full spectrum, then mono at 32 kHz, then 16 kHz."""
DULL_HZ = 32_000
"""Engines of a lower rate are never taken unasked."""
LENT_GIB = 70.0
"""What ZeroGPU lends: an H200 slice, by its documentation; nothing may touch CUDA to ask."""
SHORTER = (0.5, 0.25)
"""Shares of a model's longest window that are tried when memory is short."""
COMPILE, PRECISION = "CUEWRIGHT_COMPILE", "CUEWRIGHT_DTYPE"
"""With the first set to 1, models are compiled on a GPU (torch.compile): the first take waits, later ones gain. The
second names a dtype other than the engine's own to begin with, such as float32."""


@dataclass(frozen=True)
class Device:
    """Where models run: a name of torch's, and its memory in GiB."""

    name: str
    memory_gib: float

    @property
    def is_gpu(self) -> bool:
        """Whether it is quick enough to be chosen unasked."""
        return self.name != "cpu"


@dataclass(frozen=True)
class Way:
    """How weights are loaded and used.

    Parameters
    ----------
    engine, weights : str
        Whose words it understands, and a name of ``prompts/studio/checkpoints.toml``.
    device : str
    dtype : str
        Name of torch's; empty for the engine's own: half precision on a GPU, single elsewhere.
    offload : bool
        Whether parts that are not at work wait in main memory.
    together : bool
        Whether all candidates of a window are drawn in one batch.
    share : float
        Of the longest window that the model paints.
    compiled : bool
    """

    engine: str
    weights: str
    device: str = "cpu"
    dtype: str = ""
    offload: bool = False
    together: bool = True
    share: float = 1.0
    compiled: bool = False

    @property
    def loaded_alike(self) -> tuple[object, ...]:
        """Ways that have these in common use the same loaded model."""
        return (self.weights, self.device, self.dtype, self.offload, self.compiled)


@dataclass(frozen=True)
class Choice:
    """The engine of an effort (None: none of sound), and why not each that would have been better."""

    engine: str | None
    reasons: tuple[str, ...]


@cache
def device_here() -> Device:
    """The best device of this machine; where GPUs are lent, the one that will be."""
    if is_lent():
        return Device("cuda", LENT_GIB)
    import torch

    if torch.cuda.is_available():
        sizes = [torch.cuda.get_device_properties(index).total_memory for index in range(torch.cuda.device_count())]
        largest = max(range(len(sizes)), key=sizes.__getitem__)
        return Device(f"cuda:{largest}", sizes[largest] / 2**30)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 8 * 2**30
    return Device("mps" if torch.backends.mps.is_available() else "cpu", memory / 2**30)


def about(engine: str) -> Mapping[str, Any]:
    """What the engine's own file says of it: what it learned from, what it costs on a lent GPU."""
    return read_data(FOLDER / f"{engine}.toml")


def sizes_of(engine: str) -> tuple[Checkpoint, ...]:
    """The weights of an engine, largest first."""
    found = [checkpoint(engine)]
    while found[-1].smaller:
        found.append(checkpoint(found[-1].smaller))
    return tuple(found)


def why_not(engine: str) -> str:
    """Why an engine can't paint here at all, in one sentence; empty when it can."""
    here = [size for size in sizes_of(engine) if not missing(size.name)]
    if not here:
        return missing(engine)
    device, least = device_here(), min(size.offload_gib for size in here)
    if device.memory_gib < least:
        return f"{device.name} has {device.memory_gib:.0f} GiB of memory and it needs {least:g}"
    return ""


def choose(*, use: str = "other", insist: bool = False, device: Callable[[], Device] | None = None) -> Choice:
    """The engine of sound for the effort ``final``.

    Parameters
    ----------
    use : str
        What the music is for; ``ad`` refuses weights that are not for commercial use.
    insist : bool
        Whether the person wants such weights even so.
    device : callable, optional
        Asked only where weights are here.
    """
    reasons: list[str] = []
    for name in ORDER:
        reason = why_not(name)
        if not reason and use == "ad" and not checkpoint(name).commercial_use and not insist:
            reason = f"its weights are {checkpoint(name).licence}: not for an advert unless you insist"
        if not reason and checkpoint(name).rate_hz < DULL_HZ:
            reason = f"at {checkpoint(name).rate_hz / 1000:g} kHz it is duller than the composer's own rendering"
        if not reason and not (device or device_here)().is_gpu:
            reason = "without a GPU it takes minutes; name it if you want to wait"
        if not reason:
            return Choice(name, tuple(reasons))
        reasons.append(f"{name}: {reason}")
    return Choice(None, tuple(reasons))


def ways_for(
    engine: str, *, use: str = "other", device: Device | None = None, has: Callable[[str], bool] | None = None
) -> Iterator[Way]:
    """The ways to paint with an engine, in the order in which they are tried.

    Parameters
    ----------
    engine : str
    use : str
        An advert doesn't step down from weights for commercial use to others.
    device : Device, optional
    has : callable, optional
        Whether weights of a name are here.
    """
    device, has = device or device_here(), has or (lambda name: not missing(name))
    tried = [size for size in sizes_of(engine) if has(size.name)]
    for size in tried:
        yield from _ways_of(engine, size, device, careful=size is not tried[0])
    least_gib = min((size.offload_gib for size in tried), default=0.0)
    for name in ORDER:
        size = checkpoint(name)
        allowed = use != "ad" or size.commercial_use
        if name != engine and allowed and has(name) and size.offload_gib < least_gib and size.rate_hz >= DULL_HZ:
            yield from _ways_of(name, size, device, careful=True)


def _ways_of(engine: str, size: Checkpoint, device: Device, *, careful: bool) -> Iterator[Way]:
    """The ways with one set of weights; ``careful``: with all that spares memory at once."""
    compiled = device.is_gpu and os.environ.get(COMPILE, "") == "1"
    whole = Way(engine, size.name, device.name, os.environ.get(PRECISION, ""), compiled=compiled)
    alone = replace(whole, together=False)
    half = replace(alone, dtype="")
    least = replace(half, offload=device.is_gpu, compiled=False)
    spared = careful or device.memory_gib < size.memory_gib
    first = [least] if spared and device.is_gpu else list(dict.fromkeys((whole, alone, half, least)))
    yield from first
    for share in SHORTER:
        yield replace(least, share=share)


def step(before: Way, after: Way, window_s: float) -> Remark:
    """What is said when memory was short one way and another is gone."""
    if after.weights != before.weights:
        return Remark.of("studio_smaller", model=checkpoints()[after.weights].title)
    if after.share != before.share:
        return Remark.of("studio_shorter", seconds=round(window_s))
    done = "offload" if after.offload else "half precision" if after.dtype != before.dtype else "one by one"
    return Remark.of("studio_careful", step=done)
