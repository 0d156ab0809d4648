"""Our own scenes: form, ranges, how many, and that no sentence is a copy of another."""

import re
from collections import Counter
from pathlib import Path

import pytest

from assistant.datafile import read_data
from assistant.language import READ_LANGUAGES
from models.emotion import data
from models.emotion.import_scenes import Scene, merge, read_file, read_scene

LEAST = {"en": 2000, "zh": 600, "ja": 600, "ko": 600, "hi": 600}
LEAST_ELSEWHERE = 250
FILES = sorted(data.SCENES_DIR.glob("*.tsv"))


def rows(path: Path) -> list[list[str]]:
    return [row.split("\t") for row in path.read_text("utf-8").splitlines()]


def runs(text: str, language: str) -> set[str]:
    """Runs of four words; in Chinese and Japanese of eight characters."""
    if language in ("zh", "ja"):
        signs = re.sub(r"[\W_]", "", text)
        return {signs[at : at + 8] for at in range(len(signs) - 7)}
    words = [word.strip(".,;:!?…\"'«»()—–-।؟،") for word in text.lower().split()]
    words = [word for word in words if word]
    return {" ".join(words[at : at + 4]) for at in range(len(words) - 3)}


def test_every_language_has_its_scenes() -> None:
    assert {path.stem for path in FILES} == set(READ_LANGUAGES)
    short = {path.stem: len(rows(path)) for path in FILES if len(rows(path)) < LEAST.get(path.stem, LEAST_ELSEWHERE)}
    assert not short


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_form_and_ranges(path: Path) -> None:
    for row in rows(path):
        assert len(row) == 6, row
        *numbers, text, split = row
        assert all(abs(float(number)) <= 1 for number in numbers if number), row
        assert numbers[0] and numbers[1] and bool(numbers[2]) == bool(numbers[3]), row
        assert 4 <= len(text) <= 400 and text == text.strip(), row
        assert split == ("test" if data.held_out(text, one_in=5) else "train"), row


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_sentence_twice_and_no_run_of_words_in_more_than_one_of_a_hundred(path: Path) -> None:
    texts = [row[4] for row in rows(path)]
    assert len(set(texts)) == len(texts)
    counted = Counter(run for text in texts for run in runs(text, path.stem))
    too_many = {run: count for run, count in counted.items() if count > max(len(texts) / 100, 1)}
    assert not too_many


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenes_lie_in_every_corner_and_some_turn(path: Path) -> None:
    told = [(float(row[0]), float(row[1])) for row in rows(path)]
    corners = Counter((valence > 0, arousal > 0) for valence, arousal in told if valence and arousal)
    assert len(corners) == 4 and min(corners.values()) > 0.08 * len(told)
    assert sum(bool(row[2]) for row in rows(path)) > 0.08 * len(told)


def test_the_scenes_name_where_they_come_from() -> None:
    assert read_data(data.SCENES_DIR / "sources.toml")["licence"] == "Apache-2.0"


def test_a_written_line_is_read_with_bars_or_tabs_and_anything_else_is_left_out() -> None:
    assert read_scene("-0.5|0.2|||the lamp goes out") == Scene("the lamp goes out", (-0.5, 0.2))
    assert read_scene("0\t0\t0.5\t0.1\tone | two") == Scene("one | two", (0, 0), (0.5, 0.1))
    for wrong in (
        "",
        "0.5|0.2|a lamp",
        "1.5|0|||a lamp",
        "0|x|||a lamp",
        "|0.1|||a lamp",
        "0|0|0.5||a lamp",
        "0|0|||!",
    ):
        assert read_scene(wrong) is None


def test_a_second_rating_is_averaged_and_disagreement_is_listed(tmp_path: Path) -> None:
    lines = ["-0.5|0.2|||the lamp goes out", "0.5|0|||two goats on a roof", "0|0|-0.6|0.4|a queue, then a shout", "bad"]
    (tmp_path / "en.tsv").write_text("\n".join(lines), "utf-8")
    (tmp_path / "second").mkdir()
    second = ["1\t-0.7\t0\t\t", "2\t-0.5\t0.4\t\t", "3\t0\t0.2\t-0.8\t0.6"]
    (tmp_path / "second" / "en.tsv").write_text("\n".join(second), "utf-8")
    scenes, left_out, agreement = read_file(tmp_path / "en.tsv")
    assert left_out == 1
    assert [scene.felt for scene in scenes] == [(-0.6, 0.1), (0.0, 0.2), (0.0, 0.1)]
    assert scenes[2].end == pytest.approx((-0.7, 0.5))
    assert agreement is not None and agreement.lines == 3
    assert len(agreement.apart) == 1 and "goats" in agreement.apart[0]


def test_a_turn_that_only_one_rater_saw_is_kept_at_half_its_size() -> None:
    assert merge(Scene("x", (0.0, 0.0), (0.8, 0.4)), Scene("x", (0.0, 0.0))).end == (0.4, 0.2)
