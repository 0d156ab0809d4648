"""SMPTE time codes: what OpenTimelineIO's own counting says, at every rate that pictures have."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import InputError
from assistant.timecode import STANDARD_HZ, Timebase

DAY = 24 * 3600
RATES = [Timebase.of(float(rate)) for rate in STANDARD_HZ]
READ_BY_OTIO = [base for base in RATES if base.base in (24, 25, 30, 50, 60)]
RATE = st.sampled_from(RATES)


@given(st.sampled_from(READ_BY_OTIO), st.integers(0, 60 * 60 * 23))
def test_codes_are_those_of_opentimelineio(base: Timebase, frame: int) -> None:
    rate = float(base.rate_hz)
    theirs = otio.opentime.to_timecode(otio.opentime.RationalTime(frame, rate), rate, drop_frame=base.drop)
    assert base.code(frame) == theirs


@given(RATE, st.integers(0, DAY - 1), st.integers(0, 59))
def test_a_code_is_of_one_frame_and_comes_back(base: Timebase, second: int, part: int) -> None:
    frame = base.frame_at(second) + part % base.base
    if base.seconds_at(frame) < DAY - 120:
        assert base.frames(base.code(frame)) == frame
        assert base.code(frame) != base.code(frame + 1)


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(60000, 1001)])
@given(second=st.integers(0, DAY - 1))
def test_drop_frame_keeps_up_with_the_clock(rate: Fraction, second: int) -> None:
    base = Timebase(rate, drop=True)
    hours, minutes, seconds, frames = (
        int(each) for each in base.code(base.frame_at(second)).replace(";", ":").split(":")
    )
    shown = hours * 3600 + minutes * 60 + seconds + frames / base.base
    # A day is 86.4 ms short; within ten minutes the numbers are up to 18 frames of 29.97 off.
    assert min(abs(shown - second), DAY - abs(shown - second)) < 0.7
    without = Timebase(rate).code(base.frame_at(3600))
    assert without == ("00:59:56:12" if base.base == 30 else "00:59:56:24")


@pytest.mark.parametrize(
    ("measured", "name"),
    [
        (23.976, "23.976"),
        (23.98, "23.976"),
        (24.0, "24"),
        (25.0, "25"),
        (29.97, "29.97 DF"),
        (30.0, "30"),
        (50.0, "50"),
        (59.94, "59.94 DF"),
        (60.0, "60"),
        (12.5, "12.5"),
        (None, "25"),
    ],
)
def test_a_measured_rate_is_the_standard_one_that_it_is_near(measured: float | None, name: str) -> None:
    assert Timebase.of(measured).name == name


def test_dropped_numbers_are_the_two_at_every_minute_but_the_tenth() -> None:
    base = Timebase.of(29.97)
    assert base.code(base.frames("00:08:59;29") + 1) == "00:09:00;02"
    assert base.code(base.frames("00:09:59;29") + 1) == "00:10:00;00"
    with pytest.raises(InputError, match="dropped"):
        base.frames("00:09:00;01")


@pytest.mark.parametrize("code", ["", "1", "00:00:00", "00:61:00:00", "24:00:00:00", "00:00:00:25", "aa:bb:cc:dd"])
def test_what_is_no_time_code_is_refused(code: str) -> None:
    with pytest.raises(InputError, match="25 frames a second"):
        Timebase.of(25.0).frames(code)


@pytest.mark.parametrize("rate_hz", [0.5, 0.04, 1200.0])
def test_a_rate_that_no_time_code_has_is_counted_as_no_picture(rate_hz):
    assert Timebase.of(rate_hz) == Timebase.of(None)
