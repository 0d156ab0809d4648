"""Probes in every language are read right, and the readers behind them keep to their rules."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from assistant.brief import Brief
from assistant.constraints import Constraints, Instruments, Span
from assistant.interpret import read_brief
from assistant.interpret.cities import ELSEWHERE, find_cities
from assistant.interpret.reader import PROMPTS_DIR
from assistant.interpret.text import read_text
from assistant.language import READ_LANGUAGES
from assistant.library import load

sys.path.insert(0, str(Path(__file__).parent))
import reading

KNOWN = {
    "en-b01": "an instrument that only stands in the scene, told by nothing but the verb",
    "ja-b01": "a length said by where the music ends, with words between",
    "es-23": "the brief is taken for Portuguese: every word of it but one is the same there",
}
"""Probes that are not read right yet, and why."""


def read(text: str) -> Constraints:
    return read_brief(Brief(text), library=load()).constraints


def codes(text: str) -> list[str]:
    return [remark.code for remark in read_brief(Brief(text), library=load()).remarks]


@pytest.mark.parametrize("language", sorted(path.stem for path in reading.PROBES.glob("*.jsonl")))
def test_probes_of_a_language_are_read(language: str) -> None:
    wrong = {probe["id"]: missed for probe in reading.probes(language) if (missed := reading.misses(probe))}
    assert {name: missed for name, missed in wrong.items() if name not in KNOWN} == {}
    assert {name for name in KNOWN if name.rsplit("-", 1)[0] == language} <= set(wrong), "mended: take it off KNOWN"


def test_every_language_has_its_probes() -> None:
    assert {path.stem.split("-")[0] for path in reading.PROBES.glob("*.jsonl")} == set(READ_LANGUAGES)


@pytest.mark.parametrize(
    ("text", "players"),
    [
        ("only drums", ("drums",)),
        ("drums only, fast", ("drums",)),
        ("just a quiet piano", ("piano",)),
        ("solo cello, sad", ("cello",)),
        ("nothing but viola and harp", ("viola", "harp")),
        ("strings, no other instruments", ("strings",)),
        ("只要鼓", ("drums",)),
    ],
)
def test_players_named_as_the_only_ones_play_alone(text: str, players: tuple[str, ...]) -> None:
    assert read(text).instruments == Instruments(players, alone=True)


@pytest.mark.parametrize(
    "text",
    [
        "piano and only soft drums",
        "only drums at the start, then strings",
        "not only drums but brass too",
        "a solo violin over warm strings",
        "solo trumpet in an epic orchestral battle",
        "only drums until 0:10, piano, 30 seconds",
        "I only want it to be sad, with piano and flute",
    ],
)
def test_a_word_for_only_that_means_something_else_silences_nobody(text: str) -> None:
    assert not read(text).instruments.alone


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("No drums until 0:20, one minute", Span(0, 20)),
        ("until 0:20 no drums, one minute", Span(0, 20)),
        ("no drums after 0:40, one minute", Span(40, 60)),
        ("no drums from 0:10 to 0:20, one minute", Span(10, 20)),
        ("one minute, no drums in the last ten seconds", Span(50, 60)),
    ],
)
def test_a_ban_for_a_passage_is_a_rest_and_no_ban(text: str, span: Span) -> None:
    found = read(text)
    assert found.instruments.exclude == ()
    assert [(wish.part, wish.field, wish.amount, wish.where) for wish in found.adjust] == [
        ("drums", "density", -1.0, span)
    ]


@pytest.mark.parametrize(
    "text", ["He sells violins", "a drum shop at noon", "bass fishing", "the organ donor", "my niece Viola swims home"]
)
def test_things_and_people_of_the_scene_are_no_instruments(text: str) -> None:
    assert read(text + "; quiet harp").instruments.include == ("harp",)


@pytest.mark.parametrize(
    ("text", "players"),
    [
        ("Viola and harp, slow", ("viola", "harp")),
        ("a synth that sounds like a cello", ("synth",)),
        ("something that sounds like a music box", ("music-box",)),
        ("the brass builds, the strings drop out of nowhere", ("brass", "strings")),
    ],
)
def test_instruments_that_are_meant_are_kept(text: str, players: tuple[str, ...]) -> None:
    assert read(text).instruments.include == players


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("piano, hit at 0:00, 20 seconds", [0.0]),
        ("from 0:00 calm, piano, 20 seconds", []),
        ("0:00-0:10 calm, 0:10-0:20 tense, piano", []),
        ("piano, hit at 0:15, 30 seconds", [15.0]),
        ("a stop ten seconds before the end, one minute of piano", [50.0]),
        ("halfway through a gunshot, 40 seconds of piano", [20.0]),
        ("a stop ten seconds before the end, piano", []),
    ],
)
def test_moments_are_told_from_lengths_and_stretches(text: str, hits: list[float]) -> None:
    assert [hit.at_s for hit in read(text).hits] == hits


def test_a_hit_on_the_very_end_is_said_to_come_before_it() -> None:
    assert codes("piano, 20 seconds, hit at 0:20") == ["hit_infeasible"]
    assert codes("piano, 20 seconds, hit at 0:19") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("tense in 13/8", "meter_unplayable"),
        ("piano, 33/64", "meter_unplayable"),
        ("piano in the key of H", "key_unknown"),
        ("H大调的钢琴", "key_unknown"),
    ],
)
def test_keys_and_metres_that_are_none_are_said(text: str, code: str) -> None:
    assert codes(text) == [code]


@pytest.mark.parametrize(
    "text", ["piano, pay 1/2 of it", "a 16/9 film, piano", "birthday on 13/8, piano", "H-Dur, Klavier"]
)
def test_other_fractions_and_letters_are_not_said(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    ("language", "text", "region"),
    [
        ("en", "a man in Lisbon plays", ELSEWHERE),
        ("en", "sunrise over Surabaya", "indonesia"),
        ("en", "rain in Belfast and in Aberdeen", "ireland"),
        ("ru", "дождь в Сеуле", "korea"),
        ("ko", "서울에서", "korea"),
        ("it", "una strada di Siviglia", "spain"),
    ],
)
def test_big_cities_name_their_region(language: str, text: str, region: str) -> None:
    plain = read_text(text, language, PROMPTS_DIR)
    places = {find.value for find in (*find_cities(plain), *plain.find("places"))}
    assert region in places


@pytest.mark.parametrize("text", ["Nice and slow", "Reading by the fire", "Milan smiles", "most of all, big drums"])
def test_ordinary_words_and_names_are_no_cities(text: str) -> None:
    assert find_cities(read_text(text, "en", PROMPTS_DIR)) == ()
