"""A first-order Ambisonics file against the AmbiX format: channels, normalisation, and where its parts are heard.

Conventions: the channels are told by the spherical harmonics' own definition, not by the formulas that wrote them. Each
part's share of every channel is found by least squares, all parts at once; *turned* is the angle between the direction
that those shares name and the part's seat, *norm* is (X^2 + Y^2 + Z^2) / W^2: 1 in SN3D, 3 in N3D, 2 in FuMa.

Sources: Nachbar, Zotter, Deleflie and Sontacchi, "AmbiX, a suggested Ambisonics format" (2011).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.audio.waveform import Samples

Shares = npt.NDArray[np.float64]


def harmonics(azimuth_deg: float, elevation_deg: float) -> list[float]:
    """Real spherical harmonics of order 0 and 1 by their definition: SN3D, without Condon-Shortley phase, by ACN.

    Examples
    --------
    >>> [round(each, 6) + 0 for each in harmonics(90.0, 0.0)]
    [1.0, 1.0, 0.0, 0.0]
    """
    from scipy.special import lpmv

    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    found = []
    for degree, index in ((0, 0), (1, -1), (1, 0), (1, 1)):
        order = abs(index)
        norm = np.sqrt((2 - (order == 0)) / np.prod(np.arange(degree - order + 1, degree + order + 1)))
        wave = np.cos(order * azimuth) if index >= 0 else np.sin(order * azimuth)
        found.append(float(norm * (-1) ** order * lpmv(order, degree, np.sin(elevation)) * wave))
    return found


def read_scene(path: Path) -> Samples:
    """The channels of a file, as FFmpeg reads them, shape (channels, n)."""
    import av

    with av.open(str(path)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        channels = container.streams.audio[0].channels
    whole = np.concatenate(frames, axis=1)
    sound = whole.reshape(-1, channels).T if whole.shape[0] == 1 else whole
    return np.asarray(sound / 2.0**31 if sound.dtype == np.int32 else sound, np.float32)


def shares(scene: Samples, parts: Mapping[str, Samples]) -> dict[str, Shares]:
    """How much of every part's middle is in each channel, shape (4,)."""
    middles = np.stack([sound.mean(axis=0, dtype=np.float64) for sound in parts.values()], axis=1)
    found, *_ = np.linalg.lstsq(middles, scene.T.astype(np.float64), rcond=None)
    return dict(zip(parts, found, strict=True))


def turned_deg(share: Shares, azimuth_deg: float, elevation_deg: float) -> float:
    """The angle between where a part is heard and where it sits."""
    heard, seat = share[1:] / np.linalg.norm(share[1:]), np.array(harmonics(azimuth_deg, elevation_deg)[1:])
    return float(np.degrees(np.arccos(np.clip(np.dot(heard, seat / np.linalg.norm(seat)), -1, 1))))


def norm(share: Shares) -> float:
    """The power of the directed channels against that of the pressure."""
    return float(np.sum(share[1:] ** 2) / share[0] ** 2)
