"""Times beside what happens at them, lengths behind a loop, and bans in words of their own."""

import pytest

from assistant.brief import Brief
from assistant.constraints import Constraints
from assistant.interpret import read_brief
from assistant.library import load

LIBRARY = load()


def read(text: str) -> Constraints:
    return read_brief(Brief(text), library=LIBRARY).constraints


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("The bridge collapses 31 seconds in. 60 seconds of brass.", [31.0]),
        ("Werbespot, 20 Sekunden, Packshot 17 s, Klavier", [17.0]),
        ("20초 광고, 로고는 17초, 피아노", [17.0]),
        ("30秒のCM、ロゴは26秒、ピアノ", [26.0]),
        ("Silence for three seconds, then a hit. 20 seconds, piano", [3.0]),
        ("A 5 second logo at the end of a 30 second spot, piano", []),
        ("30秒のCM曲、最後の3秒でピアノだけ", []),
        ("Logo 3 saniye ekranda kalıyor. 20 saniyelik reklam, piyano", []),
    ],
)
def test_time_beside_what_happens_is_a_hit_and_how_long_it_lasts_is_none(text: str, hits: list[float]) -> None:
    assert [hit.at_s for hit in read(text).hits] == hits


@pytest.mark.parametrize(
    ("text", "duration_s"),
    [
        ("Calm piano that loops every 64 seconds", 64.0),
        ("Музыка на 25 секунд, пианино", 25.0),
        ("30秒でピアノの曲をください", 30.0),
        ("Each cut lasts 4 seconds, whole film 48 seconds, drums", 48.0),
    ],
)
def test_length_is_read_behind_a_loop_a_case_or_a_weak_particle(text: str, duration_s: float) -> None:
    assert read(text).duration_s == duration_s


@pytest.mark.parametrize(
    ("text", "banned"),
    [
        ("Ninguém a cantar, violão, 40 segundos", "voice"),
        ("Oboe and harp, 40 seconds. Avoid: drums, brass.", "brass"),
        ("ピアノ曲、40秒。鐘は目が覚めるからやめて", "bells"),
        ("Pianoforte, 40 secondi. Le chitarre no, le odio", "acoustic-guitar"),
    ],
)
def test_ban_is_read_in_its_own_words(text: str, banned: str) -> None:
    assert banned in read(text).instruments.exclude
