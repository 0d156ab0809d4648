"""Looks at every frame of a clip once and keeps what the score needs to know.

Conventions: times in seconds from the first frame. A frame is looked at as a thumbnail of 64 x 36 pixels in three
planes (brightness and two colours, video range), and remembered as 16 x 9 blocks of them. Motion is 0..1: how much the
brightness changes in a second, cuts left out; ``MOTION_SCALE`` makes a hand-held walk about 0.5. What a cut is,
`assistant.clip.cuts` says; fades and dissolves, `assistant.clip.transitions`; colours, `assistant.clip.colours`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from assistant.clip.colours import colours_of
from assistant.clip.cuts import FLOOR, Numbers, count_lags, find_cuts
from assistant.clip.likeness import evenness, likeness
from assistant.clip.reading import Damage, decode_picture
from assistant.clip.transitions import find_transitions
from assistant.clip.values import Cut, Sample, Transition

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

Thumbnail = npt.NDArray[np.uint8]

WIDTH, HEIGHT, BLOCK = 64, 36, 4
CURVE_STEP_S = 0.25
MOTION_SCALE = 60.0
"""Steps of brightness a second at which motion is 1 - 1/e."""
STANDARD_RATES = tuple(
    Fraction(n, d)
    for n, d in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1),
                 (120000, 1001), (120, 1), (10, 1), (12, 1), (15, 1))
)  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """What was seen: rates, length, cuts and curves; ``stopped`` when a limit and not the file ended it;
    width and height in pixels as shown, a turn of the camera undone."""

    frames: int
    length_s: float
    rate_hz: float
    variable_rate: bool
    cuts: tuple[Cut, ...]
    transitions: tuple[Transition, ...]
    motion: tuple[Sample, ...]
    brightness: tuple[Sample, ...]
    saturation: tuple[Sample, ...]
    warmth: tuple[Sample, ...]
    stopped: bool
    width: int
    height: int


def look(container: InputContainer, stream: VideoStream, damage: Damage, *, max_s: float) -> Picture | None:
    """Decode and measure the picture; None when no frame can be decoded."""
    eye = _Eye(count_lags(float(stream.average_rate or stream.guessed_rate or 25)))
    stopped = False
    for frame in decode_picture(container, stream, damage):
        if not eye.see(frame, max_s):
            stopped = True
            break
    return eye.sum_up(float(stream.average_rate or 25), max_s, stopped) if eye.times_s else None


class _Eye:
    """Takes in frames one by one, remembering the last few thumbnails and a few numbers of each frame."""

    def __init__(self, lags: int) -> None:
        from av.video.reformatter import VideoReformatter

        self._shrink = VideoReformatter()
        self._recent = np.zeros((lags, 3 * HEIGHT * WIDTH), np.uint8)
        self._lags = lags
        self._last_duration_s = 0.0
        self._size = (0, 0)
        self._first_s: float | None = None
        self.times_s: list[float] = []
        self._change: list[npt.NDArray[np.float32]] = []
        self._likeness: list[float] = []
        self._evenness: list[float] = []
        self._luma_step: list[float] = []
        self._blocks: list[Thumbnail] = []

    def see(self, frame: VideoFrame, max_s: float) -> bool:
        """Take in one frame; False when it lies beyond the limit."""
        at_s = self._time_of(frame)
        if at_s >= max_s:
            return False
        if self.times_s and at_s <= self.times_s[-1]:
            return True  # shown at the time of the frame before: a repeated or damaged stamp
        self._last_duration_s = float((frame.duration or 0) * (frame.time_base or 0))
        turned = abs(frame.rotation) % 180 == 90
        self._size = (frame.height, frame.width) if turned else (frame.width, frame.height)
        self._compare(self._thumbnail(frame))
        self.times_s.append(at_s)
        return True

    def _time_of(self, frame: VideoFrame) -> float:
        """Seconds since the first frame; a frame without a stamp follows the one before by a frame's length."""
        if frame.time is None:
            return self.times_s[-1] + (self._last_duration_s or 0.04) if self.times_s else 0.0
        if self._first_s is None:
            self._first_s = frame.time
        return frame.time - self._first_s

    def _thumbnail(self, frame: VideoFrame) -> Thumbnail:
        # Video range, 16 black and 235 white, whatever the file uses: most use it, and need no conversion then.
        small = self._shrink.reformat(
            frame, width=WIDTH, height=HEIGHT, format="yuv444p", interpolation="BILINEAR", dst_color_range="MPEG"
        )
        return np.asarray(small.to_ndarray(), np.uint8)

    def _compare(self, image: Thumbnail) -> None:
        """The change from every recent frame, and of the frame before more where that could be a cut."""
        seen, blocks = len(self.times_s), shrink(image)
        flat = image.reshape(-1)
        apart = np.maximum(self._recent, flat) - np.minimum(self._recent, flat)
        row = np.full(self._lags, np.nan, np.float32)
        for lag in range(min(seen, self._lags)):
            row[lag] = apart[(seen - 1 - lag) % self._lags].sum(dtype=np.int64) / (WIDTH * HEIGHT)
        before = self._recent[(seen - 1) % self._lags].reshape(image.shape)
        moved = float(self._change[-1][0]) if seen > 1 else 0.0
        ask = seen > 0 and row[0] > FLOOR
        self._likeness.append(likeness(image[0], before[0]) if ask and row[0] > moved else np.nan)
        self._evenness.append(evenness(blocks, self._blocks[-1]) if ask else np.nan)
        step = apart[(seen - 1) % self._lags][: WIDTH * HEIGHT].mean() if seen else 0.0
        self._luma_step.append(float(step))
        self._change.append(row)
        self._blocks.append(blocks)
        self._recent[seen % self._lags] = flat

    def sum_up(self, declared_hz: float, max_s: float, stopped: bool) -> Picture:
        """Everything that the frames taken in amount to."""
        times_s = np.array(self.times_s)
        gaps_s = np.diff(times_s)
        usual_s = float(np.median(gaps_s)) if len(gaps_s) else self._last_duration_s or 1 / declared_hz
        rate_hz, variable = measure_rate(times_s, declared_hz)
        last_s = self._last_duration_s if variable and 0 < self._last_duration_s < 4 * usual_s else 1 / rate_hz
        change = np.array(self._change, np.float64)
        blocks = np.array(self._blocks)
        cuts = find_cuts(times_s, change, np.array(self._likeness), np.array(self._evenness))
        step = np.array(self._luma_step)
        step[np.isin(times_s, [cut.at_s for cut in cuts])] = 0.0
        speed = step / np.maximum(np.diff(times_s, prepend=times_s[0] - usual_s), 1e-3)
        colours = colours_of(blocks)
        return Picture(
            frames=len(times_s),
            length_s=min(max_s, float(times_s[-1]) + last_s),
            rate_hz=rate_hz,
            variable_rate=variable,
            cuts=cuts,
            transitions=find_transitions(times_s, blocks, [cut.at_s for cut in cuts]),
            motion=sample_curve(times_s, 1 - np.exp(-speed / MOTION_SCALE)),
            brightness=sample_curve(times_s, colours.brightness),
            saturation=sample_curve(times_s, colours.saturation),
            warmth=sample_curve(times_s, colours.warmth),
            stopped=stopped,
            width=self._size[0],
            height=self._size[1],
        )


def shrink(image: Thumbnail) -> Thumbnail:
    """The means of blocks of 4 x 4 pixels of a thumbnail, shape (3, 9, 16)."""
    planes, high, wide = image.shape
    rows = image.reshape(planes, high // BLOCK, BLOCK, wide).sum(axis=2, dtype=np.uint16)
    sums = rows.reshape(planes, high // BLOCK, wide // BLOCK, BLOCK).sum(axis=3, dtype=np.uint16)
    return np.asarray(sums // BLOCK**2, np.uint8)


def measure_rate(times_s: Numbers, declared_hz: float) -> tuple[float, bool]:
    """Frames a second, and whether the time between frames varies.

    A steady rate is given as the standard one that it is close to, since containers round their time stamps (Matroska
    to the millisecond), the declared one deciding where two are as close; a varying one as the mean.

    Examples
    --------
    >>> measure_rate(np.round(np.arange(100) / 23.976, 3), 23.98)[0] == 24000 / 1001
    True
    """
    if len(times_s) < 2:
        return declared_hz, False
    gaps_s = np.diff(times_s)
    mean_hz = len(gaps_s) / float(times_s[-1] - times_s[0])
    usual_s = float(np.median(gaps_s))
    odd = np.abs(gaps_s - usual_s) > max(0.0015, 0.1 * usual_s)
    if odd.mean() > 0.01:
        return mean_hz, True
    steady_hz = 1 / float(gaps_s[~odd].mean())  # a frame that was dropped here or there doesn't count
    slack_hz = steady_hz * (0.0015 / float(times_s[-1] - times_s[0]) + 2e-4)
    near = [float(rate) for rate in STANDARD_RATES if abs(float(rate) - steady_hz) <= slack_hz]
    wanted_hz = declared_hz if abs(declared_hz - steady_hz) <= slack_hz else steady_hz
    return min(near, key=lambda rate: abs(rate - wanted_hz), default=steady_hz), False


def sample_curve(times_s: Numbers, values: Numbers) -> tuple[Sample, ...]:
    """The mean of ``values`` in every `CURVE_STEP_S`, at the middle of the step; steps without a frame are left out."""
    bins = (times_s / CURVE_STEP_S).astype(int)
    counts = np.bincount(bins)
    sums = np.bincount(bins, weights=np.clip(values, -1.0, 1.0))
    return tuple(
        Sample((index + 0.5) * CURVE_STEP_S, float(sums[index] / counts[index])) for index in np.flatnonzero(counts)
    )
