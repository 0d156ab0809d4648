"""Who is named as the only player plays, and nobody else, from the brief to the notes and through a reply."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.brief import Brief
from assistant.check.score import check_instruments
from assistant.constraints import ArcPoint, Constraints, Instruments, Span
from assistant.feedback import apply_changes, read_reply
from assistant.interpret import read_brief
from assistant.library import load
from assistant.plan import Plan, make_plan
from assistant.score import Score
from models.registry import get_engine

LIBRARY = load()
LIVELY = (ArcPoint(0.0, 0.4, 0.6),)


def understood(text: str) -> Constraints:
    return read_brief(Brief(text), library=LIBRARY).constraints


def composed(asked: Constraints) -> tuple[Plan, Score]:
    plan = make_plan(asked, library=LIBRARY, seed=3)
    score = get_engine("rules").generate(plan, seed=3)
    assert isinstance(score, Score)
    return plan, score


@pytest.mark.parametrize(
    ("text", "players"),
    [
        ("only drums, 95 bpm, 12 seconds", {"drums"}),
        ("solo cello, sad, 12 seconds", {"cello"}),
        ("just piano, energetic, for an ad, 12 seconds", {"piano"}),
        ("只要鼓，十二秒", {"drums"}),
        ("Solo piano, grief at a window, 12 seconds", {"piano"}),
        ("solo violin, sad, 12 seconds", {"violin"}),
        ("Jazz trio, piano, double bass and drums, 12 seconds", {"piano", "double-bass", "drums"}),
        ("violin and cello duet, tender, 12 seconds", {"violin", "cello"}),
        ("Jazztrio aus Klavier, Kontrabass und Schlagzeug, 12 Sekunden", {"piano", "double-bass", "drums"}),
        ("钢琴、低音提琴和鼓三重奏，12秒，爵士", {"piano", "double-bass", "drums"}),
        ("only trumpet and tuba, a march, 12 seconds", {"trumpet", "tuba"}),
        ("ドラムだけ、12秒、サンバ", {"drums"}),
    ],
)
def test_nobody_but_the_named_players_is_cast_or_heard(text: str, players: set[str]) -> None:
    plan, score = composed(understood(text))
    assert {part.instrument for part in plan.parts} == players
    assert {part.instrument for part in score.parts if part.notes} == players


def test_a_family_alone_may_send_its_members() -> None:
    plan, _ = composed(understood("nothing but strings, tense, 12 seconds"))
    assert {part.instrument for part in plan.parts} <= set(LIBRARY.family_members("strings"))


def test_without_the_word_for_only_others_play_too() -> None:
    plan, _ = composed(Constraints(duration_s=12, styles=("rock",), arc=LIVELY, instruments=Instruments(("drums",))))
    assert {part.instrument for part in plan.parts} > {"drums"}


def test_others_that_play_are_found() -> None:
    asked = Constraints(duration_s=12, styles=("rock",), arc=LIVELY, instruments=Instruments(("drums",)))
    _, score = composed(asked)
    alone = replace(asked, instruments=Instruments(("drums",), alone=True))
    before, after = (list(check_instruments(one, score, LIBRARY)) for one in (asked, alone))
    assert all(finding.met for finding in before)
    assert [finding.met for finding in after] == [True, False]


def test_a_reply_that_adds_a_player_adds_only_that_one() -> None:
    asked = understood("solo cello, sad, 12 seconds")
    reply = read_reply("add a harp", constraints=asked, library=LIBRARY)
    after = apply_changes(asked, reply.changes)
    assert after.instruments == Instruments(("cello", "harp"), alone=True)
    assert {part.instrument for part in composed(after)[0].parts} == {"cello", "harp"}


def test_what_rests_until_a_time_plays_after_it() -> None:
    plan, score = composed(understood("No drums until 0:10, then a full kit. Rock, 20 seconds"))
    drums = next(part for part in score.parts if part.instrument == "drums")
    first_s = min(score.tempo_map.seconds_at(note.start_q) for note in drums.notes)
    rest = next(wish.where for wish in understood("No drums until 0:10, rock, 20 seconds").adjust)
    assert rest == Span(0, 10)
    assert first_s >= 10 - 0.05
    assert plan.length_s == 20
