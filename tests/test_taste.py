"""What is learned of a person's taste: seen, used only where a brief is open, edited, erased."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.brief import Brief
from assistant.cli import main
from assistant.constraints import ArcPoint, Constraints, Evidence, Instruments
from assistant.errors import InputError
from assistant.explain import voice
from assistant.feedback import is_standing, learn, read_reply
from assistant.interpret import read_brief
from assistant.library import Library
from assistant.page import taste as page
from assistant.session import Session
from assistant.taste import ENOUGH, MOST_LEANINGS, NO_TASTE, Taste

BAND = Constraints(instruments=Instruments(("piano", "drums", "strings")))


def told(library: Library, *replies: str, taste: Taste = NO_TASTE) -> Taste:
    for words in replies:
        reply = read_reply(
            words, constraints=BAND, library=library, sounding=("piano", "drums", "strings"), duration_s=30
        )
        taste = learn(taste, reply, words)
    return taste


def test_one_reply_is_a_reply_and_two_are_a_taste(library: Library) -> None:
    assert told(library, "no drums").fill(Constraints())[0].instruments.exclude == ()
    assert told(library, "no drums", "take out the drums").fill(Constraints())[0].instruments.exclude == ("drums",)


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("always without drums", "en"),
        ("以后都不要鼓", "zh"),
        ("immer ohne Schlagzeug", "de"),
        ("siempre sin batería", "es"),
    ],
)
def test_a_standing_wish_counts_at_once(library: Library, words: str, language: str) -> None:
    assert is_standing(words, language)
    taste = told(library, words)
    assert taste.fill(Constraints())[0].instruments.exclude == ("drums",)


def test_always_is_a_word_not_a_piece_of_one() -> None:
    assert not is_standing("the hallways are empty", "en") and not is_standing("more immersive", "de")


def test_what_the_brief_says_wins(library: Library) -> None:
    taste = told(library, "always without drums", "always quieter strings")
    brief = read_brief(Brief("A storm at sea, big drums, 20 seconds"), library=library).constraints
    assert "drums" in taste.fill(brief)[0].instruments.include
    assert "drums" not in taste.fill(brief)[0].instruments.exclude


def test_what_fills_is_marked_as_assumed_and_said(library: Library) -> None:
    filled, remarks = told(library, "always without drums").fill(Constraints())
    said = filled.evidence_for("instruments.exclude")
    assert said is not None and said.assumed
    assert "drums" in voice("en").say_all(remarks) and "鼓" in voice("zh").say_all(remarks)


def test_a_wish_for_one_place_is_no_taste(library: Library) -> None:
    assert told(library, "louder strings at the end", "louder strings at the end").leanings == ()


def test_less_of_a_part_becomes_an_adjustment(library: Library) -> None:
    filled, _ = told(library, "quieter drums", "turn the drums down").fill(Constraints())
    assert [(wish.field, wish.part, wish.amount < 0) for wish in filled.adjust] == [("loudness", "drums", True)]


def test_a_calmer_taste_moves_only_an_assumed_arc(library: Library) -> None:
    taste = told(library, "calmer", "calmer, please")
    spoken = Constraints(arc=(ArcPoint(0, 0.5, 0.8),), evidence=(Evidence("arc", "wild", 0, 4),))
    assert taste.fill(spoken)[0].arc == spoken.arc
    assert taste.fill(Constraints())[0].arc[0].arousal < -0.2


def test_the_opposite_wish_ends_a_standing_one(library: Library) -> None:
    taste = told(library, "always without drums")
    assert taste.fill(Constraints())[0].instruments.exclude == ("drums",)
    back = taste.noted("instrument", "drums", 1.0)
    assert back.fill(Constraints())[0].instruments.exclude == ()


def test_accepted_takes_teach_what_was_named_in_them() -> None:
    taste = NO_TASTE
    for _ in range(int(2 * ENOUGH)):
        taste = taste.accepted(Constraints(instruments=Instruments(("cello",))))
    assert taste.fill(Constraints())[0].instruments.include == ("cello",)
    with_flute = Constraints(instruments=Instruments(("flute",)))
    assert taste.fill(with_flute)[0].instruments.include == ("flute",)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(-3, 3)), max_size=200))
def test_a_taste_comes_back_from_its_text_and_stays_small(events: list[tuple[str, float]]) -> None:
    taste = NO_TASTE
    for name, amount in events:
        taste = taste.noted("instrument", name, amount)
    assert Taste.from_text(taste.to_text()) == taste and len(taste.leanings) <= MOST_LEANINGS


@pytest.mark.parametrize("text", [None, 7, "", "{}x", '{"leanings": 4}', "[" * 50_000, '{"leanings": [], "x": 1}'])
def test_rubbish_from_a_browser_is_an_empty_taste(text: object) -> None:
    assert page.recalled(text) == NO_TASTE


def test_unticking_forgets_and_the_rest_stays(library: Library) -> None:
    session = Session("", taste=told(library, "always without drums", "always quieter strings"))
    after, kept, _ = page.unticked(["instrument:drums"], session)
    assert [each.label for each in after.taste.leanings] == ["instrument:drums"]
    assert page.recalled(kept) == after.taste
    assert page.erased(session)[0].taste == NO_TASTE


def test_every_leaning_has_a_label_in_both_voices(library: Library) -> None:
    taste = told(library, "always without drums", "always quieter strings", "always busier", "calmer from now on")
    for language in ("en", "zh"):
        labels = [page.label(each, voice(language)) for each in taste.leanings]
        assert len(set(labels)) == len(taste.leanings) == 4 and not any("$" in each for each in labels)


def test_the_command_line_shows_forgets_and_erases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], library: Library
) -> None:
    path = tmp_path / "new" / "taste.json"
    monkeypatch.setenv("CUEWRIGHT_TASTE", str(path))
    assert main(["taste"]) == 0 and json.loads(capsys.readouterr().out) == {"leanings": []}
    path.parent.mkdir()
    path.write_text(told(library, "always without drums", "always busier").to_text())
    assert main(["taste", "--forget", "instrument:drums"]) == 0
    assert [each["kind"] for each in json.loads(capsys.readouterr().out)["leanings"]] == ["density"]
    assert main(["taste", "--forget", "instrument:tuba"]) == 2
    assert main(["taste", "--erase"]) == 0 and Taste.from_text(path.read_text()) == NO_TASTE
    path.write_text("rubbish")
    assert main(["taste"]) == 2
    monkeypatch.delenv("CUEWRIGHT_TASTE")
    assert main(["taste"]) == 2


def test_a_damaged_file_is_told_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "taste.json"
    path.write_text(replace(Taste(), leanings=()).to_text()[:-1])
    from assistant.taste import load_taste

    with pytest.raises(InputError, match="taste"):
        load_taste(path)


def test_a_taste_adds_nobody_to_players_that_play_alone(library: Library) -> None:
    asked = read_brief(Brief("just piano, a wet street, 20 seconds"), library=library).constraints
    assert asked.instruments.alone
    filled = told(library, "always without drums", "always add strings").fill(asked)[0]
    assert filled.instruments.alone and filled.instruments.include == ("piano",)
