"""A small take with everything that a turnover can hold, and what the DAWproject schema allows."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from assistant.deliver import Materials
from assistant.score import Control, Meter, MeterChange, Note, Part, TempoChange, TempoMap
from tests.made_takes import small_materials, small_mixdown, small_plan, with_clip

WORDS_ZH = "二十秒，安静而温暖，然后日出"


def busy_materials(*, rate_hz: float | None = None, text: str = WORDS_ZH) -> Materials:
    """A take of many things, with that brief, to a clip of that rate."""
    made = _busy()
    made = replace(made, brief=replace(made.brief, text=text))
    if rate_hz is None:
        return made
    made = with_clip(made, "/somewhere/private/日出.mov")
    assert made.clip is not None
    return replace(made, clip=replace(made.clip, frame_rate_hz=rate_hz))


@cache
def _busy() -> Materials:
    """A take with a change of metre and tempo, controllers, bends, a grace note and a silent part."""
    base = small_materials(language="zh")
    score = base.take.score
    tempo_map = TempoMap(
        (TempoChange(0.0, 96.0), TempoChange(16.0, 101.3)),
        (MeterChange(0.0, Meter(4, 4)), MeterChange(16.0, Meter(3, 4))),
    )
    lead = score.parts[0]
    turns = (Control(0.0, 11, 100), Control(2.0, 11, 64), Control(1.0, 64, 127), Control(4.5, 128, 12_000))
    lead = replace(lead, controls=turns, notes=(*lead.notes, Note(0.0, 90, 0.05, 127, 0.02)))
    silent = Part("colour-harp", "colour", "harp", 46)
    score = replace(score, tempo_map=tempo_map, parts=(lead, *score.parts[1:], silent))
    plan = replace(small_plan(score), tempo_map=tempo_map)
    take = replace(base.take, score=score, plan=plan)
    return replace(base, take=take, mixdown=small_mixdown(score))


_NAMED = {"name", "color", "comment", "id"}
_TIMELINES = {"Lanes", "Notes", "Clips", "Points", "Audio"}
_CLIP = {"duration", "contentTimeUnit", "playStart", "playStop", "loopStart", "loopEnd", "fadeTimeUnit", "fadeInTime",
         "fadeOutTime", "enable", "reference"}  # fmt: skip
_REAL = {"max", "min", "value", "parameterID", *_NAMED}

GRAMMAR: dict[str, tuple[set[str], set[str], list[str] | set[str]]] = {
    "Project": ({"version"}, set(), ["Application", "Transport", "Structure", "Arrangement", "Scenes"]),
    "Application": ({"name", "version"}, set(), []),
    "Transport": (set(), set(), ["Tempo", "TimeSignature"]),
    "Tempo": ({"unit"}, _REAL, []),
    "TimeSignature": ({"numerator", "denominator"}, {"parameterID", *_NAMED}, []),
    "Structure": (set(), set(), {"Track", "Channel"}),
    "Track": (set(), {"contentType", "loaded", *_NAMED}, ["Channel", "Track"]),
    "Channel": (set(), {"audioChannels", "destination", "role", "solo", *_NAMED},
                ["Devices", "Mute", "Pan", "Sends", "Volume"]),
    "Mute": (set(), {"value", "parameterID", *_NAMED}, []),
    "Pan": ({"unit"}, _REAL, []),
    "Volume": ({"unit"}, _REAL, []),
    "Arrangement": (set(), _NAMED, ["Lanes", "Markers", "TempoAutomation", "TimeSignatureAutomation"]),
    "Lanes": (set(), {"timeUnit", "track", *_NAMED}, _TIMELINES),
    "Clips": (set(), {"timeUnit", "track", *_NAMED}, {"Clip"}),
    "Clip": ({"time"}, _CLIP | _NAMED - {"id"}, _TIMELINES),
    "Notes": (set(), {"timeUnit", "track", *_NAMED}, {"Note"}),
    "Note": ({"time", "duration", "channel", "key"}, {"vel", "rel"}, _TIMELINES),
    "Audio": ({"channels", "sampleRate", "duration"}, {"algorithm", "timeUnit", "track", *_NAMED}, ["File"]),
    "File": ({"path"}, {"external"}, []),
    "Points": (set(), {"unit", "timeUnit", "track", *_NAMED}, ["Target", "RealPoint"]),
    "Target": (set(), {"parameter", "expression", "channel", "key", "controller"}, []),
    "RealPoint": ({"time", "value"}, {"interpolation"}, []),
    "Markers": (set(), {"timeUnit", "track", *_NAMED}, {"Marker"}),
    "Marker": ({"time"}, _NAMED - {"id"}, []),
    "TempoAutomation": (set(), {"unit", "timeUnit", "track", *_NAMED}, ["Target", "RealPoint"]),
    "TimeSignatureAutomation": (set(), {"unit", "timeUnit", "track", *_NAMED}, ["Target", "TimeSignaturePoint"]),
    "TimeSignaturePoint": ({"time", "numerator", "denominator"}, set(), []),
}  # fmt: skip
"""Of each element that we write: attributes that it needs and may have, children in their order, or in any."""
