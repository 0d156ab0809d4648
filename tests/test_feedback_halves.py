"""Half sentences, praise, things said again, places that look back, and vague words: read as they are meant."""

from typing import Any

import pytest

from assistant.constraints import Constraints, HitPoint, Instruments
from assistant.feedback import read_reply, reply_to_contract
from assistant.library import load

LIBRARY = load()
BEFORE = Constraints(
    duration_s=60.0,
    tempo_bpm=(98.0, 102.0),
    key="G minor",
    styles=("cinematic",),
    instruments=Instruments(("piano", "violin", "cello", "drums", "flute"), ("choir",)),
    hits=(HitPoint(12.0), HitPoint(30.0)),
)


def read(text: str) -> dict[str, Any]:
    return reply_to_contract(read_reply(text, constraints=BEFORE, library=LIBRARY))


def short(change: dict[str, Any]) -> str:
    """A change as one line: "loudness cello lower", "hits [12.0]"."""
    where = change.get("where", "all")
    place = "" if where == "all" else str(where) if isinstance(where, str) else f"{where['from_s']:g}-{where['to_s']:g}"
    signs = [f"+{name}" for name in change.get("add", [])] + [f"-{name}" for name in change.get("remove", [])]
    parts = [change["field"], change.get("part", ""), change.get("to", ""), *signs, place]
    value = str(change["value"]) if "value" in change else ""
    return " ".join(part for part in (*parts, value) if part)


def said(text: str) -> list[str]:
    return [short(change) for change in read(text)["changes"]]


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("violin quieter, cello too", ["loudness violin lower", "loudness cello lower"]),
        ("violin quieter! the cello as well!!", ["loudness violin lower", "loudness cello lower"]),
        ("violin quieter, same for the flute", ["loudness violin lower", "loudness flute lower"]),
        ("小提琴小声点！！大提琴也是！！", ["loudness violin lower", "loudness cello lower"]),
        ("louder violin quieter cello", ["loudness violin higher", "loudness cello lower"]),
        ("the drums are too busy, quieter too", ["density drums lower", "loudness drums lower"]),
        ("长笛太响了 小声一点 鼓不要了", ["loudness flute lower", "instruments.include -drums"]),
    ],
)
def test_half_a_sentence_repeats_the_wish_before_it(text: str, changes: list[str]) -> None:
    assert sorted(said(text)) == sorted(changes)


@pytest.mark.parametrize(
    "text",
    [
        "wow, my aunt wept through all of it",
        "gorgeous, sad in just the right way",
        "thank you, the baby fell asleep to it",
        "love how calm it is",
        "太美了，外婆听哭了",
        "no complaints, they slap",
    ],
)
def test_what_is_said_in_praise_asks_for_nothing(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("lovely, but my aunt fell asleep", ["arousal higher"]),
        ("好听，就是有点平", ["arousal higher"]),
        ("thanks. it's too sad though", ["valence higher"]),
    ],
)
def test_praise_that_is_taken_back_hides_no_complaint(text: str, changes: list[str]) -> None:
    assert said(text) == changes


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("the hit at 12 comes late. move it to 11.5", ["hits (11.5, 30.0)"]),
        ("add a hit at 0:20 and another one at 0:45", ["hits (12.0, 20.0, 30.0, 45.0)"]),
        ("make the hit at 0:30 a second later", ["hits (12.0, 31.0)"]),
        ("hit at 21.5, and drop the one at 12", ["hits (21.5, 30.0)"]),
        ("lose the flute and that hit at 0:30", ["hits (12.0,)", "instruments.include -flute"]),
        ("silence at 0:50", ["hits (12.0, 30.0, 50.0)"]),
    ],
)
def test_a_hit_that_was_spoken_of_is_moved_dropped_or_joined(text: str, changes: list[str]) -> None:
    found = [line.replace("[", "(").replace("]", ")") for line in said(text)]
    assert sorted(found) == sorted(line.replace(",)", ")") for line in changes)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("no undo that", ["action undo"]),
        ("ugh no make it sadder", ["valence lower"]),
        ("put it in a major key", ["mode major"]),
        ("you made it faster. slow it down", ["tempo_bpm lower"]),
        ("when i said bigger i meant louder", ["loudness all higher"]),
        ("this is a squirrel on espresso. much calmer", ["arousal lower"]),
        ("the flute is shrill, take it out", ["instruments.include -flute"]),
        ("i meant an oboe, not a flute", ["instruments.include -flute", "instruments.include +oboe"]),
        ("don't you dare add a trumpet", ["instruments.exclude +trumpet"]),
        ("tuck the violin under the piano", ["loudness violin lower"]),
        ("the voiceover is hard to hear", ["loudness all lower"]),
        ("softer violin so that people can settle", ["loudness violin lower"]),
        ("final boss: more intense", ["arousal higher"]),
        ("can she hear it? quieter chords, she's singing live", ["loudness chords lower"]),
    ],
)
def test_words_beside_a_wish_are_no_wish(text: str, changes: list[str]) -> None:
    assert said(text) == changes


def test_a_wish_said_again_is_about_the_same_place() -> None:
    assert said("a huge ending! like, HUGE") == ["arousal higher end"]
    assert said("结尾炸起来！！能量拉满") == ["arousal higher end"]


def test_before_that_is_kept_up_to_the_place_named() -> None:
    found = read("more hopeful in the last 20 seconds. don't touch anything before that")
    assert found["keep"] == [{"from_s": 0.0, "to_s": 40.0}]


def test_leave_it_keeps_what_was_praised_before() -> None:
    assert read("the cello? love it. leave it.")["keep"] == ["cello"]
    assert read("the tempo's right, leave it. happier though")["keep"] == ["tempo"]


def test_everything_else_is_everything_and_no_stretch() -> None:
    found = read("scarier from 0:12 to 0:18, leave everything else alone")
    assert (found["keep"], [short(change) for change in found["changes"]]) == (["everything"], ["valence lower 12-18"])


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("it needs teeth", "arousal higher"),
        ("no pulse", "arousal higher"),
        ("it sounds like a supermarket", "arousal higher"),
        ("my teeth hurt from all that sugar", "valence lower"),
        ("feels a bit robotic", "valence higher"),
        ("it gives me a migraine", "arousal lower"),
        ("gets mushy", "density all lower"),
        ("there are holes in it, full of holes", "density all higher"),
        ("takes forever", "tempo_bpm higher"),
        ("像养老院", "arousal higher"),
        ("塑料感太重", "valence lower"),
        ("糊成一片", "density all lower"),
    ],
)
def test_vague_words_of_a_family_go_its_way(text: str, change: str) -> None:
    assert change in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "the scene takes place in a supermarket",
        "he wakes up in a hospital corridor and sees his own teeth",
        "the tortoise wins the race",
        "the client is a tax office",
        "这场戏在养老院里",
        "is it a robotic voice in the clip?",
    ],
)
def test_a_story_with_such_words_asks_for_nothing(text: str) -> None:
    assert all(line.startswith("action explain") for line in said(text))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("don't remove the piano", "piano"),
        ("please never take the drums out", "drums"),
        ("no need to drop the violin", "violin"),
        ("不要去掉钢琴", "piano"),
        ("nimm das Klavier nicht raus", "piano"),
        ("n'enlève pas le piano", "piano"),
        ("no quites el violín", "violin"),
        ("não tire a flauta", "flute"),
        ("non togliere il pianoforte", "piano"),
        ("ピアノを消さないで", "piano"),
        ("피아노 빼지 마세요", "piano"),
        ("не убирай скрипку", "violin"),
        ("لا تحذف البيانو", "piano"),
        ("piyanoyu çıkarma", "piano"),
        ("पियानो मत हटाओ", "piano"),
    ],
)
def test_whoever_forbids_to_take_a_player_out_keeps_it(text: str, kept: str) -> None:
    assert (said(text), read(text)["keep"]) == ([], [kept])


@pytest.mark.parametrize(
    "text", ["no, remove the piano", "why not remove the piano?", "take the piano out", "不要钢琴"]
)
def test_whoever_does_not_forbid_it_takes_it_out(text: str) -> None:
    assert said(text) == ["instruments.include -piano"]


def test_a_player_who_goes_at_a_time_rests_from_there_and_leaves_the_hit_there_alone() -> None:
    assert said("no piano at 12 seconds") == ["density piano lower 12-60"]


def test_a_text_of_names_alone_is_read_in_one_way() -> None:
    """Lists of names were tried in all the ways in which a blank can be read: a minute for eighteen of them."""
    assert said("drums " * 60) == []
