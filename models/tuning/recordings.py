"""A folder of a person's recordings, each with the words for it, and why a file is not used.

Conventions: a recording's words are those of ``NAME.txt`` beside it, or of ``prompt`` in ``NAME.json``, else its file
name with the numbers left out. Windows follow one another without overlap; the last one ends with the recording. Whole
recordings are held out, so that what is measured was never learned.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.audio import Waveform, load_wav
from assistant.errors import ClipError, InputError
from models.published import digest_of

Samples = npt.NDArray[np.float32]
ENDINGS = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff")
OTHERS = (".m4a", ".aac", ".wma", ".mp4", ".mov", ".opus")
LEAST_S, LEAST_FILES = 20.0, 2
"""Seconds in all and recordings below which nothing is learned."""
HELD_OUT = 0.15
"""Share of the recordings that are held out, one at least."""
SILENT = 1e-3
"""Full scale is 1; a recording that never exceeds this is silent."""


@dataclass(frozen=True)
class Recording:
    """One file that is used.

    Parameters
    ----------
    path : Path
    digest : str
        SHA-256 of the file.
    prompt : str
    length_s : float
    held_out : bool
    """

    path: Path
    digest: str
    prompt: str
    length_s: float
    held_out: bool


def read_folder(folder: Path, *, window_s: float, seed: int = 1) -> tuple[tuple[Recording, ...], tuple[str, ...]]:
    """Every recording at or below a folder that can be used, and a line for each that cannot.

    Raises
    ------
    InputError
        If there are none, or too few; it says what is wrong with which.
    """
    if not folder.is_dir():
        raise InputError(f"folder {str(folder)!r}, which is not there", "a folder of recordings", "correct it")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (*ENDINGS, *OTHERS) and path.is_file())
    used: dict[str, tuple[Path, str, float]] = {}
    refused: list[str] = []
    for path in paths:
        digest = digest_of(path)
        try:
            if digest in used:
                raise ClipError("is the same recording as another", "", "")
            used[digest] = (path, words_of(path), _length_s(path, window_s))
        except ClipError as error:
            refused.append(f"{path.relative_to(folder)} {error.given}")
    seconds = sum(length_s for _, _, length_s in used.values())
    if seconds < LEAST_S or len(used) < LEAST_FILES:
        said = f" ({'; '.join(refused)})" if refused else ""
        raise InputError(
            f"folder {str(folder)!r} with {seconds:.0f} s in {len(used)} recordings that can be learned from{said}",
            f"at least {LEAST_S:.0f} s in {LEAST_FILES} recordings of {window_s:g} s or more each, "
            f"as {', '.join(ENDINGS)}",
            "add recordings, or take a shorter --window",
        )
    lots = sorted(used, key=lambda digest: hashlib.sha256(f"{seed} {digest}".encode()).hexdigest())
    held = set(lots[: max(1, round(HELD_OUT * len(lots)))])
    found = (Recording(path, digest, prompt, s, digest in held) for digest, (path, prompt, s) in used.items())
    return tuple(found), tuple(refused)


def words_of(path: Path) -> str:
    """The words for a recording.

    Raises
    ------
    ClipError
        If those beside it cannot be read or are empty.

    Examples
    --------
    >>> words_of(Path("03_slow-cello 2.wav"))
    'slow cello'
    """
    text, table = path.with_suffix(".txt"), path.with_suffix(".json")
    try:
        if text.is_file():
            words = text.read_text("utf-8")
        elif table.is_file():
            value: Any = json.loads(table.read_text("utf-8"))
            words = str(value["prompt"])
        else:
            words = re.sub(r"[\W\d_]+", " ", path.stem)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ClipError(f"has words beside it that cannot be read ({error})", "", "") from error
    if not words.strip():
        raise ClipError("has no words: none beside it, and none in its name", "", "")
    return " ".join(words.split())


def _length_s(path: Path, window_s: float) -> float:
    """Seconds of a recording that can be used."""
    if path.suffix.lower() in OTHERS:
        raise ClipError(f"is {path.suffix}, which is not read here; make a .wav of it", "", "")
    try:
        sound = load_wav(path)
    except InputError as error:  # damaged, more than two channels, not finite
        raise ClipError(f"cannot be used ({error.given})", "", "") from error
    if sound.length_s < window_s:
        raise ClipError(f"has {sound.length_s:.1f} s, less than a window of {window_s:g} s", "", "")
    if float(np.abs(sound.samples).max()) < SILENT:
        raise ClipError("is silent", "", "")
    return sound.length_s


def windows_of(recording: Recording, *, window_s: float, rate_hz: int, channels: int) -> Iterator[Samples]:
    """A recording's windows, each (channels, n) at a model's rate, none of them silent."""
    samples = _at(load_wav(recording.path), rate_hz)
    if samples.shape[0] != channels:
        samples = np.broadcast_to(samples.mean(0, keepdims=True), (channels, samples.shape[1]))
    size = min(round(window_s * rate_hz), samples.shape[1])
    starts = list(range(0, samples.shape[1] - size + 1, size))
    if starts[-1] + size < samples.shape[1] - size // 4:
        starts.append(samples.shape[1] - size)
    for start in starts:
        window: Samples = np.ascontiguousarray(samples[:, start : start + size], np.float32)
        if np.abs(window).max() >= SILENT:
            yield window


def _at(sound: Waveform, rate_hz: int) -> Samples:
    """The samples at another rate."""
    if sound.rate_hz == rate_hz:
        return sound.samples
    from scipy.signal import resample_poly

    divisor = gcd(sound.rate_hz, rate_hz)
    resampled: Samples = resample_poly(sound.samples, rate_hz // divisor, sound.rate_hz // divisor, axis=1)
    return resampled.astype(np.float32)
