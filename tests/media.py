"""Makes small films and sounds for tests, with everything about them known.

Conventions: pictures are (height, width, 3) uint8 arrays; times in seconds; a film is a list of pictures, each shown
from its time stamp on. Films are encoded with the free encoders mpeg4, vp8 and vp9 of FFmpeg.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Samples = npt.NDArray[np.float32]

RATE_HZ = 48_000
SIZE = (160, 90)
TICKS = 90_000
"""Time stamps a second of the films: every common frame rate is a whole number of them, or nearly."""


def paint(seed: int, moved: float = 0.0, *, size: tuple[int, int] = SIZE) -> Image:
    """A soft pattern of its own for each seed, moved sideways by a fraction of its width."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(20, 236, (5, 9, 3)).astype(float)
    coarse[..., seed % 3] *= 0.4  # a tint of its own, as shots have
    wide, high = size
    x = (np.linspace(0, 8, wide, endpoint=False) + moved * 8) % 8
    y = np.linspace(0, 4, high, endpoint=False)
    x0, y0 = x.astype(int), y.astype(int)
    fx, fy = (x - x0)[None, :, None], (y - y0)[:, None, None]
    wrapped = np.concatenate([coarse[:, :8], coarse[:, :1]], axis=1)
    upper = wrapped[y0][:, x0] * (1 - fx) + wrapped[y0][:, x0 + 1] * fx
    lower = wrapped[y0 + 1][:, x0] * (1 - fx) + wrapped[y0 + 1][:, x0 + 1] * fx
    return np.asarray(upper * (1 - fy) + lower * fy, np.uint8)


def paint_shots(lengths: Sequence[int], *, speed: float = 0.004, first_seed: int = 1) -> list[Image]:
    """Shots of so many frames each, the pattern moving by ``speed`` of the width a frame."""
    return [paint(first_seed + shot, speed * index) for shot, length in enumerate(lengths) for index in range(length)]


def even_times(count: int, rate: Fraction | int) -> list[float]:
    """Time stamps of a steady frame rate."""
    return [float(index / Fraction(rate)) for index in range(count)]


def write_film(
    path: Path,
    pictures: Sequence[Image],
    *,
    rate: Fraction | int = 25,
    times_s: Sequence[float] | None = None,
    codec: str = "mpeg4",
    sound: Samples | None = None,
    sound_codec: str | None = None,
    quality: int = 3_000_000,
) -> Path:
    """Encode pictures, and sound of shape (channels, n) at 48 kHz, into the container that the suffix names."""
    high, wide = pictures[0].shape[:2]
    webm = path.suffix == ".webm"
    layout = "yuv422p" if codec == "huffyuv" else "yuv420p"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(rate), width=wide, height=high, pix_fmt=layout)
        stream.bit_rate = quality
        if times_s is not None:
            stream.codec_context.time_base = Fraction(1, 1000 if webm or path.suffix == ".mkv" else 60_000)
        if codec.startswith("libvpx"):
            stream.options = {"deadline": "realtime", "cpu-used": "8"}
        track = _add_track(container, sound_codec or ("libopus" if webm else "aac"), sound)
        base = Fraction(stream.codec_context.time_base or 1 / Fraction(rate))
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            at = index / Fraction(rate) if times_s is None else Fraction(times_s[index]).limit_denominator(TICKS)
            frame.pts, frame.time_base = round(at / base), base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if track is not None and sound is not None:
            _encode_sound(container, track, sound)
    return path


def write_sound(path: Path, sound: Samples) -> Path:
    """Encode sound of shape (channels, n) at 48 kHz by the suffix: wav, mp3, m4a, flac or ogg."""
    codec = {".wav": "pcm_s16le", ".mp3": "libmp3lame", ".m4a": "aac", ".flac": "flac", ".ogg": "libopus"}[path.suffix]
    with av.open(str(path), "w") as container:
        _encode_sound(container, _add_track(container, codec, sound), sound)
    return path


def _add_track(container, codec: str, sound: Samples | None):  # type: ignore[no-untyped-def]
    if sound is None:
        return None
    return container.add_stream(codec, rate=RATE_HZ, layout="stereo" if sound.shape[0] == 2 else "mono")


def _encode_sound(container, track, sound: Samples) -> None:  # type: ignore[no-untyped-def]
    resampler = av.AudioResampler(track.codec_context.format, track.layout, RATE_HZ)
    for start in range(0, sound.shape[1], RATE_HZ):
        piece = np.ascontiguousarray(sound[:, start : start + RATE_HZ])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=track.layout.name)
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
        for ready in resampler.resample(frame):
            container.mux(track.encode(ready))
    container.mux(track.encode(None))


def read_sound(path: Path) -> Samples:
    """All sound of a file, stereo at 48 kHz."""
    resampler = av.AudioResampler("fltp", "stereo", RATE_HZ)
    with av.open(str(path)) as container:
        pieces = [out.to_ndarray() for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    return np.concatenate(pieces, axis=1)


def read_packets(path: Path) -> list[tuple[float, bytes]]:
    """Time and bytes of every packet of the picture, in the order of showing, times from the first."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size and packet.pts is not None]
        rows = sorted((float(packet.pts * packet.time_base), bytes(packet)) for packet in packets)
    return [(round(at_s - rows[0][0], 4), data) for at_s, data in rows]


def read_pictures(path: Path, *, start_s: float = 0.0, count: int = 40, size: tuple[int, int] = SIZE) -> list[Image]:
    """Pictures of a film from a moment on, made small."""
    pictures: list[Image] = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if (frame.time or 0.0) >= start_s and len(pictures) < count:
                pictures.append(frame.reformat(*size, format="rgb24").to_ndarray())
    return pictures


def play_tones(beat_bpm: float, length_s: float, *, chords: Sequence[Sequence[int]], level: float = 0.2) -> Samples:
    """Plucked chords (MIDI numbers), one a beat, four beats each: music with a tempo and a key, mono (1, n)."""
    beat_s = 60 / beat_bpm
    out = np.zeros(round(length_s * RATE_HZ), np.float32)
    for beat in range(int(length_s / beat_s)):
        start = round(beat * beat_s * RATE_HZ)
        t = np.arange(min(round(0.9 * beat_s * RATE_HZ), len(out) - start)) / RATE_HZ
        for note in chords[(beat // 4) % len(chords)]:
            hz = 440 * 2 ** ((note - 69) / 12)
            tone = sum(np.sin(2 * np.pi * hz * k * t) / k**1.5 for k in (1, 2, 3, 4))
            out[start : start + len(t)] += np.asarray(level / 3 * tone * np.exp(-3 * t), np.float32)
    return out[None]


def babble(length_s: float, *, seed: int = 0) -> Samples:
    """Something like speech: a gliding voice in syllables of irregular length with pauses, mono (1, n)."""
    rng = np.random.default_rng(seed)
    pieces: list[npt.NDArray[np.float64]] = []
    voice: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]] = lambda phase: sum(  # noqa: E731
        np.sin(k * phase) / k for k in range(1, 12)
    )
    while sum(map(len, pieces)) < length_s * RATE_HZ:
        count = round(rng.uniform(0.08, 0.35) * RATE_HZ)
        hz = np.linspace(rng.uniform(90, 220), rng.uniform(90, 220), count)
        pieces.append(0.1 * voice(2 * np.pi * np.cumsum(hz) / RATE_HZ) * np.hanning(count))
        pieces.append(np.zeros(round(rng.exponential(0.08) * RATE_HZ)))
    return np.concatenate(pieces)[None, : round(length_s * RATE_HZ)].astype(np.float32)
