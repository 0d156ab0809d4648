"""Changes move what they name and nothing else."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.constraints import Adjustment, Constraints, HitPoint, Instruments, Span, arc_of
from assistant.feedback import Change, Now, apply_and_say, apply_changes
from assistant.feedback.values import FIELDS

BEFORE = Constraints(
    duration_s=30.0,
    tempo_bpm=(98.0, 102.0),
    key="A minor",
    meter="4/4",
    region="china",
    styles=("cinematic",),
    instruments=Instruments(("piano", "drums"), ("choir",)),
    hits=(HitPoint(12.0), HitPoint(28.0, "stop")),
    arc=arc_of([(0.0, 0.1, 0.2), (0.5, 0.3, 0.4), (1.0, -0.2, 0.6)]),
)
WHERES = st.sampled_from(["start", "middle", "end", "all", Span(3.0, 9.0), Span(25.0, 90.0), Span(50.0, 60.0), None])
TO = st.sampled_from(["lower", "higher"])
AMOUNTS = st.floats(0.1, 5)
CHANGES = st.one_of(
    st.builds(
        Change, st.sampled_from(["valence", "arousal", "tempo_bpm", "duration_s"]), TO, where=WHERES, amount=AMOUNTS
    ),
    st.builds(
        Change,
        st.sampled_from(["density", "loudness", "register"]),
        TO,
        part=st.sampled_from(["drums", "all", "melody"]),
        where=WHERES,
        amount=AMOUNTS,
    ),
    st.builds(Change, st.just("tempo_bpm"), value=st.tuples(st.floats(1, 999), st.floats(1, 999))),
    st.builds(Change, st.just("duration_s"), value=st.floats(0, 1e6)),
    st.builds(Change, st.just("hits"), value=st.lists(st.floats(0, 100), max_size=4).map(tuple)),
    st.builds(Change, st.just("key"), value=st.sampled_from(["C major", "F# minor"])),
    st.builds(Change, st.just("mode"), value=st.sampled_from(["major", "minor"])),
    st.builds(Change, st.just("meter"), value=st.just("7/8")),
    st.builds(Change, st.just("region"), value=st.one_of(st.none(), st.just("ireland"))),
    st.builds(Change, st.just("styles"), add=st.just(("jazz",)), remove=st.just(("cinematic",))),
    st.builds(Change, st.just("instruments.include"), add=st.just(("flute",))),
    st.builds(Change, st.just("instruments.include"), remove=st.just(("drums",))),
    st.builds(Change, st.just("instruments.exclude"), add=st.just(("organ",))),
    st.builds(Change, st.just("instruments.exclude"), remove=st.just(("choir",))),
    st.builds(Change, st.just("loop"), value=st.booleans()),
    st.builds(Change, st.just("loudness_lufs"), value=st.floats(-90, 10)),
    st.builds(Change, st.just("action"), value=st.just("undo")),
)
TOUCHED = {
    "valence": "arc",
    "arousal": "arc",
    "density": "adjust",
    "loudness": "adjust",
    "register": "adjust",
    "mode": "key",
    "instruments.include": "instruments",
    "instruments.exclude": "instruments",
    "action": "",
}


@given(st.lists(CHANGES, max_size=4))
def test_only_the_named_fields_differ(changes: list[Change]) -> None:
    after = apply_changes(BEFORE, changes)
    touched = {TOUCHED.get(change.field, change.field) for change in changes}
    for field in fields(Constraints):
        if field.name not in touched:
            assert getattr(after, field.name) == getattr(BEFORE, field.name)


@given(TO, st.sampled_from(["start", "middle", "end"]), AMOUNTS, st.floats(0, 1))
def test_a_local_change_of_emotion_leaves_every_other_place(to: str, where: str, amount: float, at: float) -> None:
    after = apply_changes(BEFORE, [Change("valence", to, where=where, amount=amount)])
    low, high = {"start": (0, 1 / 3), "middle": (1 / 3, 2 / 3), "end": (2 / 3, 1)}[where]
    if (at <= low or at >= high) and not (at in (0.0, 1.0) and low <= at <= high):
        assert after.emotion_at(at).valence == pytest.approx(BEFORE.emotion_at(at).valence)
    centre = (low + high) / 2
    moved = after.emotion_at(centre).valence - BEFORE.emotion_at(centre).valence
    assert moved * (1 if to == "higher" else -1) > 0
    assert after.emotion_at(at).arousal == pytest.approx(BEFORE.emotion_at(at).arousal)


def test_every_field_can_be_applied() -> None:
    for field in FIELDS:
        value = "undo" if field == "action" else None
        assert isinstance(apply_changes(BEFORE, [Change(field, value=value)]), Constraints)


def test_slower_lowers_the_tempo_by_a_step_and_keeps_its_width() -> None:
    assert apply_changes(BEFORE, [Change("tempo_bpm", "lower")]).tempo_bpm == (86.0, 90.0)


def test_slower_without_a_tempo_starts_from_the_take() -> None:
    after = apply_changes(Constraints(), [Change("tempo_bpm", "lower")], tempo_bpm=150.0)
    assert after.tempo_bpm == (130.0, 134.0)


def test_what_is_removed_is_banned_and_what_is_added_is_freed() -> None:
    after = apply_changes(BEFORE, [Change("instruments.include", remove=("drums",))])
    assert after.instruments == Instruments(("piano",), ("choir", "drums"))
    back = apply_changes(after, [Change("instruments.include", add=("drums",))])
    assert back.instruments == Instruments(("piano", "drums"), ("choir",))


def test_wishes_about_the_same_part_and_place_add_up_to_their_limit() -> None:
    louder = Change("loudness", "higher", part="piano")
    once = apply_changes(BEFORE, [louder])
    assert once.adjust == (Adjustment("loudness", "piano", 0.4),)
    asked = BEFORE
    for _ in range(4):
        asked = apply_changes(asked, [louder])
    assert asked.adjust == (Adjustment("loudness", "piano", 1.0),)
    assert [remark.code for remark in apply_and_say(asked, [louder]).remarks] == ["feedback_part_at_limit"]


def test_a_new_mode_keeps_the_tonic() -> None:
    assert apply_changes(BEFORE, [Change("mode", value="major")]).key == "A major"
    assert apply_changes(Constraints(), [Change("mode", value="minor")], key="F# major").key == "F# minor"


def test_hits_stay_at_their_seconds_and_those_outside_are_said() -> None:
    applied = apply_and_say(BEFORE, [Change("duration_s", value=20.0)])
    assert applied.constraints.hits == BEFORE.hits
    assert [remark.fact("at_s") for remark in applied.remarks] == [28.0]


def test_a_known_hit_keeps_its_kind() -> None:
    after = apply_changes(BEFORE, [Change("hits", value=(28.0, 5.0), kind="swell")])
    assert after.hits == (HitPoint(5.0, "swell"), HitPoint(28.0, "stop"))


def test_a_value_out_of_range_is_clamped_and_said() -> None:
    applied = apply_and_say(BEFORE, [Change("duration_s", value=9000.0)], now=Now())
    assert applied.constraints.duration_s == 1800.0
    assert applied.remarks[0].code == "feedback_length_clamped"
