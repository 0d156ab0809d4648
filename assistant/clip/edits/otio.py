"""Reads OpenTimelineIO's own files (.otio): the first picture track, and the markers of everything.

Conventions: a file is JSON; times are values at a rate; a marker inside an item counts in the item's own time. Nothing
that the file points to is opened.

The file is a stranger's, and OpenTimelineIO 0.18 itself, which is written in C++, ends the whole process on a damaged
one (a changed schema name is enough), so we read the JSON ourselves; the library writes the files of our tests.

Sources: OpenTimelineIO, Serialized Data Documentation (schemas Timeline.1, Stack.1, Track.1, Clip.1 and 2, Gap.1,
Transition.1, Marker.1 and 2).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from assistant.clip.edits.values import MOST_DEPTH, MOST_ITEMS, Edit, UnreadableEditError, outside
from assistant.clip.values import Marker

Node = dict[str, Any]


def read_otio(text: str) -> Edit:
    """Read a time line.

    Raises
    ------
    UnreadableEditError
        If it is none, or has no track with clips.
    """
    try:
        timeline = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableEditError("no JSON that can be read") from error
    if _schema(timeline) != "Timeline":
        raise UnreadableEditError("no OpenTimelineIO time line")
    stack = timeline.get("tracks")
    tracks = [track for track in _children(stack) if _schema(track) == "Track" and _children(track)]
    shown = [track for track in tracks if track.get("kind", "Video") == "Video"] or tracks
    if not shown:
        raise UnreadableEditError("no track with clips")
    cuts, dissolves, length_s = _joins(shown[0])
    markers = [_marker(marker, 0.0) for each in (stack, *tracks) for marker in _listed(each, "markers")]
    markers += [_marker(marker, shift) for track in tracks for marker, shift in _item_markers(track)]
    rate_hz = next((rate for item in _children(shown[0]) if (rate := _rate(item)) is not None), None)
    return Edit(
        rate_hz=rate_hz or 24.0,
        length_s=length_s,
        cuts_s=tuple(cuts),
        dissolves_s=tuple(dissolves),
        markers=tuple(markers[:MOST_ITEMS]),
        rate_is_assumed=rate_hz is None,
    )


def _schema(node: object) -> str:
    """What a node is, without the version: ``"Clip.2"`` is a clip."""
    return str(node.get("OTIO_SCHEMA", "")).split(".")[0] if isinstance(node, dict) else ""


def _listed(node: object, name: str) -> list[Node]:
    """The nodes of a list, what is none left out."""
    value = node.get(name) if isinstance(node, dict) else None
    return [each for each in value if isinstance(each, dict)][:MOST_ITEMS] if isinstance(value, list) else []


def _children(node: object) -> list[Node]:
    return _listed(node, "children")


def _joins(track: Node) -> tuple[list[float], list[tuple[float, float]], float]:
    """Cuts, dissolves and the length of a track."""
    cuts, dissolves, place = list[float](), list[tuple[float, float]](), 0.0
    for item in _children(track):
        if _schema(item) == "Transition":
            before, after = _seconds(item.get("in_offset")), _seconds(item.get("out_offset"))
            dissolves.append((place - before, place + after))
        else:
            cuts.append(place)
            place += _length(item)
    return list(outside(cuts, dissolves)), dissolves, place


def _item_markers(track: Node) -> Iterator[tuple[Node, float]]:
    """The markers of a track's items, with what is to be added to their time."""
    place = 0.0
    for item in _children(track):
        if _schema(item) == "Transition":
            continue
        shift = place - _seconds(_range(item).get("start_time"))
        for marker in _listed(item, "markers"):
            yield marker, shift
        place += _length(item)


def _range(item: Node) -> Node:
    """The stretch of an item that is shown: its own, else that of the medium it refers to."""
    media = item.get("media_references")
    chosen = media.get(item.get("active_media_reference_key")) if isinstance(media, dict) else None
    for holder, name in (
        (item, "source_range"),
        (chosen, "available_range"),
        (item.get("media_reference"), "available_range"),
    ):
        found = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(found, dict):
            return found
    return {}


def _length(item: Node, depth: int = 0) -> float:
    """How long an item is shown, in seconds; what is nested is as long as what it holds."""
    if depth > MOST_DEPTH:
        raise UnreadableEditError("JSON nested too deep")
    shown = _range(item)
    if shown:
        return max(0.0, _seconds(shown.get("duration")))
    inner = [_length(each, depth + 1) for each in _children(item) if _schema(each) != "Transition"]
    return (sum(inner) if _schema(item) == "Track" else max(inner, default=0.0)) if inner else 0.0


def _rate(item: Node) -> float | None:
    """Frames a second of an item, None where it does not say."""
    duration = _range(item).get("duration")
    rate = duration.get("rate") if isinstance(duration, dict) else None
    return float(rate) if _is_number(rate) and 1 <= float(rate) <= 1000 else None  # type: ignore[arg-type]


def _seconds(time: object) -> float:
    """A time, in seconds; 0 where there is none."""
    if time is None:
        return 0.0
    value, rate = (time.get("value"), time.get("rate")) if isinstance(time, dict) else (None, None)
    if not (_is_number(value) and _is_number(rate) and float(rate) > 0):  # type: ignore[arg-type]
        raise UnreadableEditError(f"a time of {value!r:.20} at {rate!r:.20}")
    return float(value) / float(rate)  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    """Whether it is a finite number of a size that a time can have."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def _marker(marker: Node, shift_s: float) -> Marker:
    marked = marker.get("marked_range")
    start = _seconds(marked.get("start_time")) if isinstance(marked, dict) else 0.0
    return Marker(start + shift_s, str(marker.get("name") or ""))
