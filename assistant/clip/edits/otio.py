"""Reads OpenTimelineIO's own files (.otio): the first picture track, and the markers of everything.

Conventions: times of the library are frames of a rate; a marker inside a clip counts in the clip's own time. The file
is a stranger's: how deep it is nested is looked at before the library, which is written in C++, sees it; nothing that
it points to is opened.
"""

from __future__ import annotations

import json
import math
from typing import Any

from assistant.clip.edits.values import MOST_DEPTH, MOST_ITEMS, Edit, UnreadableEditError
from assistant.clip.values import Marker


def read_otio(text: str) -> Edit:
    """Read a time line.

    Raises
    ------
    UnreadableEditError
        If it is none, or has no track with clips.
    """
    timeline = _loaded(text)
    import opentimelineio as otio

    try:
        tracks = [track for track in timeline.tracks if isinstance(track, otio.schema.Track) and len(track)]
        shown = [track for track in tracks if track.kind == otio.schema.TrackKind.Video] or tracks
        if not shown:
            raise UnreadableEditError("no track with clips")
        track = shown[0]
        rate_hz = _rate_of(track)
        cuts, dissolves = _joins(track, otio)
        return Edit(
            rate_hz=rate_hz,
            length_s=_seconds(track.duration()),
            cuts_s=tuple(cuts),
            dissolves_s=tuple(dissolves),
            markers=tuple(_markers(timeline, tracks, otio)[:MOST_ITEMS]),
        )
    except UnreadableEditError:
        raise
    except (otio.exceptions.OTIOError, ValueError, TypeError, AttributeError, OverflowError, IndexError) as error:
        raise UnreadableEditError(f"a time line that does not add up ({type(error).__name__})") from error


def _loaded(text: str) -> Any:
    """The time line, after a look at what the library is given."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableEditError("no JSON that can be read") from error
    if not isinstance(data, dict) or not str(data.get("OTIO_SCHEMA", "")).startswith("Timeline"):
        raise UnreadableEditError("no OpenTimelineIO time line")
    _check(data)
    import opentimelineio as otio

    try:
        return otio.adapters.read_from_string(json.dumps(data), "otio_json")
    except (otio.exceptions.OTIOError, ValueError, TypeError, OverflowError, KeyError) as error:
        raise UnreadableEditError(f"no time line that the library reads ({type(error).__name__})") from error


def _check(data: object) -> None:
    """Refuse what is nested too deep, references to what is not there, and numbers that are none."""
    level: list[object] = [data]
    for _ in range(MOST_DEPTH):
        below: list[object] = []
        for each in level:
            if isinstance(each, float) and not math.isfinite(each):
                raise UnreadableEditError("a number that is not finite")
            if isinstance(each, int) and abs(each) > 10**15:
                raise UnreadableEditError("a number without measure")
            below += each.values() if isinstance(each, dict) else each if isinstance(each, list) else []
        if not below:
            return
        level = below
    raise UnreadableEditError("JSON nested too deep")


def _seconds(time: Any) -> float:
    """A time of the library, in seconds."""
    if not (math.isfinite(time.rate) and time.rate > 0 and math.isfinite(time.value)):
        raise UnreadableEditError(f"a time of {time.value:g} at {time.rate:g}")
    return float(time.value / time.rate)


def _rate_of(track: Any) -> float:
    """Frames a second of the first item that says it."""
    return next((float(item.duration().rate) for item in track if hasattr(item, "source_range")), 24.0)


def _joins(track: Any, otio: Any) -> tuple[list[float], list[tuple[float, float]]]:
    """Cuts and dissolves of a track, in order."""
    cuts, dissolves = list[float](), list[tuple[float, float]]()
    for item in list(track)[:MOST_ITEMS]:
        if isinstance(item, otio.schema.Transition):
            around = item.range_in_parent()
            start = _seconds(around.start_time)
            dissolves.append((start, start + _seconds(around.duration)))
        else:
            cuts.append(_seconds(item.range_in_parent().start_time))
    hard = [cut for cut in cuts if cut > 0 and not any(start <= cut <= end for start, end in dissolves)]
    return hard, dissolves


def _markers(timeline: Any, tracks: list[Any], otio: Any) -> list[Marker]:
    """Markers of the whole, of the tracks, and of their items, in the time of the edit."""
    found = [_marker(marker, 0.0) for each in (timeline.tracks, *tracks) for marker in each.markers]
    for track in tracks:
        for item in list(track)[:MOST_ITEMS]:
            if isinstance(item, otio.schema.Transition):
                continue
            shift = _seconds(item.range_in_parent().start_time) - _seconds(item.trimmed_range().start_time)
            found += [_marker(marker, shift) for marker in item.markers]
    return found


def _marker(marker: Any, shift_s: float) -> Marker:
    return Marker(_seconds(marker.marked_range.start_time) + shift_s, str(marker.name or ""))
