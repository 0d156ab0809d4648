"""What the picture adds to the words: an arc where they leave it open, shades between, hits on cuts and on markers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant import library
from assistant.brief import Brief
from assistant.clip import Clip, Cut, Marker, Sample
from assistant.constraints import ArcPoint, Constraints, Understanding
from assistant.errors import DataError
from assistant.explain import voice
from assistant.feedback import read_reply
from assistant.interpret import read_brief
from assistant.interpret.on_cuts import wish_for_cuts
from assistant.interpret.picture import load_table
from assistant.language import READ_LANGUAGES
from assistant.library import Library
from assistant.plan import make_plan
from assistant.remark import Remark
from tests.conftest import ROOT

PROMPTS = ROOT / "prompts"


@pytest.fixture(scope="module")
def data() -> Library:
    return library.load()


def curve(*values: float) -> tuple[Sample, ...]:
    return tuple(Sample(30 * (index + 0.5) / len(values), value) for index, value in enumerate(values))


def film(**how: object) -> Clip:
    plain = Clip(
        "film.mp4", 30.0, frame_rate_hz=25.0, width=640, height=360,
        brightness=curve(*[0.42] * 30), saturation=curve(*[0.15] * 30), warmth=curve(*[0.06] * 30),
        motion=curve(*[0.28] * 30), cuts=tuple(Cut(float(at), 0.7) for at in range(3, 30, 5)),
    )  # fmt: skip
    return replace(plain, **how)  # type: ignore[arg-type]


THREE_CUTS = (Cut(11.875, 0.8), Cut(15.75, 0.9), Cut(23.04, 0.7))


def read(text: str, clip: Clip | None, data: Library) -> Understanding:
    return read_brief(Brief(text, "film.mp4" if clip else None), library=data, clip=clip)


def mean_of(asked: Constraints, name: str) -> float:
    return sum(getattr(asked.emotion_at(step / 8), name) for step in range(9)) / 9


# --- the arc


def test_without_words_of_emotion_a_bright_picture_is_happier_than_a_dark_one(data: Library) -> None:
    bright, dark = (
        read("music for this clip", film(brightness=curve(*[v] * 30)), data).constraints for v in (0.8, 0.1)
    )
    assert mean_of(bright, "valence") > 0.2 > -0.2 > mean_of(dark, "valence")
    evidence = bright.evidence_for("arc")
    assert evidence is not None and evidence.words.startswith("clip: brightness 0.80") and not evidence.assumed
    assert evidence.confidence < 0.5


def test_without_words_of_emotion_motion_and_quick_cutting_raise_arousal_in_their_place(data: Library) -> None:
    clip = film(motion=curve(*[0.1] * 15, *[0.7] * 15), cuts=tuple(Cut(20 + i * 0.8, 0.7) for i in range(10)))
    asked = read("music for this clip", clip, data).constraints
    assert asked.emotion_at(0.0).arousal < -0.1 and asked.emotion_at(0.9).arousal > 0.15


def test_words_outweigh_the_picture(data: Library) -> None:
    alone = read("tense at first, triumphant at the end", None, data).constraints
    with_clip = read("tense at first, triumphant at the end", film(brightness=curve(*[0.05] * 30)), data).constraints
    for point in alone.arc:
        assert with_clip.emotion_at(point.at) == point
    assert abs(mean_of(alone, "valence") - mean_of(with_clip, "valence")) < 0.05


def test_between_the_words_the_picture_shades_a_little(data: Library) -> None:
    clip = film(motion=curve(*[0.1] * 12, *[0.9] * 6, *[0.1] * 12))
    alone = read("a calm cue", None, data).constraints
    shaded = read("a calm cue", clip, data).constraints
    assert 0.01 < shaded.emotion_at(0.5).arousal - alone.emotion_at(0.5).arousal < 0.15
    assert shaded.emotion_at(0.0) == alone.emotion_at(0.0)


def test_a_mood_board_sets_the_mood_and_no_length(data: Library) -> None:
    board = Clip("board.png", 1.0, kind="still", brightness=curve(0.75), saturation=curve(0.35), warmth=curve(0.3))
    found = read("an advert", board, data)
    assert found.constraints.arc[0].valence > 0.2 and len(found.constraints.arc) == 1
    assert make_plan(found.constraints, library=data, clip=board, seed=1).length_s > 5


def test_a_picture_alone_is_a_brief(data: Library) -> None:
    board = Clip("board.png", 1.0, kind="still", brightness=curve(0.2), saturation=curve(0.1), warmth=curve(0.0))
    assert read("", board, data).outcome == "accept"
    assert read("", None, data).outcome == "ask"


def test_a_curve_drives_arousal_and_the_words_valence(data: Library) -> None:
    drive = Clip("pulse.csv", 40.0, kind="curve", arousal=tuple(Sample(at, at / 20 - 1) for at in range(41)))
    asked = read("happy music", drive, data).constraints
    assert asked.arc[0].arousal == -1 and asked.arc[-1].arousal == 1
    assert all(point.valence > 0.3 for point in asked.arc)
    assert any(item.words == "clip: curve of 41 points over 40 s" for item in asked.evidence)
    assert make_plan(asked, library=data, clip=drive, seed=1).length_s == 40


def test_a_ragged_curve_becomes_few_points_in_its_shape(data: Library) -> None:
    values = [((at * 7) % 5) / 10 - 0.2 + (0.8 if at > 50 else -0.5) for at in range(101)]
    drive = Clip("a.csv", 100.0, kind="curve", arousal=tuple(Sample(float(at), v) for at, v in enumerate(values)))
    asked = read("", drive, data).constraints
    assert len(asked.arc) <= 12
    assert asked.emotion_at(0.2).arousal < 0 < asked.emotion_at(0.8).arousal


# --- hits


def test_the_strongest_cut_is_offered_where_nobody_names_a_hit(data: Library) -> None:
    found = read("warm music", film(cuts=THREE_CUTS), data)
    remark = next(each for each in found.remarks if each.code == "offer_cuts")
    assert (remark.fact("count"), remark.fact("time"), found.outcome) == (3, "0:15.75", "accept")
    offer = voice("en").ask((remark,))
    assert "three" not in offer.text and "3 hard cuts" in offer.text and "0:15.75" in offer.text
    for answer in offer.answers:
        assert wish_for_cuts(answer, "en", PROMPTS)


@pytest.mark.parametrize("text", ["warm music, hit at 0:10", "warm music on the cut"])
def test_nothing_is_offered_where_the_words_speak(text: str, data: Library) -> None:
    found = read(text, film(cuts=THREE_CUTS), data)
    assert found.constraints.hits and not [each for each in found.remarks if each.code.startswith("offer")]


def test_a_sound_or_a_film_of_one_shot_offers_nothing(data: Library) -> None:
    assert read("warm music", film(cuts=()), data).remarks == read("warm music", None, data).remarks


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("a big change on the cut", [15.75]),
        ("Hits on every cut, please", [11.875, 15.75, 23.04]),
        ("an accent at 0:12, on the cut", [11.875]),
        ("eine ruhige Musik, der Wechsel auf den Schnitt", [15.75]),
        ("温暖的音乐，卡在剪辑点上", [15.75]),
        ("溫暖的音樂，卡在每個剪輯點", [11.875, 15.75, 23.04]),
        ("穏やかな曲、カットに合わせて変化", [15.75]),
    ],
)
def test_on_the_cut_makes_hits_of_cuts_with_their_evidence(text: str, hits: list[float], data: Library) -> None:
    asked = read(text, film(cuts=THREE_CUTS), data).constraints
    assert [hit.at_s for hit in asked.hits] == hits
    evidence = asked.evidence_for("hits[0]")
    assert evidence is not None and evidence.words == f"clip: cut at {hits[0]:.3f} s"


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_every_language_says_on_the_cut_and_on_the_cuts(language: str) -> None:
    import tomllib

    listed = tomllib.loads((PROMPTS / "picture.toml").read_text("utf-8"))["on_the_cut"][language]
    for wish in ("one", "all"):
        for form in listed[wish].split(","):
            assert wish_for_cuts(f"X, {form.strip()}.", language, PROMPTS) == wish, form


def test_words_about_other_cuts_are_no_wish() -> None:
    for words in ("cut the drums", "a shortcut through the woods", "the cutting edge", "a haircut scene"):
        assert not wish_for_cuts(words, "en", PROMPTS)


def test_a_reply_puts_the_change_on_the_cut(data: Library) -> None:
    reply = read_reply("Yes, on the cut at 15.75 s", constraints=Constraints(), library=data, cuts=THREE_CUTS)
    assert [(change.field, change.value) for change in reply.changes] == [("hits", (15.75,))]
    reply = read_reply("auf jeden Schnitt bitte", constraints=Constraints(language="de"), library=data, cuts=THREE_CUTS)
    assert [change.value for change in reply.changes] == [(11.875, 15.75, 23.04)]
    assert not read_reply("louder drums", constraints=Constraints(), library=data, cuts=THREE_CUTS).changes[0].value


def test_markers_of_an_edit_become_hits_of_the_kind_they_name(data: Library) -> None:
    markers = (Marker(4.0, "Hit 1"), Marker(9.5, "logo reveal"), Marker(20.0, ""), Marker(44.0, "after the end"))
    edit = Clip("a.edl", 30.0, kind="edit", frame_rate_hz=25.0, cuts=THREE_CUTS, markers=markers)
    asked = read("an advert", edit, data).constraints
    assert [(hit.at_s, hit.kind) for hit in asked.hits] == [(4.0, "hit"), (9.5, "reveal"), (20.0, "hit")]
    evidence = asked.evidence_for("hits[1]")
    assert evidence is not None and evidence.words == "clip: marker 'logo reveal' at 9.500 s"
    assert [hit.at_s for hit in read("an advert, hit at 0:12", edit, data).constraints.hits] == [12.0]


def test_cuts_of_an_edit_get_bar_lines_like_those_of_a_film(data: Library) -> None:
    edit = Clip("a.edl", 30.0, kind="edit", frame_rate_hz=25.0, cuts=(Cut(11.0, 0.6),))
    plan = make_plan(read("calm music", edit, data).constraints, library=data, clip=edit, seed=1)
    starts = [plan.tempo_map.seconds_at(bar.start_q) for bar in plan.bars]
    assert plan.length_s == 30.0 and min(abs(start - 11.0) for start in starts) < 1e-3


# --- the table


def test_a_table_that_names_what_is_not_measured_is_refused(tmp_path: Path) -> None:
    text = (PROMPTS / "picture.toml").read_text("utf-8").replace("motion = 0.6", "noise = 0.6")
    (tmp_path / "picture.toml").write_text(text, "utf-8")
    with pytest.raises(DataError, match=r"picture\.toml.*noise"):
        load_table(tmp_path)


def test_an_arc_stays_legal_whatever_is_seen(data: Library) -> None:
    for value in (0.0, 1.0):
        wild = film(brightness=curve(*[value] * 30), motion=curve(*[value] * 30), saturation=curve(*[value] * 30))
        for text in ("", "terrified, then overjoyed", "the calmest music"):
            assert all(isinstance(point, ArcPoint) for point in read(text, wild, data).constraints.arc)


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_the_offered_answers_are_understood_as_replies_and_as_nothing_else(language: str, data: Library) -> None:
    facts = {"count": 3, "at_s": 15.75, "time": "0:15.75"}
    answers = [*voice(language).ask((Remark.of("offer_cuts", **facts),)).answers]
    answers += voice(language).ask((Remark.of("offer_cut", at_s=15.75, time="0:15.75"),)).answers
    one, every, sole = answers
    for answer, hits in ((one, (15.75,)), (every, (11.875, 15.75, 23.04)), (sole, (15.75,))):
        reply = read_reply(answer, constraints=Constraints(language=language), library=data, cuts=THREE_CUTS)
        assert [(change.field, change.value) for change in reply.changes] == [("hits", hits)], answer


def test_a_reply_that_says_more_than_the_cut_is_read_whole(data: Library) -> None:
    reply = read_reply("on the cut, and no drums please", constraints=Constraints(), library=data, cuts=THREE_CUTS)
    assert {change.field for change in reply.changes} == {"hits", "instruments.exclude"}
