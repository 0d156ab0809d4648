"""What a reply takes back, tells as a scene, or places at one moment."""

from typing import Any

import pytest

from assistant.clip import Cut
from assistant.constraints import Constraints, HitPoint, Instruments
from assistant.feedback import read_reply, reply_to_contract
from assistant.library import load

LIBRARY = load()
BEFORE = Constraints(
    duration_s=40.0,
    tempo_bpm=(98.0, 102.0),
    instruments=Instruments(("piano", "violin", "drums")),
    hits=(HitPoint(15.0),),
)


def forms(text: str, before: Constraints = BEFORE, **options: Any) -> list[dict[str, Any]]:
    return reply_to_contract(read_reply(text, constraints=before, library=LIBRARY, **options))["changes"]


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("I said 110, not 100", {"field": "tempo_bpm", "value": [108.0, 112.0]}),
        ("needs to be two minutes, not 40 seconds", {"field": "duration_s", "value": 120.0}),
        ("the hit should be at 12, not at 15", {"field": "hits", "value": [12.0]}),
        ("missverständnis: der hit sollte bei 12 sein nicht bei 15", {"field": "hits", "value": [12.0]}),
        ("10 bpm slower", {"field": "tempo_bpm", "value": [88.0, 92.0]}),
        ("慢10bpm", {"field": "tempo_bpm", "value": [88.0, 92.0]}),
        ("take it from 100 down to 92 bpm", {"field": "tempo_bpm", "value": [90.0, 94.0]}),
    ],
)
def test_a_corrected_number_is_that_of_the_field_that_has_the_wrong_one(text: str, change: dict[str, Any]) -> None:
    assert forms(text) == [change]


def test_an_instrument_ruled_out_for_another_is_left_alone() -> None:
    assert forms("remove the violin, not the piano") == [{"field": "instruments.include", "remove": ["violin"]}]


def test_what_is_taken_back_is_not_done() -> None:
    assert forms("no piano. scratch that, a bit slower") == [{"field": "tempo_bpm", "to": "lower"}]


def test_a_supposition_is_no_wish() -> None:
    assert forms("darker, even if we make it longer one day") == [{"field": "valence", "to": "lower", "where": "all"}]


def test_a_courtesy_between_commas_cuts_no_wish_in_two() -> None:
    assert forms("Уберите, пожалуйста, скрипку.") == [{"field": "instruments.include", "remove": ["violin"]}]


@pytest.mark.parametrize(
    ("text", "field", "to"),
    [
        ("it sounds like a funeral and we sell ice cream", "valence", "higher"),
        ("the villain walks in and it sounds like a children's party", "valence", "lower"),
        ("this is for a boxing match and everybody is yawning", "arousal", "higher"),
        ("für eine traumreise, da kriegt man ja herzrasen", "arousal", "lower"),
        ("颁奖礼放这个，领导要打呼噜了", "arousal", "higher"),
        ("it should sound like a haunted house", "valence", "lower"),
    ],
)
def test_a_scene_is_a_wish_from_what_is_to_what_it_is_for(text: str, field: str, to: str) -> None:
    assert forms(text) == [{"field": field, "to": to, "where": "all"}]


def test_what_the_music_is_for_is_no_complaint() -> None:
    assert forms("it's for a funeral") == []


def test_a_complaint_gives_its_place_to_the_cure() -> None:
    assert forms("the middle is too busy, thin out the piano there") == [
        {"field": "density", "part": "piano", "to": "lower", "where": "middle"}
    ]


def test_a_feeling_at_a_time_is_a_feeling_there() -> None:
    there = {"from_s": 12.0, "to_s": 18.0}
    assert forms("sadder at 0:12") == [{"field": "valence", "to": "lower", "where": there}]


def test_an_event_without_a_time_is_the_only_hit_and_said() -> None:
    reply = read_reply("happier when he sees her", constraints=BEFORE, library=LIBRARY)
    assert reply_to_contract(reply)["changes"][0]["where"] == {"from_s": 15.0, "to_s": 21.0}
    assert [remark.code for remark in reply.remarks] == ["feedback_moment_taken"]


def test_a_hit_on_an_event_is_on_the_only_cut_or_asked_for() -> None:
    text = "put a hit when the door opens"
    cuts = (Cut(9.0, 0.9),)
    assert forms(text, cuts=cuts) == [{"field": "hits", "value": [9.0, 15.0]}]
    reply = read_reply(text, constraints=BEFORE, library=LIBRARY, cuts=(*cuts, Cut(20.0, 0.8)))
    assert (reply.outcome, [remark.code for remark in reply.remarks]) == ("ask", ["feedback_moment_unknown"])


def test_who_enters_at_a_time_rests_until_then() -> None:
    until = {"from_s": 0.0, "to_s": 12.0}
    assert forms("the drums enter at 0:12") == [{"field": "density", "part": "drums", "to": "lower", "where": until}]


@pytest.mark.parametrize("text", ["only drums", "nur Schlagzeug", "только барабаны", "davul sadece"])
def test_who_plays_alone_sends_the_others_out(text: str) -> None:
    assert forms(text) == [{"field": "instruments.include", "remove": ["piano", "violin"]}]


def test_a_player_higher_is_its_pitch() -> None:
    assert forms("the violin higher") == [{"field": "register", "part": "violin", "to": "higher"}]


def test_a_bare_number_can_choose_a_take() -> None:
    assert forms("choose 99") == [{"field": "action", "value": "choose", "version": 99}]


def test_calm_and_huge_at_the_end_is_calm_until_the_end() -> None:
    assert [change["where"] for change in forms("calm, then huge at the end")] == [
        {"from_s": 0.0, "to_s": 26.67},
        "end",
    ]
