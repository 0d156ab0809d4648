"""The players of a region go together as its profile says: each weave is heard in the score."""

from dataclasses import replace
from functools import cache

import pytest

from assistant.constraints import Instruments
from assistant.errors import DataError
from assistant.library import load
from assistant.library.profiles import Weave
from assistant.plan import Plan, make_plan
from assistant.plan.weaving import sharing
from assistant.score import Score
from models.evaluation.weaves import brief, call_response, drone, heterophony, interlocking
from models.rules import RulesGenerator
from models.rules.weaves import pair_of
from tests.test_modes import context_of


@cache
def made(region: str | None) -> tuple[Plan, Score]:
    library = load()
    plan = make_plan(brief(region), library=library, seed=1)
    return plan, RulesGenerator(library).generate(plan, seed=1)


@pytest.mark.parametrize("region", ["turkey", "china"])
def test_followers_play_the_tune_each_in_their_way(region: str) -> None:
    share = heterophony(*made(region), load())
    assert share is not None and 0.55 < share < 1.0
    plain = heterophony(*made(None), load())
    assert plain is None or plain < 0.5 * share


@pytest.mark.parametrize("region", ["india", "mongolia"])
def test_a_drone_stays_on_its_open_strings(region: str) -> None:
    share = drone(*made(region), load())
    assert share is not None and share > 0.8


def test_music_that_knows_nothing_but_its_drone_never_changes_its_chord() -> None:
    plan, _ = made("india")
    assert {chord.root for chord in plan.chords} == {plan.key.tonic}


@pytest.mark.parametrize("region", ["indonesia", "west-africa"])
def test_two_hands_share_one_line_and_fill_it(region: str) -> None:
    plan, score = made(region)
    assert len(pair_of(context_of(plan, load()))) == 2
    share = interlocking(plan, score, load())
    assert share is not None and share > 0.9


def test_a_group_answers_and_the_lead_is_silent_meanwhile() -> None:
    share = call_response(*made("mississippi"), load())
    assert share is not None and share > 0.4
    assert not call_response(*made(None), load())


def test_the_end_of_the_cue_is_the_leads_own() -> None:
    plan, score = made("mississippi")
    lead = next(part for part in score.parts if part.role == "lead")
    assert any(note.start_q > plan.final_q - 0.2 for note in lead.notes)


def test_a_gamelan_has_two_who_interlock_and_a_gong_below_them() -> None:
    plan, _ = made("indonesia")
    gong = plan.part("bass-gamelan")
    pair = sharing(plan.parts)
    assert gong is not None and gong.low < 50 and gong.texture == "drone"
    assert len({part.instrument for part in pair}) == 2


def test_two_named_instruments_of_a_calm_region_are_not_drowned_by_a_band() -> None:
    asked = replace(brief("arab"), instruments=Instruments(include=("oud", "ney")))
    plan = make_plan(asked, library=load(), seed=1)
    names = {part.instrument for part in plan.parts}
    assert {"oud", "ney"} <= names and len(plan.parts) <= 4


@pytest.mark.parametrize(("hands", "late_s"), [("11", 0.0), ("13", 0.0), ("12", 2.0)])
def test_hands_that_are_not_two_are_refused(hands: str, late_s: float) -> None:
    with pytest.raises(DataError, match="weave 'interlocking'"):
        Weave("interlocking", "two share one line", "Tenzer", hands=hands, late_s=late_s)
