"""Replies in thirteen languages, 15 each, labelled before they were first read; and questions get their own answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.constraints import Constraints, Instruments
from assistant.feedback import read_question, read_reply, reply_to_contract
from assistant.language import READ_LANGUAGES
from assistant.library import load

LIBRARY = load()
FOLDER = Path(__file__).parent / "data" / "replies"
LEAST = 0.9


def as_set(entries: list[Any]) -> set[str]:
    return {json.dumps(entry, sort_keys=True) for entry in json.loads(json.dumps(entries), parse_int=float)}


def is_right(line: dict[str, Any]) -> bool:
    reply = read_reply(line["text"], constraints=Constraints.from_contract(line["before"]), library=LIBRARY)
    found = reply_to_contract(reply)
    return all(as_set(found[name]) == as_set(line["expect"][name]) for name in ("changes", "keep"))


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_replies_of_every_language_are_understood(language: str) -> None:
    lines = [json.loads(line) for line in (FOLDER / f"{language}.jsonl").read_text("utf-8").splitlines()]
    wrong = [line["text"] for line in lines if not is_right(line)]
    assert len(lines) >= 15
    assert len(wrong) <= (1 - LEAST) * len(lines), wrong


@pytest.mark.parametrize(
    ("text", "topic", "instruments"),
    [
        ("what key is this in?", "key", ()),
        ("how long is it?", "length", ()),
        ("why is there a flute?", "why", ("flute",)),
        ("may I use this in an ad?", "rights", ()),
        ("which instruments play?", "players", ()),
        ("这是什么调？", "key", ()),
        ("darf ich das in einer Werbung verwenden?", "rights", ()),
        ("이거 몇 박자예요?", "meter", ()),
    ],
)
def test_a_question_is_about_what_it_asks_for(text: str, topic: str, instruments: tuple[str, ...]) -> None:
    before = Constraints(instruments=Instruments(("flute", "piano")))
    asked = read_question(text, constraints=before, library=LIBRARY)
    assert (asked.topic, asked.instruments) == (topic, instruments)
    assert [change.value for change in read_reply(text, constraints=before, library=LIBRARY).changes] == ["explain"]


def test_the_rest_is_kept_where_it_is_praised() -> None:
    reply = read_reply("drums softer, the rest is great", constraints=Constraints(), library=LIBRARY)
    assert [wish.what for wish in reply.keep] == ["everything"]


def test_after_a_named_stretch_means_from_its_end_on() -> None:
    before = Constraints(duration_s=40.0)
    reply = read_reply("keep the first ten seconds, after that calmer", constraints=before, library=LIBRARY)
    found = reply_to_contract(reply)
    assert found["keep"] == [{"from_s": 0.0, "to_s": 10.0}]
    assert [change["where"] for change in found["changes"]] == [{"from_s": 10.0, "to_s": 40.0}]


def test_a_word_only_ruled_out_is_no_wish() -> None:
    found = reply_to_contract(read_reply("not louder, just fuller", constraints=Constraints(), library=LIBRARY))
    assert [change["field"] for change in found["changes"]] == ["density"]
