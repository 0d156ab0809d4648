"""Every value goes to JSON and comes back equal; what is unknown or wrong is refused by its name."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import assistant
from assistant.audio import Waveform
from assistant.brief import Brief
from assistant.check import Finding, Findings
from assistant.clip import Clip, Cut, Sample
from assistant.constraints import (
    HIT_KINDS,
    USES,
    Adjustment,
    ArcPoint,
    Constraints,
    Evidence,
    HitPoint,
    Instruments,
    Span,
    Understanding,
)
from assistant.deliver import Delivered, Delivery
from assistant.errors import InputError
from assistant.feedback import Change, KeepWish, Reply
from assistant.plan import Plan
from assistant.records import STRICT, from_data, from_json, to_data, to_json
from assistant.remark import Remark
from assistant.score import Score
from assistant.session import Session, TakeRecord, Turn
from tests.made_scores import WORDS, scores
from tests.plans import toy_plan

UNIT = st.floats(-1, 1)
SECONDS = st.floats(0.001, 1800)
IDS = st.lists(st.sampled_from(["flute", "strings", "choir", "筝"]), max_size=3, unique=True).map(tuple)
REMARKS = st.lists(
    st.builds(Remark.of, WORDS, name=WORDS, at_s=st.floats(allow_nan=False, allow_infinity=False), count=st.integers()),
    max_size=3,
).map(tuple)


def some(of: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=most).map(tuple)


BRIEFS = st.builds(Brief, WORDS, st.none() | WORDS, st.none() | st.just("zh"))
CLIPS = st.builds(
    Clip,
    WORDS,
    SECONDS,
    frame_rate_hz=st.none() | st.floats(1, 120),
    variable_rate=st.booleans(),
    cuts=some(st.builds(Cut, SECONDS, st.floats(0, 1))),
    motion=some(st.builds(Sample, SECONDS, st.floats(0, 1))),
    tempo_bpm=st.none() | st.floats(40, 200),
    key=st.none() | st.just("A minor"),
    remarks=REMARKS,
)
PLACES = st.sampled_from(["start", "middle", "end", "all"]) | st.builds(Span, SECONDS, SECONDS)
CONSTRAINTS = st.builds(
    Constraints,
    language=st.sampled_from(["en", "zh"]),
    duration_s=st.none() | SECONDS,
    use=st.sampled_from(USES),
    arc=st.lists(st.builds(ArcPoint, st.floats(0, 1), UNIT, UNIT), min_size=1, max_size=4).map(
        lambda points: tuple(sorted(points, key=lambda point: point.at))
    ),
    styles=IDS,
    region=st.none() | WORDS,
    tempo_bpm=st.none() | st.tuples(st.floats(20, 90), st.floats(90, 200)),
    meter=st.none() | st.just("7/8"),
    key=st.none() | st.just("F# dorian"),
    instruments=st.builds(Instruments, IDS, IDS),
    hits=some(st.builds(HitPoint, SECONDS, st.sampled_from(HIT_KINDS))),
    loop=st.booleans(),
    adjust=some(
        st.builds(Adjustment, st.sampled_from(["density", "loudness", "register"]), WORDS, UNIT, PLACES),
    ),
    loudness_lufs=st.none() | st.floats(-60, 0),
    evidence=some(st.builds(Evidence, WORDS, WORDS, st.integers(-1, 9), st.integers(-1, 9), st.floats(0, 1))),
)
PLANS = st.builds(
    lambda bars, bpm, meter, loop, remarks, asked: replace(
        toy_plan(bars, bpm=bpm, meter=meter, loop=loop, hits=((bars // 2, "hit"),)), remarks=remarks, asked=asked
    ),
    st.integers(2, 9),
    st.floats(40, 200),
    st.sampled_from(["4/4", "6/8", "7/8"]),
    st.booleans(),
    REMARKS,
    st.none() | CONSTRAINTS,
)
MEASURES = st.floats(allow_nan=False, allow_infinity=False) | WORDS
FINDINGS = some(
    st.builds(Finding, WORDS, MEASURES, MEASURES, WORDS, UNIT, UNIT, st.booleans(), st.sampled_from(["score", "sound"]))
).map(Findings)
TAKES = st.builds(
    TakeRecord, st.integers(1, 9), CONSTRAINTS, PLANS, scores(), FINDINGS, WORDS, st.integers(0), WORDS, clip=CLIPS
)
VALUES: dict[type, st.SearchStrategy[Any]] = {
    Brief: BRIEFS,
    Clip: CLIPS,
    Constraints: CONSTRAINTS,
    Understanding: st.builds(Understanding, st.sampled_from(["accept", "ask"]), CONSTRAINTS, REMARKS),
    Plan: PLANS,
    Score: scores(),
    Findings: FINDINGS,
    Delivery: st.builds(Delivery, WORDS, some(st.builds(Delivered, WORDS, st.integers(0))), REMARKS),
    Reply: st.builds(
        Reply,
        some(
            st.builds(
                Change,
                st.sampled_from(["tempo_bpm", "loop", "key", "hits"]),
                value=st.none() | st.booleans() | WORDS | SECONDS | some(SECONDS),
                where=st.none() | PLACES,
            )
        ),
        some(st.builds(KeepWish, WORDS | st.builds(Span, SECONDS, SECONDS), IDS)),
    ),
    Session: st.builds(
        Session,
        WORDS,
        turns=some(st.builds(Turn, WORDS, WORDS, st.integers(0, 9), st.none() | WORDS)),
        takes=some(TAKES, 1),
        current=st.integers(0, 9),
        undone=some(st.integers(1, 9)),
        pending=st.none() | CONSTRAINTS,
    ),
}


def records() -> list[type]:
    """Every record of the core."""
    found: set[type] = set()
    for module in pkgutil.walk_packages(assistant.__path__, "assistant."):
        if module.name.split(".")[1] not in ("__main__", "cli", "page"):
            members = vars(importlib.import_module(module.name)).values()
            found |= {item for item in members if isinstance(item, type) and hasattr(item, "__pydantic_config__")}
    return sorted(found, key=lambda kind: (kind.__module__, kind.__name__))


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
@settings(max_examples=30)
@given(data=st.data())
def test_json_keeps_everything(kind: type, data: st.DataObject) -> None:
    value = data.draw(VALUES[kind])
    back = from_json(kind, to_json(value))
    assert back == value
    assert to_json(back) == to_json(value)


@given(
    samples=st.lists(st.floats(-2, 2, width=32), max_size=12),
    channels=st.sampled_from([1, 2]),
    rate_hz=st.sampled_from([8000, 44_100, 48_000]),
)
def test_json_keeps_every_sample(samples: list[float], channels: int, rate_hz: int) -> None:
    waveform = Waveform(np.array([samples] * channels, np.float32).reshape(channels, -1), rate_hz)
    assert from_json(Waveform, to_json(waveform)) == waveform


@pytest.mark.parametrize("kind", records(), ids=lambda kind: kind.__name__)
def test_a_record_is_frozen_and_knows_its_fields(kind: type) -> None:
    assert kind.__pydantic_config__ is STRICT
    assert is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
@settings(max_examples=5)
@given(data=st.data())
def test_a_misspelt_field_is_refused_by_its_name(kind: type, data: st.DataObject) -> None:
    given_data = to_data(data.draw(VALUES[kind]))
    with pytest.raises(InputError, match=f"{kind.__name__} with misspelt"):
        from_data(kind, {**given_data, "misspelt": 1})


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
@settings(max_examples=5)
@given(data=st.data())
def test_a_missing_field_is_named(kind: type, data: st.DataObject) -> None:
    first = fields(kind)[0].name
    given_data = to_data(data.draw(VALUES[kind]))
    del given_data[first]
    if kind in (Constraints, Reply, Findings):  # everything may be left out
        from_data(kind, given_data)
    else:
        with pytest.raises(InputError, match=f"{kind.__name__} with {first}"):
            from_data(kind, given_data)


@pytest.mark.parametrize(
    ("kind", "data", "named"),
    [
        (Constraints, {"duration_s": "long"}, "Constraints with duration_s = 'long'"),
        (Constraints, {"hits": [{"at_s": 3.0, "kind": "bang"}]}, "hit kind 'bang'"),
        (Constraints, {"arc": [{"at": 2.0, "valence": 0.0, "arousal": 0.0}]}, "arc point"),
        (Constraints, {"adjust": [{"field": "colour", "part": "all", "amount": 0.1}]}, r"adjust\.0\.field = 'colour'"),
        (Brief, {"text": 7}, "Brief with text = 7"),
        (Clip, {"path": "a.mp4", "length_s": 0}, "clip of 0"),
        (Score, {"tempo_map": {"tempos": [], "meters": []}, "parts": [], "length_s": 1.0}, "tempos at"),
        (Findings, {"items": 3}, "Findings with items = 3"),
        (Reply, {"changes": [{"field": "flavour"}]}, "change of 'flavour'"),
        (Waveform, {"rate_hz": 1, "channels": 1, "float32": ""}, "sample rate 1"),
        (Brief, [], "Brief with the whole value"),
    ],
)
def test_a_bad_value_is_named(kind: type, data: object, named: str) -> None:
    with pytest.raises(InputError, match=named):
        from_data(kind, data)


@pytest.mark.parametrize("text", ["", "{", "[1,", '{"text": "a"'])
def test_what_is_no_json_is_bad_input(text: str) -> None:
    with pytest.raises(InputError, match="JSON"):
        from_json(Brief, text)
