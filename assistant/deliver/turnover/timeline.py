"""An OpenTimelineIO time line: the clip, the music under it, and markers at sections and hits.

Conventions: markers and lengths are whole frames of the clip's rate, the sound's own length is in samples; the time
line begins at the picture's time code. A marker lies on the music, so that it moves with it, in the music's own time,
which begins at its time reference.

Source: OpenTimelineIO documentation, Timeline Structure and Serialized Data (opentimelineio.readthedocs.io).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assistant.deliver.turnover.values import Moment, Turnover
from assistant.settings import RATE_HZ

SECTION_COLOUR, HIT_COLOUR = "BLUE", "RED"


def timeline_of(turnover: Turnover, *, sound: str = "mix.wav") -> Any:
    """The time line; ``sound`` is the file of the music."""
    import opentimelineio as otio

    rate_hz = float(turnover.timebase.rate_hz)
    time, span = otio.opentime.RationalTime, otio.opentime.TimeRange
    first, frames = turnover.start_frame, turnover.timebase.frame_at(turnover.length_s)
    media = otio.schema.ExternalReference(
        target_url=sound,
        available_range=span(time(turnover.time_reference, RATE_HZ), time(turnover.frames, RATE_HZ)),
    )
    clip = otio.schema.Clip(
        name=turnover.title, media_reference=media, source_range=span(time(first, rate_hz), time(frames, rate_hz))
    )
    clip.markers.extend(_marker(otio, turnover, moment) for moment in turnover.moments)
    timeline = otio.schema.Timeline(name=turnover.title, global_start_time=time(first, rate_hz))
    if turnover.clip is not None and turnover.clip.has_picture:
        timeline.tracks.append(_picture(otio, turnover))
    timeline.tracks.append(otio.schema.Track(name="Music", kind=otio.schema.TrackKind.Audio, children=[clip]))
    return timeline


def write_otio(turnover: Turnover, path: Path, *, sound: str = "mix.wav") -> Path:
    """Write the time line as OpenTimelineIO's own JSON."""
    path.write_text(timeline_of(turnover, sound=sound).to_json_string() + "\n", encoding="utf-8")
    return path


def _marker(otio: Any, turnover: Turnover, moment: Moment) -> Any:
    """A section as a span, a hit as one frame."""
    base = turnover.timebase
    start, end = base.frame_at(moment.start_s), base.frame_at(moment.end_s)
    rate_hz, count = float(base.rate_hz), 1 if moment.is_hit else end - start
    place = otio.opentime.TimeRange(
        otio.opentime.RationalTime(turnover.start_frame + start, rate_hz), otio.opentime.RationalTime(count, rate_hz)
    )
    return otio.schema.Marker(
        name=moment.name,
        color=HIT_COLOUR if moment.is_hit else SECTION_COLOUR,
        marked_range=place,
        metadata={"cuewright": {"kind": moment.kind, "bar": moment.bar, "beat": moment.beat}},
    )


def _picture(otio: Any, turnover: Turnover) -> Any:
    """The clip, by the name of its file alone: where it lies is nobody else's business."""
    clip = turnover.clip
    assert clip is not None
    base = turnover.timebase
    rate_hz, frames = float(base.rate_hz), base.frame_at(clip.length_s)
    whole = otio.opentime.TimeRange(
        otio.opentime.RationalTime(turnover.start_frame, rate_hz), otio.opentime.RationalTime(frames, rate_hz)
    )
    name = Path(clip.path).name
    media = otio.schema.ExternalReference(target_url=name, available_range=whole)
    shown = otio.schema.Clip(name=name, media_reference=media, source_range=whole)
    return otio.schema.Track(name="Picture", kind=otio.schema.TrackKind.Video, children=[shown])
