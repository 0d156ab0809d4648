"""Reads an EDL as the CMX 3600 wrote it and every editor still does.

Conventions: an event is a line of number, reel, track, kind, and four time codes; the last two are its place in the
edit. Only picture events count. Time codes are frames of a rate that an EDL does not name, save for ``FCM: DROP FRAME``
(29.97): it is taken from a comment where there is one, else it is the least usual rate that its frame numbers fit.
Markers are comments ``* LOC:`` (Avid, Premiere) or ``|M:name`` behind an event (Resolve).

Sources: SMPTE 258M-2004, Transfer of Edit Decision Lists; SMPTE ST 12-1 for time codes that drop frame numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.clip.edits.values import MOST_ITEMS, Edit, UnreadableEditError
from assistant.clip.values import Marker
from assistant.timecode import counted

_CODE = r"(\d{2}[:;]\d{2}[:;]\d{2}[:;.]\d{2,3})"
_TIME = re.compile(f"^{_CODE}$")
_KIND = re.compile(r"^(C|D|W\d{1,3}|K[BO]?)$")
_LOCATOR = re.compile(rf"^\*\s*LOC:\s*{_CODE}\s*(?P<colour>[A-Z]+)?\s*(?P<name>.*)$", re.IGNORECASE)
_RESOLVE = re.compile(r"\|M:(?P<name>[^|]*)")
_RATE = re.compile(r"(?:frame\s*rate|fps)\s*[:=]?\s*(\d{2,3}(?:\.\d+)?)", re.IGNORECASE)
RATES_HZ = (24.0, 25.0, 30.0, 50.0, 60.0)
EXACT_HZ = {23: 24000 / 1001, 29: 30000 / 1001, 59: 60000 / 1001, 119: 120000 / 1001}
LONGEST_LINE = 400


def read_edl(text: str) -> Edit:
    """Read an EDL.

    Raises
    ------
    UnreadableEditError
        If no line of it is an event.
    """
    lines = [line[:LONGEST_LINE] for line in text.splitlines()[: 4 * MOST_ITEMS]]
    events = [event for index, line in enumerate(lines) if (event := _event(index, line)) is not None]
    if not events:
        raise UnreadableEditError("no event such as '001 AX V C 00:00:00:00 00:00:05:00 01:00:00:00 01:00:05:00'")
    rate_hz, drops, assumed = _rate_of(lines, [code for event in events for code in event.codes])
    marks = _marks(lines, events, rate_hz, drops)
    kept = [event for event in events if event.line not in marks] or events
    shown = [event for event in kept if "V" in event.track or event.track == "B"] or kept
    spans = [(_seconds(event.codes[2], rate_hz, drops), _seconds(event.codes[3], rate_hz, drops)) for event in shown]
    begins, ends = min(span[0] for span in spans), max(span[1] for span in spans)
    cuts, dissolves = set[float](), list[tuple[float, float]]()
    for event, (start, _) in zip(shown, spans, strict=True):
        if event.frames:
            dissolves.append((start - begins, start - begins + event.frames / rate_hz))
        elif start > begins:
            cuts.add(start - begins)
    inside = {start for start, _ in dissolves}
    markers = [Marker(at_s - begins, name) for at_s, name in (*marks.values(), *_locators(lines, rate_hz, drops))]
    return Edit(
        rate_hz, ends - begins, tuple(sorted(cuts - inside)), tuple(dissolves), tuple(markers), rate_is_assumed=assumed
    )


@dataclass(frozen=True)
class _Event:
    """One event: its line, its track, how many frames it takes to come in, and its four time codes."""

    line: int
    track: str
    frames: int
    codes: tuple[str, ...]


def _event(index: int, line: str) -> _Event | None:
    """The event of a line, None where it is none; the reel's name may hold spaces."""
    words = line.split()
    head, codes = words[:-4], words[-4:]
    if len(head) < 4 or not head[0].isdecimal() or not all(_TIME.match(code) for code in codes):
        return None
    frames = int(head.pop()) if head[-1].isdecimal() and len(head[-1]) <= 4 and _KIND.match(head[-2]) else 0
    if len(head) < 4 or not _KIND.match(head[-1]):
        return None
    return _Event(index, head[-2], 0 if head[-1] == "C" else frames, tuple(codes))


def _rate_of(lines: list[str], codes: list[str]) -> tuple[float, bool, bool]:
    """Frames a second, whether numbers are dropped, and whether the rate is our guess."""
    drops = any(re.match(r"^FCM:\s*DROP", line, re.IGNORECASE) for line in lines) or any(";" in code for code in codes)
    for line in lines:
        if found := _RATE.search(line):
            said = float(found.group(1))
            rate = EXACT_HZ.get(int(said), said) if said != int(said) else said
            if 10 <= rate <= 120:
                return rate, drops, False
    highest = max(int(re.split(r"[:;.]", code)[-1]) for code in codes)
    if drops:
        return (EXACT_HZ[29] if highest < 30 else EXACT_HZ[59]), True, False
    return next((rate for rate in RATES_HZ if highest < rate), RATES_HZ[-1]), False, True


def _seconds(code: str, rate_hz: float, drops: bool) -> float:
    """The seconds of a time code.

    Examples
    --------
    >>> _seconds("00:01:00;02", 30000 / 1001, True) * 30000 / 1001
    1800.0
    """
    hours, minutes, seconds, frames = (int(each) for each in re.split(r"[:;.]", code))
    return counted((hours, minutes, seconds, frames), round(rate_hz), drop=drops) / rate_hz


def _marks(lines: list[str], events: list[_Event], rate_hz: float, drops: bool) -> dict[int, tuple[float, str]]:
    """Events that are markers of Resolve, by their line: the comment behind them says so."""
    marks = {}
    for event in events:
        following = lines[event.line + 1] if event.line + 1 < len(lines) else ""
        if (name := _RESOLVE.search(following)) is not None:
            marks[event.line] = (_seconds(event.codes[2], rate_hz, drops), name["name"].strip())
    return marks


def _locators(lines: list[str], rate_hz: float, drops: bool) -> list[tuple[float, str]]:
    found = (_LOCATOR.match(line.strip()) for line in lines)
    return [(_seconds(match.group(1), rate_hz, drops), match["name"].strip()) for match in found if match]
