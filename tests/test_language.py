"""Languages are told apart, short texts too; folding makes spellings meet and remembers places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.language import READ_LANGUAGES, detect_language, fold


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("sad piano", "en"),
        ("钢琴，慢一点", "zh"),
        ("開頭安靜，最後爆發", "zh"),
        ("ピアノとフルートで", "ja"),
        ("조용한 피아노", "ko"),
        ("guitarra española y palmas, alegre", "es"),
        ("violão e flauta, bem calmo, sem bateria", "pt"),
        ("du piano doux, sans batterie", "fr"),
        ("ruhiges Klavier, ohne Schlagzeug", "de"),
        ("pianoforte triste e archi, senza batteria", "it"),
        ("грустная скрипка", "ru"),
        ("उदास बाँसुरी", "hi"),
        ("عود حزين", "ar"),
        ("hüzünlü bir ney, davul olmasın", "tr"),
        ("给 Coffee Lab 做一条广告, lo-fi, 30s", "zh"),
    ],
)
def test_every_language_that_is_read_is_found(text: str, tag: str) -> None:
    assert detect_language(text).tag == tag
    assert detect_language(text).is_read


@pytest.mark.parametrize(
    "text",
    [
        "Vrolijke muziek voor een filmpje van een minuut, met piano en strijkers",
        "Spokojna muzyka na fortepian, trzydzieści sekund, bez perkusji",
        "Спокійна музика для фільму, тридцять секунд, без барабанів, її початок тихий",
        "Ήρεμη μουσική για ταινία",
    ],
)
def test_other_languages_are_named_and_not_taken_for_a_read_one(text: str) -> None:
    found = detect_language(text)
    assert not found.is_read
    assert found.tag not in READ_LANGUAGES


def test_a_hint_decides_where_the_text_does_not() -> None:
    assert detect_language("120", hint="de").tag == "de"
    assert detect_language("грустная скрипка", hint="de").tag == "ru"


def test_spellings_of_one_word_meet() -> None:
    assert fold("BATERÍA").text == fold("bateria").text
    assert fold("弦樂").text == fold("弦乐").text
    assert fold("１４５").text == fold("١٤٥").text == "145"
    assert fold("p\u200bia\u200bno").text == "piano"


def test_japanese_characters_stay_as_they_are() -> None:
    assert fold("弦樂", simplify=False).text == "弦樂"


@given(st.text(max_size=200))
def test_every_folded_character_knows_where_it_came_from(text: str) -> None:
    folded = fold(text)
    assert len(folded.origin) == len(folded.text)
    assert list(folded.origin) == sorted(folded.origin)
    assert all(0 <= place < len(text) for place in folded.origin)


@given(st.text(max_size=200))
def test_the_same_text_gets_the_same_language(text: str) -> None:
    assert detect_language(text) == detect_language(text)
