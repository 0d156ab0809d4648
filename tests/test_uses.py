"""What a brief is for, where it is from, whether it loops and how loud: wordings that no list of words holds as such.

Conventions: the word reader alone, without models.
"""

from __future__ import annotations

import pytest

from tests.reading import read


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("a podcast about video games, 20 seconds, cool bass", "podcast"),
        ("short film about a wedding in winter, sad piano", "film"),
        ("It is not a sad film, it is a warm one, clarinet", "film"),
        ("Musik für unser Nachbarschaftsfest, Akkordeon, zwei Minuten", "event"),
        ("Geigenspiel, traurig, eine Minute", "other"),
        ("Oyunumuz için neşeli bir müzik", "game"),
    ],
)
def test_use_is_what_the_music_is_for_not_what_that_is_about(text: str, use: str) -> None:
    assert read(text).use == use


@pytest.mark.parametrize(
    ("text", "lufs"),
    [
        ("piano jingle at podcast loudness", -16.0),
        ("Klavier, 20 Sekunden, für YouTube gemastert", -14.0),
        ("a podcast about radio, soft piano", None),
    ],
)
def test_place_sets_a_loudness_only_beside_a_word_of_level(text: str, lufs: float | None) -> None:
    assert read(text).loudness_lufs == lufs


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("사랑이란 무엇인가. 영화 엔딩, 피아노", None),
        ("Для того чтобы зал улыбнулся: кларнет, полминуты", None),
        ("In den Bergen, Klavier, eine Minute", None),
        ("Chacarera con violín, que no suene a tango", "argentina"),
    ],
)
def test_word_that_only_looks_like_a_place_is_none(text: str, region: str | None) -> None:
    assert read(text).region == region


def test_hindi_in_latin_letters_is_hindi() -> None:
    found = read("bhai mere video ke liye gaana chahiye, flute aur tabla, drums bilkul nahi chahiye")
    assert found.language == "hi"
    assert "drums" in found.instruments.exclude
    assert read("a mere ant walks, do it in a cool way please, flute").language == "en"
