"""Changes made by hand: checked, worded, walked along the line like a reply, and what they don't name stays."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import pipeline
from assistant.brief import Brief, Edit
from assistant.check import Findings
from assistant.constraints import HIT_KINDS, Adjustment, ArcPoint, Constraints, Evidence, HitPoint, Instruments
from assistant.errors import InputError
from assistant.explain import voice
from assistant.feedback import Change, apply_changes, cells_to_keep, edit_of, now_of, reply_by_hand, signed, worded
from assistant.feedback.drawn import MOST_POINTS, arc_from, redrawn, simplified
from assistant.feedback.handmade import EDITORS, LEGAL_FIELDS, Desk, changes_by_hand
from assistant.feedback.handwords import HAND, clock
from assistant.language import READ_LANGUAGES
from assistant.library import Library
from assistant.plan import make_plan
from assistant.records import from_json, to_json
from assistant.score import Cell
from assistant.session import Session, TakeRecord
from assistant.taste import Taste
from models.registry import get_engine

ASKED = Constraints(
    duration_s=40.0,
    arc=(ArcPoint(0.0, -0.6, -0.4), ArcPoint(0.6, -0.2, 0.0), ArcPoint(1.0, 0.6, 0.5)),
    styles=("orchestral",),
    tempo_bpm=(94.0, 98.0),
    key="D minor",
    instruments=Instruments(("violin", "piano"), ("drums",)),
    hits=(HitPoint(15.0, "reveal"), HitPoint(28.0)),
    adjust=(Adjustment("loudness", "piano", -0.4),),
    evidence=(
        Evidence("tempo_bpm", "96 bpm"),
        Evidence("hits[0]", "the door at 0:15"),
        Evidence("hits[1]", "0:28"),
        Evidence("arc", "sad, then hope"),
        Evidence("styles", "cinematic", assumed=True),
    ),
)


@pytest.fixture(scope="module")
def take() -> TakeRecord:
    from assistant import library as libraries

    library, engine = libraries.load(), get_engine("rules")
    plan = make_plan(ASKED, library=library, seed=7)
    score = engine.generate(plan, seed=7)
    return TakeRecord(1, ASKED, plan, score, Findings(), "rules", 7, "nowhere")


def changed(library: Library, field: str, value: object, asked: Constraints = ASKED) -> Constraints:
    """The constraints after one edit."""
    return apply_changes(asked, changes_by_hand((edit_of(field, value),), Desk(asked, 40.0, library)), key="D minor")


@pytest.mark.parametrize(
    ("field", "value", "read", "expected"),
    [
        ("duration_s", 32, "duration_s", 32.0),
        ("duration_s", None, "duration_s", None),
        ("use", "ad", "use", "ad"),
        ("use", None, "use", "other"),
        ("styles", ["jazz"], "styles", ("jazz",)),
        ("styles", None, "styles", ()),
        ("region", "ireland", "region", "ireland"),
        ("tempo_bpm", 120, "tempo_bpm", (118.0, 122.0)),
        ("tempo_bpm", None, "tempo_bpm", None),
        ("meter", "3/4", "meter", "3/4"),
        ("key", "f# minor".title(), "key", "F# minor"),
        ("key", None, "key", None),
        ("loop", True, "loop", True),
        ("loudness_lufs", -18.5, "loudness_lufs", -18.5),
        ("instruments.add", "flute", "instruments", Instruments(("violin", "piano", "flute"), ("drums",))),
        ("instruments.remove", ["piano"], "instruments", Instruments(("violin",), ("drums", "piano"))),
        ("instruments.allow", "drums", "instruments", Instruments(("violin", "piano"), ())),
        ("hits", [28.0], "hits", (HitPoint(28.0),)),
        ("hits.add", 3.5, "hits", (HitPoint(3.5), *ASKED.hits)),
        ("hits[0]", 16.2, "hits", (HitPoint(16.2, "reveal"), HitPoint(28.0))),
        ("hits[1]", None, "hits", (HitPoint(15.0, "reveal"),)),
        ("arc", [[0, 0, 0], [1, 1, -1]], "arc", (ArcPoint(0.0, 0.0, 0.0), ArcPoint(1.0, 1.0, -1.0))),
        ("adjust[0]", 0.5, "adjust", (Adjustment("loudness", "piano", 0.5),)),
        ("adjust[0]", None, "adjust", ()),
    ],
)
def test_an_edit_sets_what_it_names_and_nothing_else(library, field, value, read, expected):
    after = changed(library, field, value)
    assert getattr(after, read) == expected
    assert replace(after, **{read: getattr(ASKED, read)}) == replace(ASKED, evidence=after.evidence)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("duration_s", 1.0, "length 1; 2 to 1800 s"),
        ("duration_s", "long", "length 'long'"),
        ("tempo_bpm", 1000, "tempo 1000; 20 to 300 BPM"),
        ("tempo_bpm", True, "tempo True"),
        ("loudness_lufs", 3, "loudness 3; -40 to -6 LUFS"),
        ("key", "H moll", "key 'H moll'"),
        ("key", "<script>", "key '<script>'"),
        ("meter", "4/3", "metre '4/3'"),
        ("region", "atlantis", "region 'atlantis'"),
        ("use", "war", "use 'war'"),
        ("styles", ["jaz"], "did you mean 'jazz'"),
        ("loop", "yes", "loop 'yes'"),
        ("instruments.add", ["theremin of doom"], "instrument 'theremin of doom'"),
        ("instruments.remove", [], "ids"),
        ("hits", [1.0, 99.0], "hit at 99; 0 to 40 s"),
        ("hits", [[1.0, 2.0]], "hits"),
        ("hits.add", None, "hits"),
        ("hits[2]", 3.0, "hit 3; 1 to 2"),
        ("adjust[1]", 0.1, "wish 2 for a part"),
        ("adjust[0]", 1.5, "amount 1.5; -1 to 1"),
        ("arc", [], "arc"),
        ("arc", [[0.0, 2.0, 0.0]], "arc point"),
        ("arc", [[0.0, 0.0]] * 3, "arc"),
        ("arc.arousal", [[0.1, 0.2]], "stroke"),
        ("arc.valence", [[0.1, 5.0], [0.9, 0.0]], "stroke"),
    ],
)
def test_what_is_illegal_is_named_with_its_legal_form_and_a_cure(library, field, value, named):
    with pytest.raises(InputError) as caught:
        changed(library, field, value)
    assert named in str(caught.value)
    assert caught.value.legal and caught.value.cure


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("evidence", 1),
        ("adjust", 0.2),
        ("hits[", 0.2),
        ("key[0]", "D minor"),
        (7, 1),
        (None, None),
        ("hits", {"a": 1}),
        ("hits", [1.0, "x"]),
        ("tempo_bpm", float("nan")),
        ("tempo_bpm", float("inf")),
        ("tempo_bpm", 10**400),
        ("hits", [0.5] * 500),
        ("arc", [[0, 0, 0, 0]]),
    ],
)
def test_what_is_no_edit_is_refused_before_anything_is_done(field, value):
    with pytest.raises(InputError):
        edit_of(field, value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4),
)


@given(field=st.sampled_from([*EDITORS, "hits[0]", "adjust[0]", "hits[9]"]) | st.text(max_size=12), value=JSON)
def test_whatever_a_page_sends_is_a_change_or_an_error_in_our_form(library, field, value):
    try:
        assert isinstance(changed(library, field, value), Constraints)
    except InputError as error:
        assert error.given and error.legal and error.cure


@pytest.mark.parametrize("field", EDITORS)
def test_a_value_that_is_so_already_asks_for_nothing(library, field):
    same = {
        "tempo_bpm": 96.0,
        "instruments.add": "violin",
        "instruments.remove": "drums",
        "instruments.allow": "cello",
        "hits": [28.0, 15.0],
        "hits.add": 15.0,
        "arc": [[point.at, point.valence, point.arousal] for point in ASKED.arc],
        "arc.arousal": None,
        "arc.valence": None,
    }
    value = same.get(field, getattr(ASKED, field, None))
    if field.startswith("arc."):
        return  # a stroke is always drawn anew
    desk = Desk(ASKED, 40.0, library)
    assert changes_by_hand((edit_of(field, value),), desk) == ()


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(-1, 1)), min_size=2, max_size=80),
    st.sampled_from(["valence", "arousal"]),
)
def test_a_stroke_becomes_few_points_and_leaves_the_other_line_alone(points, dimension):
    try:
        arc = redrawn(ASKED, dimension, tuple(points))
    except InputError:
        return
    other = "arousal" if dimension == "valence" else "valence"
    after = replace(ASKED, arc=arc)
    assert len(arc) <= MOST_POINTS + 2 + 2 * len(ASKED.arc)
    for step in range(41):
        before, now = ASKED.emotion_at(step / 40), after.emotion_at(step / 40)
        assert getattr(now, other) == pytest.approx(getattr(before, other), abs=0.01)


def test_a_stroke_over_a_place_leaves_the_rest_of_the_line_where_it_was():
    arc = redrawn(ASKED, "arousal", ((0.4, 0.9), (0.45, 1.0), (0.5, 0.9)))
    after = replace(ASKED, arc=arc)
    assert after.emotion_at(0.45).arousal == pytest.approx(1.0)
    for at in (0.0, 0.1, 0.3, 0.6, 0.8, 1.0):
        assert after.emotion_at(at).arousal == pytest.approx(ASKED.emotion_at(at).arousal, abs=1e-3)


def test_the_turns_of_a_stroke_are_what_is_kept_of_it():
    zigzag = [(step / 60, abs((step / 15) % 2 - 1)) for step in range(61)]
    assert [at for at, _ in simplified(zigzag, 6)] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert len(simplified(zigzag, 3)) == 3
    straight = arc_from(tuple((at / 10, at / 20, 0.1) for at in range(11)))
    assert [point.at for point in straight] == [0.0, 1.0], "handles on the line say nothing"


def test_an_edit_reads_back_from_json():
    brief = Brief(
        "", edits=(Edit("arc", ((0.0, 0.1, 0.2),)), Edit("hits", (1.0, 2.5)), Edit("styles", ("jazz",)), Edit("key"))
    )
    assert from_json(Brief, to_json(brief)) == brief


@pytest.mark.parametrize("language", READ_LANGUAGES)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hits[0]", 16.2),
        ("hits.add", 3.0),
        ("hits[1]", None),
        ("tempo_bpm", 120),
        ("key", None),
        ("region", "ireland"),
        ("use", "ad"),
        ("styles", ["jazz"]),
        ("loop", True),
        ("instruments.add", "flute"),
        ("instruments.remove", "piano"),
        ("instruments.allow", "drums"),
        ("arc", [[0, 0, 0], [1, 1, -1]]),
        ("arc.arousal", [[0, 0], [1, 1]]),
        ("arc.valence", [[0, 0], [1, 1]]),
        ("adjust[0]", 0.5),
        ("duration_s", 30),
        ("loudness_lufs", -20),
    ],
)
def test_every_edit_has_a_sentence_in_every_language(library, take, language, field, value):
    speaker = voice(language)
    text = worded(Brief("", edits=(edit_of(field, value),)), take, library, speaker).text
    assert text and "$" not in text and "hand_" not in text
    if language != "en" and field != "loudness_lufs":  # in some languages it is called so too
        assert text != worded(Brief("", edits=(edit_of(field, value),)), take, library, voice("en")).text


def test_the_sentence_of_a_moved_hit_names_both_times(library, take):
    brief = worded(Brief("", edits=(Edit("hits[0]", 16.2),)), take, library, voice("en"))
    assert brief.text == "Hit moved from 0:15.00 to 0:16.20."
    assert (clock(59.999), clock(0.0)) == ("1:00.00", "0:00.00")


def test_a_value_set_by_hand_says_so_and_the_others_keep_their_words(library):
    edits = (Edit("hits[0]", 30.5), Edit("tempo_bpm", 120.0), Edit("arc.arousal", ((0.0, 1.0), (1.0, -1.0))))
    changes = changes_by_hand(edits, Desk(ASKED, 40.0, library))
    after = signed(apply_changes(ASKED, changes), ASKED, changes, voice("en"))
    words = {item.field: item.words for item in after.evidence if item.source == HAND}
    assert words["hits[1]"] == "Hit moved from 0:15.00 to 0:30.50."
    assert words["tempo_bpm"] == "Tempo: 96 BPM to 120 BPM."
    assert [item.words for item in after.evidence if item.field == "hits[0]"] == ["0:28"], (
        "the other hit is the first now"
    )
    assert [item.words for item in after.evidence if item.field == "arc"] == [
        "sad, then hope",
        "The arc of energy is drawn anew.",
    ]


def edited(take: TakeRecord, library: Library, *edits: Edit) -> TakeRecord:
    """The next take, as far as its score."""
    reply = reply_by_hand(Brief("", edits=edits), take, library)
    asked = apply_changes(take.constraints, reply.changes, key=now_of(take.plan).key)
    plan = make_plan(asked, library=library, seed=take.seed, previous=take.plan)
    score = get_engine("rules").generate(plan, keep=cells_to_keep(reply, take, plan), seed=take.seed)
    return TakeRecord(2, asked, plan, score, Findings(), "rules", take.seed, "nowhere", parent=1)


def same_bars(before: TakeRecord, after: TakeRecord) -> set[int]:
    """Bars in which every part that both takes have plays the same."""
    ids = {part.id for part in before.score.parts} & {part.id for part in after.score.parts}
    bars = range(min(before.plan.bar_count, after.plan.bar_count))
    return {
        bar for bar in bars if all(before.score.cell(Cell(id, bar)) == after.score.cell(Cell(id, bar)) for id in ids)
    }


@pytest.mark.parametrize("by_s", [-1.0, -0.3, 0.4, 1.2])
def test_a_hit_that_moves_leaves_every_bar_before_it_as_it_was(library, take, by_s):
    after = edited(take, library, Edit("hits[1]", 28.0 + by_s))
    assert [hit.at_s for hit in after.plan.hits if hit.feasible] == [15.0, 28.0 + by_s]
    first = next(
        bar.index for bar in take.plan.bars if take.plan.tempo_map.seconds_at(bar.end_q) > min(28.0, 28.0 + by_s)
    )
    assert set(range(first - 2)) <= same_bars(take, after)
    assert after.plan.tempo_map.felt_bpm[0] == pytest.approx(take.plan.tempo_map.felt_bpm[0], rel=0.045)


def test_an_arc_that_is_redrawn_in_one_place_leaves_bars_elsewhere_as_they_were(library, take):
    after = edited(take, library, Edit("arc.arousal", ((0.8, 0.9), (1.0, 0.9))))
    assert after.constraints.emotion_at(0.9).arousal == pytest.approx(0.9)
    kept = [
        bar for bar in same_bars(take, after) if take.plan.tempo_map.seconds_at(take.plan.bars[bar].end_q) < 0.7 * 40
    ]
    before = [bar for bar in take.plan.bars if take.plan.tempo_map.seconds_at(bar.end_q) < 0.7 * 40]
    assert len(kept) >= 0.6 * len(before)


def test_a_loudness_set_by_hand_leaves_every_note(library, take):
    after = edited(take, library, Edit("loudness_lufs", -20.0))
    assert same_bars(take, after) == set(range(take.plan.bar_count))
    assert after.plan.loudness_lufs == -20.0


def test_a_change_by_hand_is_a_turn_with_a_take_and_teaches_taste(library, settings, tmp_path):
    line = pipeline.Line(library, settings, get_engine("rules"), lambda number: tmp_path / f"take-{number}", seed=3)

    def walk(session: Session, brief: Brief) -> Session:
        last = list(pipeline.converse(session, brief, line=line))[-1].value
        assert isinstance(last, Session)
        return last

    with pytest.raises(InputError, match="a take that it changes"):
        walk(Session("s"), Brief("", edits=(Edit("loop", True),)))
    session = walk(Session("s"), Brief("calm piano and cello, 8 seconds, hit at 0:04"))
    session = walk(session, Brief("", edits=(Edit("hits[0]", 5.0),)))
    assert session.turns[-1].words == "Hit moved from 0:04.00 to 0:05.00."
    assert session.turns[-1].take == session.current == 2
    taken = session.current_take
    assert taken is not None and [hit.at_s for hit in taken.plan.hits] == [5.0] and taken.parent == 1
    session = walk(session, Brief("", edits=(Edit("instruments.remove", ("cello",)),)))
    assert session.taste != Taste()
    assert [leaning.label for leaning in session.taste.leanings] == ["instrument:cello"]
    session = walk(session, Brief("", edits=(Edit("instruments.remove", ("cello",)),)))
    assert session.current == 3, "what is so already makes no take"
    assert session.undo().current == 2


def test_every_field_of_an_edit_is_in_the_legal_form_that_is_said():
    assert set(EDITORS) < set(LEGAL_FIELDS.split(", "))
    assert Change("arc", arc=ASKED.arc).to_contract() == {
        "field": "arc",
        "value": [[0.0, -0.6, -0.4], [0.6, -0.2, 0.0], [1.0, 0.6, 0.5]],
    }
    assert HIT_KINDS[0] == "hit", "a new hit is a plain one"
