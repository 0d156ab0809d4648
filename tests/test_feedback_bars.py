"""Bars by their numbers, in a reply: what people see in the score is what they may name."""

from dataclasses import replace

import pytest

from assistant.brief import Brief
from assistant.constraints import Constraints, Instruments, Span, arc_of
from assistant.errors import InputError
from assistant.feedback import read_reply, with_bars_as_times
from assistant.feedback.values import RESTS
from assistant.interpret import read_brief
from assistant.library import load
from assistant.plan import make_plan
from assistant.settings import ROOT

LIBRARY = load()
ASKED = Constraints(
    duration_s=60, arc=arc_of([(0, 0.4, 0.2)]), instruments=Instruments(("drums", "piano")), tempo_bpm=(120, 120)
)
PLAN = make_plan(ASKED, library=LIBRARY, seed=1)


def at_s(bar: int) -> float:
    """When bar ``bar`` begins, counted from 1."""
    return round(PLAN.tempo_map.seconds_at(PLAN.bars[bar - 1].start_q), 2)


def said(words: str):
    words = with_bars_as_times(words, PLAN, ROOT / "prompts")
    return read_reply(words, constraints=ASKED, library=LIBRARY, sounding=("drums", "piano"), duration_s=60).changes


@pytest.mark.parametrize(
    "words",
    [
        "only bars 5 to 8 sadder",
        "make bars 5-8 sadder",
        "from bar 5 to bar 8 sadder",
        "nur Takt 5 bis 8 trauriger",
        "mesures 5 à 8 plus tristes",
        "compases 5 a 8 más triste",
        "battute 5-8 più tristi",
        "такты 5-8 грустнее",
        "第5到8小节更悲伤",
        "5〜8小節を悲しく",
        "5마디부터 8마디까지 슬프게",
    ],
)
def test_a_stretch_of_bars_is_a_stretch_of_time(words):
    (change,) = said(words)
    assert (change.field, change.to, change.where) == ("valence", "lower", Span(at_s(5), at_s(9)))


@pytest.mark.parametrize(
    "words",
    [
        "from bar 9 on louder",
        "bar 9 onwards louder",
        "ab Takt 9 lauter",
        "à partir de la mesure 9 plus fort",
        "desde el compás 9 más fuerte",
        "с такта 9 громче",
        "从第9小节开始更大声",
        "9小節目から大きく",
    ],
)
def test_from_a_bar_on_is_until_the_end(words):
    (change,) = said(words)
    assert (change.field, change.to, change.where) == ("loudness", "higher", Span(at_s(9), 60.0))


def test_one_bar_a_hit_at_a_bar_and_players_who_come_or_stop_at_one():
    assert said("only bar 7 quieter")[0].where == Span(at_s(7), at_s(8))
    assert said("a hit at bar 9")[0].value == (at_s(9),)
    assert said("the drums come in at bar 9")[0].where == Span(0.0, at_s(9))
    assert said("after bar 9 no drums")[0].where == Span(at_s(10), 60.0)


@pytest.mark.parametrize(
    "words", ["make it 8 bars long", "8小节长", "compás de 3/4", "a bar in Paris, 5 people", "bar 5:20"]
)
def test_counts_of_bars_metres_and_bars_to_drink_in_stay_as_they_are(words):
    assert with_bars_as_times(words, PLAN, ROOT / "prompts") == words


@pytest.mark.parametrize("words", ["bar 999 louder", "bars 8 to 5 louder", "bar 0 louder"])
def test_bars_that_are_not_there_are_said(words):
    with pytest.raises(InputError, match=f"bars 1 to {len(PLAN.bars)}"):
        with_bars_as_times(words, PLAN, ROOT / "prompts")


@pytest.mark.parametrize("words", ["stop the drums at 0:20", "the drums stop at 0:20", "20秒后停鼓"])
def test_a_player_who_is_told_to_stop_rests_from_there_and_nobody_else_does(words):
    (change,) = said(words)
    assert (change.field, change.part, change.where, change.amount) == ("density", "drums", Span(20.0, 60.0), RESTS)


def test_a_stop_of_nobody_in_particular_is_everybodys():
    (change,) = said("a hard stop at 0:20")
    assert change.field == "hits"


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("faster but not louder", ["tempo_bpm"]),
        ("more epic but not louder", ["arousal"]),
        ("make it bigger, but not faster", ["arousal"]),
    ],
)
def test_what_is_excepted_is_not_moved(words, fields):
    assert [change.field for change in said(words)] == fields


def test_but_not_too_loud_leaves_the_other_wish_alone():
    brighter, quieter = said("brighter but not too loud")
    assert (brighter.field, brighter.to) == ("valence", "higher")
    assert (quieter.field, quieter.to) == ("loudness", "lower")


def test_everybody_but_one_is_the_others():
    (change,) = said("everything louder except the drums")
    assert (change.field, change.to, change.part) == ("loudness", "higher", "piano")


@pytest.mark.parametrize(
    "words", ["no melody", "mute the melody", "keine Melodie", "不要旋律", "sin melodía", "メロディなし"]
)
def test_no_melody_silences_the_tune_and_nobody_else(words):
    (change,) = said(words)
    assert (change.field, change.to, change.part, change.where) == ("density", "lower", "melody", None)
    assert said("no melody until 0:20")[0].where == Span(0.0, 20.0)
    assert not said("don't remove the melody")


@pytest.mark.parametrize(
    "words", ["meditation, no melody, 60 seconds", "冥想音乐，不要旋律，60秒", "Meditation ohne Melodie, 60 Sekunden"]
)
def test_a_brief_without_a_melody_has_none(words):
    asked = read_brief(Brief(words), library=LIBRARY).constraints
    plan = make_plan(asked, library=LIBRARY, seed=1)
    assert plan.parts and not any(part.role in ("lead", "counter") for part in plan.parts)
    assert any(part.role == "lead" for part in make_plan(replace(asked, adjust=()), library=LIBRARY, seed=1).parts)


def test_no_rhythm_is_no_drums():
    asked = read_brief(Brief("meditation, no rhythm, 60 seconds"), library=LIBRARY).constraints
    assert {"drums", "percussion"} <= set(asked.instruments.exclude)


def test_what_is_said_beside_a_silence_is_heard_and_of_everybody():
    assert {change.field for change in said("no melody no drums")} == {"density", "instruments.include"}
    for words in ("no melody, louder", "stop the drums at 0:20 and make it louder"):
        silent, louder = said(words)
        assert silent.field == "density" and (louder.field, louder.part) == ("loudness", "all")
