"""The measure against MusicCaps' aspect lists, on made-up lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import InputError
from models.evaluation import musiccaps
from models.evaluation.musiccaps import Line, measure, mood_of, named, tempo_of


def test_the_longest_phrase_wins_and_negated_ones_are_left_out() -> None:
    assert named("a bass drum, no violin, without any flute") == [frozenset({"drums"})]
    assert named("it sounds like a trumpet") == []


def test_speaking_is_no_voice() -> None:
    assert named("a male voice speaking") == []
    assert named("male voice")


def test_tempo_and_mood_are_read_from_whole_aspects() -> None:
    assert tempo_of(("slow tempo", "slow dance lesson")) == frozenset({"slow"})
    assert mood_of(("happy", "sad")) == (0, 0)
    assert mood_of(("happy", "exciting")) == (1, 1)


def test_precision_and_recall_count_what_is_confirmed() -> None:
    lines = [
        Line(0, "A cello and a flute play slowly. The mood is sad.", ("cello", "slow tempo", "sad", "harp")),
        Line(1, "A fast banjo tune.", ("banjo", "slow tempo")),
    ]
    scores = measure(lines)
    found = scores["instruments"]
    assert (found.read, found.confirmed, found.worded, found.told, found.found) == (3, 2, 3, 3, 2)
    assert (scores["tempo"].read, scores["tempo"].confirmed) == (2, 1)
    assert scores["valence"].precision == 1.0


def test_without_the_data_the_cure_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUEWRIGHT_DATA", str(tmp_path))
    with pytest.raises(InputError, match="CUEWRIGHT_DATA"):
        musiccaps.report()
