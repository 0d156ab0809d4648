"""Replies are read into changes and wishes to keep."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.constraints import Constraints, HitPoint, Instruments, Span
from assistant.errors import InputError
from assistant.explain import voice
from assistant.feedback import Change, KeepWish, Reply, apply_changes, read_reply, reply_to_contract
from assistant.feedback.lexicon import QUANTITIES, lexicon
from assistant.language import READ_LANGUAGES
from assistant.library import load
from assistant.settings import ROOT

LIBRARY = load()
OWN = Path(__file__).parent / "data" / "own_replies.jsonl"
BEFORE = Constraints(
    duration_s=40.0,
    tempo_bpm=(98.0, 102.0),
    key="D minor",
    styles=("cinematic",),
    instruments=Instruments(("piano", "strings", "drums"), ("choir",)),
    hits=(HitPoint(12.0),),
)


def read(text: str, before: Constraints = BEFORE, **options: Any) -> Reply:
    return read_reply(text, constraints=before, library=LIBRARY, **options)


def forms(text: str, before: Constraints = BEFORE, **options: Any) -> list[dict[str, Any]]:
    return reply_to_contract(read(text, before, **options))["changes"]


def labelled() -> Iterator[dict[str, Any]]:
    for line in OWN.read_text("utf-8").splitlines():
        yield json.loads(line)


def as_set(entries: list[Any]) -> set[str]:
    return {json.dumps(entry, sort_keys=True) for entry in json.loads(json.dumps(entries), parse_int=float)}


@pytest.mark.parametrize("line", list(labelled()), ids=lambda line: line["id"])
def test_a_labelled_reply_gives_exactly_its_changes_and_wishes(line: dict[str, Any]) -> None:
    found = reply_to_contract(read(line["text"], Constraints.from_contract(line["before"])))
    assert as_set(found["changes"]) == as_set(line["expect"]["changes"])
    assert as_set(found["keep"]) == as_set(line["expect"]["keep"])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120))
def test_no_text_breaks_the_reader(text: str) -> None:
    reply = read(text)
    assert isinstance(apply_changes(BEFORE, reply.changes), Constraints)


WORDS = [
    "slower",
    "drums",
    "keep",
    "melody",
    "90",
    "bpm",
    "not",
    "too",
    "the",
    "end",
    "sadder",
    "instead",
    "of",
    "flute",
    ",",
    ".",
    "?",
    "and",
    "慢",
    "鼓",
    "不要",
    "别",
    "结尾",
    "换成",
    "12",
    "s",
    "v2",
    "undo",
    "-",
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_no_heap_of_known_words_breaks_the_reader(words: list[str]) -> None:
    reply = read(" ".join(words))
    assert isinstance(apply_changes(BEFORE, reply.changes), Constraints)
    assert reply_to_contract(reply)["changes"] is not None


def test_not_so_fast_is_slower() -> None:
    assert forms("not so fast!") == [{"field": "tempo_bpm", "to": "lower"}]


def test_do_not_change_the_drums_keeps_them() -> None:
    reply = read("don't change the drums")
    assert (reply.changes, [wish.what for wish in reply.keep]) == ((), ["drums"])


def test_numbers_win_over_words() -> None:
    assert forms("a lot slower, like 60") == [{"field": "tempo_bpm", "value": [58.0, 62.0]}]


def test_a_tempo_that_is_complained_about_is_not_the_one_asked_for() -> None:
    assert forms("100 is way too fast") == [{"field": "tempo_bpm", "to": "lower"}]


def test_drums_that_sound_are_removed_and_drums_that_do_not_are_banned() -> None:
    silent = Constraints(instruments=Instruments(("piano",)))
    assert forms("no drums", silent) == [{"field": "instruments.exclude", "add": ["drums"]}]
    assert forms("no drums", silent, sounding=("drums",)) == [{"field": "instruments.include", "remove": ["drums"]}]


def test_a_ban_is_lifted_by_asking() -> None:
    assert forms("bring the choir in after all") == [
        {"field": "instruments.exclude", "remove": ["choir"]},
        {"field": "instruments.include", "add": ["choir"]},
    ]


def test_a_family_goes_with_its_members() -> None:
    before = Constraints(instruments=Instruments(("violin", "cello", "piano")))
    asked = apply_changes(before, read("no strings please", before).changes)
    assert asked.instruments.include == ("piano",)
    assert {"violin", "cello"} <= set(asked.instruments.exclude)


def test_an_instrument_that_is_to_be_silent_somewhere_stays_elsewhere() -> None:
    assert forms("no drums in the intro") == [
        {"field": "density", "part": "drums", "to": "lower", "where": "start"},
    ]


def test_only_the_named_instruments_are_spared() -> None:
    assert forms("no instruments except piano") == [{"field": "instruments.include", "remove": ["strings", "drums"]}]


@pytest.mark.parametrize(
    ("words", "small", "large"),
    [("slower", "a touch slower", "way slower"), ("慢", "稍微慢一点", "慢很多")],
    ids=["en", "zh"],
)
def test_words_for_amounts_scale_the_step(words: str, small: str, large: str) -> None:
    def middle(text: str) -> float:
        asked = apply_changes(BEFORE, read(text).changes).tempo_bpm
        assert asked is not None
        return sum(asked) / 2

    assert middle(large) < middle(small) < 100


def test_praise_changes_nothing_and_is_no_question() -> None:
    reply = read("perfect, love it")
    assert (reply.changes, reply.outcome) == ((), "accept")


def test_a_question_asks_for_an_explanation() -> None:
    assert forms("why are there drums?") == [{"field": "action", "value": "explain"}]


def test_a_polite_question_is_a_wish() -> None:
    assert forms("could you make it a bit slower?") == [{"field": "tempo_bpm", "to": "lower"}]


def test_what_is_not_understood_is_asked_about() -> None:
    reply = read("qwertz uiop")
    assert (reply.changes, reply.outcome) == ((), "ask")


def test_keeping_and_removing_the_same_is_asked_about() -> None:
    assert read("keep the drums. remove the drums").outcome == "ask"


def test_a_place_carries_over_to_the_rest_of_its_sentence() -> None:
    assert forms("from 10 to 20 seconds, fewer notes in the strings") == [
        {"field": "density", "part": "strings", "to": "lower", "where": {"from_s": 10.0, "to_s": 20.0}}
    ]


def test_a_pronoun_goes_on_about_the_last_instrument() -> None:
    assert forms("the piano. turn it down") == [{"field": "loudness", "part": "piano", "to": "lower"}]


def test_a_hit_moves_and_the_others_stay() -> None:
    before = Constraints(duration_s=40.0, hits=(HitPoint(5.0), HitPoint(12.0)))
    assert forms("move the hit at 12s to 14s", before) == [{"field": "hits", "value": [5.0, 14.0]}]


def test_a_long_reply_is_cut_and_said() -> None:
    reply = read("slower. " + "x" * 5000)
    assert [remark.code for remark in reply.remarks] == ["feedback_text_cut"]
    assert reply.changes


def test_a_place_by_word_is_kept_as_a_stretch_of_time() -> None:
    reply = read("leave the first 10 seconds as they are")
    assert [wish.what for wish in reply.keep] == [Span(0.0, 10.0)]


@pytest.mark.parametrize("tag", READ_LANGUAGES)
def test_every_language_has_words_for_the_common_replies(tag: str) -> None:
    words = lexicon(tag, ROOT / "prompts")
    assert words.language == tag
    assert words.replacements
    data = (ROOT / "prompts" / "feedback" / f"{tag}.toml").read_text("utf-8")
    assert all(f"[{quantity}]" in data for quantity in QUANTITIES)


@pytest.mark.parametrize("tag", ["en", "zh"])
def test_every_remark_of_a_reply_has_a_sentence(tag: str) -> None:
    said = voice(tag).texts["remarks"]
    code = "".join(path.read_text("utf-8") for path in (ROOT / "assistant" / "feedback").glob("*.py"))
    codes = {part.split('"')[0] for part in code.split('"feedback_')[1:]}
    assert {f"feedback_{name}" for name in codes} <= set(said)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(InputError, match="change of 'flavour'"):
        Change("flavour")


def test_the_contract_writes_only_the_forms_that_are_used() -> None:
    reply = Reply((Change("action", value="choose", version=3, words="number 3"),), (KeepWish(Span(0.0, 5.0)),))
    assert reply_to_contract(reply) == {
        "changes": [{"field": "action", "value": "choose", "version": 3}],
        "keep": [{"from_s": 0.0, "to_s": 5.0}],
    }
