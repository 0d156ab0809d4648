"""Ranges that several kinds of data share, checked at the door."""

from __future__ import annotations

from assistant.errors import DataError
from assistant.score import Meter


def check_tempo(tempo: tuple[float, float]) -> None:
    """Raise `DataError` unless a tempo range runs upwards within 30 to 300 beats a minute."""
    if not 30 <= tempo[0] <= tempo[1] <= 300:
        raise DataError(f"tempo {tempo}", "use low and high within 30..300, low first")


def check_meters(meters: tuple[str, ...]) -> None:
    """Raise `DataError` unless there is at least one metre and each is a time signature."""
    if not meters:
        raise DataError("no meters", 'give at least one, such as "4/4"')
    for meter in meters:
        Meter.parse(meter)


def check_swing(swing: float) -> None:
    """Raise `DataError` unless a swing ratio lies between straight and dotted."""
    if not 0.5 <= swing <= 0.75:
        raise DataError(f"swing {swing}", "use 0.5 (straight) to 0.75 (dotted)")


def check_share(name: str, value: float, low: float = 0.0) -> None:
    """Raise `DataError` unless a value lies in ``low``..1."""
    if not low <= value <= 1:
        raise DataError(f"{name} {value}", f"use {low:g}..1")
