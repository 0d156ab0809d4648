"""SMPTE time codes: which frame of a picture a time is.

Conventions: a time code counts frames at a whole number a second; where the true rate is 1000/1001 of it (23.976,
29.97, 59.94) it falls behind the clock, and at 29.97 and 59.94 *drop frame* leaves out numbers (never frames) so that
it keeps up: two (four) at the start of every minute but each tenth. Drop frame is written with a semicolon. A time
belongs to the frame that is nearest.

Sources: SMPTE ST 12-1:2014, Time and Control Code, 5.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from assistant.errors import InputError

STANDARD_HZ = tuple(
    Fraction(rate)
    for rate in ("24000/1001", "24", "25", "30000/1001", "30", "48000/1001", "48", "50", "60000/1001", "60", "100",
                 "120000/1001", "120")
)  # fmt: skip
"""Rates that pictures have."""
NEAR_HZ = 0.02
"""A measured rate that is this near to a standard one is that one: 23.98 is 24000/1001, as is 23.976."""
NO_PICTURE_HZ = Fraction(25)
"""The rate of time codes where there is no picture."""
_CODE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})[:;.](\d{2,3})")


@dataclass(frozen=True)
class Timebase:
    """How the frames of a picture are counted.

    Parameters
    ----------
    rate_hz : Fraction
        Frames a second.
    drop : bool
        Whether numbers are dropped.

    Examples
    --------
    >>> ntsc = Timebase.of(29.97)
    >>> ntsc.code(1799), ntsc.code(1800), ntsc.frames("00:10:00;00")
    ('00:00:59;29', '00:01:00;02', 17982)
    """

    rate_hz: Fraction
    drop: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.rate_hz <= 1000:
            raise InputError(f"frame rate {float(self.rate_hz):g}", "1 to 1000 frames a second", "correct it")
        if self.drop and self.base not in (30, 60):
            raise InputError(f"drop frame at {float(self.rate_hz):g}", "29.97 or 59.94 frames a second", "leave it out")

    @classmethod
    def of(cls, rate_hz: float | None) -> Timebase:
        """The time base of a measured rate: the nearest standard one, with drop frame where it is usual.

        What has no time code, being slower than a frame a second or faster than a thousand, is counted as no picture.
        """
        if rate_hz is None or not 1 <= rate_hz <= 1000:
            return cls(NO_PICTURE_HZ)
        nearest = min(STANDARD_HZ, key=lambda standard: abs(float(standard) - rate_hz))
        near = abs(float(nearest) - rate_hz) <= min(NEAR_HZ, rate_hz / 1000)
        exact = nearest if near else Fraction(rate_hz).limit_denominator(1001)
        return cls(exact, exact in (Fraction(30000, 1001), Fraction(60000, 1001)))

    @property
    def base(self) -> int:
        """How many frames a second of time code has."""
        return max(1, round(self.rate_hz))

    @property
    def name(self) -> str:
        """As people say it: ``"29.97 DF"``."""
        kind = " DF" if self.drop else " NDF" if self.base in (30, 60) and self.rate_hz.denominator != 1 else ""
        return f"{float(self.rate_hz):.3f}".rstrip("0").rstrip(".") + kind

    def frame_at(self, at_s: float) -> int:
        """The frame that is nearest to a time in seconds."""
        return round(Fraction(at_s) * self.rate_hz)

    def seconds_at(self, frame: int) -> float:
        """When a frame begins, in seconds."""
        return float(frame / self.rate_hz)

    def code(self, frame: int) -> str:
        """The time code of a frame, ``HH:MM:SS:FF``; it begins anew after 24 hours."""
        per_minute = 60 * self.base
        if self.drop:
            dropped = self.base // 15
            tens, rest = divmod(frame, 10 * per_minute - 9 * dropped)
            passed = 0 if rest < per_minute else 1 + (rest - per_minute) // (per_minute - dropped)
            frame += dropped * (9 * tens + passed)
        seconds, frames = divmod(frame, self.base)
        hours, minutes, seconds = seconds // 3600 % 24, seconds // 60 % 60, seconds % 60
        width = 3 if self.base > 100 else 2
        return f"{hours:02d}:{minutes:02d}:{seconds:02d}{';' if self.drop else ':'}{frames:0{width}d}"

    def frames(self, code: str) -> int:
        """The frame that has a time code.

        Raises
        ------
        InputError
            If it is no time code, or one that this rate does not have.
        """
        found = _CODE.fullmatch(code.strip())
        cure = f"give one at {self.name} frames a second"
        if not found:
            raise InputError(f"time code {code!r:.40}", "HH:MM:SS:FF", cure)
        hours, minutes, seconds, frames = (int(each) for each in found.groups())
        if hours > 23 or minutes > 59 or seconds > 59 or frames >= self.base:
            raise InputError(f"time code {code!r}", f"up to 23:59:59:{self.base - 1}", cure)
        dropped = self.base // 15
        if self.drop and seconds == 0 and minutes % 10 and frames < dropped:
            raise InputError(f"time code {code!r}, which is dropped", f"{frames + dropped:02d} frames or more", cure)
        return counted((hours, minutes, seconds, frames), self.base, drop=self.drop)


def counted(numbers: tuple[int, int, int, int], base: int, *, drop: bool) -> int:
    """The frame that has the numbers of a time code, at ``base`` frames a second of it.

    Examples
    --------
    >>> counted((0, 1, 0, 2), 30, drop=True), counted((0, 1, 0, 2), 30, drop=False)
    (1800, 1802)
    """
    hours, minutes, seconds, frames = numbers
    passed = hours * 60 + minutes
    left_out = base // 15 * (passed - passed // 10) if drop else 0
    return (60 * passed + seconds) * base + frames - left_out
