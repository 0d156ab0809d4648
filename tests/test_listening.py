"""The player and the list of takes without a browser: what they say, what they escape, what they take for a wish."""

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest

from assistant.errors import InputError
from assistant.explain import voice
from assistant.language import READ_LANGUAGES
from assistant.page import layout, views
from assistant.page.player import CEILING_LUFS, anew, loudness_of, player, stems_section
from assistant.page.takes import Wish, in_tree, takes_section, thumbnail, wished
from assistant.session import LONGEST_NAME, Session, TakeRecord
from tests.made_takes import HOSTILE, small_materials


def take(number: int, parent: int, folder: Path = Path("nowhere"), name: str = "") -> TakeRecord:
    made = small_materials().take
    return replace(made, number=number, parent=parent, folder=str(folder), name=name)


def with_takes(*parents: int, language: str = "en") -> Session:
    session = Session("s", language=language)
    for number, parent in enumerate(parents, 1):
        session = session.with_take(take(number, parent)).with_turn(f"wish {number}", "")
    return session


def cue(html: str) -> dict[str, object]:
    found = re.search(r'data-cue="([^"]*)"', html)
    assert found
    return dict(json.loads(unescape(found[1])))


def test_there_is_no_player_before_the_first_take() -> None:
    assert player(Session("s")) == ""


def test_the_player_knows_its_take_its_parts_and_the_takes_beside_it() -> None:
    session = with_takes(0, 1, 1)
    data = cue(player(session, compare=1))
    assert (data["take"], data["compare"]) == (3, 1)
    assert [other["take"] for other in data["others"]] == [1, 2]  # type: ignore[attr-defined]
    parts = [part.id for part in session.current_take.score.parts if part.notes]
    assert [stem["id"] for stem in data["stems"]] == parts  # type: ignore[attr-defined]
    assert cue(player(session, compare=7))["compare"] is None, "a take that is not there is compared with nothing"


@pytest.mark.parametrize(("lufs", "says"), [(-9.0, True), (-14.0, False), (-23.0, False)])
def test_a_take_louder_than_the_ceiling_says_that_it_is_turned_down(lufs: float, says: bool) -> None:
    made = take(1, 0)
    items = [item for item in made.findings.items if item.name != "loudness"]
    loud = replace(small_materials().take.findings.named("loudness")[0], achieved=lufs)
    made = replace(made, findings=replace(made.findings, items=(*items, loud)))
    assert loudness_of(made) == lufs
    html = player(Session("s").with_take(made))
    assert ("cw-note" in html) == says == (lufs > CEILING_LUFS)
    assert cue(html)["lufs"] == lufs


def test_the_scripts_and_the_page_know_the_same_ceiling() -> None:
    script = (Path(layout.__file__).parent / "sound.js").read_text("utf-8")
    assert f"CEILING_LUFS = {CEILING_LUFS:.0f};" in script


def test_every_name_and_word_of_a_person_is_escaped() -> None:
    session = Session("s").with_take(take(1, 0, name=HOSTILE)).with_turn(HOSTILE, "")
    session = session.with_take(take(2, 1, name=HOSTILE)).with_turn(HOSTILE, "")
    for html in (player(session), takes_section(session), views.session_view(session)):
        assert "<script" not in html and "<img" not in html


def test_a_line_of_takes_goes_straight_down_and_branches_go_in() -> None:
    session = with_takes(0, 1, 2, 2, 4)
    assert [(made.number, depth) for made, depth in in_tree(session.takes)] == [(1, 0), (2, 0), (3, 1), (4, 1), (5, 1)]
    lost = with_takes(0, 9)
    assert [made.number for made, _ in in_tree(lost.takes)] == [1, 2], "a take whose parent is gone stays in the list"


def test_the_list_says_where_a_take_came_from_and_what_was_asked() -> None:
    html = takes_section(with_takes(0, 1))
    assert html.count('role="option"') == 2 and html.count('aria-selected="true"') == 1
    assert "from take 1" in html and "wish 2" in html
    assert 'data-do="compare" data-number="1"' in html
    assert 'data-do="compare"' not in takes_section(with_takes(0)), "one take has nothing to be compared with"


def test_a_thumbnail_is_small_and_shows_every_part() -> None:
    made = take(1, 0)
    picture = thumbnail(made.score)
    assert picture.count("<path") == len([part for part in made.score.parts if part.notes])
    assert len(picture) < 8000


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_player_and_lists_speak_every_language(language: str) -> None:
    session = with_takes(0, 1, language=language)
    speaker = voice(language)
    assert f'aria-label="{speaker.text("page", "play")}"' in player(session)
    assert speaker.text("page", "solo") in stems_section(session.current_take, speaker)
    assert speaker.text("page", "rename") in takes_section(session)


def test_content_is_put_anew_only_when_it_is_other_content() -> None:
    tags = [re.match(r"<(cw-[0-9a-f]+) ", anew(content))[1] for content in ("a", "b", "a")]
    assert tags[0] == tags[2] != tags[1]


@pytest.mark.parametrize(
    ("event", "wish"),
    [
        ({"do": "choose", "take": 2}, Wish("choose", 2)),
        ({"do": "rename", "take": 1, "name": "dawn"}, Wish("rename", 1, "dawn")),
        ({"do": "taken"}, Wish("taken")),
        ({"do": "erase", "take": 1}, Wish()),
        ({"do": "choose", "take": "2"}, Wish()),
        ({"do": "choose", "take": True}, Wish()),
        ({"do": ["choose"], "take": 1}, Wish()),
        ({}, Wish()),
    ],
)
def test_only_what_the_scripts_may_ask_for_is_a_wish(event: dict[str, object], wish: Wish) -> None:
    assert wished(SimpleNamespace(**event)) == wish


def test_a_name_is_one_short_line_and_belongs_to_a_take_that_is_there() -> None:
    session = with_takes(0, 1)
    named = session.renamed(1, "  the\nlong\u202e " + "x" * 99)
    assert named.takes[0].name.startswith("the long x") and len(named.takes[0].name) == LONGEST_NAME
    assert named.takes[1] == session.takes[1] and named.current == session.current
    assert named.renamed(1, "").takes[0].name == ""
    with pytest.raises(InputError, match="take 7"):
        session.renamed(7, "x")
