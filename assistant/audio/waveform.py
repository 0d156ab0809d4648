"""A stretch of sound and its WAV file.

Conventions: ``samples`` is float32 of shape (channels, n), full scale at 1.0, read-only; ``rate_hz`` is frames a
second. This module knows nothing of music.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import soundfile
from pydantic_core import core_schema

from assistant.audio.shelf import blocks, contiguous
from assistant.errors import ClipError, InputError, OutputError

Samples = npt.NDArray[np.float32]
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Waveform:
    """Sound of shape (channels, n), float32, full scale at 1.0.

    Examples
    --------
    >>> silence = Waveform.silence(0.5, rate_hz=48_000)
    >>> silence.length_s, silence.samples.shape
    (0.5, (2, 24000))
    """

    samples: Samples
    rate_hz: int
    _known: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        samples = contiguous(np.asarray(self.samples))
        if samples.ndim != 2 or samples.shape[0] not in (1, 2):
            raise InputError(f"samples of shape {samples.shape}", "(1 or 2 channels, n)", "reshape the array")
        if not 4_000 <= self.rate_hz <= 384_000:
            raise InputError(f"sample rate {self.rate_hz}", "4000 to 384000 Hz", "correct it")
        if not all(np.isfinite(samples[:, span]).all() for span in blocks(samples.shape[1])):
            raise InputError("samples that are not finite", "finite numbers", "find the division by zero")
        samples.flags.writeable = False
        object.__setattr__(self, "samples", samples)

    @classmethod
    def silence(cls, length_s: float, *, rate_hz: int, channels: int = 2) -> Waveform:
        """Nothing, for ``length_s`` seconds."""
        return cls(np.zeros((channels, round(length_s * rate_hz)), np.float32), rate_hz)

    @property
    def frames(self) -> int:
        """Samples per channel."""
        return int(self.samples.shape[1])

    @property
    def length_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate_hz

    def once(self, name: str, measure: Callable[[], T]) -> T:
        """A measure of this sound by its name, taken once: the samples never change."""
        if name not in self._known:
            self._known[name] = measure()
        found: T = self._known[name]
        return found

    def mono(self) -> Samples:
        """The mean of the channels, shape (n,)."""
        mean: Samples = self.samples.mean(axis=0, dtype=np.float32)
        return mean

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Waveform)
            and self.rate_hz == other.rate_hz
            and np.array_equal(self.samples, other.samples)
        )

    def __hash__(self) -> int:
        return hash((self.rate_hz, self.samples.shape, self.samples[:, ::997].tobytes()))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        """JSON form: rate, channels, and the samples as base64 of little-endian float32."""
        return core_schema.no_info_plain_validator_function(
            cls._from_data, serialization=core_schema.plain_serializer_function_ser_schema(cls._to_data)
        )

    def _to_data(self) -> dict[str, object]:
        raw = self.samples.astype("<f4").tobytes()
        return {
            "rate_hz": self.rate_hz,
            "channels": self.samples.shape[0],
            "float32": base64.b64encode(raw).decode("ascii"),
        }

    @classmethod
    def _from_data(cls, data: Any) -> Waveform:
        if isinstance(data, Waveform):
            return data
        raw = np.frombuffer(base64.b64decode(data["float32"]), "<f4")
        return cls(raw.reshape(data["channels"], -1), data["rate_hz"])


def save_wav(path: Path, waveform: Waveform, *, subtype: str = "PCM_24") -> Path:
    """Write a WAV file, 24-bit unless another ``subtype`` of soundfile is named.

    Raises
    ------
    OutputError
        If the place cannot be written.
    """
    try:
        channels = waveform.samples.shape[0]
        with soundfile.SoundFile(path, "w", waveform.rate_hz, channels, subtype) as file:
            for span in blocks(waveform.frames):
                file.write(waveform.samples[:, span].T)
    except (OSError, soundfile.LibsndfileError) as error:
        raise OutputError(f"file {str(path)!r}", "a place that can be written", "choose another folder") from error
    return path


def load_wav(path: Path) -> Waveform:
    """Read a WAV (or FLAC, OGG) file; raises `ClipError` if it cannot be read."""
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise ClipError(f"file {str(path)!r}", "a sound file", "choose a file that plays") from error
    return Waveform(samples.T, int(rate_hz))
