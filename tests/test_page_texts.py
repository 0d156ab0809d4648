"""What the page offers to click is understood, in every language, and the page speaks the browser's language."""

from types import SimpleNamespace

import pytest

from assistant.brief import Brief
from assistant.constraints import Constraints, Instruments
from assistant.explain import voice
from assistant.feedback import read_reply, wants_each
from assistant.interpret import read_brief, regions_in
from assistant.language import READ_LANGUAGES
from assistant.library import Library
from assistant.page import layout
from assistant.page.conversation import replies_to

TAKE = Constraints(duration_s=30.0, instruments=Instruments(("piano", "drums")), tempo_bpm=(100.0, 104.0))


def offered(language: str, beginning: str) -> list[str]:
    return [text for key, text in voice(language).texts["page"].items() if key.startswith(beginning)]


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_an_example_is_read_in_its_language_with_every_number_and_no_question(library: Library, language: str) -> None:
    scenes = offered(language, "example_")
    assert len(scenes) == 5
    for scene in scenes:
        found = read_brief(Brief(scene), library=library)
        asked = found.constraints
        assert (found.outcome, asked.language) == ("accept", language), scene
        assert asked.duration_s or asked.loop, scene
        assert asked.instruments.include or asked.styles, scene
    assert len({str(read_brief(Brief(scene), library=library).constraints.arc) for scene in scenes}) >= 4
    assert len(regions_in(scenes[-1], language)) == 2 and wants_each(scenes[-1], language)


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_every_offered_reply_changes_what_it_says(library: Library, language: str) -> None:
    replies = offered(language, "reply_")
    slower, bigger, sadder, strings = (read_reply(text, constraints=TAKE, library=library) for text in replies)
    assert {reply.language for reply in (slower, bigger, sadder, strings)} == {language}
    assert {(change.field, change.to, change.remove) for change in slower.changes} == {
        ("tempo_bpm", "lower", ()),
        ("instruments.include", None, ("drums",)),
    }
    assert [wish.what for wish in slower.keep] == ["melody"]
    assert [(change.field, change.to, change.where) for change in bigger.changes] == [("arousal", "higher", "end")]
    assert [(change.field, change.to) for change in sadder.changes] == [("valence", "lower")]
    assert [(change.field, change.add) for change in strings.changes] == [("instruments.include", ("strings",))]


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_what_is_suggested_when_a_reply_was_not_understood_is_understood(library: Library, language: str) -> None:
    suggestion = voice(language).text("remarks", "feedback_unclear").replace("：", ":").split(":")[-1]
    reply = read_reply(suggestion, constraints=TAKE, library=library)
    assert [change.field for change in reply.changes] == ["tempo_bpm", "instruments.include", "valence"]
    assert [wish.what for wish in reply.keep] == ["melody"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-CH,de;q=0.9,en;q=0.8", "de"),
        ("pt-BR", "pt"),
        ("zh-Hant-TW,zh;q=0.9", "zh"),
        ("en;q=0.3, it;q=0.9", "it"),
        ("nl,ca;q=0.9,es-419;q=0.8", "es"),
        ("fil, fi", "en"),
        ("fr;q=0, ja;q=0.1", "ja"),
        ("de;q=nan, ru;q=high, tr;q=0.2", "tr"),
        ("*", "en"),
        ("", "en"),
    ],
)
def test_the_page_takes_the_best_liked_language_that_we_speak(accepted: str, language: str) -> None:
    assert layout.preferred_language(accepted, READ_LANGUAGES) == language


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_a_visitor_is_greeted_in_their_language(language: str) -> None:
    request = SimpleNamespace(headers={"accept-language": f"{language}-XX,en;q=0.5"})
    head, view, session, _, chat, stop = layout.greet([{"placeholder": "welcome"}, {"value": "stop"}], "", request)
    page = voice(language).texts["page"]
    assert session.language == language
    assert page["tagline"] in head.replace("&#x27;", "'") and page["empty"] in view
    assert chat["placeholder"] == page["welcome"] and stop["value"] == page["stop"]
    assert chat["examples"][0]["text"] == page["example_1"]
    assert ('dir="rtl"' in view) == (language == "ar")


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_no_reply_is_offered_that_adds_who_plays_already(language):
    def offers(*instruments: str) -> set[str]:
        parts = tuple(SimpleNamespace(instrument=each) for each in instruments)
        return set(replies_to(voice(language), SimpleNamespace(plan=SimpleNamespace(parts=parts))))

    assert offers("flute") - offers("cello", "strings") == {voice(language).text("page", "reply_4")}
