"""One question at most before there is music, with answers that can be clicked and are understood."""

import tomllib
from string import Template

import pytest

from assistant.brief import Brief
from assistant.constraints import Constraints, Understanding
from assistant.explain import voice
from assistant.interpret import read_brief
from assistant.interpret.outcome import ASKING
from assistant.library import Library
from assistant.remark import Remark
from assistant.settings import ROOT

LANGUAGES = sorted(path.stem for path in (ROOT / "prompts" / "replies").glob("*.toml"))
ASKED = {
    "ask_wish": "what is the weather tomorrow?",
    "ask_hit_after_end": "a sunrise over rice fields, 20 seconds, cello, hit at 0:45",
    "ask_no_instruments": "a sunrise over rice fields, 20 seconds, no instruments at all",
    "ask_contradiction": "completely silent and at the same time as loud as possible, guitar, 20 seconds",
}


def read(library: Library, text: str, pending: Constraints | None = None, language: str | None = None) -> Understanding:
    return read_brief(Brief(text, language=language), library=library, pending=pending)


def codes(found: Understanding) -> list[str]:
    return [remark.code for remark in found.remarks]


@pytest.mark.parametrize(("code", "text"), ASKED.items())
def test_a_question_comes_with_answers(library: Library, code: str, text: str) -> None:
    found = read(library, text)
    assert found.outcome == "ask" and code in codes(found)
    question = voice("en").ask(found.remarks)
    assert question.text == voice("en").say_all(found.remarks)
    assert len(question.answers) >= 2 and not any("$" in answer for answer in question.answers)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ["ask_wish", "ask_hit_after_end", "ask_no_instruments"])
def test_every_ready_answer_is_understood_in_its_language(library: Library, language: str, code: str) -> None:
    first = read(library, ASKED[code])
    for answer in voice(language).ask(first.remarks).answers:
        second = read(library, answer, pending=first.constraints, language=language)
        assert second.outcome == "accept" and not any(each.startswith("default_") for each in codes(second)), answer


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answers_about_a_late_hit_do_what_they_say(library: Library, language: str) -> None:
    first = read(library, ASKED["ask_hit_after_end"])
    longer, earlier = voice(language).ask(first.remarks).answers
    longer_read = read(library, longer, pending=first.constraints, language=language).constraints
    assert longer_read.duration_s == 47 and [hit.at_s for hit in longer_read.hits] == [45]
    earlier_read = read(library, earlier, pending=first.constraints, language=language).constraints
    assert earlier_read.duration_s == 20 and [hit.at_s for hit in earlier_read.hits] == [18]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answers_about_players_do_what_they_say(library: Library, language: str) -> None:
    first = read(library, ASKED["ask_no_instruments"])
    voices, piano = voice(language).ask(first.remarks).answers
    sung = read(library, voices, pending=first.constraints, language=language).constraints
    assert {"voice", "choir"} & set(sung.instruments.include)
    played = read(library, piano, pending=first.constraints, language=language).constraints
    assert "piano" in played.instruments.include


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answers_about_the_only_player_do_what_they_say(library: Library, language: str) -> None:
    asked = [Remark.of("ask_only_banned", instrument="cello")]
    wanted, unwanted = voice(language).ask(asked).answers
    assert "cello" in read(library, wanted, language=language).constraints.instruments.include
    players = read(library, unwanted, language=language).constraints.instruments
    assert "cello" in players.exclude and "piano" in players.include


@pytest.mark.parametrize(("code", "text"), ASKED.items())
def test_a_second_question_is_never_asked(library: Library, code: str, text: str) -> None:
    first = read(library, text)
    second = read(library, "hmm", pending=first.constraints)
    assert second.outcome in ("accept", "clamp")
    assert not set(codes(second)) & ASKING


def test_a_late_hit_that_nobody_answers_lengthens_the_cue_and_says_so(library: Library) -> None:
    first = read(library, ASKED["ask_hit_after_end"])
    second = read(library, "whatever you like", pending=first.constraints)
    assert second.constraints.duration_s == 47 and "default_after_end" in codes(second)


def test_several_questions_are_asked_as_one(library: Library) -> None:
    found = read(library, "no instruments at all, 20 seconds, hit at 0:45, completely silent and as loud as possible")
    assert len([code for code in codes(found) if code in ASKING]) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_has_its_answers_and_only_known_slots(language: str) -> None:
    with (ROOT / "prompts" / "replies" / f"{language}.toml").open("rb") as file:
        answers = tomllib.load(file)["answers"]
    assert {key[:-2] for key in answers} == (ASKING - {"ask_language"}) | {"offer_cut", "offer_cuts"}
    for key, text in answers.items():
        names = set(Template(text).get_identifiers())
        assert names <= {"one", "other", "longer_s", "earlier_s", "instrument", "at_s"}, key
