"""What every model of sound needs around it: guides at its rate, draws by seed, exact lengths, spans put back.

Conventions: samples as in `assistant.audio`; spans in seconds. Chance comes from generators of a request's own, never
from torch's global one, so that takes that run side by side don't disturb each other, and a seed gives the same sound
whichever other seeds are in its batch (as far as the device adds alike).

It does not know any model.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from assistant.audio import Waveform
from assistant.audio.waveform import Samples
from models.studio.values import DeviceMemoryError

FADE_S = 0.03
"""Of old and new sound at the bounds of a renewed span, inside it; a bound at either end of the sound has none."""


def at_rate(sound: Waveform, rate_hz: int) -> Waveform:
    """The sound at another rate, as long as it was."""
    if sound.rate_hz == rate_hz:
        return sound
    from scipy.signal import resample_poly

    divisor = int(np.gcd(sound.rate_hz, rate_hz))
    samples = resample_poly(sound.samples, rate_hz // divisor, sound.rate_hz // divisor, axis=1)
    return Waveform(samples[:, : round(sound.length_s * rate_hz)].astype(np.float32), rate_hz)


def laid_out(sound: Waveform, *, rate_hz: int, channels: int, frames: int) -> Samples:
    """The sound as a model takes it, shape (channels, frames): cut, or silence after it."""
    heard = at_rate(sound, rate_hz).samples
    if channels == 1:
        heard = heard.mean(axis=0, keepdims=True)
    elif heard.shape[0] == 1:
        heard = np.repeat(heard, channels, axis=0)
    out = np.zeros((channels, frames), np.float32)
    count = min(frames, heard.shape[1])
    out[:, :count] = heard[:, :count]
    return out


def exactly(sound: Any, rate_hz: int, length_s: float) -> Waveform:
    """A model's sound, (channels, n) or (n,), as long as asked; what is not a number is silence."""
    samples = np.nan_to_num(np.atleast_2d(np.asarray(sound, np.float32)), nan=0.0, posinf=0.0, neginf=0.0)
    whole = Waveform(samples, rate_hz)
    return Waveform(laid_out(whole, rate_hz=rate_hz, channels=len(samples), frames=round(length_s * rate_hz)), rate_hz)


def put_back(before: Waveform, made: Waveform, renewed_s: tuple[float, float]) -> Waveform:
    """``before`` with a span of it made anew; outside the span it is the same to the sample, at its own rate."""
    first, end = (min(before.frames, max(0, round(each * before.rate_hz))) for each in renewed_s)
    new = laid_out(made, rate_hz=before.rate_hz, channels=before.samples.shape[0], frames=before.frames)
    share = np.zeros(before.frames, np.float32)
    share[first:end] = 1.0
    fade = min(round(FADE_S * before.rate_hz), (end - first) // 2)
    ramp = np.sin(np.linspace(0.0, np.pi / 2, fade, endpoint=False, dtype=np.float32)) ** 2
    if first > 0:
        share[first : first + fade] = ramp
    if end < before.frames:
        share[end - fade : end] = ramp[::-1]
    return Waveform(np.where(share > 0, before.samples * (1 - share) + new * share, before.samples), before.rate_hz)


def draws(seeds: tuple[int, ...], device: Any) -> list[Any]:
    """A generator of chance for each seed, on a device."""
    import torch

    return [torch.Generator(device=device).manual_seed(seed % 2**63) for seed in seeds]


@contextmanager
def memory_told(name: str) -> Iterator[None]:
    """Turn what a device says when it has too little memory into the error that says so, and give back what is idle."""
    import torch

    try:
        yield
    except (torch.cuda.OutOfMemoryError, MemoryError) as error:
        raise _too_little(name) from error
    except RuntimeError as error:  # other devices, and torch on a CPU, tell it in words
        if "out of memory" in str(error) or "can't allocate memory" in str(error):
            raise _too_little(name) from error
        raise


def _too_little(name: str) -> DeviceMemoryError:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    legal = "a request that fits the device"
    return DeviceMemoryError(f"engine {name!r}: too little memory", legal, "make fewer takes, shorter ones, or a smaller model")
